import { MAX_PEER_ACK_DELAY_MS } from '../constants';
import type { AckSample, CongestionController, LossSample } from '../types';
import { LossCeiling } from './loss-ceiling';
import { RoundMaxFilter } from './round-max-filter';

// Names and section numbers: draft-cardwell-iccrg-bbr-congestion-control-00 ("the draft"). What differs is in
// docs/transport.md and said here at its place.

/** 2/ln 2: doubles the delivery rate each round (§4.3.1.1). */
const STARTUP_GAIN = 2.885;
const DRAIN_GAIN = 1 / STARTUP_GAIN;
/** §4.3.4.1: look for more, drain what that queued, cruise. One phase lasts a round trip. */
const CYCLE_GAINS = [1.25, 0.75, 1, 1, 1, 1, 1, 1] as const;
const PROBE_PHASE = 0;
const DRAIN_PHASE = 1;
const FIRST_CRUISE_PHASE = 2;
/** Enough to drain all that the window lets queue up. */
const MOST_DRAIN_ROUNDS = 4;
/** Two bandwidth-delay products, because ACKs are delayed and bunched (§4.2.3.2). */
const WINDOW_GAIN = 2;
/** Rounds a bandwidth sample counts (§4.1.1.3). */
const BANDWIDTH_ROUNDS = 10;
/** The pipe is full when three rounds brought less than a quarter more (§4.3.1.2). */
const FULL_PIPE_GROWTH = 1.25;
const FULL_PIPE_ROUNDS = 3;
/** §4.1.2.4 and §4.3.5. */
const MIN_RTT_WINDOW_MS = 10000;
/** A drain that finds no bottom makes one doubt a lowest round trip of this age: the path may have become longer. */
const MIN_RTT_DOUBTED_MS = 5000;
const PROBE_RTT_MS = 200;
/** The draft drains to four packets, which a live picture notices; half the product shows the queue as well (BBRv2). */
const PROBE_RTT_WINDOW_GAIN = 0.5;
/** As large as servers of video use: the first key picture has about 50 packets, and 10 would cost a round trip more. */
const INITIAL_WINDOW_PACKETS = 32;
const MINIMUM_WINDOW_PACKETS = 4;
/** Room for what is bunched in one ACK and one burst of the pacer (§4.2.3.2: three send quanta). */
const QUANTA_PACKETS = 3;

type Mode = 'startup' | 'drain' | 'probe-bandwidth' | 'probe-rtt';

/**
 * BBR, version 1 of the draft: sends at the rate the path was seen to deliver, and keeps about that rate times the lowest
 * round trip in flight. Loss by itself does not slow it down, which is what a radio link needs.
 */
export function createBbr(maxDatagramBytes: number): CongestionController {
  return new Bbr(maxDatagramBytes);
}

class Bbr implements CongestionController {
  readonly name = 'bbr';
  private mode: Mode = 'startup';
  private window: number;
  private pacingRate = 0;
  private pacingGain = STARTUP_GAIN;
  private windowGain = STARTUP_GAIN;

  private readonly bandwidth = new RoundMaxFilter(BANDWIDTH_ROUNDS);
  private roundEndBytes = 0;
  private isRoundStart = false;
  private isAppLimited = false;

  private minRttMs = Infinity;
  private minRttSeenMs = 0;
  private probeRttEndMs = 0;
  /** Lowest since probing for it began. */
  private probedRttMs = Infinity;

  private isPipeFull = false;
  private fullBandwidth = 0;
  private fullRounds = 0;

  private readonly ceiling: LossCeiling;

  private phase = FIRST_CRUISE_PHASE;
  private phaseStartMs = 0;

  constructor(private readonly maxDatagramBytes: number) {
    this.window = INITIAL_WINDOW_PACKETS * maxDatagramBytes;
    this.ceiling = new LossCeiling(maxDatagramBytes);
  }

  congestionWindowBytes(): number {
    return this.window;
  }

  pacingRateBytesPerMs(): number {
    return this.pacingRate;
  }

  /** §4.3.4.4: what was to be drained has drained while nothing was sent. */
  onPacketSent(sizeBytes: number, inFlightBytes: number, nowMs: number): void {
    const wasIdle = inFlightBytes === sizeBytes;
    if (!wasIdle || this.mode !== 'probe-bandwidth' || this.phase !== DRAIN_PHASE) return;
    this.setPhase(FIRST_CRUISE_PHASE, nowMs);
    this.updatePacingRate();
  }

