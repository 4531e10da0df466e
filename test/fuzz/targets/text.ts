import assert from 'node:assert/strict';
import { fromBase64Url, toBase64Url } from '../../../p2p-core/bytes/base64url';
import { fromHex, toHex } from '../../../p2p-core/bytes/hex';
import { utf8Decode, utf8Encode } from '../../../p2p-core/bytes/utf8';
import { ErrCode, P2PError } from '../../../p2p-core/errors';
import { encodeQuery, encodeTarget, parseQuery } from '../../../p2p-core/http/query';
import { canonicalIp, parseIp } from '../../../p2p-core/path/ip-address';
import { formatXp2pInfo, newTicket, parseXp2pInfo, redactXp2pInfo } from '../../../p2p-core/signaling/ticket';
import { Prng } from '../../sim/prng';
import { ascii, join, randomBytes } from '../mutate';
import type { FuzzTarget } from '../target';

const fromLatin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const tickets = [
  newTicket(new Prng(1).fill, { deviceVersion: '2.4.0' }),
  newTicket(new Prng(2).fill, {
    staticKey: randomBytes(new Prng(3), 32),
    signalingUrl: 'wss://rendezvous.example:8443/mqtt?token=1',
    stunServers: ['stun.example:3478', '[2001:db8::1]:3478'],
    deviceVersion: '10.20.30.40-beta.1',
  }),
].map(formatXp2pInfo);

function option(random: Prng): Uint8Array {
  const values = ['ws://a', 'http://a', 'stun.example:3478', 'stun.example:0', 'x:65536', '[::1]:1', ''];
  const value = random.chance(0.3)
    ? randomBytes(random, random.pick([31, 32, 33]))
    : ascii(random.pick(values));
  const stated = random.chance(0.95) ? value.length : random.int(0, 255);
  return join(Uint8Array.of(random.pick([1, 2, 3, 3, 3, 4, 255]), stated), value);
}

export const xp2pInfo: FuzzTarget = {
  name: 'xp2p-info',
  inputsPerRound: 800,
  corpus: tickets.map(ascii),
  grammar(random) {
    const options = Array.from({ length: random.int(0, random.chance(0.1) ? 12 : 3) }, () => option(random));
    const body = join(Uint8Array.of(random.chance(0.95) ? 1 : 2), randomBytes(random, 48), ...options);
    const version = random.pick([
      '2.4.0',
      '2.3.0',
      '2.2.9',
      '99.99999.1.1',
      '2',
      '252.4.0',
      '',
      '2.4.0+x',
      '%',
    ]);
    return ascii(`XP2P${toBase64Url(body)}${random.pick(['%', '%', '%25', ''])}${version}`);
  },
  run(input) {
    const text = fromLatin1(input);
    const redacted = redactXp2pInfo(text);
    let isSound = false;
    try {
      const ticket = parseXp2pInfo(text);
      assert.deepEqual(parseXp2pInfo(formatXp2pInfo(ticket)), ticket);
      isSound = true;
      assert.ok(!redacted.includes(toBase64Url(ticket.secret).slice(0, 12)));
    } catch (error) {
      assert.ok(error instanceof P2PError, String(error));
      assert.ok(error.errcode === ErrCode.BadXp2pInfo || error.errcode === ErrCode.DeviceVersionTooLow);
      const body = text.slice(4, 20);
      assert.ok(body.length < 16 || !error.errmsg.includes(body), 'a secret in an error text');
    }
    assert.ok(text.length < 40 || !redacted.includes(text.slice(4, 20)));
    return isSound;
  },
};

/** Everything that turns bytes into text and back. */
export const text: FuzzTarget = {
  name: 'text',
  inputsPerRound: 1500,
  corpus: ['a=1&b=%E4%BD%A0&c', '2001:db8::1', '::ffff:1.2.3.4', '00ffAB', 'QUJD-_', 'é你😀'].map((one) =>
    Uint8Array.from(Buffer.from(one)),
  ),
  grammar(random) {
    const parts = [
      '%',
      '%4',
      '%41',
      '%ff',
      '&',
      '=',
      '+',
      ':',
      '::',
      '1.',
      '255',
      'ffff',
      '你',
      '😀',
      '\ud800',
      'a',
    ];
    let made = '';
    for (let count = random.int(0, 20); count > 0; count--) made += random.pick(parts);
    return join(Uint8Array.from(Buffer.from(made)), randomBytes(random, random.int(0, 3)));
  },
  run(input) {
    const decoded = utf8Decode(input);
    assert.equal(decoded, new TextDecoder('utf-8', { ignoreBOM: true }).decode(input));
    assert.deepEqual(utf8Encode(decoded), Uint8Array.from(Buffer.from(decoded)));
    const latin1 = fromLatin1(input);
    const base64 = fromBase64Url(latin1);
    if (base64 !== null) assert.equal(toBase64Url(base64), latin1);
    const hex = fromHex(latin1);
    if (hex !== null) assert.equal(toHex(hex), latin1.toLowerCase());
    const params = Object.fromEntries(parseQuery(latin1));
    assert.deepEqual(Object.fromEntries(parseQuery(encodeQuery(params))), params);
    assert.match(encodeTarget(`/${decoded}`), /^\/[!"$-~]*$/);
    const ip = canonicalIp(latin1);
    assert.equal(ip === null, parseIp(latin1) === null);
    if (ip !== null) assert.equal(canonicalIp(ip), ip);
    return !decoded.includes('\ufffd');
  },
};
