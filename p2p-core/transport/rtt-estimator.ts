import { INITIAL_RTT_MS, MAX_PEER_ACK_DELAY_MS } from './constants';

/** RFC 9002 §6.1.2: timers are not finer than this. */
export const GRANULARITY_MS = 1;

/** Round-trip time as RFC 9002 §5. */
export class RttEstimator {
  hasSample = false;
  latestMs = 0;
  /** Lowest sample, ack delay included, as §5.2 wants it. 0 before the first. */
  minMs = 0;
  smoothedMs = INITIAL_RTT_MS;
  variationMs = INITIAL_RTT_MS / 2;

  /** A round-trip time known from elsewhere (a connectivity check), until the first sample replaces it. */
  hint(rttMs: number): void {
    if (this.hasSample || !(rttMs > 0)) return;
    this.smoothedMs = rttMs;
    this.variationMs = rttMs / 2;
  }

  /** Returns the sample without the peer's ack delay: what the path itself took. */
  onSample(rttMs: number, ackDelayMs: number): number {
    this.latestMs = rttMs;
    if (!this.hasSample) {
      this.hasSample = true;
      this.minMs = rttMs;
      this.smoothedMs = rttMs;
      this.variationMs = rttMs / 2;
      return rttMs;
    }
    this.minMs = Math.min(this.minMs, rttMs);
    const adjustedMs = Math.max(this.minMs, rttMs - Math.min(ackDelayMs, MAX_PEER_ACK_DELAY_MS));
    this.variationMs = 0.75 * this.variationMs + 0.25 * Math.abs(this.smoothedMs - adjustedMs);
    this.smoothedMs = 0.875 * this.smoothedMs + 0.125 * adjustedMs;
    return adjustedMs;
  }

  /** §6.1.2: what an ACK may take at the moment. */
  get currentMs(): number {
    return Math.max(this.latestMs, this.smoothedMs);
  }

  /** §6.2.1, without back-off. */
  get probeTimeoutMs(): number {
    return this.smoothedMs + Math.max(4 * this.variationMs, GRANULARITY_MS) + MAX_PEER_ACK_DELAY_MS;
  }
}
