import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Candidate } from '../../../p2p-core/path/types';
import { decodeCallDescription, encodeCallDescription } from '../../../p2p-core/signaling/call-description';
import { decodeSignalMessage, encodeSignalMessage } from '../../../p2p-core/signaling/signal-message';
import { viewerTopic } from '../../../p2p-core/signaling/topics';
import type { CallDescription, SignalMessage } from '../../../p2p-core/signaling/types';
import { TestRandom } from './support';

const callId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const handshake = new TestRandom(5).bytes(300);
const candidate: Candidate = { kind: 'srflx', address: '203.0.113.7', port: 54321, priority: 1_694_498_815 };
const offer: SignalMessage = {
  kind: 'offer',
  callId,
  replyTopic: viewerTopic(new TestRandom(6).bytes(16)),
  sentAtMs: 1_763_827_200_123,
  handshake,
};
const MESSAGES: SignalMessage[] = [
  offer,
  { kind: 'answer', callId, handshake },
  { kind: 'candidate', callId, candidate },
  { kind: 'candidate', callId, candidate: { ...candidate, kind: 'relay', address: '2001:db8::1' } },
  { kind: 'candidate', callId, candidate: { ...candidate, kind: 'host', address: '::ffff:192.0.2.1' } },
  { kind: 'refuse', callId, code: 405, detail: '观众太多' },
  { kind: 'bye', callId },
];
const description: CallDescription = {
  version: 1,
  ice: { ufrag: 'a+/9', password: '0123456789abcdefghijkl' },
  connectionId: 0xabcdef,
  candidates: [candidate, { kind: 'host', address: '192.168.1.2', port: 1, priority: 2_130_706_431 }],
};

describe('signal messages', () => {
  for (const message of MESSAGES) {
    test(`of kind ${message.kind} come back as they were`, () => {
      assert.deepEqual(decodeSignalMessage(encodeSignalMessage(message)), message);
    });
    test(`of kind ${message.kind} do not decode when cut or with bytes behind`, () => {
      const bytes = encodeSignalMessage(message);
      for (let end = 0; end < bytes.length; end++)
        assert.equal(decodeSignalMessage(bytes.subarray(0, end)), null);
      assert.equal(decodeSignalMessage(Uint8Array.of(...bytes, 0)), null);
    });
  }

  test('have the byte layout of the protocol text', () => {
    const hex = (message: SignalMessage): string => Buffer.from(encodeSignalMessage(message)).toString('hex');
    const id = '0102030405060708';
    assert.equal(hex({ kind: 'bye', callId }), `0105${id}`);
    assert.equal(hex({ kind: 'answer', callId, handshake: Uint8Array.of(9) }), `0102${id}000109`);
    assert.equal(hex({ kind: 'refuse', callId, code: 403, detail: 'no' }), `0104${id}0193026e6f`);
    assert.equal(
      hex({
        kind: 'candidate',
        callId,
        candidate: { kind: 'relay', address: '1.2.3.4', port: 258, priority: 3 },
      }),
      `0103${id}03010200000003` + '07312e322e332e34',
    );
    const start = hex({ ...offer, sentAtMs: 0x0123456789ab });
    assert.ok(start.startsWith(`0101${id}0123456789ab29${Buffer.from('iotp2p/1/').toString('hex')}`), start);
  });

  test('cut a long detail and own their arrays', () => {
    const bytes = encodeSignalMessage({ kind: 'refuse', callId, code: 503, detail: 'x'.repeat(300) });
    assert.deepEqual(decodeSignalMessage(bytes), {
      kind: 'refuse',
      callId,
      code: 503,
      detail: 'x'.repeat(200),
    });
    const offered = encodeSignalMessage(offer);
    const decoded = decodeSignalMessage(offered);
    offered.fill(0);
    assert.deepEqual(decoded, offer);
  });

  const bad: [name: string, message: SignalMessage][] = [
    ['a reply topic outside the inboxes', { ...offer, replyTopic: 'iotp2p/1/+' } as SignalMessage],
    ['a handshake above its cap', { kind: 'answer', callId, handshake: new Uint8Array(4097) }],
    ['a call id of another length', { kind: 'bye', callId: new Uint8Array(9) }],
    ...(
      [
        { port: 0 },
        { priority: 0 },
        { priority: 0x80000000 },
        { address: '' },
        { address: 'camera.local' },
        { address: '1.2.3' },
        { address: '1.2.3.4.' },
        { address: '1.2.3.256' },
        { address: '01.2.3.4' },
        { address: '1.2.3.4\n' },
        { address: 'abcd' },
        { address: 'fe80::1%eth0' },
        { address: ':'.repeat(46) },
        { kind: 'other' as Candidate['kind'] },
      ] as Partial<Candidate>[]
    ).map((part): [string, SignalMessage] => [
      `a candidate with ${JSON.stringify(part)}`,
      { kind: 'candidate', callId, candidate: { ...candidate, ...part } },
    ]),
  ];
  for (const [name, message] of bad) {
    test(`with ${name} do not decode`, () =>
      assert.equal(decodeSignalMessage(encodeSignalMessage(message)), null));
  }

  test('of another version or an unknown kind do not decode', () => {
    const bytes = encodeSignalMessage({ kind: 'bye', callId });
    assert.equal(decodeSignalMessage(Uint8Array.of(2, ...bytes.subarray(1))), null);
    assert.equal(decodeSignalMessage(Uint8Array.of(1, 6, ...bytes.subarray(2))), null);
    assert.equal(decodeSignalMessage(Uint8Array.of(1, 0, ...bytes.subarray(2))), null);
  });
});

