import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Story } from '../../devkit/preview/stories';
import { hasChromium, screenshotPath } from '../support/browser';
import { openPreviewWorld } from './support/preview-world';
import type { PreviewWorld } from './support/preview-world';

const stories = createRequire(import.meta.url)(path.resolve('examples/stories.js')) as Story[];
const TIMEOUT = { timeout: 20_000 };
/** A story has begun, and what it does at once is done. */
const LOOK_MS = 400;

describe('every story, one after the other in one page', { skip: !hasChromium && 'no Chromium' }, () => {
  let world: PreviewWorld;
  before(async () => {
    world = await openPreviewWorld({}, { hasMicrophone: true });
  });
  after(() => world?.close());

  for (const story of stories) {
    test(`${story.id}: opens without a word on the console, with its knobs and its source`, async () => {
      const { page, errors } = world.browser;
      const phone = await world.openStory(story.id);
      if (story.component !== undefined)
        await phone.waitForSelector(`[class*="${story.component}--"]`, TIMEOUT);
      await page.waitForTimeout(LOOK_MS);
      assert.deepEqual(errors, [], 'console errors');
      const warnings = await page.locator('.entry.error, .entry.warn').allTextContents();
      assert.deepEqual(warnings, [], 'said by the mini program');
      if (story.component !== undefined) {
        const knobs = await page.locator('[data-knob]').count();
        assert.ok(knobs >= 5, `${knobs} knobs`);
      }
      await page.click('details.source > summary');
      await page.waitForFunction(
        () => document.querySelectorAll('.source-files pre').length >= 3,
        null,
        TIMEOUT,
      );
    });
  }

  test('a property that no page binds is turned on the component, and the link keeps it', async () => {
    const { page } = world.browser;
    const phone = await world.openStory('common');
    await phone.waitForSelector('[class*="--veil"]', { ...TIMEOUT, state: 'detached' });
    await page.check('[data-knob="showStats"]');
    await phone.waitForSelector('[class*="--stats"]', TIMEOUT);
    await page.fill('[data-knob="texts"]', '{"action.stop":"Halt"}');
    assert.match(page.url(), /showStats=true/);
    await page.reload();
    await page.waitForSelector('#frame[data-ready]');
    assert.equal(await page.isChecked('[data-knob="showStats"]'), true);
    const again = page.frames().find((frame) => frame.url().includes('/phone.html'))!;
    await again.waitForSelector('[class*="--stats"]', TIMEOUT);
    await page.screenshot({ path: screenshotPath('storybook') });
    assert.deepEqual(world.browser.errors, []);
  });

  test('a knob shows what the page has set, not only the default', async () => {
    const { page } = world.browser;
    await world.openStory('ptz');
    await page.waitForFunction(
      () => (document.querySelector('[data-knob="targetId"]') as HTMLInputElement).value === 'ptz',
      null,
      TIMEOUT,
    );
    assert.match(await page.inputValue('[data-knob="presets"]'), /Door/);
  });
});
