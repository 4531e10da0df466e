import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { talkFolder } from '../../devkit/camera/talk-sink';
import { FlvTagType, createFlvReader } from '../../p2p-core/flv/tag-reader';
import type { FlvTag } from '../../p2p-core/flv/tag-reader';
import { until } from '../devkit/until';
import { hasChromium, screenshotPath } from '../support/browser';
import { openPreviewWorld } from './support/preview-world';
import type { PreviewWorld } from './support/preview-world';

const WAV_HEADER_BYTES = 44;
const TIMEOUT = { timeout: 60_000 };
/** What is written about a talk is complete this long after it, on the slowest machine. */
const FILE_TIMEOUT_MS = 30_000;

/** What the recorder gave: `lifted` is how many frames there were when the button was let go. */
interface Recording {
  frames: number[][];
  lifted: number;
}
interface RecordingWindow {
  recording: Recording;
  wx: { getRecorderManager(): { onFrameRecorded(listener: (res: never) => void): void } };
}

describe('the talk story in Chromium', { skip: !hasChromium && 'no Chromium' }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-talk-'));
  let world: PreviewWorld;
  let frame: Frame;

  before(async () => {
    world = await openPreviewWorld({ openTalkSink: talkFolder(folder) }, { hasMicrophone: true });
    frame = await world.openStory('talk');
    await frame.waitForSelector('[class*="--button"]', TIMEOUT);
  });
  after(async () => {
    await world?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const button = () => frame.locator('[class*="--button"]').first();
  const dialog = (name: string) => frame.locator(`.pv-modal-buttons .pv-${name}`);

  async function hold(): Promise<void> {
    await button().hover();
    await world.browser.page.mouse.down();
  }

  test('a refused microphone is explained, and the settings help', async () => {
    await hold();
    await dialog('cancel').waitFor(TIMEOUT);
    await world.browser.page.mouse.up();
    await dialog('cancel').click();
    await hold();
    await frame.waitForSelector('[class*="--settings"]', TIMEOUT);
    await world.browser.page.mouse.up();
    await world.browser.page.screenshot({ path: screenshotPath('talk-refused') });
    await frame.locator('[class*="--settings"]').click();
    await dialog('confirm').click();
    await frame.waitForSelector('[class*="--settings"]', { ...TIMEOUT, state: 'detached' });
  });

  test('what enters the recorder is what the camera wrote, sample for sample', async () => {
    await frame.evaluate(() => {
      const scope = window as unknown as RecordingWindow;
      const recording: Recording = { frames: [], lifted: 0 };
      scope.recording = recording;
      scope.wx
        .getRecorderManager()
        .onFrameRecorded(
          ({ frameBuffer, isLastFrame }: { frameBuffer: ArrayBuffer; isLastFrame: boolean }) => {
            if (!isLastFrame) recording.frames.push([...new Int16Array(frameBuffer)]);
          },
        );
      window.addEventListener('mouseup', () => (recording.lifted = recording.frames.length), true);
    });
    await hold();
    await frame.waitForSelector('[class*="--talking"]', TIMEOUT);
    // The fake microphone beeps once a second.
    await frame.waitForFunction(
      () => {
        const samples = (window as unknown as RecordingWindow).recording.frames.flat();
        return samples.length > 16_000 && samples.some((sample) => sample > 1000);
      },
      null,
      { ...TIMEOUT, polling: 100 },
    );
    await world.browser.page.screenshot({ path: screenshotPath('talk') });
    await world.browser.page.mouse.up();
    await frame.waitForSelector('[class*="--talking"]', { ...TIMEOUT, state: 'detached' });

    const heard = await wav(1);
    const { frames, lifted } = await frame.evaluate(() => (window as unknown as RecordingWindow).recording);
    const made = frames.flat();
    assert.ok(heard.length > 8000, `${heard.length} samples were heard`);
    assert.deepEqual(heard, made.slice(0, heard.length));
    // Frames may come between letting go and the recorder's end; all before are heard.
    const owed = frames.slice(0, lifted).flat().length;
    assert.ok(owed > 8000 && heard.length >= owed, `${owed} before it was let go, ${heard.length} heard`);
    assert.ok(Math.max(...heard) > 1000, 'the beep is in it');
  });

  test('a tap begins and a tap ends, and the picture plays through it', async () => {
    await frame.locator('[data-trigger="toggle"], .choice').last().click();
    await button().click();
    await frame.waitForSelector('[class*="--talking"]', TIMEOUT);
    const seconds = () => frame.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
    const before = await seconds();
    await frame.waitForFunction(
      (end) => (document.querySelector('video')?.currentTime ?? 0) > end,
      before + 1,
      TIMEOUT,
    );
    await button().click();
    await frame.waitForSelector('[class*="--talking"]', { ...TIMEOUT, state: 'detached' });
    assert.ok((await wav(2)).length > 4000);
    assert.deepEqual(world.browser.errors, []);
  });

  /** A call by the pusher, from one tap to the other; ends when what the camera wrote `isEnough`. */
  async function call(
    mode: 'pusher' | 'duplexAudio' | 'duplexVideo',
    number: number,
    isEnough: (tags: readonly FlvTag[]) => boolean,
  ): Promise<FlvTag[]> {
    frame = await world.openStory(`talk?mode=${mode}&trigger=toggle`);
    await button().click(TIMEOUT);
    // A microphone is asked for, and a camera where there is one.
    await dialog('confirm').click(TIMEOUT);
    if (mode === 'duplexVideo') await dialog('confirm').click(TIMEOUT);
    await frame.waitForSelector('[class*="--talking"]', TIMEOUT);
    await until(() => isEnough(flv(number)), `the ${mode} has said enough`);
    if (mode === 'duplexVideo') await world.browser.page.screenshot({ path: screenshotPath('talk-video') });
    await button().click();
    await frame.waitForSelector('[class*="--talking"]', { ...TIMEOUT, state: 'detached' });
    return flv(number);
  }
  const isSound = ({ type }: FlvTag): boolean => type === FlvTagType.Audio;
  const isPicture = ({ type }: FlvTag): boolean => type === FlvTagType.Video;

  for (const [number, mode] of [
    [1, 'pusher'],
    [2, 'duplexAudio'],
  ] as const) {
    test(`what a ${mode} says comes to the camera as FLV: sound that beeps, and no picture`, async () => {
      const sound = await call(mode, number, (tags) => (tags.at(-1)?.timestampMs ?? 0) > 1500);
      assert.ok(sound.every(isSound));
      // G.711 A-law: silence is 0xd5, and the louder the further from it.
      const samples = sound.flatMap(({ data }) => [...data.subarray(1)].map((byte) => (byte ^ 0x55) & 0x7f));
      assert.ok(samples.length > 8000, `${samples.length} samples`);
      assert.ok(Math.max(...samples) > 0x40, 'the beep is in it');
      // The other half of a call, and of a talk too: the picture of the camera plays through it.
      const seconds = await frame.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
      await frame.waitForFunction(
        (before) => (document.querySelector('video')?.currentTime ?? 0) > before,
        seconds,
        TIMEOUT,
      );
      assert.deepEqual(world.browser.errors, []);
    });
  }

  test('a call with pictures brings the camera both', async () => {
    const tags = await call('duplexVideo', 3, (written) => written.filter(isPicture).length > 8);
    assert.ok(tags.some(isSound));
    const pictures = tags.filter(isPicture);
    assert.equal(pictures[0]?.isSequenceHeader, true);
    assert.equal(pictures[1]?.isKeyframe, true);
    assert.deepEqual(world.browser.errors, []);
  });

  /** What is written of the talk with this number so far; every tag of it whole. */
  function flv(number: number): FlvTag[] {
    const file = path.join(folder, `talk-${number}.flv`);
    const tags: FlvTag[] = [];
    if (!fs.existsSync(file)) return tags;
    const reader = createFlvReader({ onTag: (tag) => void tags.push({ ...tag, data: tag.data.slice() }) });
    assert.ok(reader.feed(fs.readFileSync(file)), reader.error);
    return tags;
  }

  /** The samples of the talk with this number, once the camera has closed its file. */
  async function wav(number: number): Promise<number[]> {
    const file = path.join(folder, `talk-${number}.wav`);
    const endMs = performance.now() + FILE_TIMEOUT_MS;
    for (;;) {
      assert.ok(performance.now() < endMs, `${file} is not complete`);
      const bytes = fs.existsSync(file) ? fs.readFileSync(file) : Buffer.alloc(0);
      const isComplete =
        bytes.length > WAV_HEADER_BYTES && bytes.readUInt32LE(40) === bytes.length - WAV_HEADER_BYTES;
      if (isComplete) {
        const pcm = bytes.subarray(WAV_HEADER_BYTES);
        return Array.from({ length: pcm.length / 2 }, (_, i) => pcm.readInt16LE(2 * i));
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});
