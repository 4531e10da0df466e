import type { DeliveryRateSampler } from './delivery-rate';
import { BASE_DATAGRAM_BYTES } from './constants';
import { EarlyRepair } from './early-repair';
import type { FrameOwner } from './frame-owner';
import type { FrameReader } from './frame-reader';
import type { PathMtu } from './path-mtu';
import { Reordering } from './reordering';
import type { RttEstimator } from './rtt-estimator';
import { SentState } from './sent-packets';
import type { SentPacket, SentPackets } from './sent-packets';
import type { AckSample, CongestionController, LossSample } from './types';

/** RFC 9002 §7.6.1. */
const PERSISTENT_CONGESTION_FACTOR = 3;
/** RFC 9002 §6.2.4: two probes, so that one more loss does not cost another timeout. */
const PROBES_PER_TIMEOUT = 2;
/** Enough doublings for any limit below. */
const MAX_BACKOFFS = 8;
/**
 * RFC 9002 §6.2.1 doubles without end. A radio link that was away for seconds should be found at once when it is back,
 * and two packets a second until the idle timeout hurt nobody.
 */
const MAX_PROBE_INTERVAL_MS = 1000;
/** How long a late acknowledgement of a lost packet is waited for, in smoothed round trips. */
const SPURIOUS_LOSS_ROUNDS = 2;

/** Loss detection and probe timeouts (RFC 9002 §6), and what they tell the congestion controller. */
export class Recovery {
  readonly early: EarlyRepair;
  /** Packets that may be sent whatever the congestion window and the pacer say. */
  probes = 0;
  packetsLost = 0;
  spuriousLosses = 0;
  probeTimeouts = 0;
  private readonly reordering = new Reordering();
  private largestAcked = -1;
  /** When the next packet is lost by the time threshold, Infinity for none. */
  private lossMs = Infinity;
  private lastSentMs = 0;
  private backoffs = 0;
  /** §7.6.2: losses before the first RTT sample do not make persistent congestion. */
  private firstSampleMs = Infinity;
  // Both are filled anew for each call: the controller must not keep them.
  private readonly ackSample: AckSample = {
    ackedBytes: 0,
    lostBytes: 0,
    inFlightBytes: 0,
    rttMs: 0,
    deliveryRateBytesPerMs: 0,
    isAppLimited: false,
    priorDeliveredBytes: 0,
    deliveredBytes: 0,
    largestSentTimeMs: 0,
  };
  private readonly lossSample: LossSample = { lostBytes: 0, inFlightBytes: 0, largestLostSentTimeMs: 0 };

  constructor(
    private readonly sent: SentPackets,
    private readonly rtt: RttEstimator,
    private readonly sampler: DeliveryRateSampler,
    private readonly congestion: CongestionController,
    private readonly owner: FrameOwner,
    private readonly mtu: PathMtu,
  ) {
    this.early = new EarlyRepair(sent, rtt, owner);
  }

  onPacketSent(packet: SentPacket, sizeBytes: number, nowMs: number): void {
    this.sampler.onPacketSent(packet, this.sent.inFlightCount === 0, nowMs);
    this.sent.commit(packet, sizeBytes, nowMs);
    this.early.onPacketSent(packet);
    this.lastSentMs = nowMs;
    if (this.probes > 0) this.probes--;
    this.congestion.onPacketSent(sizeBytes, this.sent.inFlightBytes, nowMs);
  }

  /** The ACK frame the reader stands at. Numbers never sent are the caller's to refuse. */
  onAck(ack: FrameReader, nowMs: number): void {
    const { sent, sampler } = this;
    const largest = ack.ackHigh[0]!;
    let ackedBytes = 0;
    let largestSentMs = -1;
    for (let i = 0; i < ack.ackRangeCount; i++) {
      const low = Math.max(ack.ackLow[i]!, sent.oldestKept);
      for (let number = ack.ackHigh[i]!; number >= low; number--) {
        const packet = sent.get(number);
        if (packet === null || packet.state === SentState.Acked) continue;
        if (packet.state === SentState.InFlight) {
          if (number === largest) largestSentMs = packet.sentMs;
          ackedBytes += packet.sizeBytes;
          sent.settle(packet, SentState.Acked);
          sampler.onPacketAcked(packet, nowMs);
        } else {
          this.onSpuriousLoss(packet, nowMs);
        }
        if (packet.sizeBytes > BASE_DATAGRAM_BYTES) this.mtu.onLargeAcked(packet, nowMs);
        for (let f = 0; f < packet.frameCount; f++) this.owner.onFrameAcked(packet.frames[f]!);
      }
    }
    if (ackedBytes === 0) return;
    this.largestAcked = Math.max(this.largestAcked, largest);
    this.backoffs = 0;
    this.probes = 0;
    let rttMs = 0;
    if (largestSentMs >= 0) {
      rttMs = this.rtt.onSample(nowMs - largestSentMs, ack.ackDelayMs);
      this.firstSampleMs = Math.min(this.firstSampleMs, nowMs);
    }
    const rate = sampler.takeSample(this.rtt.minMs);
    const lostBytes = this.detectLosses(nowMs);
    const sample = this.ackSample;
    sample.ackedBytes = ackedBytes;
    sample.lostBytes = lostBytes;
    sample.inFlightBytes = sent.inFlightBytes;
    sample.rttMs = rttMs;
    sample.deliveryRateBytesPerMs = rate;
    sample.isAppLimited = sampler.isAppLimited;
    sample.priorDeliveredBytes = sampler.priorDeliveredBytes;
    sample.deliveredBytes = sampler.deliveredBytes;
    sample.largestSentTimeMs = sampler.largestSentMs;
    this.congestion.onAck(sample, nowMs);
  }

