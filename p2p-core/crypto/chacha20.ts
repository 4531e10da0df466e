import { chacha20XorBlock } from './chacha20-block';

/** Whether a word of a typed array has its least significant byte first, as ChaCha20 and Poly1305 read their input. */
export const IS_LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

const BLOCK_BYTES = 64;

// One block of key stream: scratch of leaf functions that never yield, used up before the next one is made.
const keystream = new Int32Array(16);

/**
 * The whole ArrayBuffer behind `bytes` as 32-bit words, for code that works word by word on its aligned parts.
 * Only useful where `IS_LITTLE_ENDIAN`.
 */
export function wordsBehind(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
}

/** One block of key stream as 16 words, least significant byte first; overwritten by the next call of this module. */
export function chacha20Keystream(
  key: Int32Array,
  counter: number,
  nonce0: number,
  nonce1: number,
  nonce2: number,
): Int32Array {
  keystream.fill(0);
  chacha20XorBlock(key, counter, nonce0, nonce1, nonce2, keystream, 0);
  return keystream;
}

/**
 * XORs bytes[start, end) with the ChaCha20 key stream from block 1 on, in place (RFC 8439 §2.4; block 0 is the
 * Poly1305 key). `words` is `wordsBehind(bytes)`; it is used when `start` is 4-byte aligned in the ArrayBuffer.
 */
export function chacha20Xor(
  key: Int32Array,
  nonce0: number,
  nonce1: number,
  nonce2: number,
  bytes: Uint8Array,
  words: Int32Array,
  start: number,
  end: number,
): void {
  const startInBuffer = bytes.byteOffset + start;
  const isAligned = IS_LITTLE_ENDIAN && startInBuffer % 4 === 0;
  let word = startInBuffer >> 2;
  let counter = 1;
  let at = start;
  if (isAligned) {
    for (; at + BLOCK_BYTES <= end; word += 16) {
      chacha20XorBlock(key, counter++, nonce0, nonce1, nonce2, words, word);
      at += BLOCK_BYTES;
    }
  }
  for (; at < end; at += BLOCK_BYTES) {
    const stream = chacha20Keystream(key, counter++, nonce0, nonce1, nonce2);
    const count = end - at < BLOCK_BYTES ? end - at : BLOCK_BYTES;
    let i = 0;
    if (isAligned) for (; i + 4 <= count; i += 4) words[word] = words[word++]! ^ stream[i >> 2]!;
    for (; i < count; i++) {
      bytes[at + i] = bytes[at + i]! ^ (stream[i >> 2]! >>> ((i & 3) << 3));
    }
  }
}
