import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { hasChromium, screenshotPath } from '../support/browser';
import { seesClass } from '../support/sights';
import { openPreviewWorld } from './support/preview-world';
import type { PreviewWorld } from './support/preview-world';

describe('the PTZ story in Chromium', { skip: !hasChromium && 'no Chromium' }, () => {
  let world: PreviewWorld;
  let frame: Frame;

  before(async () => {
    world = await openPreviewWorld();
    frame = await world.openStory('ptz');
    await frame.waitForSelector('[class*="--pad"]:not([class*="--off"])', { timeout: 60_000 });
  });
  after(() => world?.close());

  const position = (text: string): Promise<unknown> =>
    frame.waitForFunction((expected) => document.querySelector('.position')?.textContent === expected, text, {
      timeout: 60_000,
    });

  async function logOf(command: string, count: number): Promise<void> {
    await world.browser.page.waitForFunction(
      ([name, times]) =>
        (document.querySelector('.entries')?.textContent?.split(name as string).length ?? 1) - 1 >=
        (times as number),
      [command, count],
      { timeout: 60_000 },
    );
  }

  test('a held button turns the camera, and letting go stops it', async () => {
    const button = frame.locator('[class*="--left"]').first();
    await button.hover();
    await world.browser.page.mouse.down();
    await position('-15° 0°');
    await frame.waitForSelector('[class*="--active"]');
    await world.browser.page.mouse.up();
    await logOf('ptz_release_pre', 1);
    await world.browser.page.screenshot({ path: screenshotPath('ptz') });
  });

  test('arrow keys turn it', async () => {
    await frame.locator('body').press('ArrowUp');
    await position('-15° 15°');
    await logOf('ptz_release_pre', 2);
  });

  test('the end of the axis is shown', async () => {
    for (let i = 0; i < 2; i++) await frame.locator('body').press('ArrowUp');
    await seesClass(frame, '--end', { timeout: 60_000 });
    await position('-15° 45°');
  });

  test('a preset is saved by a long press and found by a tap', async () => {
    const preset = frame.locator('[class*="--preset"]').last();
    await preset.hover();
    await world.browser.page.mouse.down();
    await logOf('ptz_preset_set', 1);
    await world.browser.page.mouse.up();
    await frame.locator('body').press('ArrowRight');
    await position('0° 45°');
    await preset.click();
    await position('-15° 45°');
    assert.deepEqual(world.browser.errors, []);
  });
});
