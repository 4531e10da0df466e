/**
 * Packet keys that are replaced while a session lives: key updates as RFC 9001 §6, each direction by itself.
 *
 * ChaCha20-Poly1305 would not need them: no session can reach the limit of RFC 9001 §6.6 on what one key may seal, since
 * packet numbers end before. They bound what a stolen key opens: the packets of its own generation and later ones, never
 * earlier ones, because the old key is overwritten and the derivation has no way back.
 */
import { utf8Encode } from '../bytes/utf8';
import { ChaChaPolyOpener, ChaChaPolySealer } from '../crypto/chacha20-poly1305';
import { hkdfSha256 } from '../crypto/hkdf';
import { ErrCode, P2PError } from '../errors';
import { KEY_PHASE_BIT } from '../transport/packet-codec';
import type { PacketOpener, PacketSealer } from '../transport/types';

const KEY_BYTES = 32;
const KEY_UPDATE_LABEL = utf8Encode('iot-p2p/1 ku');
const NO_SALT = new Uint8Array(0);

/** About 1.2 GB, or an hour and a half of video at 2 Mbit/s. */
export const PACKETS_PER_KEY = 2 ** 20;
/** No sender needs a new key sooner, so an opener does not derive one sooner. */
export const MIN_PACKETS_PER_KEY = 4096;
/** How far a packet under the old key may lag behind the first one under the new key: what the transport remembers. */
export const OLD_KEY_PACKETS = 1024;
/** RFC 9001 §6.6: packets that may fail to authenticate, over all keys of one direction. */
export const MAX_FORGED_PACKETS = 2 ** 36;

/** The key after `key`: 32 bytes, the caller's. */
export function nextPacketKey(key: Uint8Array): Uint8Array {
  return hkdfSha256(NO_SALT, key, KEY_UPDATE_LABEL, KEY_BYTES);
}

export interface SealingOptions {
  /** Packet numbers under one key; default PACKETS_PER_KEY. */
  packetsPerKey?: number;
}

/** Seals with a new key after so many packets, as soon as the peer has shown that it follows (RFC 9001 §6.1). */
export class UpdatingSealer implements PacketSealer {
  private readonly packetsPerKey: number;
  private cipher: ChaChaPolySealer;
  private phase = 0;
  /** The first packet number under the key in use. */
  private firstNumber = 0;
  private lastNumber = -1;
  /** A packet under the key in use was acknowledged. */
  private isConfirmed = false;
  private isErased = false;

  /** `key` is 32 bytes and belongs to the sealer from now on, which overwrites it. */
  constructor(
    private key: Uint8Array,
    options: SealingOptions = {},
  ) {
    this.packetsPerKey = options.packetsPerKey ?? PACKETS_PER_KEY;
    this.cipher = new ChaChaPolySealer(key);
  }

  /** @throws -2501 after `erase`, and for a packet number that is not above all earlier ones: it is the nonce */
  seal(packet: Uint8Array, headerBytes: number, endOffset: number, packetNumber: number): number {
    if (this.isErased || packetNumber <= this.lastNumber) {
      throw new P2PError(
        ErrCode.EncryptFailed,
        `packet number ${packetNumber} must not be used with this key`,
      );
    }
    this.lastNumber = packetNumber;
    if (this.isConfirmed && packetNumber - this.firstNumber >= this.packetsPerKey) this.update(packetNumber);
    packet[0] = packet[0]! | this.phase;
    return this.cipher.seal(packet, headerBytes, endOffset, packetNumber);
  }

  onAcknowledged(packetNumber: number): void {
    if (packetNumber >= this.firstNumber) this.isConfirmed = true;
  }

  /** Overwrites the keys; nothing can be sealed any more. */
  erase(): void {
    this.isErased = true;
    this.cipher.erase();
    this.key.fill(0);
  }

  private update(packetNumber: number): void {
    const next = nextPacketKey(this.key);
    this.cipher.erase();
    this.key.fill(0);
    this.key = next;
    this.cipher = new ChaChaPolySealer(next);
    this.phase ^= KEY_PHASE_BIT;
    this.firstNumber = packetNumber;
    this.isConfirmed = false;
  }
}

