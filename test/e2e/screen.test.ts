import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame, Page } from 'playwright-core';
import { type SimulatedWorld, startSimulatedWorld } from '../../devkit/preview/faults/simulated-world';
import { type Preview, startPreview } from '../../devkit/preview/server';
import type { PreviewConfig } from '../../devkit/preview/stories';
import { type Browser, hasChromium, openBrowser, tapControl } from '../support/browser';

/** WeChat's and Apple's least size of what a finger has to hit. */
const TOUCH_PX = 44;
const HOME_INDICATOR_PX = 34;
const TIMEOUT_MS = 30_000;

interface Box {
  name: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const byClass = (name: string): string => `[class*="--${name}"]`;

describe('the screen of the player in Chromium', { skip: !hasChromium && 'no Chromium' }, () => {
  let world: SimulatedWorld;
  let preview: Preview;
  let browser: Browser;
  let page: Page;

  before(async () => {
    [world, browser] = await Promise.all([startSimulatedWorld(), openBrowser({ height: 1000 })]);
    preview = await startPreview({ world });
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await preview?.close();
    await world?.close();
  });

  async function open(address: string): Promise<Frame> {
    await page.goto('about:blank');
    await page.goto(`${preview.url}#/story/${address}`);
    await page.waitForSelector('#frame[data-ready]');
    const phone = page.frames().find((frame) => frame.url().includes('/phone.html'));
    assert.ok(phone);
    return phone;
  }

  async function openPlaying(address: string): Promise<Frame> {
    const phone = await open(address);
    await phone.waitForSelector(byClass('live'), { timeout: TIMEOUT_MS });
    return phone;
  }

  /** What can be tapped, as large as it takes a tap. */
  function targets(phone: Frame): Promise<Box[]> {
    return phone.evaluate(() =>
      [...document.querySelectorAll('wx-page [role="button"], wx-page [role="menuitemradio"]')]
        .filter((element) => element.getClientRects().length > 0)
        .map((element) => {
          const { left, top, right, bottom } = element.getBoundingClientRect();
          const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
          return { name: name.trim(), left, top, right, bottom };
        }),
    );
  }

  function checkTargets(boxes: readonly Box[], widthPx: number, what: string): void {
    assert.ok(boxes.length > 0, what);
    for (const { name, left, top, right, bottom } of boxes) {
      assert.notEqual(name, '', `${what}: a target has a name for a screen reader`);
      const size = `${what}: ${name} is ${right - left} × ${bottom - top}`;
      assert.ok(right - left >= TOUCH_PX - 0.5 && bottom - top >= TOUCH_PX - 0.5, size);
      assert.ok(left >= -0.5 && right <= widthPx + 0.5, `${what}: ${name} is on the screen`);
    }
  }

  for (const widthPx of [320, 430]) {
    test(`has targets of ${TOUCH_PX} px with names, all on the screen, at ${widthPx} px`, async () => {
      const phone = await openPlaying(`live?lang=en&width=${widthPx}`);
      checkTargets(await targets(phone), widthPx, 'playing');
      await tapControl(phone, 'quality');
      await phone.waitForSelector(byClass('menu-item'));
      checkTargets(await targets(phone), widthPx, 'quality menu');
      await phone.click(`${byClass('menu-item')} >> nth=1`);

      await tapControl(phone, 'toggle');
      await phone.waitForSelector(byClass('big-play'));
      checkTargets(await targets(phone), widthPx, 'stopped');

      const failing = await open(`live?lang=en&width=${widthPx}&fault=server-down`);
      await failing.waitForSelector(byClass('card'), { timeout: TIMEOUT_MS });
      checkTargets(await targets(failing), widthPx, 'error');
      const isInside = await failing.evaluate(() => {
        const box = (selector: string) =>
          (document.querySelector(selector) as Element).getBoundingClientRect();
        const card = box('[class*="--card "], [class$="--card"]');
        const surface = box('[class*="--surface"]');
        return card.top >= surface.top && card.bottom <= surface.bottom && card.left >= surface.left;
      });
      assert.ok(isInside, 'the card lies within the picture');
    });
  }

  test('keeps its size from the first moment through every state', async () => {
    const phone = await open('live?lang=en&fault=server-slow');
    const heights = new Set<number>();
    const measure = async (): Promise<void> => {
      const surface = await phone.$(byClass('surface'));
      heights.add((await surface?.boundingBox())?.height ?? 0);
    };
    for (const state of ['spinner', 'steps', 'live']) {
      await phone.waitForSelector(byClass(state), { timeout: TIMEOUT_MS });
      await measure();
    }
    await tapControl(phone, 'toggle');
    await phone.waitForSelector(byClass('big-play'));
    await measure();

    assert.equal(heights.size, 1, [...heights].join());
  });

  test('hides the controls after some seconds, and shows them at a tap', async () => {
    const phone = await openPlaying('live?lang=en');
    const isAway = (wanted: boolean) =>
      phone.waitForFunction(
        (away) =>
          (document.querySelector('[class*="--bar"]')?.className.includes('--away') ?? false) === away,
        wanted,
        { timeout: 10_000 },
      );

    await isAway(true);
    await phone.click(byClass('touch'));
    await isAway(false);
    await phone.click(byClass('touch'), { position: { x: 150, y: 90 } });
    await isAway(true);
  });

  test('counts down to the next attempt, and says why in the language of the user', async () => {
    const phone = await open('live?lang=zh&fault=camera-off');

    const card = await phone.waitForSelector(byClass('countdown'), { timeout: TIMEOUT_MS });

    assert.match((await card.textContent()) ?? '', /\d+ 秒/);
    assert.match((await phone.textContent(byClass('card-title'))) ?? '', /^摄像机不在线/);
  });

  test('measures only while the panel is open', async () => {
    const phone = await openPlaying('live?lang=en');
    assert.equal(await phone.locator(byClass('stat-value')).count(), 0);

    await tapControl(phone, 'stats');
    await phone.waitForSelector('text=/Round trip/', { timeout: TIMEOUT_MS });
    const text = (await phone.locator('[role="complementary"]').innerText()).replace(/\s+/g, ' ');
    for (const row of [/Round trip \d+ ms/, /Loss \d/, /Bitrate \d+ kbit\/s/, /First picture \d+ ms/])
      assert.match(text, row);

    await tapControl(phone, 'stats');
    await phone.waitForSelector('[role="complementary"]', { state: 'detached' });
  });

  test('fills the page clear of the home indicator, and turns with the phone that lies', async () => {
    const phone = await openPlaying('live?lang=en');
    await tapControl(phone, 'full');
    await phone.waitForSelector(byClass('frame-full'));
    const { height } = await phone.evaluate(() => ({ height: innerHeight }));
    for (const { name, bottom } of await targets(phone))
      assert.ok(bottom <= height - HOME_INDICATOR_PX + 0.5, `${name} ends at ${bottom} of ${height}`);

    await tapControl(phone, 'landscape');
    await phone.waitForSelector(byClass('frame-lying'));
    await page.waitForTimeout(300);
    checkTargets(await targets(phone), 375, 'lying');
    const video = await phone.evaluate(() => {
      const { width, height: high } = (document.querySelector('video') as Element).getBoundingClientRect();
      return { width, high };
    });
    assert.ok(video.high > video.width, 'the picture stands on its side');

    await tapControl(phone, 'full');
    await phone.waitForSelector(byClass('frame-full'), { state: 'detached' });
  });

  test('follows the theme of the phone, or the one that it is told', async () => {
    const cardColour = async (address: string): Promise<string> => {
      const phone = await open(`${address}&lang=en&fault=bad-ticket`);
      await phone.waitForSelector(byClass('card'), { timeout: TIMEOUT_MS });
      return phone.evaluate(
        () =>
          getComputedStyle(document.querySelector('[class*="--card "], [class$="--card"]') as Element)
            .backgroundColor,
      );
    };
    const light = await cardColour('live?theme=light');
    const dark = await cardColour('live?theme=dark');

    assert.equal(light, 'rgb(255, 255, 255)');
    assert.notEqual(dark, light);
  });

  test('lets every button of every story be tapped on the narrowest phone, without an error', async () => {
    browser.errors.length = 0;
    const { stories } = (await (await fetch(`${preview.url}config.json`)).json()) as PreviewConfig;
    for (const [index, { id }] of stories.entries()) {
      const phone = await open(
        `${id}?width=320&lang=${index % 2 === 0 ? 'zh' : 'en'}&theme=${index % 2 === 0 ? 'dark' : 'light'}`,
      );
      await page.waitForTimeout(1500);
      const boxes = await targets(phone);
      if (boxes.length > 0) checkTargets(boxes, 320, id);
      const buttons = await phone.locator('wx-page [role="button"]:visible, wx-page wx-button:visible').all();
      for (const button of buttons) await button.click({ timeout: 500, force: true }).catch(() => {});
      await page.waitForTimeout(300);
    }
    assert.deepEqual(browser.errors, []);
  });
});
