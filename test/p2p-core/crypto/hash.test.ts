import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { hmac as nobleHmac } from '@noble/hashes/hmac.js';
import { hkdf as nobleHkdf } from '@noble/hashes/hkdf.js';
import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../../../p2p-core/bytes/hex';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { hkdfSha256 } from '../../../p2p-core/crypto/hkdf';
import { hmacSha256 } from '../../../p2p-core/crypto/hmac';
import { hmacSha1, sha1 } from '../../../p2p-core/crypto/sha1';
import { sha256 } from '../../../p2p-core/crypto/sha256';
import { isErrorResult } from '../../../p2p-core/errors';
import { hex } from './read-vectors';
import { seededBytes } from './seeded-bytes';

const repeat = (byte: number, count: number): Uint8Array => new Uint8Array(count).fill(byte);

describe('SHA-256 and SHA-1', () => {
  // FIPS 180-4 examples (NIST "SHA256.pdf", "SHA1.pdf") and RFC 3174 §7.3.
  const rows: [string, string, string][] = [
    [
      '',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    ],
    [
      'abc',
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      'a9993e364706816aba3e25717850c26c9cd0d89d',
    ],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
      '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
    ],
    [
      'a'.repeat(1_000_000),
      'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
      '34aa973cd4c4daa4f61eeb2bdbad27316534016f',
    ],
  ];
  for (const [text, expected256, expected1] of rows) {
    test(`the published example of ${text.length} bytes comes out`, () => {
      assert.equal(toHex(sha256(utf8Encode(text))), expected256);
      assert.equal(toHex(sha1(utf8Encode(text))), expected1);
    });
  }

  test('every length over four blocks agrees with an independent implementation', () => {
    const data = seededBytes('hash lengths', 257);
    for (let length = 0; length <= 257; length++) {
      const message = data.subarray(0, length);
      assert.equal(toHex(sha256(message)), toHex(nobleSha256(message)), `SHA-256 of ${length} bytes`);
      assert.equal(toHex(sha1(message)), toHex(nobleSha1(message)), `SHA-1 of ${length} bytes`);
    }
  });
});

describe('HMAC', () => {
  // RFC 4231 §4 (SHA-256) beside RFC 2202 §3 (SHA-1); null where the two RFCs do not share the test case.
  const rows: [string, Uint8Array, Uint8Array, string | null, string | null][] = [
    [
      'a 20-byte key',
      repeat(0x0b, 20),
      utf8Encode('Hi There'),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      'b617318655057264e28bc0b6fb378c8ef146be00',
    ],
    [
      'a key shorter than the hash',
      utf8Encode('Jefe'),
      utf8Encode('what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    ],
    [
      'key and data longer than the hash together',
      repeat(0xaa, 20),
      repeat(0xdd, 50),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
      '125d7342b9ac11cd91a39af48aa17b4f63f175d3',
    ],
    [
      'a 25-byte key',
      hex('0102030405060708090a0b0c0d0e0f10111213141516171819'),
      repeat(0xcd, 50),
      '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
      '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
    ],
    [
      'a key longer than a block',
      repeat(0xaa, 131),
      utf8Encode('Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
      null,
    ],
    [
      'key and data longer than a block',
      repeat(0xaa, 131),
      utf8Encode(
        'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
      ),
      '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
      null,
    ],
    [
      'an 80-byte key',
      repeat(0xaa, 80),
      utf8Encode('Test Using Larger Than Block-Size Key - Hash Key First'),
      null,
      'aa4ae5e15272d00e95705637ce8a3b55ed402112',
    ],
  ];
  for (const [what, key, data, expected256, expected1] of rows) {
    test(`the published example with ${what} comes out`, () => {
      if (expected256 !== null) assert.equal(toHex(hmacSha256(key, data)), expected256);
      if (expected1 !== null) assert.equal(toHex(hmacSha1(key, data)), expected1);
    });
  }

  test('every key length around the block size agrees with an independent implementation', () => {
    const data = seededBytes('hmac data', 100);
    for (let length = 0; length <= 130; length++) {
      const key = seededBytes('hmac key', length);
      assert.equal(
        toHex(hmacSha256(key, data)),
        toHex(nobleHmac(nobleSha256, key, data)),
        `${length}-byte key`,
      );
      assert.equal(toHex(hmacSha1(key, data)), toHex(nobleHmac(nobleSha1, key, data)), `${length}-byte key`);
    }
  });
});

describe('HKDF-SHA-256', () => {
  const sequence = (from: number, to: number): Uint8Array =>
    Uint8Array.from({ length: to - from + 1 }, (_, i) => from + i);

  // RFC 5869 appendix A.1 to A.3.
  test('the published examples come out', () => {
    assert.equal(
      toHex(hkdfSha256(sequence(0x00, 0x0c), repeat(0x0b, 22), sequence(0xf0, 0xf9), 42)),
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
    assert.equal(
      toHex(hkdfSha256(sequence(0x60, 0xaf), sequence(0x00, 0x4f), sequence(0xb0, 0xff), 82)),
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    );
    assert.equal(
      toHex(hkdfSha256(new Uint8Array(0), repeat(0x0b, 22), new Uint8Array(0), 42)),
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
  });

  test('every output length agrees with an independent implementation', () => {
    const ikm = seededBytes('hkdf ikm', 32);
    const salt = seededBytes('hkdf salt', 16);
    const info = utf8Encode('context');
    for (const length of [1, 31, 32, 33, 64, 65, 255 * 32]) {
      assert.equal(
        toHex(hkdfSha256(salt, ikm, info, length)),
        toHex(nobleHkdf(nobleSha256, ikm, salt, info, length)),
        `${length} bytes`,
      );
    }
    assert.equal(hkdfSha256(salt, ikm, info, 0).length, 0);
  });

  test('more output than the RFC allows is a bad argument', () => {
    for (const length of [255 * 32 + 1, -1, NaN]) {
      assert.throws(
        () => hkdfSha256(repeat(0, 1), repeat(0, 1), repeat(0, 1), length),
        (thrown) => isErrorResult(thrown) && thrown.errcode === -2000,
      );
    }
  });
});
