/**
 * Facts of the STUN wire format: RFC 8489 (STUN), RFC 8445 §16.1 (ICE), RFC 5780 §7 (NAT behaviour), RFC 8656 §17, §18 (TURN).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |0 0|  type (method and class)  |  length of the attributes     |
 * |                  magic cookie 0x2112A442                      |
 * |                  transaction id, 96 bits                      |
 * | attribute type                | length of its value           |  repeated
 * | value, padded to a multiple of 4 bytes                        |
 */
import { formatIp, parseIp } from './ip-address';
import type { TransportAddress } from './ip-address';
import { utf8Decode } from '../bytes/utf8';

export const STUN_HEADER_BYTES = 20;
export const STUN_MAGIC_COOKIE = 0x2112a442;
export const TRANSACTION_ID_BYTES = 12;
/** Larger messages are refused: a connectivity check or a binding response has no reason to exceed an Ethernet frame. */
export const MAX_STUN_BYTES = 1500;
/** Attributes beyond this number make a message broken. */
export const MAX_ATTRIBUTES = 64;
/** XOR of the CRC in FINGERPRINT (§14.7), so that it differs from the CRC of an application's own protocol. */
export const FINGERPRINT_XOR = 0x5354554e;
export const MESSAGE_INTEGRITY_BYTES = 20;

export const StunMethod = {
  Binding: 0x001,
  Allocate: 0x003,
  Refresh: 0x004,
  Send: 0x006,
  Data: 0x007,
  CreatePermission: 0x008,
  ChannelBind: 0x009,
} as const;
export type StunMethod = (typeof StunMethod)[keyof typeof StunMethod];

/** Bits C1 (0x0100) and C0 (0x0010) of the message type (§5). */
export const StunClass = { Request: 0x000, Indication: 0x010, Success: 0x100, Error: 0x110 } as const;
export type StunClass = (typeof StunClass)[keyof typeof StunClass];

/** Types below 0x8000 must be understood by whoever processes the message (§14). */
export const StunAttribute = {
  MappedAddress: 0x0001,
  ChangeRequest: 0x0003,
  Username: 0x0006,
  MessageIntegrity: 0x0008,
  ErrorCode: 0x0009,
  UnknownAttributes: 0x000a,
  ChannelNumber: 0x000c,
  Lifetime: 0x000d,
  XorPeerAddress: 0x0012,
  Data: 0x0013,
  Realm: 0x0014,
  Nonce: 0x0015,
  XorRelayedAddress: 0x0016,
  RequestedAddressFamily: 0x0017,
  RequestedTransport: 0x0019,
  XorMappedAddress: 0x0020,
  Priority: 0x0024,
  UseCandidate: 0x0025,
  Software: 0x8022,
  Fingerprint: 0x8028,
  IceControlled: 0x8029,
  IceControlling: 0x802a,
  ResponseOrigin: 0x802b,
  OtherAddress: 0x802c,
} as const;

export const StunErrorCode = {
  BadRequest: 400,
  Unauthenticated: 401,
  Forbidden: 403,
  UnknownAttribute: 420,
  AllocationMismatch: 437,
  StaleNonce: 438,
  WrongCredentials: 441,
  UnsupportedTransport: 442,
  AllocationQuotaReached: 486,
  RoleConflict: 487,
  InsufficientCapacity: 508,
} as const;

export interface StunError {
  /** 300 to 699. */
  code: number;
  reason: string;
}

/** Limits of text attributes (§14.3, §14.8, §14.14); SOFTWARE and reason phrases count 127 characters of up to 6 bytes. */
export const MAX_USERNAME_BYTES = 513;
export const MAX_TEXT_BYTES = 763;

const FAMILY_IPV4 = 0x01;
const FAMILY_IPV6 = 0x02;

/** MAPPED-ADDRESS, OTHER-ADDRESS (§14.1); null when broken. */
export function decodeAddress(value: Uint8Array): TransportAddress | null {
  const addressBytes = addressBytesOf(value);
  if (addressBytes === 0) return null;
  return { address: formatIp(value.subarray(4, 4 + addressBytes)), port: (value[2]! << 8) | value[3]! };
}

/** XOR-MAPPED-ADDRESS (§14.2): port and address are XORed with the cookie, IPv6 also with the transaction id. */
export function decodeXorAddress(value: Uint8Array, transactionId: Uint8Array): TransportAddress | null {
  const addressBytes = addressBytesOf(value);
  if (addressBytes === 0) return null;
  const plain = value.slice(0, 4 + addressBytes);
  xorAddress(plain, transactionId);
  return decodeAddress(plain);
}

/** The value of MAPPED-ADDRESS; null when `from.address` is no IP address. */
export function encodeAddress(from: TransportAddress): Uint8Array | null {
  const ip = parseIp(from.address);
  if (ip === null) return null;
  const value = new Uint8Array(4 + ip.length);
  value[1] = ip.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6;
  value[2] = from.port >>> 8;
  value[3] = from.port;
  value.set(ip, 4);
  return value;
}

export function encodeXorAddress(from: TransportAddress, transactionId: Uint8Array): Uint8Array | null {
  const value = encodeAddress(from);
  if (value !== null) xorAddress(value, transactionId);
  return value;
}

/** ERROR-CODE (§14.8): hundreds in 3 bits, the rest in 8 bits, then the reason phrase; null when broken. */
export function decodeErrorCode(value: Uint8Array): StunError | null {
  if (value.length < 4 || value.length > 4 + MAX_TEXT_BYTES) return null;
  const hundreds = value[2]! & 0x07;
  const rest = value[3]!;
  if (hundreds < 3 || hundreds > 6 || rest > 99) return null;
  return { code: hundreds * 100 + rest, reason: utf8Decode(value.subarray(4)) };
}

/** UNKNOWN-ATTRIBUTES (§14.9): a list of 16-bit types; null when broken. */
export function decodeUnknownAttributes(value: Uint8Array): number[] | null {
  if (value.length % 2 !== 0 || value.length > 2 * MAX_ATTRIBUTES) return null;
  const types: number[] = [];
  for (let i = 0; i < value.length; i += 2) types.push((value[i]! << 8) | value[i + 1]!);
  return types;
}

/** 4 or 16 when family and length agree, else 0. */
function addressBytesOf(value: Uint8Array): number {
  if (value.length === 8 && value[1] === FAMILY_IPV4) return 4;
  if (value.length === 20 && value[1] === FAMILY_IPV6) return 16;
  return 0;
}

function xorAddress(value: Uint8Array, transactionId: Uint8Array): void {
  value[2] = value[2]! ^ (STUN_MAGIC_COOKIE >>> 24);
  value[3] = value[3]! ^ ((STUN_MAGIC_COOKIE >>> 16) & 0xff);
  for (let i = 4; i < value.length; i++) {
    const mask = i < 8 ? STUN_MAGIC_COOKIE >>> (8 * (7 - i)) : transactionId[i - 8]!;
    value[i] = value[i]! ^ (mask & 0xff);
  }
}
