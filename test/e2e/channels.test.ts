import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { openChannels } from '../../devkit/camera/sources';
import { createNodePort } from '../../devkit/port/node-port';
import { hasChromium, screenshotPath, tapControl } from '../support/browser';
import { openPreviewWorld } from './support/preview-world';
import type { PreviewWorld } from './support/preview-world';
import { watchPicture } from './support/watch-picture';

const TIMEOUT = { timeout: 60_000 };

describe('a recorder with four channels, in Chromium', { skip: !hasChromium && 'no Chromium' }, () => {
  let world: PreviewWorld;

  before(async () => {
    const channels = openChannels(createNodePort().clock, { sourceName: 'test:', channelCount: 4 });
    world = await openPreviewWorld({ channels }, { hasMicrophone: true });
  });
  after(() => world?.close());

  /** The pictures move, all of them, and as many as are said. */
  const play = (frame: Frame, count: number): Promise<unknown> =>
    frame.waitForFunction(
      (wanted) => {
        const moving = [...document.querySelectorAll('video')].filter(
          ({ currentTime, readyState }) => currentTime > 0.3 && readyState > 2,
        );
        return moving.length === wanted;
      },
      count,
      TIMEOUT,
    );
  /**
   * Resolves with the colour of the middle of the upper edge, where nothing moves, once it differs from `other`: each channel
   * has a ground of its own.
   */
  async function groundBeside(frame: Frame, other: readonly number[]): Promise<number[]> {
    const found = await frame.waitForFunction(
      (known) => {
        const video = document.querySelector('video');
        if (video === null || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
        const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
        const context = canvas.getContext('2d')!;
        context.drawImage(video, 0, 0, video.videoWidth, 4, 0, 0, 1, 1);
        const ground = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
        const distance = ground.reduce((sum, value, i) => sum + Math.abs(value - (known[i] ?? -1000)), 0);
        return distance > 40 ? ground : null;
      },
      other,
      TIMEOUT,
    );
    return (await found.jsonValue()) as number[];
  }

  test('lists its channels, and another one comes over the same link', async () => {
    const frame = await world.openStory('nvr');
    await play(frame, 1);
    const first = await groundBeside(frame, []);
    await tapControl(frame, 'channel');
    const items = frame.locator('[class*="--channels"] [role="menuitemradio"]');
    await items.first().waitFor(TIMEOUT);
    assert.deepEqual(await items.allInnerTexts(), ['camera', 'camera 2', 'camera 3', 'camera 4']);
    await world.browser.page.screenshot({ path: screenshotPath('channels') });
    const watched = await watchPicture(frame);
    await items.nth(2).click();
    await groundBeside(frame, first);
    await frame.waitForSelector('[class*="--poster"]', { ...TIMEOUT, state: 'detached' });
    await play(frame, 1);
    // The last picture of the first channel stays till the third one is there.
    const { frames, emptyFrames, hadStill } = await watched();
    assert.ok(frames > 0, 'the box was looked at');
    assert.ok(hadStill, 'the last picture bridged the two channels');
    assert.equal(emptyFrames, 0, `of ${frames} frames had no picture`);
    assert.equal(world.camera.viewerCount, 1);
  });

  test('shows four pictures over one link, moves the sound, and rests what is not seen', async () => {
    const frame = await world.openStory('multi');
    await play(frame, 4);
    assert.equal(world.camera.viewerCount, 1);
    const heard = (): Promise<number[]> =>
      frame.evaluate(() =>
        [...document.querySelectorAll('video')].flatMap(({ muted }, index) => (muted ? [] : [index])),
      );
    await frame.waitForFunction(() => document.querySelector('video')?.muted === false, null, TIMEOUT);
    assert.deepEqual(await heard(), [0]);
    await world.browser.page.screenshot({ path: screenshotPath('multi-view') });
    const tile = frame.locator('[class*="--tile"][role="button"]').nth(3);
    await tile.click();
    await frame.waitForFunction(() => document.querySelectorAll('video')[3]?.muted === false, null, TIMEOUT);
    assert.deepEqual(await heard(), [3]);
    /** Of the box of a tile's picture, in parts of the screen. */
    const fills = (index: number): Promise<[number, number]> =>
      frame.evaluate((at) => {
        const { width, height } = document.querySelectorAll('video')[at]!.getBoundingClientRect();
        return [width / innerWidth, height / innerHeight] as [number, number];
      }, index);
    await frame.locator('[class*="--full"]').click();
    await play(frame, 1);
    const [wide, high] = await fills(3);
    // All of it but the bar with the title.
    assert.ok(wide > 0.99 && high > 0.8, `${wide} × ${high}`);
    await world.browser.page.screenshot({ path: screenshotPath('multi-view-single') });
    await frame.locator('[class*="--full"]').click();
    await play(frame, 4);
    const [width, height] = await fills(3);
    assert.ok(width < 0.51 && height < 0.5, `back in its place: ${width} × ${height}`);
    assert.deepEqual(world.browser.errors, []);
  });
});
