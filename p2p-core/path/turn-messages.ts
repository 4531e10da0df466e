/** The messages of a TURN client (RFC 8656) and the two ways in which data travels to and from a relay. */
import { utf8Encode } from '../bytes/utf8';
import { md5 } from '../crypto/md5';
import type { TransportAddress } from './ip-address';
import {
  encodeXorAddress,
  STUN_HEADER_BYTES,
  STUN_MAGIC_COOKIE,
  StunAttribute,
  StunClass,
  StunMethod,
  TRANSACTION_ID_BYTES,
} from './stun-attributes';
import { StunBuilder } from './stun-builder';

/** What is asked of the server; lifetimes in seconds. */
export type TurnRequest =
  | { readonly kind: 'allocate' }
  | { readonly kind: 'refresh'; readonly lifetimeS: number }
  | { readonly kind: 'permit'; readonly address: string }
  | { readonly kind: 'bind'; readonly peer: TransportAddress; readonly channel: number };

/** Of the long-term mechanism (RFC 8489 §9.2); realm and nonce are what the server said last. */
export interface TurnAuth {
  readonly username: string;
  readonly realm: string;
  readonly nonce: Uint8Array;
  readonly key: Uint8Array;
}

/** UDP, in the first of four bytes (§18.8): the protocol between relay and peer. */
const REQUESTED_TRANSPORT_UDP = 0x11000000;
export const CHANNEL_HEADER_BYTES = 4;
/** Of a Send indication to an IPv4 peer: header, XOR-PEER-ADDRESS, DATA, padding; 12 more for IPv6. */
const MAX_SEND_OVERHEAD_BYTES = STUN_HEADER_BYTES + 24 + 4 + 3;

/** MD5(username ":" realm ":" password), §9.2.2 of RFC 8489; the stronger hash of it is not offered by coturn 4.6. */
export function longTermKey(username: string, realm: string, password: string): Uint8Array {
  return md5(utf8Encode(`${username}:${realm}:${password}`));
}

/** `auth` is null for the first request, whose refusal tells realm and nonce. */
export function buildTurnRequest(
  request: TurnRequest,
  transactionId: Uint8Array,
  auth: TurnAuth | null,
): Uint8Array {
  const builder = new StunBuilder(StunClass.Request, transactionId, METHODS[request.kind]);
  switch (request.kind) {
    case 'allocate':
      builder.u32(StunAttribute.RequestedTransport, REQUESTED_TRANSPORT_UDP);
      break;
    case 'refresh':
      builder.u32(StunAttribute.Lifetime, request.lifetimeS);
      break;
    case 'permit':
      // The port counts for nothing (§9.1).
      builder.xorAddress(StunAttribute.XorPeerAddress, { address: request.address, port: 0 });
      break;
    case 'bind':
      builder.u32(StunAttribute.ChannelNumber, request.channel * 0x10000);
      builder.xorAddress(StunAttribute.XorPeerAddress, request.peer);
      break;
  }
  if (auth !== null) {
    builder
      .text(StunAttribute.Username, auth.username)
      .text(StunAttribute.Realm, auth.realm)
      .attribute(StunAttribute.Nonce, auth.nonce)
      .integrity(auth.key);
  }
  return builder.fingerprint().finish();
}

export const METHODS: Readonly<Record<TurnRequest['kind'], StunMethod>> = {
  allocate: StunMethod.Allocate,
  refresh: StunMethod.Refresh,
  permit: StunMethod.CreatePermission,
  bind: StunMethod.ChannelBind,
};

/** Writes ChannelData (§12.4) into `out`; the bytes written, 0 when it does not fit. */
export function writeChannelData(channel: number, data: Uint8Array, out: Uint8Array): number {
  const size = CHANNEL_HEADER_BYTES + data.length;
  if (size > out.length) return 0;
  out[0] = channel >>> 8;
  out[1] = channel;
  out[2] = data.length >>> 8;
  out[3] = data.length;
  out.set(data, CHANNEL_HEADER_BYTES);
  return size;
}

/** Writes a Send indication (§11.1) into `out`; the bytes written, 0 when it does not fit or `peer` is no IP address. */
export function writeSendIndication(
  peer: TransportAddress,
  data: Uint8Array,
  transactionId: Uint8Array,
  out: Uint8Array,
): number {
  const address = encodeXorAddress(peer, transactionId);
  if (address === null || data.length + MAX_SEND_OVERHEAD_BYTES > out.length) return 0;
  let end = STUN_HEADER_BYTES;
  const attribute = (type: number, value: Uint8Array): void => {
    writeU16(out, end, type);
    writeU16(out, end + 2, value.length);
    out.set(value, end + 4);
    end += 4 + value.length;
    while (end % 4 !== 0) out[end++] = 0;
  };
  attribute(StunAttribute.XorPeerAddress, address);
  attribute(StunAttribute.Data, data);
  writeU16(out, 0, StunMethod.Send | StunClass.Indication);
  writeU16(out, 2, end - STUN_HEADER_BYTES);
  writeU16(out, 4, STUN_MAGIC_COOKIE >>> 16);
  writeU16(out, 6, STUN_MAGIC_COOKIE & 0xffff);
  out.set(transactionId.subarray(0, TRANSACTION_ID_BYTES), 8);
  return end;
}

/** The channel of a ChannelData message; 0 when `datagram` is none. Its data follow the 4 bytes of the header. */
export function channelOf(datagram: Uint8Array): number {
  if (datagram.length < CHANNEL_HEADER_BYTES || datagram[0]! < 0x40 || datagram[0]! > 0x4f) return 0;
  // Over UDP padding may follow (§12.5).
  if (CHANNEL_HEADER_BYTES + channelDataBytes(datagram) > datagram.length) return 0;
  return (datagram[0]! << 8) | datagram[1]!;
}

export function channelDataBytes(datagram: Uint8Array): number {
  return (datagram[2]! << 8) | datagram[3]!;
}

function writeU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}
