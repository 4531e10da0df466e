const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

/**
 * MD5 (RFC 1321), for one thing only: the key that TURN derives from a password (RFC 8489 §9.2.2). It protects nothing
 * here beyond what that key protects. The 16-byte result is the caller's.
 */
export function md5(message: Uint8Array): Uint8Array {
  const blockCount = ((message.length + 8) >>> 6) + 1;
  const words = new Int32Array(16 * blockCount);
  for (let i = 0; i < message.length; i++) words[i >> 2]! |= message[i]! << (8 * (i & 3));
  words[message.length >> 2]! |= 0x80 << (8 * (message.length & 3));
  words[words.length - 2] = 8 * message.length;
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
  for (let block = 0; block < words.length; block += 16) mixBlock(state, words, block);
  words.fill(0); // what was hashed holds a password
  const digest = new Uint8Array(16);
  for (let i = 0; i < 16; i++) digest[i] = state[i >> 2]! >>> (8 * (i & 3));
  return digest;
}

function mixBlock(state: Int32Array, words: Int32Array, block: number): void {
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    let mixed: number;
    let word: number;
    if (round === 0) [mixed, word] = [(b & c) | (~b & d), step];
    else if (round === 1) [mixed, word] = [(d & b) | (~d & c), 5 * step + 1];
    else if (round === 2) [mixed, word] = [b ^ c ^ d, 3 * step + 5];
    else [mixed, word] = [c ^ (b | ~d), 7 * step];
    // RFC 1321 §3.4: the table is 2^32 times the sine of 1, 2, 3 …
    const constant = Math.floor(Math.abs(Math.sin(step + 1)) * 0x100000000);
    const sum = (a + mixed + constant + words[block + (word & 15)]!) | 0;
    const shift = SHIFTS[4 * round + (step & 3)]!;
    [a, d, c] = [d, c, b];
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
}
