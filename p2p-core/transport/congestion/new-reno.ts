import type { AckSample, CongestionController, LossSample } from '../types';

/** RFC 9002 §7.2. */
const INITIAL_WINDOW_PACKETS = 10;
const MINIMUM_WINDOW_PACKETS = 2;
/** RFC 9002 §7.3.2. */
const LOSS_REDUCTION = 0.5;
/** RFC 9002 §7.7: a little faster than the window, so that pacing does not limit. */
const PACING_GAIN = 1.25;
/** Room that a sender with enough to send may leave in the window. */
const SLACK_PACKETS = 3;

/** NewReno as RFC 9002 §7 and appendix B. Halves on any loss: kept to compare with, and for peers that want it. */
export function createNewReno(maxDatagramBytes: number): CongestionController {
  return new NewReno(maxDatagramBytes);
}

class NewReno implements CongestionController {
  readonly name = 'newreno';
  private window: number;
  private slowStartThreshold = Infinity;
  /** Losses of packets sent before this belong to a reduction already made. */
  private recoveryStartMs = -1;
  private smoothedRttMs = 0;
  /** What to go back to when all that the last reduction was for arrived after all. */
  private windowBefore = 0;
  private thresholdBefore = Infinity;
  private lostInRecoveryBytes = 0;

  constructor(private readonly maxDatagramBytes: number) {
    this.window = INITIAL_WINDOW_PACKETS * maxDatagramBytes;
  }

  congestionWindowBytes(): number {
    return this.window;
  }

  pacingRateBytesPerMs(): number {
    return this.smoothedRttMs > 0 ? (PACING_GAIN * this.window) / this.smoothedRttMs : 0;
  }

  onPacketSent(): void {}

  onAck(sample: AckSample): void {
    if (sample.rttMs > 0) {
      this.smoothedRttMs =
        this.smoothedRttMs === 0 ? sample.rttMs : 0.875 * this.smoothedRttMs + 0.125 * sample.rttMs;
    }
    if (sample.largestSentTimeMs <= this.recoveryStartMs) return;
    // §7.8: a window that is not used must not grow. Half of it is enough where it doubles each round trip.
    const isSlowStart = this.window < this.slowStartThreshold;
    const unusedBytes = this.window - sample.inFlightBytes - sample.ackedBytes;
    if (unusedBytes > (isSlowStart ? this.window / 2 : SLACK_PACKETS * this.maxDatagramBytes)) return;
    if (isSlowStart) this.window += sample.ackedBytes;
    else this.window += (this.maxDatagramBytes * sample.ackedBytes) / this.window;
  }

  onLoss(sample: LossSample, nowMs: number): void {
    if (sample.largestLostSentTimeMs <= this.recoveryStartMs) {
      this.lostInRecoveryBytes += sample.lostBytes;
      return;
    }
    this.recoveryStartMs = nowMs;
    this.lostInRecoveryBytes = sample.lostBytes;
    this.windowBefore = this.window;
    this.thresholdBefore = this.slowStartThreshold;
    this.slowStartThreshold = Math.max(this.window * LOSS_REDUCTION, this.minimumWindow);
    this.window = this.slowStartThreshold;
  }

  /** RFC 4015 §3: with every loss of a reduction taken back, so is the reduction. */
  onSpuriousLoss(sizeBytes: number, sentTimeMs: number): void {
    if (this.lostInRecoveryBytes === 0 || sentTimeMs > this.recoveryStartMs) return;
    this.lostInRecoveryBytes = Math.max(0, this.lostInRecoveryBytes - sizeBytes);
    if (this.lostInRecoveryBytes > 0) return;
    this.window = Math.max(this.window, this.windowBefore);
    this.slowStartThreshold = this.thresholdBefore;
    this.recoveryStartMs = -1;
  }

  onPersistentCongestion(): void {
    this.lostInRecoveryBytes = 0;
    this.window = this.minimumWindow;
    this.recoveryStartMs = -1;
  }

  private get minimumWindow(): number {
    return MINIMUM_WINDOW_PACKETS * this.maxDatagramBytes;
  }
}
