/**
 * One UDP datagram in one WebSocket message, between the preview page and its bridge:
 *
 *     0        2          3
 *     +--------+----------+------------+---------------+
 *     | port   | address  | address    | datagram      |
 *     | 16 bit | bytes    | (ASCII)    |               |
 *     +--------+----------+------------+---------------+
 *
 * The address is the receiver's on the way out, and the sender's on the way in.
 */
export interface UdpFrame {
  port: number;
  address: string;
  /** A view of the message. */
  datagram: Uint8Array;
}

/** What the bridge says first, as text: where its socket is bound. */
export interface UdpBound {
  address: string;
  port: number;
}

const HEADER_BYTES = 3;
const MAX_ADDRESS_BYTES = 255;

/** Throws a RangeError when the address does not fit. */
export function encodeUdpFrame({ port, address, datagram }: UdpFrame): Uint8Array {
  if (address.length > MAX_ADDRESS_BYTES) throw new RangeError('the address is too long');
  const frame = new Uint8Array(HEADER_BYTES + address.length + datagram.length);
  frame[0] = port >>> 8;
  frame[1] = port & 0xff;
  frame[2] = address.length;
  for (let i = 0; i < address.length; i++) frame[HEADER_BYTES + i] = address.charCodeAt(i);
  frame.set(datagram, HEADER_BYTES + address.length);
  return frame;
}

/** Null for a message that is no frame. */
export function decodeUdpFrame(message: Uint8Array): UdpFrame | null {
  if (message.length < HEADER_BYTES) return null;
  const start = HEADER_BYTES + (message[2] as number);
  if (message.length < start) return null;
  const address = String.fromCharCode(...message.subarray(HEADER_BYTES, start));
  return {
    port: ((message[0] as number) << 8) | (message[1] as number),
    address,
    datagram: message.subarray(start),
  };
}
