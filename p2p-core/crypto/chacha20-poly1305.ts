/** AEAD_CHACHA20_POLY1305 (RFC 8439 §2.8): in place for packets, and with copies for everything else. */
import { ErrCode, P2PError } from '../errors';
import { chacha20Keystream, chacha20Xor, wordsBehind } from './chacha20';
import { chacha20Key, littleEndianWord } from './chacha20-block';
import { poly1305Absorb, poly1305Finish, poly1305Start } from './poly1305';

export const AEAD_KEY_BYTES = 32;
export const AEAD_NONCE_BYTES = 12;
export const AEAD_TAG_BYTES = 16;

// Scratch of leaf functions that never yield.
const lengths = new Uint8Array(16);
const lengthsWords = wordsBehind(lengths);
const expectedTag = new Uint8Array(AEAD_TAG_BYTES);
/** Longer than any datagram. */
const room = new Uint8Array(2048);
const roomWords = wordsBehind(room);
/** The part of `room` that the last packet took; most have the same length. */
let roomTaken = room;

/** Key of one direction. */
class PacketCipher {
  protected readonly key: Int32Array;

  /** `key` is 32 bytes and is copied; any other length throws BadArgument. */
  constructor(key: Uint8Array) {
    this.key = checkedKey(key);
  }

  /** Overwrites the key, once no packet is to be sealed or opened with it any more. */
  erase(): void {
    this.key.fill(0);
  }
}

/**
 * Seals the packets of one direction (the transport's `PacketSealer`). Nonce: four zero bytes, then the packet number as 64 bits little endian (Noise
 * rev 34 §12.3); associated data: packet[0, headerBytes). A packet number must never be used twice with one key.
 * Fastest when the payload starts on a 4-byte border of its ArrayBuffer.
 */
export class ChaChaPolySealer extends PacketCipher {
  private buffer: ArrayBufferLike | null = null;
  private words: Int32Array = new Int32Array(0);

  seal(packet: Uint8Array, headerBytes: number, endOffset: number, packetNumber: number): number {
    const sealedEnd = endOffset + AEAD_TAG_BYTES;
    if (sealedEnd > packet.length || headerBytes > endOffset) {
      throw new P2PError(
        ErrCode.EncryptFailed,
        `no room for the tag: ${packet.length} bytes, need ${sealedEnd}`,
      );
    }
    const words = this.wordsOf(packet);
    const low = packetNumber | 0;
    const high = Math.floor(packetNumber / 0x100000000);
    chacha20Xor(this.key, 0, low, high, packet, words, headerBytes, endOffset);
    computeTag(
      this.key,
      0,
      low,
      high,
      packet,
      words,
      headerBytes,
      packet,
      words,
      headerBytes,
      endOffset,
      packet,
      endOffset,
    );
    return sealedEnd;
  }

  /** Senders fill one buffer again and again, so the view of the last buffer usually fits. */
  private wordsOf(packet: Uint8Array): Int32Array {
    if (this.buffer !== packet.buffer) {
      this.buffer = packet.buffer;
      this.words = wordsBehind(packet);
    }
    return this.words;
  }
}

/**
 * Opens the packets that a `ChaChaPolySealer` of the same key sealed (the transport's `PacketOpener`). The tag is checked
 * before anything is decrypted: a packet that is not authentic stays as it was.
 */
export class ChaChaPolyOpener extends PacketCipher {
  open(packet: Uint8Array, headerBytes: number, endOffset: number, packetNumber: number): number {
    const plainEnd = endOffset - AEAD_TAG_BYTES;
    if (plainEnd < headerBytes || endOffset > packet.length) return -1;
    // Every datagram comes in a buffer of its own, and a view of its words would be one more object for each. So it is opened
    // where there is such a view already.
    const isLong = packet.length > room.length;
    if (!isLong && roomTaken.length !== packet.length) roomTaken = room.subarray(0, packet.length);
    if (!isLong) roomTaken.set(packet);
    const bytes = isLong ? packet : room;
    const words = isLong ? wordsBehind(packet) : roomWords;
    const low = packetNumber | 0;
    const high = Math.floor(packetNumber / 0x100000000);
    computeTag(
      this.key,
      0,
      low,
      high,
      bytes,
      words,
      headerBytes,
      bytes,
      words,
      headerBytes,
      plainEnd,
      expectedTag,
      0,
    );
    if (!hasTag(bytes, plainEnd)) return -1;
    chacha20Xor(this.key, 0, low, high, bytes, words, headerBytes, plainEnd);
    if (!isLong) packet.set(roomTaken);
    return plainEnd;
  }
}

