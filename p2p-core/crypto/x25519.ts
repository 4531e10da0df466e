/** X25519 (RFC 7748 §5): Diffie-Hellman on Curve25519, with no branch and no index that depends on a secret. */
import { ErrCode, P2PError } from '../errors';
import type { FieldElement } from './field25519';
import {
  add,
  EXPONENTS,
  LIMB_COUNT,
  multiply,
  multiplySmall,
  powerOfTwo,
  reduce,
  square,
  subtract,
} from './field25519';

export const X25519_KEY_BYTES = 32;

/** (486662 - 2) / 4, of the curve's equation. */
const A24 = 121665;
const BASE_POINT = Uint8Array.of(9, ...new Uint8Array(X25519_KEY_BYTES - 1));

/** The public key of a private key (any 32 random bytes). The result is the caller's. */
export function x25519PublicKey(privateKey: Uint8Array): Uint8Array {
  return scalarMultiply(privateKey, BASE_POINT);
}

/**
 * The 32-byte shared secret, the caller's. Null when it is all zero: then `publicKey` is a point of low order, and the
 * secret would not depend on `privateKey` (RFC 7748 §6.1). A key that is not 32 bytes long throws BadArgument.
 */
export function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  const shared = scalarMultiply(privateKey, publicKey);
  let bits = 0;
  for (let i = 0; i < X25519_KEY_BYTES; i++) bits |= shared[i]!;
  return bits === 0 ? null : shared;
}

/** The Montgomery ladder, with the names of RFC 7748 §5. */
function scalarMultiply(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  if (scalar.length !== X25519_KEY_BYTES || point.length !== X25519_KEY_BYTES) {
    throw new P2PError(
      ErrCode.BadArgument,
      `X25519 keys have ${X25519_KEY_BYTES} bytes, got ${scalar.length} and ${point.length}`,
    );
  }
  const k = scalar.slice();
  k[0] = k[0]! & 248;
  k[31] = (k[31]! & 127) | 64;

  const x1 = decode(point);
  const x2 = element(1);
  const z2 = element(0);
  const x3 = x1.slice();
  const z3 = element(1);
  const a = element(0);
  const aa = element(0);
  const b = element(0);
  const bb = element(0);
  const e = element(0);
  const c = element(0);
  const d = element(0);
  let swapped = 0;
  for (let t = 254; t >= 0; t--) {
    const bit = (k[t >> 3]! >> (t & 7)) & 1;
    swapIf(swapped ^ bit, x2, x3);
    swapIf(swapped ^ bit, z2, z3);
    swapped = bit;
    add(a, x2, z2);
    square(aa, a);
    subtract(b, x2, z2);
    square(bb, b);
    subtract(e, aa, bb);
    add(c, x3, z3);
    subtract(d, x3, z3);
    multiply(d, d, a);
    multiply(c, c, b);
    add(x3, d, c);
    square(x3, x3);
    subtract(z3, d, c);
    square(z3, z3);
    multiply(z3, z3, x1);
    multiply(x2, aa, bb);
    multiplySmall(z2, e, A24);
    add(z2, z2, aa);
    multiply(z2, z2, e);
  }
  k.fill(0);
  swapIf(swapped, x2, x3);
  swapIf(swapped, z2, z3);
  invert(z2, z2);
  multiply(x2, x2, z2);
  return encode(x2);
}

function element(value: number): FieldElement {
  const limbs = new Float64Array(LIMB_COUNT);
  limbs[0] = value;
  return limbs;
}

/** Exchanges `a` and `b` when `condition` is 1, does nothing when it is 0, with the same operations. */
function swapIf(condition: number, a: FieldElement, b: FieldElement): void {
  for (let i = 0; i < LIMB_COUNT; i++) {
    const difference = condition * (a[i]! - b[i]!);
    a[i] = a[i]! - difference;
    b[i] = b[i]! + difference;
  }
}

