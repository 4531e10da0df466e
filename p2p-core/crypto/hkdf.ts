import { concatBytes } from '../bytes/concat';
import { ErrCode, P2PError } from '../errors';
import { hmacSha256 } from './hmac';

const HASH_BYTES = 32;

/**
 * HKDF-SHA-256, extract and expand (RFC 5869 §2). An empty `salt` means 32 zero bytes, as HMAC pads it so.
 * `length` is in bytes, at most 255 * 32; more throws BadArgument. The result is the caller's.
 */
export function hkdfSha256(salt: Uint8Array, ikm: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (!(length >= 0 && length <= 255 * HASH_BYTES)) {
    throw new P2PError(ErrCode.BadArgument, `HKDF gives 0 to ${255 * HASH_BYTES} bytes, asked for ${length}`);
  }
  const pseudoRandomKey = hmacSha256(salt, ikm);
  const output = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let offset = 0, counter = 1; offset < length; offset += HASH_BYTES, counter++) {
    block = hmacSha256(pseudoRandomKey, concatBytes(block, info, Uint8Array.of(counter)));
    output.set(block.subarray(0, length - offset), offset);
  }
  pseudoRandomKey.fill(0);
  block.fill(0);
  return output;
}