/**
 * Encrypts `plaintext` and appends the tag. `key` is 32 bytes, `nonce12` is 12 and must never be used twice with one key;
 * other lengths throw BadArgument. The result is the caller's.
 */
export function aeadSeal(
  key: Uint8Array,
  nonce12: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const keyWords = checkedKey(key);
  checkNonce(nonce12);
  const nonce0 = littleEndianWord(nonce12, 0);
  const nonce1 = littleEndianWord(nonce12, 4);
  const nonce2 = littleEndianWord(nonce12, 8);
  const sealed = new Uint8Array(plaintext.length + AEAD_TAG_BYTES);
  const words = wordsBehind(sealed);
  const end = plaintext.length;
  sealed.set(plaintext);
  chacha20Xor(keyWords, nonce0, nonce1, nonce2, sealed, words, 0, end);
  computeTag(
    keyWords,
    nonce0,
    nonce1,
    nonce2,
    aad,
    wordsBehind(aad),
    aad.length,
    sealed,
    words,
    0,
    end,
    sealed,
    end,
  );
  return sealed;
}

/** The inverse of `aeadSeal`: the plain text, the caller's; null when `sealed` is not authentic. */
export function aeadOpen(
  key: Uint8Array,
  nonce12: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | null {
  const keyWords = checkedKey(key);
  checkNonce(nonce12);
  const end = sealed.length - AEAD_TAG_BYTES;
  if (end < 0) return null;
  const nonce0 = littleEndianWord(nonce12, 0);
  const nonce1 = littleEndianWord(nonce12, 4);
  const nonce2 = littleEndianWord(nonce12, 8);
  const words = wordsBehind(sealed);
  computeTag(
    keyWords,
    nonce0,
    nonce1,
    nonce2,
    aad,
    wordsBehind(aad),
    aad.length,
    sealed,
    words,
    0,
    end,
    expectedTag,
    0,
  );
  if (!hasTag(sealed, end)) return null;
  const plaintext = sealed.slice(0, end);
  chacha20Xor(keyWords, nonce0, nonce1, nonce2, plaintext, wordsBehind(plaintext), 0, end);
  return plaintext;
}

/** Tag over aad[0, aadBytes) and cipher[start, end) into tag[tagOffset]; `tag` may be `cipher` itself. */
function computeTag(
  key: Int32Array,
  nonce0: number,
  nonce1: number,
  nonce2: number,
  aad: Uint8Array,
  aadWords: Int32Array,
  aadBytes: number,
  cipher: Uint8Array,
  cipherWords: Int32Array,
  start: number,
  end: number,
  tag: Uint8Array,
  tagOffset: number,
): void {
  poly1305Start(chacha20Keystream(key, 0, nonce0, nonce1, nonce2));
  poly1305Absorb(aad, aadWords, 0, aadBytes);
  poly1305Absorb(cipher, cipherWords, start, end);
  putLength(0, aadBytes);
  putLength(8, end - start);
  poly1305Absorb(lengths, lengthsWords, 0, 16);
  poly1305Finish(tag, tagOffset);
}

/** The low 32 of the 64 bits of a length, little endian; a typed array here is never longer. */
function putLength(offset: number, byteCount: number): void {
  lengths[offset] = byteCount;
  lengths[offset + 1] = byteCount >>> 8;
  lengths[offset + 2] = byteCount >>> 16;
  lengths[offset + 3] = byteCount >>> 24;
}

/** Whether `expectedTag` stands at bytes[offset]; the time does not tell where they differ. */
function hasTag(bytes: Uint8Array, offset: number): boolean {
  let difference = 0;
  for (let i = 0; i < AEAD_TAG_BYTES; i++) difference |= expectedTag[i]! ^ bytes[offset + i]!;
  return difference === 0;
}

function checkedKey(key: Uint8Array): Int32Array {
  if (key.length !== AEAD_KEY_BYTES) {
    throw new P2PError(ErrCode.BadArgument, `a key has ${AEAD_KEY_BYTES} bytes, got ${key.length}`);
  }
  return chacha20Key(key);
}

function checkNonce(nonce: Uint8Array): void {
  if (nonce.length !== AEAD_NONCE_BYTES) {
    throw new P2PError(ErrCode.BadArgument, `a nonce has ${AEAD_NONCE_BYTES} bytes, got ${nonce.length}`);
  }
}
