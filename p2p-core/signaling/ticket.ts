import { fromBase64Url, toBase64Url } from '../bytes/base64url';
import { ByteReader } from '../bytes/reader';
import { utf8Decode, utf8Encode } from '../bytes/utf8';
import { ByteWriter } from '../bytes/writer';
import { ErrCode, P2PError } from '../errors';
import type { FillRandom } from '../port/port';
import { isVersionAtLeast, isVersionText, shownVersion } from './device-version';
import type { TurnServer } from '../path/types';
import type { PeerTicket } from './types';

/**
 * The text form of a PeerTicket:
 *
 *   "XP2P" base64url(body) "%" device-version
 *   body = format (1 byte, 1) | peer name (16) | secret (32) | options
 *   option = type (1 byte) | length (1 byte) | value
 *
 * Options may come in any order; unknown types are skipped, so that later ones do not lock old viewers out.
 */
const PREFIX = 'XP2P';
const FORMAT = 1;
const PEER_NAME_BYTES = 16;
const SECRET_BYTES = 32;
const STATIC_KEY_BYTES = 32;
const MAX_TEXT_CHARS = 1024;
const MAX_OPTION_BYTES = 255;
const MAX_STUN_SERVERS = 8;
const MAX_TURN_SERVERS = 2;
const MIN_DEVICE_VERSION = '2.3.0';

/**
 * The devices of Tencent's plugin have an xp2pInfo of the same outer form. Says it without the call that gets a plugin:
 * compilers look for that in strings too, and ask for its declaration in app.json.
 */
const FOREIGN =
  "If it is of a device for Tencent's xp2p plugin, use that module: configureP2P({ module: the p2p of that plugin })";

const OptionType = { StaticKey: 1, SignalingUrl: 2, StunServer: 3, TurnServer: 4 } as const;

const SIGNALING_URL = /^wss?:\/\/[!-~]+$/;
const STUN_SERVER = /^(?:[0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})$/;

export interface NewTicketOptions {
  staticKey?: Uint8Array | null;
  signalingUrl?: string | null;
  stunServers?: string[];
  turnServers?: TurnServer[];
  deviceVersion: string;
}

/** A ticket with a fresh peer name and secret. */
export function newTicket(fillRandom: FillRandom, options: NewTicketOptions): PeerTicket {
  const peerName = new Uint8Array(PEER_NAME_BYTES);
  const secret = new Uint8Array(SECRET_BYTES);
  fillRandom(peerName);
  fillRandom(secret);
  return {
    peerName,
    secret,
    staticKey: options.staticKey ?? null,
    signalingUrl: options.signalingUrl ?? null,
    stunServers: options.stunServers ?? [],
    turnServers: options.turnServers ?? [],
    deviceVersion: options.deviceVersion,
  };
}

/** Throws P2PError BadArgument, without the offending value, when `parseXp2pInfo` would not give the ticket back. */
export function formatXp2pInfo(ticket: PeerTicket): string {
  const { peerName, secret, staticKey, signalingUrl, stunServers, turnServers, deviceVersion } = ticket;
  demand(peerName.length === PEER_NAME_BYTES, 'a peer name of 16 bytes');
  demand(secret.length === SECRET_BYTES, 'a secret of 32 bytes');
  demand(staticKey === null || staticKey.length === STATIC_KEY_BYTES, 'a static key of 32 bytes');
  demand(signalingUrl === null || SIGNALING_URL.test(signalingUrl), 'a ws:// or wss:// signaling URL');
  demand(
    stunServers.length <= MAX_STUN_SERVERS && stunServers.every(isStunServer),
    'up to 8 STUN servers, host:port',
  );
  demand(
    turnServers.length <= MAX_TURN_SERVERS && turnServers.every(isTurnServer),
    'up to 2 TURN servers, host:port with username and password',
  );
  demand(isVersionText(deviceVersion), 'a device version such as 2.4.0');

  const writer = new ByteWriter().u8(FORMAT).bytes(peerName).bytes(secret);
  if (staticKey !== null) writeOption(writer, OptionType.StaticKey, staticKey);
  if (signalingUrl !== null) writeOption(writer, OptionType.SignalingUrl, utf8Encode(signalingUrl));
  for (const server of stunServers) writeOption(writer, OptionType.StunServer, utf8Encode(server));
  for (const { server, username, password } of turnServers) {
    const parts = [server, username, password].map(utf8Encode);
    const value = new ByteWriter();
    for (const part of parts) value.u8(part.length).bytes(part);
    writeOption(writer, OptionType.TurnServer, value.finish());
  }
  const text = `${PREFIX}${toBase64Url(writer.finish())}%${deviceVersion}`;
  demand(text.length <= MAX_TEXT_CHARS, 'options that fit into 1024 characters');
  return text;
}

/**
 * Parses an xp2pInfo; URI-encoded once (`%25` for `%`) is accepted, as apps pass it through page URLs.
 * Throws P2PError BadXp2pInfo or DeviceVersionTooLow; no part of the text is in the error, except the version's numbers.
 */
