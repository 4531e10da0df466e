/**
 * Poly1305 (RFC 8439 §2.5) on six limbs of 22 bits held in doubles. A product of two limbs and the sum of six of them
 * stay below 2^53, so every step is exact, and a 16-byte block takes 36 multiplications (with 13-bit limbs in 32-bit
 * integers it takes 100, and each of those can overflow into an interpreter's slow path).
 *
 * The limbs stand for 132 bits, and 2^132 = 4 * 2^130 = 20 (mod 2^130 - 5): limbs above the sixth come back times 20.
 */
import { IS_LITTLE_ENDIAN } from './chacha20';
import { littleEndianWord } from './chacha20-block';

const LIMB = 0x400000;
const LIMB_MASK = LIMB - 1;
const LIMB_INVERSE = 1 / LIMB;
/** The bit that Poly1305 sets above each whole block (2^128), in the top limb: 128 - 5 * 22 = 18. */
const BLOCK_BIT = 1 << 18;
/** Top limb of a number below 2^130: 130 - 5 * 22 = 20 bits. */
const TOP = 0x100000;
/** Adding and subtracting it rounds a double to a multiple of 2^22: at 1.5 * 2^74, doubles are 2^22 apart. */
const ROUNDER = 1.5 * 0x10000000000000 * LIMB;

// One computation at a time for the module, and none outlives the call of the function that started it.
const r = new Float64Array(6);
const h = new Float64Array(6);
const s = new Float64Array(4);
const lastBlock = new Uint8Array(16);

/** Starts a computation with the one-time key in the first eight words of `oneTimeKey`. */
export function poly1305Start(oneTimeKey: Int32Array): void {
  // RFC 8439 §2.5.1: r is clamped.
  const k0 = oneTimeKey[0]! & 0x0fffffff;
  const k1 = oneTimeKey[1]! & 0x0ffffffc;
  const k2 = oneTimeKey[2]! & 0x0ffffffc;
  const k3 = oneTimeKey[3]! & 0x0ffffffc;
  r[0] = k0 & LIMB_MASK;
  r[1] = ((k0 >>> 22) | (k1 << 10)) & LIMB_MASK;
  r[2] = ((k1 >>> 12) | (k2 << 20)) & LIMB_MASK;
  r[3] = (k2 >>> 2) & LIMB_MASK;
  r[4] = ((k2 >>> 24) | (k3 << 8)) & LIMB_MASK;
  r[5] = k3 >>> 14;
  for (let i = 0; i < 4; i++) s[i] = oneTimeKey[4 + i]! >>> 0;
  h.fill(0);
}

/**
 * Takes bytes[start, end) in, zero-padded to a multiple of 16 as the AEAD construction wants it (RFC 8439 §2.8).
 * `words` is `wordsBehind(bytes)`; it is used when `start` is 4-byte aligned in the ArrayBuffer.
 */
