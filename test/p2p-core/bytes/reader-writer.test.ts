import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { ByteReader } from '../../../p2p-core/bytes/reader';
import { ByteWriter } from '../../../p2p-core/bytes/writer';
import { seededBytes } from '../crypto/seeded-bytes';

/** Reads u8, u16, u24, u32, three bytes, a skipped byte: 14 bytes in all. */
function readAll(reader: ByteReader): unknown[] {
  const values: unknown[] = [reader.u8(), reader.u16(), reader.u24(), reader.u32(), [...reader.bytes(3)]];
  reader.skip(1);
  return values;
}
const MESSAGE = Uint8Array.of(0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 1, 2, 3, 4);
const VALUES = [0xf1, 0xf2f3, 0xf4f5f6, 0xf7f8f9fa, [1, 2, 3]];

describe('ByteReader', () => {
  test('reads big-endian unsigned integers and views', () => {
    const reader = new ByteReader(MESSAGE);
    assert.deepEqual(readAll(reader), VALUES);
    assert.equal(reader.failed, false);
    assert.equal(reader.remaining, 0);
    assert.equal(reader.offset, 14);
  });

  test('respects the borders of the view it is given', () => {
    const whole = new Uint8Array(30).fill(0xee);
    whole.set(MESSAGE, 5);
    const reader = new ByteReader(whole.subarray(5, 19));
    assert.deepEqual(readAll(reader), VALUES);
    assert.equal(reader.u8(), 0);
    assert.equal(reader.failed, true);
  });

  test('cut at every byte it fails, gives only zeros from there on, and stays failed', () => {
    for (let length = 0; length < MESSAGE.length; length++) {
      const reader = new ByteReader(MESSAGE.subarray(0, length));
      const values = readAll(reader);
      assert.equal(reader.failed, true, `cut to ${length}`);
      assert.equal(reader.remaining, 0, `cut to ${length}`);
      const starts = [0, 1, 3, 6, 10];
      const ends = [1, 3, 6, 10, 13];
      values.forEach((value, i) => {
        const empty = i === 4 ? [] : 0;
        assert.deepEqual(
          value,
          ends[i]! <= length ? VALUES[i] : empty,
          `cut to ${length}, from ${starts[i]!}`,
        );
      });
      assert.equal(reader.u8(), 0, `cut to ${length}: what would fit is not read after a failure`);
      assert.equal(reader.bytes(0).length, 0);
      assert.equal(reader.failed, true);
    }
  });

  test('a byte count that is negative, broken, not a number or huge fails', () => {
    for (const count of [-1, 0.5, NaN, Infinity, -Infinity, 15, 0xffffffff, Number.MAX_SAFE_INTEGER]) {
      const reader = new ByteReader(MESSAGE);
      assert.equal(reader.bytes(count).length, 0, `${count}`);
      assert.equal(reader.failed, true, `${count}`);
    }
  });

  test('gives a view of the source, not a copy', () => {
    const source = Uint8Array.of(1, 2, 3);
    const view = new ByteReader(source).bytes(2);
    source[0] = 9;
    assert.equal(view[0], 9);
  });

  test('a parser can declare the input broken', () => {
    const reader = new ByteReader(MESSAGE);
    reader.fail();
    assert.equal(reader.failed, true);
    assert.equal(reader.u32(), 0);
  });
});

describe('ByteWriter', () => {
  test('writes what the reader reads', () => {
    const writer = new ByteWriter()
      .u8(0xf1)
      .u16(0xf2f3)
      .u24(0xf4f5f6)
      .u32(0xf7f8f9fa)
      .bytes(Uint8Array.of(1, 2, 3, 4));
    assert.equal(writer.length, 14);
    assert.deepEqual(writer.finish(), MESSAGE);
  });

  test('grows from any first capacity without losing a byte', () => {
    const data = seededBytes('writer', 1000);
    for (const capacity of [0, 1, 63, 64, 65, 2000]) {
      const writer = new ByteWriter(capacity);
      for (let at = 0; at < data.length;) {
        const count = Math.min(1 + (at % 13), data.length - at);
        if (count === 4) {
          writer.u32(
            ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0,
          );
        } else {
          writer.bytes(data.subarray(at, at + count));
        }
        at += count;
      }
      assert.deepEqual(writer.finish(), data, `capacity ${capacity}`);
    }
  });

  test('cuts integers to their width', () => {
    assert.deepEqual(
      new ByteWriter().u8(0x1ff).u16(0x1fffe).u24(0x1fffffd).u32(-1).finish(),
      Uint8Array.of(0xff, 0xff, 0xfe, 0xff, 0xff, 0xfd, 0xff, 0xff, 0xff, 0xff),
    );
  });

  test('starts again empty after finish, and leaves what it handed over alone', () => {
    const writer = new ByteWriter();
    const first = writer.u8(1).finish();
    assert.equal(writer.length, 0);
    const second = writer.u8(2).finish();
    assert.deepEqual(first, Uint8Array.of(1));
    assert.deepEqual(second, Uint8Array.of(2));
    assert.equal(new ByteWriter().finish().length, 0);
  });
});
