import { toHex } from '../bytes/hex';
import { envelopeSalt } from './envelope';

/** A sender's clock may differ from ours by this much before its offer counts as stale. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;
/**
 * How long an envelope is remembered: an offer can arrive from the moment when its sender's clock is the tolerance ahead
 * of ours until that moment when it is the tolerance behind.
 */
const MEMORY_MS = 2 * CLOCK_TOLERANCE_MS;
const MAX_ENTRIES = 4096;

export type ReplayVerdict = 'fresh' | 'replayed' | 'stale';

/**
 * Remembers which envelopes were seen, so that a broker or a listener cannot play an offer again. When the memory is full
 * the oldest entry goes: only a holder of the secret can fill it, who needs no replay.
 */
export class ReplayGuard {
  /** Salt → wall clock when it was seen; in that order. */
  private readonly seen = new Map<string, number>();

  /**
   * Judges an offer, and remembers it when it is fresh. `payload` is its envelope, already opened; `sentAtMs` the sender's
   * wall clock. `stale` deserves an answer with our time, `replayed` none.
   */
  check(payload: Uint8Array, sentAtMs: number, wallMs: number): ReplayVerdict {
    const salt = toHex(envelopeSalt(payload));
    if (this.seen.has(salt)) return 'replayed';
    if (!(Math.abs(wallMs - sentAtMs) <= CLOCK_TOLERANCE_MS)) return 'stale';
    this.forgetOld(wallMs);
    this.seen.set(salt, wallMs);
    return 'fresh';
  }

  /** How many envelopes are remembered. */
  get size(): number {
    return this.seen.size;
  }

  /** A clock that was set back makes entries look young, which keeps them longer: harmless, their number is capped. */
  private forgetOld(wallMs: number): void {
    for (const [salt, seenMs] of this.seen) {
      if (this.seen.size < MAX_ENTRIES && wallMs - seenMs <= MEMORY_MS) return;
      this.seen.delete(salt);
    }
  }
}
