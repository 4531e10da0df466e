import type { AckSample } from '../types';

/** LossThresh of draft-ietf-ccwg-bbr: a round that loses more may have filled the queue of the bottleneck over. */
const LOSS_THRESHOLD = 0.02;
/** One or two losses of a round are chance. */
const CHANCE_PACKETS = 2;
/** A standing queue: all round trips of the round are this much above the path's lowest, ... */
const RTT_INFLATION = 1.125;
/** ... and by this many times as much as they differ among themselves. Jitter makes them differ as much as it raises them. */
const INFLATION_TO_SPREAD = 2;
/** Beta of the draft. */
const REDUCTION = 0.7;
/** What the ceiling rises by each round, and how much more each time: fair at first, and back soon when room has come. */
const FIRST_STEP_PACKETS = 1;
const STEP_GROWTH_PACKETS = 1 / 8;

/**
 * How much may be in flight, learnt from loss that comes with a standing queue: what inflight_hi is to later versions of
 * BBR (draft-ietf-ccwg-bbr). Loss alone teaches nothing here, because a radio link loses without being full.
 */
export class LossCeiling {
  bytes = Infinity;
  private ackedBytes = 0;
  private lostBytes = 0;
  private lowestRttMs = Infinity;
  private highestRttMs = 0;
  private stepPackets = FIRST_STEP_PACKETS;
  /** What was reduced shows a round later: that round is not judged. */
  private isSettling = false;

  constructor(private readonly packetBytes: number) {}

  onAck(sample: AckSample): void {
    this.ackedBytes += sample.ackedBytes;
    if (sample.rttMs <= 0) return;
    this.lowestRttMs = Math.min(this.lowestRttMs, sample.rttMs);
    this.highestRttMs = Math.max(this.highestRttMs, sample.rttMs);
  }

  onLoss(lostBytes: number): void {
    this.lostBytes += lostBytes;
  }

  onSpuriousLoss(bytes: number): void {
    this.lostBytes -= bytes;
  }

  /**
   * A round has ended. Returns whether it filled the queue over. A ceiling that reaches `targetBytes`, which the window
   * never exceeds, is none any more.
   */
  endRound(minRttMs: number, inFlightBytes: number, isAppLimited: boolean, targetBytes: number): boolean {
    const isCongested = !isAppLimited && !this.isSettling && this.isCongested(minRttMs);
    if (isCongested) {
      this.bytes = Math.min(this.bytes, inFlightBytes + this.lostBytes) * REDUCTION;
      this.stepPackets = FIRST_STEP_PACKETS;
    } else if (!this.isSettling && this.bytes < Infinity) {
      this.bytes += this.stepPackets * this.packetBytes;
      this.stepPackets += STEP_GROWTH_PACKETS;
      if (this.bytes > targetBytes) this.bytes = Infinity;
    }
    this.isSettling = isCongested;
    this.ackedBytes = 0;
    this.lostBytes = 0;
    this.lowestRttMs = Infinity;
    this.highestRttMs = 0;
    return isCongested;
  }

  private isCongested(minRttMs: number): boolean {
    const { lostBytes, lowestRttMs } = this;
    return (
      lostBytes > CHANCE_PACKETS * this.packetBytes &&
      lostBytes > LOSS_THRESHOLD * (lostBytes + this.ackedBytes) &&
      lowestRttMs < Infinity &&
      lowestRttMs > minRttMs * RTT_INFLATION &&
      lowestRttMs - minRttMs > INFLATION_TO_SPREAD * (this.highestRttMs - lowestRttMs)
    );
  }
}
