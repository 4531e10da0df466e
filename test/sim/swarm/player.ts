/** With more it plays faster, as live-player does. */
const MAX_CACHE_MS = 3000;
const CATCH_UP = 1.1;

/** A picture of live-player: it shows media in real time, stands still when there is none, and counts that. */
export class SimPlayer {
  stalls = 0;
  stallMs = 0;
  private shownMs = 0;
  private endMs = 0;
  private lastMs = -1;
  private dryMs = -1;
  private isPlaying = false;

  /** `reserveMs`: media in front of what is shown before it begins, and before it goes on after a stall (min-cache). */
  constructor(private readonly reserveMs: number) {}

  /** Media up to `streamMs` is here. */
  feed(nowMs: number, streamMs: number): void {
    this.advance(nowMs);
    this.endMs = Math.max(this.endMs, streamMs);
    if (this.isPlaying || this.endMs - this.shownMs < this.reserveMs) return;
    this.isPlaying = true;
    if (this.dryMs >= 0) this.stallMs += nowMs - this.dryMs;
    this.dryMs = -1;
  }

  /** How long it has stood still so far. */
  stallMsAt(nowMs: number): number {
    this.advance(nowMs);
    return this.stallMs + (this.dryMs >= 0 ? nowMs - this.dryMs : 0);
  }

  /** Media in front of what it shows. */
  bufferedMsAt(nowMs: number): number {
    this.advance(nowMs);
    return this.endMs - this.shownMs;
  }

  /** The viewer leaves: a stall that lasts counts up to here. */
  end(nowMs: number): void {
    this.advance(nowMs);
    if (this.dryMs >= 0) this.stallMs += nowMs - this.dryMs;
    this.dryMs = -1;
  }

  private advance(nowMs: number): void {
    const elapsedMs = this.lastMs < 0 ? 0 : nowMs - this.lastMs;
    this.lastMs = nowMs;
    if (!this.isPlaying) return;
    const bufferedMs = this.endMs - this.shownMs;
    const speed = bufferedMs > MAX_CACHE_MS ? CATCH_UP : 1;
    if (elapsedMs * speed <= bufferedMs) {
      this.shownMs += elapsedMs * speed;
      return;
    }
    this.shownMs = this.endMs;
    this.isPlaying = false;
    this.stalls++;
    this.dryMs = nowMs - (elapsedMs - bufferedMs / speed);
  }
}
