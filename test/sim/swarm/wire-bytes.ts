import { ACCOUNT_BYTES, STREAM_ID_BYTES } from '../../../p2p-core/swarm/stream-token';
import { INBOX_BYTES } from '../../../p2p-core/swarm/tracker-sealing';

/** "iotp2p/1/" and the base64url of an inbox, or the hexadecimal of the hash that names a shard. */
const INBOX_CHARS = 9 + (4 * INBOX_BYTES) / 3;
const SHARD_CHARS = 9 + 32;
/** Version, salt and tag, and the stamp within. */
const ENVELOPE_BYTES = 33 + 6;
const REQUEST_HEADER_BYTES = 1 + STREAM_ID_BYTES + 4 + ACCOUNT_BYTES;
const ROOTS_MAC_BYTES = 8;

/**
 * A PUBLISH of QoS 0 (MQTT 3.1.1 §3.3) in a WebSocket frame (RFC 6455 §5.2), of which clients mask theirs. What TLS, TCP and
 * IP put around it depends on what else goes with it, and is not counted.
 */
function publishBytes(topicChars: number, payloadBytes: number, isMasked: boolean): number {
  const remaining = 2 + topicChars + payloadBytes;
  const packet = 1 + (remaining < 128 ? 1 : 2) + remaining;
  return packet + (packet < 126 ? 2 : 4) + (isMasked ? 4 : 0);
}

/** What a message of this many bytes is between viewer and broker. */
export const requestBytes = (message: number): number =>
  publishBytes(SHARD_CHARS, REQUEST_HEADER_BYTES + ENVELOPE_BYTES + INBOX_BYTES + message, true);
export const answerBytes = (message: number): number =>
  publishBytes(INBOX_CHARS, ENVELOPE_BYTES + message, false);
export const rootsBytes = (message: number): number =>
  publishBytes(INBOX_CHARS, message + ROOTS_MAC_BYTES, false);
