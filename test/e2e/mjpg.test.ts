import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { hasChromium, screenshotPath } from '../support/browser';
import { openPreviewWorld } from './support/preview-world';
import type { PreviewWorld } from './support/preview-world';

interface Look {
  width: number;
  height: number;
  /** A sum over the pixels: it changes when they do. */
  digest: number;
  /** Colours of the corners and the middle of the edges, as `r,g,b`. */
  topLeft: string;
  colors: number;
}

/** What the canvas shows. */
const lookAt = (frame: Frame): Promise<Look> =>
  frame.evaluate(() => {
    const canvas = document.querySelector('canvas.wx-canvas') as HTMLCanvasElement;
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height);
    const seen = new Set<number>();
    let digest = 0;
    for (let i = 0; i < data.length; i += 4) {
      const color = (data[i]! >> 5) * 64 + (data[i + 1]! >> 5) * 8 + (data[i + 2]! >> 5);
      seen.add(color);
      digest = (digest * 31 + data[i]! + data[i + 1]! + data[i + 2]!) % 1_000_000_007;
    }
    return { width, height, digest, topLeft: `${data[0]},${data[1]},${data[2]}`, colors: seen.size };
  });

describe('the MJPEG story in Chromium', { skip: !hasChromium && 'no Chromium' }, () => {
  let world: PreviewWorld;
  let frame: Frame;

  before(async () => {
    world = await openPreviewWorld();
    frame = await world.openStory('mjpg');
    await frame.waitForSelector('[class*="--snapshot"]', { timeout: 60_000 });
  });
  after(() => world?.close());

  const setKnob = (name: string, value: string) =>
    world.browser.page.selectOption(`[data-knob="${name}"]`, value);

  test('draws pictures that move on a canvas, and no video', async () => {
    const digests = new Set<number>();
    for (let i = 0; i < 1200 && digests.size < 5; i++) {
      const { digest, colors } = await lookAt(frame);
      digests.add(digest);
      assert.ok(colors >= 4, `${colors} colours`);
      await frame.waitForTimeout(50);
    }
    assert.ok(digests.size >= 5, `${digests.size} different pictures`);
    assert.equal(await frame.locator('video').count(), 0);
    await world.browser.page.screenshot({ path: screenshotPath('mjpg') });
  });

  test('fits the box, and turns the picture in it', async () => {
    const upright = await lookAt(frame);
    assert.ok(Math.abs(upright.width / upright.height - 16 / 9) < 0.02, `${upright.width}x${upright.height}`);
    assert.notEqual(upright.topLeft, '0,0,0');
    await setKnob('orientation', 'horizontal');
    await frame.waitForFunction(() => {
      const canvas = document.querySelector('canvas.wx-canvas') as HTMLCanvasElement;
      return canvas.getContext('2d')!.getImageData(0, 0, 1, 1).data[3] === 0;
    });
    await setKnob('orientation', 'vertical');
    await frame.waitForFunction(() => {
      const canvas = document.querySelector('canvas.wx-canvas') as HTMLCanvasElement;
      return canvas.getContext('2d')!.getImageData(0, 0, 1, 1).data[3] === 255;
    });
  });

  test('a snapshot goes into the album, and to the page by an event', async () => {
    const download = world.browser.page.waitForEvent('download');
    await frame.click('[class*="--snapshot"]');
    await frame.getByText('Allow', { exact: true }).click();
    assert.match((await download).suggestedFilename(), /^p2p-\d+\.jpg$/);
    await frame.waitForFunction(
      () => (document.querySelector('.image img') as HTMLImageElement | null)?.naturalWidth === 480,
    );
  });

  test('stops by its button, and plays again', async () => {
    await frame.click('[class*="--stop"]');
    await frame.click('[class*="--big-play"]');
    await frame.waitForSelector('[class*="--snapshot"]', { timeout: 60_000 });
    assert.deepEqual(world.browser.errors, []);
  });
});
