/** Writing STUN messages (RFC 8489 §6.1): attributes in the order of the calls. */
import { utf8Encode } from '../bytes/utf8';
import type { TransportAddress } from './ip-address';
import { fingerprintOf, integrityOf, writeAttributesLength } from './stun-message';
import {
  encodeAddress,
  encodeXorAddress,
  MAX_ATTRIBUTES,
  MAX_STUN_BYTES,
  MESSAGE_INTEGRITY_BYTES,
  STUN_HEADER_BYTES,
  STUN_MAGIC_COOKIE,
  StunAttribute,
  StunClass,
  StunMethod,
  TRANSACTION_ID_BYTES,
} from './stun-attributes';

/**
 * Builds one message, of Binding unless `method` says otherwise. Callers hold the limits of `stun-attributes.ts`; a message above MAX_STUN_BYTES would be a
 * mistake of theirs and throws a RangeError. `integrity` and `fingerprint` come last, in this order.
 */
export class StunBuilder {
  private readonly bytes = new Uint8Array(MAX_STUN_BYTES);
  private end = STUN_HEADER_BYTES;

  /** `transactionId` is copied: 12 bytes, random for a request, the request's own for a response. */
  constructor(
    messageClass: StunClass,
    private readonly transactionId: Uint8Array,
    method: StunMethod = StunMethod.Binding,
  ) {
    // Of the methods up to 0x00f no bit lies beyond the class bits (§5, figure 3).
    const type = method | messageClass;
    this.bytes[0] = type >>> 8;
    this.bytes[1] = type;
    writeU32(this.bytes, 4, STUN_MAGIC_COOKIE);
    this.bytes.set(transactionId.subarray(0, TRANSACTION_ID_BYTES), 8);
  }

  attribute(type: number, value: Uint8Array): this {
    const at = this.end;
    this.bytes[at] = type >>> 8;
    this.bytes[at + 1] = type;
    this.bytes[at + 2] = value.length >>> 8;
    this.bytes[at + 3] = value.length;
    this.bytes.set(value, at + 4);
    this.end = at + 4 + ((value.length + 3) & ~3);
    return this;
  }

  username(username: string): this {
    return this.attribute(StunAttribute.Username, utf8Encode(username));
  }

  software(name: string): this {
    return this.attribute(StunAttribute.Software, utf8Encode(name));
  }

  priority(priority: number): this {
    return this.attribute(StunAttribute.Priority, u32(priority));
  }

  useCandidate(): this {
    return this.attribute(StunAttribute.UseCandidate, new Uint8Array(0));
  }

  u32(type: number, value: number): this {
    return this.attribute(type, u32(value));
  }

  text(type: number, value: string): this {
    return this.attribute(type, utf8Encode(value));
  }

  /** XOR-MAPPED-ADDRESS and its kin. Left out when `from.address` is no IP address. */
  xorAddress(type: number, from: TransportAddress): this {
    const value = encodeXorAddress(from, this.transactionId);
    return value === null ? this : this.attribute(type, value);
  }

  /** Left out when `from.address` is no IP address. */
  xorMappedAddress(from: TransportAddress): this {
    return this.xorAddress(StunAttribute.XorMappedAddress, from);
  }

  /** MAPPED-ADDRESS, OTHER-ADDRESS, RESPONSE-ORIGIN. Left out when `from.address` is no IP address. */
  plainAddress(type: number, from: TransportAddress): this {
    const value = encodeAddress(from);
    return value === null ? this : this.attribute(type, value);
  }

  /** Without a reason phrase: an answer should not be much larger than what it answers. */
  errorCode(code: number): this {
    const rest = code % 100;
    return this.attribute(StunAttribute.ErrorCode, Uint8Array.of(0, 0, (code - rest) / 100, rest));
  }

  unknownAttributes(types: readonly number[]): this {
    const count = Math.min(types.length, MAX_ATTRIBUTES);
    const value = new Uint8Array(2 * count);
    for (let i = 0; i < count; i++) {
      value[2 * i] = types[i]! >>> 8;
      value[2 * i + 1] = types[i]!;
    }
    return this.attribute(StunAttribute.UnknownAttributes, value);
  }

  integrity(key: Uint8Array): this {
    const value = integrityOf(this.bytes, this.end, key);
    return this.attribute(StunAttribute.MessageIntegrity, value.subarray(0, MESSAGE_INTEGRITY_BYTES));
  }

  fingerprint(): this {
    writeAttributesLength(this.bytes, this.end + 8);
    return this.attribute(StunAttribute.Fingerprint, u32(fingerprintOf(this.bytes, this.end)));
  }

  /** The finished message, a copy that is the caller's. */
  finish(): Uint8Array {
    writeAttributesLength(this.bytes, this.end);
    return this.bytes.slice(0, this.end);
  }
}

/** A Binding request without credentials, as sent to STUN servers. */
export function buildBindingRequest(transactionId: Uint8Array): Uint8Array {
  return new StunBuilder(StunClass.Request, transactionId).fingerprint().finish();
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, value);
  return bytes;
}

function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}
