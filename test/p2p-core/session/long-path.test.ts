import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Recordings } from '../../../devkit/camera/recordings';
import { createRequestHandler } from '../../../devkit/camera/request-handler';
import type { HttpServerHandler } from '../../../p2p-core/http/types';
import type { Clock } from '../../../p2p-core/index';
import { presetOf } from '../../sim/presets';
import { inWorld } from '../../sim/session-world';

const RAMP_UP_MS = 6000;
const MEASURED_MS = 12_000;

/** The camera of the devkit, with one recording of so many zeros. */
function cameraWith(byteCount: number): (clock: Clock) => HttpServerHandler {
  const open = () => ({
    read: (_offset: number, count: number) => new Uint8Array(count),
    close: () => undefined,
  });
  const file = { byteCount, etag: '"zeros"', open };
  const clip = {
    fileName: 'a.mp4',
    startS: 1_700_000_000,
    endS: 1_700_000_600,
    type: 0,
    file,
    flvIndex: null,
  };
  return (clock) => {
    const source = { tracks: () => null, subscribe: () => () => undefined };
    const channels = [{ name: 'camera', source, recordings: new Recordings([clip]) }];
    const serve = createRequestHandler({ clock, channels, viewerCount: () => 1 });
    return (request, response) => serve(request, response, 1);
  };
}

describe('a download over a geostationary satellite', () => {
  test('takes four fifths of the link: windows hold a round trip, and another one for what was lost', async (t) => {
    const link = presetOf('satellite').down;
    await inWorld({ seed: 1, rttMs: link.delayMs * 2, link }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.start('a');
      const sink = viewer.newSink();
      viewer.pull('a', sink, `tag=${sink.tag}&bytes=30000000`);
      await world.run(RAMP_UP_MS);
      const before = sink.bytes;
      await world.run(MEASURED_MS);
      const share = ((sink.bytes - before) * 8000) / MEASURED_MS / link.bitsPerSecond!;
      t.diagnostic(`${(share * 100).toFixed(0)} % of the link`);
      assert.ok(share >= 0.8, `${share}`);
      viewer.stop('a');
    });
  });

  test('of a recording comes to its end, though send buffers grow on such a path', async () => {
    const fileBytes = 16_000_000;
    const link = presetOf('satellite').down;
    const options = { seed: 2, rttMs: link.delayMs * 2, link, onRequest: cameraWith(fileBytes) };
    await inWorld(options, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.start('a');
      let bytes = 0;
      const urlParams = 'channel=0&file_name=a.mp4&offset=0';
      const handlers = {
        onChunkReceived: (chunk: ArrayBuffer) => (bytes += chunk.byteLength),
        onComplete: () => undefined,
      };
      const download = viewer.module.startLocalDownload('a', { urlParams }, handlers);
      assert.equal(await world.result('startLocalDownload', download, 60_000), 0);
      assert.equal(bytes, fileBytes);
      viewer.stop('a');
    });
  });
});
