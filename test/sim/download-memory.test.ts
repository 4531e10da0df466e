import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ByteFile } from '../../devkit/camera/byte-file';
import { createFileSource } from '../../devkit/camera/file-source';
import { Recordings } from '../../devkit/camera/recordings';
import { createRequestHandler } from '../../devkit/camera/request-handler';
import type { HttpServerHandler } from '../../p2p-core/http/types';
import type { Clock } from '../../p2p-core/index';
import { DownloadStore } from '../../store/download/download-store';
import type { DownloadEmission } from '../../store/download/download-store';
import type { Environment } from '../../store/environment';
import { createLocale } from '../../store/locale/locale';
import { createModuleOwner } from '../../store/module-owner';
import { standardLoop } from '../devkit/fake-camera';
import { inWorld } from './session-world';
import { MemoryFiles as MediaFiles } from '../store/snapshot/memory-files';
import { MemoryFiles } from '../store/download/memory-files';

const MIB = 1024 * 1024;
const FILE_BYTES = 8 * MIB;
const START_S = new Date(2026, 2, 10, 10).getTime() / 1000;
const content = new Uint8Array(FILE_BYTES).map((_, i) => (Math.imul(i, 2_654_435_761) >>> 13) & 255);

const file: ByteFile = {
  byteCount: FILE_BYTES,
  etag: '"1"',
  open: () => ({ read: (offset, byteCount) => content.slice(offset, offset + byteCount), close: () => {} }),
};

/** The devkit's camera, unchanged, with one recording. */
function camera(clock: Clock): HttpServerHandler {
  const recordings = new Recordings([
    { fileName: 'a.mp4', startS: START_S, endS: START_S + 60, type: 0, file, flvIndex: null },
  ]);
  const channel = { name: 'camera', source: createFileSource(clock, { high: standardLoop }), recordings };
  const serve = createRequestHandler({ clock, channels: [channel], viewerCount: () => 1 });
  return (request, response) => serve(request, response, 1);
}

test('a download over the core holds no more than 4 MiB, whatever the file’s size, and checks the camera’s hash', async () => {
  const link = { bitsPerSecond: 40_000_000, queueBytes: 500_000, lossRate: 0.01 };
  await inWorld({ seed: 7, rttMs: 100, isPinned: false, link, onRequest: camera }, async (world) => {
    const viewer = world.addViewer();
    await viewer.getReady();
    const environment: Environment = {
      nowMs: world.clock.nowMs,
      wallMs: () => START_S * 1000,
      setTimer: world.clock.setTimer,
      clearTimer: world.clock.clearTimer,
      random: () => 0.5,
      onNetworkChange: () => () => {},
    };
    const disk = new MemoryFiles();
    const emissions: DownloadEmission[] = [];
    let end = (): void => {};
    // The world lets promises settle while it waits for one.
    const ended = new Promise<void>((resolve) => (end = resolve));
    const store = new DownloadStore({
      owner: createModuleOwner({ module: viewer.module, appParams: {}, environment }),
      target: {
        id: 'files',
        streamInfo: { url: 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv', xp2pInfo: world.camera.xp2pInfo },
      },
      locale: createLocale('en'),
      files: disk,
      records: disk,
      media: new MediaFiles(),
      album: { save: () => {} },
      permission: { request: async () => true, openSettings: async () => true },
      folder: 'usr',
      emit: (emission) => {
        emissions.push(emission);
        end();
      },
    });
    // Whatever the camera has sent and the disk does not have is held somewhere: at the most by the viewer, all of it.
    let sentBytes = 0;
    let mostHeldBytes = 0;
    world.network.filter = (datagram, from) => {
      if (from !== viewer.host) sentBytes += datagram.length;
      const writtenBytes = disk.writes.reduce((sum, each) => sum + each, 0);
      mostHeldBytes = Math.max(mostHeldBytes, sentBytes - writtenBytes);
      return true;
    };
    world.call('the list and the file', ended);
    await world.until('the list', () => store.listing === 'ready');
    store.start('a.mp4');
    await world.until('the file', () => emissions.length > 0, 60_000);
    const path = store.pathOf('a.mp4');
    assert.deepEqual(emissions, [
      { name: 'downloaded', detail: { fileName: 'a.mp4', path, fileBytes: FILE_BYTES } },
    ]);
    assert.equal(Buffer.compare(disk.files.get(path)!, content), 0);
    assert.ok(
      mostHeldBytes > 0.5 * MIB && mostHeldBytes <= 4 * MIB,
      `${(mostHeldBytes / MIB).toFixed(2)} MiB`,
    );
    store.destroy();
    await world.run(1000);
  });
});
