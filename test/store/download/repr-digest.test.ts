import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ReprDigest } from '../../../store/download/repr-digest';

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * 7);
const hash = createHash('sha256').update(bytes).digest('base64');

test('a hash is found among others, and is that of the bytes however they are cut', () => {
  for (const header of [
    `sha-256=:${hash}:`,
    `sha-512=:AAAA:, sha-256=:${hash}:`,
    `md5=:AA==:,sha-256=:${hash}:`,
  ]) {
    const digest = ReprDigest.of(header)!;
    digest.update(bytes.subarray(0, 77));
    digest.update(bytes.subarray(77));
    assert.equal(digest.isMatch(), true, header);
    const other = ReprDigest.of(header)!;
    other.update(bytes.subarray(1));
    assert.equal(other.isMatch(), false, header);
  }
});

test('what is no hash of this kind is none', () => {
  for (const header of [
    undefined,
    '',
    'sha-256',
    `sha-256=${hash}`,
    `sha-256=:${hash.slice(1)}:`,
    `xsha-256=:${hash}:`,
  ])
    assert.equal(ReprDigest.of(header), null, header);
});

test('every hash is written as base64 writes it (200 inputs)', () => {
  for (let i = 0; i < 200; i++) {
    const digest = ReprDigest.of(
      `sha-256=:${createHash('sha256').update(bytes.subarray(0, i)).digest('base64')}:`,
    )!;
    digest.update(bytes.subarray(0, i));
    assert.ok(digest.isMatch(), `${i} bytes`);
  }
});
