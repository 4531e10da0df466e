import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import * as net from 'node:net';
import { SenderText, canonicalIp, formatIp, ipScope, parseIp } from '../../../p2p-core/path/ip-address';
import { seededRandom } from './support/random';

describe('canonicalIp', () => {
  const cases: [string, string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    // RFC 5952 §4.1: no leading zeros; §4.3: lower case.
    ['2001:0DB8::0001', '2001:db8::1'],
    // §4.2.2: one zero group is not shortened.
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    // §4.2.3: the longest run, the first one of equals.
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:0:0', '1:2:3:4:5:6::'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    // A dual-stack socket's way to write IPv4.
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
  ];
  for (const [text, expected] of cases) {
    test(`${text} becomes ${expected}`, () => assert.equal(canonicalIp(text), expected));
  }

  const broken = [
    '', ' ', '1', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4 ', '1.2.3.-4', '1..2.3', '0x1.2.3.4',
    ':', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::2::3', '12345::', '::g', '::1.2.3', '::1.2.3.4:5',
    '1.2.3.4::', '1.2.3.4::1', '1:2:3:4:5:6:7:1.2.3.4', '1:2:3:4:5:6:7:8::', '::1:2:3:4:5:6:7:8', ':1', '1:', ':1::',
    'fe80::1%eth0', '[::1]', 'camera.local', '1'.repeat(100), ':'.repeat(5000),
  ]; // prettier-ignore
  for (const text of broken) {
    test(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.equal(parseIp(text), null);
      assert.equal(canonicalIp(text), null);
    });
  }

  test('every address survives formatting and parsing, and Node reads it as the same family', () => {
    const seed = 42;
    const random = seededRandom(seed);
    for (let round = 0; round < 3000; round++) {
      const bytes = new Uint8Array(round % 3 === 0 ? 4 : 16);
      // Zero groups are what formatting is about, so they are made frequent.
      for (let i = 0; i < bytes.length; i++) bytes[i] = random() < 0.6 ? 0 : Math.floor(random() * 256);
      const text = formatIp(bytes);
      assert.deepEqual(parseIp(text), bytes, `seed ${seed} round ${round}: ${text}`);
      assert.equal(net.isIP(text), bytes.length === 4 ? 4 : 6, text);
      if (bytes.length === 16) assert.equal(new URL(`http://[${text}]/`).hostname, urlForm(text), text);
    }
  });
});

describe('ipScope', () => {
  const scopes: Record<string, string> = {
    '0.0.0.0': 'unspecified',
    '0.1.2.3': 'unspecified',
    '127.0.0.1': 'loopback',
    '127.8.9.1': 'loopback',
    '169.254.3.4': 'link-local',
    '169.253.3.4': 'unicast',
    '192.168.1.1': 'unicast',
    '224.0.0.1': 'multicast',
    '239.255.255.250': 'multicast',
    '240.0.0.1': 'broadcast',
    '255.255.255.255': 'broadcast',
    '::': 'unspecified',
    '::1': 'loopback',
    '::2': 'unicast',
    'fe80::1': 'link-local',
    'febf::1': 'link-local',
    'fec0::1': 'unicast',
    'fd00::1': 'unicast',
    'ff02::fb': 'multicast',
    '::ffff:127.0.0.1': 'loopback',
  };
  for (const [text, scope] of Object.entries(scopes)) {
    test(`${text} is ${scope}`, () => assert.equal(ipScope(parseIp(text)!), scope));
  }
});

/** URLs write the IPv4-mapped form in hexadecimal (WHATWG URL §3.5), RFC 5952 does not; the rest is the same. */
function urlForm(text: string): string {
  if (!text.startsWith('::ffff:') || !text.includes('.')) return `[${text}]`;
  const bytes = parseIp(text)!;
  const group = (at: number) => ((bytes[at]! << 8) | bytes[at + 1]!).toString(16);
  return `[::ffff:${group(12)}:${group(14)}]`;
}

test('SenderText names a sender in one form however its system writes it, and gives null for an address with a zone', () => {
  const text = new SenderText();
  const senders = ['2001:DB8:0:0:0:0:0:1', 'fe80::1%wlan0', '2001:db8::1', '::ffff:1.2.3.4', '1.2.3.4'];
  const forms = ['2001:db8::1', null, '2001:db8::1', '1.2.3.4', '1.2.3.4'];
  for (let round = 0; round < 2; round++)
    assert.deepEqual(
      senders.map((one) => text.of(one)),
      forms,
    );
});
