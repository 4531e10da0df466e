import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { x25519 as nobleX25519 } from '@noble/curves/ed25519.js';
import { toHex } from '../../../p2p-core/bytes/hex';
import { x25519, x25519PublicKey } from '../../../p2p-core/crypto/x25519';
import { isErrorResult } from '../../../p2p-core/errors';
import { hex, readVectors } from './read-vectors';
import { seededBytes } from './seeded-bytes';

/** The shared secret as text; 'none' for an all-zero one. */
function shared(privateKey: Uint8Array, publicKey: Uint8Array): string {
  const secret = x25519(privateKey, publicKey);
  return secret === null ? 'none' : toHex(secret);
}

describe('X25519', () => {
  test('the published examples come out, one of them with a top bit that must be ignored', () => {
    // RFC 7748 §5.2.
    assert.equal(
      shared(
        hex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4'),
        hex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c'),
      ),
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    );
    assert.equal(
      shared(
        hex('4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d'),
        hex('e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493'),
      ),
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    );
  });

  test('the published chain of 1000 iterations comes out', () => {
    // RFC 7748 §5.2.
    let k: Uint8Array = new Uint8Array(32);
    k[0] = 9;
    let u = k;
    for (let i = 1; i <= 1000; i++) {
      const next = x25519(k, u);
      assert.ok(next, `iteration ${i}`);
      u = k;
      k = next;
      if (i === 1) assert.equal(toHex(k), '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079');
    }
    assert.equal(toHex(k), '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
  });

  test('two sides reach the published shared secret', () => {
    // RFC 7748 §6.1.
    const alice = hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
    const bob = hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
    const secret = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
    assert.equal(
      toHex(x25519PublicKey(alice)),
      '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    );
    assert.equal(
      toHex(x25519PublicKey(bob)),
      'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
    );
    assert.equal(shared(alice, x25519PublicKey(bob)), secret);
    assert.equal(shared(bob, x25519PublicKey(alice)), secret);
  });

  test('every Wycheproof vector comes out, and a secret of all zeros is refused', () => {
    interface Vector {
      tcId: number;
      comment: string;
      public: string;
      private: string;
      shared: string;
    }
    const { tests } = readVectors<{ tests: Vector[] }>('wycheproof-x25519.json');
    assert.equal(tests.length, 518);
    let refused = 0;
    for (const vector of tests) {
      const expected = /^0+$/.test(vector.shared) ? 'none' : vector.shared;
      if (expected === 'none') refused++;
      assert.equal(
        shared(hex(vector.private), hex(vector.public)),
        expected,
        `tcId ${vector.tcId}: ${vector.comment}`,
      );
    }
    assert.ok(refused > 0, 'the vectors hold points of low order');
  });

  test('random keys, random points and values around the prime agree with an independent implementation', () => {
    for (let i = 0; i < 100; i++) {
      const privateKey = seededBytes(`x25519 private ${i}`, 32);
      const point = seededBytes(`x25519 point ${i}`, 32);
      assert.equal(
        toHex(x25519PublicKey(privateKey)),
        toHex(nobleX25519.getPublicKey(privateKey)),
        `key ${i}`,
      );
      assert.equal(shared(privateKey, point), toHex(nobleX25519.scalarMult(privateKey, point)), `point ${i}`);
    }
    const privateKey = seededBytes('x25519 around the prime', 32);
    // 2^255 - 19 is ed ff … ff 7f: the last byte pattern stays, the first walks over the prime, with the top bit on and off.
    for (let low = 0xe0; low <= 0xff; low++) {
      for (const top of [0x7f, 0xff]) {
        const point = new Uint8Array(32).fill(0xff);
        point[0] = low;
        point[31] = top;
        let expected: string;
        try {
          expected = toHex(nobleX25519.scalarMult(privateKey, point));
        } catch {
          expected = 'none'; // noble throws on an all-zero secret
        }
        assert.equal(shared(privateKey, point), expected, `first byte ${low}, last ${top}`);
      }
    }
  });

  test('keys of another length are a bad argument', () => {
    for (const [a, b] of [
      [31, 32],
      [32, 33],
      [0, 0],
    ] as const) {
      assert.throws(
        () => x25519(new Uint8Array(a), new Uint8Array(b)),
        (thrown) => isErrorResult(thrown) && thrown.errcode === -2000,
      );
    }
  });

  test('the keys that are given stay as they were', () => {
    const privateKey = seededBytes('x25519 untouched', 32);
    const point = seededBytes('x25519 untouched point', 32);
    const before = toHex(privateKey) + toHex(point);
    x25519(privateKey, point);
    assert.equal(toHex(privateKey) + toHex(point), before);
  });
});
