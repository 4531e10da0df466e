import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ByteFile } from '../../devkit/camera/byte-file';
import { FlvIndex } from '../../devkit/camera/flv-index';
import type { FlvLoop } from '../../devkit/camera/flv-loop';
import { createLoopFile } from '../../devkit/camera/loop-file';
import { Recordings } from '../../devkit/camera/recordings';
import type { RecordedClip } from '../../devkit/camera/recordings';
import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { FlvTag } from '../../p2p-core/flv/tag-reader';
import { StreamPriority } from '../../p2p-core/transport/types';
import { fakeCamera, highLoop, standardLoop } from './fake-camera';
import type { FakeCamera } from './fake-camera';
import type { FakeResponse } from './fake-http';

const START_S = 1_700_000_000;
/** Key frames lie so far apart in the fixtures. */
const GOP_MS = 1_280;
const isMedia = (tag: FlvTag): boolean => tag.type !== FlvTagType.Script && !tag.isSequenceHeader;
const isPicture = (tag: FlvTag): boolean => tag.type === FlvTagType.Video && isMedia(tag);

function clip(loop: FlvLoop, startS: number, roundCount: number, file?: ByteFile): RecordedClip {
  const content = file ?? createLoopFile(loop, roundCount);
  const index = new FlvIndex(content);
  const endS = startS + Math.ceil((loop.durationMs * roundCount) / 1000);
  return { fileName: `${startS}.flv`, startS, endS, type: 0, file: content, flvIndex: () => index };
}

/** 20.48 s, then nothing for more than a minute, then 10.24 s with other pictures. */
const twoClips = (): Recordings =>
  new Recordings([clip(highLoop, START_S, 2), clip(standardLoop, START_S + 100, 1)]);

function play(camera: FakeCamera, from: number, to: number, more = ''): ReturnType<FakeCamera['get']> {
  return camera.get(
    `/ipc.flv?action=playback&channel=0&start_time=${START_S + from}&end_time=${START_S + to}${more}`,
  );
}

function command(camera: FakeCamera, text: string, viewerId = 1): Record<string, unknown> {
  const target = `/command?action=inner_define&channel=0&cmd=${text}`;
  return camera.get(target, { viewerId }).response.json() as Record<string, unknown>;
}

function progressMs(camera: FakeCamera): number {
  const { status, progress } = command(camera, 'playback_progress');
  assert.equal(status, '0');
  return Number(progress);
}

/** Lets time pass for a viewer whose network takes everything. */
function watch(camera: FakeCamera, response: FakeResponse, forMs: number): void {
  for (let passedMs = 0; passedMs < forMs; passedMs += 20) {
    response.take();
    camera.clock.advance(20);
  }
}

const pictures = (response: FakeResponse): FlvTag[] => response.tags().filter(isPicture);

function assertNeverGoesBack(response: FakeResponse): void {
  const times = pictures(response).map((tag) => tag.timestampMs);
  times.forEach((time, i) => assert.ok(i === 0 || time > times[i - 1]!, `picture ${i} at ${time} ms`));
}

