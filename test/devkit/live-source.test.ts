import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createFileSource } from '../../devkit/camera/file-source';
import { readFlvLoop } from '../../devkit/camera/flv-loop';
import type { FlvLoop } from '../../devkit/camera/flv-loop';
import { LiveFeed } from '../../devkit/camera/live-feed';
import type { LiveTag } from '../../devkit/camera/live-source';
import { concatBytes } from '../../p2p-core/bytes/concat';
import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import { FakeClock } from './fake-clock';

const standard = readFlvLoop(fs.readFileSync(path.join(process.cwd(), 'devkit/fixtures/standard.flv')));
const isMedia = (tag: LiveTag): boolean => tag.type !== FlvTagType.Script && !tag.isSequenceHeader;
const avc = (isKey: boolean, ...nal: number[]): Uint8Array =>
  Uint8Array.of(isKey ? 0x17 : 0x27, 1, 0, 0, 0, ...nal);
const avcHeader = (...config: number[]): Uint8Array => Uint8Array.of(0x17, 0, 0, 0, 0, ...config);

describe('a loop of an FLV file', () => {
  test('is 10.24 s long in each fixture, so that picture and sound end together', () => {
    for (const quality of ['standard', 'high', 'super']) {
      const loop = readFlvLoop(fs.readFileSync(path.join(process.cwd(), `devkit/fixtures/${quality}.flv`)));
      assert.equal(loop.durationMs, 10_240);
      assert.equal(loop.initTags.length, 3);
      assert.deepEqual([loop.hasVideo, loop.hasAudio], [true, true]);
    }
  });

  test('starts at the first key frame at 0, without the end-of-sequence tag of the file', () => {
    const loop = readFlvLoop(
      concatBytes(
        flvHeader(true, false),
        flvTag(9, 0, avcHeader(1)),
        flvTag(9, 100, avc(false, 1)),
        flvTag(9, 140, avc(true, 2)),
        flvTag(9, 180, avc(false, 3)),
        flvTag(9, 220, avc(false, 4)),
        flvTag(9, 220, Uint8Array.of(0x17, 2, 0, 0, 0)),
      ),
    );
    assert.deepEqual(
      loop.mediaTags.map((tag) => [tag.timestampMs, tag.data[5]]),
      [
        [0, 2],
        [40, 3],
        [80, 4],
      ],
    );
    assert.equal(loop.durationMs, 120);
    assert.equal(loop.hasAudio, false);
  });

  test('is refused with the reason when the file cannot be looped', () => {
    const rows: [Uint8Array, RegExp][] = [
      [Uint8Array.from({ length: 20 }, () => 1), /signature/],
      [flvHeader(true, true), /no media/],
      [concatBytes(flvHeader(true, false), flvTag(9, 0, avc(false))), /no key frame/],
      [
        concatBytes(flvHeader(true, false), flvTag(9, 0, avcHeader(1)), flvTag(9, 9, avcHeader(2))),
        /codec settings/,
      ],
    ];
    for (const [bytes, message] of rows) assert.throws(() => readFlvLoop(bytes), message);
  });
});

describe('a live feed', () => {
  const tag = (isKeyframe: boolean, timestampMs: number): LiveTag => ({
    ...{ type: FlvTagType.Video, codec: 7, isSequenceHeader: false },
    ...{ isKeyframe, timestampMs, data: new Uint8Array(1024 * 1024) },
  });
  const timesFor = (feed: LiveFeed): number[] => {
    const times: number[] = [];
    feed.subscribe((seen) => times.push(seen.timestampMs))();
    return times;
  };

  test('gives a new viewer the newest group of pictures only, and nothing after a group too large to keep', () => {
    const feed = new LiveFeed();
    feed.publish(tag(false, 1));
    assert.deepEqual(timesFor(feed), []);
    feed.publish(tag(true, 2));
    feed.publish(tag(false, 3));
    feed.publish(tag(true, 4));
    feed.publish(tag(false, 5));
    assert.deepEqual(timesFor(feed), [4, 5]);
    for (let time = 6; time < 9; time++) feed.publish(tag(false, time));
    assert.deepEqual(timesFor(feed), [], 'over 4 MiB');
    feed.publish(tag(true, 9));
    assert.deepEqual(timesFor(feed), [9]);
  });
});

