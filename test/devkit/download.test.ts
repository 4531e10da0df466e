import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { diskFile } from '../../devkit/camera/byte-file';
import { downloadRange } from '../../devkit/camera/download';
import { Recordings } from '../../devkit/camera/recordings';
import { StreamPriority } from '../../p2p-core/transport/types';
import { fakeCamera } from './fake-camera';
import type { FakeCamera } from './fake-camera';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-download-'));
after(() => fs.rmSync(folder, { recursive: true }));

const FILE_BYTES = 5_000_000;
const file = path.join(folder, 'a b.mp4');
const content = new Uint8Array(FILE_BYTES).map((_, i) => (i * 31 + (i >> 8)) & 0xff);
before(() => fs.writeFileSync(file, content));

function camera(maxStreams = 16): FakeCamera {
  const clip = { fileName: 'a b.mp4', startS: 1, endS: 2, type: 0, file: diskFile(file), flvIndex: null };
  return fakeCamera({ recordings: new Recordings([clip]), maxStreams });
}

const TARGET = '/ipc.flv?action=download&channel=0&file_name=a%20b.mp4';

/** Asks for a part; the camera reads the file for its hash first, slice by slice. */
function download(one: FakeCamera, target: string, more: Parameters<FakeCamera['get']>[1] = {}) {
  const exchange = one.get(target, more);
  one.clock.advance(10);
  return exchange;
}

describe('the part of a file that a download asks for', () => {
  test('follows offset and Range as HTTP does', () => {
    const etag = '"x"';
    const part = (firstByte: number, endByte: number): unknown => ({ status: 206, firstByte, endByte });
    const whole = { status: 200, firstByte: 0, endByte: 100 };
    const rows: [string | undefined, Record<string, string>, unknown][] = [
      [undefined, {}, whole],
      ['0', {}, whole],
      ['40', {}, part(40, 100)],
      ['99', {}, part(99, 100)],
      ['100', {}, 416],
      ['101', {}, 416],
      ['-1', {}, 400],
      ['x', {}, 400],
      ['', {}, 400],
      [undefined, { range: 'bytes=0-' }, part(0, 100)],
      [undefined, { range: 'bytes=10-19' }, part(10, 20)],
      [undefined, { range: 'bytes=10-1000' }, part(10, 100)],
      [undefined, { range: 'bytes=-30' }, part(70, 100)],
      [undefined, { range: 'bytes=-1000' }, part(0, 100)],
      [undefined, { range: 'bytes=-0' }, 416],
      [undefined, { range: 'bytes=100-' }, 416],
      [undefined, { range: 'bytes=20-10' }, whole], // what is no range is ignored
      [undefined, { range: 'bytes=-' }, whole],
      [undefined, { range: 'bytes=0-1,5-6' }, whole],
      [undefined, { range: 'lines=0-1' }, whole],
      ['40', { range: 'bytes=10-19' }, part(10, 20)],
      [undefined, { range: 'bytes=10-19', 'if-range': '"x"' }, part(10, 20)],
      [undefined, { range: 'bytes=10-19', 'if-range': '"y"' }, whole],
      ['40', { 'if-range': '"x"' }, part(40, 100)],
      ['40', { 'if-range': '"y"' }, whole],
      ['x', { 'if-range': '"y"' }, 400],
    ];
    for (const [offset, headers, expected] of rows) {
      const range = downloadRange(offset, headers, { byteCount: 100, etag });
      const name = `${offset} ${JSON.stringify(headers)}`;
      assert.deepEqual(typeof expected === 'number' ? range.status : range, expected, name);
    }
    assert.equal(downloadRange('0', {}, { byteCount: 0, etag }).status, 200);
    assert.equal(downloadRange(undefined, { range: 'bytes=-5' }, { byteCount: 0, etag }).status, 416);
  });
});

