/** Reading STUN messages (RFC 8489 §6.3): strict, without exceptions, views instead of copies. */
import { constantTimeEqual } from '../bytes/concat';
import { utf8Decode } from '../bytes/utf8';
import { hmacSha1 } from '../crypto/sha1';
import { crc32 } from './crc32';
import type { TransportAddress } from './ip-address';
import {
  decodeAddress,
  decodeErrorCode,
  decodeUnknownAttributes,
  decodeXorAddress,
  FINGERPRINT_XOR,
  MAX_ATTRIBUTES,
  MAX_STUN_BYTES,
  MAX_TEXT_BYTES,
  MAX_USERNAME_BYTES,
  MESSAGE_INTEGRITY_BYTES,
  STUN_HEADER_BYTES,
  STUN_MAGIC_COOKIE,
  StunAttribute,
  StunClass,
  TRANSACTION_ID_BYTES,
} from './stun-attributes';
import type { StunError } from './stun-attributes';

export interface StunMessage {
  readonly bytes: Uint8Array;
  readonly method: number;
  readonly messageClass: StunClass;
  readonly transactionId: Uint8Array;
  /** Types below 0x8000 that this codec does not know, in order: a request with any of them is answered by 420. */
  readonly unknownRequired: number[];
  /** Offset of MESSAGE-INTEGRITY, -1 without. Nothing after it is believed, except FINGERPRINT. */
  readonly integrityOffset: number;
  /** FINGERPRINT was there; it was right, else there would be no message. */
  readonly hasFingerprint: boolean;
  readonly username: string | null;
  readonly software: string | null;
  readonly xorMappedAddress: TransportAddress | null;
  readonly mappedAddress: TransportAddress | null;
  readonly otherAddress: TransportAddress | null;
  readonly error: StunError | null;
  /** What the peer did not know; null when the attribute is missing. */
  readonly unknownAttributes: number[] | null;
  readonly priority: number | null;
  readonly useCandidate: boolean;
  /** Tie-breaker, 8 bytes. */
  readonly iceControlling: Uint8Array | null;
  readonly iceControlled: Uint8Array | null;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Tells STUN from everything else on the socket (RFC 7983, RFC 8489 §5): by the header alone, without reading on. */
export function isStunMessage(datagram: Uint8Array): boolean {
  const size = datagram.length;
  if (size < STUN_HEADER_BYTES || size > MAX_STUN_BYTES || (datagram[0]! & 0xc0) !== 0) return false;
  const attributesBytes = readU16(datagram, 2);
  return (
    attributesBytes % 4 === 0 &&
    attributesBytes + STUN_HEADER_BYTES === size &&
    readU32(datagram, 4) === STUN_MAGIC_COOKIE
  );
}

/**
 * Null for anything broken: a wrong length anywhere, a known attribute with an impossible value, a wrong FINGERPRINT.
 * `datagram` is borrowed: the result holds views of it. Of repeated attributes the first counts (§14).
 */
export function parseStunMessage(datagram: Uint8Array): StunMessage | null {
  if (!isStunMessage(datagram)) return null;
  const type = readU16(datagram, 0);
  const message: Mutable<StunMessage> = {
    bytes: datagram,
    // The class bits sit inside the method's bits (§5, figure 3).
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    messageClass: (type & 0x0110) as StunClass,
    transactionId: datagram.subarray(8, 8 + TRANSACTION_ID_BYTES),
    unknownRequired: [],
    integrityOffset: -1,
    hasFingerprint: false,
    username: null,
    software: null,
    xorMappedAddress: null,
    mappedAddress: null,
    otherAddress: null,
    error: null,
    unknownAttributes: null,
    priority: null,
    useCandidate: false,
    iceControlling: null,
    iceControlled: null,
  };
  let offset = STUN_HEADER_BYTES;
  for (let count = 0; offset < datagram.length; count++) {
    // FINGERPRINT is the last attribute (§14.7).
    if (count >= MAX_ATTRIBUTES || message.hasFingerprint) return null;
    const attributeType = readU16(datagram, offset);
    const valueBytes = readU16(datagram, offset + 2);
    const next = offset + 4 + ((valueBytes + 3) & ~3);
    if (next > datagram.length) return null;
    if (attributeType === StunAttribute.Fingerprint) {
      if (valueBytes !== 4 || readU32(datagram, offset + 4) !== fingerprintOf(datagram, offset)) return null;
      message.hasFingerprint = true;
    } else if (message.integrityOffset < 0) {
      const value = datagram.subarray(offset + 4, offset + 4 + valueBytes);
      if (!readAttribute(message, attributeType, value, offset)) return null;
    }
    offset = next;
  }
  return message;
}

/**
 * The value of an attribute that `StunMessage` has no field for: a view, null when it is missing. Of what follows
 * MESSAGE-INTEGRITY nothing is found.
 */
export function stunAttribute(message: StunMessage, type: number): Uint8Array | null {
  const { bytes, integrityOffset } = message;
  const end = integrityOffset < 0 ? bytes.length : integrityOffset;
  for (let offset = STUN_HEADER_BYTES; offset < end;) {
    const valueBytes = readU16(bytes, offset + 2);
    if (readU16(bytes, offset) === type) return bytes.subarray(offset + 4, offset + 4 + valueBytes);
    offset += 4 + ((valueBytes + 3) & ~3);
  }
  return null;
}

/** An unsigned number of 32 bits; null when the attribute is missing or of another size. */
export function stunU32(message: StunMessage, type: number): number | null {
  const value = stunAttribute(message, type);
  return value === null || value.length !== 4 ? null : readU32(value, 0);
}

/** An address that is XORed as XOR-MAPPED-ADDRESS is; null when the attribute is missing or broken. */
export function stunXorAddress(message: StunMessage, type: number): TransportAddress | null {
  const value = stunAttribute(message, type);
  return value === null ? null : decodeXorAddress(value, message.transactionId);
}

/** Checks MESSAGE-INTEGRITY (§14.5) with a key of the short-term mechanism (§9.1.1: the password itself). */
export function hasValidIntegrity(message: StunMessage, key: Uint8Array): boolean {
  const offset = message.integrityOffset;
  if (offset < 0) return false;
  const expected = integrityOf(message.bytes, offset, key);
  return constantTimeEqual(
    expected,
    message.bytes.subarray(offset + 4, offset + 4 + MESSAGE_INTEGRITY_BYTES),
  );
}

/**
 * The local fragment that an incoming request names in USERNAME ("local:remote" as the receiver sees it, RFC 8445
 * §7.2.2); null when `datagram` is no request or names none. For routing only: nothing is verified.
 */
export function stunUsernameTarget(datagram: Uint8Array): string | null {
  if (!isStunMessage(datagram) || (readU16(datagram, 0) & 0x0110) !== StunClass.Request) return null;
  let offset = STUN_HEADER_BYTES;
  while (offset + 4 <= datagram.length) {
    const valueBytes = readU16(datagram, offset + 2);
    const end = offset + 4 + valueBytes;
    if (end > datagram.length) return null;
    if (readU16(datagram, offset) === StunAttribute.Username) {
      if (valueBytes > MAX_USERNAME_BYTES) return null;
      const username = utf8Decode(datagram.subarray(offset + 4, end));
      const colon = username.indexOf(':');
      return colon > 0 ? username.slice(0, colon) : null;
    }
    offset = (end + 3) & ~3;
  }
  return null;
}

/** HMAC-SHA1 over everything before the attribute, with the header's length as if the attribute were the last one. */
export function integrityOf(bytes: Uint8Array, attributeOffset: number, key: Uint8Array): Uint8Array {
  const covered = bytes.slice(0, attributeOffset);
  writeAttributesLength(covered, attributeOffset + 4 + MESSAGE_INTEGRITY_BYTES);
  return hmacSha1(key, covered);
}

/** The value of FINGERPRINT at `attributeOffset`; the header's length must already count it. */
export function fingerprintOf(bytes: Uint8Array, attributeOffset: number): number {
  return (crc32(bytes, attributeOffset) ^ FINGERPRINT_XOR) >>> 0;
}

export function writeAttributesLength(bytes: Uint8Array, messageBytes: number): void {
  const attributesBytes = messageBytes - STUN_HEADER_BYTES;
  bytes[2] = attributesBytes >>> 8;
  bytes[3] = attributesBytes;
}

/** Takes one attribute into the message; false when its value is impossible. */
function readAttribute(
  message: Mutable<StunMessage>,
  type: number,
  value: Uint8Array,
  offset: number,
): boolean {
  switch (type) {
    case StunAttribute.MessageIntegrity:
      message.integrityOffset = offset;
      return value.length === MESSAGE_INTEGRITY_BYTES;
    case StunAttribute.Username:
      if (value.length > MAX_USERNAME_BYTES) return false;
      message.username = message.username ?? utf8Decode(value);
      return true;
    case StunAttribute.Software:
      if (value.length > MAX_TEXT_BYTES) return false;
      message.software = message.software ?? utf8Decode(value);
      return true;
    case StunAttribute.XorMappedAddress: {
      const address = decodeXorAddress(value, message.transactionId);
      message.xorMappedAddress = message.xorMappedAddress ?? address;
      return address !== null;
    }
    case StunAttribute.MappedAddress: {
      const address = decodeAddress(value);
      message.mappedAddress = message.mappedAddress ?? address;
      return address !== null;
    }
    case StunAttribute.OtherAddress: {
      const address = decodeAddress(value);
      message.otherAddress = message.otherAddress ?? address;
      return address !== null;
    }
    case StunAttribute.ErrorCode: {
      const error = decodeErrorCode(value);
      message.error = message.error ?? error;
      return error !== null;
    }
    case StunAttribute.UnknownAttributes: {
      const types = decodeUnknownAttributes(value);
      message.unknownAttributes = message.unknownAttributes ?? types;
      return types !== null;
    }
    case StunAttribute.Priority:
      if (value.length !== 4) return false;
      message.priority = message.priority ?? readU32(value, 0);
      return true;
    case StunAttribute.UseCandidate:
      message.useCandidate = true;
      return value.length === 0;
    case StunAttribute.IceControlling:
      message.iceControlling = message.iceControlling ?? value;
      return value.length === 8;
    case StunAttribute.IceControlled:
      message.iceControlled = message.iceControlled ?? value;
      return value.length === 8;
    case StunAttribute.Realm:
    case StunAttribute.Nonce:
      // Of the long-term mechanism: known, and without meaning for short-term credentials.
      return value.length <= MAX_TEXT_BYTES;
    default:
      if (type < 0x8000) message.unknownRequired.push(type);
      return true;
  }
}

function readU16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

function readU32(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>>
    0
  );
}
