/** What players of picture streams take from the core. */
export { createMjpgReader } from '../mjpg/part-reader';
export type { MjpgPart, MjpgReader } from '../mjpg/part-reader';
