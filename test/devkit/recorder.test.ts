import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { readFlvLoop } from '../../devkit/camera/flv-loop';
import type { LiveSink } from '../../devkit/camera/live-source';
import { Recorder } from '../../devkit/camera/recorder';
import { Recordings } from '../../devkit/camera/recordings';
import { until } from './until';

const loop = readFlvLoop(fs.readFileSync('devkit/fixtures/standard.flv'));
const START_MS = Date.UTC(2026, 0, 5, 12, 0, 0);
const HOUR_MS = 3600_000;

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-recorder-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

class World {
  wallMs = START_MS;
  readonly recordings = new Recordings();
  readonly events: string[] = [];
  readonly recorder: Recorder;
  private sink: LiveSink = () => {};
  private playedMs = 0;

  constructor(options: { maxBytes?: number; maxDays?: number; channel?: number } = {}) {
    this.recorder = new Recorder({
      ...{
        folder,
        channel: 0,
        segmentMs: 10_000,
        recordings: this.recordings,
        tracks: () => loop,
        ...options,
      },
      clock: { wallMs: () => this.wallMs },
      subscribe: (sink) => {
        this.sink = sink;
        for (const tag of loop.initTags) sink(tag);
        return () => {
          this.sink = () => {};
        };
      },
      onEvent: (_level, text) => this.events.push(text),
    });
  }

  /** The camera's pictures of so much time. */
  play(ms: number): void {
    for (const endMs = this.playedMs + ms; this.playedMs < endMs; this.playedMs += 20) {
      const at = this.playedMs % loop.durationMs;
      const roundMs = this.playedMs - at;
      for (const tag of loop.mediaTags) {
        if (tag.timestampMs < at || tag.timestampMs >= at + 20) continue;
        this.sink({ ...tag, timestampMs: roundMs + tag.timestampMs });
      }
      this.wallMs += 20;
    }
  }

  files(): string[] {
    return fs.readdirSync(folder).sort();
  }
}

describe('a recorder', () => {
  test('keeps a stream in segments by the clock, each playable from its first byte', async () => {
    const world = new World();
    world.recorder.start();
    world.play(35_000);
    await world.recorder.stop();
    const clips = world.recordings.within(0, 4e9);
    assert.equal(clips.length, 4);
    assert.equal(clips[0]!.startS, START_MS / 1000);
    for (const [index, clip] of clips.entries()) {
      const flv = clip.flvIndex!();
      assert.ok(flv.hasVideo && flv.hasAudio);
      assert.equal(flv.entryAt(0), flv.headersBefore(flv.entryAt(0)).length, 'headers, then a key frame');
      // A segment ends with the first key frame of the next one, at most two seconds late.
      assert.ok(Math.abs(clip.startS - START_MS / 1000 - index * 10) <= 2, `${clip.startS}`);
      if (index > 0) assert.ok(clip.startS - clips[index - 1]!.endS <= 1, 'without a gap');
      assert.equal(fs.statSync(path.join(folder, clip.fileName)).mode & 0o777, 0o600);
    }
    const bits = world.recordings.monthBits(2026, 1);
    assert.ok(bits !== 0, 'the day is in the month');
  });

  test('gives a segment its name when it is on the disk, and not before', async (t) => {
    const order: string[] = [];
    for (const name of ['fsync', 'renameSync'] as const) {
      const real = fs[name] as (...args: unknown[]) => unknown;
      t.mock.method(fs, name, (...args: unknown[]) => {
        order.push(name);
        return real(...args);
      });
    }
    const world = new World();
    world.recorder.start();
    world.play(8000);
    await world.recorder.stop();
    assert.deepEqual(order, ['fsync', 'renameSync']);
  });

  test('finds its segments again after a restart, without reading them', async () => {
    const first = new World();
    first.recorder.start();
    first.play(25_000);
    await first.recorder.stop();
    const again = new World();
    const names = (world: World): string[] => world.recordings.within(0, 4e9).map((clip) => clip.fileName);
    assert.deepEqual(names(again), names(first));
    assert.deepEqual(again.events, []);
    assert.deepEqual(names(new World({ channel: 1 })), [], 'those of another channel are not its own');
  });

  test('repairs what a crash has cut, at any byte, and deletes what has no picture', async () => {
    const world = new World();
    world.recorder.start();
    world.play(6000);
    await until(() => world.files().length > 0, 'the file is there');
    await until(
      () => fs.statSync(path.join(folder, world.files()[0]!)).size > 50_000,
      'some of it is on disk',
    );
    const part = world.files()[0]!;
    const bytes = fs.readFileSync(path.join(folder, part));
    await world.recorder.stop();
    for (const size of [0, 5, 13, 200, 20_000, 20_001, 33_333, bytes.length - 1, bytes.length]) {
      for (const file of world.files()) fs.rmSync(path.join(folder, file));
      fs.writeFileSync(path.join(folder, part), bytes.subarray(0, size));
      const after = new World();
      const [clip] = after.recordings.within(0, 4e9);
      assert.equal(after.files().length, clip ? 1 : 0);
      assert.equal(clip !== undefined, size >= 20_000, `${size} bytes`);
      if (clip === undefined) continue;
      assert.match(after.events.join(), /repaired/);
      assert.ok(clip.file.byteCount <= size && clip.file.byteCount > size - 20_000);
      assert.ok(clip.flvIndex!().durationMs > 0);
    }
  });

  test('leaves files alone that are not its own', () => {
    const names = ['notes.txt', '0-1.flv', 'a-1-2.flv', '0-1-2.mp4'];
    for (const name of names) fs.writeFileSync(path.join(folder, name), 'x');
    const world = new World({ maxBytes: 1 });
    assert.deepEqual(world.files(), names.sort());
    assert.ok(!world.recordings.hasPlayable);
  });

  test('deletes the oldest when there is too much, and what is too old', async () => {
    const world = new World({ maxBytes: 1_000_000, maxDays: 1 });
    world.recorder.start();
    world.play(120_000);
    await world.recorder.stop();
    const byteCount = (): number =>
      world.files().reduce((sum, file) => sum + fs.statSync(path.join(folder, file)).size, 0);
    assert.ok(byteCount() <= 1_000_000, `${byteCount()} bytes`);
    const kept = world.recordings.within(0, 4e9);
    assert.deepEqual(kept.map((clip) => clip.fileName).sort(), world.files());
    assert.ok(kept.length >= 2 && kept.at(-1)!.endS >= START_MS / 1000 + 118, 'the newest are there');

    world.wallMs += 25 * HOUR_MS;
    world.recorder.start();
    world.play(12_000);
    await world.recorder.stop();
    assert.ok(world.recordings.within(0, 4e9).every((clip) => clip.startS * 1000 > START_MS + HOUR_MS));
  });

  test('goes on with the next key frame when the disk refuses a file', async () => {
    const world = new World();
    world.recorder.start();
    fs.rmSync(folder, { recursive: true });
    world.play(3000);
    await until(() => world.events.length > 0, 'the error is told');
    assert.match(world.events[0]!, /ENOENT/);
    fs.mkdirSync(folder);
    world.play(12_000);
    await world.recorder.stop();
    assert.ok(world.recordings.hasPlayable);
  });
});
