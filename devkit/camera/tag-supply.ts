import { createFlvReader } from '../../p2p-core/flv/tag-reader';
import type { LiveTag } from './live-source';

export interface TagHandler {
  /** The tag and its data are the handler's. */
  onTag(tag: LiveTag): void;
  /** Once; nothing follows. `reason` holds no secret. */
  onEnd(reason: string): void;
}

/** Something that can be asked for the tags of one live stream, again and again. */
export interface TagSupply {
  /** What it is, without any secret. */
  readonly name: string;
  /** It is made of another stream of the same camera. */
  readonly isMade?: boolean;
  /** Returns what stops it; then `onEnd` does not come. */
  start(handler: TagHandler): () => void;
}

/** Makes what the bytes of one run are given to; see flvTagCutter. */
export type MakeCutter = (onTag: (tag: LiveTag) => void) => (bytes: Uint8Array) => string | null;

/** Cuts the bytes of an FLV stream into tags. Returns what to give the bytes to: an error text, null while all is well. */
export function flvTagCutter(onTag: (tag: LiveTag) => void): (bytes: Uint8Array) => string | null {
  const reader = createFlvReader({
    onTag: (tag) => onTag({ ...tag, data: new Uint8Array(tag.data) }),
  });
  return (bytes) => (reader.feed(bytes) ? null : `no sound FLV: ${reader.error}`);
}
