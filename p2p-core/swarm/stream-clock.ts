/** An own measurement of the origin is believed instead of this after the first one. */
const FIRST_OPEN_MS = 900;
const MIN_OPEN_MS = 300;
const KEPT_OPENS = 8;
/** The burst of the origin's cache is over by then, and the network has shown its jitter. */
const SETTLE_MS = 1000;
const PROBE_MS = 2000;
/** Slower than this, the timestamps of the stream are not the time of its pictures. */
const MIN_PACE = 0.75;

/** Knows when the origin would have given what is played, from when it did; and how long it takes to open. */
export class StreamClock {
  /** Local time less stream time of the tag that took the shortest way. */
  private offsetMs = Infinity;
  private openedMs = -1;
  private firstMs = -1;
  private firstStreamMs = 0;
  private settledMs = -1;
  private settledStreamMs = 0;
  private readonly openTimesMs: number[] = [];
  /** Media that came at once when the origin opened first: the player has it in front. */
  burstMs = 0;
  /** Whether the stream's timestamps are a clock; if they run slower than its pictures, nobody can tell who is late. */
  pace: 'unknown' | 'real' | 'slow' = 'unknown';

  onOpen(nowMs: number): void {
    this.openedMs = nowMs;
    this.firstMs = this.settledMs = -1;
  }

  /** Something came from the origin. */
  onArrival(nowMs: number): void {
    if (this.openedMs < 0) return;
    this.openTimesMs.push(nowMs - this.openedMs);
    this.openedMs = -1;
    if (this.openTimesMs.length > KEPT_OPENS) this.openTimesMs.shift();
  }

  /** What came from the origin is played at once: its time on the feed. */
  onTag(nowMs: number, streamMs: number): void {
    if (this.firstMs < 0) {
      this.firstMs = nowMs;
      this.firstStreamMs = streamMs;
    }
    const sinceFirstMs = nowMs - this.firstMs;
    if (this.openTimesMs.length === 1) {
      this.burstMs = Math.max(this.burstMs, streamMs - this.firstStreamMs - sinceFirstMs);
    }
    this.offsetMs = Math.min(this.offsetMs, nowMs - streamMs);
    if (sinceFirstMs < SETTLE_MS) return;
    if (this.settledMs < 0) {
      this.settledMs = nowMs;
      this.settledStreamMs = streamMs;
    } else if (nowMs - this.settledMs >= PROBE_MS) {
      const isSlow = streamMs - this.settledStreamMs < MIN_PACE * (nowMs - this.settledMs);
      this.pace = isSlow ? 'slow' : 'real';
    }
  }

  /** The stream's time has jumped against the origin's: measured anew. */
  reset(): void {
    this.offsetMs = Infinity;
  }

  get isKnown(): boolean {
    return this.offsetMs < Infinity;
  }

  /** How much later than from the origin `streamMs` is, played at `nowMs`. */
  lagMs(nowMs: number, streamMs: number): number {
    return this.isKnown ? nowMs - this.offsetMs - streamMs : 0;
  }

  /** In nearly every case the origin gives data within this time. */
  get originOpenMs(): number {
    const times = this.openTimesMs;
    if (times.length === 0) return FIRST_OPEN_MS;
    const slowestMs = Math.max(...times);
    return Math.max(MIN_OPEN_MS, times.length < 3 ? 1.5 * slowestMs : slowestMs);
  }
}