/** out = a^(2^255 - 21) = 1/a (Fermat), 0 for 0. Names: tN is a^(2^N - 1). */
function invert(out: FieldElement, a: FieldElement): void {
  const a2 = element(0);
  const a9 = element(0);
  const a11 = element(0);
  const t5 = element(0);
  const t10 = element(0);
  const t20 = element(0);
  const t50 = element(0);
  const t100 = element(0);
  const work = element(0);
  square(a2, a);
  squareTimes(a9, a2, 2);
  multiply(a9, a9, a);
  multiply(a11, a9, a2);
  square(t5, a11);
  multiply(t5, t5, a9);
  squareTimes(t10, t5, 5);
  multiply(t10, t10, t5);
  squareTimes(t20, t10, 10);
  multiply(t20, t20, t10);
  squareTimes(work, t20, 20);
  multiply(work, work, t20);
  squareTimes(t50, work, 10);
  multiply(t50, t50, t10);
  squareTimes(t100, t50, 50);
  multiply(t100, t100, t50);
  squareTimes(work, t100, 100);
  multiply(work, work, t100);
  squareTimes(work, work, 50);
  multiply(work, work, t50);
  squareTimes(work, work, 5);
  multiply(out, work, a11);
}

/** out = a^(2^count). */
function squareTimes(out: FieldElement, a: FieldElement, count: number): void {
  square(out, a);
  for (let i = 1; i < count; i++) square(out, out);
}

/** RFC 7748 §5 decodeUCoordinate: little endian, the top bit ignored, values from 2^255 - 19 on allowed. */
function decode(bytes: Uint8Array): FieldElement {
  const limbs = element(0);
  for (let i = 0; i < LIMB_COUNT; i++) {
    const bit = EXPONENTS[i]!;
    const at = bit >> 3;
    // A limb has at most 22 bits, which starting anywhere in a byte lie within four bytes.
    const window = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | ((bytes[at + 3] ?? 0) << 24);
    const size = EXPONENTS[i + 1]! - bit;
    limbs[i] = ((window >>> (bit & 7)) & ((1 << size) - 1)) * powerOfTwo(bit);
  }
  reduce(limbs);
  return limbs;
}

/** The one representative in [0, 2^255 - 19), little endian. `a` is reduced, so its value is within ±2^255. */
function encode(a: FieldElement): Uint8Array {
  const limbs = element(0);
  for (let i = 0; i < LIMB_COUNT; i++) limbs[i] = a[i]! * powerOfTwo(-EXPONENTS[i]!);
  // Two passes reach [0, 2^255): the first leaves at most 19 too much or too little, which the second settles.
  for (let pass = 0; pass < 2; pass++) {
    const top = carryFrom(limbs, 0);
    limbs[0] = limbs[0]! + 19 * top;
  }
  // The value is at or above 2^255 - 19 exactly when 19 more reach 2^255; what is then above 2^255 is dropped.
  const probe = limbs.slice();
  const isAbove = carryFrom(probe, 19);
  carryFrom(limbs, 19 * isAbove);

  const bytes = new Uint8Array(X25519_KEY_BYTES);
  for (let i = 0; i < LIMB_COUNT; i++) {
    const bit = EXPONENTS[i]!;
    const at = bit >> 3;
    const window = limbs[i]! << (bit & 7);
    bytes[at] = bytes[at]! | window;
    bytes[at + 1] = bytes[at + 1]! | (window >>> 8);
    bytes[at + 2] = bytes[at + 2]! | (window >>> 16);
    // Written beyond the end for the last limb only, where a typed array ignores it.
    bytes[at + 3] = (bytes[at + 3] ?? 0) | (window >>> 24);
  }
  return bytes;
}

/** Adds `carry` at the bottom, brings each limb to [0, its radix) and returns what is left above the last one. */
function carryFrom(limbs: FieldElement, carry: number): number {
  for (let i = 0; i < LIMB_COUNT; i++) {
    const radix = 1 << (EXPONENTS[i + 1]! - EXPONENTS[i]!);
    const limb = limbs[i]! + carry;
    carry = Math.floor(limb / radix);
    limbs[i] = limb - carry * radix;
  }
  return carry;
}