describe('a file played as live', () => {
  test('gives a late viewer metadata, both sequence headers, then the newest key frame, all at once', () => {
    const clock = new FakeClock();
    const source = createFileSource(clock, { standard });
    clock.advance(3_000);
    const tags: LiveTag[] = [];
    source.subscribe('standard', (tag) => tags.push(tag));
    const [metadata, videoHeader, audioHeader, first] = tags;
    assert.equal(metadata!.type, FlvTagType.Script);
    assert.ok(videoHeader!.type === FlvTagType.Video && videoHeader!.isSequenceHeader);
    assert.ok(audioHeader!.type === FlvTagType.Audio && audioHeader!.isSequenceHeader);
    assert.ok(first!.isKeyframe);
    assert.equal(first!.timestampMs, 2_560);
    assert.ok(tags.at(-1)!.timestampMs <= 3_000 && tags.at(-1)!.timestampMs > 2_960);
  });

  test('keeps timestamps continuous over many loops, each tag at its time, metadata once', () => {
    const clock = new FakeClock();
    const startMs = clock.nowMs();
    const source = createFileSource(clock, { standard });
    const tags: LiveTag[] = [];
    source.subscribe('standard', (tag) => {
      tags.push(tag);
      if (isMedia(tag)) assert.equal(tag.timestampMs, clock.nowMs() - startMs);
    });
    clock.advance(5 * 10_240);
    const pictures = tags.filter((tag) => tag.type === FlvTagType.Video && isMedia(tag));
    const sounds = tags.filter((tag) => tag.type === FlvTagType.Audio && isMedia(tag));
    assert.equal(tags.filter((tag) => !isMedia(tag)).length, 3);
    assert.equal(pictures.length, 5 * 128 + 1);
    for (let i = 1; i < pictures.length; i++) {
      assert.equal(pictures[i]!.timestampMs - pictures[i - 1]!.timestampMs, 80);
    }
    for (let i = 1; i < sounds.length; i++) {
      const step = sounds[i]!.timestampMs - sounds[i - 1]!.timestampMs;
      assert.ok(step === 23 || step === 24, `step of ${step} ms`);
      assert.equal(
        sounds[i]!.timestampMs,
        Math.round(((i % 441) * 1024) / 44.1) + 10_240 * Math.floor(i / 441),
      );
    }
  });

  test('gives every viewer the same tags, and each quality the same moment', () => {
    const clock = new FakeClock();
    const source = createFileSource(clock, { standard, high: standard });
    const early: LiveTag[] = [];
    const late: LiveTag[] = [];
    const other: LiveTag[] = [];
    source.subscribe('standard', (tag) => early.push(tag));
    clock.advance(7_000);
    source.subscribe('standard', (tag) => late.push(tag));
    source.subscribe('high', (tag) => other.push(tag));
    clock.advance(7_000);
    const lateMedia = late.filter(isMedia);
    assert.deepEqual(early.slice(-lateMedia.length), lateMedia);
    assert.deepEqual(other.filter(isMedia), lateMedia);
  });

  test('runs only while somebody watches, also when the last viewer leaves from inside its sink', () => {
    const clock = new FakeClock();
    const source = createFileSource(clock, { standard });
    assert.equal(clock.timerCount, 0);
    const leave = [source.subscribe('standard', () => {}), source.subscribe('standard', () => {})];
    assert.equal(clock.timerCount, 1);
    leave[0]!();
    leave[0]!();
    assert.equal(clock.timerCount, 1);
    leave[1]!();
    assert.equal(clock.timerCount, 0);

    let count = 0;
    const unsubscribe = source.subscribe('standard', () => {
      if (++count > 100) unsubscribe();
    });
    clock.advance(60_000);
    assert.equal(count, 101);
    assert.equal(clock.timerCount, 0);
    assert.equal(source.tracks('super'), null);
    source.subscribe('super', () => assert.fail())();
  });

  test('jumps to the newest key frame after a long sleep, and makes up for a short one', () => {
    const clock = new FakeClock();
    const source = createFileSource(clock, { standard });
    const times: number[] = [];
    source.subscribe('standard', (tag) => {
      if (tag.type === FlvTagType.Video && isMedia(tag)) times.push(tag.timestampMs);
    });
    clock.sleep(1_000);
    clock.advance(0);
    assert.equal(times.at(-1), 960);
    clock.sleep(3_600_000);
    clock.advance(0);
    const jump = times.findIndex((time) => time > 1_000);
    assert.equal((times[jump]! % 10_240) % 1_280, 0, 'a key frame');
    assert.ok(3_601_000 - times[jump]! < 1_280);
    assert.ok(times.every((time, index) => index === 0 || time > times[index - 1]!));
  });

  test('never jumps back when the newest key frame was played already', () => {
    const clock = new FakeClock();
    const longGop: FlvLoop = {
      ...{ hasVideo: true, hasAudio: false, initTags: [], durationMs: 10_000 },
      mediaTags: Array.from({ length: 100 }, (_, index) => ({
        ...{ type: FlvTagType.Video, codec: 7, isSequenceHeader: false, data: new Uint8Array(6) },
        ...{ isKeyframe: index === 0, timestampMs: index * 100 },
      })),
    };
    const times: number[] = [];
    createFileSource(clock, { high: longGop }).subscribe('high', (tag) => times.push(tag.timestampMs));
    clock.advance(3_000);
    clock.sleep(4_000);
    clock.advance(0);
    assert.deepEqual(
      times,
      Array.from({ length: 71 }, (_, index) => index * 100),
    );
  });

  test('wraps its timestamps at 2^32 ms as FLV does', () => {
    const clock = new FakeClock();
    const source = createFileSource(clock, { standard });
    clock.sleep(2 ** 32 - 100);
    const times: number[] = [];
    source.subscribe('standard', (tag) => {
      if (isMedia(tag)) times.push(tag.timestampMs);
    });
    clock.advance(1_000);
    assert.ok(times.every((time) => time >= 0 && time < 2 ** 32));
    assert.ok(times.at(-1)! <= 900);
  });
});
