import assert from 'node:assert/strict';
import { decodeCallDescription, encodeCallDescription } from '../../../p2p-core/signaling/call-description';
import { openEnvelope, sealEnvelope, signalingKeys } from '../../../p2p-core/signaling/envelope';
import { decodePresence, encodePresence } from '../../../p2p-core/signaling/presence';
import { decodeSignalMessage, encodeSignalMessage } from '../../../p2p-core/signaling/signal-message';
import type { CallDescription, SignalMessage } from '../../../p2p-core/signaling/types';
import type { Candidate } from '../../../p2p-core/path/types';
import { Prng } from '../../sim/prng';
import { ascii, join, noise, randomBytes } from '../mutate';
import type { FuzzTarget } from '../target';

const callId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const replyTopic = `iotp2p/1/${'0123456789abcdef'.repeat(2)}`;
const candidates: Candidate[] = [
  { kind: 'host', address: '192.168.1.20', port: 50_000, priority: 2130706431 },
  { kind: 'srflx', address: '2001:db8::1:2', port: 9, priority: 1694498815 },
];
const messages: SignalMessage[] = [
  { kind: 'offer', callId, replyTopic, sentAtMs: 1_700_000_000_000, handshake: new Uint8Array(90).fill(3) },
  { kind: 'answer', callId, handshake: new Uint8Array(90).fill(4) },
  { kind: 'candidate', callId, candidate: candidates[0]! },
  { kind: 'refuse', callId, code: 405, detail: 'too many viewers' },
  { kind: 'bye', callId },
];
const description: CallDescription = {
  version: 1,
  ice: { ufrag: 'abcdefgh', password: 'abcdefghijklmnopqrstuvwx' },
  connectionId: 0xabcdef,
  candidates,
};

const keys = signalingKeys({ peerName: new Uint8Array(16).fill(1), secret: new Uint8Array(32).fill(2) });
const envelopes = messages.map((message) =>
  sealEnvelope(keys.toCamera, encodeSignalMessage(message), new Prng(3).fill),
);

export const envelope: FuzzTarget = {
  name: 'envelope',
  inputsPerRound: 150,
  corpus: envelopes,
  grammar: (random) =>
    join(
      Uint8Array.of(random.int(0, 2)),
      randomBytes(random, random.pick([0, 15, 31, 32, 100, 8190, 8191, 8192])),
    ),
  run(input) {
    const isGenuine = envelopes.some((one) => Buffer.from(input).equals(one));
    assert.equal(openEnvelope(keys.toCamera, input) !== null, isGenuine, 'an envelope that nobody sealed');
    assert.equal(openEnvelope(keys.toViewer, input), null, 'opened with the key of the other direction');
    return isGenuine;
  },
};

function candidateBytes(random: Prng): Uint8Array {
  // Mostly sound, so that a list of many can be.
  if (random.chance(0.97))
    return join(Uint8Array.of(random.int(0, 3), 1, 2, 3, 4, 5, 6, 7), ascii('1.2.3.4'));
  const addresses = [
    '1.2.3.4',
    '256.1.1.1',
    '::',
    '::1',
    'fe80::1',
    'example.org',
    '1.2.3',
    '::ffff:1.2.3.4',
    '',
  ];
  const address = ascii(random.chance(0.9) ? random.pick(addresses) : 'f'.repeat(random.int(40, 255)));
  const length = random.chance(0.9) ? address.length : random.int(0, 255);
  return join(Uint8Array.of(random.int(0, 4)), randomBytes(random, 6), Uint8Array.of(length), address);
}

function text16(random: Prng): Uint8Array {
  const body = randomBytes(random, random.pick([0, 1, 60, 300, 4096, 4097]));
  const stated = random.chance(0.9) ? body.length : random.int(0, 0xffff);
  return join(Uint8Array.of(stated >> 8, stated), body);
}

function messageGrammar(random: Prng): Uint8Array {
  const kind = random.int(0, 6);
  const head = join(Uint8Array.of(random.chance(0.95) ? 1 : 2, kind), callId);
  const topic = ascii(
    random.chance(0.8) ? replyTopic : replyTopic + random.pick(['/', '#', 'A', '/presence']),
  );
  switch (kind) {
    case 1:
      return join(head, randomBytes(random, 6), Uint8Array.of(topic.length), topic, text16(random));
    case 2:
      return join(head, text16(random));
    case 3:
      return join(head, candidateBytes(random));
    case 4: {
      const detail = noise(random).slice(0, 255);
      return join(head, randomBytes(random, 2), Uint8Array.of(detail.length), detail);
    }
    default:
      return random.chance(0.5) ? head : join(head, noise(random));
  }
}

export const signalMessage: FuzzTarget = {
  name: 'signal-message',
  inputsPerRound: 1500,
  corpus: messages.map(encodeSignalMessage),
  grammar: messageGrammar,
  run(input) {
    const message = decodeSignalMessage(input);
    if (message === null) return false;
    // Text that was no UTF-8 grows by its replacement characters, so it may be cut the second time.
    if (message.kind === 'refuse' && message.detail.includes('\ufffd')) return true;
    assert.deepEqual(decodeSignalMessage(encodeSignalMessage(message)), message);
    return true;
  },
};

export const callDescription: FuzzTarget = {
  name: 'call-description',
  inputsPerRound: 1000,
  corpus: [encodeCallDescription(description), encodeCallDescription({ ...description, candidates: [] })],
  grammar(random) {
    const count = random.chance(0.8) ? random.int(0, 4) : random.int(30, 34);
    const text = (length: number): Uint8Array =>
      join(
        Uint8Array.of(length),
        ascii('aB3+/'.repeat(60).slice(0, random.chance(0.95) ? length : length + 1)),
      );
    const listed = Array.from({ length: count }, () => candidateBytes(random));
    const parts = [text(random.pick([0, 1, 4, 8, 64, 65])), text(random.pick([22, 24, 64, 255]))];
    return join(
      Uint8Array.of(random.int(0, 2)),
      ...parts,
      randomBytes(random, 3),
      Uint8Array.of(count),
      ...listed,
    );
  },
  run(input) {
    const decoded = decodeCallDescription(input);
    if (decoded === null) return false;
    assert.ok(decoded.candidates.length <= 32 && decoded.connectionId <= 0xffffff && decoded.version > 0);
    assert.deepEqual(decodeCallDescription(encodeCallDescription(decoded)), decoded);
    return true;
  },
};

export const presence: FuzzTarget = {
  name: 'presence',
  inputsPerRound: 300,
  corpus: [
    encodePresence({ state: 'online', saidAtMs: 1_760_000_000_123 }),
    encodePresence({ state: 'offline' }),
  ],
  grammar: (random) => Uint8Array.of(random.int(0, 2), ...randomBytes(random, random.pick([0, 5, 6, 7]))),
  run(input) {
    const decoded = decodePresence(input);
    const isOne = (input.length === 1 && input[0] === 0) || (input.length === 7 && input[0] === 1);
    assert.equal(decoded !== null, isOne);
    if (decoded !== null) assert.deepEqual(encodePresence(decoded), input);
    return decoded !== null;
  },
};
