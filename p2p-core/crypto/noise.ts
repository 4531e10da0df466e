/** Handshakes of the Noise Protocol Framework, revision 34, with 25519, ChaChaPoly and SHA256. */
import { concatBytes } from '../bytes/concat';
import { ErrCode, P2PError } from '../errors';
import type { FillRandom } from '../port/port';
import type { NoisePattern, NoisePatternName } from './noise-patterns';
import { NOISE_PATTERNS } from './noise-patterns';
import { NoiseSymmetricState } from './noise-symmetric';
import { x25519, X25519_KEY_BYTES, x25519PublicKey } from './x25519';

const PSK_BYTES = 32;

export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A fresh X25519 key pair. Costs one scalar multiplication, so make it ahead where time matters. */
export function generateKeyPair(fillRandom: FillRandom): KeyPair {
  const privateKey = new Uint8Array(X25519_KEY_BYTES);
  fillRandom(privateKey);
  return { privateKey, publicKey: x25519PublicKey(privateKey) };
}

/** Overwrites the private half. */
export function eraseKeyPair(pair: KeyPair): void {
  pair.privateKey.fill(0);
}

function copyKeyPair({ privateKey, publicKey }: KeyPair): KeyPair {
  return { privateKey: privateKey.slice(), publicKey };
}

export type NoiseRole = 'initiator' | 'responder';

export interface NoiseOptions {
  pattern: NoisePatternName;
  role: NoiseRole;
  /** What both sides must agree on beforehand; not secret, not sent. */
  prologue: Uint8Array;
  /** 32 bytes, copied. */
  psk: Uint8Array;
  /** The responder's own key pair, where the pattern has its static key known. */
  localStatic?: KeyPair;
  /** The responder's static public key, at the initiator of such a pattern. */
  remoteStatic?: Uint8Array;
  /** Made ahead, and used for this one handshake only; copied. Default: generated when needed. */
  ephemeral?: KeyPair;
  fillRandom: FillRandom;
}

export interface NoiseKeys {
  /** 32 bytes each: what this side seals with, and what it opens with. */
  sendKey: Uint8Array;
  receiveKey: Uint8Array;
}

/**
 * One side of one handshake (Noise §5.3). The two sides call `writeMessage` and `readMessage` in turns, the initiator
 * writes first; after the last message `split` gives the keys. After any failure the handshake is dead. Its copies of psk and
 * ephemeral key, and what was derived from them, are overwritten by `split`, by a failure and by `erase`.
 */
export class NoiseHandshake {
  private readonly pattern: NoisePattern;
  private readonly isInitiator: boolean;
  private readonly psk: Uint8Array;
  private readonly localStatic: KeyPair | null;
  private readonly remoteStatic: Uint8Array | null;
  private readonly fillRandom: FillRandom;
  private readonly symmetric: NoiseSymmetricState;
  private ephemeral: KeyPair | null;
  private remoteEphemeral: Uint8Array | null = null;
  private messageIndex = 0;
  private isDead = false;

  /** Throws BadArgument when a key that the pattern needs is missing or has the wrong length. */
  constructor(options: NoiseOptions) {
    this.pattern = NOISE_PATTERNS[options.pattern];
    this.isInitiator = options.role === 'initiator';
    this.psk = options.psk.slice();
    this.localStatic = options.localStatic ?? null;
    this.remoteStatic = options.remoteStatic ?? null;
    this.ephemeral = options.ephemeral ? copyKeyPair(options.ephemeral) : null;
    this.fillRandom = options.fillRandom;
    if (this.psk.length !== PSK_BYTES) {
      throw new P2PError(ErrCode.BadArgument, `a psk has ${PSK_BYTES} bytes, got ${this.psk.length}`);
    }
    this.symmetric = new NoiseSymmetricState(`Noise_${options.pattern}_25519_ChaChaPoly_SHA256`);
    this.symmetric.mixHash(options.prologue);
    if (this.pattern.isResponderKnown) {
      const responderKey = this.isInitiator
        ? this.remoteStatic
        : this.localStatic && this.localStatic.publicKey;
      if (responderKey === null || responderKey.length !== X25519_KEY_BYTES) {
        throw new P2PError(ErrCode.BadArgument, `${options.pattern} needs the responder's static key`);
      }
      this.symmetric.mixHash(responderKey);
    }
  }

  /** All messages were written and read. */
  get isComplete(): boolean {
    return !this.isDead && this.messageIndex === this.pattern.messages.length;
  }

