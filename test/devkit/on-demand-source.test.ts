import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LiveTag } from '../../devkit/camera/live-source';
import { OnDemandSource } from '../../devkit/camera/on-demand-source';
import type { TagHandler, TagSupply } from '../../devkit/camera/tag-supply';
import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import { FakeClock } from './fake-clock';

const SILENCE_MS = 10_000;
const LINGER_MS = 10_000;

const video = (timestampMs: number, isKeyframe = false): LiveTag => ({
  ...{ type: FlvTagType.Video, codec: 7, isSequenceHeader: false, isKeyframe },
  ...{ timestampMs, data: new Uint8Array(10) },
});
const audio = (timestampMs: number): LiveTag => ({
  ...{ type: FlvTagType.Audio, codec: 10, isSequenceHeader: false, isKeyframe: false },
  ...{ timestampMs, data: new Uint8Array(4) },
});

class World {
  readonly clock = new FakeClock();
  readonly events: string[] = [];
  starts = 0;
  stops = 0;
  /** Of the run that goes on; null when none does. */
  run: TagHandler | null = null;
  lastRun: TagHandler | null = null;
  readonly source: OnDemandSource;

  constructor() {
    const supply: TagSupply = {
      name: 'supply',
      start: (handler) => {
        this.starts++;
        this.run = this.lastRun = handler;
        return () => {
          this.stops++;
          this.run = null;
        };
      },
    };
    this.source = new OnDemandSource({
      ...{ clock: this.clock, supply, fillRandom: (bytes) => bytes.fill(128) },
      onEvent: (_level, text) => this.events.push(text),
    });
  }

  watch(): { tags: LiveTag[]; times(): number[]; leave(): void } {
    const tags: LiveTag[] = [];
    const leave = this.source.subscribe((tag) => tags.push(tag));
    return { tags, times: () => tags.map((tag) => tag.timestampMs), leave };
  }

  end(reason: string): void {
    const { run } = this;
    this.run = null;
    run!.onEnd(reason);
  }
}

describe('a source on demand', () => {
  test('starts with its first viewer, serves all from one run, and lingers after the last', () => {
    const world = new World();
    assert.equal(world.starts, 0);
    const [first, second] = [world.watch(), world.watch()];
    assert.equal(world.starts, 1);
    world.run!.onTag(video(0, true));
    assert.deepEqual([first.tags.length, second.tags.length], [1, 1]);
    first.leave();
    second.leave();
    second.leave();
    world.clock.advance(LINGER_MS - 1);
    assert.equal(world.stops, 0);
    const third = world.watch();
    assert.equal(third.tags.length, 1, 'a key frame at once');
    third.leave();
    world.clock.advance(LINGER_MS);
    assert.deepEqual([world.starts, world.stops], [1, 1]);
    assert.equal(world.clock.timerCount, 0);
  });

  test('begins again after it died, sooner at first and then later, while somebody watches', () => {
    const world = new World();
    const viewer = world.watch();
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      world.end('refused');
      const before = world.starts;
      let waitedMs = 0;
      while (world.starts === before) {
        world.clock.advance(10);
        waitedMs += 10;
      }
      waits.push(waitedMs);
    }
    assert.ok(waits[0]! <= 300, `${waits[0]} ms`);
    assert.ok(waits.at(-1)! > 3000 && waits.every((wait) => wait <= 30_000), waits.join());
    viewer.leave();
    world.end('refused');
    world.clock.advance(60_000);
    assert.equal(world.starts, 13);
    assert.equal(world.clock.timerCount, 0);
  });

  test('gives viewers one clock over all runs, that never goes back, also when a run began with a burst', () => {
    const world = new World();
    const viewer = world.watch();
    // Five seconds of the camera's buffer at once.
    for (let ms = 0; ms <= 5000; ms += 500) world.run!.onTag(video(90_000 + ms, ms === 0));
    world.clock.advance(1000);
    world.end('gone');
    world.clock.advance(300);
    for (let ms = 0; ms <= 1000; ms += 500) world.run!.onTag(video(ms, ms === 0));
    const times = viewer.times();
    assert.equal(times[0], 0);
    assert.ok(
      times.every((time, i) => i === 0 || time > times[i - 1]!),
      times.join(),
    );
    world.source.close();
  });

  test('goes on by the clock after a pause: pictures are as far apart as they were in time', () => {
    const world = new World();
    const viewer = world.watch();
    world.run!.onTag(video(7000, true));
    world.clock.advance(4000);
    world.end('gone');
    world.clock.advance(200);
    world.run!.onTag(video(0, true));
    const [first, second] = viewer.times();
    assert.equal(second! - first!, 4200);
    world.source.close();
  });

  test('gives a viewer that comes after a new start nothing of the run before', () => {
    const world = new World();
    const viewer = world.watch();
    world.run!.onTag(video(0, true));
    world.end('gone');
    assert.equal(world.watch().tags.length, 0);
    world.clock.advance(300);
    world.run!.onTag(video(0, true));
    assert.equal(world.watch().tags.length, 1);
    viewer.leave();
    world.source.close();
  });

  test('counts as dead after 10 s without a tag, from its start on as well as later', () => {
    const world = new World();
    world.watch();
    world.clock.advance(SILENCE_MS);
    assert.equal(world.stops, 1);
    assert.match(world.events.at(-1)!, /silent for 10 s/);
    world.clock.advance(300);
    assert.equal(world.starts, 2);
    for (let i = 0; i < 30; i++) {
      world.run!.onTag(video(i * 1000, true));
      world.clock.advance(1000);
    }
    assert.equal(world.starts, 2);
    world.clock.advance(SILENCE_MS);
    assert.equal(world.stops, 2);
    world.source.close();
  });

  test('hears nothing of a run that it has ended', () => {
    const world = new World();
    const viewer = world.watch();
    const old = world.lastRun!;
    world.clock.advance(SILENCE_MS + 300);
    assert.equal(world.starts, 2);
    old.onTag(video(0, true));
    old.onEnd('late');
    assert.equal(viewer.tags.length, 0);
    assert.equal(world.starts, 2);
    world.source.close();
    world.lastRun!.onTag(video(0, true));
    world.clock.advance(100_000);
    assert.deepEqual([viewer.tags.length, world.starts, world.clock.timerCount], [0, 2, 0]);
  });

  test('says what tracks it has once it has run for a while, and both before', () => {
    const world = new World();
    world.watch();
    assert.deepEqual(world.source.tracks, { hasVideo: true, hasAudio: true });
    world.run!.onTag(video(0, true));
    assert.deepEqual(world.source.tracks, { hasVideo: true, hasAudio: true });
    world.clock.advance(5000);
    world.run!.onTag(video(5000, true));
    assert.deepEqual(world.source.tracks, { hasVideo: true, hasAudio: false });
    world.run!.onTag(audio(5000));
    assert.deepEqual(world.source.tracks, { hasVideo: true, hasAudio: true });
    world.source.close();
  });
});
