import type { FlvTag } from '../../p2p-core/index';

export type RecordFormat = 'flv' | 'mp4';

/** WeChat takes files up to 100 MB. */
export const MAX_RECORD_BYTES = 95 * 1024 * 1024;
/** The end of an MP4 file: 4 to 16 bytes a sample, held until then. Half an hour of pictures and sound at least. */
const MAX_TAIL_BYTES = 1024 * 1024;

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
  /** Appends the rest. Returns why there is no file; '' where there is one. Last, and once again after a cut. */
  finish(): string;
  /**
   * Of what was appended, only the first `byteCount` bytes are there, and the file cannot grow. Returns from where on `finish`
   * has to write now, which stays within them.
   */
  cut(byteCount: number): number;
  /** How long the film is since a cut; 0: as long as was added. */
  readonly cutMs: number;
}

/** Whether a tag fits into a file of at most `maxBytes`, its end included. */
export function hasRoom(
  { tailBytes }: RecordingMuxer,
  { byteCount }: MuxerOutput,
  tagBytes: number,
  maxBytes = MAX_RECORD_BYTES,
): boolean {
  return tailBytes <= MAX_TAIL_BYTES && byteCount + tailBytes + tagBytes <= maxBytes;
}
