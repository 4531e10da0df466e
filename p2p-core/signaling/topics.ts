import { toBase64Url } from '../bytes/base64url';
import { concatBytes } from '../bytes/concat';
import { toHex } from '../bytes/hex';
import { utf8Encode } from '../bytes/utf8';
import { sha256 } from '../crypto/sha256';

/**
 * Everything lies under `iotp2p/1/` (1 is the protocol version), so that a broker can confine us with one rule. Inboxes of
 * cameras and viewers look alike. Nobody finds an inbox without knowing its name: ours use no wildcards and a broker
 * should refuse them.
 */
const ROOT = 'iotp2p/1/';
const NAME_BYTES = 16;
const INBOX = /^iotp2p\/1\/[0-9a-f]{32}$/;
const CAMERA_LABEL = utf8Encode('iotp2p 1 camera inbox');

/** The inbox of a camera: a hash, so that the topic does not tell the peer name. */
export function cameraTopic(peerName: Uint8Array): string {
  return ROOT + toHex(sha256(concatBytes(CAMERA_LABEL, peerName)).subarray(0, NAME_BYTES));
}

/** Where the camera's retained presence is. */
export function presenceTopic(peerName: Uint8Array): string {
  return `${cameraTopic(peerName)}/presence`;
}

/** The inbox of one call of a viewer. `token` is 16 random bytes. */
export function viewerTopic(token: Uint8Array): string {
  return ROOT + toHex(token);
}

/** The inbox of a viewer of a shared stream, which hears from its tracker four times a second: as short as can be. */
export function streamInboxTopic(inbox: Uint8Array): string {
  return ROOT + toBase64Url(inbox);
}

/** Whether a peer may name this as the topic for our replies: an inbox and nothing else on the broker. */
export function isInboxTopic(topic: string): boolean {
  return INBOX.test(topic);
}
