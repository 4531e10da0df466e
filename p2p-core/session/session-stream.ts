import type { Transport } from '../transport/types';
import type { ByteStream, StreamHandler } from './types';

/** What a stream needs of its session. */
export interface StreamOwner {
  /** Something was queued: send what may be sent now. */
  flush(): void;
  forget(stream: SessionStream): void;
}

/**
 * One stream of a session. Before the session is connected it has no transport yet: what is written is kept and goes out
 * with the first flight.
 */
export class SessionStream implements ByteStream {
  handler: StreamHandler | null = null;
  private transport: Transport | null = null;
  private streamId = -1;
  private early: Uint8Array[] = [];
  private earlyBytes = 0;
  /** A write came up against `earlyLimitBytes`: the writer waits to be called back. */
  private wantsRoom = false;
  private isFinished = false;
  private isPeerFinished = false;
  private isOver = false;

  constructor(
    private readonly owner: StreamOwner,
    private priority: number,
    private readonly earlyLimitBytes: number,
  ) {}

  get id(): number {
    return this.streamId;
  }

  /** Takes over a stream the peer opened. */
  adopt(transport: Transport, streamId: number): void {
    this.transport = transport;
    this.streamId = streamId;
  }

  /**
   * The transport exists now: opens the stream there and hands over what was written so far. Returns whether its writer
   * waits for room, which there is now.
   */
  bind(transport: Transport): boolean {
    if (this.isOver) return false;
    this.adopt(transport, transport.openStream(this.priority as 0));
    for (const bytes of this.early) transport.write(this.streamId, bytes);
    this.early = [];
    this.earlyBytes = 0;
    if (this.isFinished) transport.finish(this.streamId);
    return this.wantsRoom && !this.isFinished;
  }

  write(bytes: Uint8Array): number {
    if (this.isOver || this.isFinished) return 0;
    if (this.transport === null) {
      const taken = Math.min(bytes.length, this.earlyLimitBytes - this.earlyBytes);
      if (taken < bytes.length) this.wantsRoom = true;
      if (taken <= 0) return 0;
      this.early.push(bytes.slice(0, taken));
      this.earlyBytes += taken;
      return taken;
    }
    const taken = this.transport.write(this.streamId, bytes);
    this.owner.flush();
    return taken;
  }

  bufferedBytes(): number {
    return this.transport === null ? this.earlyBytes : this.transport.bufferedBytes(this.streamId);
  }

  setPriority(priority: number): void {
    this.priority = priority;
    this.transport?.setPriority(this.streamId, priority as 0);
  }

  finish(): void {
    if (this.isOver || this.isFinished) return;
    this.isFinished = true;
    if (this.transport === null) return;
    this.transport.finish(this.streamId);
    this.owner.flush();
    if (this.isPeerFinished) this.owner.forget(this);
  }

  /** The peer's direction is complete; with ours finished too, the session need not keep the stream. */
  markPeerFinished(): void {
    this.isPeerFinished = true;
    if (this.isFinished) this.owner.forget(this);
  }

  abort(code: number): void {
    if (this.isOver) return;
    this.end();
    if (this.transport !== null) {
      this.transport.reset(this.streamId, code);
      this.transport.stop(this.streamId, code);
      this.owner.flush();
    }
    this.owner.forget(this);
  }

  consume(byteCount: number): void {
    if (!this.isOver && this.transport !== null) this.transport.consume(this.streamId, byteCount);
  }

  /** Nothing is delivered any more. */
  end(): void {
    this.isOver = true;
    this.handler = null;
    this.early = [];
    this.earlyBytes = 0;
  }
}
