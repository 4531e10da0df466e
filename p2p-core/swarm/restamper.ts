import { concatBytes, equalBytes } from '../bytes/concat';
import { FlvTagType } from '../flv/tag-reader';
import { flvHeader, flvTag } from '../flv/tag-writer';
import type { CanonicalTag, GopHead, StreamInit } from './canonical-stream';

/** A longer one, or one that goes back, is a publisher that began anew. */
const MAX_GAP_MS = 30_000;
/** From the last tag to a GOP whose distance is not known. */
const UNKNOWN_GAP_MS = 40;

/**
 * Writes the FLV of one viewer: GOPs of whatever source, on one timeline that begins at 0 and never goes back, for sound
 * and picture each. All that it returns is fresh.
 */
export class Restamper {
  private shown: StreamInit | null = null;
  private hasBegun = false;
  private baseMs = 0;
  private lastAudioMs = 0;
  private lastVideoMs = 0;

  /** The file header, once, and what is new of the others. Empty when nothing is. */
  init(init: StreamInit): Uint8Array {
    const { shown } = this;
    const parts: Uint8Array[] = shown ? [] : [flvHeader(init.hasVideo, init.hasAudio)];
    const add = (type: number, data: Uint8Array | null, known: Uint8Array | null | undefined): void => {
      if (data === null || (known && equalBytes(known, data))) return;
      parts.push(flvTag(type, Math.max(this.lastAudioMs, this.lastVideoMs), data));
    };
    add(FlvTagType.Script, init.script, shown && shown.script);
    add(FlvTagType.Video, init.videoHeader, shown && shown.videoHeader);
    add(FlvTagType.Audio, init.audioHeader, shown && shown.audioHeader);
    this.shown = init;
    return concatBytes(...parts);
  }

  gop({ gapMs }: GopHead): void {
    if (!this.hasBegun) this.hasBegun = true;
    else if (gapMs > 0 && gapMs <= MAX_GAP_MS) this.baseMs += gapMs;
    else this.baseMs = Math.max(this.lastAudioMs, this.lastVideoMs) + UNKNOWN_GAP_MS;
  }

  tag({ type, dtMs, data }: CanonicalTag): Uint8Array {
    const ms = this.baseMs + dtMs;
    if (type === FlvTagType.Video) {
      this.lastVideoMs = Math.max(this.lastVideoMs, ms);
      return flvTag(type, this.lastVideoMs, data);
    }
    this.lastAudioMs = Math.max(this.lastAudioMs, ms);
    return flvTag(type, this.lastAudioMs, data);
  }
}
