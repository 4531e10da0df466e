import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createFlvReader } from '../../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../../p2p-core/flv/tag-writer';
import { RecordStore } from '../../../store/snapshot/record-store';
import type { RecordEmission, RecordStoreOptions } from '../../../store/snapshot/record-store';
import { VirtualEnvironment, settled } from '../support/virtual-environment';
import { MemoryFiles } from './memory-files';

const SOURCE = fs.readFileSync(path.join(process.cwd(), 'devkit/fixtures/high.flv'));

interface Tag {
  type: number;
  timestampMs: number;
  bytes: string;
  isKeyframe: boolean;
  isSequenceHeader: boolean;
}

function tagsOf(file: Uint8Array): Tag[] {
  const tags: Tag[] = [];
  const reader = createFlvReader({
    onTag: ({ type, timestampMs, data, isKeyframe, isSequenceHeader }) =>
      tags.push({
        type,
        timestampMs,
        bytes: Buffer.from(data).toString('hex'),
        isKeyframe,
        isSequenceHeader,
      }),
  });
  assert.ok(reader.feed(file), reader.error);
  return tags;
}

const media = (tags: Tag[]): Tag[] => tags.filter((tag) => tag.type !== 18 && !tag.isSequenceHeader);
const SOURCE_TAGS = tagsOf(SOURCE);

class World {
  readonly environment = new VirtualEnvironment();
  readonly files = new MemoryFiles();
  readonly emissions: RecordEmission[] = [];
  readonly store: RecordStore;
  private count = 0;

  constructor(options: Partial<RecordStoreOptions> = {}) {
    this.store = new RecordStore({
      environment: this.environment,
      files: this.files,
      newPath: () => `file-${++this.count}.flv`,
      emit: (emission) => this.emissions.push(emission),
      ...options,
    });
    this.store.tap.onStart();
  }

  /** The source in pieces that cut tags anywhere. */
  feed(from: number, to: number, pieceBytes = 1000): void {
    for (let at = from; at < to; at += pieceBytes) {
      const piece = SOURCE.subarray(at, Math.min(to, at + pieceBytes));
      this.store.tap.onChunk(new Uint8Array(piece).buffer);
    }
  }

  get phases(): string[] {
    return this.emissions.flatMap((each) =>
      each.name === 'recordStateChange' ? [each.detail.recordState] : [],
    );
  }

  saved(): { filePath: string; fileBytes: number; durationMs: number; end: string } {
    const found = this.emissions.find((each) => each.name === 'recordSaved');
    assert.ok(found?.name === 'recordSaved', JSON.stringify(this.emissions));
    return found.detail;
  }

  file(): Uint8Array {
    return this.files.files.get(this.saved().filePath)!;
  }
}

