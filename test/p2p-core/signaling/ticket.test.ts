import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fromBase64Url, toBase64Url } from '../../../p2p-core/bytes/base64url';
import { ErrCode, P2PError } from '../../../p2p-core/errors';
import { formatXp2pInfo, newTicket, parseXp2pInfo, redactXp2pInfo } from '../../../p2p-core/signaling/ticket';
import type { PeerTicket } from '../../../p2p-core/signaling/types';
import { TestRandom, fillRandom } from './support';

const small = (): PeerTicket => newTicket(fillRandom, { deviceVersion: '2.4.0' });
const full = (): PeerTicket =>
  newTicket(fillRandom, {
    staticKey: new TestRandom(1).bytes(32),
    signalingUrl: 'wss://mqtt.example.com:8084/mqtt?a=b',
    stunServers: ['stun.example.com:3478', '192.0.2.1:3479', '[2001:db8::1]:3478'],
    turnServers: [{ server: 'turn.example.com:3478', username: '1700000000:me', password: 'c2VjcmV0' }],
    deviceVersion: '2.3.0',
  });
const errorOf = (text: string): number => {
  try {
    parseXp2pInfo(text);
  } catch (thrown) {
    assert.ok(thrown instanceof P2PError, String(thrown));
    return thrown.errcode;
  }
  return ErrCode.Ok;
};

/** The text of a body whose bytes are chosen by hand. */
const textOf = (body: number[], version = '2.4.0'): string =>
  `XP2P${toBase64Url(Uint8Array.from(body))}%${version}`;
const MANDATORY = [1, ...new Array<number>(48).fill(7)];
const ascii = (text: string): number[] => Array.from(Buffer.from(text));
const option = (type: number, value: number[]): number[] => [type, value.length, ...value];

