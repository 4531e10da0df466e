import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LocalDownloadCallbacks, LocalDownloadOptions } from '../../../p2p-core/index';
import { DownloadStore } from '../../../store/download/download-store';
import type { DownloadEmission } from '../../../store/download/download-store';
import { createLocale } from '../../../store/locale/locale';
import { createModuleOwner } from '../../../store/module-owner';
import { FeatureModule } from '../support/feature-module';
import { VirtualEnvironment, settled } from '../support/virtual-environment';
import { MemoryFiles } from './memory-files';

const CHUNK_BYTES = 64 * 1024;
const MB = 1024 * 1024;
const TARGET = {
  id: 'cam',
  streamInfo: { url: 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv', xp2pInfo: 'ticket' },
};
const START_S = new Date(2026, 2, 10, 10).getTime() / 1000;

const contentOf = (size: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (Math.imul(i + seed, 2_654_435_761) >>> 13) & 255);

interface CameraFile {
  bytes: Uint8Array;
  etag: string;
  /** What the list says; default: the truth. */
  listedBytes?: number;
}

/** A camera with files, which sends a chunk for each call of `pump` and can break off behind any. */
class FileModule extends FeatureModule {
  readonly asked: string[] = [];
  running: {
    callbacks: LocalDownloadCallbacks;
    rest: Uint8Array;
    sent: number;
    end(code: number): void;
  } | null = null;

  constructor(readonly cameraFiles: Map<string, CameraFile>) {
    super();
    this.answerWith = () => ({
      type: 'success',
      status: 200,
      errcode: 0,
      errmsg: '',
      data: JSON.stringify({
        file_list: [...this.cameraFiles].map(([file_name, { bytes, listedBytes }], i) => ({
          file_name,
          file_size: String(listedBytes ?? bytes.length),
          start_time: String(START_S + i * 60),
          end_time: String(START_S + i * 60 + 60),
        })),
      }),
    });
  }

  override startLocalDownload(
    _id: string,
    { urlParams }: LocalDownloadOptions,
    callbacks: LocalDownloadCallbacks,
  ): Promise<number> {
    assert.equal(this.running, null, 'one at a time');
    this.asked.push(urlParams);
    const params = new URLSearchParams(urlParams);
    const file = this.cameraFiles.get(params.get('file_name')!);
    const offset = Number(params.get('offset'));
    return new Promise((resolve) => {
      const end = (code: number): void => {
        this.running = null;
        callbacks.onComplete();
        resolve(code);
      };
      if (!file) {
        callbacks.onFailure!({ status: 404, headers: {}, errcode: -2811, errmsg: '', receivedBytes: 0 });
        return resolve(-2701);
      }
      const { bytes, etag } = file;
      const range =
        offset > 0 ? { 'content-range': `bytes ${offset}-${bytes.length - 1}/${bytes.length}` } : {};
      const headers = { etag, 'content-length': String(bytes.length - offset), ...range };
      this.running = { callbacks, rest: bytes.subarray(offset), sent: 0, end };
      callbacks.onHeadersReceived!({ status: offset > 0 ? 206 : 200, headers });
    });
  }

  override stopLocalDownload(): void {
    this.running = null;
  }

  /** One chunk, or the end. False when nothing runs. */
  pump(): boolean {
    const { running } = this;
    if (running === null) return false;
    const chunk = running.rest.slice(running.sent, running.sent + CHUNK_BYTES);
    running.sent += chunk.length;
    try {
      if (chunk.length > 0) running.callbacks.onChunkReceived(chunk.buffer as ArrayBuffer);
    } catch {
      running.callbacks.onError!({ status: 200, headers: {}, errcode: -2701, errmsg: '', receivedBytes: 0 });
      running.end(-2701);
      return true;
    }
    if (running.sent >= running.rest.length) running.end(0);
    return true;
  }

  breakOff(): void {
    const { running } = this;
    if (running === null) return;
    running.callbacks.onError!({ status: 200, headers: {}, errcode: -2806, errmsg: '', receivedBytes: 0 });
    running.end(-2701);
  }
}

class World {
  readonly environment = new VirtualEnvironment();
  readonly emissions: DownloadEmission[] = [];
  readonly module: FileModule;
  readonly owner;
  readonly store: DownloadStore;

  constructor(
    files: Record<string, CameraFile>,
    readonly disk = new MemoryFiles(),
  ) {
    this.module = new FileModule(new Map(Object.entries(files)));
    this.owner = createModuleOwner({ module: this.module, appParams: {}, environment: this.environment });
    this.store = new DownloadStore({
      owner: this.owner,
      target: TARGET,
      locale: createLocale('en'),
      files: disk,
      records: disk,
      folder: 'usr',
      emit: (emission) => this.emissions.push(emission),
    });
  }

  async pumpAll(): Promise<void> {
    await settled();
    while (this.module.pump()) await settled();
  }

  row(fileName: string) {
    return this.store.rows.find((each) => each.fileName === fileName)!;
  }

  assertGone(): void {
    this.store.destroy();
    assert.equal(this.environment.pendingTimers, 0);
    assert.equal(this.module.services.size, 0);
    assert.equal(this.disk.openCount, 0);
  }
}

describe('downloads', () => {
  test('a file arrives byte for byte, in blocks of a megabyte through one descriptor', async () => {
    const bytes = contentOf(2.5 * MB, 1);
    const world = new World({ 'a.mp4': { bytes, etag: '"1"' } });
    await settled();
    assert.equal(world.row('a.mp4').action, 'start');
    world.store.start('a.mp4');
    await world.pumpAll();
    assert.deepEqual(world.disk.files.get(world.store.pathOf('a.mp4')), bytes);
    assert.deepEqual(world.disk.writes, [MB, MB, MB / 2]);
    assert.equal(world.disk.mostOpen, 1);
    assert.deepEqual(world.emissions, [
      {
        name: 'downloaded',
        detail: { fileName: 'a.mp4', path: 'usr/p2p-cam-0-a.mp4', fileBytes: bytes.length },
      },
    ]);
    assert.deepEqual([world.row('a.mp4').phase, world.row('a.mp4').percent], ['done', 100]);
    assert.equal(world.row('a.mp4').action, 'save');
    world.assertGone();
  });

  test('after random interruptions the bytes are those of the camera (seeds 1 to 12)', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      let state = seed;
      const next = (below: number): number => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
      };
      const disk = new MemoryFiles();
      const file: CameraFile = { bytes: contentOf(100_000 + next(3 * MB), seed), etag: '"1"' };
      let world = new World({ 'a.flv': file }, disk);
      await settled();
      world.store.start('a.flv');
      for (let i = 0; i < 400 && world.row('a.flv')?.phase !== 'done'; i++) {
        const what = next(20);
        if (what === 0) world.module.breakOff();
        else if (what === 1) {
          world.store.pause('a.flv');
          world.store.resume('a.flv');
        } else if (what === 2) {
          // The app is closed, and opened again.
          world.assertGone();
          world = new World({ 'a.flv': file }, disk);
          await settled();
          world.store.start('a.flv');
        } else if (what === 3 && next(4) === 0) {
          // The camera has recorded over it.
          file.bytes = contentOf(100_000 + next(2 * MB), seed + i);
          file.etag = `"${i}"`;
          world.module.breakOff();
        } else world.module.pump();
        await world.environment.advance(next(3) * 1000);
        if (world.row('a.flv')?.phase === 'failed') world.store.resume('a.flv');
      }
      const saved = disk.files.get(world.store.pathOf('a.flv'));
      assert.equal(world.row('a.flv').phase, 'done', `seed ${seed}`);
      assert.ok(saved !== undefined && Buffer.compare(saved, file.bytes) === 0, `seed ${seed}`);
      assert.ok(Math.max(...disk.writes) <= MB && disk.mostOpen === 1, `seed ${seed}`);
      world.assertGone();
    }
  });

  test('goes on where an earlier run of the app stopped, if the content is the same', async () => {
    const disk = new MemoryFiles();
    const file: CameraFile = { bytes: contentOf(MB, 3), etag: '"1"' };
    const first = new World({ 'a.flv': file }, disk);
    await settled();
    first.store.start('a.flv');
    for (let i = 0; i < 5; i++) first.module.pump();
    first.assertGone();
    const second = new World({ 'a.flv': file }, disk);
    await settled();
    assert.equal(second.row('a.flv').phase, 'left');
    assert.equal(second.row('a.flv').percent, 31);
    second.store.start('a.flv');
    await second.pumpAll();
    assert.match(second.module.asked[0]!, /offset=327680$/);
    assert.deepEqual(disk.files.get(second.store.pathOf('a.flv')), file.bytes);
    second.assertGone();
  });

  test('is no success when the camera ends it short of its length', async () => {
    const world = new World({ 'a.flv': { bytes: contentOf(MB, 4), etag: '"1"' } });
    await settled();
    world.store.start('a.flv');
    world.module.pump();
    world.module.running!.end(0);
    await settled();
    assert.equal(world.row('a.flv').phase, 'waiting');
    assert.match(world.row('a.flv').note, /Incomplete/);
    assert.deepEqual(world.emissions, []);
    await world.environment.advance(1000);
    await world.pumpAll();
    assert.equal(world.row('a.flv').phase, 'done');
    world.assertGone();
  });

  test('what the platform could not keep is told before a byte is asked for', async () => {
    const small = { bytes: contentOf(10, 1), etag: '"1"' };
    const world = new World({
      'huge.mp4': { ...small, listedBytes: 101 * MB },
      'a.mp4': { ...small, listedBytes: 90 * MB },
      'b.mp4': { ...small, listedBytes: 90 * MB },
      'c.mp4': { ...small, listedBytes: 90 * MB },
    });
    await settled();
    for (const name of ['huge.mp4', 'a.mp4', 'b.mp4', 'c.mp4']) world.store.start(name);
    assert.deepEqual(
      ['huge.mp4', 'a.mp4', 'b.mp4', 'c.mp4'].map((name) => world.row(name).phase),
      ['failed', 'running', 'waiting', 'failed'],
    );
    assert.match(world.row('huge.mp4').note, /100 MB/);
    assert.match(world.row('c.mp4').note, /200 MB/);
    assert.equal(world.module.asked.length, 1);
    world.store.cancel('b.mp4');
    world.store.resume('c.mp4');
    assert.equal(world.row('c.mp4').phase, 'waiting');
    world.assertGone();
  });

  test('a full disk ends it, and what was written before is kept for later', async () => {
    const world = new World({ 'a.flv': { bytes: contentOf(3 * MB, 5), etag: '"1"' } });
    world.disk.fullAtBytes = 1.5 * MB;
    await settled();
    world.store.start('a.flv');
    await world.pumpAll();
    assert.deepEqual(
      [world.row('a.flv').phase, world.row('a.flv').note],
      ['failed', 'The file could not be written'],
    );
    assert.equal(world.disk.sizeOf(world.store.pathOf('a.flv')), MB);
    world.disk.fullAtBytes = Infinity;
    world.store.resume('a.flv');
    await world.pumpAll();
    assert.equal(world.row('a.flv').phase, 'done');
    world.assertGone();
  });

  test('shows speed and time left once a second, not per chunk', async () => {
    const world = new World({ 'a.flv': { bytes: contentOf(4 * MB, 6), etag: '"1"' } });
    await settled();
    world.store.start('a.flv');
    for (let i = 0; i < 16; i++) world.module.pump();
    assert.equal(world.row('a.flv').percent, 0);
    await world.environment.advance(1000);
    assert.equal(world.row('a.flv').percent, 25);
    assert.equal(world.row('a.flv').note, '1.0 MB/s · 3 s');
    world.assertGone();
  });

  test('one runs at a time, and the next one follows; cancelling deletes what is there', async () => {
    const files = Object.fromEntries(
      ['a', 'b', 'c'].map((name, i) => [name, { bytes: contentOf(200_000, i), etag: `"${i}"` }]),
    );
    const world = new World(files);
    await settled();
    for (const name of ['a', 'b', 'c']) world.store.start(name);
    world.module.pump();
    world.store.cancel('a');
    assert.equal(world.disk.files.has(world.store.pathOf('a')), false);
    assert.deepEqual(world.disk.load(), { [world.store.pathOf('b')]: '"1" 200000' });
    await world.pumpAll();
    assert.deepEqual(
      world.emissions.map(({ detail }) => (detail as { fileName: string }).fileName),
      ['b', 'c'],
    );
    world.assertGone();
  });

  test('a file that the camera does not have fails at once, and the others go on', async () => {
    const world = new World({
      a: { bytes: contentOf(10, 1), etag: '"1"' },
      b: { bytes: contentOf(10, 2), etag: '"2"' },
    });
    await settled();
    world.module.cameraFiles.delete('a');
    world.store.start('a');
    world.store.start('b');
    await world.pumpAll();
    assert.deepEqual(
      world.emissions.map(({ name }) => name),
      ['downloadFailed', 'downloaded'],
    );
    world.assertGone();
  });
});
