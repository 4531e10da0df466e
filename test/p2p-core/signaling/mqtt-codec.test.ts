import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/errors';
import {
  encodeConnect,
  encodeDisconnect,
  encodePingReq,
  encodePubAck,
  encodePublish,
  encodeSubscribe,
  encodeUnsubscribe,
} from '../../../p2p-core/signaling/mqtt-codec';
import { MqttParser } from '../../../p2p-core/signaling/mqtt-parser';
import { TestRandom } from './support';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/ /g, ''), 'hex'));
const utf8 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

/** Bytes put together by hand from the tables of the standard. */
describe('MQTT packets of the client', () => {
  const TABLE: [name: string, bytes: Uint8Array, expected: string][] = [
    [
      'CONNECT without login and will (§3.1)',
      encodeConnect({ clientId: 'ab', keepAliveSeconds: 40 }),
      '10 0e 0004 4d515454 04 02 0028 0002 6162',
    ],
    [
      'CONNECT with login (§3.1.2.8, §3.1.2.9)',
      encodeConnect({ clientId: 'a', keepAliveSeconds: 60, login: { user: 'user', password: '密' } }),
      '10 18 0004 4d515454 04 c2 003c 0001 61 0004 75736572 0003 e5af86',
    ],
    [
      'CONNECT with a retained will of QoS 1 (§3.1.2.5 to §3.1.2.7)',
      encodeConnect({
        clientId: 'a',
        keepAliveSeconds: 1,
        will: { topic: 't', payload: Uint8Array.of(1, 2), isRetained: true },
      }),
      '10 14 0004 4d515454 04 2e 0001 0001 61 0001 74 0002 0102',
    ],
    [
      'CONNECT with a will that is not retained',
      encodeConnect({
        clientId: '',
        keepAliveSeconds: 0,
        will: { topic: 't', payload: new Uint8Array(0), isRetained: false },
      }),
      '10 11 0004 4d515454 04 0e 0000 0000 0001 74 0000',
    ],
    ['PUBLISH with QoS 0 (§3.3)', encodePublish('a/b', utf8('hi'), 0, false, 0), '30 07 0003 612f62 6869'],
    ['PUBLISH with QoS 1', encodePublish('a/b', utf8('hi'), 1, false, 10), '32 09 0003 612f62 000a 6869'],
    ['a retained PUBLISH', encodePublish('a', new Uint8Array(0), 0, true, 0), '31 03 0001 61'],
    ['PUBACK (§3.4)', encodePubAck(0x1234), '40 02 1234'],
    ['SUBSCRIBE (§3.8)', encodeSubscribe(10, 'a/b', 1), '82 08 000a 0003 612f62 01'],
    ['UNSUBSCRIBE (§3.10)', encodeUnsubscribe(10, 'a/b'), 'a2 07 000a 0003 612f62'],
    ['PINGREQ (§3.12)', encodePingReq(), 'c0 00'],
    ['DISCONNECT (§3.14)', encodeDisconnect(), 'e0 00'],
  ];
  for (const [name, bytes, expected] of TABLE) {
    test(`encode ${name}`, () => assert.equal(hex(bytes), expected.replace(/ /g, '')));
  }

  test('encode the remaining length at the borders of its table (§2.2.3, table 2.4)', () => {
    for (const [length, header] of [
      [127, '307f'],
      [128, '308001'],
      [16_383, '30ff7f'],
      [16_384, '30808001'],
    ] as const) {
      const bytes = encodePublish('a', new Uint8Array(length - 3), 0, false, 0);
      assert.equal(hex(bytes.subarray(0, header.length / 2)), header);
      assert.equal(bytes.length, length + header.length / 2);
    }
  });

  test('refuse what is larger than a packet or a field may be', () => {
    assert.throws(() => encodePublish('a', new Uint8Array(65_534), 0, false, 0), {
      errcode: ErrCode.BadArgument,
    });
    assert.throws(() => encodeConnect({ clientId: 'a'.repeat(65_536), keepAliveSeconds: 1 }), {
      errcode: ErrCode.BadArgument,
    });
  });
});

/** What the parser says about these pieces; ends with 'broken' when it refused them. */
function parse(pieces: Uint8Array[]): string[] {
  const events: string[] = [];
  const parser = new MqttParser({
    onConnAck: (code) => events.push(`connack ${code}`),
    onPublish: (topic, payload, id, isRetained) =>
      events.push(`publish ${topic} ${hex(payload)} ${id} ${isRetained}`),
    onPubAck: (id) => events.push(`puback ${id}`),
    onSubAck: (id, code) => events.push(`suback ${id} ${code}`),
    onPingResp: () => events.push('pingresp'),
  });
  for (const piece of pieces) {
    if (parser.push(piece)) continue;
    events.push('broken');
    break;
  }
  return events;
}

