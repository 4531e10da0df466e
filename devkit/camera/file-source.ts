import type { Clock, TimerId } from '../../p2p-core/port/port';
import type { FlvLoop } from './flv-loop';
import { LiveFeed } from './live-feed';
import type { LiveSink, LiveSource, Quality } from './live-source';

/** After a longer sleep (a laptop's lid was closed) the stream jumps to now instead of making up for what was missed. */
const MAX_LAG_MS = 2_000;
const TIMESTAMP_RANGE = 2 ** 32;

/**
 * Plays loops as if they were live: each tag comes at its time by `clock`, and timestamps go on over the seam. All
 * qualities show the same moment. Runs only while somebody watches.
 */
export function createFileSource(clock: Clock, loops: Partial<Record<Quality, FlvLoop>>): LiveSource {
  const epochMs = clock.nowMs();
  const players = new Map<string, LoopPlayer>();
  for (const [quality, loop] of Object.entries(loops))
    players.set(quality, new LoopPlayer(clock, loop, epochMs));
  return {
    tracks: (quality) => players.get(quality)?.loop ?? null,
    subscribe: (quality, sink) => players.get(quality)?.subscribe(sink) ?? (() => {}),
  };
}

class LoopPlayer {
  private readonly feed = new LiveFeed();
  private isPlaying = false;
  private timer: TimerId | null = null;
  /** The next tag is `loop.mediaTags[index]` of the round that began `roundMs` after `epochMs`. */
  private index = 0;
  private roundMs = 0;

  constructor(
    private readonly clock: Clock,
    readonly loop: FlvLoop,
    private readonly epochMs: number,
  ) {}

  subscribe(sink: LiveSink): () => void {
    if (!this.isPlaying) this.start();
    const unsubscribe = this.feed.subscribe(sink);
    return () => {
      unsubscribe();
      if (this.feed.sinkCount === 0) this.stop();
    };
  }

  private start(): void {
    this.isPlaying = true;
    this.seek();
    for (const tag of this.loop.initTags) this.feed.publish(tag);
    this.playDueTags();
  }

  private stop(): void {
    this.isPlaying = false;
    if (this.timer !== null) this.clock.clearTimer(this.timer);
    this.timer = null;
    this.feed.clear();
  }

  private get positionMs(): number {
    return this.clock.nowMs() - this.epochMs;
  }

  private get nextTagMs(): number {
    return this.roundMs + this.loop.mediaTags[this.index]!.timestampMs;
  }

  /** To the newest key frame, or the newest tag where there are no pictures. */
  private seek(): void {
    const { mediaTags, durationMs, hasVideo } = this.loop;
    const positionMs = this.positionMs;
    this.roundMs = Math.floor(positionMs / durationMs) * durationMs;
    this.index = 0;
    for (const [index, tag] of mediaTags.entries()) {
      if (this.roundMs + tag.timestampMs > positionMs) break;
      if (tag.isKeyframe || !hasVideo) this.index = index;
    }
  }

  private playDueTags(): void {
    const { mediaTags, durationMs } = this.loop;
    const positionMs = this.positionMs;
    while (this.isPlaying && this.nextTagMs <= positionMs) {
      const timestampMs = this.nextTagMs % TIMESTAMP_RANGE;
      const tag = { ...mediaTags[this.index]!, timestampMs };
      if (++this.index === mediaTags.length) {
        this.index = 0;
        this.roundMs += durationMs;
      }
      this.feed.publish(tag);
    }
    // A viewer that left while it was being written to may have been the last one.
    if (!this.isPlaying) return;
    this.timer = this.clock.setTimer(() => this.wake(), this.nextTagMs - positionMs);
  }

  private wake(): void {
    this.timer = null;
    if (this.positionMs - this.nextTagMs > MAX_LAG_MS) this.seekForward();
    this.playDueTags();
  }

  private seekForward(): void {
    const { index, roundMs, nextTagMs } = this;
    this.seek();
    if (this.nextTagMs > nextTagMs) return;
    // The newest key frame was played already: nothing to jump to.
    this.index = index;
    this.roundMs = roundMs;
  }
}
