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
const TIMEOUT_MS = 60_000;
/** Stories that are tapped at once. */
const LANES = 2;

interface Box {
  name: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const CARD = '[class*="--card "], [class$="--card"]';
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

  async function open(address: string, tab = page): Promise<Frame> {
    await tab.goto('about:blank');
    await tab.goto(`${preview.url}#/story/${address}`);
    await tab.waitForSelector('#frame[data-ready]');
    const phone = tab.frames().find((frame) => frame.url().includes('/phone.html'));
    assert.ok(phone);
    return phone;
  }

  async function openPlaying(address: string): Promise<Frame> {
    const phone = await open(address);
    await phone.waitForSelector(byClass('live'), { timeout: TIMEOUT_MS });
    return phone;
  }

  /**
   * What can be tapped, as large as it takes a tap, in a moment when there is what `beside` selects: a card goes with the next
   * attempt, and may not wait for a second question.
   */
  async function targets(phone: Frame, beside = 'wx-page'): Promise<Box[]> {
    const found = await phone.waitForFunction(
      (selector) => {
        if (document.querySelector(selector) === null) return null;
        return [...document.querySelectorAll('wx-page [role="button"], wx-page [role="menuitemradio"]')]
          .filter((element) => element.getClientRects().length > 0)
          .map((element) => {
            const { left, top, right, bottom } = element.getBoundingClientRect();
            const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
            return { name: name.trim(), left, top, right, bottom };
          });
      },
      beside,
      { timeout: TIMEOUT_MS },
    );
    return (await found.jsonValue()) as Box[];
  }

  /** Where these are, in one moment when all of them are there. */
  async function boxes(phone: Frame, selectors: readonly string[]): Promise<Box[]> {
    const found = await phone.waitForFunction(
      (wanted) => {
        const all = wanted.map((selector) => document.querySelector(selector));
        if (all.includes(null)) return null;
        return all.map((element, index) => {
          const { left, top, right, bottom } = element!.getBoundingClientRect();
          return { name: wanted[index]!, left, top, right, bottom };
        });
      },
      selectors,
      { timeout: TIMEOUT_MS },
    );
    return (await found.jsonValue()) as Box[];
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
      checkTargets(await targets(failing, CARD), widthPx, 'error');
      const [card, surface] = await boxes(failing, [CARD, byClass('surface')]);
      assert.ok(
        card!.top >= surface!.top && card!.bottom <= surface!.bottom && card!.left >= surface!.left,
        'the card lies within the picture',
      );
    });
  }

  test('keeps its size from the first moment through every state', async () => {
    const states = ['spinner', 'steps', 'live', 'big-play'];
    const tab = await browser.newPage();
    // The page measures itself at every frame: the first states are gone before anybody could ask.
    await tab.addInitScript((names) => {
      const seen: Record<string, number> = {};
      (window as unknown as { heights: typeof seen }).heights = seen;
      const look = (): void => {
        requestAnimationFrame(look);
        const height = document.querySelector('[class*="--surface"]')?.getBoundingClientRect().height;
        const state = names.find((name) => document.querySelector(`[class*="--${name}"]`) !== null);
        if (height !== undefined && state !== undefined) seen[`${state} ${height}`] = height;
      };
      look();
    }, states);
    const phone = await open('live?lang=en&fault=server-slow', tab);
    await phone.waitForSelector(byClass('live'), { timeout: TIMEOUT_MS });
    await tapControl(phone, 'toggle');
    await phone.waitForSelector(byClass('big-play'), { timeout: TIMEOUT_MS });
    const seen = await phone.evaluate(() => {
      const { heights } = window as unknown as { heights: Record<string, number> };
      return new Promise<typeof heights>((resolve) => requestAnimationFrame(() => resolve(heights)));
    });
    await tab.close();

    for (const state of states)
      assert.ok(
        Object.keys(seen).some((key) => key.startsWith(`${state} `)),
        state,
      );
    assert.equal(new Set(Object.values(seen)).size, 1, JSON.stringify(seen));
  });

  test('hides the controls after some seconds, and shows them at a tap', async () => {
    const phone = await openPlaying('live?lang=en');
    const isAway = (wanted: boolean) =>
      phone.waitForFunction(
        (away) =>
          (document.querySelector('[class*="--bar"]')?.className.includes('--away') ?? false) === away,
        wanted,
        { timeout: TIMEOUT_MS },
      );

    await isAway(true);
    await phone.click(byClass('touch'));
    await isAway(false);
    await phone.click(byClass('touch'), { position: { x: 150, y: 90 } });
    await isAway(true);
  });

  test('counts down to the next attempt, and says why in the language of the user', async () => {
    const phone = await open('live?lang=zh&fault=camera-off');

    const found = await phone.waitForFunction(
      () => {
        const text = (name: string): string =>
          document.querySelector(`[class*="--${name}"]`)?.textContent ?? '';
        return text('countdown') && { countdown: text('countdown'), title: text('card-title') };
      },
      null,
      { timeout: TIMEOUT_MS },
    );

    const { countdown, title } = (await found.jsonValue()) as { countdown: string; title: string };
    assert.match(countdown, /\d+ 秒/);
    assert.match(title, /^摄像机不在线/);
  });

  test('measures only while the panel is open', async () => {
    const phone = await openPlaying('live?lang=en');
    assert.equal(await phone.locator(byClass('stat-value')).count(), 0);

    await tapControl(phone, 'stats');
    // The first rows have no figure yet where nothing has come for a second.
    for (const row of ['Round trip \\d+ ms', 'Loss \\d', 'Bitrate \\d+ kbit/s', 'First picture \\d+ ms']) {
      await phone.waitForFunction(
        (wanted) => {
          const panel = document.querySelector<HTMLElement>('[role="complementary"]');
          return new RegExp(wanted).test(panel?.innerText.replace(/\s+/g, ' ') ?? '');
        },
        row,
        { timeout: TIMEOUT_MS },
      );
    }

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
    await phone.waitForFunction(
      () => {
        const { width, height: high } = (document.querySelector('video') as Element).getBoundingClientRect();
        return high > width; // the picture stands on its side
      },
      null,
      { timeout: TIMEOUT_MS },
    );
    checkTargets(await targets(phone), 375, 'lying');

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
    await page.goto('about:blank');
    const waiting = [...stories.entries()];
    // Nearly all of the time is waiting.
    const lane = async (): Promise<void> => {
      const tab = await browser.newPage();
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, { id }] = next;
        const [language, theme] = index % 2 === 0 ? ['zh', 'dark'] : ['en', 'light'];
        const phone = await open(`${id}?width=320&lang=${language}&theme=${theme}`, tab);
        await tab.waitForTimeout(1500);
        const found = await targets(phone);
        if (found.length > 0) checkTargets(found, 320, id);
        const buttons = await phone
          .locator('wx-page [role="button"]:visible, wx-page wx-button:visible')
          .all();
        for (const button of buttons) await button.click({ timeout: 500, force: true }).catch(() => {});
        await tab.waitForTimeout(300);
      }
      await tab.close();
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    assert.deepEqual(browser.errors, []);
  });
});