describe('a download', () => {
  // The transport's buffer follows the path: whatever it takes, the camera must neither stop nor run ahead.
  for (const streamBytes of [64 * 1024, 1024 * 1024, 1_300_000, 2 * 1024 * 1024]) {
    test(`gives the file byte for byte, and holds a block more of it than the ${streamBytes} bytes of the stream`, () => {
      const { response } = download(camera(), TARGET, { streamBytes });
      assert.equal(response.status, 200);
      assert.equal(response.priority, StreamPriority.Download);
      assert.equal(response.headers['content-length'], String(FILE_BYTES));
      assert.equal(response.headers['content-type'], 'video/mp4');
      assert.equal(response.headers['content-range'], undefined);
      let takes = 0;
      while (!response.isEnded) {
        assert.ok(response.bufferedBytes() <= streamBytes + 64 * 1024);
        response.take(100_000);
        assert.ok(takes++ < 100);
      }
      assert.equal(response.isAborted, false);
      assert.deepEqual(response.body(), content);
    });
  }

  test('resumes where it was interrupted', () => {
    const one = download(camera(), TARGET);
    const received = one.response.body().slice(0, 123_457);
    const etag = one.response.headers['etag']!;
    const { response } = download(camera(), `${TARGET}&offset=${received.length}`, {
      headers: { 'if-range': etag },
    });
    assert.equal(response.status, 206);
    assert.equal(response.headers['content-range'], `bytes 123457-${FILE_BYTES - 1}/${FILE_BYTES}`);
    while (!response.isEnded) response.take();
    assert.deepEqual(response.body(), content.slice(123_457));
  });

  test('of what lies behind the end is refused with the length of the file', () => {
    const { response } = camera().get(`${TARGET}&offset=${FILE_BYTES}`);
    assert.equal(response.status, 416);
    assert.equal(response.headers['content-range'], `bytes */${FILE_BYTES}`);
  });

  test('names the hash of the whole file, whatever part is sent, and reads it for that once', () => {
    const expected = `sha-256=:${createHash('sha256').update(content).digest('base64')}:`;
    const one = camera();
    const first = one.get(TARGET);
    assert.equal(first.response.status, 0, 'other viewers are served between the slices');
    one.clock.advance(10);
    assert.equal(first.response.headers['repr-digest'], expected);
    const second = one.get(`${TARGET}&offset=4000000`);
    assert.deepEqual([second.response.status, second.response.headers['repr-digest']], [206, expected]);
  });

  test('given up while the file is read leaves no timer, no open file and no place taken', () => {
    const one = camera(1);
    for (let i = 0; i < 3; i++) {
      const { request, response } = one.get(TARGET);
      assert.equal(response.status, 0);
      request.onAbort!();
      assert.equal(one.clock.timerCount, 0);
    }
    assert.equal(download(one, TARGET).response.status, 200);
  });

  test('has no hash where the file is larger than what phones keep', () => {
    const huge = { ...diskFile(file), byteCount: 200 * 1024 * 1024 };
    const clip = { fileName: 'a b.mp4', startS: 1, endS: 2, type: 0, file: huge, flvIndex: null };
    const { response } = fakeCamera({ recordings: new Recordings([clip]) }).get(TARGET);
    assert.deepEqual([response.status, response.headers['repr-digest']], [200, undefined]);
  });

  test('can ask for what is listed only, whatever the name looks like', () => {
    for (const name of ['../a%20b.mp4', '%2Fetc%2Fpasswd', 'index.json', '', 'a']) {
      const { response } = camera().get(`/ipc.flv?action=download&file_name=${name}`);
      assert.equal(response.status, 404, name);
    }
  });

  test('closes its file and gives its place back, however it ends', () => {
    const openFiles = (): number => fs.readdirSync('/proc/self/fd').length;
    const isCounted = fs.existsSync('/proc/self/fd');
    const one = camera(1);
    const before = isCounted ? openFiles() : 0;
    for (let i = 0; i < 5; i++) {
      const { request, response } = download(one, TARGET);
      assert.equal(response.status, 200);
      assert.equal(one.get(TARGET).response.status, 405);
      request.onAbort!();
      const bytes = response.body().length;
      response.take();
      assert.equal(response.body().length, bytes, 'nothing is written for a viewer that is gone');
    }
    const { response } = download(one, `${TARGET}&offset=4000000`);
    while (!response.isEnded) response.take();
    assert.equal(one.get(`${TARGET}&offset=9`).response.status, 206);
    if (isCounted) assert.equal(openFiles(), before + 1, 'the one that is under way');
  });

  test('is broken off when the file was cut meanwhile, and refused when it is gone', () => {
    const one = camera();
    const { response } = download(one, TARGET);
    fs.truncateSync(file, 2_000_000);
    for (let i = 0; i < 10; i++) response.take();
    assert.equal(response.isAborted, true);
    fs.rmSync(file);
    assert.equal(one.get(TARGET).response.status, 404);
    fs.writeFileSync(file, content);
  });
});
