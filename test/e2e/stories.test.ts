import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { FAULTS } from '../../devkit/preview/faults/registry';
import { type SimulatedWorld, startSimulatedWorld } from '../../devkit/preview/faults/simulated-world';
import { type Preview, startPreview } from '../../devkit/preview/server';
import type { Story } from '../../devkit/preview/stories';
import { type Browser, hasChromium, openBrowser, screenshotPath } from '../support/browser';

const stories = createRequire(import.meta.url)(path.resolve('examples/stories.js')) as Story[];
const TIMEOUT = { timeout: 60_000 };
/** A story has begun, and what it does at once is done. */
const LOOK_MS = 300;

describe('a click on every story', { skip: !hasChromium && 'no Chromium' }, () => {
  let world: SimulatedWorld;
  let preview: Preview;
  let browser: Browser;
  before(async () => {
    world = await startSimulatedWorld();
    preview = await startPreview({ world });
    browser = await openBrowser({ hasMicrophone: true });
    await browser.page.goto(preview.url);
    await browser.page.waitForSelector('#frame[data-ready]', TIMEOUT);
  });
  after(async () => {
    await browser?.close();
    await preview?.close();
    await world?.close();
  });

  async function open(id: string): Promise<Frame> {
    const { page } = browser;
    await page.click(`a.story[href="#/story/${id}"]`);
    await page.waitForFunction(
      (story) =>
        document.querySelector('#frame[data-ready]') !== null &&
        document.querySelector<HTMLIFrameElement>('iframe.screen')?.src.includes(`#/story/${story}`),
      id,
      TIMEOUT,
    );
    return page.frames().find((frame) => frame.url().includes('/phone.html'))!;
  }

  for (const story of stories) {
    test(`${story.id}: opens without a word on the console, with its knobs and its source`, async () => {
      const { page, errors } = browser;
      const phone = await open(story.id);
      if (story.component !== undefined)
        await phone.waitForSelector(`[class*="${story.component}--"]`, TIMEOUT);
      await page.waitForTimeout(LOOK_MS);
      assert.deepEqual(errors, [], 'console errors');
      const warnings = await page.locator('.entry.error, .entry.warn').allTextContents();
      assert.deepEqual(warnings, [], 'said by the mini program');
      if (story.component !== undefined) {
        await page.locator('[data-knob]').nth(4).waitFor(TIMEOUT);
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
    const { page } = browser;
    const phone = await open('common');
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
    assert.deepEqual(browser.errors, []);
  });

  test('a knob shows what the page has set, not only the default', async () => {
    const { page } = browser;
    await open('ptz');
    await page.waitForFunction(
      () => (document.querySelector('[data-knob="targetId"]') as HTMLInputElement).value === 'ptz',
      null,
      TIMEOUT,
    );
    assert.match(await page.inputValue('[data-knob="presets"]'), /Door/);
  });

  test('every fault is a link, to a story that there is', async () => {
    const { page } = browser;
    await page
      .locator('.story-faults a')
      .last()
      .waitFor({ ...TIMEOUT, state: 'attached' });
    const links = await page
      .locator('.story-faults a')
      .evaluateAll((found) => found.map((each) => each.getAttribute('href') ?? ''));
    assert.equal(links.length, FAULTS.length);
    const ids = stories.map(({ id }) => id);
    for (const link of links)
      assert.ok(ids.includes(/^#\/story\/([\w-]+)\?fault=/.exec(link)?.[1] ?? ''), link);
    await page.click('.story-faults > summary');
    await page.click('.story-faults a[href$="fault=camera-404"]');
    await page.waitForSelector('[data-fault="camera-404"][aria-pressed="true"]', TIMEOUT);
  });
});
