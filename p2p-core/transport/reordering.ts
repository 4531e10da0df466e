import { PACKET_THRESHOLD } from './constants';
import { GRANULARITY_MS } from './rtt-estimator';

/** RFC 9002 §6.1.2: 9/8 of a round trip. */
const INITIAL_WINDOW_SHARE = 1 / 8;
/** On a path that loses but keeps the order; RFC 8985 §6.2 does not wait at all there. */
const LEAST_WINDOW_SHARE = 1 / 32;
/**
 * RFC 8985 §6.2 begins at a quarter and goes up to a whole round trip, which every loss would wait for. Between one needless
 * packet and a late picture the packet is cheaper.
 */
const LARGEST_WINDOW_SHARE = 1 / 4;
/** Beyond, time alone decides. */
const LARGEST_PACKET_THRESHOLD = 256;
/** RFC 8985 §6.2: after this many losses without a spurious one the path keeps its order. */
const REMEMBERED_LOSSES = 16;

/**
 * How far packets may be overtaken before they count as lost: as far as it happened on this path (RFC 9002 §6.1.1 and
 * §6.1.2 allow to adapt, RFC 8985 says how).
 */
export class Reordering {
  packetThreshold = PACKET_THRESHOLD;
  /** Of a round trip, on top of it. */
  private windowShare = INITIAL_WINDOW_SHARE;
  private losses = 0;

  lossDelayMs(rttMs: number): number {
    return rttMs + Math.max(GRANULARITY_MS, rttMs * this.windowShare);
  }

  onLoss(): void {
    if (++this.losses < REMEMBERED_LOSSES) return;
    this.losses = 0;
    this.packetThreshold = PACKET_THRESHOLD;
    this.windowShare = LEAST_WINDOW_SHARE;
  }

  /** A packet that counted as lost was acknowledged `lateMs` after one round trip, and `distance` numbers too late. */
  onSpuriousLoss(distance: number, lateMs: number, rttMs: number): void {
    this.losses = 0;
    this.packetThreshold = Math.min(LARGEST_PACKET_THRESHOLD, Math.max(this.packetThreshold, distance + 1));
    this.windowShare = Math.min(LARGEST_WINDOW_SHARE, Math.max(this.windowShare, (1.25 * lateMs) / rttMs));
  }
}
