import {
  ACK_DELAY_UNITS_PER_MS,
  ACK_FIXED_BYTES,
  ACK_RANGE_BYTES,
  CLOSE_FIXED_BYTES,
  FrameType,
  MAX_DATA_BYTES,
  MAX_STREAM_DATA_BYTES,
  MAX_STREAMS_BYTES,
  RESET_STREAM_BYTES,
  STOP_SENDING_BYTES,
  STREAM_FIXED_BYTES,
  readU16,
  readU32,
  readU48,
} from './packet-codec';
import { MAX_OFFSET } from './constants';

/** What `next` says besides a frame type. */
export const FRAMES_END = -1;
export const FRAME_MALFORMED = -2;
export const FRAME_UNKNOWN = -3;

/** The range count of an ACK is one byte, and the first range is not counted. */
const MAX_DECODED_RANGES = 256;

/**
 * Walks over the frames of one decrypted packet. `next` leaves what it read in the fields: one reader serves all packets
 * of a transport and allocates nothing. Never throws, never reads beyond `end`.
 */
export class FrameReader {
  streamId = 0;
  /** STREAM: of its first byte. RESET_STREAM: the final size. MAX_DATA, MAX_STREAM_DATA: the limit. */
  offset = 0;
  /** Code of RESET_STREAM, STOP_SENDING and CLOSE; stream count of MAX_STREAMS. */
  value = 0;
  /** The payload of STREAM and the reason of CLOSE are packet[dataStart, dataEnd). */
  dataStart = 0;
  dataEnd = 0;
  ackDelayMs = 0;
  /** Ranges of an ACK, newest first, both ends included. */
  ackRangeCount = 0;
  readonly ackLow = new Float64Array(MAX_DECODED_RANGES);
  readonly ackHigh = new Float64Array(MAX_DECODED_RANGES);

  private packet: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;

  start(packet: Uint8Array, at: number, end: number): void {
    this.packet = packet;
    this.at = at;
    this.end = end;
  }

  /** The type of the next frame, or FRAMES_END, FRAME_MALFORMED, FRAME_UNKNOWN (then there is nothing more to read). */
  next(): number {
    const { packet, end } = this;
    let at = this.at;
    while (at < end && packet[at] === FrameType.Padding) at++;
    this.at = at;
    if (at >= end) return FRAMES_END;
    const type = packet[at]!;
    switch (type) {
      case FrameType.Stream:
      case FrameType.StreamFin:
        return this.readStream(at) ? type : FRAME_MALFORMED;
      case FrameType.Ack:
        return this.readAck(at) ? type : FRAME_MALFORMED;
      case FrameType.Ping:
      case FrameType.ImmediateAck:
        return this.take(1) ? type : FRAME_MALFORMED;
      case FrameType.MaxData:
        if (!this.take(MAX_DATA_BYTES)) return FRAME_MALFORMED;
        this.offset = readU48(packet, at + 1);
        return type;
      case FrameType.MaxStreamData:
        if (!this.take(MAX_STREAM_DATA_BYTES)) return FRAME_MALFORMED;
        this.streamId = readU32(packet, at + 1);
        this.offset = readU48(packet, at + 5);
        return type;
      case FrameType.MaxStreams:
        if (!this.take(MAX_STREAMS_BYTES)) return FRAME_MALFORMED;
        this.value = readU32(packet, at + 1);
        return type;
      case FrameType.ResetStream:
        if (!this.take(RESET_STREAM_BYTES)) return FRAME_MALFORMED;
        this.streamId = readU32(packet, at + 1);
        this.value = readU32(packet, at + 5);
        this.offset = readU48(packet, at + 9);
        return type;
      case FrameType.StopSending:
        if (!this.take(STOP_SENDING_BYTES)) return FRAME_MALFORMED;
        this.streamId = readU32(packet, at + 1);
        this.value = readU32(packet, at + 5);
        return type;
      case FrameType.CloseTransport:
      case FrameType.CloseApplication:
        if (!this.take(CLOSE_FIXED_BYTES)) return FRAME_MALFORMED;
        this.value = readU32(packet, at + 1);
        this.dataStart = this.at;
        if (!this.take(packet[at + 5]!)) return FRAME_MALFORMED;
        this.dataEnd = this.at;
        return type;
      default:
        return FRAME_UNKNOWN;
    }
  }

  private take(byteCount: number): boolean {
    if (this.end - this.at < byteCount) return false;
    this.at += byteCount;
    return true;
  }

  private readStream(at: number): boolean {
    if (!this.take(STREAM_FIXED_BYTES)) return false;
    this.streamId = readU32(this.packet, at + 1);
    this.offset = readU48(this.packet, at + 5);
    this.dataStart = this.at;
    const lengthBytes = readU16(this.packet, at + 11);
    if (!this.take(lengthBytes)) return false;
    this.dataEnd = this.at;
    return this.offset + lengthBytes <= MAX_OFFSET;
  }

  private readAck(at: number): boolean {
    const { packet, ackLow, ackHigh } = this;
    if (!this.take(ACK_FIXED_BYTES)) return false;
    let high = readU32(packet, at + 1);
    this.ackDelayMs = readU16(packet, at + 5) / ACK_DELAY_UNITS_PER_MS;
    const moreRanges = packet[at + 7]!;
    let low = high - readU16(packet, at + 8);
    if (low < 0) return false;
    ackHigh[0] = high;
    ackLow[0] = low;
    let field = this.at;
    if (!this.take(moreRanges * ACK_RANGE_BYTES)) return false;
    for (let i = 1; i <= moreRanges; i++) {
      // As in RFC 9000 §19.3.1: both numbers are one less than what they count, since neither can be empty.
      high = low - readU16(packet, field) - 2;
      low = high - readU16(packet, field + 2);
      field += ACK_RANGE_BYTES;
      if (low < 0) return false;
      ackHigh[i] = high;
      ackLow[i] = low;
    }
    this.ackRangeCount = moreRanges + 1;
    return true;
  }
}
