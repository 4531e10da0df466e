import { CloseCode } from './close-codes';
import { INITIAL_CONNECTION_CREDIT_BYTES, INITIAL_STREAM_CREDIT_BYTES } from './constants';
import { ReceiveCredit, SendCredit } from './credit';
import type { FrameReader } from './frame-reader';
import { FrameType } from './packet-codec';
import { EarlyChunks } from './reassembly';
import { ReceiveStream } from './receive-stream';
import type { FrameOwner } from './frame-owner';
import { SendBufferLimit } from './send-buffer';
import { SendStream } from './send-stream';
import type { SentFrame } from './sent-packets';
import { Stream } from './stream';
import { StreamScheduler } from './stream-scheduler';
import { StreamTable } from './stream-table';
import { StreamPriority } from './types';
import type { TransportHandler, TransportOptions } from './types';

const DEFAULT_STREAM_WINDOW_BYTES = 1024 * 1024;
const DEFAULT_CONNECTION_WINDOW_BYTES = 2 * 1024 * 1024;

/**
 * All streams of a connection: what the program above does with them, what the peer's frames do to them, and what became
 * of the frames sent for them. A stream is forgotten as soon as both its directions are over.
 */
export class Streams implements FrameOwner {
  readonly table: StreamTable;
  readonly scheduler = new StreamScheduler();
  readonly sendCredit = new SendCredit(INITIAL_CONNECTION_CREDIT_BYTES);
  readonly receiveCredit: ReceiveCredit;
  readonly sendBufferLimit: SendBufferLimit;
  /** Streams with a RESET_STREAM, STOP_SENDING or MAX_STREAM_DATA to send. */
  readonly control: Stream[] = [];
  private readonly earlyChunks = new EarlyChunks();
  private readonly streamWindowBytes: number;
  private isClosed = false;
  /** Streams whose writers can be called back when the packet at hand is done. */
  private readonly writable: Stream[] = [];

  constructor(
    options: TransportOptions,
    private readonly handler: TransportHandler,
  ) {
    this.table = new StreamTable(options.role);
    this.streamWindowBytes = options.streamWindowBytes ?? DEFAULT_STREAM_WINDOW_BYTES;
    this.sendBufferLimit = new SendBufferLimit(options.sendBufferBytes);
    const windowBytes = options.connectionWindowBytes ?? DEFAULT_CONNECTION_WINDOW_BYTES;
    this.receiveCredit = new ReceiveCredit(windowBytes, INITIAL_CONNECTION_CREDIT_BYTES);
  }

  open(priority: StreamPriority): number {
    const id = this.table.takeLocalId();
    if (this.isClosed) return id;
    const stream = this.create(id, priority);
    stream.isAllowed = this.table.isAllowed(id);
    this.queueControl(stream);
    return id;
  }

  setPriority(id: number, priority: StreamPriority): void {
    const stream = this.table.get(id);
    if (stream === null || stream.priority === priority) return;
    const wasQueued = stream.isQueued;
    this.scheduler.remove(stream);
    stream.priority = priority;
    if (wasQueued) this.scheduler.add(stream);
  }

  write(id: number, bytes: Uint8Array): number {
    const stream = this.table.get(id);
    if (stream === null) return 0;
    const taken = stream.send.write(bytes);
    if (taken > 0) this.scheduler.add(stream);
    return taken;
  }

  bufferedBytes(id: number): number {
    const stream = this.table.get(id);
    return stream === null ? 0 : stream.send.bufferedBytes;
  }

  finish(id: number): void {
    const stream = this.table.get(id);
    if (stream === null) return;
    stream.send.finish();
    this.scheduler.add(stream);
  }

  reset(id: number, code: number): void {
    const stream = this.table.get(id);
    if (stream !== null && stream.send.reset(code >>> 0)) this.queueControl(stream);
  }

  stop(id: number, code: number): void {
    const stream = this.table.get(id);
    if (stream === null) return;
    stream.receive.stop(code >>> 0);
    this.queueControl(stream);
    this.collect(stream);
  }

  consume(id: number, byteCount: number): void {
    const stream = this.table.get(id);
    if (stream === null || !(byteCount > 0)) return;
    stream.receive.consume(byteCount);
    this.queueControl(stream);
  }

  /** Forgets everything; whatever is called afterwards does nothing. */
  close(): void {
    this.isClosed = true;
    this.table.clear();
    this.control.length = 0;
    this.writable.length = 0;
  }

  onStreamFrame(frame: FrameReader, packet: Uint8Array, isFin: boolean): CloseCode {
    const stream = this.find(frame.streamId);
    if (stream === null) return this.checkMissing(frame.streamId);
    const { offset, dataStart, dataEnd } = frame;
    const code = stream.receive.onData(offset, packet, dataStart, dataEnd, isFin);
    this.afterReceive(stream);
    return code;
  }

  onResetStream(id: number, finalSize: number, code: number): CloseCode {
    const stream = this.find(id);
    if (stream === null) return this.checkMissing(id);
    const violation = stream.receive.onReset(finalSize, code);
    this.afterReceive(stream);
    return violation;
  }

