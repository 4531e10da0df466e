import { BASE_DATAGRAM_BYTES } from './constants';

/** RFC 9002 §7.7 allows bursts up to the initial window; this many packets leave back to back after a pause. */
const BURST_BYTES = 10 * BASE_DATAGRAM_BYTES;
/** Timers come late by as much; what they missed may be caught up. */
const CATCH_UP_MS = 10;
/** Waiting for two packets' worth halves the number of timers. */
const QUANTUM_BYTES = 2 * BASE_DATAGRAM_BYTES;

/** A token bucket that spreads packets over time (RFC 9002 §7.7). */
export class Pacer {
  private tokens = BURST_BYTES;
  private filledMs: number;

  constructor(nowMs: number) {
    this.filledMs = nowMs;
  }

  /** When a packet may leave: `nowMs` for at once. A rate of 0 does not pace. */
  readyMs(rateBytesPerMs: number, nowMs: number): number {
    if (rateBytesPerMs <= 0) return nowMs;
    const limit = Math.max(BURST_BYTES, rateBytesPerMs * CATCH_UP_MS);
    this.tokens = Math.min(limit, this.tokens + (nowMs - this.filledMs) * rateBytesPerMs);
    this.filledMs = nowMs;
    if (this.tokens >= BASE_DATAGRAM_BYTES) return nowMs;
    return nowMs + (QUANTUM_BYTES - this.tokens) / rateBytesPerMs;
  }

  /** Called for probes too, which do not wait: they may leave a debt. */
  onSent(sizeBytes: number): void {
    this.tokens = Math.max(this.tokens - sizeBytes, -BURST_BYTES);
  }
}
