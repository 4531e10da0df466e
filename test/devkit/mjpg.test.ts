import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { createHttpMjpgSupply } from '../../devkit/camera/http-flv-supply';
import { LiveFeed } from '../../devkit/camera/live-feed';
import { pictureTag } from '../../devkit/camera/mjpg';
import type { MjpgSource } from '../../devkit/camera/mjpg';
import { openChannels } from '../../devkit/camera/sources';
import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import { createMjpgReader } from '../../p2p-core/mjpg/part-reader';
import { StreamPriority } from '../../p2p-core/transport/types';
import { fakeCamera } from './fake-camera';
import { FakeClock } from './fake-clock';

/** Sizes of the pictures in a body, by their first bytes. */
function picturesOf(body: Uint8Array): string[] {
  const found: string[] = [];
  const reader = createMjpgReader(({ contentType, data }) => {
    assert.equal(contentType, 'image/jpeg');
    found.push(Buffer.from(data.subarray(0, 8)).toString().trim());
  });
  assert.ok(reader.feed(body), reader.error);
  return found;
}

const named = (name: string, byteCount = 8): Uint8Array =>
  Uint8Array.from(Buffer.from(name.padEnd(byteCount)));

/** A source that a test feeds. */
function feedOf(): { feed: LiveFeed; mjpg: () => MjpgSource } {
  const feed = new LiveFeed();
  return { feed, mjpg: () => ({ subscribe: (sink) => feed.subscribe(sink) }) };
}

describe('the pictures of a camera', () => {
  test('are a multipart stream that begins with the newest picture', () => {
    const { feed, mjpg } = feedOf();
    const camera = fakeCamera({ mjpg });
    feed.publish(pictureTag(named('old'), 0));
    feed.publish(pictureTag(named('newest'), 80));
    const { request, response } = camera.get('/ipc.flv?action=live-mjpg&channel=0');
    assert.equal(response.status, 200);
    assert.match(response.headers['content-type']!, /^multipart\/x-mixed-replace;boundary=[\w-]+$/);
    assert.equal(response.priority, StreamPriority.Live);
    feed.publish(pictureTag(named('next'), 160));
    request.onAbort?.();
    feed.publish(pictureTag(named('after'), 240));
    assert.deepEqual(picturesOf(response.body()), ['newest', 'next']);
    assert.equal(feed.sinkCount, 0);
  });

  test('are left out for a viewer that is too slow, which is told; what it gets is new', () => {
    const skips: number[] = [];
    const { feed, mjpg } = feedOf();
    const camera = fakeCamera({ mjpg, onSkip: (count) => skips.push(count) });
    const { response } = camera.get('/ipc.flv?action=live-mjpg');
    let nowMs = 0;
    const publish = (): void => feed.publish(pictureTag(named(String(nowMs), 10_000), nowMs));
    for (; nowMs < 2000; nowMs += 100) publish();
    const stuck = picturesOf(response.body()).length;
    assert.ok(stuck >= 6 && stuck <= 9, `${stuck} pictures wait`);
    response.take();
    publish();
    const pictures = picturesOf(response.body());
    assert.equal(pictures.at(-1), '2000');
    assert.equal(pictures.length, stuck + 1);
    const leftOut = 20 - stuck;
    assert.deepEqual(response.extensions, [`skip-ms=${leftOut * 100};skip-tags=${leftOut}`]);
    assert.deepEqual(skips, [1]);
  });

  test('count as a stream of the camera', () => {
    const camera = fakeCamera({ mjpg: feedOf().mjpg, maxStreams: 1 });
    const first = camera.get('/ipc.flv?action=live-mjpg');
    assert.equal(camera.get('/ipc.flv?action=live').response.status, 405);
    first.request.onAbort?.();
    assert.equal(camera.get('/ipc.flv?action=live').response.status, 200);
  });

  test('have a sound of their own stream: FLV without pictures', () => {
    const camera = fakeCamera();
    const { response } = camera.get('/ipc.flv?action=live-audio');
    camera.clock.advance(2000);
    const tags = response.tags();
    assert.equal(response.body()[4], 4);
    assert.ok(tags.length > 40, `${tags.length} tags`);
    assert.ok(tags.every(({ type }) => type === FlvTagType.Audio));
    assert.equal(tags.find((tag) => !tag.isSequenceHeader)?.timestampMs, 0);
  });

  test('of the simulated camera move, twelve and a half a second, for every channel', () => {
    const clock = new FakeClock();
    for (const { mjpg } of openChannels(clock, { sourceName: 'test:', channelCount: 2 })) {
      const seen = new Set<string>();
      const unsubscribe = mjpg!.subscribe(({ data }) => {
        assert.deepEqual([...data.subarray(0, 2)], [0xff, 0xd8]);
        seen.add(Buffer.from(data).toString('base64'));
      });
      clock.advance(4000);
      unsubscribe();
      assert.ok(seen.size >= 49 && seen.size <= 51, `${seen.size} pictures in 4 s`);
    }
    assert.equal(clock.timerCount, 0);
  });
});

describe('a camera that gives JPEG over HTTP', () => {
  test('is read picture by picture, stamped as they come, until it ends', async () => {
    const clock = new FakeClock();
    const server = http.createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=--wrong' });
      response.end(
        '--b\r\nContent-Type: image/jpeg\r\n\r\none\r\n--b\r\nContent-Length: 3\r\n\r\ntwo\r\n--b--\r\n',
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const found: string[] = [];
    const reason = await new Promise<string>((resolve) => {
      createHttpMjpgSupply(`http://127.0.0.1:${port}/video.mjpg?key=hunter2`, clock).start({
        onTag: ({ data, isKeyframe, timestampMs }) =>
          found.push(`${Buffer.from(data).toString()} ${isKeyframe} ${timestampMs}`),
        onEnd: resolve,
      });
    });
    server.closeAllConnections();
    server.close();
    assert.deepEqual(found, ['one true 0', 'two true 0']);
    assert.equal(reason, 'the source has ended');
  });
});