describe('call descriptions', () => {
  test('come back as they were, with and without candidates', () => {
    assert.deepEqual(decodeCallDescription(encodeCallDescription(description)), description);
    const bare = { ...description, candidates: [] };
    assert.deepEqual(decodeCallDescription(encodeCallDescription(bare)), bare);
  });

  test('do not decode when cut, and ignore what a later version appends', () => {
    const bytes = encodeCallDescription(description);
    for (let end = 0; end < bytes.length; end++)
      assert.equal(decodeCallDescription(bytes.subarray(0, end)), null);
    assert.deepEqual(decodeCallDescription(Uint8Array.of(2, ...bytes.subarray(1), 9, 9)), {
      ...description,
      version: 2,
    });
  });

  test('carry at most 32 candidates', () => {
    const many = { ...description, candidates: new Array<Candidate>(40).fill(candidate) };
    const bytes = encodeCallDescription(many);
    assert.equal(decodeCallDescription(bytes)!.candidates.length, 32);
    const countOffset = 1 + 1 + 4 + 1 + 22 + 3;
    assert.equal(bytes[countOffset], 32);
    bytes[countOffset] = 33;
    assert.equal(decodeCallDescription(Uint8Array.of(...bytes, ...bytes.subarray(countOffset + 1))), null);
  });

  for (const [name, part] of [
    ['version 0', { version: 0 }],
    ['an empty ufrag', { ice: { ...description.ice, ufrag: '' } }],
    ['a password that is no ice-char', { ice: { ...description.ice, password: 'a b' } }],
    ['a password of 65 bytes', { ice: { ...description.ice, password: 'x'.repeat(65) } }],
  ] as const) {
    test(`with ${name} do not decode`, () => {
      assert.equal(decodeCallDescription(encodeCallDescription({ ...description, ...part })), null);
    });
  }
});

test('no message or description decoder throws on 60 000 bent inputs', () => {
  const random = new TestRandom();
  const inputs = [...MESSAGES.map(encodeSignalMessage), encodeCallDescription(description)];
  for (let round = 0; round < 60_000; round++) {
    const bent = random.bend(inputs[round % inputs.length]!);
    try {
      decodeSignalMessage(bent);
      const decoded = decodeCallDescription(bent);
      if (decoded) assert.deepEqual(decodeCallDescription(encodeCallDescription(decoded)), decoded);
    } catch (thrown) {
      assert.fail(
        `seed ${random.seed}, round ${round}: ${Buffer.from(bent).toString('hex')}: ${String(thrown)}`,
      );
    }
  }
});
