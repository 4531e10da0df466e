import type { FlvTag } from '../../p2p-core/index';

export type RecordFormat = 'flv' | 'mp4';

/** Where a muxer writes. */
export interface MuxerOutput {
  /** Appended so far. */
  readonly byteCount: number;
  /** `bytes` is borrowed until the call returns. */
  append(bytes: Uint8Array): void;
  /** Replaces bytes that were appended before. `bytes` is kept. */
  patch(bytes: Uint8Array, position: number): void;
}

/** Makes a file of a stream's tags. */
export interface RecordingMuxer {
  /** What `finish` will append at most. */
  readonly tailBytes: number;
  /** The stream has sound that the format cannot hold: it is left out. */
  readonly isSoundLeftOut: boolean;
  /** The decoders' settings, before the first tag and wherever they change: bodies of FLV tags, kept. */
  setHeaders(video: Uint8Array | null, audio: Uint8Array | null, metadata: Uint8Array | null): void;
  /** A picture or sound. `tag` is borrowed; `timeMs` since the beginning of the file. */
  add(tag: FlvTag, timeMs: number): void;
  /** Appends the rest. Returns why there is no file; '' where there is one. Once, last. */
  finish(): string;
}
