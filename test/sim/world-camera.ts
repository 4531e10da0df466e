import type { TransportCloseReason, TransportHandler } from '../../p2p-core/transport/types';
import { StreamPriority } from '../../p2p-core/transport/types';
import { REQUEST_BYTES, RequestKind, dataAt, decodeRequest, firstWrongByte } from './requests';
import type { Request } from './requests';
import type { VirtualClock } from './virtual-clock';
import type { WireWatch } from './wire-watch';
import type { SimEnd } from './world';

const PIECE_BYTES = 16 * 1024;
const FRAME_MS = 40;
/** A live stream that its link cannot take skips pictures instead of growing late. */
const LIVE_BUFFER_BYTES = 64 * 1024;

interface Serving {
  head: Uint8Array;
  request: Request | null;
  /** Of the next byte to write, or for Talk to receive. */
  offset: number;
  timer: object | null;
}

/** Answers requests: commands, endless live streams, downloads, and talk, which it listens to. */
export class WorldCamera implements TransportHandler {
  readonly closedWith: TransportCloseReason[] = [];
  readonly mistakes: string[] = [];
  readonly servings = new Map<number, Serving>();
  /** The viewer's direction has ended. */
  private readonly ended = new Set<number>();

  constructor(
    private readonly end: SimEnd,
    private readonly clock: VirtualClock,
    private readonly watch: WireWatch,
    private readonly frameBytes: number,
    private readonly log: (what: string) => void,
  ) {}

  onStreamOpened(streamId: number): void {
    this.servings.set(streamId, { head: new Uint8Array(0), request: null, offset: 0, timer: null });
  }

  onStreamData(streamId: number, bytes: Uint8Array): void {
    this.end.transport.consume(streamId, bytes.length);
    this.watch.onConsumed(streamId, bytes.length);
    const serving = this.servings.get(streamId);
    if (this.ended.has(streamId)) this.mistakes.push(`data of stream ${streamId} after its end`);
    if (serving === undefined) return; // stopped, perhaps before its request arrived
    let rest = bytes;
    if (serving.request === null) {
      const head = Buffer.concat([serving.head, bytes]);
      serving.head = head;
      if (head.length < REQUEST_BYTES) return;
      serving.request = decodeRequest(head);
      rest = head.subarray(REQUEST_BYTES);
      this.begin(streamId, serving, serving.request);
    }
    if (rest.length > 0) this.listen(serving, serving.request, rest);
  }

  onStreamEnd(streamId: number): void {
    this.ended.add(streamId);
    const request = this.servings.get(streamId)?.request;
    if (request?.kind === RequestKind.Talk) this.finish(streamId);
  }

  onStreamReset(streamId: number): void {
    this.ended.add(streamId);
    this.stop(streamId);
    this.end.transport.reset(streamId, 0);
  }

  onStreamStopped(streamId: number): void {
    this.stop(streamId);
  }

  onWritable(streamId: number): void {
    const serving = this.servings.get(streamId);
    if (serving?.request && serving.request.kind !== RequestKind.Live)
      this.pump(streamId, serving, serving.request);
  }

  onClosed(reason: TransportCloseReason): void {
    this.log(`closed: ${reason.kind} ${reason.code} ${reason.message}`);
    this.closedWith.push(reason);
    this.stopAll();
  }

  get liveCount(): number {
    return [...this.servings.values()].filter(({ timer }) => timer !== null).length;
  }

  stopAll(): void {
    for (const streamId of [...this.servings.keys()]) this.stop(streamId);
  }

  private begin(streamId: number, serving: Serving, request: Request): void {
    this.log(`serves stream ${streamId}, kind ${request.kind}, ${request.byteCount} from ${request.offset}`);
    serving.offset = request.offset;
    const { transport } = this.end;
    if (request.kind === RequestKind.Command) transport.setPriority(streamId, StreamPriority.Command);
    if (request.kind === RequestKind.Download) transport.setPriority(streamId, StreamPriority.Download);
    if (request.kind === RequestKind.Live) this.tick(streamId, serving, request.tag);
    else if (request.kind !== RequestKind.Talk) this.pump(streamId, serving, request);
  }

  private tick(streamId: number, serving: Serving, tag: number): void {
    serving.timer = this.clock.setTimer(() => {
      this.tick(streamId, serving, tag);
      this.end.drive();
    }, FRAME_MS);
    const { transport } = this.end;
    if (transport.bufferedBytes(streamId) > LIVE_BUFFER_BYTES) return;
    serving.offset += transport.write(streamId, dataAt(tag, serving.offset, this.frameBytes));
  }

  /** Writes as much as the send buffer takes. */
  private pump(streamId: number, serving: Serving, { kind, tag, byteCount, offset }: Request): void {
    if (kind === RequestKind.Talk) return;
    const last = offset + byteCount;
    while (serving.offset < last) {
      const piece = dataAt(tag, serving.offset, Math.min(PIECE_BYTES, last - serving.offset));
      const taken = this.end.transport.write(streamId, piece);
      serving.offset += taken;
      if (taken < piece.length) return;
    }
    this.finish(streamId);
  }

  private listen(serving: Serving, { kind, tag }: Request, bytes: Uint8Array): void {
    if (kind !== RequestKind.Talk) return void this.mistakes.push(`a request of kind ${kind} has a body`);
    const wrong = firstWrongByte(bytes, tag, serving.offset);
    if (wrong >= 0) this.mistakes.push(`talk ${tag}: byte ${wrong} is wrong`);
    serving.offset += bytes.length;
  }

  private finish(streamId: number): void {
    const serving = this.servings.get(streamId)!;
    const { request } = serving;
    if (request?.kind === RequestKind.Talk && serving.offset !== request.byteCount) {
      this.mistakes.push(`talk ${request.tag} ended after ${serving.offset} of ${request.byteCount} bytes`);
    }
    this.end.transport.finish(streamId);
  }

  private stop(streamId: number): void {
    const serving = this.servings.get(streamId);
    if (serving === undefined) return;
    if (serving.timer !== null) this.clock.clearTimer(serving.timer);
    this.servings.delete(streamId);
    this.watch.forget(streamId);
  }
}
