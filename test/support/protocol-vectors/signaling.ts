import { toHex } from '../../../p2p-core/bytes/hex';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { resetKeyOf, ResetSender } from '../../../p2p-core/session/stateless-reset';
import { encodeCallDescription } from '../../../p2p-core/signaling/call-description';
import { sealEnvelope, signalingKeys } from '../../../p2p-core/signaling/envelope';
import { encodePresence } from '../../../p2p-core/signaling/presence';
import { encodeSignalMessage } from '../../../p2p-core/signaling/signal-message';
import { formatXp2pInfo, parseXp2pInfo } from '../../../p2p-core/signaling/ticket';
import { cameraTopic, presenceTopic, viewerTopic } from '../../../p2p-core/signaling/topics';
import type { CallDescription, PeerTicket, SignalMessage } from '../../../p2p-core/signaling/types';
import { x25519PublicKey } from '../../../p2p-core/crypto/x25519';
import type { P2PError } from '../../../p2p-core/errors';
import { toBase64Url } from '../../../p2p-core/bytes/base64url';
import { concatBytes } from '../../../p2p-core/bytes/concat';

/** `count` bytes that count up from `first`: easy to recognise in a dump. */
export function counting(first: number, count: number): Uint8Array {
  return new Uint8Array(count).map((_, i) => first + i);
}

export const peerName = counting(0x00, 16);
export const secret = counting(0x20, 32);
export const callId = counting(0xc0, 8);
export const staticPrivateKey = counting(0x60, 32);
export const staticPublicKey = x25519PublicKey(staticPrivateKey);
const replyToken = counting(0xd0, 16);

export const viewerDescription: CallDescription = {
  version: 1,
  ice: { ufrag: 'viewer01', password: 'viewerPassword+/01234567' },
  connectionId: 0x0a0b0c,
  candidates: [
    { kind: 'host', address: '192.168.1.20', port: 50_000, priority: 2130706431 },
    { kind: 'srflx', address: '203.0.113.5', port: 61_000, priority: 1694498815 },
    { kind: 'host', address: '2001:db8::20', port: 50_000, priority: 2130706175 },
  ],
};
/** Of the camera, after whatever restart. */
export const resetSender = new ResetSender(resetKeyOf(secret, staticPrivateKey), 0);
export const cameraDescription: CallDescription = {
  version: 1,
  ice: { ufrag: 'camera01', password: 'cameraPassword+/01234567' },
  connectionId: 0x0d0e0f,
  candidates: [{ kind: 'host', address: '192.168.1.30', port: 40_000, priority: 2130706431 }],
  resetToken: resetSender.tokenFor(0x0d0e0f),
};

function ticketVectors(): unknown {
  const plain: PeerTicket = {
    peerName,
    secret,
    staticKey: null,
    signalingUrl: null,
    stunServers: [],
    turnServers: [],
    deviceVersion: '2.4.0',
  };
  const full: PeerTicket = {
    ...plain,
    staticKey: staticPublicKey,
    signalingUrl: 'wss://rendezvous.example/mqtt',
    stunServers: ['stun.example:3478', '[2001:db8::1]:3478'],
    turnServers: [{ server: 'turn.example:3478', username: '1700000000:viewer', password: 'cGFzc3dvcmQ=' }],
    deviceVersion: '2.4.0.17-beta',
  };
  const accepted = [plain, full].map((ticket) => {
    const { peerName: name, secret: key, staticKey, ...rest } = ticket;
    const fields = { peerName: toHex(name), secret: toHex(key), staticKey: staticKey && toHex(staticKey) };
    return { ...fields, ...rest, xp2pInfo: formatXp2pInfo(ticket) };
  });
  const text = formatXp2pInfo(plain);
  const withBody = (...parts: Uint8Array[]): string => `XP2P${toBase64Url(concatBytes(...parts))}%2.4.0`;
  const base = [Uint8Array.of(1), peerName, secret];
  const refused = [
    ['an old device', text.replace('%2.4.0', '%2.2.9')],
    ['no version', text.slice(0, -6)],
    ['another prefix', `xp2p${text.slice(4)}`],
    ['padding', text.replace('%', '=%')],
    ['format 2', withBody(Uint8Array.of(2), peerName, secret)],
    ['a secret that is cut', withBody(Uint8Array.of(1), peerName, secret.subarray(1))],
    ['a static key of 31 bytes', withBody(...base, Uint8Array.of(1, 31), new Uint8Array(31))],
    ['two static keys', withBody(...base, ...[1, 1].flatMap(() => [Uint8Array.of(1, 32), staticPublicKey]))],
    ['a rendezvous that is no WebSocket', withBody(...base, option(2, 'https://rendezvous.example'))],
    ['a STUN server without port', withBody(...base, option(3, 'stun.example'))],
  ].map(([why, xp2pInfo]) => ({ why, xp2pInfo, errcode: errcodeOf(xp2pInfo!) }));
  const unknownOption = withBody(...base, option(200, 'later'), option(3, 'stun.example:3478'));
  return { accepted, refused, unknownOption, urlEncoded: text.replace('%', '%25') };
}

