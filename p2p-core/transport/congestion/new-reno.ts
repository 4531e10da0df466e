import type { AckSample, CongestionController, LossSample } from '../types';

/** RFC 9002 §7.2. */
const INITIAL_WINDOW_PACKETS = 10;
const MINIMUM_WINDOW_PACKETS = 2;
/** RFC 9002 §7.3.2. */
const LOSS_REDUCTION = 0.5;
/** RFC 9002 §7.7: a little faster than the window, so that pacing does not limit. */
const PACING_GAIN = 1.25;

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
    // §7.8: a window that is not used must not grow.
    if (sample.isAppLimited || sample.largestSentTimeMs <= this.recoveryStartMs) return;
    if (this.window < this.slowStartThreshold) this.window += sample.ackedBytes;
    else this.window += (this.maxDatagramBytes * sample.ackedBytes) / this.window;
  }

  onLoss(sample: LossSample, nowMs: number): void {
    if (sample.largestLostSentTimeMs <= this.recoveryStartMs) return;
    this.recoveryStartMs = nowMs;
    this.slowStartThreshold = Math.max(this.window * LOSS_REDUCTION, this.minimumWindow);
    this.window = this.slowStartThreshold;
  }

  onPersistentCongestion(): void {
    this.window = this.minimumWindow;
    this.recoveryStartMs = -1;
  }

  private get minimumWindow(): number {
    return MINIMUM_WINDOW_PACKETS * this.maxDatagramBytes;
  }
}
