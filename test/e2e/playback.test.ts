import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame, Page } from 'playwright-core';
import { hasChromium, screenshotPath } from '../support/browser';
import { settledText } from '../support/sights';
import { openPreviewWorld } from './support/preview-world';
import type { PreviewWorld } from './support/preview-world';

const TIMEOUT_MS = 60_000;
const byClass = (name: string): string => `[class*="--${name}"]`;

describe('the story of recordings in Chromium', { skip: !hasChromium && 'no Chromium' }, () => {
  let world: PreviewWorld;
  let page: Page;
  let phone: Frame;

  before(async () => {
    world = await openPreviewWorld({}, { height: 1000 });
    page = world.browser.page;
    phone = await world.openStory('playback');
  });
  after(() => world?.close());

  const time = (): Promise<string> => phone.innerText(byClass('time'));
  const seconds = (text: string): number => {
    const [h, m, s] = text.split(':').map(Number) as [number, number, number];
    return h * 3600 + m * 60 + s;
  };
  const playing = (): Promise<unknown> =>
    phone.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.3, null, {
      timeout: TIMEOUT_MS,
    });
  const running = (): Promise<unknown> =>
    phone.waitForSelector(byClass('icon-pause'), { timeout: TIMEOUT_MS });
  const standing = (): Promise<unknown> =>
    phone.waitForSelector(`${byClass('bar')} ${byClass('icon-play')}`, { timeout: TIMEOUT_MS });
  /** A recording is seen in the lowest line of the strip. */
  const isDrawn = (): Promise<unknown> =>
    phone.waitForFunction(
      () => {
        const canvas = document.querySelector('canvas') as HTMLCanvasElement;
        const { data } = canvas.getContext('2d')!.getImageData(0, canvas.height - 2, canvas.width, 1);
        for (let i = 0; i < data.length; i += 4) if (data[i + 2]! > 240 && data[i]! < 100) return true;
        return false;
      },
      null,
      { timeout: TIMEOUT_MS, polling: 100 },
    );
  /** Resolves with the first text of the time that is another one than `before`. */
  const timeAfter = async (before: string): Promise<string> => {
    const found = await phone.waitForFunction(
      (old) => {
        const text = document.querySelector('[class*="--time"]')?.textContent ?? '';
        return text === old ? null : text;
      },
      before,
      { timeout: TIMEOUT_MS },
    );
    return (await found.jsonValue()) as string;
  };

  test('lists the day, draws it, and plays a recording by one tap', async () => {
    await standing();
    await phone.waitForFunction(() => !document.querySelector('[class*="--toggle"][class*="--off"]'), null, {
      timeout: TIMEOUT_MS,
    });
    await isDrawn();
    await phone.click(byClass('toggle'));
    await playing();
    const first = await time();
    const next = await timeAfter(first);
    assert.ok(seconds(next) > seconds(first), `${first} → ${next}`);
    await page.screenshot({ path: screenshotPath('playback') });
  });

  test('pauses where it is, and goes on from there, soon and after the player has let go', async () => {
    for (const waitMs of [500, 6500]) {
      await running();
      await phone.click(byClass('toggle'));
      await standing();
      const at = await settledText(phone, byClass('time'), { timeout: TIMEOUT_MS });
      await phone.waitForTimeout(waitMs);
      assert.equal(await time(), at, 'the marker stands');
      const startedMs = performance.now();
      await phone.click(byClass('toggle'));
      const gone = seconds(await timeAfter(at)) - seconds(at);
      const tookS = Math.ceil((performance.now() - startedMs) / 1000);
      assert.ok(gone >= 0 && gone <= tookS + 1, `went on ${gone} s behind, within ${tookS} s`);
    }
  });

  test('a drag chooses another moment; the wheel zooms', async () => {
    const before = seconds(await time());
    const box = (await phone.locator(byClass('touch')).boundingBox())!;
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width / 2, y);
    await page.mouse.wheel(0, -1200);
    await phone.waitForTimeout(100);
    await page.mouse.down();
    for (let i = 1; i <= 10; i++) await page.mouse.move(box.x + box.width / 2 - 3 * i, y);
    await phone.waitForTimeout(150);
    await page.mouse.up();
    const chosen = seconds(await settledText(phone, byClass('time'), { timeout: TIMEOUT_MS }));
    assert.ok(chosen > before + 20, `${chosen} s is further than ${before} s`);
    await playing();
  });

  test('the calendar marks the days with recordings', async () => {
    await phone.click(`${byClass('day')}:not(${byClass('month')})`);
    await phone.waitForSelector(byClass('dot'));
    await page.screenshot({ path: screenshotPath('playback-calendar') });
    await phone.click(`${byClass('day')}:not(${byClass('month')})`);
    assert.deepEqual(world.browser.errors, []);
  });
});
