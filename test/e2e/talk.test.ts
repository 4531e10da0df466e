import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { talkFolder } from '../../devkit/camera/talk-sink';
import { FlvTagType, createFlvReader } from '../../p2p-core/flv/tag-reader';
import type { FlvTag } from '../../p2p-core/flv/tag-reader';
import { hasChromium, screenshotPath } from '../support/browser';
import { openPreviewWorld } from './support/preview-world';
import type { PreviewWorld } from './support/preview-world';

const WAV_HEADER_BYTES = 44;
const TIMEOUT = { timeout: 15_000 };

interface Recorded {
  isLastFrame: boolean;
  samples: number[];
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
      const scope = globalThis as unknown as {
        recorded: Recorded[];
        wx: { getRecorderManager(): { onFrameRecorded(listener: (res: never) => void): void } };
      };
      scope.recorded = [];
      scope.wx
        .getRecorderManager()
        .onFrameRecorded(({ frameBuffer, isLastFrame }: { frameBuffer: ArrayBuffer; isLastFrame: boolean }) =>
          scope.recorded.push({ isLastFrame, samples: [...new Int16Array(frameBuffer)] }),
        );
    });
    await hold();
    await frame.waitForSelector('[class*="--talking"]', TIMEOUT);
    // The fake microphone beeps once a second.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await world.browser.page.screenshot({ path: screenshotPath('talk') });
    await world.browser.page.mouse.up();
    await frame.waitForSelector('[class*="--talking"]', { ...TIMEOUT, state: 'detached' });

    const heard = await wav(1);
    const recorded = await frame.evaluate(() => (globalThis as unknown as { recorded: Recorded[] }).recorded);
    const whole = recorded.filter(({ isLastFrame }) => !isLastFrame).map(({ samples }) => samples);
    const made = whole.flat();
    assert.ok(heard.length > 8000, `${heard.length} samples were heard`);
    assert.deepEqual(heard, made.slice(0, heard.length));
    // A frame may come between letting go and the recorder's end.
    assert.ok(
      made.length - heard.length <= 2 * whole[0]!.length,
      `${made.length} made, ${heard.length} heard`,
    );
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

  test('the pusher’s FLV comes to the camera: sound that beeps, and in a video call pictures too', async () => {
    frame = await world.openStory('talk?mode=pusher&trigger=toggle');
    await button().click(TIMEOUT);
    await dialog('confirm').click(TIMEOUT);
    await frame.waitForSelector('[class*="--talking"]', TIMEOUT);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await button().click();
    await frame.waitForSelector('[class*="--talking"]', { ...TIMEOUT, state: 'detached' });
    const sound = await flv(1);
    assert.deepEqual([...new Set(sound.map(({ type }) => type))], [FlvTagType.Audio]);
    // G.711 A-law: silence is 0xd5, and the louder the further from it.
    const samples = sound.flatMap(({ data }) => [...data.subarray(1)].map((byte) => (byte ^ 0x55) & 0x7f));
    assert.ok(samples.length > 8000, `${samples.length} samples`);
    assert.ok(Math.max(...samples) > 0x40, 'the beep is in it');
    assert.ok(sound.at(-1)!.timestampMs > 1000);

    frame = await world.openStory('talk?mode=duplexVideo');
    await button().click(TIMEOUT);
    await dialog('confirm').click(TIMEOUT);
    await dialog('confirm').click(TIMEOUT);
    await frame.waitForSelector('[class*="--talking"]', TIMEOUT);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await world.browser.page.screenshot({ path: screenshotPath('talk-video') });
    await button().click();
    await frame.waitForSelector('[class*="--talking"]', { ...TIMEOUT, state: 'detached' });
    const call = await flv(2);
    assert.ok(call.some(({ type }) => type === FlvTagType.Audio));
    const pictures = call.filter(({ type }) => type === FlvTagType.Video);
    assert.equal(pictures[0]?.isSequenceHeader, true);
    assert.equal(pictures[1]?.isKeyframe, true);
    assert.ok(pictures.length > 8, `${pictures.length} pictures`);
    assert.deepEqual(world.browser.errors, []);
  });

  /** The tags of the talk with this number, once the camera has closed its file: nothing grows any more. */
  async function flv(number: number): Promise<FlvTag[]> {
    const file = path.join(folder, `talk-${number}.flv`);
    let bytes = Buffer.alloc(0);
    for (let attempt = 0; ; attempt++) {
      assert.ok(attempt < 100, `${file} is not complete`);
      const now = fs.existsSync(file) ? fs.readFileSync(file) : Buffer.alloc(0);
      if (now.length > 0 && now.length === bytes.length) break;
      bytes = now;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const tags: FlvTag[] = [];
    createFlvReader({ onTag: (tag) => void tags.push({ ...tag, data: tag.data.slice() }) }).feed(bytes);
    return tags;
  }

  /** The samples of the talk with this number, once the camera has closed its file. */
  async function wav(number: number): Promise<number[]> {
    const file = path.join(folder, `talk-${number}.wav`);
    for (let attempt = 0; ; attempt++) {
      assert.ok(attempt < 100, `${file} is not complete`);
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
