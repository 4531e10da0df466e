import { chacha20Block, keystream } from './chacha20-block';

/** Whether a word of a typed array has its least significant byte first, as ChaCha20 and Poly1305 read their input. */
export const IS_LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

/**
 * The whole ArrayBuffer behind `bytes` as 32-bit words, for code that works word by word on its aligned parts.
 * Only useful where `IS_LITTLE_ENDIAN`.
 */
export function wordsBehind(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
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
  let counter = 1;
  let at = start;
  const startInBuffer = bytes.byteOffset + start;
  if (IS_LITTLE_ENDIAN && startInBuffer % 4 === 0) {
    const stream = keystream;
    let word = startInBuffer >> 2;
    for (; at + 64 <= end; at += 64) {
      chacha20Block(key, counter++, nonce0, nonce1, nonce2);
      words[word] = words[word]! ^ stream[0]!;
      words[word + 1] = words[word + 1]! ^ stream[1]!;
      words[word + 2] = words[word + 2]! ^ stream[2]!;
      words[word + 3] = words[word + 3]! ^ stream[3]!;
      words[word + 4] = words[word + 4]! ^ stream[4]!;
      words[word + 5] = words[word + 5]! ^ stream[5]!;
      words[word + 6] = words[word + 6]! ^ stream[6]!;
      words[word + 7] = words[word + 7]! ^ stream[7]!;
      words[word + 8] = words[word + 8]! ^ stream[8]!;
      words[word + 9] = words[word + 9]! ^ stream[9]!;
      words[word + 10] = words[word + 10]! ^ stream[10]!;
      words[word + 11] = words[word + 11]! ^ stream[11]!;
      words[word + 12] = words[word + 12]! ^ stream[12]!;
      words[word + 13] = words[word + 13]! ^ stream[13]!;
      words[word + 14] = words[word + 14]! ^ stream[14]!;
      words[word + 15] = words[word + 15]! ^ stream[15]!;
      word += 16;
    }
  }
  for (; at < end; at += 64) {
    chacha20Block(key, counter++, nonce0, nonce1, nonce2);
    const count = end - at < 64 ? end - at : 64;
    for (let i = 0; i < count; i++) {
      bytes[at + i] = bytes[at + i]! ^ (keystream[i >> 2]! >>> ((i & 3) << 3));
    }
  }
}
