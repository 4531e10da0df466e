import { ACK_DELAY_MS, ACK_EVERY_PACKETS, ASKED_ACK_SPACING_MS } from './constants';

/** When to acknowledge (RFC 9000 §13.2.1): every few packets, after a short delay, at once when the order is broken or the sender asks. */
export class AckPolicy {
  /** When an ACK must go out, Infinity when nothing waits for one. */
  dueMs = Infinity;
  private waitingPackets = 0;
  private lastSentMs = -Infinity;

  /** Whether an ACK would tell the peer something it waits for; then one rides along with whatever is sent. */
  get isWanted(): boolean {
    return this.waitingPackets > 0;
  }

  /** An ack-eliciting packet arrived. */
  onPacket(isOutOfOrder: boolean, nowMs: number): void {
    this.waitingPackets++;
    if (isOutOfOrder || this.waitingPackets >= ACK_EVERY_PACKETS) this.dueMs = nowMs;
    else if (this.dueMs === Infinity) this.dueMs = nowMs + ACK_DELAY_MS;
  }

  /** The sender asked for an ACK at once (draft-ietf-quic-ack-frequency, IMMEDIATE_ACK). */
  onAsked(nowMs: number): void {
    this.dueMs = Math.min(this.dueMs, Math.max(nowMs, this.lastSentMs + ASKED_ACK_SPACING_MS));
  }

  onAckSent(nowMs: number): void {
    this.lastSentMs = nowMs;
    this.waitingPackets = 0;
    this.dueMs = Infinity;
  }
}
