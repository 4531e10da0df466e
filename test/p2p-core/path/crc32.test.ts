import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as zlib from 'node:zlib';
import { crc32 } from '../../../p2p-core/path/crc32';
import { seededFill } from './support/random';

test('gives the check value that catalogues of CRCs list for "123456789"', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
});

test('agrees with zlib on every length up to 300 and counts only the bytes it was told to', () => {
  const bytes = new Uint8Array(300);
  seededFill(1)(bytes);
  for (let length = 0; length <= bytes.length; length++) {
    assert.equal(crc32(bytes, length), zlib.crc32(bytes.subarray(0, length)), `length ${length}`);
  }
});
