import { fromBase64Url, toBase64Url } from '../bytes/base64url';
import { concatBytes, constantTimeEqual } from '../bytes/concat';
import { ByteReader } from '../bytes/reader';
import { utf8Encode } from '../bytes/utf8';
import { ByteWriter } from '../bytes/writer';
import { hkdfSha256 } from '../crypto/hkdf';
import { hmacSha256 } from '../crypto/hmac';
import { sha256 } from '../crypto/sha256';
import type { FillRandom } from '../port/port';
import { openEnvelope, sealEnvelope } from '../signaling/envelope';
import { viewerTopic } from '../signaling/topics';
import type { StreamToken } from './stream-token';
import { decodeTrackerMessage, ROOTS_KIND } from './tracker-messages';
import type { PeerId, SegmentRoot } from './tracker-types';

/**
 * How messages of the tracker travel on the broker, which sees neither addresses nor tickets:
 *
 *   request = version 1 (1) | stream id 16 | expiry 4 | account 8 | envelope(to-tracker, stamp 6 | inbox 9 | message)
 *   answer  = envelope(to-viewer, stamp 6 | message)
 *   roots   = message `roots` | HMAC-SHA256(roots key, inbox | message `roots`)[0..8)
 *
 * Requests go to the topic of the stream's shard, answers and roots to the inbox of the viewer. The clear header of a request
 * is the token's, from which the tracker computes the token's MAC and so the keys; a header that was bent gives other keys.
 * A stamp is the sender's wall clock in ms, made to grow: what is not above the last one was played again.
 *
 * Roots come four times a second for as long as somebody watches, so they are as short as they can be: they are no secret,
 * and played again they say nothing new. One publication for all viewers would need a signature, since a key that all of
 * them share would let each of them forge roots; the signature alone is four times as long as all of this, and a phone
 * without a JIT takes a hundred times as long to verify it. An inbox is as long as the name that it gives its viewer.
 */
const VERSION = 1;
export const INBOX_BYTES = 9;
const ROOTS_MAC_BYTES = 8;
const STAMP_BYTES = 6;
const PEER_BYTES = 9;
const TWO_POW_32 = 0x100000000;
const KEY_BYTES = 32;
/** How far a viewer's clock may be from the tracker's before it is told the time. */
export const STAMP_TOLERANCE_MS = 5 * 60_000;

const TRACKER_LABEL = utf8Encode('iotp2p 1 tracker');
const PEER_LABEL = utf8Encode('iotp2p 1 peer');

export interface ChannelKeys {
  toTracker: Uint8Array;
  toViewer: Uint8Array;
  /** The tracker vouches for roots with it. */
  roots: Uint8Array;
}

export function channelKeys(streamId: Uint8Array, tokenMac: Uint8Array): ChannelKeys {
  const derive = (label: string): Uint8Array =>
    hkdfSha256(streamId, tokenMac, utf8Encode(`iotp2p 1 ${label}`), KEY_BYTES);
  return { toTracker: derive('to-tracker'), toViewer: derive('from-tracker'), roots: derive('roots') };
}

/** Where the tracker of a stream listens. `shardCount`: over how many topics an installation spreads its streams. */
export function trackerTopic(streamId: Uint8Array, shardCount: number): string {
  return shardTopic(((streamId[0]! << 8) | streamId[1]!) % shardCount);
}

export function shardTopic(shard: number): string {
  return viewerTopic(sha256(concatBytes(TRACKER_LABEL, Uint8Array.of(shard >> 8, shard))).subarray(0, 16));
}

/** The id under which others know the viewer with this inbox; it does not tell the inbox. */
export function peerIdOf(inbox: Uint8Array): PeerId {
  return toBase64Url(sha256(concatBytes(PEER_LABEL, inbox)).subarray(0, PEER_BYTES));
}

/** Whether a text is the id of a peer. */
export function isPeerId(text: string): boolean {
  const bytes = fromBase64Url(text);
  return bytes !== null && bytes.length === PEER_BYTES;
}

export function sealRequest(
  streamId: Uint8Array,
  token: StreamToken,
  keys: ChannelKeys,
  request: { stampMs: number; inbox: Uint8Array; message: Uint8Array },
  fillRandom: FillRandom,
): Uint8Array {
  const header = new ByteWriter().u8(VERSION).bytes(streamId).u32(token.expiryS).bytes(token.account);
  const plain = concatBytes(stampBytes(request.stampMs), request.inbox, request.message);
  return header.bytes(sealEnvelope(keys.toTracker, plain, fillRandom)).finish();
}

export function sealAnswer(
  keys: ChannelKeys,
  stampMs: number,
  message: Uint8Array,
  fillRandom: FillRandom,
): Uint8Array {
  return sealEnvelope(keys.toViewer, concatBytes(stampBytes(stampMs), message), fillRandom);
}

/** Null for what was not sealed for this viewer. `message` is a view of new bytes. */
export function openAnswer(
  keys: ChannelKeys,
  payload: Uint8Array,
): { stampMs: number; message: Uint8Array } | null {
  const plain = openEnvelope(keys.toViewer, payload);
  if (plain === null || plain.length <= STAMP_BYTES) return null;
  return { stampMs: readStamp(new ByteReader(plain)), message: plain.subarray(STAMP_BYTES) };
}

/** `message`: of kind `roots`. `mac`: what `rootsMac` gives, or more of it. */
export const joinRoots = (message: Uint8Array, mac: Uint8Array): Uint8Array =>
  concatBytes(message, mac.subarray(0, ROOTS_MAC_BYTES));

/** 32 bytes, of which the first 8 go with the message. */
export const rootsMac = (rootsKey: Uint8Array, inbox: Uint8Array, message: Uint8Array): Uint8Array =>
  hmacSha256(rootsKey, concatBytes(inbox, message));

/** Whether something in an inbox is roots: an answer begins with the version of its envelope. */
export const isRoots = (payload: Uint8Array): boolean => payload[0] === ROOTS_KIND;

/** Null unless the tracker said it to this inbox. */
export function openRoots(keys: ChannelKeys, inbox: Uint8Array, payload: Uint8Array): SegmentRoot[] | null {
  const end = payload.length - ROOTS_MAC_BYTES;
  if (end < 2) return null;
  const bytes = payload.subarray(0, end);
  // The cheap half first.
  const message = decodeTrackerMessage(bytes);
  if (message === null || message.kind !== 'roots') return null;
  const mac = rootsMac(keys.roots, inbox, bytes).subarray(0, ROOTS_MAC_BYTES);
  return constantTimeEqual(mac, payload.subarray(end)) ? message.roots : null;
}

function stampBytes(ms: number): Uint8Array {
  return new ByteWriter(STAMP_BYTES)
    .u16(Math.floor(ms / TWO_POW_32))
    .u32(ms % TWO_POW_32)
    .finish();
}

export const readStamp = (from: ByteReader): number => from.u16() * TWO_POW_32 + from.u32();
