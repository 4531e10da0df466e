import { concatBytes } from '../bytes/concat';
import { utf8Encode } from '../bytes/utf8';
import { aeadOpen, aeadSeal } from './chacha20-poly1305';
import { hkdfSha256 } from './hkdf';
import { sha256 } from './sha256';

const HASH_BYTES = 32;
const NONCE_BYTES = 12;
const EMPTY = new Uint8Array(0);

/** Noise SymmetricState over ChaChaPoly and SHA256 (rev 34 §5.2), with its one CipherState (§5.1) inside. */
export class NoiseSymmetricState {
  private chainingKey: Uint8Array;
  private hash: Uint8Array;
  private key: Uint8Array | null = null;
  /** Messages sealed or opened with `key`; a handshake has a handful, so 32 bits are plenty. */
  private nonce = 0;

  constructor(protocolName: string) {
    const name = utf8Encode(protocolName);
    this.hash =
      name.length <= HASH_BYTES ? concatBytes(name, new Uint8Array(HASH_BYTES - name.length)) : sha256(name);
    this.chainingKey = this.hash.slice();
  }

  /** h: binds everything both sides saw. A copy, the caller's. */
  handshakeHash(): Uint8Array {
    return this.hash.slice();
  }

  mixHash(data: Uint8Array): void {
    this.hash = sha256(concatBytes(this.hash, data));
  }

  mixKey(inputKeyMaterial: Uint8Array): void {
    // Noise's HKDF (§4.3) is RFC 5869 with the chaining key as salt and no info.
    const keys = hkdfSha256(this.chainingKey, inputKeyMaterial, EMPTY, 2 * HASH_BYTES);
    this.setChainingKey(keys);
    this.setKey(keys.slice(HASH_BYTES));
    keys.fill(0);
  }

  mixKeyAndHash(inputKeyMaterial: Uint8Array): void {
    const keys = hkdfSha256(this.chainingKey, inputKeyMaterial, EMPTY, 3 * HASH_BYTES);
    this.setChainingKey(keys);
    this.mixHash(keys.subarray(HASH_BYTES, 2 * HASH_BYTES));
    this.setKey(keys.slice(2 * HASH_BYTES));
    keys.fill(0);
  }

  /** Seals a payload (or passes it on while there is no key yet) and binds what goes out. */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const sealed = this.key === null ? plaintext : aeadSeal(this.key, this.takeNonce(), this.hash, plaintext);
    this.mixHash(sealed);
    return sealed;
  }

  /** Null when the payload is not authentic. */
  decryptAndHash(sealed: Uint8Array): Uint8Array | null {
    const plaintext =
      this.key === null ? sealed.slice() : aeadOpen(this.key, this.takeNonce(), this.hash, sealed);
    if (plaintext !== null) this.mixHash(sealed);
    return plaintext;
  }

  /** The initiator's sending key, then the responder's. */
  split(): [Uint8Array, Uint8Array] {
    const keys = hkdfSha256(this.chainingKey, EMPTY, EMPTY, 2 * HASH_BYTES);
    const pair: [Uint8Array, Uint8Array] = [keys.slice(0, HASH_BYTES), keys.slice(HASH_BYTES)];
    keys.fill(0);
    return pair;
  }

  /** Overwrites the secrets. */
  erase(): void {
    this.chainingKey.fill(0);
    if (this.key !== null) this.key.fill(0);
  }

  private setChainingKey(keys: Uint8Array): void {
    this.chainingKey.fill(0);
    this.chainingKey = keys.slice(0, HASH_BYTES);
  }

  private setKey(key: Uint8Array): void {
    if (this.key !== null) this.key.fill(0);
    this.key = key;
    this.nonce = 0;
  }

  /** Four zero bytes, then the count as 64 bits little endian (§12.3). */
  private takeNonce(): Uint8Array {
    const nonce = new Uint8Array(NONCE_BYTES);
    nonce[4] = this.nonce;
    nonce[5] = this.nonce >>> 8;
    nonce[6] = this.nonce >>> 16;
    nonce[7] = this.nonce >>> 24;
    this.nonce++;
    return nonce;
  }
}