  onStopSending(id: number, code: number): CloseCode {
    const stream = this.find(id);
    if (stream === null) return this.checkMissing(id);
    if (stream.send.reset(code)) {
      this.queueControl(stream);
      this.handler.onStreamStopped(id, code);
    }
    return CloseCode.NoError;
  }

  onMaxStreamData(id: number, limit: number): CloseCode {
    const stream = this.find(id);
    if (stream === null) return this.checkMissing(id);
    if (stream.send.credit.raise(limit)) this.scheduler.add(stream);
    return CloseCode.NoError;
  }

  onMaxData(limit: number): CloseCode {
    if (this.sendCredit.raise(limit)) {
      for (const stream of this.table.all()) if (stream.send.hasPending) this.scheduler.add(stream);
    }
    return CloseCode.NoError;
  }

  onMaxStreams(limit: number): CloseCode {
    if (!this.table.raiseLocalLimit(limit)) return CloseCode.NoError;
    for (const stream of this.table.all()) {
      if (stream.isAllowed || !this.table.isAllowed(stream.id)) continue;
      stream.isAllowed = true;
      this.queueControl(stream);
      this.scheduler.add(stream);
    }
    return CloseCode.NoError;
  }

  onFrameAcked(frame: SentFrame): void {
    const stream = this.table.get(frame.streamId);
    if (stream === null) return;
    const { send } = stream;
    if (frame.type === FrameType.Stream || frame.type === FrameType.StreamFin) {
      send.onFrameAcked(frame.start, frame.end, frame.type === FrameType.StreamFin);
      if (send.wantsRoom && send.hasRoom) {
        send.wantsRoom = false;
        this.writable.push(stream);
      }
    } else if (frame.type === FrameType.ResetStream) {
      send.onResetAcked();
    } else {
      return;
    }
    this.collect(stream);
  }

  onFrameLost(frame: SentFrame): void {
    if (frame.type === FrameType.MaxData) this.receiveCredit.isUpdateDue = true;
    if (frame.type === FrameType.MaxStreams) this.table.isLimitDue = true;
    const stream = this.table.get(frame.streamId);
    if (stream === null) return;
    switch (frame.type) {
      case FrameType.Stream:
      case FrameType.StreamFin:
        stream.send.onFrameLost(frame.start, frame.end, frame.type === FrameType.StreamFin);
        this.scheduler.add(stream);
        return;
      case FrameType.ResetStream:
        stream.send.onResetLost();
        break;
      case FrameType.StopSending:
        stream.receive.onStopLost();
        break;
      case FrameType.MaxStreamData:
        stream.receive.credit.isUpdateDue = true;
        break;
      default:
        return;
    }
    this.queueControl(stream);
  }

  /** Calls the writers back that wait for room. Last of all that a packet does, so that they may do anything. */
  tellWritable(): void {
    let stream: Stream | undefined;
    while ((stream = this.writable.pop()) !== undefined) {
      if (stream.send.isOpen) this.handler.onWritable(stream.id);
    }
  }

  private create(id: number, priority: StreamPriority): Stream {
    const send = new SendStream(this.sendBufferLimit, INITIAL_STREAM_CREDIT_BYTES);
    const receive = new ReceiveStream(
      id,
      this.streamWindowBytes,
      INITIAL_STREAM_CREDIT_BYTES,
      this.receiveCredit,
      this.earlyChunks,
      this.handler,
    );
    const stream = new Stream(id, priority, send, receive);
    this.table.add(stream);
    return stream;
  }

  /** The stream a frame is about; opens those of the peer that it implies. null when there is none: see checkMissing. */
  private find(id: number): Stream | null {
    const stream = this.table.get(id);
    if (stream !== null || this.checkMissing(id) !== CloseCode.NoError || this.table.isLocal(id))
      return stream;
    let opened: number;
    while (!this.isClosed && (opened = this.table.takePeerId(id)) >= 0) {
      this.queueControl(this.create(opened, StreamPriority.Live));
      this.handler.onStreamOpened(opened);
    }
    return this.table.get(id);
  }

  /** A late frame for a stream that is over is no fault. */
  private checkMissing(id: number): CloseCode {
    if (!this.table.isValid(id)) return CloseCode.StreamState;
    if (!this.table.isLocal(id) && !this.table.isWithinPeerLimit(id)) return CloseCode.StreamLimit;
    return CloseCode.NoError;
  }

  private afterReceive(stream: Stream): void {
    this.queueControl(stream);
    this.collect(stream);
  }

  private queueControl(stream: Stream): void {
    const { send, receive } = stream;
    if (stream.hasControl || !stream.isAllowed) return;
    if (!send.isResetDue && !receive.isStopDue && !receive.isCreditDue) return;
    stream.hasControl = true;
    this.control.push(stream);
  }

  private collect(stream: Stream): void {
    if (!stream.isFinished) return;
    this.scheduler.remove(stream);
    stream.receive.consumeRest();
    this.table.remove(stream);
  }
}
