import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { LiveTag } from '../../devkit/camera/live-source';
import { openRemoteChannel } from '../../devkit/camera/sources';
import type { RemoteChannel, RemoteSpec } from '../../devkit/camera/sources';
import { createNodePort } from '../../devkit/port/node-port';
import { FlvTagType } from '../../p2p-core/flv/tag-reader';

const port = createNodePort();
const flv = fs.readFileSync('devkit/fixtures/standard.flv');
const pictures = fs.readFileSync('devkit/fixtures/pictures.mjpg');

/** Pictures come in pieces, faster than from a camera. */
const PIECE_BYTES = 2_000;
const PIECE_MS = 5;

/** One sends as fast as it is read, the other picture by picture, since theirs have the time at which they came; both hold the line. */
const server = http.createServer((request, response) => {
  const isMjpg = request.url === '/video.mjpg';
  const type = isMjpg ? 'multipart/x-mixed-replace; boundary=picture' : 'video/x-flv';
  response.writeHead(200, { 'content-type': type });
  if (!isMjpg) return void response.write(flv);
  let at = 0;
  const timer = setInterval(() => {
    response.write(pictures.subarray(at, at + PIECE_BYTES));
    at += PIECE_BYTES;
    if (at >= pictures.length) clearInterval(timer);
  }, PIECE_MS);
  response.on('close', () => clearInterval(timer));
});
let base = '';
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

function openChannel(main: RemoteSpec): RemoteChannel {
  return openRemoteChannel({
    ...{ name: 'camera', main, clock: port.clock },
    fillRandom: (bytes) => bytes.fill(7),
  });
}

/** The first `count` pictures. */
function take(subscribe: (sink: (tag: LiveTag) => void) => () => void, count: number): Promise<LiveTag[]> {
  const tags: LiveTag[] = [];
  return new Promise((resolve) => {
    const unsubscribe = subscribe((tag) => {
      if (tag.type !== FlvTagType.Video || tag.isSequenceHeader || tags.length === count) return;
      tags.push(tag);
      if (tags.length === count) setImmediate(() => (unsubscribe(), resolve(tags)));
    });
  });
}

function close(channel: RemoteChannel): void {
  for (const stream of channel.streams) stream.close();
}

describe('pictures and video of one camera', () => {
  test('a camera that sends JPEG is passed on byte by byte', async () => {
    const channel = openChannel({ kind: 'http-mjpg', url: `${base}/video.mjpg` });
    const [first] = await take((sink) => channel.mjpg!.subscribe(sink), 20);
    close(channel);
    assert.ok(pictures.includes(Buffer.from(first!.data)));
  });

  test('of a camera that sends video, ffmpeg makes pictures', async () => {
    const channel = openChannel({ kind: 'http-flv', url: `${base}/live.flv` });
    const tags = await take((sink) => channel.mjpg!.subscribe(sink), 20);
    close(channel);
    for (const { data } of tags) {
      assert.deepEqual([...data.subarray(0, 2), ...data.subarray(-2)], [0xff, 0xd8, 0xff, 0xd9]);
    }
  });

  test('of a camera that sends JPEG, ffmpeg makes video', async () => {
    const channel = openChannel({ kind: 'http-mjpg', url: `${base}/video.mjpg` });
    const tags = await take((sink) => channel.source.subscribe('high', sink), 10);
    close(channel);
    assert.ok(tags[0]!.isKeyframe);
    assert.equal(tags[0]!.codec, 7);
  });
});
