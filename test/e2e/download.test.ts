import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { hasChromium, screenshotPath } from '../support/browser';
import { openPreviewWorld } from './support/preview-world';
import type { PreviewWorld } from './support/preview-world';

const byClass = (name: string): string => `[class*="--${name}"]`;
const TIMEOUT_MS = 20_000;

describe('the story of downloads in Chromium', { skip: !hasChromium && 'no Chromium' }, () => {
  let world: PreviewWorld;
  let phone: Frame;

  before(async () => {
    world = await openPreviewWorld();
    phone = await world.openStory('download');
  });
  after(() => world?.close());

  test('a file of the day arrives whole, and the list says so', async () => {
    await phone.click(byClass('action'), { timeout: TIMEOUT_MS });
    await phone.waitForFunction(
      () => /Downloaded/.test(document.querySelector('[class*="--note"]')?.textContent ?? ''),
      null,
      { timeout: TIMEOUT_MS },
    );
    await world.browser.page.waitForFunction(
      () => document.querySelector('.entries')?.textContent?.includes('downloaded'),
      null,
      { timeout: TIMEOUT_MS },
    );
    await world.browser.page.screenshot({ path: screenshotPath('download') });
    assert.deepEqual(world.browser.errors, []);
  });
});
