import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CallLimiter } from '../../../p2p-core/signaling/call-limiter';
import { TokenBucket } from '../../../p2p-core/signaling/token-bucket';

const admitted = (count: number, admits: () => boolean): number =>
  Array.from({ length: count }, admits).filter(Boolean).length;

describe('a token bucket', () => {
  test('lets the burst through, then its rate, and never saves more than the burst', () => {
    const bucket = new TokenBucket(5, 2, 1000);
    assert.equal(
      admitted(9, () => bucket.take(1000)),
      5,
    );
    assert.equal(bucket.take(1499), false);
    assert.equal(bucket.take(1500), true);
    assert.equal(
      admitted(9, () => bucket.take(1e9)),
      5,
    );
  });
});

describe('the limit of a camera for offers', () => {
  test('is 8 at once and one a second for each viewer: more than a genuine one sends', () => {
    const limiter = new CallLimiter(0);
    assert.equal(
      admitted(20, () => limiter.admitsOffer('a', 0)),
      8,
    );
    assert.equal(
      admitted(20, () => limiter.admitsOffer('a', 2000)),
      2,
    );
    for (const atMs of [0, 700, 2100, 4900, 7700]) assert.ok(limiter.admitsOffer('b', 2000 + atMs));
  });

  test('is 64 at once and 16 a second for all viewers together', () => {
    const limiter = new CallLimiter(0);
    let viewer = 0;
    const next = (nowMs: number) => () => limiter.admitsOffer(`viewer ${viewer++}`, nowMs);
    assert.equal(admitted(500, next(0)), 64);
    assert.equal(admitted(500, next(1000)), 16);
  });

  test('remembers 256 viewers, and forgets those first that have been silent for the longest time', () => {
    const limiter = new CallLimiter(0);
    for (let nowMs = 0; nowMs < 300_000; nowMs += 100) {
      limiter.admitsOffer(`viewer ${nowMs}`, nowMs);
      if (nowMs % 1000 < 300) limiter.admitsOffer('busy', nowMs); // three times what it may
    }
    assert.equal(limiter.size, 256);
    assert.ok(admitted(9, () => limiter.admitsOffer('busy', 300_000)) <= 1, 'it was remembered');
    assert.equal(
      admitted(9, () => limiter.admitsOffer('viewer 0', 300_000)),
      8,
      'it was forgotten',
    );
  });
});
