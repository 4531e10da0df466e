import { latin1Encode } from './field-syntax';
import type { Outbox } from './outbox';

const CRLF = latin1Encode('\r\n');
const LAST_CHUNK = latin1Encode('0\r\n\r\n');

/** Writes `bytes` as one chunk (RFC 9112 §7.1). An empty chunk would end the body, so nothing is written for it. */
export function writeChunk(outbox: Outbox, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  outbox.write(latin1Encode(`${bytes.length.toString(16)}\r\n`));
  outbox.write(bytes);
  outbox.write(CRLF);
}

/** Ends a chunked body, without trailer fields. */
export function writeLastChunk(outbox: Outbox): void {
  outbox.write(LAST_CHUNK);
}
