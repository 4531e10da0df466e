import type { AckPolicy } from './ack-policy';
import {
  ACK_FIXED_BYTES,
  FrameType,
  IMMEDIATE_ACK_BYTES,
  MAX_DATA_BYTES,
  MAX_STREAM_DATA_BYTES,
  MAX_STREAMS_BYTES,
  PAYLOAD_END,
  RESET_STREAM_BYTES,
  STOP_SENDING_BYTES,
  STREAM_FIXED_BYTES,
  writeImmediateAck,
  writeMaxData,
  writeMaxStreamData,
  writeMaxStreams,
  writePing,
  writeResetStream,
  writeStopSending,
  writeStreamHeader,
} from './packet-codec';
import type { ReceivedPackets } from './received-packets';
import type { SentPacket } from './sent-packets';
import type { Stream } from './stream';
import type { Streams } from './streams';

/** A rest of room smaller than this is left empty rather than filled with a splinter of a stream. */
const MIN_FRAGMENT_BYTES = 64;
/** Data leaves room for an IMMEDIATE_ACK behind it. */
const DATA_END = PAYLOAD_END - IMMEDIATE_ACK_BYTES;

/** Puts frames into a packet: ACK, then control frames, then stream data by priority. */
export class PacketBuilder {
  isPingDue = false;
  retransmittedBytes = 0;

  constructor(
    private readonly streams: Streams,
    private readonly received: ReceivedPackets,
    private readonly ackPolicy: AckPolicy,
  ) {}

  /** False means that `writeEliciting` would write nothing; true that it probably would. */
  get hasWork(): boolean {
    const { streams } = this;
    return (
      this.isPingDue ||
      !streams.scheduler.isEmpty ||
      streams.control.length > 0 ||
      streams.receiveCredit.isUpdateDue ||
      streams.table.isLimitDue
    );
  }

  /** An ACK when the peer waits for one. */
  writeAck(packet: Uint8Array, at: number, nowMs: number): number {
    if (!this.ackPolicy.isWanted || PAYLOAD_END - at < ACK_FIXED_BYTES) return at;
    return this.received.writeAck(packet, at, PAYLOAD_END - at, nowMs);
  }

  /** Frames that the peer must acknowledge, noted in `sent`. Returns `at` when there are none to send. */
  writeEliciting(packet: Uint8Array, at: number, sent: SentPacket): number {
    at = this.writeConnectionFrames(packet, at, sent);
    const { control } = this.streams;
    while (control.length > 0) {
      const stream = control[0]!;
      at = this.writeStreamControl(packet, at, stream, sent);
      const { send, receive } = stream;
      if (send.isResetDue || receive.isStopDue || receive.isCreditDue) return at; // no room left
      stream.hasControl = false;
      control.shift();
    }
    return this.writeStreamData(packet, at, sent);
  }

  /** Ends the last data packet of a burst: nothing follows that would show its loss, only an ACK in time does. */
  writeImmediateAck(packet: Uint8Array, at: number, sent: SentPacket): number {
    if (!sent.hasData || this.hasWork) return at;
    sent.asksAck = true;
    return writeImmediateAck(packet, at);
  }

  private writeConnectionFrames(packet: Uint8Array, at: number, sent: SentPacket): number {
    const { receiveCredit, table } = this.streams;
    if (this.isPingDue && at < PAYLOAD_END) {
      this.isPingDue = false;
      at = writePing(packet, at);
    }
    if (receiveCredit.isUpdateDue && at + MAX_DATA_BYTES <= PAYLOAD_END) {
      at = writeMaxData(packet, at, receiveCredit.takeUpdate());
      sent.addFrame(FrameType.MaxData, 0, 0, 0);
    }
    if (table.isLimitDue && at + MAX_STREAMS_BYTES <= PAYLOAD_END) {
      at = writeMaxStreams(packet, at, table.takeLimit());
      sent.addFrame(FrameType.MaxStreams, 0, 0, 0);
    }
    return at;
  }

  private writeStreamControl(packet: Uint8Array, at: number, stream: Stream, sent: SentPacket): number {
    const { id, send, receive } = stream;
    if (send.isResetDue && at + RESET_STREAM_BYTES <= PAYLOAD_END) {
      send.isResetDue = false;
      at = writeResetStream(packet, at, id, send.resetCode, send.finalSize);
      sent.addFrame(FrameType.ResetStream, id, 0, 0);
    }
    if (receive.isStopDue && at + STOP_SENDING_BYTES <= PAYLOAD_END) {
      receive.isStopDue = false;
      at = writeStopSending(packet, at, id, receive.stopCode);
      sent.addFrame(FrameType.StopSending, id, 0, 0);
    }
    if (receive.isCreditDue && at + MAX_STREAM_DATA_BYTES <= PAYLOAD_END) {
      at = writeMaxStreamData(packet, at, id, receive.credit.takeUpdate());
      sent.addFrame(FrameType.MaxStreamData, id, 0, 0);
    }
    return at;
  }

  private writeStreamData(packet: Uint8Array, at: number, sent: SentPacket): number {
    const { scheduler, sendCredit } = this.streams;
    while (DATA_END - at - STREAM_FIXED_BYTES >= MIN_FRAGMENT_BYTES) {
      const stream = scheduler.take();
      if (stream === null) break;
      const { send } = stream;
      // A stream without anything to send, or blocked by flow control, stays out until that changes.
      if (!send.take(DATA_END - at - STREAM_FIXED_BYTES, sendCredit.available)) continue;
      const { frameStart, frameEnd, frameFin } = send;
      const length = frameEnd - frameStart;
      at = writeStreamHeader(packet, at, stream.id, frameStart, length, frameFin);
      send.commit(packet, at);
      at += length;
      if (send.frameIsNew) sendCredit.used += length;
      else {
        this.retransmittedBytes += length;
        sent.isRepeat = true;
      }
      sent.hasData = true;
      sent.addFrame(frameFin ? FrameType.StreamFin : FrameType.Stream, stream.id, frameStart, frameEnd);
      if (send.hasPending) scheduler.add(stream);
    }
    return at;
  }
}
