import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { hasChromium, screenshotPath } from '../support/browser';
import { openPreviewWorld } from './support/preview-world';
import type { PreviewWorld } from './support/preview-world';

const TIMEOUT = { timeout: 20_000 };

describe('the page of a camera in Chromium', { skip: !hasChromium && 'no Chromium' }, () => {
  let world: PreviewWorld;
  let frame: Frame;

  before(async () => {
    world = await openPreviewWorld({}, { hasMicrophone: true });
    frame = await world.openStory('camera');
    await frame.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0, null, TIMEOUT);
  });
  after(() => world?.close());

  test('shows the picture with talk and PTZ below it, inside the width of the phone', async () => {
    const widths = await frame.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(widths[0]! <= widths[1]!, `${widths}`);
    await frame.waitForSelector('[class*="--pad"]:not([class*="--off"])', TIMEOUT);
    await world.browser.page.screenshot({ path: screenshotPath('camera-page') });
  });

  test('records the live picture into a file', async () => {
    const record = frame.locator('[class*="--record"]').first();
    const press = async (): Promise<void> => {
      // The controls go away by themselves, and come back by a tap on the picture.
      if ((await frame.locator('[class*="--away"]').count()) > 0)
        await frame.locator('[class*="--touch"]').click();
      await record.click();
    };
    await press();
    await frame.waitForSelector('[class*="--recording"]', TIMEOUT);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await world.browser.page.screenshot({ path: screenshotPath('camera-page-recording') });
    await press();
    await frame.waitForFunction(
      () => /\d s · \d+ KB/.test(document.querySelector('.film')?.textContent ?? ''),
      null,
      TIMEOUT,
    );
    assert.deepEqual(world.browser.errors, []);
  });
});
