import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { chacha20 as nobleChaCha20 } from '@noble/ciphers/chacha.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../../../p2p-core/bytes/concat';
import { toHex } from '../../../p2p-core/bytes/hex';
import { Drbg } from '../../../p2p-core/crypto/drbg';
import { isErrorResult } from '../../../p2p-core/errors';
import { seededBytes } from './seeded-bytes';

function draw(drbg: Drbg, byteCount: number): string {
  const bytes = new Uint8Array(byteCount);
  drbg.fill(bytes);
  return toHex(bytes);
}

describe('the random generator', () => {
  const seed = seededBytes('drbg seed', 32);

  test('is fast-key-erasure ChaCha20: each call spends the key and half of block 0 becomes the next one', () => {
    const drbg = new Drbg(seed);
    let key = nobleSha256(seed);
    for (const byteCount of [0, 1, 12, 32, 33, 64, 96, 97, 1000]) {
      const stream = nobleChaCha20(key, new Uint8Array(12), new Uint8Array(32 + byteCount));
      assert.equal(draw(drbg, byteCount), toHex(stream.subarray(32)), `${byteCount} bytes`);
      key = stream.slice(0, 32);
    }
    const fresh = seededBytes('fresh', 40);
    const stream = nobleChaCha20(key, new Uint8Array(12), new Uint8Array(64));
    drbg.reseed(fresh);
    key = nobleSha256(concatBytes(stream.subarray(32), fresh));
    const after = nobleChaCha20(key, new Uint8Array(12), new Uint8Array(64));
    assert.equal(draw(drbg, 32), toHex(after.subarray(32)), 'after reseeding');
  });

  test('the same seed gives the same bytes, another seed or another reseed gives others', () => {
    const first = draw(new Drbg(seed), 32);
    assert.equal(draw(new Drbg(seed), 32), first);
    assert.notEqual(draw(new Drbg(seededBytes('other seed', 32)), 32), first);
    const [left, right] = [new Drbg(seed), new Drbg(seed)];
    left.reseed(seededBytes('left', 32));
    right.reseed(seededBytes('right', 32));
    assert.notEqual(draw(left, 32), draw(right, 32));
  });

  test('no draw comes twice', () => {
    const { fill } = new Drbg(seed);
    const seen = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const bytes = new Uint8Array(12);
      fill(bytes);
      seen.add(toHex(bytes));
    }
    assert.equal(seen.size, 2000);
  });

  test('bytes around the filled view stay as they were', () => {
    const whole = new Uint8Array(100);
    new Drbg(seed).fill(whole.subarray(10, 90));
    assert.equal(toHex(whole.subarray(0, 10)) + toHex(whole.subarray(90)), '00'.repeat(20));
  });

  test('a seed that is too short is a bad argument, a longer one counts to its last byte', () => {
    assert.throws(
      () => new Drbg(new Uint8Array(31)),
      (thrown) => isErrorResult(thrown) && thrown.errcode === -2000,
    );
    const long = seededBytes('long seed', 48);
    const first = draw(new Drbg(long), 16);
    long[47]! ^= 1;
    assert.notEqual(draw(new Drbg(long), 16), first);
  });
});
