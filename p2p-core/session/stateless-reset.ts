/**
 * How a camera that lost its memory tells a viewer so: a stateless reset, after RFC 9000 §10.3.
 *
 *   reset = 0x82 | camera's connection id (3) | packet number (4) | proof (16)          24 bytes
 *   proof = first 16 bytes of HMAC-SHA-256(token, header (8) | tag (16) of the packet that is answered)
 *   token = first 16 bytes of HMAC-SHA-256(reset key, camera's connection id (3))
 *
 * The camera can make the reset key again from what survives a restart; the viewer was given its token in the handshake.
 * QUIC sends the token itself. Here connection ids have 24 bits only, so a stranger could ask a camera for the tokens of
 * many ids and keep them for sessions to come: a proof is of no use but against the very packet that it answers.
 */
import { concatBytes, constantTimeEqual } from '../bytes/concat';
import { utf8Encode } from '../bytes/utf8';
import { hkdfSha256 } from '../crypto/hkdf';
import { hmacSha256 } from '../crypto/hmac';
import { HEADER_BYTES, TAG_BYTES } from '../transport/constants';
import { isPacket, packetNumberOf } from '../transport/packet-codec';

export const RESET_TOKEN_BYTES = 16;
/** Less than any packet, so that a reset is never larger than what it answers and never answers a reset (§10.3.3). */
export const RESET_BYTES = HEADER_BYTES + RESET_TOKEN_BYTES;
const RESET_FIRST_BYTE = 0x82;
const KEY_BYTES = 32;
const NO_SALT = new Uint8Array(0);
const RESET_LABEL = utf8Encode('iot-p2p/1 reset');

/** A flood of packets for unknown sessions is answered this often only. */
const RESETS_PER_SECOND = 16;
const RESET_BURST = 16;

/** What a viewer keeps of each packet: header and tag. */
const NOTE_BYTES = HEADER_BYTES + TAG_BYTES;
/** Packets that may be answered: more than a viewer sends in a long round trip. */
const NOTED_PACKETS = 256;

/**
 * 32 bytes, the caller's, the same after every restart of the camera. With a static key no viewer can make it; without
 * one, those who have the secret can.
 */
export function resetKeyOf(secret: Uint8Array, staticPrivateKey: Uint8Array | null): Uint8Array {
  const material = staticPrivateKey === null ? secret.slice() : concatBytes(secret, staticPrivateKey);
  const key = hkdfSha256(NO_SALT, material, RESET_LABEL, KEY_BYTES);
  material.fill(0);
  return key;
}

/** Whether a datagram is in the form of a reset; for sorting only, nothing is verified. */
export function isReset(datagram: Uint8Array): boolean {
  return datagram.length === RESET_BYTES && datagram[0] === RESET_FIRST_BYTE;
}

/** The camera's side. */
export class ResetSender {
  private allowance = RESET_BURST;
  private refilledMs: number;

  /** `key` belongs to the sender from now on. */
  constructor(
    private readonly key: Uint8Array,
    nowMs: number,
  ) {
    this.refilledMs = nowMs;
  }

  /** What a viewer is told in the handshake of the session with this id; the caller's. */
  tokenFor(connectionId: number): Uint8Array {
    return this.tokenOf(Uint8Array.of(connectionId >>> 16, connectionId >>> 8, connectionId));
  }

  /** The reset that answers a packet of a session nobody knows, the caller's; null when it deserves none. */
  answer(packet: Uint8Array, nowMs: number): Uint8Array | null {
    if (!isPacket(packet) || !this.isAllowed(nowMs)) return null;
    const token = this.tokenOf(packet.subarray(1, 4));
    const note = concatBytes(packet.subarray(0, HEADER_BYTES), packet.subarray(packet.length - TAG_BYTES));
    const reset = new Uint8Array(RESET_BYTES);
    reset.set(packet.subarray(0, HEADER_BYTES));
    reset[0] = RESET_FIRST_BYTE;
    reset.set(proofOf(token, note), HEADER_BYTES);
    return reset;
  }

  erase(): void {
    this.key.fill(0);
  }

  private tokenOf(connectionId: Uint8Array): Uint8Array {
    return hmacSha256(this.key, connectionId).slice(0, RESET_TOKEN_BYTES);
  }

  private isAllowed(nowMs: number): boolean {
    const earned = ((nowMs - this.refilledMs) * RESETS_PER_SECOND) / 1000;
    this.allowance = Math.min(RESET_BURST, this.allowance + earned);
    this.refilledMs = nowMs;
    if (this.allowance < 1) return false;
    this.allowance--;
    return true;
  }
}

/** The viewer's side of one session: remembers what it sent lately and knows a proof for it. */
export class ResetVerifier {
  private readonly notes = new Uint8Array(NOTED_PACKETS * NOTE_BYTES);

  /** `token` belongs to the verifier from now on. */
  constructor(private readonly token: Uint8Array) {}

  /** To be told every packet that is sent, sealed. */
  onSent(packet: Uint8Array): void {
    const { notes } = this;
    const at = noteAt(packetNumberOf(packet));
    for (let i = 0; i < HEADER_BYTES; i++) notes[at + i] = packet[i]!;
    const tagAt = packet.length - TAG_BYTES;
    for (let i = 0; i < TAG_BYTES; i++) notes[at + HEADER_BYTES + i] = packet[tagAt + i]!;
  }

  /** Whether the camera answers one of these packets so. */
  isGenuine(reset: Uint8Array): boolean {
    if (!isReset(reset)) return false;
    const at = noteAt(packetNumberOf(reset));
    const note = this.notes.subarray(at, at + NOTE_BYTES);
    if (note[0] === 0) return false; // no packet was noted there yet
    for (let i = 1; i < HEADER_BYTES; i++) if (note[i] !== reset[i]) return false;
    return constantTimeEqual(proofOf(this.token, note), reset.subarray(HEADER_BYTES));
  }

  erase(): void {
    this.token.fill(0);
  }
}

function noteAt(packetNumber: number): number {
  return (packetNumber % NOTED_PACKETS) * NOTE_BYTES;
}

function proofOf(token: Uint8Array, note: Uint8Array): Uint8Array {
  return hmacSha256(token, note).slice(0, RESET_TOKEN_BYTES);
}
