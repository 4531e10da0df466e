import { equalBytes } from '../bytes/concat';
import { ByteWriter } from '../bytes/writer';
import { sha256 } from '../crypto/sha256';
import { FlvTagType } from '../flv/tag-reader';
import type { FlvReaderHandler, FlvTag } from '../flv/tag-reader';
import type { CanonicalHandler, CanonicalTag, StreamInit } from './canonical-stream';

const GOP_ID_BYTES = 16;
const VARIANT_ID_BYTES = 8;
/** A stream without pictures is cut where one tag of this many, on average, has a hash that says so. */
const SOUND_CUT_MASK = 63;
/** Repeated silence could say so all the time, or never. */
const MIN_SOUND_GOP_MS = 250;
const MAX_SOUND_GOP_MS = 5000;
const NOTHING = new Uint8Array(0);

/** Makes the canonical form of what an FLV reader reads: give it to `createFlvReader` as the handler. */
export class Canonicalizer implements FlvReaderHandler {
  private readonly tag: CanonicalTag = { type: 0, dtMs: 0, data: NOTHING };
  private init: StreamInit = {
    variantId: NOTHING,
    hasVideo: false,
    hasAudio: false,
    script: null,
    videoHeader: null,
    audioHeader: null,
  };
  /** `onInit` has told of the headers. */
  private isTold = false;
  private isOpen = false;
  private hasPicture = false;
  /** Timestamp of the first tag of the GOP that is open, or of the last one; null before any. */
  private startMs: number | null = null;

  constructor(private readonly handler: CanonicalHandler) {}

  onHeader(hasVideo: boolean, hasAudio: boolean): void {
    this.init = { ...this.init, hasVideo, hasAudio };
  }

  onTag(tag: FlvTag): void {
    if (tag.type === FlvTagType.Script) {
      // Where servers put scripts differs from viewer to viewer.
      this.init = { ...this.init, script: tag.data.slice() };
      return;
    }
    const isPicture = tag.type === FlvTagType.Video;
    if (isPicture && !this.hasPicture) {
      this.hasPicture = true;
      this.end(); // of sound only
    }
    if (tag.isSequenceHeader) this.onSequenceHeader(isPicture ? 'videoHeader' : 'audioHeader', tag.data);
    else this.onMedia(tag);
  }

  /** The source has ended: so has its last GOP. */
  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.handler.onGopEnd();
  }

  private onSequenceHeader(name: 'videoHeader' | 'audioHeader', data: Uint8Array): void {
    const known = this.init[name];
    if (known !== null && equalBytes(known, data)) return;
    this.init = { ...this.init, [name]: data.slice() };
    if (name === 'audioHeader' && known === null && this.isOpen) {
      this.tellInit();
      return;
    }
    this.end();
    this.isTold = false;
  }

  private onMedia(tag: FlvTag): void {
    const { timestampMs } = tag;
    const sinceStartMs = this.startMs === null ? 0 : (timestampMs - this.startMs) | 0;
    const gopId = this.gopIdAt(tag, sinceStartMs);
    if (gopId !== null || !this.isOpen) {
      this.end();
      if (!this.isTold) this.tellInit();
      this.isOpen = true;
      this.startMs = timestampMs;
      this.handler.onGop({ gopId, gapMs: sinceStartMs });
    }
    const canonical = this.tag;
    canonical.type = tag.type;
    canonical.dtMs = (timestampMs - this.startMs!) | 0; // also over the wrap after 49.7 days
    canonical.data = tag.data;
    this.handler.onTag(canonical);
  }

  /** Of the GOP that begins with this tag; null when none does. */
  private gopIdAt(tag: FlvTag, sinceStartMs: number): Uint8Array | null {
    if (this.hasPicture) return tag.isKeyframe ? gopIdOf(tag.data) : null;
    // Sound alone: where everybody finds the same cuts, wherever they began to listen.
    if (this.isOpen && sinceStartMs < MIN_SOUND_GOP_MS) return null;
    const hash = gopIdOf(tag.data);
    const isCut = (hash[GOP_ID_BYTES - 1]! & SOUND_CUT_MASK) === 0;
    return isCut || (this.isOpen && sinceStartMs >= MAX_SOUND_GOP_MS) ? hash : null;
  }

  private tellInit(): void {
    const { videoHeader, audioHeader } = this.init;
    const picture = videoHeader || NOTHING;
    // The length in front, so that no two pairs of headers join to the same bytes.
    const bytes = new ByteWriter()
      .u24(picture.length)
      .bytes(picture)
      .bytes(audioHeader || NOTHING)
      .finish();
    const variantId = sha256(bytes).slice(0, VARIANT_ID_BYTES);
    this.init = { ...this.init, variantId };
    this.isTold = true;
    this.handler.onInit(this.init);
  }
}

const gopIdOf = (keyframe: Uint8Array): Uint8Array => sha256(keyframe).slice(0, GOP_ID_BYTES);
