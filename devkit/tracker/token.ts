import { createHmac } from 'node:crypto';
import { ACCOUNT_BYTES, streamIdOf, TOKEN_MAC_BYTES } from '../../p2p-core/swarm/stream-token';

const LABEL = 'iotp2p 1 stream';
/** A secret that can be guessed lets everybody join every stream. */
const MIN_SECRET_BYTES = 16;

/** The 16 bytes that make a token true (p2p-core/swarm/stream-token.ts). */
export function tokenMac(
  secret: Uint8Array,
  streamId: Uint8Array,
  expiryS: number,
  account: Uint8Array,
): Uint8Array {
  const expiry = Buffer.alloc(4);
  expiry.writeUInt32BE(expiryS);
  const mac = createHmac('sha256', secret).update(LABEL).update(streamId).update(expiry).update(account);
  return new Uint8Array(mac.digest().subarray(0, TOKEN_MAC_BYTES));
}

/**
 * What an app's server gives one of its users to share the stream at `url`. `account`: 8 bytes, the same for one user, others
 * for others. Throws a RangeError for a URL, secret or account that cannot be one.
 */
export function makeStreamToken(
  secret: Uint8Array,
  url: string,
  options: { expiryS: number; account: Uint8Array },
): string {
  const streamId = streamIdOf(url);
  if (streamId === null) throw new RangeError('the URL must be http:// or https://, without a user name');
  if (secret.length < MIN_SECRET_BYTES)
    throw new RangeError(`the secret must have ${MIN_SECRET_BYTES} bytes or more`);
  const { expiryS, account } = options;
  if (account.length !== ACCOUNT_BYTES) throw new RangeError(`an account has ${ACCOUNT_BYTES} bytes`);
  const expiry = Buffer.alloc(4);
  expiry.writeUInt32BE(expiryS);
  return Buffer.concat([expiry, account, tokenMac(secret, streamId, expiryS, account)]).toString('base64url');
}
