import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMjpgReader } from '../../../p2p-core/mjpg/part-reader';

interface Read {
  parts: string[];
  types: string[];
  error: string;
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Feeds `text` in pieces of `pieceBytes`. */
function read(text: string, pieceBytes = Infinity, maxPartBytes = 1000): Read {
  const result: Read = { parts: [], types: [], error: '' };
  const reader = createMjpgReader(
    ({ contentType, data }) => {
      result.parts.push(Buffer.from(data).toString('latin1'));
      result.types.push(contentType);
    },
    { maxPartBytes },
  );
  const bytes = bytesOf(text);
  const size = Math.min(pieceBytes, bytes.length);
  for (let at = 0; at < bytes.length; at += size) reader.feed(bytes.subarray(at, at + size));
  result.error = reader.error;
  return result;
}

const sized = (body: string): string =>
  `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${body.length}\r\n\r\n${body}\r\n`;
const open = (body: string): string => `--frame\r\nContent-Type: image/jpeg\r\n\r\n${body}\r\n`;

describe('the reader of picture streams', () => {
  const bodies = ['\xff\xd8 one \xff\xd9', 'two\r\n--fram\r\n', '', '\r\n\r\n--\r\n', 'x'.repeat(300)];

  for (const [name, form] of [
    ['with their lengths', sized],
    ['without a length', open],
  ] as const) {
    test(`gives pictures ${name}, wherever the network cuts`, () => {
      const text = `${bodies.map(form).join('')}--frame\r\n`;
      for (const pieceBytes of [1, 2, 3, 7, 64, Infinity]) {
        const { parts, types, error } = read(text, pieceBytes);
        assert.equal(error, '');
        assert.deepEqual(parts, bodies, `in pieces of ${pieceBytes}`);
        assert.deepEqual(new Set(types), new Set(['image/jpeg']));
      }
    });
  }

  test('takes the boundary from the body, past a preamble, with lone line feeds and spaces behind it', () => {
    const text =
      'hello\n\n----my boundary  \nContent-type:IMAGE/JPEG; x=1\ncontent-length: 3\n\nabc\n----my boundary\n';
    assert.deepEqual(read(text), { parts: ['abc'], types: ['image/jpeg'], error: '' });
  });

  test('takes a part whose length counts the line break as well', () => {
    const part = '--f\r\nContent-Length: 5\r\n\r\nabc\r\n';
    assert.deepEqual(read(part + part).parts, ['abc\r\n', 'abc\r\n']);
  });

  test('ends with the closing delimiter, and passes over what follows', () => {
    const { parts, error } = read(`${sized('a')}--frame--\r\n${sized('b')}`);
    assert.deepEqual([parts, error], [['a'], '']);
  });

  test('hands every picture over in a buffer of its own', () => {
    const kept: Uint8Array[] = [];
    const reader = createMjpgReader(({ data }) => kept.push(data));
    const bytes = bytesOf(sized('first') + open('second') + sized('third'));
    reader.feed(bytes);
    bytes.fill(0);
    assert.deepEqual(
      kept.map((data) => [Buffer.from(data).toString(), data.byteOffset, data.buffer.byteLength]),
      [
        ['first', 0, 5],
        ['second', 0, 6],
        ['third', 0, 5],
      ],
    );
  });

  test('refuses what is too large before it takes room for it', () => {
    assert.match(read('--f\r\nContent-Length: 1001\r\n\r\n').error, /too large/);
    assert.match(read('--f\r\nContent-Length: 9999999999\r\n\r\n').error, /too large/);
    assert.match(read(`--f\r\n\r\n${'x'.repeat(5000)}`, 100).error, /too large/);
    assert.match(read(`--f\r\n\r\n${'x'.repeat(5000)}`).error, /too large/);
    assert.match(read(`--f\r\n${'x'.repeat(600)}`, 10).error, /no multipart/);
    assert.match(read(`--f\r\n${'a: b\r\n'.repeat(40)}`).error, /no multipart/);
  });

  test('refuses a stream that is no multipart, and stays broken', () => {
    assert.match(read('no\n'.repeat(40)).error, /no multipart/);
    const reader = createMjpgReader(() => assert.fail('a part of a broken stream'));
    assert.equal(reader.feed(bytesOf('y'.repeat(513))), false);
    assert.equal(reader.feed(bytesOf(sized('a'))), false);
  });
});
