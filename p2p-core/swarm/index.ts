/**
 * Streams shared by many viewers. It ships as a script of its own, which an app that shows single cameras never runs: the
 * core asks for it by a literal `require` when the first such stream starts.
 */
export { devNotices, trafficNotice } from './dev-notices';
export type { DevNotice } from './dev-notices';
export type { Meeting } from './peer-links';
export { SharedStream } from './shared-stream';
export type { SharedStreamHandler, SharedStreamOptions } from './shared-stream';
export { parseStreamToken } from './stream-token';
export { SwarmStream } from './swarm-stream';
