import { hashBlocks, wordsToBytes } from './merkle-damgard';
import { hmac } from './hmac';

const INITIAL = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);

// Message schedule: scratch of a leaf function that never yields.
const schedule = new Int32Array(80);

/** SHA-1 (FIPS 180-4 §6.1), only for what STUN prescribes. The 20-byte result is the caller's. */
export function sha1(message: Uint8Array): Uint8Array {
  const state = INITIAL.slice();
  hashBlocks(state, message, compress);
  return wordsToBytes(state);
}

/** HMAC-SHA-1 (RFC 2104): MESSAGE-INTEGRITY of STUN (RFC 8489 §14.5). 20 bytes, the caller's. */
export function hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(sha1, key, data);
}

function compress(state: Int32Array, words: Int32Array): void {
  const w = schedule;
  w.set(words);
  for (let t = 16; t < 80; t++) {
    const x = w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!;
    w[t] = (x << 1) | (x >>> 31);
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  for (let t = 0; t < 80; t++) {
    let mixed: number;
    if (t < 20) mixed = ((b & c) ^ (~b & d)) + 0x5a827999;
    else if (t < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
    else if (t < 60) mixed = ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdc;
    else mixed = (b ^ c ^ d) + 0xca62c1d6;
    const next = (((a << 5) | (a >>> 27)) + mixed + e + w[t]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  // Typed array stores wrap to 32 bits.
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
  state[4] = state[4]! + e;
}
