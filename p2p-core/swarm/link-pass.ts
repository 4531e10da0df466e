import { fromBase64Url } from '../bytes/base64url';
import { concatBytes, constantTimeEqual } from '../bytes/concat';
import { ByteReader } from '../bytes/reader';
import { utf8Encode } from '../bytes/utf8';
import { ByteWriter } from '../bytes/writer';
import { hmacSha256 } from '../crypto/hmac';
import type { PeerId } from './tracker-types';

/**
 * With a pass a child shows its parent that the tracker sent it: the parent need not ask.
 *
 *   pass = expiry 4, seconds since 1970 of the tracker's clock | MAC 16
 *   MAC  = HMAC-SHA256(the parent's link key, "iotp2p 1 pass" | child 9 | mask 1 | expiry)[0..16)
 */
const LABEL = utf8Encode('iotp2p 1 pass');
const MAC_BYTES = 16;

/** The 20 bytes are the caller's. `mask` 0: for repairs only. */
export function makePass(linkKey: Uint8Array, child: PeerId, mask: number, expiryS: number): Uint8Array {
  const expiry = new ByteWriter(4).u32(expiryS).finish();
  return concatBytes(expiry, macOf(linkKey, child, mask, expiry));
}

/** `trackerNowMs`: now, on the tracker's clock (`welcome.nowMs` and what has passed since). */
export function isPassValid(
  linkKey: Uint8Array,
  child: PeerId,
  mask: number,
  pass: Uint8Array,
  trackerNowMs: number,
): boolean {
  const reader = new ByteReader(pass);
  const isInTime = reader.u32() * 1000 >= trackerNowMs;
  const mac = reader.bytes(MAC_BYTES);
  if (reader.failed || reader.remaining > 0 || !isInTime) return false;
  return constantTimeEqual(mac, macOf(linkKey, child, mask, pass.subarray(0, 4)));
}

function macOf(linkKey: Uint8Array, child: PeerId, mask: number, expiry: Uint8Array): Uint8Array {
  const text = concatBytes(LABEL, fromBase64Url(child) || new Uint8Array(0), Uint8Array.of(mask), expiry);
  return hmacSha256(linkKey, text).subarray(0, MAC_BYTES);
}
