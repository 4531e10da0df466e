import type { AckPolicy } from './ack-policy';
import { BASE_DATAGRAM_BYTES, TAG_BYTES } from './constants';
import {
  ACK_FIXED_BYTES,
  FrameType,
  IMMEDIATE_ACK_BYTES,
  MAX_DATA_BYTES,
  MAX_STREAM_DATA_BYTES,
  MAX_STREAMS_BYTES,
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

/** Puts frames into a packet: ACK, then control frames, then stream data by priority. */
export class PacketBuilder {
  isPingDue = false;
  retransmittedBytes = 0;
  /** Where frames must end so that the tag still fits. */
  private payloadEnd = BASE_DATAGRAM_BYTES - TAG_BYTES;

  constructor(
    private readonly streams: Streams,
    private readonly received: ReceivedPackets,
    private readonly ackPolicy: AckPolicy,
  ) {}

  /** How large the next packet may become. */
  set datagramBytes(bytes: number) {
    this.payloadEnd = bytes - TAG_BYTES;
  }

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
    if (!this.ackPolicy.isWanted || this.payloadEnd - at < ACK_FIXED_BYTES) return at;
    return this.received.writeAck(packet, at, this.payloadEnd - at, nowMs);
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
    if (this.isPingDue && at < this.payloadEnd) {
      this.isPingDue = false;
      at = writePing(packet, at);
    }
    if (receiveCredit.isUpdateDue && at + MAX_DATA_BYTES <= this.payloadEnd) {
      at = writeMaxData(packet, at, receiveCredit.takeUpdate());
      sent.addFrame(FrameType.MaxData, 0, 0, 0);
    }
    if (table.isLimitDue && at + MAX_STREAMS_BYTES <= this.payloadEnd) {
      at = writeMaxStreams(packet, at, table.takeLimit());
      sent.addFrame(FrameType.MaxStreams, 0, 0, 0);
    }
    return at;
  }

  private writeStreamControl(packet: Uint8Array, at: number, stream: Stream, sent: SentPacket): number {
    const { id, send, receive } = stream;
    if (send.isResetDue && at + RESET_STREAM_BYTES <= this.payloadEnd) {
      send.isResetDue = false;
      at = writeResetStream(packet, at, id, send.resetCode, send.finalSize);
      sent.addFrame(FrameType.ResetStream, id, 0, 0);
    }
    if (receive.isStopDue && at + STOP_SENDING_BYTES <= this.payloadEnd) {
      receive.isStopDue = false;
      at = writeStopSending(packet, at, id, receive.stopCode);
      sent.addFrame(FrameType.StopSending, id, 0, 0);
    }
    if (receive.isCreditDue && at + MAX_STREAM_DATA_BYTES <= this.payloadEnd) {
      at = writeMaxStreamData(packet, at, id, receive.credit.takeUpdate());
      sent.addFrame(FrameType.MaxStreamData, id, 0, 0);
    }
    return at;
  }

  private writeStreamData(packet: Uint8Array, at: number, sent: SentPacket): number {
    const { scheduler, sendCredit } = this.streams;
    const dataEnd = this.payloadEnd - IMMEDIATE_ACK_BYTES; // there is always room for one behind it
    while (dataEnd - at - STREAM_FIXED_BYTES >= MIN_FRAGMENT_BYTES) {
      const stream = scheduler.take();
      if (stream === null) break;
      const { send } = stream;
      // A stream without anything to send, or blocked by flow control, stays out until that changes.
      if (!send.take(dataEnd - at - STREAM_FIXED_BYTES, sendCredit.available)) continue;
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
