import type { ByteStream } from '../session/types';

/**
 * Our direction of a stream, taking everything: what the stream does not take now waits here and follows on
 * `onWritable`. Memory is bounded by the writer, which looks at `bufferedBytes`.
 */
export class Outbox {
  private readonly waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private isFinishing = false;

  constructor(private readonly stream: ByteStream) {}

  /** `bytes` is borrowed until the call returns. */
  write(bytes: Uint8Array): void {
    const taken = this.waitingBytes === 0 ? this.stream.write(bytes) : 0;
    if (taken === bytes.length) return;
    this.waiting.push(bytes.slice(taken));
    this.waitingBytes += bytes.length - taken;
  }

  /** Ends our direction after everything written. */
  finish(): void {
    this.isFinishing = true;
    if (this.waitingBytes === 0) this.stream.finish();
  }

  /** The stream has room again. Returns whether nothing waits here any more. */
  onWritable(): boolean {
    if (this.waitingBytes === 0) return true;
    let sent = 0;
    while (sent < this.waiting.length) {
      const block = this.waiting[sent]!;
      const taken = this.stream.write(block);
      this.waitingBytes -= taken;
      if (taken < block.length) {
        this.waiting[sent] = block.subarray(taken);
        break;
      }
      sent++;
    }
    this.waiting.splice(0, sent);
    if (this.waitingBytes > 0) return false;
    if (this.isFinishing) this.stream.finish();
    return true;
  }

  /** Written and not yet given to the stream. */
  waitingByteCount(): number {
    return this.waitingBytes;
  }

  /** Written and not yet acknowledged by the peer. */
  bufferedBytes(): number {
    return this.waitingBytes + this.stream.bufferedBytes();
  }

  /** Forgets what waits. */
  clear(): void {
    this.waiting.length = 0;
    this.waitingBytes = 0;
  }
}
