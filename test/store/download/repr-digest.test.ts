import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ReprDigest } from '../../../store/download/repr-digest';
import { Sha256 } from '../../../store/download/sha256';

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

test('SHA-256 of pieces is that of the whole, wherever it is cut', () => {
  const data = bytes.subarray(0, 300);
  const wordsOf = (hash: Buffer): number[] => Array.from({ length: 8 }, (_, i) => hash.readInt32BE(4 * i));
  const expected = wordsOf(createHash('sha256').update(data).digest());
  for (let first = 0; first <= 130; first++) {
    for (const second of [0, 1, 63, 64, 65, 128]) {
      const pieces = new Sha256();
      pieces.update(data.subarray(0, first));
      pieces.update(data.subarray(first, first + second));
      pieces.update(data.subarray(first + second));
      assert.deepEqual([...pieces.digest()], expected, `${first} + ${second}`);
    }
    const before = new Sha256();
    before.update(data.subarray(0, first));
    const after = new Sha256(before.midstate, first);
    assert.equal(after.totalBytes, first - (first % 64), `${first}`);
    after.update(data.subarray(after.totalBytes));
    assert.deepEqual([...after.digest()], expected, `${first}, kept`);
  }
});

test('a midstate of something else than the bytes that are there is not gone on from', () => {
  const hash = new Sha256();
  hash.update(bytes.subarray(0, 200));
  const { midstate } = hash;
  assert.match(midstate, /^192(,-?\d+){8}$/);
  for (const [kept, offset] of [
    [midstate, 191],
    [midstate, 256],
    [midstate, 0],
    [midstate.slice(0, midstate.lastIndexOf(',')), 200],
    [`${midstate},1`, 200],
    [midstate.replace('192', '1e9'), 200],
    ['', 200],
    ['0', 0],
    [undefined, 200],
  ] as const) {
    assert.equal(new Sha256(kept, offset).totalBytes, 0, `${kept} at ${offset}`);
  }
});
