import type { FrameOwner } from './frame-owner';
import type { RttEstimator } from './rtt-estimator';
import { SentState } from './sent-packets';
import type { SentPacket, SentPackets } from './sent-packets';

/** What may be repeated in vain, as a share of what is sent. */
const BUDGET_SHARE = 1 / 80;
const BUDGET_LIMIT_BYTES = 9600;
/** First retransmissions are repeated only from what is left over: those that were lost already need it more. */
const SPARE_BYTES = BUDGET_LIMIT_BYTES / 2;
/** An ACK that was asked for may be this late: both ends' clocks and timers, the spacing of such ACKs, a slow link. */
const LATENESS_MS = 7;

/**
 * Repeats what a picture waits for before it is known to be lost: the tail of a burst whose ACK is overdue, and, when the
 * program has nothing else to send, a second copy of a retransmission. Both are the last thing that keeps a picture from
 * being shown, and another loss would cost it another round trip. What turns out to be needless comes off a budget.
 */
export class EarlyRepair {
  private budgetBytes = 0;
  /** No packet below waits for an ACK that it asked for. */
  private tail = 0;
  /** No packet below is a retransmission without a second copy. */
  private repeat = 0;
  /** Retransmissions that were lost and have not been sent again yet. */
  private lostAgain = 0;
  private isSecondCopy = false;

  constructor(
    private readonly sent: SentPackets,
    private readonly rtt: RttEstimator,
    private readonly owner: FrameOwner,
  ) {}

  onPacketSent(packet: SentPacket): void {
    this.budgetBytes = Math.min(BUDGET_LIMIT_BYTES, this.budgetBytes + packet.sizeBytes * BUDGET_SHARE);
    if (!packet.isRepeat) return;
    if (this.isSecondCopy) {
      packet.isCopied = true;
    } else if (this.lostAgain > 0) {
      this.lostAgain--;
      packet.wasLostAgain = true;
    }
    this.isSecondCopy = false;
  }

  onPacketLost(packet: SentPacket): void {
    if (packet.isRepeat) this.lostAgain++;
    if (packet.isGivenBack) this.budgetBytes += packet.sizeBytes; // it was not in vain
  }

  /**
   * When the ACK that the last packet of a burst asked for is overdue although more was sent since, Infinity for none. Each
   * picture puts RFC 9002's probe timeout off, so that it never comes while a camera sends. That timeout serves the newest.
   */
  tailMs(): number {
    const { sent, rtt } = this;
    if (!rtt.hasSample || this.budgetBytes < 0) return Infinity;
    let at = Math.max(this.tail, sent.oldestInFlight);
    let dueMs = Infinity;
    for (; at < sent.end; at++) {
      const packet = sent.get(at);
      if (packet === null || !packet.asksAck || packet.state !== SentState.InFlight) continue;
      if (at + 1 < sent.end)
        dueMs = packet.sentMs + rtt.smoothedMs + Math.max(4 * rtt.variationMs, LATENESS_MS);
      break;
    }
    this.tail = at;
    return dueMs;
  }

  /** Gives the frames of the overdue packet back, to be sent again. `tailMs` was due. */
  repeatTail(): void {
    this.giveBack(this.sent.get(this.tail++)!);
  }

  /** Gives the frames of a retransmission in flight back for a second copy. False when there is none worth it. */
  repeatRetransmission(): boolean {
    const { sent } = this;
    let at = Math.max(this.repeat, sent.oldestInFlight);
    let found: SentPacket | null = null;
    for (; at < sent.end && found === null; at++) {
      const packet = sent.get(at);
      if (packet === null || !packet.isRepeat || packet.isCopied || packet.state !== SentState.InFlight)
        continue;
      if (this.budgetBytes >= (packet.wasLostAgain ? -BUDGET_LIMIT_BYTES : SPARE_BYTES)) found = packet;
    }
    this.repeat = at;
    if (found === null) return false;
    this.giveBack(found);
    return true;
  }

  private giveBack(packet: SentPacket): void {
    packet.isGivenBack = true;
    this.isSecondCopy = true;
    this.budgetBytes -= packet.sizeBytes;
    for (let f = 0; f < packet.frameCount; f++) this.owner.onFrameLost(packet.frames[f]!);
  }
}
