import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settled } from '../support/virtual-environment';
import { MB, World, contentOf, digestOf } from './download-world';
import type { CameraFile } from './download-world';
import { MemoryFiles } from './memory-files';

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
      file.digest = digestOf(file.bytes);
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
          file.digest = digestOf(file.bytes);
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

  test('a file with another hash than the camera’s is not kept, whether it came at once or in two runs', async () => {
    for (const isResumed of [false, true]) {
      const disk = new MemoryFiles();
      const bytes = contentOf(MB + 1000, 7);
      const file: CameraFile = { bytes, etag: '"1"', digest: digestOf(bytes) };
      let world = new World({ 'a.flv': file }, disk);
      await settled();
      world.store.start('a.flv');
      if (isResumed) {
        for (let i = 0; i < 5; i++) world.module.pump();
        world.assertGone();
        // The memory of the phone has lost a bit, and no midstate of the hash is kept that stands for it.
        disk.files.get(world.store.pathOf('a.flv'))![70_000]! ^= 1;
        disk.forgetMidstates();
        world = new World({ 'a.flv': file }, disk);
        await settled();
        world.store.start('a.flv');
      } else world.module.running!.rest = bytes.map((byte, i) => (i === 70_000 ? byte ^ 1 : byte));
      await world.pumpAll();
      for (let i = 0; i < 20; i++) await world.environment.advance(1);
      assert.match(world.row('a.flv').note, /Damaged/);
      assert.deepEqual(
        world.emissions.map(({ name, detail }) => [name, (detail as { problem?: string }).problem]),
        [['downloadFailed', 'damaged']],
      );
      assert.deepEqual([disk.files.size, disk.load()], [0, {}]);
      world.store.resume('a.flv');
      await world.pumpAll();
      assert.deepEqual(disk.files.get(world.store.pathOf('a.flv')), bytes);
      world.assertGone();
    }
  });

  test('the hash follows what arrives: nothing is read back, or what an earlier version left, in small pieces', async () => {
    const disk = new MemoryFiles();
    const bytes = contentOf(2 * MB, 8);
    const file: CameraFile = { bytes, etag: '"1"', digest: digestOf(bytes) };
    const first = new World({ 'a.flv': file }, disk);
    await settled();
    first.store.start('a.flv');
    for (let i = 0; i < 20; i++) first.module.pump();
    first.assertGone();
    assert.deepEqual(disk.reads, []);
    disk.forgetMidstates();
    const left = disk.sizeOf(first.store.pathOf('a.flv'));
    const second = new World({ 'a.flv': file }, disk);
    await settled();
    second.store.start('a.flv');
    while (second.module.pump()) {
      await settled();
      await second.environment.advance(1);
    }
    for (let i = 0; i < 20; i++) await second.environment.advance(1);
    assert.equal(second.row('a.flv').phase, 'done');
    const readBytes = disk.reads.reduce((sum, each) => sum + each, 0);
    assert.ok(readBytes >= left && readBytes <= bytes.length, `${readBytes}`);
    assert.ok(Math.max(...disk.reads) <= 128 * 1024);
    second.assertGone();
  });

  /** A file of which an earlier run got so many chunks, or was killed behind them, so that nothing was closed. */
  async function leave(
    chunks: number,
    { bytes, isKilled = false }: { bytes: Uint8Array; isKilled?: boolean },
  ) {
    const disk = new MemoryFiles();
    const file: CameraFile = { bytes, etag: '"1"', digest: digestOf(bytes) };
    const first = new World({ 'a.flv': file }, disk);
    await settled();
    first.store.start('a.flv');
    for (let i = 0; i < chunks; i++) first.module.pump();
    if (isKilled) {
      const [files, records] = [new Map(disk.files), disk.load()];
      first.assertGone();
      for (const [path, left] of files) disk.files.set(path, left);
      disk.save(records);
    } else first.assertGone();
    const path = first.store.pathOf('a.flv');
    const again = async (): Promise<World> => {
      const world = new World({ 'a.flv': file }, disk);
      await settled();
      world.store.start('a.flv');
      await world.pumpAll();
      for (let i = 0; i < 20; i++) await world.environment.advance(1);
      return world;
    };
    return { disk, path, again };
  }
  const sum = (counts: readonly number[]): number => counts.reduce((all, each) => all + each, 0);

  test('what an earlier run has hashed is not hashed again, however that run ended', async () => {
    // Chunks of 64 KiB: one that is killed loses what is not yet in the file.
    for (const [chunks, isKilled] of [
      [20, false],
      [1, false],
      [20, true],
      [32, false],
    ] as const) {
      const bytes = contentOf(2 * MB + 77, 10);
      const { disk, path, again } = await leave(chunks, { bytes, isKilled });
      const left = disk.sizeOf(path);
      assert.equal(left, isKilled ? MB : chunks * 64 * 1024);
      const world = await again();
      assert.match(world.module.asked[0]!, new RegExp(`offset=${left}$`));
      assert.equal(world.row('a.flv').phase, 'done');
      assert.deepEqual(disk.files.get(path), bytes);
      assert.equal(sum(disk.reads), 0, `${chunks} chunks`);
      world.assertGone();
      // It is there as a whole: of that, too, only what is not in a whole block is read.
      const third = await again();
      assert.equal(third.row('a.flv').phase, 'done');
      assert.ok(sum(disk.reads) < 64, `${sum(disk.reads)}`);
      third.assertGone();
    }
  });

  test('a midstate of other bytes is found out at the end, and the file fetched anew, once', async () => {
    const bytes = contentOf(2 * MB, 11);
    for (const isCameraWrong of [false, true]) {
      const { disk, path, again } = await leave(20, { bytes });
      const [content, midstate = ''] = disk.load()[path]!.split('\n');
      disk.save({
        [path]: `${content}\n${midstate.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))}`,
      });
      const world = await again();
      assert.deepEqual([world.row('a.flv').phase, disk.files.size, disk.load()], ['waiting', 0, {}]);
      if (isCameraWrong) world.module.cameraFiles.get('a.flv')!.bytes = contentOf(2 * MB, 12);
      await world.environment.advance(1000);
      await world.pumpAll();
      assert.deepEqual(
        world.module.asked.map((asked) => /offset=(\d+)/.exec(asked)![1]),
        [String(20 * 64 * 1024), '0'],
      );
      assert.equal(world.row('a.flv').phase, isCameraWrong ? 'failed' : 'done');
      assert.deepEqual(disk.files.get(path), isCameraWrong ? undefined : bytes);
      await world.environment.advance(60_000);
      assert.equal(world.module.asked.length, 2, 'once');
      world.assertGone();
    }
  });

  test('a midstate that does not fit to the bytes that are there is not trusted: they are hashed again', async () => {
    const bytes = contentOf(2 * MB, 13);
    const { disk, path, again } = await leave(20, { bytes });
    const left = 20 * 64 * 1024;
    disk.files.set(path, bytes.slice(0, left - 64));
    const world = await again();
    assert.equal(world.module.asked.length, 1);
    assert.deepEqual([world.row('a.flv').phase, disk.files.get(path)], ['done', bytes]);
    assert.ok(sum(disk.reads) >= left - 64);
    world.assertGone();
  });

  test('stopped while the rest is hashed, it leaves nothing running, and goes on', async () => {
    const disk = new MemoryFiles();
    const bytes = contentOf(MB, 9);
    const file: CameraFile = { bytes, etag: '"1"', digest: digestOf(bytes) };
    const first = new World({ 'a.flv': file }, disk);
    await settled();
    first.store.start('a.flv');
    for (let i = 0; i < 15; i++) first.module.pump();
    first.assertGone();
    disk.forgetMidstates();
    const second = new World({ 'a.flv': file }, disk);
    await settled();
    second.store.start('a.flv');
    await second.pumpAll();
    assert.equal(second.row('a.flv').phase, 'running');
    second.store.pause('a.flv');
    assert.equal(disk.openCount, 0);
    second.store.resume('a.flv');
    await second.pumpAll();
    for (let i = 0; i < 20; i++) await second.environment.advance(1);
    assert.equal(second.row('a.flv').phase, 'done');
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
    assert.deepEqual([world.row('huge.mp4').action, world.row('a.mp4').note], ['', '']);
    assert.match(world.row('huge.mp4').note, /100 MB/);
    for (const name of ['huge.mp4', 'a.mp4', 'b.mp4']) world.store.start(name);
    assert.match(world.row('c.mp4').note, /200 MB/, 'before it is asked for');
    world.store.start('c.mp4');
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

  test('what recordings and other files take counts, too', async () => {
    const disk = new MemoryFiles();
    disk.foreignBytes = 195 * MB;
    const small = { bytes: contentOf(10, 1), etag: '"1"' };
    const world = new World({ 'a.mp4': { ...small, listedBytes: 6 * MB }, 'b.mp4': small }, disk);
    await settled();
    assert.match(world.row('a.mp4').note, /200 MB/);
    assert.equal(world.row('b.mp4').note, '');
    world.assertGone();
  });
});
