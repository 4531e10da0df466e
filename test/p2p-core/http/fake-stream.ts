import type { ByteStream, StreamHandler } from '../../../p2p-core/session/types';

/** One end of a stream that records what happens to it and takes at most `room` bytes at a time. */
export class FakeStream implements ByteStream {
  readonly id = 0;
  handler: StreamHandler | null = null;
  written: number[] = [];
  writeCalls = 0;
  consumed = 0;
  isFinished = false;
  abortCode: number | null = null;
  priority = -1;
  unacknowledged = 0;

  constructor(public room = Infinity) {}

  write(bytes: Uint8Array): number {
    if (this.isFinished || this.abortCode !== null) throw new Error('write after the end');
    this.writeCalls++;
    const taken = Math.min(this.room, bytes.length);
    for (let i = 0; i < taken; i++) this.written.push(bytes[i]!);
    this.room -= taken;
    return taken;
  }
  bufferedBytes(): number {
    return this.unacknowledged;
  }
  setPriority(priority: number): void {
    this.priority = priority;
  }
  finish(): void {
    if (this.isFinished) throw new Error('finished twice');
    this.isFinished = true;
  }
  abort(code: number): void {
    if (this.abortCode !== null) throw new Error('aborted twice');
    this.abortCode = code;
  }
  consume(byteCount: number): void {
    if (this.abortCode !== null) throw new Error('consume after abort');
    this.consumed += byteCount;
  }

  /** Gives room for this many bytes and says so. */
  grant(byteCount: number): void {
    this.room += byteCount;
    this.handler!.onWritable();
  }
  text(): string {
    return Buffer.from(this.written).toString('latin1');
  }
}

/** Two streams back to back; `step` moves what was written, in pieces of at most `pieceBytes`. */
export class StreamPair {
  readonly near = new FakeStream();
  readonly far = new FakeStream();
  private readonly endsTold = new Set<FakeStream>();

  constructor(
    private readonly pieceBytes: number,
    roomBytes: number,
  ) {
    this.near.room = this.far.room = roomBytes;
  }

  /** Returns whether anything happened. */
  step(): boolean {
    const there = this.move(this.near, this.far);
    const back = this.move(this.far, this.near);
    return there || back;
  }
  settle(): void {
    while (this.step());
  }

  private move(from: FakeStream, to: FakeStream): boolean {
    if (to.handler === null || this.endsTold.has(from)) return false;
    if (from.abortCode !== null || to.abortCode !== null) {
      this.endsTold.add(from);
      if (to.abortCode === null) to.handler.onReset(-2807, 'stream was reset');
      return true;
    }
    const piece = from.written.splice(0, this.pieceBytes);
    if (piece.length > 0) {
      to.handler.onData(Uint8Array.from(piece));
      if (from.abortCode === null) from.grant(piece.length);
      return true;
    }
    if (!from.isFinished) return false;
    this.endsTold.add(from);
    to.handler.onEnd();
    return true;
  }
}

export const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
