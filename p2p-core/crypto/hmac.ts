import { concatBytes } from '../bytes/concat';
import { sha256 } from './sha256';

/** Block size of SHA-1 and of SHA-256. */
const BLOCK_BYTES = 64;

/** HMAC (RFC 2104 §2) over a hash with 64-byte blocks. The result is the caller's. */
export function hmac(
  hash: (message: Uint8Array) => Uint8Array,
  key: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  const blockKey = key.length > BLOCK_BYTES ? hash(key) : key;
  const innerPad = new Uint8Array(BLOCK_BYTES).fill(0x36);
  const outerPad = new Uint8Array(BLOCK_BYTES).fill(0x5c);
  for (let i = 0; i < blockKey.length; i++) {
    innerPad[i]! ^= blockKey[i]!;
    outerPad[i]! ^= blockKey[i]!;
  }
  return hash(concatBytes(outerPad, hash(concatBytes(innerPad, data))));
}

/** HMAC-SHA-256 (RFC 2104, RFC 4231). 32 bytes, the caller's. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(sha256, key, data);
}
