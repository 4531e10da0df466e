import { concatBytes } from '../bytes/concat';
import { utf8Encode } from '../bytes/utf8';
import {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  aeadOpen,
  aeadSeal,
} from '../crypto/chacha20-poly1305';
import { hkdfSha256 } from '../crypto/hkdf';
import type { FillRandom } from '../port/port';
import type { PeerTicket } from './types';

/**
 * What goes through the rendezvous, so that the broker sees sizes and topics only:
 *
 *   envelope = version (1 byte, 1) | salt (16) | ChaCha20-Poly1305(message) with its tag (16)
 *
 * Key and nonce come from HKDF over the direction's key with the salt, so each envelope has a key of its own and neither
 * end has to remember a counter. Version and salt are the associated data.
 */
const VERSION = 1;
const SALT_BYTES = 16;
const HEADER_BYTES = 1 + SALT_BYTES;
/** Far above an offer with all its candidates, far below what a broker may refuse. */
const MAX_ENVELOPE_BYTES = 8192;
const KEY_BYTES = 32;

/** The longest message that fits into an envelope. */
export const MAX_ENVELOPE_PLAINTEXT_BYTES = MAX_ENVELOPE_BYTES - HEADER_BYTES - AEAD_TAG_BYTES;

const ENVELOPE_LABEL = utf8Encode('iotp2p 1 envelope');

/** One key for each direction, so that a message cannot be sent back to its sender. Each 32 bytes. */
export interface SignalingKeys {
  toCamera: Uint8Array;
  toViewer: Uint8Array;
  presence: Uint8Array;
}

export function signalingKeys(ticket: Pick<PeerTicket, 'peerName' | 'secret'>): SignalingKeys {
  const derive = (label: string): Uint8Array =>
    hkdfSha256(ticket.peerName, ticket.secret, utf8Encode(`iotp2p 1 ${label}`), KEY_BYTES);
  return { toCamera: derive('to-camera'), toViewer: derive('to-viewer'), presence: derive('presence') };
}

/** Overwrites the keys, once nothing is to be sealed or opened with them any more. */
export function eraseSignalingKeys(keys: SignalingKeys): void {
  keys.toCamera.fill(0);
  keys.toViewer.fill(0);
  keys.presence.fill(0);
}

/** `plaintext` has at most MAX_ENVELOPE_PLAINTEXT_BYTES; the receiver drops a longer one. The result is the caller's. */
export function sealEnvelope(key: Uint8Array, plaintext: Uint8Array, fillRandom: FillRandom): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header[0] = VERSION;
  fillRandom(header.subarray(1));
  const material = messageKey(key, header);
  const sealed = aeadSeal(
    material.subarray(0, AEAD_KEY_BYTES),
    material.subarray(AEAD_KEY_BYTES),
    header,
    plaintext,
  );
  return concatBytes(header, sealed);
}

/** The plain text, the caller's; null for everything that was not sealed with this key. */
export function openEnvelope(key: Uint8Array, payload: Uint8Array): Uint8Array | null {
  const size = payload.length;
  if (size < HEADER_BYTES + AEAD_TAG_BYTES || size > MAX_ENVELOPE_BYTES || payload[0] !== VERSION)
    return null;
  const header = payload.subarray(0, HEADER_BYTES);
  const material = messageKey(key, header);
  return aeadOpen(
    material.subarray(0, AEAD_KEY_BYTES),
    material.subarray(AEAD_KEY_BYTES),
    header,
    payload.subarray(HEADER_BYTES),
  );
}

/** What tells one envelope from all others: a view of its salt. Only of an envelope that `openEnvelope` has opened. */
export function envelopeSalt(payload: Uint8Array): Uint8Array {
  return payload.subarray(1, HEADER_BYTES);
}

function messageKey(key: Uint8Array, header: Uint8Array): Uint8Array {
  return hkdfSha256(header.subarray(1), key, ENVELOPE_LABEL, AEAD_KEY_BYTES + AEAD_NONCE_BYTES);
}