describe('recording FLV', () => {
  test('begins at the next key frame, with the settings from before it, and keeps every tag', async () => {
    const world = new World();
    const start = Math.floor(SOURCE.length / 3);
    world.feed(0, start);
    world.store.start();
    assert.equal(world.store.state.phase, 'waiting');
    world.feed(start, SOURCE.length);
    assert.equal(world.store.state.phase, 'recording');
    world.store.stop();
    await settled();
    const tags = tagsOf(world.file());
    const kept = media(tags);
    assert.ok(kept[0]!.isKeyframe);
    assert.deepEqual(
      tags.filter((tag) => tag.isSequenceHeader).map(({ type, bytes }) => [type, bytes]),
      SOURCE_TAGS.filter((tag) => tag.isSequenceHeader).map(({ type, bytes }) => [type, bytes]),
    );
    const all = media(SOURCE_TAGS);
    const first = all.findIndex((tag) => tag.bytes === kept[0]!.bytes && tag.isKeyframe);
    const expected = all.slice(first);
    assert.deepEqual(
      kept.map(({ bytes }) => bytes),
      expected.map(({ bytes }) => bytes),
    );
    assert.equal(kept[0]!.timestampMs, 0);
    assert.equal(kept.at(-1)!.timestampMs, expected.at(-1)!.timestampMs - expected[0]!.timestampMs);
    assert.equal(world.saved().durationMs, kept.at(-1)!.timestampMs);
    assert.equal(world.saved().fileBytes, world.file().length);
    assert.deepEqual(world.phases, ['opening', 'waiting', 'recording', 'closing', 'idle']);
    assert.equal(world.files.openCount, 0);
    assert.equal(world.environment.pendingTimers, 0);
  });

  test('writes large blocks, in order, one at a time, and memory stays bounded', async () => {
    const world = new World();
    world.store.start();
    world.feed(0, SOURCE.length, 50_000);
    world.store.stop();
    await settled();
    await settled();
    const sizes = world.files.writes.map(({ byteCount }) => byteCount);
    assert.ok(sizes.length >= 1);
    for (const size of sizes.slice(0, -1)) assert.ok(size >= 64 * 1024, `${sizes}`);
  });

  test('a new pull in the middle goes on in the same file, from a key frame, and time does not go back', async () => {
    const world = new World();
    world.store.start();
    world.feed(0, SOURCE.length / 2);
    world.store.tap.onStart();
    world.feed(0, SOURCE.length);
    world.store.stop();
    await settled();
    const times = media(tagsOf(world.file())).map(({ timestampMs }) => timestampMs);
    for (let i = 1; i < times.length; i++)
      assert.ok(times[i]! >= times[i - 1]!, `${times[i - 1]} → ${times[i]}`);
    assert.ok(times.at(-1)! > SOURCE_TAGS.at(-1)!.timestampMs);
  });

  test('ends by itself before the file is too large', async () => {
    const world = new World({ maxBytes: 100_000 });
    world.store.start();
    world.feed(0, SOURCE.length);
    await settled();
    assert.equal(world.saved().end, 'limit');
    assert.ok(world.file().length <= 100_000 && world.file().length > 50_000, `${world.file().length}`);
    tagsOf(world.file());
  });

  test('a stream of sound alone is recorded too', async () => {
    const world = new World();
    const tap = world.store.tap;
    tap.onStart();
    tap.onChunk(flvHeader(false, true).slice().buffer as ArrayBuffer);
    world.store.start();
    for (let i = 0; i < 150; i++) {
      tap.onChunk(flvTag(8, i * 20, Uint8Array.of(0x72, i, 2)).slice().buffer as ArrayBuffer);
    }
    world.store.stop();
    await settled();
    assert.equal(tagsOf(world.file()).length, 51);
  });

  test('stopped before the first picture it keeps no file', async () => {
    const world = new World();
    world.store.start();
    world.feed(0, 20);
    world.store.stop();
    await settled();
    assert.deepEqual(world.phases, ['opening', 'waiting', 'closing', 'idle']);
    assert.equal(world.files.files.size, 0);
  });

  test('says when there can be no file, and when the disk is full; what was written is kept', async () => {
    const without = new World();
    without.files.openError = 'open:fail permission denied';
    without.store.start();
    assert.deepEqual(without.emissions.at(-1), {
      name: 'recordError',
      detail: { errMsg: 'open:fail permission denied' },
    });
    const full = new World();
    full.store.start();
    full.feed(0, SOURCE.length / 2);
    full.files.writeError = 'write:fail the maximum size of the file storage limit is exceeded';
    full.store.stop();
    await settled();
    assert.equal(full.saved().end, 'error');
    assert.deepEqual(full.emissions.at(-1), {
      name: 'recordError',
      detail: { errMsg: 'write:fail the maximum size of the file storage limit is exceeded' },
    });
    const slow = new World();
    slow.files.isSlow = true;
    slow.store.start();
    for (let i = 0; i < 12 && slow.store.state.phase !== 'closing'; i++) {
      slow.store.tap.onStart();
      slow.feed(0, SOURCE.length, 20_000);
    }
    while (slow.files.writeNext()) await settled();
    assert.equal(slow.saved().end, 'error');
    assert.deepEqual(slow.emissions.at(-1), {
      name: 'recordError',
      detail: { errMsg: 'the disk is too slow' },
    });
    assert.ok(slow.files.writes.length <= 6);
    assert.equal(slow.files.openCount, 0);
  });

  test('destroyed at any time it closes and removes its file, and says nothing', async () => {
    for (const byteCount of [0, 20, SOURCE.length / 2]) {
      const world = new World();
      world.store.start();
      world.feed(0, byteCount);
      const { length } = world.emissions;
      world.store.destroy();
      await settled();
      assert.deepEqual([world.files.files.size, world.files.openCount], [0, 0]);
      assert.equal(world.emissions.length, length);
      assert.equal(world.environment.pendingTimers, 0);
    }
  });
});
