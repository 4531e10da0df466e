/** Lets `burst` through at once and `perSecond` after that. Time is given, in ms of a clock that does not go back. */
export class TokenBucket {
  private tokens: number;

  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
    private filledMs: number,
  ) {
    this.tokens = burst;
  }

  /** Whether one more may pass now. */
  take(nowMs: number): boolean {
    this.tokens = Math.min(this.burst, this.tokens + ((nowMs - this.filledMs) / 1000) * this.perSecond);
    this.filledMs = nowMs;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