  /** When `onTimer` has something to do, Infinity for never. */
  timerMs(): number {
    if (this.lossMs < Infinity) return this.lossMs;
    if (this.sent.inFlightCount === 0) return Infinity;
    const firstMs = this.rtt.probeTimeoutMs;
    const backedOffMs = firstMs * (1 << Math.min(this.backoffs, MAX_BACKOFFS));
    const probeMs = this.lastSentMs + Math.min(backedOffMs, Math.max(firstMs, MAX_PROBE_INTERVAL_MS));
    return this.backoffs > 0 ? probeMs : Math.min(probeMs, this.early.tailMs());
  }

  onTimer(nowMs: number): void {
    if (nowMs < this.timerMs()) return;
    if (this.lossMs < Infinity) {
      this.detectLosses(nowMs);
    } else if (this.backoffs === 0 && nowMs >= this.early.tailMs()) {
      this.probeTimeouts++;
      this.probes = 1;
      this.early.repeatTail();
    } else {
      this.onProbeTimeout(nowMs);
    }
  }

  /**
   * The peer has another address: what is in flight may never arrive, and old timeouts say nothing about the new path. Round
   * trips and the congestion controller go on, unlike RFC 9000 §9.4: docs/transport.md tells why.
   */
  onPathChanged(nowMs: number): void {
    this.backoffs = 0;
    this.mtu.restart(this.sent.end);
    if (this.sent.inFlightCount > 0) this.onProbeTimeout(nowMs);
  }

  private onProbeTimeout(nowMs: number): void {
    this.probeTimeouts++;
    this.backoffs++;
    this.probes = PROBES_PER_TIMEOUT;
    this.lastSentMs = nowMs; // the next timeout counts from here even when nothing can be sent
    let repeated = 0;
    for (
      let number = this.sent.oldestInFlight;
      number < this.sent.end && repeated < PROBES_PER_TIMEOUT;
      number++
    ) {
      const packet = this.sent.get(number);
      if (packet === null || packet.state !== SentState.InFlight || packet.isMtuProbe) continue;
      for (let f = 0; f < packet.frameCount; f++) this.owner.onFrameLost(packet.frames[f]!);
      repeated++;
    }
  }

  /** Declares packets lost by number and by time, and arms the timer for the next one. Returns the bytes lost. */
  private detectLosses(nowMs: number): number {
    const { sent, reordering } = this;
    const delayMs = reordering.lossDelayMs(this.rtt.currentMs);
    let lostBytes = 0;
    let runStartMs = -1;
    let longestRunMs = 0;
    this.lossMs = Infinity;
    for (let number = sent.oldestInFlight; number <= this.largestAcked; number++) {
      const packet = sent.get(number);
      if (packet === null) continue; // only an ACK: says nothing about congestion
      if (packet.state === SentState.Acked) {
        runStartMs = -1;
      } else if (packet.state === SentState.InFlight) {
        const dueMs = packet.sentMs + delayMs;
        if (this.largestAcked - number < reordering.packetThreshold && dueMs > nowMs) {
          this.lossMs = Math.min(this.lossMs, dueMs);
          continue;
        }
        this.declareLost(packet, nowMs);
        if (packet.isMtuProbe) continue; // RFC 9000 §14.4: no sign of congestion
        lostBytes += packet.sizeBytes;
        this.lossSample.largestLostSentTimeMs = packet.sentMs;
        if (packet.sentMs > this.firstSampleMs) {
          if (runStartMs < 0) runStartMs = packet.sentMs;
          longestRunMs = Math.max(longestRunMs, packet.sentMs - runStartMs);
        }
      }
    }
    sent.trim(nowMs - SPURIOUS_LOSS_ROUNDS * this.rtt.smoothedMs);
    if (lostBytes > 0) {
      this.lossSample.lostBytes = lostBytes;
      this.lossSample.inFlightBytes = sent.inFlightBytes;
      this.congestion.onLoss(this.lossSample, nowMs);
      const persistentMs = this.rtt.probeTimeoutMs * PERSISTENT_CONGESTION_FACTOR;
      if (longestRunMs > persistentMs) this.congestion.onPersistentCongestion(nowMs);
    }
    return lostBytes;
  }

  /** RFC 9002 §6.1.1, RFC 4015: the order was broken, nothing else. */
  private onSpuriousLoss(packet: SentPacket, nowMs: number): void {
    const rttMs = this.rtt.currentMs;
    this.spuriousLosses++;
    packet.state = SentState.Acked;
    if (packet.isMtuProbe) return;
    this.reordering.onSpuriousLoss(
      this.largestAcked - packet.packetNumber,
      nowMs - packet.sentMs - rttMs,
      rttMs,
    );
    this.congestion.onSpuriousLoss?.(packet.sizeBytes, packet.sentMs);
  }

  private declareLost(packet: SentPacket, nowMs: number): void {
    this.packetsLost++;
    packet.lostMs = nowMs;
    this.sent.settle(packet, SentState.Lost);
    if (packet.sizeBytes > BASE_DATAGRAM_BYTES) this.mtu.onLargeLost(packet, this.sent.end, nowMs);
    if (packet.isMtuProbe) return;
    this.reordering.onLoss();
    this.early.onPacketLost(packet);
    if (packet.isGivenBack) return; // whatever took its frames over answers for them
    for (let f = 0; f < packet.frameCount; f++) this.owner.onFrameLost(packet.frames[f]!);
  }
}