describe('a playback', () => {
  test('gives the recording as it is, tag for tag, as fast as it was recorded, and ends', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, 0, 21);
    assert.equal(response.status, 200);
    assert.equal(response.headers['content-type'], 'video/x-flv');
    assert.equal(response.priority, StreamPriority.Playback);
    watch(camera, response, 10_000);
    assert.equal(pictures(response).length, 251, '25 pictures a second, and the first at once');
    assert.equal(progressMs(camera), 10_000);
    watch(camera, response, 10_500);
    assert.equal(response.isEnded, true);
    assert.equal(response.isAborted, false);
    const media = response.tags().filter(isMedia);
    const twoRounds = [0, highLoop.durationMs].flatMap((roundMs) =>
      highLoop.mediaTags.map((tag) => ({ ...tag, timestampMs: tag.timestampMs + roundMs })),
    );
    assert.deepEqual(media, twoRounds);
    assert.deepEqual(
      response.tags().filter((tag) => !isMedia(tag)),
      highLoop.initTags,
    );
    assert.equal(camera.clock.timerCount, 0);
    assert.deepEqual(command(camera, 'playback_progress'), { status: '404' });
  });

  test('starts with the key frame before the point, and has the picture of the point at once', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, 7, 21);
    const shown = pictures(response);
    // 7 s: the 6th key frame is at 6.4 s, 15 pictures before.
    assert.equal(shown.length, 16);
    assert.equal(shown[0]!.timestampMs, 0);
    assert.deepEqual(shown[0]!.data, highLoop.mediaTags.filter(isPicture)[(5 * GOP_MS) / 40]!.data);
    assert.equal(progressMs(camera), 0);
    watch(camera, response, 1_000);
    assert.equal(pictures(response).length, 41);
    assert.equal(progressMs(camera), 1_000);
  });

  test('ends where the period ends', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, 2, 8);
    watch(camera, response, 6_000);
    assert.equal(response.isEnded, true);
    assert.equal(pictures(response).at(-1)!.timestampMs, 8_000 - GOP_MS - 40);
  });

  test('leaves out the time in which nothing was recorded, and tells the wall clock’s progress', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, -50, 200);
    assert.equal(progressMs(camera), 50_000);
    watch(camera, response, 21_000);
    assert.ok(progressMs(camera) >= 150_000, 'it is in the second clip');
    watch(camera, response, 11_000);
    assert.equal(response.isEnded, true);
    assertNeverGoesBack(response);
    assert.equal(pictures(response).length, 512 + 128);
    // The second clip's decoder settings come before its first picture.
    const headers = response.tags().filter((tag) => tag.isSequenceHeader && tag.type === FlvTagType.Video);
    assert.deepEqual(
      headers.map((tag) => tag.data),
      [highLoop, standardLoop].map(
        (loop) => loop.initTags.find((tag) => tag.type === FlvTagType.Video)!.data,
      ),
    );
    assert.ok(pictures(response).at(-1)!.timestampMs < 31_000);
  });

  test('is silent while paused and goes on where it was', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, 0, 21);
    watch(camera, response, 3_000);
    assert.deepEqual(command(camera, 'playback_pause'), { status: '0' });
    assert.deepEqual(command(camera, 'playback_pause'), { status: '0' });
    const byteCount = response.body().length;
    watch(camera, response, 60_000);
    assert.equal(response.body().length, byteCount);
    assert.equal(camera.clock.timerCount, 0);
    assert.equal(progressMs(camera), 3_000);
    assert.deepEqual(command(camera, 'playback_resume'), { status: '0' });
    assert.deepEqual(command(camera, 'playback_resume'), { status: '0' });
    watch(camera, response, 1_000);
    assert.ok(Math.abs(progressMs(camera) - 4_000) <= 40);
    pictures(response).forEach((picture, index) => assert.equal(picture.timestampMs, index * 40));
  });

  test('jumps to any point, with timestamps that go on', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, 0, 200);
    watch(camera, response, 1_000);
    const jumps: [string, number][] = [
      ['playback_seek&progress=9000', 9_000],
      ['playback_seek&progress=500', 500],
      [`playback_seek&progress=${START_S + 15}`, 15_000],
      [`playback_seek&time=${START_S + 104}`, 104_000],
      ['playback_seek&progress=60000', 100_000], // nothing was recorded there: the next clip
      ['playback_seek&progress=0', 0],
    ];
    for (const [text, positionMs] of jumps) {
      const before = response.tags().filter(isMedia);
      const lastMs = Math.max(...before.map((tag) => tag.timestampMs));
      assert.deepEqual(command(camera, text), { status: '0' }, text);
      const first = response.tags().filter(isMedia)[before.length]!;
      assert.equal(first.isKeyframe, true, text);
      assert.equal(first.timestampMs, lastMs + 40, text);
      assert.equal(progressMs(camera), positionMs, text);
      watch(camera, response, 1_000);
      assert.ok(Math.abs(progressMs(camera) - positionMs - 1_000) <= 80, text);
    }
    assertNeverGoesBack(response);
  });

  test('refuses a point that is not in it and stays where it is', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, 0, 200);
    watch(camera, response, 1_000);
    for (const value of ['-1', 'x', '', '200001', '150000', String(START_S - 1), String(START_S + 201)]) {
      assert.deepEqual(command(camera, `playback_seek&progress=${value}`), { status: '404' }, value);
    }
    assert.deepEqual(command(camera, 'playback_seek'), { status: '404' });
    assert.equal(progressMs(camera), 1_000);
  });

  test('jumps while paused without playing, and plays from there', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, 0, 21);
    watch(camera, response, 1_000);
    command(camera, 'playback_pause');
    const count = pictures(response).length;
    command(camera, 'playback_seek&progress=12000');
    watch(camera, response, 5_000);
    assert.equal(pictures(response).length, count);
    assert.equal(progressMs(camera), 12_000);
    command(camera, 'playback_resume');
    assert.equal(pictures(response)[count]!.isKeyframe, true);
    assert.equal(camera.clock.timerCount, 1);
  });

  test('shows the last picture when it is drawn to the very end, and ends', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, 0, 21);
    watch(camera, response, 1_000);
    assert.deepEqual(command(camera, 'playback_seek&progress=21000'), { status: '0' });
    assert.equal(response.isEnded, true);
    assert.deepEqual(pictures(response).at(-1)!.data, highLoop.mediaTags.filter(isPicture).at(-1)!.data);
    assert.deepEqual(command(camera, 'playback_resume'), { status: '404' });
  });

  test('plays faster and slower, without sound, in the viewer’s own time', () => {
    for (const speed of [0.5, 2, 4]) {
      const camera = fakeCamera({ recordings: twoClips() });
      const { response } = play(camera, 0, 21, `&speed=${speed}`);
      watch(camera, response, 4_000);
      assert.ok(Math.abs(progressMs(camera) - 4_000 * speed) <= 80, `speed ${speed}`);
      assert.equal(
        response.tags().some((tag) => tag.type === FlvTagType.Audio),
        false,
      );
      assert.equal(response.body()[4], 1, 'the header promises no sound');
      pictures(response).forEach((picture, index) =>
        assert.equal(picture.timestampMs, Math.floor((index * 40) / speed)),
      );
    }
  });

  test('waits for a slow viewer and loses nothing', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, 0, 21, '&speed=4');
    const largestTagBytes = Math.max(...highLoop.mediaTags.map((tag) => tag.data.length + 15));
    let waitedMs = 0;
    while (!response.isEnded) {
      response.take(1_000);
      camera.clock.advance(100);
      waitedMs += 100;
      assert.ok(response.bufferedBytes() <= 512 * 1024 + largestTagBytes);
      assert.ok(waitedMs < 120_000);
    }
    assert.ok(waitedMs > 10_000, 'the recording is five seconds long at this speed');
    assert.equal(pictures(response).length, 512);
  });

  test('does not make up for a time in which the camera slept', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, 0, 21);
    watch(camera, response, 1_000);
    camera.clock.sleep(10_000);
    watch(camera, response, 1_000);
    assert.ok(progressMs(camera) <= 2_200);
    assertNeverGoesBack(response);
  });

  test('leaves nothing behind when the viewer goes away, playing or paused', () => {
    for (const isPaused of [false, true]) {
      const camera = fakeCamera({ recordings: twoClips(), maxStreams: 1 });
      const { request, response } = play(camera, 0, 21);
      watch(camera, response, 1_000);
      if (isPaused) command(camera, 'playback_pause');
      request.onAbort!();
      assert.equal(camera.clock.timerCount, 0);
      assert.deepEqual(command(camera, 'playback_resume'), { status: '404' });
      assert.equal(play(camera, 0, 21).response.status, 200);
    }
  });

  test('belongs to its viewer: commands of others do not reach it', () => {
    const camera = fakeCamera({ recordings: twoClips() });
    const { response } = play(camera, 0, 21);
    for (const text of ['pause', 'progress', 'seek&progress=9000']) {
      assert.deepEqual(command(camera, `playback_${text}`, 2), { status: '404' });
    }
    watch(camera, response, 1_000);
    assert.equal(progressMs(camera), 1_000);
  });

  test('takes the place of the one before of the same viewer', () => {
    const camera = fakeCamera({ recordings: twoClips(), maxStreams: 2 });
    const first = play(camera, 0, 21);
    watch(camera, first.response, 1_000);
    const second = play(camera, 5, 21);
    assert.equal(first.response.isAborted, true);
    first.request.onAbort?.();
    watch(camera, second.response, 1_000);
    assert.equal(progressMs(camera), 1_000);
    assert.equal(camera.clock.timerCount, 1);
  });

  test('is broken off when the recording cannot be read any more', () => {
    const whole = createLoopFile(highLoop, 2);
    let limitBytes = Infinity;
    const file: ByteFile = {
      ...whole,
      open: () => {
        const reader = whole.open();
        return {
          ...reader,
          read: (offset, byteCount) => {
            if (offset > limitBytes) throw new Error('EIO');
            return reader.read(offset, byteCount);
          },
        };
      },
    };
    const camera = fakeCamera({ recordings: new Recordings([clip(highLoop, START_S, 2, file)]) });
    limitBytes = 100_000;
    const { response } = play(camera, 0, 21);
    watch(camera, response, 15_000);
    assert.equal(response.isAborted, true);
    assert.equal(camera.clock.timerCount, 0);
    limitBytes = -1;
    assert.equal(play(camera, 0, 21).response.isAborted, true, 'from its very first tag');
    assert.deepEqual(command(camera, 'playback_progress'), { status: '404' });
  });
});
