/** The block iteration that SHA-1 and SHA-256 share: 64-byte blocks, big-endian words, length in bits at the end. */

const BLOCK_BYTES = 64;

/** Mixes one block of 16 words into `state`, in place. */
export type Compress = (state: Int32Array, words: Int32Array) => void;

// Scratch of a leaf function that never yields: two hashes cannot be under way at once.
const blockWords = new Int32Array(16);
const tail = new Uint8Array(2 * BLOCK_BYTES);

/** Mixes the whole blocks of `message` into `state`. Returns how many bytes these are. */
export function mixBlocks(state: Int32Array, message: Uint8Array, compress: Compress): number {
  const wholeBytes = message.length - (message.length % BLOCK_BYTES);
  for (let offset = 0; offset < wholeBytes; offset += BLOCK_BYTES) {
    loadWords(message, offset);
    compress(state, blockWords);
  }
  return wholeBytes;
}

/** FIPS 180-4 §5.1.1 padding and §6 iteration. `state` starts as the initial hash value and ends as the hash. */
export function hashBlocks(state: Int32Array, message: Uint8Array, compress: Compress): void {
  const wholeBytes = mixBlocks(state, message, compress);
  const leftBytes = message.length - wholeBytes;
  tail.fill(0);
  tail.set(message.subarray(wholeBytes));
  tail[leftBytes] = 0x80;
  // The 0x80 byte and the 8-byte length need a second block when fewer than 9 bytes are free.
  const tailBytes = leftBytes + 9 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
  putWord(tail, tailBytes - 8, Math.floor(message.length / 0x20000000));
  putWord(tail, tailBytes - 4, message.length << 3);
  for (let offset = 0; offset < tailBytes; offset += BLOCK_BYTES) {
    loadWords(tail, offset);
    compress(state, blockWords);
  }
  // What was hashed may have been a key.
  tail.fill(0);
  blockWords.fill(0);
}

/** The words of a hash state as big-endian bytes. */
export function wordsToBytes(words: Int32Array): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  for (let i = 0; i < words.length; i++) putWord(bytes, 4 * i, words[i]!);
  return bytes;
}

function putWord(bytes: Uint8Array, offset: number, word: number): void {
  bytes[offset] = word >>> 24;
  bytes[offset + 1] = word >>> 16;
  bytes[offset + 2] = word >>> 8;
  bytes[offset + 3] = word;
}

function loadWords(bytes: Uint8Array, offset: number): void {
  for (let i = 0; i < 16; i++) {
    blockWords[i] =
      (bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
    offset += 4;
  }
}
