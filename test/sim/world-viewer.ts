import type { TransportCloseReason, TransportHandler } from '../../p2p-core/transport/types';
import { StreamPriority } from '../../p2p-core/transport/types';
import { RequestKind, dataAt, encodeRequest, firstWrongByte } from './requests';
import type { Request } from './requests';
import type { WireWatch } from './wire-watch';
import type { SimEnd } from './world';

const TALK_PIECE_BYTES = 640;
const PRIORITY = [
  StreamPriority.Command,
  StreamPriority.Live,
  StreamPriority.Download,
  StreamPriority.Talk,
] as const;

/** One request and what became of it. */
export interface Pull {
  readonly streamId: number;
  readonly request: Request;
  received: number;
  /** Talk: bytes handed to the transport. */
  written: number;
  /** How it ended, once: its end arrived, we gave it up, or the connection closed. */
  ending: 'end' | 'given up' | 'closed' | null;
}

/** Asks for everything at once and checks every byte of every answer. */
export class WorldViewer implements TransportHandler {
  readonly pulls: Pull[] = [];
  readonly closedWith: TransportCloseReason[] = [];
  readonly mistakes: string[] = [];
  /** A slow reader: delivered, not yet consumed. */
  private readonly unread = new Map<number, number>();
  private isPaused = false;

  constructor(
    private readonly end: SimEnd,
    private readonly watch: WireWatch,
    private readonly log: (what: string) => void,
  ) {}

  get open(): Pull[] {
    return this.pulls.filter((pull) => pull.ending === null);
  }

  request(kind: RequestKind, byteCount: number, offset = 0): Pull {
    const { transport } = this.end;
    const request = { kind, tag: this.pulls.length & 0xff, byteCount, offset };
    const streamId = transport.openStream(PRIORITY[kind]);
    const pull: Pull = { streamId, request, received: 0, written: 0, ending: null };
    this.pulls.push(pull);
    this.log(`stream ${streamId}: asks for kind ${kind}, ${byteCount} bytes from ${offset}`);
    transport.write(streamId, encodeRequest(request));
    if (kind === RequestKind.Talk) this.talk(pull);
    else if (kind !== RequestKind.Live) transport.finish(streamId);
    this.end.drive();
    return pull;
  }

  giveUp(pull: Pull): void {
    this.log(`stream ${pull.streamId}: given up after ${pull.received} bytes`);
    pull.ending = 'given up';
    this.unread.delete(pull.streamId);
    this.watch.forget(pull.streamId);
    this.end.transport.stop(pull.streamId, 0);
    if (pull.request.kind === RequestKind.Live) this.end.transport.finish(pull.streamId);
    else this.end.transport.reset(pull.streamId, 0);
    this.end.drive();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    for (const [streamId, byteCount] of this.unread) this.consume(streamId, byteCount);
    this.unread.clear();
    this.end.drive();
  }

  /** The connection is over on our side: nothing may be heard any more. */
  endAll(): void {
    for (const pull of this.open) pull.ending = 'closed';
    this.unread.clear();
  }

  onStreamOpened(streamId: number): void {
    this.mistakes.push(`the camera opened stream ${streamId}`);
  }

  onStreamData(streamId: number, bytes: Uint8Array): void {
    const pull = this.find(streamId, 'data');
    if (pull === null) return;
    const { tag, offset } = pull.request;
    const wrong = firstWrongByte(bytes, tag, offset + pull.received);
    if (wrong >= 0) this.mistakes.push(`stream ${streamId}: byte ${wrong} is wrong`);
    pull.received += bytes.length;
    if (this.isPaused) this.unread.set(streamId, (this.unread.get(streamId) ?? 0) + bytes.length);
    else this.consume(streamId, bytes.length);
  }

  onStreamEnd(streamId: number): void {
    const pull = this.find(streamId, 'its end');
    if (pull === null) return;
    const { kind, byteCount } = pull.request;
    const expected = kind === RequestKind.Talk ? 0 : byteCount;
    if (pull.received !== expected || kind === RequestKind.Live) {
      this.mistakes.push(`stream ${streamId} ended after ${pull.received} of ${expected} bytes`);
    }
    this.log(`stream ${streamId}: complete`);
    this.watch.forget(streamId);
    pull.ending = 'end';
  }

  onStreamReset(streamId: number): void {
    if (this.find(streamId, 'a reset') !== null) this.mistakes.push(`the camera reset stream ${streamId}`);
  }

  onStreamStopped(streamId: number): void {
    if (this.find(streamId, 'a stop') !== null) this.mistakes.push(`the camera stopped stream ${streamId}`);
  }

  onWritable(streamId: number): void {
    const pull = this.find(streamId, 'room to write');
    if (pull?.request.kind === RequestKind.Talk) this.talk(pull);
  }

  onClosed(reason: TransportCloseReason): void {
    this.log(`closed: ${reason.kind} ${reason.code} ${reason.message}`);
    this.closedWith.push(reason);
    this.endAll();
  }

  private talk(pull: Pull): void {
    const { tag, byteCount } = pull.request;
    while (pull.written < byteCount) {
      const piece = dataAt(tag, pull.written, Math.min(TALK_PIECE_BYTES, byteCount - pull.written));
      const taken = this.end.transport.write(pull.streamId, piece);
      pull.written += taken;
      if (taken < piece.length) return;
    }
    this.end.transport.finish(pull.streamId);
  }

  private consume(streamId: number, byteCount: number): void {
    this.end.transport.consume(streamId, byteCount);
    this.watch.onConsumed(streamId, byteCount);
  }

  private find(streamId: number, what: string): Pull | null {
    const pull = this.pulls.find((each) => each.streamId === streamId);
    if (pull !== undefined && pull.ending === null) return pull;
    this.mistakes.push(`stream ${streamId}: ${what} after ${pull?.ending ?? 'nothing'}`);
    return null;
  }
}
