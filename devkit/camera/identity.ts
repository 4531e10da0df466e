import { randomFillSync } from 'node:crypto';
import fs from 'node:fs';
import { fromBase64Url, toBase64Url } from '../../p2p-core/bytes/base64url';
import { generateKeyPair } from '../../p2p-core/crypto/noise';
import type { KeyPair } from '../../p2p-core/crypto/noise';
import { x25519PublicKey } from '../../p2p-core/crypto/x25519';
import type { TurnServer } from '../../p2p-core/path/types';
import type { PeerTicket } from '../../p2p-core/signaling/types';
import { OWNER } from './grants';

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

/** Who a camera is towards the holders of each of its xp2pInfos, by the name of the grant. */
export type Identities = ReadonlyMap<string, CameraIdentity>;

/**
 * The owner's identity kept in `file`, made and written at the first call. The file is readable by its owner only; one that
 * others can read, or that holds something else, is refused with an Error.
 */
export function loadOrCreateIdentity(file: string): CameraIdentity {
  return loadOrCreateIdentities(file, []).get(OWNER)!;
}

/** The same, with an identity for each further grant; one that is not asked for any more stays in the file. */
export function loadOrCreateIdentities(file: string, grantNames: readonly string[]): Identities {
  const found = read(file);
  const identities = new Map(found ?? []);
  for (const name of [OWNER, ...grantNames]) if (!identities.has(name)) identities.set(name, newIdentity());
  // 'wx': never over a file that appeared meanwhile.
  if (found === null) fs.writeFileSync(file, serialize(identities), { mode: 0o600, flag: 'wx' });
  else if (identities.size > found.size) replace(file, identities);
  return identities;
}

/**
 * Puts other identities in place of those in `file`, or of the one of `grantName`: what was made with the old ones opens
 * nothing any more. Refused with an Error where the file holds none, or others may read it.
 */
export function rotateIdentity(file: string, grantName?: string): void {
  fs.accessSync(file);
  const identities = new Map(read(file) ?? []);
  if (grantName !== undefined && !identities.has(grantName)) {
    throw new Error(`${file} knows no ${grantName}, only ${[...identities.keys()].join(', ')}`);
  }
  for (const name of grantName === undefined ? [...identities.keys()] : [grantName]) {
    identities.set(name, newIdentity());
  }
  replace(file, identities);
}

function replace(file: string, identities: Identities): void {
  const draft = `${file}.new`;
  fs.rmSync(draft, { force: true }); // of a crash
  fs.writeFileSync(draft, serialize(identities), { mode: 0o600, flag: 'wx' });
  // One step: a crash leaves the old identities or the new ones, never half of them.
  fs.renameSync(draft, file);
}

/** Null when there is no file. */
function read(file: string): Identities | null {
  let text: string;
  try {
    const mode = fs.statSync(file).mode;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Error(`${file} holds the camera's secret but others may read it: chmod 600 ${file}`);
    }
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
  const identities = parseAll(text);
  if (identities === null) throw new Error(`${file} is not a camera's identity; delete it to get a new one`);
  return identities;
}

/** The owner's fields, and those of the others in `grants`. */
function serialize(identities: Identities): string {
  const fields = ({ peerName, secret, keyPair }: CameraIdentity): object => ({
    peerName: toBase64Url(peerName),
    secret: toBase64Url(secret),
    privateKey: toBase64Url(keyPair.privateKey),
  });
  const others = [...identities].filter(([name]) => name !== OWNER);
  const grants = Object.fromEntries(others.map(([name, identity]) => [name, fields(identity)]));
  const owner = fields(identities.get(OWNER)!);
  return `${JSON.stringify(others.length > 0 ? { ...owner, grants } : owner, null, 2)}\n`;
}

/** Null when anything of it is no identity. */
function parseAll(text: string): Identities | null {
  let fields: Record<string, unknown>;
  try {
    fields = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return null;
  }
  const identities = new Map<string, CameraIdentity>();
  const all = Object.entries({ [OWNER]: fields, ...(Object(fields['grants']) as object) });
  for (const [name, each] of all) {
    const identity = parse(Object(each) as Record<string, unknown>);
    if (identity === null) return null;
    identities.set(name, identity);
  }
  return identities;
}

function parse(fields: Record<string, unknown>): CameraIdentity | null {
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
