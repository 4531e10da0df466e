/** Reading of picture streams, a script of its own: only apps that show such streams carry it. */
export { createMjpgReader } from './part-reader';
export type { MjpgPart, MjpgReader } from './part-reader';
