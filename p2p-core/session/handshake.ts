import { concatBytes } from '../bytes/concat';
import { utf8Encode } from '../bytes/utf8';
import { hkdfSha256 } from '../crypto/hkdf';
import { NoiseHandshake } from '../crypto/noise';
import type { KeyPair } from '../crypto/noise';
import type { FillRandom } from '../port/port';

const PROLOGUE = utf8Encode('iot-p2p/1');
const PSK_LABEL = utf8Encode('iot-p2p/1 psk');

export interface CallHandshakeOptions {
  role: 'initiator' | 'responder';
  /** 32 bytes, of the xp2pInfo; what is derived from it is overwritten with the handshake. */
  secret: Uint8Array;
  /** Binds both messages to this call. */
  callId: Uint8Array;
  /** The camera's pinned key on the viewer's side; null without pinning. */
  remoteStatic: Uint8Array | null;
  /** The camera's own key pair on its side; null without pinning. */
  localStatic: KeyPair | null;
  /** A key pair made ahead, off the critical path: X25519 costs 50 ms without a JIT. Copied; used once. */
  ephemeral: KeyPair | null;
  fillRandom: FillRandom;
}

/**
 * The Noise handshake of one call: NKpsk0 where the xp2pInfo pins the camera's static key, else NNpsk0
 * (Noise rev 34 §7.4, §9.4). Message 1 goes to the camera, message 2 back; then both split into packet keys.
 */
export function createCallHandshake(options: CallHandshakeOptions): NoiseHandshake {
  const isPinned =
    options.role === 'initiator' ? options.remoteStatic !== null : options.localStatic !== null;
  const psk = hkdfSha256(new Uint8Array(0), options.secret, PSK_LABEL, 32);
  const handshake = new NoiseHandshake({
    pattern: isPinned ? 'NKpsk0' : 'NNpsk0',
    role: options.role,
    prologue: concatBytes(PROLOGUE, options.callId),
    psk,
    ...(options.localStatic && options.role === 'responder' ? { localStatic: options.localStatic } : {}),
    ...(options.remoteStatic && options.role === 'initiator' ? { remoteStatic: options.remoteStatic } : {}),
    ...(options.ephemeral ? { ephemeral: options.ephemeral } : {}),
    fillRandom: options.fillRandom,
  });
  psk.fill(0);
  return handshake;
}
