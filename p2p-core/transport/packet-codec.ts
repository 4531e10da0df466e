import { HEADER_BYTES, MAX_OFFSET, MAX_RECEIVED_BYTES, TAG_BYTES } from './constants';

/**
 * The bytes of a packet (docs/transport.md). Big endian, fixed widths: every field of a frame is at a known place, which
 * costs an interpreter no branches and a reader no thought.
 */

/** Bit 7 is set (RFC 7983: STUN is below 4, TURN channels are 64-79); version and reserved bits are 0. */
const FIRST_BYTE = 0x80;
/** Of the first byte: which of two keys in turn seals the packet. The sealer's matter, and the opener's. */
export const KEY_PHASE_BIT = 0x01;

/** The numbers of RFC 9000 §19, IMMEDIATE_ACK's of draft-ietf-quic-ack-frequency. */
export const FrameType = {
  Padding: 0x00,
  Ping: 0x01,
  Ack: 0x02,
  ResetStream: 0x04,
  StopSending: 0x05,
  Stream: 0x0e,
  StreamFin: 0x0f,
  MaxData: 0x10,
  MaxStreamData: 0x11,
  MaxStreams: 0x12,
  CloseTransport: 0x1c,
  CloseApplication: 0x1d,
  ImmediateAck: 0x1f,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** Sizes of frames without what follows the fixed part. */
export const ACK_FIXED_BYTES = 10;
export const ACK_RANGE_BYTES = 4;
export const STREAM_FIXED_BYTES = 13;
export const RESET_STREAM_BYTES = 15;
export const STOP_SENDING_BYTES = 9;
export const MAX_DATA_BYTES = 7;
export const MAX_STREAM_DATA_BYTES = 11;
export const MAX_STREAMS_BYTES = 5;
export const IMMEDIATE_ACK_BYTES = 1;
export const CLOSE_FIXED_BYTES = 6;

export const MAX_CLOSE_REASON_BYTES = 200;
/** The ACK frame's delay counts eighths of a millisecond, up to 8.19 s. */
export const ACK_DELAY_UNITS_PER_MS = 8;

const TWO_POW_32 = 4294967296;

export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Up to 2^48 - 1, exact. */
export function readU48(bytes: Uint8Array, at: number): number {
  const high = readU16(bytes, at);
  const low = readU32(bytes, at + 2);
  // Nearly always 0. The product makes a double of the sum, and interpreters compute more slowly with all that follows.
  return high === 0 ? low : high * TWO_POW_32 + low;
}

export function writeU16(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
  return at + 2;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}

export function writeU48(bytes: Uint8Array, at: number, value: number): number {
  return writeU32(bytes, writeU16(bytes, at, Math.floor(value / TWO_POW_32)), value);
}

/** Whether a datagram can be a packet of ours at all: of this version, and with a frame in it (RFC 9000 §12.4). */
export function isPacket(datagram: Uint8Array): boolean {
  const { length } = datagram;
  return (
    length > HEADER_BYTES + TAG_BYTES &&
    length <= MAX_RECEIVED_BYTES &&
    (datagram[0]! & ~KEY_PHASE_BIT) === FIRST_BYTE
  );
}

export function packetNumberOf(packet: Uint8Array): number {
  return readU32(packet, 4);
}

export function writeHeader(packet: Uint8Array, connectionId: number, packetNumber: number): number {
  packet[0] = FIRST_BYTE;
  packet[1] = connectionId >>> 16;
  packet[2] = connectionId >>> 8;
  packet[3] = connectionId;
  return writeU32(packet, 4, packetNumber);
}

// Each writer puts one frame at `at` and returns where it ends. The caller made sure that it fits.

export function writeImmediateAck(packet: Uint8Array, at: number): number {
  packet[at] = FrameType.ImmediateAck;
  return at + 1;
}

export function writePing(packet: Uint8Array, at: number): number {
  packet[at] = FrameType.Ping;
  return at + 1;
}

export function writeStreamHeader(
  packet: Uint8Array,
  at: number,
  streamId: number,
  offset: number,
  lengthBytes: number,
  isFin: boolean,
): number {
  packet[at] = isFin ? FrameType.StreamFin : FrameType.Stream;
  at = writeU32(packet, at + 1, streamId);
  at = writeU48(packet, at, offset);
  return writeU16(packet, at, lengthBytes);
}

export function writeResetStream(
  packet: Uint8Array,
  at: number,
  streamId: number,
  code: number,
  finalSize: number,
): number {
  packet[at] = FrameType.ResetStream;
  at = writeU32(packet, at + 1, streamId);
  at = writeU32(packet, at, code);
  return writeU48(packet, at, finalSize);
}

export function writeStopSending(packet: Uint8Array, at: number, streamId: number, code: number): number {
  packet[at] = FrameType.StopSending;
  at = writeU32(packet, at + 1, streamId);
  return writeU32(packet, at, code);
}

export function writeMaxData(packet: Uint8Array, at: number, limit: number): number {
  packet[at] = FrameType.MaxData;
  return writeU48(packet, at + 1, Math.min(limit, MAX_OFFSET));
}

export function writeMaxStreamData(packet: Uint8Array, at: number, streamId: number, limit: number): number {
  packet[at] = FrameType.MaxStreamData;
  at = writeU32(packet, at + 1, streamId);
  return writeU48(packet, at, Math.min(limit, MAX_OFFSET));
}

export function writeMaxStreams(packet: Uint8Array, at: number, count: number): number {
  packet[at] = FrameType.MaxStreams;
  return writeU32(packet, at + 1, count);
}

/** `reason` is UTF-8 and at most MAX_CLOSE_REASON_BYTES long. */
export function writeClose(
  packet: Uint8Array,
  at: number,
  type: typeof FrameType.CloseTransport | typeof FrameType.CloseApplication,
  code: number,
  reason: Uint8Array,
): number {
  packet[at] = type;
  at = writeU32(packet, at + 1, code);
  packet[at] = reason.length;
  packet.set(reason, at + 1);
  return at + 1 + reason.length;
}
