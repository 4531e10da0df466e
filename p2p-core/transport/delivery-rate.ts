import type { SentPacket } from './sent-packets';

/**
 * Estimates how fast the path delivers (draft-cheng-iccrg-delivery-rate-estimation-02): each packet remembers how much
 * was delivered when it left, and the acknowledgement shows how much more was by then, over the longer of the time it
 * took to send and the time it took to acknowledge.
 */
export class DeliveryRateSampler {
  deliveredBytes = 0;
  /** Of the sample that the current ACK gave: of its newest packet. */
  priorDeliveredBytes = 0;
  isAppLimited = false;
  largestSentMs = 0;
  private deliveredMs = 0;
  private firstSentMs = 0;
  /** Packets are marked as limited by the application until this much is delivered. */
  private appLimitedUntil = 0;
  private newest: SentPacket | null = null;

  onPacketSent(packet: SentPacket, wasIdle: boolean, nowMs: number): void {
    if (wasIdle) {
      this.firstSentMs = nowMs;
      this.deliveredMs = nowMs;
    }
    packet.deliveredBytes = this.deliveredBytes;
    packet.deliveredMs = this.deliveredMs;
    packet.firstSentMs = this.firstSentMs;
    packet.isAppLimited = this.appLimitedUntil > 0;
  }

  /** There was room to send and nothing to send. */
  onAppLimited(inFlightBytes: number): void {
    this.appLimitedUntil = Math.max(1, this.deliveredBytes + inFlightBytes);
  }

  /** Called for each packet that an ACK acknowledges, in any order. */
  onPacketAcked(packet: SentPacket, nowMs: number): void {
    this.deliveredBytes += packet.sizeBytes;
    this.deliveredMs = nowMs;
    if (this.newest === null || packet.packetNumber > this.newest.packetNumber) this.newest = packet;
  }

  /** Ends an ACK: the rate it showed, 0 for none. A shorter time than the lowest round trip is a bunched-up ACK. */
  takeSample(minRttMs: number): number {
    const newest = this.newest;
    if (newest === null) return 0;
    this.newest = null;
    this.priorDeliveredBytes = newest.deliveredBytes;
    this.isAppLimited = newest.isAppLimited;
    this.largestSentMs = newest.sentMs;
    this.firstSentMs = newest.sentMs;
    if (this.appLimitedUntil > 0 && this.deliveredBytes > this.appLimitedUntil) this.appLimitedUntil = 0;
    const sendMs = newest.sentMs - newest.firstSentMs;
    const ackMs = this.deliveredMs - newest.deliveredMs;
    const intervalMs = Math.max(sendMs, ackMs);
    if (intervalMs <= 0 || intervalMs < minRttMs) return 0;
    return (this.deliveredBytes - newest.deliveredBytes) / intervalMs;
  }
}
