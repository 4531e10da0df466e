import type { AckSample, CongestionController } from '../../p2p-core/transport/types';

// Copa: Practical Delay-Based Congestion Control for the Internet (NSDI 2018), its default mode.

/** §2.1: packets that a flow wants to have waiting in the queue are 1/δ. */
const DELTA = 0.5;
const INITIAL_WINDOW_PACKETS = 32;
const MINIMUM_WINDOW_PACKETS = 4;
/** §2.2. */
const MIN_RTT_WINDOW_MS = 10_000;
const MOST_VELOCITY = 64;
/** Room for what a receiver has and has not acknowledged yet, as our BBR leaves it. */
const ACK_DELAY_MS = 25;

/** Lowest sample of a sliding time. */
class WindowedMin {
  private readonly samples: { atMs: number; value: number }[] = [];

  add(value: number, nowMs: number, lengthMs: number): void {
    const { samples } = this;
    while (samples.length > 0 && samples[samples.length - 1]!.value >= value) samples.pop();
    samples.push({ atMs: nowMs, value });
    while (samples[0]!.atMs < nowMs - lengthMs) samples.shift();
  }

  get value(): number {
    return this.samples[0]?.value ?? Infinity;
  }
}

/** Not shipped: made for this bench, to be compared with what is. */
export function createCopa(packetBytes: number): CongestionController {
  return new Copa(packetBytes);
}

class Copa implements CongestionController {
  readonly name = 'copa';
  /** In packets, without the room for delayed acknowledgements. */
  private window = INITIAL_WINDOW_PACKETS;
  private readonly lowest = new WindowedMin();
  private readonly standing = new WindowedMin();
  private smoothedMs = 0;
  private isSlowStart = true;
  private velocity = 1;
  private direction = 0;
  private sameDirectionRounds = 0;
  private roundEndBytes = 0;
  private windowAtRound = INITIAL_WINDOW_PACKETS;

  constructor(private readonly packetBytes: number) {}

  congestionWindowBytes(): number {
    const roundMs = this.standing.value;
    const delayed = roundMs < Infinity ? (this.window / roundMs) * ACK_DELAY_MS : 0;
    return (this.window + delayed) * this.packetBytes;
  }

  /** §2.1: twice the window in a round trip. */
  pacingRateBytesPerMs(): number {
    const roundMs = this.standing.value;
    return roundMs < Infinity ? (2 * this.window * this.packetBytes) / roundMs : 0;
  }

  onPacketSent(): void {}
  onLoss(): void {}

  onPersistentCongestion(): void {
    this.window = MINIMUM_WINDOW_PACKETS;
  }

  onAck(sample: AckSample, nowMs: number): void {
    const { rttMs } = sample;
    if (rttMs > 0) {
      this.smoothedMs = this.smoothedMs === 0 ? rttMs : 0.875 * this.smoothedMs + 0.125 * rttMs;
      this.lowest.add(rttMs, nowMs, MIN_RTT_WINDOW_MS);
      this.standing.add(rttMs, nowMs, this.smoothedMs / 2);
    }
    if (this.standing.value === Infinity) return;
    const queueMs = this.standing.value - this.lowest.value;
    const target = queueMs > 0.1 ? 1 / (DELTA * queueMs) : Infinity;
    const isBelow = this.window / this.standing.value <= target;
    const ackedPackets = sample.ackedBytes / this.packetBytes;
    // A window that the program does not use must not grow (RFC 9002 §7.8).
    const isUsed = !sample.isAppLimited;
    if (this.isSlowStart) {
      if (!isBelow) this.isSlowStart = false;
      else if (isUsed) this.window += ackedPackets;
    }
    if (!this.isSlowStart && (isUsed || !isBelow)) {
      const step = (this.velocity * ackedPackets) / (DELTA * this.window);
      this.window = Math.max(MINIMUM_WINDOW_PACKETS, this.window + (isBelow ? step : -step));
    }
    if (sample.priorDeliveredBytes < this.roundEndBytes) return;
    this.roundEndBytes = sample.deliveredBytes;
    this.updateVelocity();
  }

  /** §2.2: doubles each round trip once the direction has been the same for three. */
  private updateVelocity(): void {
    const direction = Math.sign(this.window - this.windowAtRound);
    this.windowAtRound = this.window;
    if (direction !== this.direction) {
      this.direction = direction;
      this.velocity = 1;
      this.sameDirectionRounds = 0;
    } else if (++this.sameDirectionRounds >= 3) {
      this.velocity = Math.min(MOST_VELOCITY, this.velocity * 2);
    }
  }
}