  onAck(sample: AckSample, nowMs: number): void {
    this.updateRound(sample);
    // More in flight than the path holds means a queue at the bottleneck: then the rate is the bottleneck's, whatever the
    // program had to send. Flow control can hold a sender at this point; the draft would not leave startup there.
    this.isAppLimited = sample.isAppLimited && sample.inFlightBytes < this.product(1) + this.delayedBytes;
    this.updateBandwidth(sample);
    this.updateMinRtt(sample, nowMs);
    this.updateCeiling(sample);
    this.checkFullPipe();
    this.updateMode(sample, nowMs);
    this.updatePacingRate();
    this.updateWindow(sample);
  }

  /** By itself it tells nothing: radio links lose. See LossCeiling. */
  onLoss(sample: LossSample): void {
    this.ceiling.onLoss(sample.lostBytes);
  }

  onSpuriousLoss(sizeBytes: number): void {
    this.ceiling.onSpuriousLoss(sizeBytes);
  }

  /** Nothing came through for long: start with the least, the model brings the window back as ACKs return. */
  onPersistentCongestion(): void {
    this.window = MINIMUM_WINDOW_PACKETS * this.maxDatagramBytes;
  }

  /** §4.1.1.2: a round ends when a packet is acknowledged that was sent after the last one ended. */
  private updateRound(sample: AckSample): void {
    this.isRoundStart = sample.priorDeliveredBytes >= this.roundEndBytes;
    if (this.isRoundStart) this.roundEndBytes = sample.deliveredBytes;
  }

  private updateBandwidth(sample: AckSample): void {
    // Unlike the draft, rounds in which the program had too little to send do not age the filter: between two key
    // pictures a camera sends little for many rounds, and the next key picture would be paced at that little.
    if (this.isRoundStart && !this.isAppLimited) this.bandwidth.startRound();
    const rate = sample.deliveryRateBytesPerMs;
    if (!this.isAppLimited || rate > this.bandwidth.value) this.bandwidth.add(rate);
  }

  /** §4.1.2.3, §4.3.5. */
  private updateMinRtt(sample: AckSample, nowMs: number): void {
    const { rttMs } = sample;
    if (rttMs <= 0) return;
    this.probedRttMs = Math.min(this.probedRttMs, rttMs);
    // A program that does not fill the pipe builds no queue of ours that would have to be drained to see the path.
    const isExpired = nowMs - this.minRttSeenMs > MIN_RTT_WINDOW_MS;
    if (rttMs <= this.minRttMs || (isExpired && sample.isAppLimited)) {
      this.minRttMs = rttMs;
      this.minRttSeenMs = nowMs;
    } else if (isExpired && this.mode !== 'probe-rtt') {
      this.enterProbeRtt();
    }
  }

  private enterProbeRtt(): void {
    this.mode = 'probe-rtt';
    this.pacingGain = 1;
    this.probeRttEndMs = Infinity;
  }

  /** The queue must have gone before what is seen is the path; then a round trip of it and 200 ms tell. */
  private advanceProbeRtt(sample: AckSample, nowMs: number): void {
    if (this.probeRttEndMs === Infinity && sample.inFlightBytes <= this.probeRttWindow) {
      this.probeRttEndMs = nowMs + Math.max(PROBE_RTT_MS, sample.rttMs);
      this.probedRttMs = Infinity;
    }
    if (nowMs < this.probeRttEndMs || this.probedRttMs === Infinity) return;
    this.minRttMs = this.probedRttMs;
    this.minRttSeenMs = nowMs;
    if (this.isPipeFull) {
      this.enterProbeBandwidth(nowMs);
    } else {
      this.mode = 'startup';
      this.pacingGain = STARTUP_GAIN;
    }
  }

  private updateCeiling(sample: AckSample): void {
    const { ceiling } = this;
    ceiling.onAck(sample);
    if (!this.isRoundStart) return;
    const target = this.product(WINDOW_GAIN) + this.delayedBytes;
    if (ceiling.endRound(this.minRttMs, sample.inFlightBytes, sample.isAppLimited, target))
      this.isPipeFull = true;
  }