export function parseXp2pInfo(text: string): PeerTicket {
  if (typeof text !== 'string' || text.length > MAX_TEXT_CHARS || text.slice(0, PREFIX.length) !== PREFIX) {
    throw bad('it must start with XP2P and have at most 1024 characters');
  }
  const percent = text.indexOf('%');
  const version = percent < 0 ? null : versionOf(text.slice(percent + 1));
  if (version === null) throw bad('it must end with % and the device version');
  // Before the body, whose format an old device may have in another form: its version is then the better answer.
  if (!isVersionAtLeast(version, MIN_DEVICE_VERSION)) {
    throw new P2PError(
      ErrCode.DeviceVersionTooLow,
      `the device has version ${shownVersion(version)}, at least ${MIN_DEVICE_VERSION} is needed`,
    );
  }
  const body = fromBase64Url(text.slice(PREFIX.length, percent));
  if (body === null) throw bad(`the part before % must be base64url. ${FOREIGN}`);
  return parseBody(body, version);
}

/** What may be logged of an xp2pInfo: its length and the numbers of its version. */
export function redactXp2pInfo(text: string): string {
  if (typeof text !== 'string') return '(no xp2pInfo)';
  const percent = text.indexOf('%');
  const version = percent < 0 || text.length > MAX_TEXT_CHARS ? null : versionOf(text.slice(percent + 1));
  const shown = version === null ? '' : `, version ${shownVersion(version)}`;
  return `(xp2pInfo of ${text.length} characters${shown})`;
}

/** A major version has at most two digits, so `25` before a whole version can only be what encoding made of `%`. */
function versionOf(tail: string): string | null {
  if (tail.slice(0, 2) === '25' && isVersionText(tail.slice(2))) return tail.slice(2);
  return isVersionText(tail) ? tail : null;
}

function parseBody(body: Uint8Array, deviceVersion: string): PeerTicket {
  const reader = new ByteReader(body);
  const format = reader.u8();
  if (!reader.failed && format !== FORMAT) throw bad(`format ${format} is unknown. ${FOREIGN}`);
  const ticket: PeerTicket = {
    peerName: reader.bytes(PEER_NAME_BYTES).slice(),
    secret: reader.bytes(SECRET_BYTES).slice(),
    staticKey: null,
    signalingUrl: null,
    stunServers: [],
    turnServers: [],
    deviceVersion,
  };
  while (reader.remaining > 0) {
    const type = reader.u8();
    const value = reader.bytes(reader.u8());
    if (!reader.failed && !addOption(ticket, type, value)) throw bad(`option ${type} is broken`);
  }
  if (reader.failed) throw bad('it is cut short');
  return ticket;
}

/** False when the value is impossible, or given twice where only one may be. */
function addOption(ticket: PeerTicket, type: number, value: Uint8Array): boolean {
  switch (type) {
    case OptionType.StaticKey:
      if (ticket.staticKey !== null || value.length !== STATIC_KEY_BYTES) return false;
      ticket.staticKey = value.slice();
      return true;
    case OptionType.SignalingUrl: {
      const url = utf8Decode(value);
      if (ticket.signalingUrl !== null || !SIGNALING_URL.test(url)) return false;
      ticket.signalingUrl = url;
      return true;
    }
    case OptionType.StunServer: {
      const server = utf8Decode(value);
      if (ticket.stunServers.length >= MAX_STUN_SERVERS || !isStunServer(server)) return false;
      ticket.stunServers.push(server);
      return true;
    }
    case OptionType.TurnServer: {
      const turn = readTurnServer(value);
      if (ticket.turnServers.length >= MAX_TURN_SERVERS || turn === null) return false;
      ticket.turnServers.push(turn);
      return true;
    }
    default:
      return true;
  }
}

/** TURN server = length (1) host:port | length (1) username | length (1) password */
function readTurnServer(value: Uint8Array): TurnServer | null {
  const reader = new ByteReader(value);
  const [server, username, password] = [0, 1, 2].map(() => utf8Decode(reader.bytes(reader.u8())));
  if (reader.failed || reader.remaining > 0) return null;
  const turn = { server: server!, username: username!, password: password! };
  return isTurnServer(turn) ? turn : null;
}

function isTurnServer({ server, username, password }: TurnServer): boolean {
  return isStunServer(server) && username !== '' && password !== '';
}

function isStunServer(text: string): boolean {
  const port = Number(STUN_SERVER.exec(text)?.[1] ?? 0);
  return port >= 1 && port <= 65535;
}

function writeOption(writer: ByteWriter, type: number, value: Uint8Array): void {
  demand(value.length <= MAX_OPTION_BYTES, 'addresses of at most 255 bytes');
  writer.u8(type).u8(value.length).bytes(value);
}

function demand(condition: boolean, expected: string): void {
  if (!condition) throw new P2PError(ErrCode.BadArgument, `xp2pInfo: expected ${expected}`);
}

function bad(why: string): P2PError {
  return new P2PError(ErrCode.BadXp2pInfo, `bad xp2pInfo: ${why}`);
}
