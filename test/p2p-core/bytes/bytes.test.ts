import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { fromBase64Url, toBase64Url } from '../../../p2p-core/bytes/base64url';
import { concatBytes, constantTimeEqual, equalBytes } from '../../../p2p-core/bytes/concat';
import { fromHex, toHex } from '../../../p2p-core/bytes/hex';
import { utf8Decode, utf8Encode } from '../../../p2p-core/bytes/utf8';
import { seededBytes } from '../crypto/seeded-bytes';

const nativeDecode = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

describe('UTF-8', () => {
  test('every code point, surrogates included, is encoded and decoded as the platform does', () => {
    let text = '';
    for (let code = 0; code <= 0xffff; code++) text += String.fromCharCode(code);
    for (let code = 0x10000; code <= 0x10ffff; code += 977) text += String.fromCodePoint(code);
    text += String.fromCodePoint(0x10ffff);
    const bytes = utf8Encode(text);
    assert.ok(equalBytes(bytes, new TextEncoder().encode(text)));
    assert.equal(utf8Decode(bytes), nativeDecode(bytes));
  });

  test('unpaired surrogates become U+FFFD wherever they stand', () => {
    for (const text of [
      '\ud83d',
      'a\ud83d',
      '\ud83da',
      '\ude00',
      '\ude00\ud83d',
      '\ud83d\ud83d\ude00',
      '😀\ud83d',
    ]) {
      assert.equal(toHex(utf8Encode(text)), toHex(new TextEncoder().encode(text)), JSON.stringify(text));
    }
  });

  test('every sequence of up to three bytes from the borders of the encoding decodes as the platform does', () => {
    const borders = [
      0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
      0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
    ];
    for (const a of borders) {
      for (const b of borders) {
        for (const c of borders) {
          for (const bytes of [Uint8Array.of(a, b, c), Uint8Array.of(a, b, c, 0x80), Uint8Array.of(a, b)]) {
            assert.equal(utf8Decode(bytes), nativeDecode(bytes), toHex(bytes));
          }
        }
      }
    }
  });

  test('random bytes decode as the platform does', () => {
    for (let i = 0; i < 500; i++) {
      const bytes = seededBytes(`utf8 ${i}`, i % 67);
      assert.equal(utf8Decode(bytes), nativeDecode(bytes), `bytes ${toHex(bytes)}`);
    }
  });
});

describe('hexadecimal', () => {
  test('every byte survives the way there and back, in either case', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    assert.equal(toHex(bytes), Buffer.from(bytes).toString('hex'));
    assert.deepEqual(fromHex(toHex(bytes)), bytes);
    assert.deepEqual(fromHex(toHex(bytes).toUpperCase()), bytes);
    assert.deepEqual(fromHex(''), new Uint8Array(0));
  });

  test('an odd length and every character that is no digit give null', () => {
    assert.equal(fromHex('abc'), null);
    for (let code = 0; code < 0x180; code++) {
      const character = String.fromCharCode(code);
      const isDigit = /[0-9a-fA-F]/.test(character);
      assert.equal(fromHex(`0${character}`) !== null, isDigit, `0x${code.toString(16)}`);
      assert.equal(fromHex(`${character}0`) !== null, isDigit, `0x${code.toString(16)}`);
    }
  });
});

describe('base64url', () => {
  test('the published examples come out, without padding', () => {
    // RFC 4648 §10.
    const rows = [
      ['', ''],
      ['f', 'Zg'],
      ['fo', 'Zm8'],
      ['foo', 'Zm9v'],
      ['foob', 'Zm9vYg'],
      ['fooba', 'Zm9vYmE'],
      ['foobar', 'Zm9vYmFy'],
    ] as const;
    for (const [plain, encoded] of rows) {
      assert.equal(toBase64Url(utf8Encode(plain)), encoded);
      assert.deepEqual(fromBase64Url(encoded), utf8Encode(plain));
    }
  });

  test('all lengths agree with the platform and survive the way back', () => {
    for (let length = 0; length <= 100; length++) {
      const bytes = seededBytes('base64url', length);
      const text = toBase64Url(bytes);
      assert.equal(text, Buffer.from(bytes).toString('base64url'), `${length} bytes`);
      assert.deepEqual(fromBase64Url(text), bytes, `${length} bytes`);
    }
  });

  test('exactly one text is accepted for a value: what decodes encodes back to itself', () => {
    const characters = Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code));
    for (const prefix of ['', 'A', 'AA', 'Zm9v', 'Zm9vA', 'Zm9v_-']) {
      for (const character of characters) {
        const text = prefix + character;
        const bytes = fromBase64Url(text);
        if (bytes !== null) assert.equal(toBase64Url(bytes), text);
        const isCanonical = Buffer.from(text, 'base64url').toString('base64url') === text;
        assert.equal(bytes !== null, isCanonical, JSON.stringify(text));
      }
    }
    for (const text of ['Zg==', 'Zm8=', 'Zm9v\n', ' Zm9v', 'Zm+v', 'Zm/v', 'A', 'AAAAA']) {
      assert.equal(fromBase64Url(text), null, JSON.stringify(text));
    }
  });
});

describe('joining and comparing', () => {
  test('parts are joined in order into a new array', () => {
    const part = Uint8Array.of(1, 2);
    const joined = concatBytes(part, new Uint8Array(0), Uint8Array.of(3));
    assert.deepEqual(joined, Uint8Array.of(1, 2, 3));
    part[0] = 9;
    assert.equal(joined[0], 1, 'the parts were copied');
    assert.equal(concatBytes().length, 0);
  });

  for (const [name, equal] of [
    ['equalBytes', equalBytes],
    ['constantTimeEqual', constantTimeEqual],
  ] as const) {
    test(`${name} sees a difference in every bit, and in the length`, () => {
      const bytes = seededBytes('equal', 20);
      assert.equal(equal(bytes, bytes.slice()), true);
      assert.equal(equal(new Uint8Array(0), new Uint8Array(0)), true);
      assert.equal(equal(bytes, bytes.subarray(0, 19)), false);
      assert.equal(equal(new Uint8Array(0), new Uint8Array(1)), false);
      for (let bit = 0; bit < 160; bit++) {
        const other = bytes.slice();
        other[bit >> 3]! ^= 1 << (bit & 7);
        assert.equal(equal(bytes, other), false, `bit ${bit}`);
      }
    });
  }
});
