import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import type { HttpServerResponse } from '../../p2p-core/http/types';
import type { LiveTag, LiveTracks } from './live-source';
import { QueueAge } from './queue-age';

/**
 * What may wait for a slow viewer, and how long, before pictures are left out. The time is enough for a packet that was lost
 * over a satellite; the bytes are for memory.
 */
const DEFAULT_MAX_BUFFERED_BYTES = 1024 * 1024;
const MAX_AGE_MS = 1500;

/** Sound that belongs before the first picture is dropped. The price: as much again every 49.7 days. */
const MAX_EARLY_MS = 1_000;

export interface LiveViewerOptions extends LiveTracks {
  nowMs: () => number;
  maxBufferedBytes?: number;
  /** A group of pictures was cut short or left out; how many so far. */
  onSkip?: (skipCount: number) => void;
}

/**
 * Writes a live stream as the FLV of one viewer: timestamps from 0, a key frame first. A viewer that is too slow loses
 * whole ends of groups of pictures, cut at tags, so that what it gets stays decodable and its delay bounded.
 */
export class LiveViewer {
  private readonly maxBufferedBytes: number;
  /** Higher at first: what a new viewer gets in one go may exceed the maximum and must not be dropped for that. */
  private limitBytes = Infinity;
  /** The source's timestamp of the first picture; null before it. */
  private baseMs: number | null = null;
  private readonly age = new QueueAge();
  private isSkipping = false;
  private skipCount = 0;
  /** What the skip under way has left out: the source's timestamp of its first tag, and how many tags. */
  private skippedFromMs = 0;
  private skippedTags = 0;

  constructor(
    private readonly response: HttpServerResponse,
    private readonly options: LiveViewerOptions,
  ) {
    this.maxBufferedBytes = options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES;
    response.write(flvHeader(options.hasVideo, options.hasAudio));
  }

  /** The source has sent what was there already; from here on tags come as they are made. */
  onCaughtUp(): void {
    this.limitBytes = this.maxBufferedBytes + this.response.bufferedBytes();
    this.age.onBurstEnd();
  }

  onTag(tag: LiveTag): void {
    if (tag.type === FlvTagType.Script || tag.isSequenceHeader) return this.write(tag);
    const canEnter = tag.isKeyframe || !this.options.hasVideo;
    if (this.baseMs === null) {
      if (!canEnter) return;
      this.baseMs = tag.timestampMs;
    }
    const bufferedBytes = this.response.bufferedBytes();
    if (bufferedBytes <= this.maxBufferedBytes && this.limitBytes !== Infinity) {
      this.limitBytes = this.maxBufferedBytes;
    }
    const ageMs = this.limitBytes === Infinity ? 0 : this.age.ageMs(bufferedBytes, this.options.nowMs());
    if (this.isSkipping) {
      if (!canEnter) return this.leaveOut(tag);
      // Half: room for the group of pictures that begins here.
      if (bufferedBytes > this.maxBufferedBytes / 2 || ageMs > MAX_AGE_MS / 2)
        return this.skip(tag, tag.isKeyframe);
      this.isSkipping = false;
    } else if (bufferedBytes > this.limitBytes || ageMs > MAX_AGE_MS) {
      this.isSkipping = true;
      return this.skip(tag, true);
    }
    this.write(tag);
  }

  private skip(tag: LiveTag, isOneMore: boolean): void {
    this.leaveOut(tag);
    if (!isOneMore) return;
    this.skipCount++;
    this.options.onSkip?.(this.skipCount);
  }

  private leaveOut(tag: LiveTag): void {
    if (this.skippedTags++ === 0) this.skippedFromMs = tag.timestampMs;
  }

  /** Tells the viewer what is missing in front of this tag (docs/protocol.md §6). */
  private takeSkip(tag: LiveTag): string | undefined {
    if (this.skippedTags === 0 || this.isSkipping || tag.isSequenceHeader) return undefined;
    const skippedMs = (tag.timestampMs - this.skippedFromMs) >>> 0;
    const extension = `skip-ms=${skippedMs};skip-tags=${this.skippedTags}`;
    this.skippedTags = 0;
    return extension;
  }

  private write(tag: LiveTag): void {
    // Modulo 2^32, as the source's clock.
    const elapsedMs = this.baseMs === null ? 0 : (tag.timestampMs - this.baseMs) >>> 0;
    if (elapsedMs >= 2 ** 32 - MAX_EARLY_MS) return;
    const { response } = this;
    const waitingBytes = response.bufferedBytes();
    response.write(flvTag(tag.type, elapsedMs, tag.data), this.takeSkip(tag));
    this.age.onWritten(response.bufferedBytes() - waitingBytes, this.options.nowMs());
  }
}
