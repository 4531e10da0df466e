/**
 * The ChaCha20 block function (RFC 8439 §2.3), written for interpreters: without a JIT an array access costs several times
 * an operation on a local variable, so the 16 words of the state live in locals and the double round is written out.
 */

// "expand 32-byte k" as little-endian words.
const SIGMA_0 = 0x61707865;
const SIGMA_1 = 0x3320646e;
const SIGMA_2 = 0x79622d32;
const SIGMA_3 = 0x6b206574;

/** A 32-byte key as the eight words that `chacha20Block` takes. */
export function chacha20Key(key: Uint8Array): Int32Array {
  const words = new Int32Array(8);
  for (let i = 0; i < 8; i++) words[i] = littleEndianWord(key, 4 * i);
  return words;
}

export function littleEndianWord(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24);
}

/**
 * XORs block number `counter` of the key stream of `key` and the nonce (three words) into words[at, at + 16). XOR and
 * not a copy, so that text needs no second pass; into zeros it gives the key stream itself.
 */
export function chacha20XorBlock(
  key: Int32Array,
  counter: number,
  nonce0: number,
  nonce1: number,
  nonce2: number,
  words: Int32Array,
  at: number,
): void {
  // The state comes first: V8 has shorter instructions for storing to a function's first 16 variables, and the rounds do
  // little else.
  let x0 = SIGMA_0;
  let x1 = SIGMA_1;
  let x2 = SIGMA_2;
  let x3 = SIGMA_3;
  let x4 = key[0]!;
  let x5 = key[1]!;
  let x6 = key[2]!;
  let x7 = key[3]!;
  let x8 = key[4]!;
  let x9 = key[5]!;
  let x10 = key[6]!;
  let x11 = key[7]!;
  let x12 = counter;
  let x13 = nonce0;
  let x14 = nonce1;
  let x15 = nonce2;
  let mixed: number;
  for (let i = 0; i < 10; i++) {
    // Column 0, 4, 8, 12.
    x0 = (x0 + x4) | 0;
    mixed = x12 ^ x0;
    x12 = (mixed << 16) | (mixed >>> 16);
    x8 = (x8 + x12) | 0;
    mixed = x4 ^ x8;
    x4 = (mixed << 12) | (mixed >>> 20);
    x0 = (x0 + x4) | 0;
    mixed = x12 ^ x0;
    x12 = (mixed << 8) | (mixed >>> 24);
    x8 = (x8 + x12) | 0;
    mixed = x4 ^ x8;
    x4 = (mixed << 7) | (mixed >>> 25);
    // Column 1, 5, 9, 13.
    x1 = (x1 + x5) | 0;
    mixed = x13 ^ x1;
    x13 = (mixed << 16) | (mixed >>> 16);
    x9 = (x9 + x13) | 0;
    mixed = x5 ^ x9;
    x5 = (mixed << 12) | (mixed >>> 20);
    x1 = (x1 + x5) | 0;
    mixed = x13 ^ x1;
    x13 = (mixed << 8) | (mixed >>> 24);
    x9 = (x9 + x13) | 0;
    mixed = x5 ^ x9;
    x5 = (mixed << 7) | (mixed >>> 25);
    // Column 2, 6, 10, 14.
    x2 = (x2 + x6) | 0;
    mixed = x14 ^ x2;
    x14 = (mixed << 16) | (mixed >>> 16);
    x10 = (x10 + x14) | 0;
    mixed = x6 ^ x10;
    x6 = (mixed << 12) | (mixed >>> 20);
    x2 = (x2 + x6) | 0;
    mixed = x14 ^ x2;
    x14 = (mixed << 8) | (mixed >>> 24);
    x10 = (x10 + x14) | 0;
    mixed = x6 ^ x10;
    x6 = (mixed << 7) | (mixed >>> 25);
    // Column 3, 7, 11, 15.
    x3 = (x3 + x7) | 0;
    mixed = x15 ^ x3;
    x15 = (mixed << 16) | (mixed >>> 16);
    x11 = (x11 + x15) | 0;
    mixed = x7 ^ x11;
    x7 = (mixed << 12) | (mixed >>> 20);
    x3 = (x3 + x7) | 0;
    mixed = x15 ^ x3;
    x15 = (mixed << 8) | (mixed >>> 24);
    x11 = (x11 + x15) | 0;
    mixed = x7 ^ x11;
    x7 = (mixed << 7) | (mixed >>> 25);
    // Diagonal 0, 5, 10, 15.
    x0 = (x0 + x5) | 0;
    mixed = x15 ^ x0;
    x15 = (mixed << 16) | (mixed >>> 16);
    x10 = (x10 + x15) | 0;
    mixed = x5 ^ x10;
    x5 = (mixed << 12) | (mixed >>> 20);
    x0 = (x0 + x5) | 0;
    mixed = x15 ^ x0;
    x15 = (mixed << 8) | (mixed >>> 24);
    x10 = (x10 + x15) | 0;
    mixed = x5 ^ x10;
    x5 = (mixed << 7) | (mixed >>> 25);
    // Diagonal 1, 6, 11, 12.
    x1 = (x1 + x6) | 0;
    mixed = x12 ^ x1;
    x12 = (mixed << 16) | (mixed >>> 16);
    x11 = (x11 + x12) | 0;
    mixed = x6 ^ x11;
    x6 = (mixed << 12) | (mixed >>> 20);
    x1 = (x1 + x6) | 0;
    mixed = x12 ^ x1;
    x12 = (mixed << 8) | (mixed >>> 24);
    x11 = (x11 + x12) | 0;
    mixed = x6 ^ x11;
    x6 = (mixed << 7) | (mixed >>> 25);
    // Diagonal 2, 7, 8, 13.
    x2 = (x2 + x7) | 0;
    mixed = x13 ^ x2;
    x13 = (mixed << 16) | (mixed >>> 16);
    x8 = (x8 + x13) | 0;
    mixed = x7 ^ x8;
    x7 = (mixed << 12) | (mixed >>> 20);
    x2 = (x2 + x7) | 0;
    mixed = x13 ^ x2;
    x13 = (mixed << 8) | (mixed >>> 24);
    x8 = (x8 + x13) | 0;
    mixed = x7 ^ x8;
    x7 = (mixed << 7) | (mixed >>> 25);
    // Diagonal 3, 4, 9, 14.
    x3 = (x3 + x4) | 0;
    mixed = x14 ^ x3;
    x14 = (mixed << 16) | (mixed >>> 16);
    x9 = (x9 + x14) | 0;
    mixed = x4 ^ x9;
    x4 = (mixed << 12) | (mixed >>> 20);
    x3 = (x3 + x4) | 0;
    mixed = x14 ^ x3;
    x14 = (mixed << 8) | (mixed >>> 24);
    x9 = (x9 + x14) | 0;
    mixed = x4 ^ x9;
    x4 = (mixed << 7) | (mixed >>> 25);
  }
  // XOR takes its operands modulo 2^32, so the sums need no wrapping of their own.
  words[at] = words[at]! ^ (x0 + SIGMA_0);
  words[at + 1] = words[at + 1]! ^ (x1 + SIGMA_1);
  words[at + 2] = words[at + 2]! ^ (x2 + SIGMA_2);
  words[at + 3] = words[at + 3]! ^ (x3 + SIGMA_3);
  words[at + 4] = words[at + 4]! ^ (x4 + key[0]!);
  words[at + 5] = words[at + 5]! ^ (x5 + key[1]!);
  words[at + 6] = words[at + 6]! ^ (x6 + key[2]!);
  words[at + 7] = words[at + 7]! ^ (x7 + key[3]!);
  words[at + 8] = words[at + 8]! ^ (x8 + key[4]!);
  words[at + 9] = words[at + 9]! ^ (x9 + key[5]!);
  words[at + 10] = words[at + 10]! ^ (x10 + key[6]!);
  words[at + 11] = words[at + 11]! ^ (x11 + key[7]!);
  words[at + 12] = words[at + 12]! ^ (x12 + counter);
  words[at + 13] = words[at + 13]! ^ (x13 + nonce0);
  words[at + 14] = words[at + 14]! ^ (x14 + nonce1);
  words[at + 15] = words[at + 15]! ^ (x15 + nonce2);
}
