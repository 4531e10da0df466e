import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import type { HttpServerResponse } from '../../p2p-core/http/types';
import type { Clock, TimerId } from '../../p2p-core/port/port';
import type { ByteReader } from './byte-file';
import type { FlvIndex } from './flv-index';
import type { Period } from './params';
import type { PlayableClip } from './recordings';

/** What may wait for a slow viewer before the playback waits with it: a second of 4 Mbit/s. */
const MAX_BUFFERED_BYTES = 512 * 1024;
const STALL_CHECK_MS = 50;
/** Between the last tag before a jump and the first behind it: a picture of 25 a second, so that time never stands still. */
const JUMP_STEP_MS = 40;
/** After a longer sleep of this host the recording goes on where it was instead of making up for what was missed. */
const MAX_LAG_MS = 2_000;

export interface PlaybackOptions extends Period {
  /** Oldest first, at least one; all share a moment with the period. */
  clips: readonly PlayableClip[];
  /** 1: as it was recorded. Otherwise without sound, since its frames cannot be stretched. */
  speed: number;
  /** Once, whatever ends it. */
  onEnd(): void;
}

/**
 * Plays recordings to one viewer, paced as they were recorded: FLV with timestamps from 0 that never go back, whatever is
 * skipped, from the key frame at or before where it starts. Positions are milliseconds since the beginning of the period;
 * where nothing was recorded, playing goes on with the next clip at once.
 */
