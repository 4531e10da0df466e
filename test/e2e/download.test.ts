import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { hasChromium, screenshotPath } from '../support/browser';
import { seesText } from '../support/sights';
import { readMp4 } from '../support/mp4-file';
import { openPreviewWorld } from './support/preview-world';
import type { PreviewWorld } from './support/preview-world';

const byClass = (name: string): string => `[class*="--${name}"]`;
const TIMEOUT_MS = 60_000;

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
  });

  test('the FLV film goes into the album as MP4', async () => {
    const button = phone.locator(byClass('action')).first();
    const [download] = await Promise.all([
      world.browser.page.waitForEvent('download', { timeout: TIMEOUT_MS }),
      button
        .click()
        .then(() => phone.locator('.pv-modal-buttons .pv-confirm').click({ timeout: TIMEOUT_MS })),
    ]);
    const [video, sound] = readMp4(fs.readFileSync(await download.path()));
    assert.ok(video && video.samples.length > 1000 && sound && sound.samples.length > 1000);
    await seesText(phone, 'Saved', { timeout: TIMEOUT_MS });
    await world.browser.page.screenshot({ path: screenshotPath('download-saved') });
    assert.deepEqual(world.browser.errors, []);
  });
});