export function poly1305Absorb(
  bytes: Uint8Array,
  words: Int32Array,
  start: number,
  end: number,
  blockBit = BLOCK_BIT,
): void {
  // What the loop stores to comes first: V8 has shorter instructions for a function's first 16 variables.
  // Limbs are signed: rounding to nearest leaves them in [-2^21, 2^21]. Only h0 may reach 2^30, by what wraps around; it
  // meets no factor of 20 in a product, so the sums stay below 2^52.
  let h0 = h[0]!;
  let h1 = h[1]!;
  let h2 = h[2]!;
  let h3 = h[3]!;
  let h4 = h[4]!;
  let h5 = h[5]!;
  let d1: number;
  let d2: number;
  let d3: number;
  let d4: number;
  let d5: number;
  let carry: number;
  let t0: number;
  let t1: number;
  let t2: number;
  let t3: number;
  const r0 = r[0]!;
  const r1 = r[1]!;
  const r2 = r[2]!;
  const r3 = r[3]!;
  const r4 = r[4]!;
  const r5 = r[5]!;
  const q1 = r1 * 20;
  const q2 = r2 * 20;
  const q3 = r3 * 20;
  const q4 = r4 * 20;
  const q5 = r5 * 20;
  const startInBuffer = bytes.byteOffset + start;
  const isAligned = IS_LITTLE_ENDIAN && startInBuffer % 4 === 0;
  let word = startInBuffer >> 2;
  for (let at = start; at < end; at += 16) {
    if (at + 16 > end) {
      lastBlock.fill(0);
      for (let i = at; i < end; i++) lastBlock[i - at] = bytes[i]!;
      t0 = littleEndianWord(lastBlock, 0);
      t1 = littleEndianWord(lastBlock, 4);
      t2 = littleEndianWord(lastBlock, 8);
      t3 = littleEndianWord(lastBlock, 12);
    } else if (isAligned) {
      t0 = words[word]!;
      t1 = words[word + 1]!;
      t2 = words[word + 2]!;
      t3 = words[word + 3]!;
      word += 4;
    } else {
      t0 = littleEndianWord(bytes, at);
      t1 = littleEndianWord(bytes, at + 4);
      t2 = littleEndianWord(bytes, at + 8);
      t3 = littleEndianWord(bytes, at + 12);
    }
    h0 += t0 & LIMB_MASK;
    h1 += ((t0 >>> 22) | (t1 << 10)) & LIMB_MASK;
    h2 += ((t1 >>> 12) | (t2 << 20)) & LIMB_MASK;
    h3 += (t2 >>> 2) & LIMB_MASK;
    h4 += ((t2 >>> 24) | (t3 << 8)) & LIMB_MASK;
    h5 += (t3 >>> 14) | blockBit;

    const d0 = h0 * r0 + h1 * q5 + h2 * q4 + h3 * q3 + h4 * q2 + h5 * q1;
    d1 = h0 * r1 + h1 * r0 + h2 * q5 + h3 * q4 + h4 * q3 + h5 * q2;
    d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * q5 + h4 * q4 + h5 * q3;
    d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * q5 + h5 * q4;
    d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0 + h5 * q5;
    d5 = h0 * r5 + h1 * r4 + h2 * r3 + h3 * r2 + h4 * r1 + h5 * r0;

    // `carry` is the part of a limb that belongs to the next one, still scaled by 2^22.
    carry = d0 + ROUNDER - ROUNDER;
    h0 = d0 - carry;
    d1 += carry * LIMB_INVERSE;
    carry = d1 + ROUNDER - ROUNDER;
    h1 = d1 - carry;
    d2 += carry * LIMB_INVERSE;
    carry = d2 + ROUNDER - ROUNDER;
    h2 = d2 - carry;
    d3 += carry * LIMB_INVERSE;
    carry = d3 + ROUNDER - ROUNDER;
    h3 = d3 - carry;
    d4 += carry * LIMB_INVERSE;
    carry = d4 + ROUNDER - ROUNDER;
    h4 = d4 - carry;
    d5 += carry * LIMB_INVERSE;
    carry = d5 + ROUNDER - ROUNDER;
    h5 = d5 - carry;
    h0 += carry * (20 * LIMB_INVERSE);
  }
  h[0] = h0;
  h[1] = h1;
  h[2] = h2;
  h[3] = h3;
  h[4] = h4;
  h[5] = h5;
}

/** Writes the 16-byte tag to tag[offset] and forgets the key. */
export function poly1305Finish(tag: Uint8Array, offset: number): void {
  // To 0 <= h < 2^130 in two passes. Before, |h| < 2^132; what is above 2^130 or below 0 comes back as at most 3 * 5 in
  // the lowest limb, so the first pass ends within 15 of the range, and the second one inside it.
  for (let pass = 0; pass < 2; pass++) {
    let carry = 0;
    for (let i = 0; i < 5; i++) {
      const limb = h[i]! + carry;
      carry = Math.floor(limb * LIMB_INVERSE);
      h[i] = limb - carry * LIMB;
    }
    const top = h[5]! + carry;
    carry = Math.floor(top / TOP);
    h[5] = top - carry * TOP;
    h[0] = h[0]! + carry * 5;
  }
  // h >= 2^130 - 5 exactly when h + 5 reaches 2^130; then h + 5 - 2^130 is the residue. Selected without a branch.
  let carry = 5;
  for (let i = 0; i < 5; i++) carry = Math.floor((h[i]! + carry) * LIMB_INVERSE);
  const isAbove = Math.floor((h[5]! + carry) / TOP);
  carry = 5 * isAbove;
  for (let i = 0; i < 6; i++) {
    const limb = h[i]! + carry;
    carry = Math.floor(limb * LIMB_INVERSE);
    h[i] = limb - carry * LIMB;
  }
  const h0 = h[0]!;
  const h1 = h[1]!;
  const h2 = h[2]!;
  const h3 = h[3]!;
  const h4 = h[4]!;
  const h5 = h[5]!;
  // Back to four words (what lies above 2^128 falls off), plus s modulo 2^128.
  let sum = ((h0 | (h1 << 22)) >>> 0) + s[0]!;
  putWord(tag, offset, sum);
  sum = (((h1 >>> 10) | (h2 << 12)) >>> 0) + s[1]! + Math.floor(sum / 0x100000000);
  putWord(tag, offset + 4, sum);
  sum = (((h2 >>> 20) | (h3 << 2) | (h4 << 24)) >>> 0) + s[2]! + Math.floor(sum / 0x100000000);
  putWord(tag, offset + 8, sum);
  sum = (((h4 >>> 8) | (h5 << 14)) >>> 0) + s[3]! + Math.floor(sum / 0x100000000);
  putWord(tag, offset + 12, sum);
  r.fill(0);
  s.fill(0);
  h.fill(0);
}

function putWord(bytes: Uint8Array, offset: number, word: number): void {
  bytes[offset] = word;
  bytes[offset + 1] = word >>> 8;
  bytes[offset + 2] = word >>> 16;
  bytes[offset + 3] = word >>> 24;
}