const GOOD: [bytes: string, event: string | null][] = [
  ['20 02 00 00', 'connack 0'],
  ['20 02 01 00', 'connack 0'],
  ['20 02 00 05', 'connack 5'],
  ['30 07 0003 612f62 6869', 'publish a/b 6869 0 false'],
  ['33 09 0003 612f62 000a 6869', 'publish a/b 6869 10 true'],
  ['3a 05 0001 61 ffff', 'publish a  65535 false'],
  ['30 03 0001 61', 'publish a  0 false'],
  ['40 02 1234', 'puback 4660'],
  ['90 03 0001 01', 'suback 1 1'],
  ['90 03 0001 80', 'suback 1 128'],
  ['b0 02 0001', null],
  ['d0 00', 'pingresp'],
];
const BAD: [name: string, bytes: string][] = [
  ['type 0', '00 00'],
  ['type 15', 'f0 00'],
  ['a packet only clients send', 'c0 00'],
  ['SUBSCRIBE', '82 06 0001 0001 61 00'],
  ['PUBREL of QoS 2', '62 02 0001'],
  ['flags where none may be', '21 02 00 00'],
  ['CONNACK of one byte', '20 01 00'],
  ['CONNACK of three bytes', '20 03 00 00 00'],
  ['CONNACK with reserved flags', '20 02 02 00'],
  ['PUBACK of three bytes', '40 03 0001 00'],
  ['SUBACK for two topics', '90 04 0001 00 00'],
  ['PINGRESP with a body', 'd0 01 00'],
  ['UNSUBACK of no bytes', 'b0 00'],
  ['PUBLISH with QoS 2', '34 05 0001 61 0001'],
  ['PUBLISH with QoS 3', '36 05 0001 61 0001'],
  ['PUBLISH with packet id 0', '32 05 0001 61 0000'],
  ['PUBLISH without packet id', '32 03 0001 61'],
  ['PUBLISH without topic', '30 02 0000'],
  ['PUBLISH with a topic longer than the packet', '30 03 0002 61'],
  ['an empty PUBLISH', '30 00'],
  ['a length of five bytes', '30 80 80 80 80 01'],
  ['a length above 64 KiB', '30 81 80 04'],
];

describe('the MQTT parser', () => {
  test('reads every packet a broker may send', () => {
    for (const [bytes, event] of GOOD)
      assert.deepEqual(parse([unhex(bytes)]), event === null ? [] : [event], bytes);
  });

  test('reads the same events however the bytes are cut', () => {
    const all = unhex(GOOD.map(([bytes]) => bytes).join(''));
    const expected = GOOD.flatMap(([, event]) => (event === null ? [] : [event]));
    for (let at = 0; at <= all.length; at++) {
      assert.deepEqual(parse([all.subarray(0, at), all.subarray(at)]), expected, `split at ${at}`);
    }
    assert.deepEqual(parse(Array.from(all, (byte) => Uint8Array.of(byte))), expected, 'byte by byte');
  });

  for (const [name, text] of BAD) {
    test(`refuses ${name}`, () => {
      const bytes = unhex(text);
      assert.deepEqual(parse([bytes]), ['broken']);
      assert.deepEqual(parse(Array.from(bytes, (byte) => Uint8Array.of(byte))), ['broken']);
    });
  }

  test('reads the largest packet allowed, and refuses a larger one before it arrives', () => {
    const packet = new Uint8Array(4 + 65_536);
    packet.set(unhex('30 80 80 04 0001 61'));
    assert.equal(parse([packet.subarray(0, 1000), packet.subarray(1000)]).length, 1);
    assert.deepEqual(parse([unhex('30 81 80 04')]), ['broken']);
  });

  test('hands the payload on as a view when its packet came in one piece', () => {
    const bytes = unhex('30 04 0001 61 07');
    let seen: Uint8Array | null = null;
    const nothing = (): void => undefined;
    const parser = new MqttParser({
      onConnAck: nothing,
      onPublish: (_topic, payload) => {
        seen = payload;
      },
      onPubAck: nothing,
      onSubAck: nothing,
      onPingResp: nothing,
    });
    parser.push(bytes);
    assert.equal(seen!['buffer'], bytes.buffer);
  });

  test('never throws on 60 000 bent streams of packets', () => {
    const random = new TestRandom();
    const all = unhex(GOOD.map(([bytes]) => bytes).join(''));
    for (let round = 0; round < 60_000; round++) {
      const bent = random.bend(all);
      const cut = random.below(bent.length + 1);
      try {
        assert.deepEqual(parse([bent]), parse([bent.subarray(0, cut), bent.subarray(cut)]));
      } catch (thrown) {
        assert.fail(`seed ${random.seed}, round ${round}: ${hex(bent)} cut at ${cut}: ${String(thrown)}`);
      }
    }
  });
});
