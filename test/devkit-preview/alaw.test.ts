import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeAlaw } from '../../devkit/preview/pusher/alaw';

/** ITU-T G.711, the other way round: the middle of the step. */
function decodeAlaw(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = bits & 0x0f;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return (bits & 0x80) === 0 ? -magnitude : magnitude;
}

test('A-law has the codes of the recommendation at its ends and about nothing', () => {
  assert.deepEqual([0, -1, 32767, -32768].map(encodeAlaw), [0xd5, 0x55, 0xaa, 0x2a]);
});

test('every sample comes back within half a step of its own loudness', () => {
  for (let sample = -32768; sample <= 32767; sample++) {
    const error = Math.abs(decodeAlaw(encodeAlaw(sample)) - sample);
    assert.ok(error <= Math.max(9, Math.abs(sample) / 31), `${sample}: ${error}`);
  }
});