  /** §4.3.1.2. */
  private checkFullPipe(): void {
    if (this.isPipeFull || !this.isRoundStart || this.isAppLimited) return;
    if (this.bandwidth.value >= this.fullBandwidth * FULL_PIPE_GROWTH) {
      this.fullBandwidth = this.bandwidth.value;
      this.fullRounds = 0;
      return;
    }
    this.fullRounds++;
    this.isPipeFull = this.fullRounds >= FULL_PIPE_ROUNDS;
  }

  private updateMode(sample: AckSample, nowMs: number): void {
    switch (this.mode) {
      case 'startup':
        if (!this.isPipeFull) return;
        this.mode = 'drain';
        this.pacingGain = DRAIN_GAIN;
        return;
      case 'drain':
        if (sample.inFlightBytes <= this.product(1)) this.enterProbeBandwidth(nowMs);
        return;
      case 'probe-bandwidth':
        this.advanceCycle(sample, nowMs);
        return;
      case 'probe-rtt':
        this.advanceProbeRtt(sample, nowMs);
        return;
    }
  }

  private enterProbeBandwidth(nowMs: number): void {
    this.mode = 'probe-bandwidth';
    this.windowGain = WINDOW_GAIN;
    this.setPhase(FIRST_CRUISE_PHASE, nowMs);
  }

  /** §4.3.4.3: probing lasts until it filled the pipe or hurt. Draining lasts until it succeeded, as in BBRv2. */
  private advanceCycle(sample: AckSample, nowMs: number): void {
    const isOver = nowMs - this.phaseStartMs > this.minRttMs;
    let isNext = isOver;
    if (this.phase === PROBE_PHASE) {
      isNext =
        isOver && (sample.lostBytes > 0 || sample.isAppLimited || sample.inFlightBytes >= this.product(1.25));
    } else if (this.phase === DRAIN_PHASE) {
      const isDrained = sample.inFlightBytes <= this.product(1);
      isNext = isDrained || nowMs - this.phaseStartMs > MOST_DRAIN_ROUNDS * this.minRttMs;
      if (isNext && !isDrained && nowMs - this.minRttSeenMs > MIN_RTT_DOUBTED_MS) return this.enterProbeRtt();
    }
    if (isNext) this.setPhase((this.phase + 1) % CYCLE_GAINS.length, nowMs);
  }

  private setPhase(phase: number, nowMs: number): void {
    this.phase = phase;
    this.phaseStartMs = nowMs;
    this.pacingGain = CYCLE_GAINS[phase]!;
  }

  /** §4.2.1: begins with the initial window in one round trip; while the pipe is not full yet, the rate only rises. */
  private updatePacingRate(): void {
    if (this.pacingRate === 0 && this.minRttMs < Infinity) {
      this.pacingRate = (STARTUP_GAIN * INITIAL_WINDOW_PACKETS * this.maxDatagramBytes) / this.minRttMs;
    }
    const rate = this.pacingGain * this.bandwidth.value;
    if (this.isPipeFull || rate > this.pacingRate) this.pacingRate = rate;
  }

  /** §4.2.3. */
  private updateWindow(sample: AckSample): void {
    if (this.bandwidth.value === 0 || this.minRttMs === Infinity) return;
    const quanta = QUANTA_PACKETS * this.maxDatagramBytes;
    const target = this.product(this.windowGain) + this.delayedBytes + quanta;
    if (this.isPipeFull) {
      this.window = Math.min(this.window + sample.ackedBytes, target);
    } else if (
      this.window < target ||
      sample.deliveredBytes < INITIAL_WINDOW_PACKETS * this.maxDatagramBytes
    ) {
      this.window += sample.ackedBytes;
    }
    this.window = Math.min(this.window, this.ceiling.bytes);
    if (this.mode === 'probe-rtt') {
      this.window = Math.min(this.window, this.probeRttWindow);
    }
    this.window = Math.max(this.window, MINIMUM_WINDOW_PACKETS * this.maxDatagramBytes);
  }

  /** minRtt has no ack delay in it, but what is delivered stays unacknowledged for that long. */
  private get delayedBytes(): number {
    return this.bandwidth.value * MAX_PEER_ACK_DELAY_MS;
  }

  private get probeRttWindow(): number {
    return this.product(PROBE_RTT_WINDOW_GAIN) + this.delayedBytes;
  }

  /** `gain` times the bandwidth-delay product. */
  private product(gain: number): number {
    return this.minRttMs === Infinity ? 0 : gain * this.bandwidth.value * this.minRttMs;
  }
}
