import { CloseCode } from './close-codes';
import { Reassembly } from './reassembly';
import type { EarlyChunks } from './reassembly';
import { ReceiveCredit } from './credit';
import type { TransportHandler } from './types';

const UNKNOWN = -1;

/** The peer's direction of a stream (RFC 9000 §3.2): puts bytes in order and hands them on. */
export class ReceiveStream {
  readonly credit: ReceiveCredit;
  stopCode = UNKNOWN;
  isStopDue = false;
  /** Everything was delivered, or the peer gave up, or it told the final size of what nobody wants any more. */
  isDone = false;
  private deliveredOffset = 0;
  private finalSize = UNKNOWN;
  private readonly early: Reassembly;

  constructor(
    private readonly id: number,
    windowBytes: number,
    initialCreditBytes: number,
    private readonly connection: ReceiveCredit,
    earlyChunks: EarlyChunks,
    private readonly handler: TransportHandler,
  ) {
    this.early = new Reassembly(earlyChunks);
    this.credit = new ReceiveCredit(windowBytes, initialCreditBytes);
  }

  /** A STREAM frame with packet[start, end). Returns the code to close with when the peer broke a rule. */
  onData(offset: number, packet: Uint8Array, start: number, end: number, isFin: boolean): CloseCode {
    const frameEnd = offset + (end - start);
    const code = this.checkSize(frameEnd, isFin);
    if (code !== CloseCode.NoError || this.isDone) return code;
    if (this.stopCode !== UNKNOWN) {
      this.discard();
      return CloseCode.NoError;
    }
    if (offset > this.deliveredOffset) {
      const isKept = this.early.insert(offset, packet, start, end);
      return isKept ? CloseCode.NoError : CloseCode.ProtocolViolation;
    }
    if (frameEnd > this.deliveredOffset) {
      this.deliver(packet.subarray(start + (this.deliveredOffset - offset), end));
      let next: Uint8Array | null;
      while (!this.isOver() && (next = this.early.take(this.deliveredOffset)) !== null) this.deliver(next);
    }
    if (!this.isOver() && this.deliveredOffset === this.finalSize) {
      this.isDone = true;
      this.handler.onStreamEnd(this.id);
    }
    return CloseCode.NoError;
  }

  onReset(finalSize: number, code: number): CloseCode {
    const violation = this.checkSize(finalSize, true);
    if (violation !== CloseCode.NoError || this.isDone) return violation;
    const wasStopped = this.stopCode !== UNKNOWN;
    this.discard();
    if (!wasStopped) this.handler.onStreamReset(this.id, code);
    return CloseCode.NoError;
  }

  stop(code: number): void {
    if (this.isDone || this.stopCode !== UNKNOWN) return;
    this.stopCode = code;
    this.isStopDue = true;
    this.discard();
  }

  consume(byteCount: number): void {
    const before = this.credit.consumed;
    // Only what was delivered can have been consumed, however much more has arrived.
    this.credit.consume(Math.min(byteCount, this.deliveredOffset - before));
    this.connection.consume(this.credit.consumed - before);
  }

  /** Gives back the connection credit of what was never consumed, when the stream is forgotten. */
  consumeRest(): void {
    this.deliveredOffset = this.credit.received;
    this.consume(this.credit.received);
  }

  /** The peer waits for a new limit only while it may still send. */
  get isCreditDue(): boolean {
    return this.credit.isUpdateDue && this.finalSize === UNKNOWN && this.stopCode === UNKNOWN;
  }

  onStopLost(): void {
    if (!this.isDone) this.isStopDue = true;
  }

  private deliver(bytes: Uint8Array): void {
    this.deliveredOffset += bytes.length;
    this.handler.onStreamData(this.id, bytes);
  }

  /** A method, because the handler may stop the stream from inside a delivery. */
  private isOver(): boolean {
    return this.isDone || this.stopCode !== UNKNOWN;
  }

  private discard(): void {
    this.early.clear();
    this.consumeRest();
    if (this.finalSize !== UNKNOWN) {
      this.isDone = true;
      this.isStopDue = false;
    }
  }

  /** Final size (RFC 9000 §4.5) and flow control (§4.1). */
  private checkSize(end: number, isFinal: boolean): CloseCode {
    if (this.finalSize !== UNKNOWN) {
      if (end > this.finalSize || (isFinal && end !== this.finalSize)) return CloseCode.FinalSize;
    } else if (isFinal) {
      if (end < this.credit.received) return CloseCode.FinalSize;
      this.finalSize = end;
    }
    const fresh = end - this.credit.received;
    if (fresh > 0 && !(this.credit.receive(fresh) && this.connection.receive(fresh)))
      return CloseCode.FlowControl;
    return CloseCode.NoError;
  }
}
