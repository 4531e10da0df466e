import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFileSource } from '../../../devkit/camera/file-source';
import { Recordings } from '../../../devkit/camera/recordings';
import { createRequestHandler } from '../../../devkit/camera/request-handler';
import { createFlvReader } from '../../../p2p-core/flv/tag-reader';
import type { FlvTag } from '../../../p2p-core/flv/tag-reader';
import { highLoop } from '../../devkit/fake-camera';
import { inWorld } from '../../sim/session-world';
import type { SessionWorldOptions } from '../../sim/session-world';

const LIVE = 'action=live&channel=0&quality=high';

/** The devkit's camera behind a link; its stream has 360 kbit/s. */
function cameraBehind(bitsPerSecond: number): SessionWorldOptions {
  return {
    seed: 1,
    link: { bitsPerSecond, queueBytes: 20_000 },
    onRequest: (clock) => {
      const source = createFileSource(clock, { high: highLoop });
      const channels = [{ name: 'camera', source, recordings: new Recordings() }];
      const serve = createRequestHandler({ clock, channels, viewerCount: () => 1, maxBufferedBytes: 32_768 });
      return (request, response) => serve(request, response, 1);
    },
  };
}

describe('a live stream that the network is too slow for', () => {
  test('tells each skip by an event, in front of the key frame that follows it, and counts it', async () => {
    await inWorld(cameraBehind(250_000), async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const pictures: FlvTag[] = [];
      /** How many pictures had come when a skip was told. */
      const toldAt: number[] = [];
      const reader = createFlvReader({
        onTag: (tag) => {
          if (tag.type === 9 && !tag.isSequenceHeader) pictures.push({ ...tag });
        },
      });
      const { heard } = viewer.start('a');
      viewer.onCallback = (what) => {
        if (what.startsWith('skip')) toldAt.push(pictures.length);
      };
      const dataCallback = (data: ArrayBuffer): void => assert.ok(reader.feed(new Uint8Array(data)));
      void viewer.module.startStream('a', { dataCallback, flv: { filename: 'ipc.flv', params: LIVE } });
      await world.run(60_000);
      const skips = heard.events
        .filter(({ subtype }) => subtype === 'skip')
        .map(({ detail }) => detail as unknown as { skippedMs: number; skippedTags: number });
      assert.ok(skips.length > 3, `${skips.length} skips`);
      for (const [i, { skippedMs, skippedTags }] of skips.entries()) {
        const next = pictures[toldAt[i]!]!;
        const before = pictures[toldAt[i]! - 1]!;
        assert.ok(next.isKeyframe);
        // A picture each 40 ms, and sound between them.
        const holeMs = next.timestampMs - before.timestampMs;
        assert.ok(Math.abs(holeMs - skippedMs) <= 80, `a hole of ${holeMs} ms, told ${skippedMs}`);
        assert.ok(skippedTags >= skippedMs / 40 - 1, `${skippedTags} tags of ${skippedMs} ms`);
      }
      const { stream } = viewer.module.getStats('a')!;
      assert.equal(stream!.skips, skips.length);
      assert.equal(
        stream!.skippedMs,
        skips.reduce((sum, { skippedMs }) => sum + skippedMs, 0),
      );
      viewer.stop('a');
    });
  });

  test('says nothing where the network is fast enough', async () => {
    await inWorld(cameraBehind(2e6), async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const { heard } = viewer.start('a');
      let bytes = 0;
      void viewer.module.startStream('a', {
        dataCallback: (data) => (bytes += data.byteLength),
        flv: { filename: 'ipc.flv', params: LIVE },
      });
      await world.run(20_000);
      assert.ok(bytes > 500_000);
      assert.equal(heard.count('skip'), 0);
      assert.equal(viewer.module.getStats('a')!.stream!.skips, 0);
      viewer.stop('a');
    });
  });

  test('takes a text that is not ours for no skip', async () => {
    const texts = [
      'skip-ms=1',
      'skip-ms=12345678901;skip-tags=1',
      'skip-ms=-1;skip-tags=1',
      'x="y"',
      'a'.repeat(900),
    ];
    const onRequest: SessionWorldOptions['onRequest'] = () => (_request, response) => {
      response.start(200, {});
      for (const text of texts) response.write(Uint8Array.of(1), text);
      response.write(Uint8Array.of(1), 'skip-ms=7;skip-tags=3');
    };
    await inWorld({ seed: 1, onRequest }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const { heard } = viewer.start('a');
      viewer.module.enableHttpLog(true); // looks on, and changes nothing
      void viewer.module.startStream('a', { dataCallback: () => undefined });
      await world.run(1000);
      const skips = heard.events.filter(({ subtype }) => subtype === 'skip');
      assert.deepEqual(
        skips.map(({ detail }) => detail as unknown),
        [{ skippedMs: 7, skippedTags: 3 }],
      );
      viewer.stop('a');
    });
  });
});