export interface OpeningOptions {
  /** Packet numbers that must lie between two updates of the peer; default MIN_PACKETS_PER_KEY. */
  minPacketsPerKey?: number;
  /** Default OLD_KEY_PACKETS; at most `minPacketsPerKey`. */
  oldKeyPackets?: number;
  /** Default MAX_FORGED_PACKETS. */
  maxForgedPackets?: number;
}

/**
 * Follows the sender's key updates. Phase and packet number say which one key a packet can be under (RFC 9001 §6.3), so
 * every packet costs one opening at most, and one derivation a generation, whoever sends it.
 */
export class UpdatingOpener implements PacketOpener {
  private readonly minPacketsPerKey: number;
  private readonly oldKeyPackets: number;
  private readonly maxForgedPackets: number;
  private cipher: ChaChaPolyOpener;
  private phase = 0;
  /** The lowest packet number that was opened with the key in use. */
  private firstNumber = Infinity;
  /** For packets that were overtaken by the first one under the key in use. */
  private oldCipher: ChaChaPolyOpener | null = null;
  /** Derived when a packet seems to need it, and kept until one proves it. */
  private nextKey: Uint8Array | null = null;
  private nextCipher: ChaChaPolyOpener | null = null;
  private forgedPackets = 0;

  /** `key` is 32 bytes and belongs to the opener from now on, which overwrites it. */
  constructor(
    private key: Uint8Array,
    options: OpeningOptions = {},
  ) {
    this.minPacketsPerKey = options.minPacketsPerKey ?? MIN_PACKETS_PER_KEY;
    this.oldKeyPackets = options.oldKeyPackets ?? OLD_KEY_PACKETS;
    this.maxForgedPackets = options.maxForgedPackets ?? MAX_FORGED_PACKETS;
    this.cipher = new ChaChaPolyOpener(key);
  }

  open(packet: Uint8Array, headerBytes: number, endOffset: number, packetNumber: number): number {
    const isOfThisPhase = (packet[0]! & KEY_PHASE_BIT) === this.phase;
    const cipher = isOfThisPhase ? this.cipher : this.otherCipher(packetNumber);
    if (cipher === null || this.forgedPackets >= this.maxForgedPackets) return -1;
    const end = cipher.open(packet, headerBytes, endOffset, packetNumber);
    if (end < 0) {
      this.forgedPackets++;
      return -1;
    }
    if (cipher === this.nextCipher) this.update(packetNumber);
    else if (isOfThisPhase) this.onOpened(packetNumber);
    return end;
  }

  /** Overwrites the keys; nothing is authentic any more. */
  erase(): void {
    this.forgedPackets = this.maxForgedPackets;
    this.cipher.erase();
    this.key.fill(0);
    this.eraseOld();
    this.nextCipher?.erase();
    this.nextKey?.fill(0);
  }

  /** The one key that a packet of the other phase can be under; null when it is none we have or want. */
  private otherCipher(packetNumber: number): ChaChaPolyOpener | null {
    if (packetNumber < this.firstNumber) return this.oldCipher;
    if (packetNumber < this.firstNumber + this.minPacketsPerKey) return null;
    if (this.nextCipher === null) {
      this.nextKey = nextPacketKey(this.key);
      this.nextCipher = new ChaChaPolyOpener(this.nextKey);
    }
    return this.nextCipher;
  }

  private onOpened(packetNumber: number): void {
    if (packetNumber < this.firstNumber) this.firstNumber = packetNumber;
    else if (this.oldCipher !== null && packetNumber - this.firstNumber >= this.oldKeyPackets)
      this.eraseOld();
  }

  /** A packet was authentic under the next key. */
  private update(packetNumber: number): void {
    this.eraseOld();
    this.oldCipher = this.cipher;
    this.key.fill(0);
    this.cipher = this.nextCipher!;
    this.key = this.nextKey!;
    this.nextCipher = null;
    this.nextKey = null;
    this.phase ^= KEY_PHASE_BIT;
    this.firstNumber = packetNumber;
  }

  private eraseOld(): void {
    this.oldCipher?.erase();
    this.oldCipher = null;
  }
}