describe('an xp2pInfo', () => {
  test('gives back the ticket it was made of', () => {
    for (const ticket of [small(), full()]) assert.deepEqual(parseXp2pInfo(formatXp2pInfo(ticket)), ticket);
  });

  test('has the byte layout of the protocol text', () => {
    const ticket: PeerTicket = {
      peerName: Uint8Array.from({ length: 16 }, (_, i) => i),
      secret: Uint8Array.from({ length: 32 }, (_, i) => 0x40 + i),
      staticKey: null,
      signalingUrl: 'ws://a',
      stunServers: ['b:1'],
      turnServers: [{ server: 'c:2', username: 'u', password: 'pw' }],
      deviceVersion: '2.4.0',
    };
    const body =
      '01' +
      '000102030405060708090a0b0c0d0e0f' +
      '404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f' +
      '0206' +
      '77733a2f2f61' +
      '0303' +
      '623a31' +
      '0409' +
      '03633a32' +
      '0175' +
      '027077';
    assert.equal(formatXp2pInfo(ticket), `XP2P${Buffer.from(body, 'hex').toString('base64url')}%2.4.0`);
  });

  test('may be URI-encoded once', () => {
    const ticket = full();
    assert.deepEqual(parseXp2pInfo(encodeURIComponent(formatXp2pInfo(ticket))), ticket);
    assert.equal(
      errorOf(encodeURIComponent(encodeURIComponent(formatXp2pInfo(ticket)))),
      ErrCode.BadXp2pInfo,
    );
  });

  test('tells version 25.0.0 from an encoded percent sign', () => {
    const info = formatXp2pInfo({ ...small(), deviceVersion: '25.0.0' });
    assert.equal(parseXp2pInfo(info).deviceVersion, '25.0.0');
    assert.equal(parseXp2pInfo(encodeURIComponent(info)).deviceVersion, '25.0.0');
    assert.equal(parseXp2pInfo(textOf(MANDATORY, '255.1.0')).deviceVersion, '5.1.0');
  });

  test('skips options of unknown type', () => {
    const ticket = parseXp2pInfo(
      textOf([...MANDATORY, ...option(99, [1, 2, 3]), ...option(2, ascii('ws://a'))]),
    );
    assert.equal(ticket.signalingUrl, 'ws://a');
  });

  const versions: [version: string, errcode: number][] = [
    ['2.3.0', ErrCode.Ok],
    ['2.3', ErrCode.Ok],
    ['2.10.0', ErrCode.Ok],
    ['3.0.0', ErrCode.Ok],
    ['10.0.0', ErrCode.Ok],
    ['2.3.0.17', ErrCode.Ok],
    ['2.4.0-beta.1', ErrCode.Ok],
    ['2.2.99', ErrCode.DeviceVersionTooLow],
    ['2.2.9-rc', ErrCode.DeviceVersionTooLow],
    ['1.99.99', ErrCode.DeviceVersionTooLow],
    ['0.0.0', ErrCode.DeviceVersionTooLow],
    ['', ErrCode.BadXp2pInfo],
    ['2', ErrCode.BadXp2pInfo],
    ['2.', ErrCode.BadXp2pInfo],
    ['2.3.', ErrCode.BadXp2pInfo],
    ['v2.4.0', ErrCode.BadXp2pInfo],
    ['2.4.0 ', ErrCode.BadXp2pInfo],
    ['2.4.0\n', ErrCode.BadXp2pInfo],
    ['2.4.x', ErrCode.BadXp2pInfo],
    ['2.4.0%2.4.0', ErrCode.BadXp2pInfo],
    ['123.0.0', ErrCode.BadXp2pInfo],
    ['2.4.0.1.1', ErrCode.BadXp2pInfo],
  ];
  for (const [version, errcode] of versions) {
    test(`of device version ${JSON.stringify(version)} gives ${errcode}`, () => {
      assert.equal(errorOf(textOf(MANDATORY, version)), errcode);
    });
  }

  test('of an old device with a body of another form says that the version is too low', () => {
    assert.equal(errorOf('XP2Pnot+base64/url==%2.2.0'), ErrCode.DeviceVersionTooLow);
  });

  const good = formatXp2pInfo(full());
  const bad: [name: string, text: string][] = [
    ['nothing', ''],
    ['the prefix only', 'XP2P'],
    ['another prefix', good.replace('XP2P', 'XP3P')],
    ['a lower-case prefix', good.replace('XP2P', 'xp2p')],
    ['white space in front', ` ${good}`],
    ['no version', good.slice(0, good.indexOf('%'))],
    ['no body', 'XP2P%2.4.0'],
    ['padding', textOf(MANDATORY.concat(0, 0)).replace('%', '=%')],
    ['base64 of the other alphabet', `XP2P${'+/'.repeat(40)}%2.4.0`],
    ['format 0', textOf([0, ...MANDATORY.slice(1)])],
    ['format 2', textOf([2, ...MANDATORY.slice(1)])],
    ['a cut secret', textOf(MANDATORY.slice(0, 48))],
    ['an option without length', textOf([...MANDATORY, 2])],
    ['an option longer than the rest', textOf([...MANDATORY, 2, 9, ...ascii('ws://a')])],
    ['a static key of 31 bytes', textOf([...MANDATORY, ...option(1, new Array<number>(31).fill(1))])],
    [
      'two static keys',
      textOf([...MANDATORY, ...option(1, new Array<number>(32)), ...option(1, new Array<number>(32))]),
    ],
    [
      'two signaling URLs',
      textOf([...MANDATORY, ...option(2, ascii('ws://a')), ...option(2, ascii('ws://a'))]),
    ],
    ['a signaling URL of another scheme', textOf([...MANDATORY, ...option(2, ascii('http://a'))])],
    ['a signaling URL with a line end', textOf([...MANDATORY, ...option(2, ascii('ws://a\n'))])],
    ['a signaling URL that is not UTF-8', textOf([...MANDATORY, ...option(2, [...ascii('ws://'), 0xff])])],
    ['an empty STUN server', textOf([...MANDATORY, ...option(3, [])])],
    ['a STUN server without port', textOf([...MANDATORY, ...option(3, ascii('stun.example.com'))])],
    ['a STUN server with port 0', textOf([...MANDATORY, ...option(3, ascii('a:0'))])],
    ['a STUN server with port 65536', textOf([...MANDATORY, ...option(3, ascii('a:65536'))])],
    [
      'nine STUN servers',
      textOf([...MANDATORY, ...Array.from({ length: 9 }, () => option(3, ascii('a:1'))).flat()]),
    ],
    [
      'more than 1024 characters',
      textOf([
        ...MANDATORY,
        ...option(9, new Array<number>(255).fill(0)),
        ...option(9, new Array<number>(255).fill(0)),
        ...option(9, new Array<number>(255).fill(0)),
      ]),
    ],
    ['something that is no text', 7 as unknown as string],
  ];
  for (const [name, text] of bad) {
    test(`with ${name} is bad`, () => assert.equal(errorOf(text), ErrCode.BadXp2pInfo));
  }

  test('is not made of a ticket that would not come back', () => {
    const ticket = full();
    const broken: Partial<PeerTicket>[] = [
      { peerName: new Uint8Array(15) },
      { secret: new Uint8Array(33) },
      { staticKey: new Uint8Array(31) },
      { signalingUrl: 'http://a' },
      { signalingUrl: `ws://${'a'.repeat(251)}` },
      { stunServers: ['a'] },
      { stunServers: new Array<string>(9).fill('a:1') },
      { stunServers: new Array<string>(8).fill(`${'a'.repeat(200)}:1`) },
      { deviceVersion: '2' },
    ];
    for (const part of broken) {
      assert.throws(
        () => formatXp2pInfo({ ...ticket, ...part }),
        { errcode: ErrCode.BadArgument },
        JSON.stringify(part),
      );
    }
  });

  test('shows nothing secret in errors and in its form for logs', () => {
    const text = formatXp2pInfo(full());
    const body = text.slice(4, text.indexOf('%'));
    const pieces = Array.from({ length: body.length - 5 }, (_, i) => body.slice(i, i + 6));
    const shown = [redactXp2pInfo(text), redactXp2pInfo(body)];
    for (const broken of [text.replace('%', '!%'), text.slice(0, 40) + '%2.4.0', `${text}%`]) {
      assert.throws(
        () => parseXp2pInfo(broken),
        (thrown: P2PError) => shown.push(thrown.errmsg) > 0,
      );
    }
    for (const line of shown) assert.ok(!pieces.some((piece) => line.includes(piece)), line);
    assert.equal(redactXp2pInfo(text), `(xp2pInfo of ${text.length} characters, version 2.3.0)`);
    assert.equal(redactXp2pInfo(undefined as unknown as string), '(no xp2pInfo)');
  });

  test('shows nothing of a second xp2pInfo that was pasted behind the first and reads as the tag of its version', () => {
    for (const version of ['2.4.0-a', '2.2.0-a']) {
      const text = formatXp2pInfo(small()).replace('2.4.0', version);
      const twice = (text + text).slice(0, text.length + 30);
      const shown = [redactXp2pInfo(twice)];
      if (version === '2.2.0-a') {
        assert.throws(
          () => parseXp2pInfo(twice),
          (thrown: P2PError) => shown.push(thrown.errmsg) > 0,
        );
      }
      for (const line of shown) assert.ok(!line.includes('XP2P') && !line.includes(text.slice(4, 10)), line);
    }
  });

  test('never throws anything but its two codes on 20 000 bent texts', () => {
    const random = new TestRandom();
    const texts = [formatXp2pInfo(small()), formatXp2pInfo(full())];
    for (let round = 0; round < 20_000; round++) {
      const text = texts[round % 2]!;
      const percent = text.indexOf('%');
      const body = random.bend(fromBase64Url(text.slice(4, percent))!);
      const bent =
        round % 3 === 0
          ? Buffer.from(random.bend(Buffer.from(text))).toString('latin1')
          : `XP2P${toBase64Url(body)}${text.slice(percent)}`;
      try {
        const code = errorOf(bent);
        assert.ok(
          code === ErrCode.Ok || code === ErrCode.BadXp2pInfo || code === ErrCode.DeviceVersionTooLow,
          String(code),
        );
      } catch (thrown) {
        assert.fail(`seed ${random.seed}, round ${round}: ${JSON.stringify(bent)}: ${String(thrown)}`);
      }
    }
  });
});
