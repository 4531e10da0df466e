import { fromBase64Url } from '../bytes/base64url';
import { ByteReader } from '../bytes/reader';
import { utf8Encode } from '../bytes/utf8';
import { sha256 } from '../crypto/sha256';

/**
 * The right to join one stream until a time, made by the app's server for one viewer (devkit/tracker/token.ts):
 *
 *   token  = base64url(expiry 4, seconds since 1970 | account 8 | MAC 16)
 *   MAC    = HMAC-SHA256(tracker secret, "iotp2p 1 stream" | stream id 16 | expiry | account)[0..16)
 *   stream id = SHA-256(lower-case host[:port] | path)[0..16) of the stream's URL, without its query
 *
 * The MAC is a secret between holder and tracker: both derive the keys of their channel from it. The account tells the
 * tracker who is independent of whom; a server gives each of its users another one.
 */
export interface StreamToken {
  /** Seconds since 1970, of the tracker's clock. */
  expiryS: number;
  /** 8 bytes. */
  account: Uint8Array;
  /** 16 bytes, secret. */
  mac: Uint8Array;
}

export const STREAM_ID_BYTES = 16;
export const ACCOUNT_BYTES = 8;
export const TOKEN_MAC_BYTES = 16;
const TOKEN_CHARS = 38;
const STREAM_URL = /^https?:\/\/([^/?#@]+)(\/[^?#]*)?(?:[?#]|$)/i;

/** Null when it is no token. Whether its MAC is true, the tracker tells. */
export function parseStreamToken(text: string): StreamToken | null {
  const bytes = typeof text === 'string' && text.length === TOKEN_CHARS ? fromBase64Url(text) : null;
  if (bytes === null) return null;
  const reader = new ByteReader(bytes);
  return {
    expiryS: reader.u32(),
    account: reader.bytes(ACCOUNT_BYTES),
    mac: reader.bytes(TOKEN_MAC_BYTES),
  };
}

/**
 * 16 bytes; null when `url` is no http(s) URL without a user name. Scheme and query do not count: they differ between
 * viewers of one stream.
 */
export function streamIdOf(url: string): Uint8Array | null {
  const match = STREAM_URL.exec(url);
  if (match === null) return null;
  const host = match[1]!.toLowerCase();
  return sha256(utf8Encode(host + (match[2]! || '/'))).slice(0, STREAM_ID_BYTES);
}
