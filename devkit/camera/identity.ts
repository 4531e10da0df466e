import { randomFillSync } from 'node:crypto';
import fs from 'node:fs';
import { fromBase64Url, toBase64Url } from '../../p2p-core/bytes/base64url';
import { generateKeyPair } from '../../p2p-core/crypto/noise';
import type { KeyPair } from '../../p2p-core/crypto/noise';
import { x25519PublicKey } from '../../p2p-core/crypto/x25519';
import type { TurnServer } from '../../p2p-core/path/types';
import type { PeerTicket } from '../../p2p-core/signaling/types';

/** Who a camera is. A secret: whoever has it can view the camera and pass for it. */
export interface CameraIdentity {
  /** 16 bytes. */
  peerName: Uint8Array;
  /** 32 bytes. */
  secret: Uint8Array;
  keyPair: KeyPair;
}

const PEER_NAME_BYTES = 16;
const SECRET_BYTES = 32;
const PRIVATE_KEY_BYTES = 32;
/** Behind `%` of the xp2pInfo. */
const DEVICE_VERSION = '2.4.0';

export function newIdentity(): CameraIdentity {
  return {
    peerName: randomFillSync(new Uint8Array(PEER_NAME_BYTES)),
    secret: randomFillSync(new Uint8Array(SECRET_BYTES)),
    keyPair: generateKeyPair((bytes) => randomFillSync(bytes)),
  };
}

/** What viewers of this camera need; pins its public key. */
export function ticketOf(
  identity: CameraIdentity,
  servers: { signalingUrl: string; stunServers: string[]; turnServers?: TurnServer[] },
): PeerTicket {
  return {
    peerName: identity.peerName,
    secret: identity.secret,
    staticKey: identity.keyPair.publicKey,
    signalingUrl: servers.signalingUrl,
    stunServers: servers.stunServers,
    turnServers: servers.turnServers ?? [],
    deviceVersion: DEVICE_VERSION,
  };
}

/**
 * The identity kept in `file`, made and written at the first call. The file is readable by its owner only; one that others
 * can read, or that holds something else, is refused with an Error.
 */
export function loadOrCreateIdentity(file: string): CameraIdentity {
  let text: string;
  try {
    const mode = fs.statSync(file).mode;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Error(`${file} holds the camera's secret but others may read it: chmod 600 ${file}`);
    }
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const identity = newIdentity();
    // 'wx': never over a file that appeared meanwhile.
    fs.writeFileSync(file, serialize(identity), { mode: 0o600, flag: 'wx' });
    return identity;
  }
  const identity = parse(text);
  if (identity === null) throw new Error(`${file} is not a camera's identity; delete it to get a new one`);
  return identity;
}

/**
 * Puts another identity in place of the one in `file`: what was made with the old one opens nothing any more. Refused with
 * an Error where the file holds no identity, or others may read it.
 */
export function rotateIdentity(file: string): CameraIdentity {
  fs.accessSync(file);
  loadOrCreateIdentity(file);
  const identity = newIdentity();
  const draft = `${file}.new`;
  fs.writeFileSync(draft, serialize(identity), { mode: 0o600, flag: 'wx' });
  // One step: a crash leaves the old identity or the new one, never half of one.
  fs.renameSync(draft, file);
  return identity;
}

function serialize({ peerName, secret, keyPair }: CameraIdentity): string {
  const fields = {
    peerName: toBase64Url(peerName),
    secret: toBase64Url(secret),
    privateKey: toBase64Url(keyPair.privateKey),
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

function parse(text: string): CameraIdentity | null {
  let fields: Record<string, unknown>;
  try {
    fields = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return null;
  }
  const bytes = (name: string, byteCount: number): Uint8Array | null => {
    const value = fields[name];
    const decoded = typeof value === 'string' ? fromBase64Url(value) : null;
    return decoded?.length === byteCount ? decoded : null;
  };
  const peerName = bytes('peerName', PEER_NAME_BYTES);
  const secret = bytes('secret', SECRET_BYTES);
  const privateKey = bytes('privateKey', PRIVATE_KEY_BYTES);
  if (!peerName || !secret || !privateKey) return null;
  return { peerName, secret, keyPair: { privateKey, publicKey: x25519PublicKey(privateKey) } };
}
