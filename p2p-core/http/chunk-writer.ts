import { concatBytes } from '../bytes/concat';
import { latin1Encode } from './field-syntax';
import type { Outbox } from './outbox';

const CRLF = latin1Encode('\r\n');
const LAST_CHUNK = latin1Encode('0\r\n\r\n');

/**
 * Writes `bytes` as one chunk (RFC 9112 §7.1), with its extension. An empty chunk would end the body, so nothing is written
 * for it.
 */
export function writeChunk(outbox: Outbox, bytes: Uint8Array, extension = ''): void {
  if (bytes.length === 0) return;
  // In one write: each write is sent at once, and the frame around a picture would leave in packets of its own, which
  // the other side acknowledges each.
  const size = bytes.length.toString(16);
  const line = extension === '' ? size : `${size};${extension}`;
  outbox.write(concatBytes(latin1Encode(`${line}\r\n`), bytes, CRLF));
}

/** Ends a chunked body, without trailer fields. */
export function writeLastChunk(outbox: Outbox): void {
  outbox.write(LAST_CHUNK);
}
