/**
 * Streams shared by many viewers. It ships as a script of its own, which an app that shows single cameras never runs: the
 * core asks for it by a literal `require` when the first such stream starts.
 */
export { SharedStream } from './shared-stream';
export type { SharedStreamHandler, SharedStreamOptions } from './shared-stream';