  /** Binds everything both sides saw (Noise §11.2): equal on both sides, and not secret. A copy. */
  get handshakeHash(): Uint8Array {
    return this.symmetric.handshakeHash();
  }

  /**
   * The next message with `payload` sealed into it; the caller's. Throws EncryptFailed out of turn, on a dead handshake,
   * and when the remote static key is a point of low order.
   */
  writeMessage(payload: Uint8Array): Uint8Array {
    if (!this.isTurn(true)) throw new P2PError(ErrCode.EncryptFailed, 'it is not our turn in the handshake');
    const parts: Uint8Array[] = [];
    for (const token of this.pattern.messages[this.messageIndex]!) {
      if (token === 'e') {
        if (this.ephemeral === null) this.ephemeral = generateKeyPair(this.fillRandom);
        parts.push(this.ephemeral.publicKey);
        this.mixEphemeral(this.ephemeral.publicKey);
      } else if (token === 'psk') {
        this.symmetric.mixKeyAndHash(this.psk);
      } else if (!this.mixSharedSecret(token)) {
        this.die();
        throw new P2PError(ErrCode.EncryptFailed, 'the remote key of the handshake is not usable');
      }
    }
    parts.push(this.symmetric.encryptAndHash(payload));
    this.messageIndex++;
    return concatBytes(...parts);
  }

  /**
   * The payload of the peer's next message, the caller's. Null when the message is not authentic, too short or out of turn:
   * then the handshake is dead.
   */
  readMessage(message: Uint8Array): Uint8Array | null {
    if (!this.isTurn(false)) return this.die();
    let rest = message;
    for (const token of this.pattern.messages[this.messageIndex]!) {
      if (token === 'e') {
        if (rest.length < X25519_KEY_BYTES) return this.die();
        this.remoteEphemeral = rest.slice(0, X25519_KEY_BYTES);
        rest = rest.subarray(X25519_KEY_BYTES);
        this.mixEphemeral(this.remoteEphemeral);
      } else if (token === 'psk') {
        this.symmetric.mixKeyAndHash(this.psk);
      } else if (!this.mixSharedSecret(token)) {
        return this.die();
      }
    }
    const payload = this.symmetric.decryptAndHash(rest);
    if (payload === null) return this.die();
    this.messageIndex++;
    return payload;
  }

  /** The transport keys; once, after the last message, else throws EncryptFailed. The handshake ends with it. */
  split(): NoiseKeys {
    if (!this.isComplete) throw new P2PError(ErrCode.EncryptFailed, 'the handshake is not complete');
    const [initiatorKey, responderKey] = this.symmetric.split();
    this.die();
    return this.isInitiator
      ? { sendKey: initiatorKey, receiveKey: responderKey }
      : { sendKey: responderKey, receiveKey: initiatorKey };
  }

  /** For a handshake that is given up: overwrites its secrets. It is dead afterwards. */
  erase(): void {
    this.die();
  }

  private isTurn(toWrite: boolean): boolean {
    const isInitiatorsMessage = this.messageIndex % 2 === 0;
    const isInTime = !this.isDead && this.messageIndex < this.pattern.messages.length;
    return isInTime && (isInitiatorsMessage === this.isInitiator) === toWrite;
  }

  /** In patterns with a psk an ephemeral key is mixed into the key as well (§9.2). */
  private mixEphemeral(publicKey: Uint8Array): void {
    this.symmetric.mixHash(publicKey);
    this.symmetric.mixKey(publicKey);
  }

  /** False when the peer's key makes the result independent of ours (low order): no honest peer has such a key. */
  private mixSharedSecret(token: 'ee' | 'es'): boolean {
    const responderLetter = token.charAt(1);
    const ours = !this.isInitiator && responderLetter === 's' ? this.localStatic : this.ephemeral;
    const theirs = this.isInitiator && responderLetter === 's' ? this.remoteStatic : this.remoteEphemeral;
    const secret = ours !== null && theirs !== null ? x25519(ours.privateKey, theirs) : null;
    if (secret === null) return false;
    this.symmetric.mixKey(secret);
    secret.fill(0);
    return true;
  }

  private die(): null {
    this.isDead = true;
    this.psk.fill(0);
    if (this.ephemeral !== null) eraseKeyPair(this.ephemeral);
    this.ephemeral = null;
    this.symmetric.erase();
    return null;
  }
}