export class PlaybackStream {
  private state: 'playing' | 'paused' | 'ended' = 'playing';
  private timer: TimerId | null = null;
  private clipIndex = -1;
  private reader: ByteReader | null = null;
  /** The next tag of the clip. */
  private tagIndex = 0;
  private readonly hasVideo: boolean;
  private readonly hasAudio: boolean;
  /** Where playing was asked to start, then the newest tag sent. */
  private newestMs = 0;
  /** `anchorPositionMs` is due at `anchorClockMs`. */
  private anchorPositionMs = 0;
  private anchorClockMs = 0;
  /** Position `jumpPositionMs` has the timestamp `jumpTimestampMs`. */
  private jumpPositionMs = 0;
  private jumpTimestampMs = 0;
  private lastTimestampMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly response: HttpServerResponse,
    private readonly options: PlaybackOptions,
  ) {
    const indices = options.clips.map((clip) => clip.flvIndex());
    this.hasVideo = indices.some((index) => index.hasVideo);
    this.hasAudio = options.speed === 1 && indices.some((index) => index.hasAudio);
  }

  /** Writes the FLV header and all up to the first picture; the response must have been started. */
  start(): void {
    this.response.write(flvHeader(this.hasVideo, this.hasAudio));
    this.jump(0);
    this.play();
  }

  /** Of the newest tag sent; from 0 to the end of the period. */
  get progressMs(): number {
    return this.newestMs;
  }

  /** The stream stays open and silent. */
  pause(): void {
    if (this.state !== 'playing') return;
    this.state = 'paused';
    this.clearTimer();
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'playing';
    this.anchorAtNextTag();
    this.play();
  }

  /**
   * Goes on from `positionMs`, paused if it was; false when it lies outside of the period, or nothing was recorded there
   * or behind it.
   */
  seek(positionMs: number): boolean {
    if (this.state === 'ended' || !this.jump(positionMs)) return false;
    this.clearTimer();
    if (this.state === 'playing') this.play();
    return true;
  }

  /** Ends in a way that does not look like the end of the recording. */
  breakOff(): void {
    if (this.state === 'ended') return;
    this.response.abort();
    this.stop();
  }

  /** The viewer is gone: nothing is written any more. */
  stop(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.clearTimer();
    this.closeReader();
    this.options.onEnd();
  }

  private get clip(): PlayableClip {
    return this.options.clips[this.clipIndex]!;
  }

  private get index(): FlvIndex {
    return this.clip.flvIndex();
  }

  private clipStartMs(clip: PlayableClip): number {
    return (clip.startS - this.options.startS) * 1000;
  }

  private get periodMs(): number {
    return (this.options.endS - this.options.startS) * 1000;
  }

  private tagMs(index: number): number {
    return this.clipStartMs(this.clip) + this.index.tag(index).timeMs;
  }

  /** To the clip at `positionMs` or the next one behind it, with its headers. */
  private jump(positionMs: number): boolean {
    if (positionMs < 0 || positionMs > this.periodMs) return false;
    // The very end, where a slider can be drawn to, shows the last picture.
    const startMs = Math.min(positionMs, this.periodMs - 1);
    const { clips, startS } = this.options;
    const clipIndex = clips.findIndex((clip) => startMs < (clip.endS - startS) * 1000);
    if (clipIndex < 0) return false;
    this.enter(clipIndex, startMs);
    return true;
  }

  private enter(clipIndex: number, positionMs: number): void {
    if (clipIndex !== this.clipIndex) {
      this.closeReader();
      this.clipIndex = clipIndex;
    }
    const startMs = Math.max(positionMs, this.clipStartMs(this.clip));
    this.tagIndex = this.index.entryAt(startMs - this.clipStartMs(this.clip));
    this.jumpPositionMs = this.tagMs(this.tagIndex);
    this.jumpTimestampMs = this.lastTimestampMs === 0 ? 0 : this.lastTimestampMs + JUMP_STEP_MS;
    // What lies between the key frame and the point is due already, so that the picture of the point is there at once.
    this.anchorPositionMs = startMs;
    this.anchorClockMs = this.clock.nowMs();
    this.newestMs = startMs;
    for (const header of this.index.headersBefore(this.tagIndex)) {
      if (!this.write(header, this.jumpTimestampMs)) return;
    }
  }

  private anchorAtNextTag(): void {
    if (this.tagIndex >= this.index.tagCount) return;
    this.anchorPositionMs = this.tagMs(this.tagIndex);
    this.anchorClockMs = this.clock.nowMs();
  }

  private play(): void {
    while (this.state === 'playing') {
      if (this.isClipOver()) {
        if (!this.enterNextClip()) return this.finish();
        continue;
      }
      const positionMs = this.tagMs(this.tagIndex);
      const dueMs = this.anchorClockMs + (positionMs - this.anchorPositionMs) / this.options.speed;
      const lateMs = this.clock.nowMs() - dueMs;
      if (lateMs < 0) return this.wakeIn(-lateMs);
      if (this.response.bufferedBytes() > MAX_BUFFERED_BYTES) {
        this.anchorAtNextTag();
        return this.wakeIn(STALL_CHECK_MS);
      }
      if (lateMs > MAX_LAG_MS && positionMs > this.anchorPositionMs) this.anchorAtNextTag();
      const elapsedMs = Math.max(0, positionMs - this.jumpPositionMs) / this.options.speed;
      if (!this.write(this.tagIndex, this.jumpTimestampMs + Math.floor(elapsedMs))) return;
      this.newestMs = Math.max(this.newestMs, positionMs);
      this.tagIndex++;
    }
  }

  private isClipOver(): boolean {
    return this.tagIndex >= this.index.tagCount || this.tagMs(this.tagIndex) >= this.periodMs;
  }

  private enterNextClip(): boolean {
    const next = this.clipIndex + 1;
    const clip = this.options.clips[next];
    if (clip === undefined) return false;
    this.enter(next, this.clipStartMs(clip));
    return true;
  }

  /** False when the recording cannot be read: the exchange is broken off then, so that it does not look complete. */
  private write(index: number, timestampMs: number): boolean {
    const { type } = this.index.tag(index);
    if (type === FlvTagType.Audio && !this.hasAudio) return true;
    let data: Uint8Array | null = null;
    try {
      this.reader ??= this.clip.file.open();
      data = this.index.data(this.reader, index);
    } catch {
      // A card was pulled out, or the file deleted; the same as a file that was cut.
    }
    if (data === null) {
      this.breakOff();
      return false;
    }
    // Tags that lie a little out of order in the file keep their order here.
    this.lastTimestampMs = Math.max(this.lastTimestampMs, timestampMs);
    this.response.write(flvTag(type, timestampMs, data));
    return true;
  }

  private finish(): void {
    this.response.end();
    this.stop();
  }

  private wakeIn(delayMs: number): void {
    this.timer = this.clock.setTimer(() => {
      this.timer = null;
      this.play();
    }, delayMs);
  }

  private clearTimer(): void {
    if (this.timer !== null) this.clock.clearTimer(this.timer);
    this.timer = null;
  }

  private closeReader(): void {
    this.reader?.close();
    this.reader = null;
  }
}
