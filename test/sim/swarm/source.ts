import { sha256 } from '../../../p2p-core/crypto/sha256';
import type { CanonicalTag, StreamInit } from '../../../p2p-core/swarm/canonical-stream';
import { Segmenter } from '../../../p2p-core/swarm/segment';
import type { Segment } from '../../../p2p-core/swarm/segment';
import { Prng } from '../prng';

export interface SourceOptions {
  seed: number;
  rateKbps: number;
  fps: number;
  gopMs: number;
  hasAudio: boolean;
  hasVideo: boolean;
  /** Every picture and sound is the same as the one before. */
  isStill: boolean;
  /** Timestamps advance by this much for each picture, whatever the clock says; 0: they are true. */
  stampStepMs: number;
}

export interface SourceTag extends CanonicalTag {
  /** When it leaves the publisher, ms since the stream began. */
  atMs: number;
}

export interface SourceGop {
  init: StreamInit;
  gopId: Uint8Array;
  tags: SourceTag[];
  /** To the beginning of the next GOP, as timestamps say. */
  stampMs: number;
  /** When the next GOP begins. */
  endMs: number;
  segments: { segment: Segment; closedMs: number }[];
}

const AUDIO_MS = 64;
const KEY_WEIGHT = 6;

/** What a camera publishes, made GOP by GOP; everybody shares its arrays. `init` changes with every `restart`. */
export class StreamSource {
  readonly gops: SourceGop[] = [];
  init: StreamInit;
  private readonly random: Prng;
  private nextMs = 0;

  constructor(private readonly options: SourceOptions) {
    this.random = new Prng(options.seed);
    this.init = this.newInit();
  }

  /** The publisher begins anew with other headers. */
  restart(): void {
    this.init = this.newInit();
  }

  /** Makes GOPs until one covers `untilMs`. */
  extend(untilMs: number): void {
    while (this.nextMs <= untilMs) this.gops.push(this.makeGop());
  }

  private newInit(): StreamInit {
    const { hasVideo, hasAudio } = this.options;
    const header = new Uint8Array(40);
    this.random.fill(header);
    const variantId = sha256(header).slice(0, 8);
    return { variantId, hasVideo, hasAudio, script: null, videoHeader: header, audioHeader: null };
  }

  private makeGop(): SourceGop {
    const { rateKbps, fps, gopMs, hasAudio, hasVideo, isStill, stampStepMs } = this.options;
    const startMs = this.nextMs;
    const frameMs = 1000 / fps;
    const frames = hasVideo ? Math.max(1, Math.round(gopMs / frameMs)) : 0;
    const lengthMs = hasVideo ? frames * frameMs : gopMs;
    const audioBytes = hasAudio ? 180 : 0;
    const audioTotal = hasAudio ? Math.floor(lengthMs / AUDIO_MS) * audioBytes : 0;
    const videoTotal = (rateKbps * lengthMs) / 8 - audioTotal;
    const tags: SourceTag[] = [];
    for (let i = 0; i < frames; i++) {
      const share = (i === 0 ? KEY_WEIGHT : 1) / (frames - 1 + KEY_WEIGHT);
      const size = Math.max(
        40,
        Math.round(videoTotal * share * (isStill ? 1 : 0.8 + 0.4 * this.random.next())),
      );
      tags.push({
        type: 9,
        dtMs: Math.round(i * frameMs),
        data: this.data(size),
        atMs: startMs + i * frameMs,
      });
    }
    if (hasAudio) {
      for (let ms = hasVideo ? 20 : 0; ms < lengthMs; ms += AUDIO_MS) {
        tags.push({ type: 8, dtMs: ms, data: this.data(audioBytes), atMs: startMs + ms });
      }
      tags.sort((a, b) => a.atMs - b.atMs);
    }
    if (stampStepMs > 0) tags.forEach((tag, i) => (tag.dtMs = i * stampStepMs));
    this.nextMs = startMs + lengthMs;
    const stampMs = stampStepMs > 0 ? tags.length * stampStepMs : Math.round(lengthMs);
    const gop: SourceGop = {
      init: this.init,
      gopId: sha256(tags[0]!.data).slice(0, 16),
      tags,
      stampMs,
      endMs: this.nextMs,
      segments: [],
    };
    this.cut(gop);
    return gop;
  }

  private cut(gop: SourceGop): void {
    let closedMs = 0;
    const segmenter = new Segmenter((segment) => gop.segments.push({ segment, closedMs }));
    segmenter.gopStart(gop.gopId);
    for (const tag of gop.tags) {
      closedMs = tag.atMs;
      segmenter.tag(tag);
    }
    closedMs = gop.endMs;
    segmenter.gopEnd(gop.stampMs);
  }

  private data(bytes: number): Uint8Array {
    const data = new Uint8Array(bytes);
    if (!this.options.isStill) this.random.fill(data.subarray(0, 64));
    // Different all over, at the price of one pass.
    for (let at = 64; at < bytes; at += 64) {
      data.copyWithin(at, at - 64, at);
      data[at]! ^= at >> 6;
    }
    return data;
  }
}