function option(type: number, value: string): Uint8Array {
  return concatBytes(Uint8Array.of(type, value.length), utf8Encode(value));
}

function errcodeOf(xp2pInfo: string): number {
  try {
    parseXp2pInfo(xp2pInfo);
    return 0;
  } catch (error) {
    return (error as P2PError).errcode;
  }
}

/** Messages of one call, as both sides send them; the handshakes are those of the pinned call. */
export function signalMessages(message1: Uint8Array, message2: Uint8Array): SignalMessage[] {
  const sentAtMs = 1_760_000_000_123;
  return [
    { kind: 'offer', callId, replyTopic: viewerTopic(replyToken), sentAtMs, handshake: message1 },
    { kind: 'answer', callId, handshake: message2 },
    { kind: 'candidate', callId, candidate: viewerDescription.candidates[1]! },
    { kind: 'refuse', callId, code: 408, detail: String(sentAtMs + 3_600_000) },
    { kind: 'refuse', callId, code: 405, detail: 'too many viewers' },
    { kind: 'bye', callId },
  ];
}

export function signalingVectors(message1: Uint8Array, message2: Uint8Array): Record<string, unknown> {
  const keys = signalingKeys({ peerName, secret });
  const messages = signalMessages(message1, message2).map((message) => ({
    ...describe(message),
    bytes: toHex(encodeSignalMessage(message)),
  }));
  const descriptions = [viewerDescription, cameraDescription].map((description) => ({
    ...describe(description),
    bytes: toHex(encodeCallDescription(description)),
  }));
  const online = { state: 'online', saidAtMs: 1_760_000_000_123 } as const;
  const offline = { state: 'offline' } as const;
  const presence = [online, offline].map((each) => ({ ...each, bytes: toHex(encodePresence(each)) }));
  const sealed: [keyof typeof keys, Uint8Array, number][] = [
    ['toCamera', encodeSignalMessage(signalMessages(message1, message2)[0]!), 0x80],
    ['toViewer', encodeSignalMessage(signalMessages(message1, message2)[1]!), 0x90],
    ['presence', encodePresence(online), 0xa0],
    ['presence', encodePresence(offline), 0xb0],
  ];
  const envelopes = sealed.map(([direction, plain, firstSaltByte]) => ({
    direction,
    salt: toHex(counting(firstSaltByte, 16)),
    plain: toHex(plain),
    envelope: toHex(sealEnvelope(keys[direction], plain, (salt) => salt.set(counting(firstSaltByte, 16)))),
  }));
  return {
    tickets: ticketVectors(),
    identity: { peerName: toHex(peerName), secret: toHex(secret) },
    topics: {
      camera: cameraTopic(peerName),
      presence: presenceTopic(peerName),
      replyToken: toHex(replyToken),
      viewer: viewerTopic(replyToken),
    },
    directionKeys: {
      toCamera: toHex(keys.toCamera),
      toViewer: toHex(keys.toViewer),
      presence: toHex(keys.presence),
    },
    presence,
    messages,
    envelopes,
    descriptions,
  };
}

/** The same with byte arrays as hexadecimal text. */
function describe(message: SignalMessage | CallDescription): Record<string, unknown> {
  const entries = Object.entries(message).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof Uint8Array ? toHex(value) : value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}
