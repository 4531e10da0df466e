import { RangeSet } from './range-set';
import { SendBuffer } from './send-buffer';
import type { SendBufferLimit } from './send-buffer';
import { SendCredit } from './credit';

const NONE = -1;

/** Our direction of a stream (RFC 9000 §3.1): what is written, sent, lost, acknowledged. */
export class SendStream {
  readonly credit: SendCredit;
  /** `write` took less than it was given and nobody was told yet that there is room again. */
  wantsRoom = false;
  /** The frame that `take` chose: [frameStart, frameEnd), with FIN or not, first time or again. */
  frameStart = 0;
  frameEnd = 0;
  frameFin = false;
  frameIsNew = false;

  resetCode = NONE;
  isResetDue = false;
  private isResetAcked = false;
  private readonly buffer = new SendBuffer();
  /** Everything below was sent at least once. */
  private sentOffset = 0;
  private finOffset = NONE;
  private isFinDue = false;
  private isFinAcked = false;
  private readonly lost = new RangeSet();
  /** Acknowledged beyond the start of the buffer. */
  private readonly acked = new RangeSet();

  constructor(
    private readonly bufferLimit: SendBufferLimit,
    initialCreditBytes: number,
  ) {
    this.credit = new SendCredit(initialCreditBytes);
  }

  get bufferedBytes(): number {
    return this.buffer.endOffset - this.buffer.startOffset;
  }

  /** Room enough to call a writer back: not for every acknowledged packet. */
  get hasRoom(): boolean {
    return this.bufferedBytes <= this.bufferLimit.bytes * 0.75;
  }

  /** Something to send, if flow control lets it. */
  get hasPending(): boolean {
    if (this.resetCode !== NONE) return false;
    return this.isFinDue || this.sentOffset < this.buffer.endOffset || !this.lost.isEmpty;
  }

  get isOpen(): boolean {
    return this.finOffset === NONE && this.resetCode === NONE;
  }

  /** The peer has everything, or knows that it never will. */
  get isDone(): boolean {
    if (this.resetCode !== NONE) return this.isResetAcked;
    return this.isFinAcked && this.bufferedBytes === 0;
  }

  /** The size RESET_STREAM tells: all that was ever sent (RFC 9000 §4.5). */
  get finalSize(): number {
    return this.sentOffset;
  }

  write(bytes: Uint8Array): number {
    if (!this.isOpen) return 0;
    const room = this.bufferLimit.bytes - this.bufferedBytes;
    const taken = Math.min(bytes.length, Math.max(0, room));
    if (taken > 0) this.buffer.append(taken === bytes.length ? bytes : bytes.subarray(0, taken));
    if (taken < bytes.length) this.wantsRoom = true;
    return taken;
  }

  finish(): void {
    if (!this.isOpen) return;
    this.finOffset = this.buffer.endOffset;
    this.isFinDue = true;
    this.wantsRoom = false;
  }

  /** Returns false when there is nothing to give up any more. */
  reset(code: number): boolean {
    if (this.resetCode !== NONE || this.isDone) return false;
    this.resetCode = code;
    this.isResetDue = true;
    this.wantsRoom = false;
    this.buffer.clear();
    this.lost.clear();
    this.acked.clear();
    return true;
  }

  /** Chooses the next frame with at most `room` bytes of data: what was lost first. False when nothing may be sent now. */
  take(room: number, connectionCredit: number): boolean {
    if (this.resetCode !== NONE) return false;
    this.frameIsNew = this.lost.isEmpty;
    let wanted: number;
    if (this.frameIsNew) {
      this.frameStart = this.sentOffset;
      const credit = Math.min(this.credit.available, connectionCredit);
      wanted = Math.min(this.buffer.endOffset - this.sentOffset, Math.max(0, credit));
    } else {
      this.frameStart = this.lost.firstStart;
      wanted = this.lost.firstEnd - this.frameStart;
    }
    const length = Math.min(wanted, room);
    this.frameEnd = this.frameStart + length;
    this.frameFin = this.isFinDue && this.frameEnd === this.finOffset;
    return length > 0 || this.frameFin;
  }

  /** Puts the data of the chosen frame into a packet and counts it as sent. */
  commit(packet: Uint8Array, at: number): void {
    this.buffer.copyOut(this.frameStart, this.frameEnd, packet, at);
    if (this.frameIsNew) {
      this.credit.used += this.frameEnd - this.sentOffset;
      this.sentOffset = this.frameEnd;
    } else {
      this.lost.remove(this.frameStart, this.frameEnd);
    }
    if (this.frameFin) this.isFinDue = false;
  }

  onFrameAcked(start: number, end: number, isFin: boolean): void {
    if (this.resetCode !== NONE) return;
    if (isFin) {
      this.isFinAcked = true;
      this.isFinDue = false;
    }
    if (!this.lost.isEmpty) this.lost.remove(start, end);
    const { buffer, acked } = this;
    if (start > buffer.startOffset) {
      acked.add(start, end);
      return;
    }
    let released = Math.max(buffer.startOffset, end);
    if (!acked.isEmpty && acked.firstStart <= released) {
      released = Math.max(released, acked.firstEnd);
      acked.remove(0, released);
    }
    buffer.releaseTo(released);
  }

  onFrameLost(start: number, end: number, isFin: boolean): void {
    if (this.resetCode !== NONE) return;
    if (isFin && !this.isFinAcked) this.isFinDue = true;
    this.lost.addWithout(Math.max(start, this.buffer.startOffset), end, this.acked);
  }

  onResetAcked(): void {
    this.isResetAcked = true;
    this.isResetDue = false;
  }

  onResetLost(): void {
    if (!this.isResetAcked) this.isResetDue = true;
  }
}
