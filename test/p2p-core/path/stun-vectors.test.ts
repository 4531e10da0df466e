/** Test vectors of RFC 5769, byte for byte. */
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import { fromHex, toHex } from '../../../p2p-core/bytes/hex';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { StunAttribute, StunClass } from '../../../p2p-core/path/stun-attributes';
import { StunBuilder } from '../../../p2p-core/path/stun-builder';
import { hasValidIntegrity, parseStunMessage, stunUsernameTarget } from '../../../p2p-core/path/stun-message';

const hex = (text: string) => fromHex(text.replace(/\s/g, ''))!;

/** §2.1 */
const REQUEST = hex(`
  00010058 2112a442 b7e7a701bc34d686fa87dfae
  80220010 5354554e207465737420636c69656e74
  00240004 6e0001ff
  80290008 932ff9b151263b36
  00060009 6576746a3a68367659 202020
  00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  80280004 e57a3bcf`);
/** §2.2 */
const IPV4_RESPONSE = hex(`
  0101003c 2112a442 b7e7a701bc34d686fa87dfae
  8022000b 7465737420766563746f72 20
  00200008 0001a147e112a643
  00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
  80280004 c07d4c96`);
/** §2.3 */
const IPV6_RESPONSE = hex(`
  01010048 2112a442 b7e7a701bc34d686fa87dfae
  8022000b 7465737420766563746f72 20
  00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
  00080014 a382954e4be67bf11784c97c8292c275bfe3ed41
  80280004 c8fb0b4c`);
/** §2.4 */
const LONG_TERM_REQUEST = hex(`
  00010060 2112a442 78ad3433c6ad72c029da412e
  00060012 e3839ee38388e383aae38383e382afe382b9 0000
  0015001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341
  0014000b 6578616d706c652e6f7267 00
  00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666`);

const KEY = utf8Encode('VOkJxbRl1RmTxUk/WvJxBt');
const TRANSACTION_ID = hex('b7e7a701bc34d686fa87dfae');

describe('RFC 5769', () => {
  test('§2.1 request: every attribute, integrity and fingerprint are read', () => {
    const message = parseStunMessage(REQUEST)!;

    assert.equal(message.messageClass, StunClass.Request);
    assert.equal(message.method, 1);
    assert.deepEqual(message.transactionId, TRANSACTION_ID);
    assert.equal(message.software, 'STUN test client');
    assert.equal(message.priority, 0x6e0001ff);
    assert.equal(toHex(message.iceControlled!), '932ff9b151263b36');
    assert.equal(message.iceControlling, null);
    assert.equal(message.username, 'evtj:h6vY');
    assert.equal(message.hasFingerprint, true);
    assert.equal(hasValidIntegrity(message, KEY), true);
    assert.equal(hasValidIntegrity(message, utf8Encode('VOkJxbRl1RmTxUk/WvJxBu')), false);
    assert.equal(stunUsernameTarget(REQUEST), 'evtj');
  });

  test('§2.2 IPv4 response', () => {
    const message = parseStunMessage(IPV4_RESPONSE)!;

    assert.equal(message.messageClass, StunClass.Success);
    assert.equal(message.software, 'test vector');
    assert.deepEqual(message.xorMappedAddress, { address: '192.0.2.1', port: 32853 });
    assert.equal(hasValidIntegrity(message, KEY), true);
    assert.equal(stunUsernameTarget(IPV4_RESPONSE), null);
  });

  test('§2.3 IPv6 response', () => {
    const message = parseStunMessage(IPV6_RESPONSE)!;

    const address = '2001:db8:1234:5678:11:2233:4455:6677';
    assert.deepEqual(message.xorMappedAddress, { address, port: 32853 });
    assert.equal(hasValidIntegrity(message, KEY), true);
  });

  test('§2.4 request with long-term credentials', () => {
    const message = parseStunMessage(LONG_TERM_REQUEST)!;
    const key = crypto.createHash('md5').update('マトリックス:example.org:TheMatrIX').digest();

    assert.equal(message.username, 'マトリックス');
    assert.deepEqual(message.unknownRequired, []);
    assert.equal(message.hasFingerprint, false);
    assert.equal(hasValidIntegrity(message, new Uint8Array(key)), true);
  });

  // The vectors pad with spaces, we with zeros (RFC 8489 §14), so that integrity and fingerprint differ from here on.
  test('the builder writes the same messages up to the padding', () => {
    const request = new StunBuilder(StunClass.Request, TRANSACTION_ID)
      .software('STUN test client')
      .priority(0x6e0001ff)
      .attribute(StunAttribute.IceControlled, hex('932ff9b151263b36'))
      .username('evtj:h6vY')
      .integrity(KEY)
      .fingerprint()
      .finish();
    assert.equal(toHex(request.subarray(0, 73)), toHex(REQUEST.subarray(0, 73)));
    assert.equal(request.length, REQUEST.length);
    assert.equal(hasValidIntegrity(parseStunMessage(request)!, KEY), true);

    const response = new StunBuilder(StunClass.Success, TRANSACTION_ID)
      .software('test vector')
      .xorMappedAddress({ address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 })
      .integrity(KEY)
      .fingerprint()
      .finish();
    assert.equal(response.length, IPV6_RESPONSE.length);
    assert.equal(toHex(response.subarray(0, 35)), toHex(IPV6_RESPONSE.subarray(0, 35)));
    assert.equal(toHex(response.subarray(36, 60)), toHex(IPV6_RESPONSE.subarray(36, 60)));
  });

  test('no message with a flipped bit before the fingerprint is both read and authentic', () => {
    for (const vector of [REQUEST, IPV4_RESPONSE, IPV6_RESPONSE]) {
      for (let bit = 0; bit < (vector.length - 8) * 8; bit++) {
        const bent = vector.slice();
        bent[bit >> 3]! ^= 1 << (bit & 7);
        const message = parseStunMessage(bent);
        assert.ok(message === null || !hasValidIntegrity(message, KEY), `bit ${bit}`);
      }
    }
  });

  test('a wrong fingerprint makes a message unreadable', () => {
    for (let bit = (REQUEST.length - 4) * 8; bit < REQUEST.length * 8; bit++) {
      const bent = REQUEST.slice();
      bent[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(parseStunMessage(bent), null, `bit ${bit}`);
    }
  });
});
