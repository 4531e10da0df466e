import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readPages } from '../../devkit/docs/site';
import { type Preview, startPreview } from '../../devkit/preview/server';
import { type Browser, hasChromium, openBrowser, screenshotPath } from '../support/browser';

/** A phone, where every page has to fit; a tablet and a desk for those of every kind. */
const PHONE_PX = 375;
const WIDER_PX = [768, 1360];
const OF_EVERY_KIND = ['index.html', 'recipes.html', 'benchmarks.html', 'components/iot-p2p-player-ipc.html'];

describe('the documents in Chromium', { skip: !hasChromium && 'no Chromium' }, () => {
  let preview: Preview;
  let browser: Browser;
  const pages = readPages(process.cwd());

  before(async () => {
    [preview, browser] = await Promise.all([
      startPreview({ xp2pInfo: '', project: 'test/e2e/fixtures/feeder', packageFolder: 'test/e2e/fixtures' }),
      openBrowser(),
    ]);
  });
  after(async () => {
    await browser?.close();
    await preview?.close();
  });

  test('fit every width: only code and tables scroll sideways, and every picture loads', async () => {
    const { page } = browser;
    for (const { url } of pages) {
      await page.goto(`${preview.url}docs/${url}`);
      for (const width of [PHONE_PX, ...(OF_EVERY_KIND.includes(url) ? WIDER_PX : [])]) {
        await page.setViewportSize({ width, height: 800 });
        const found = await page.evaluate(() => ({
          width: document.documentElement.scrollWidth,
          broken: [...document.images]
            .filter(({ complete, naturalWidth }) => complete && naturalWidth === 0)
            .map(({ src }) => src),
        }));
        assert.ok(found.width <= width, `${url} is ${found.width} px wide on ${width}`);
        assert.deepEqual(found.broken, [], url);
      }
    }
    assert.deepEqual(browser.errors, []);
  });

  test('have the list of pages beside the text, and on a phone behind a button', async () => {
    const { page } = browser;
    await page.setViewportSize({ width: 1360, height: 800 });
    await page.goto(`${preview.url}docs/start.html`);
    const list = page.locator('nav.pages');
    assert.ok(await list.isVisible());

    await page.setViewportSize({ width: PHONE_PX, height: 800 });
    assert.ok(!(await list.isVisible()));
    await page.click('label[for="menu"]');
    assert.ok(await list.isVisible());
    await list.locator('a', { hasText: 'Recipes' }).click();
    await page.waitForURL(/\/docs\/recipes\.html$/);
  });

  test('follow the browser’s dark theme', async () => {
    const { page } = browser;
    await page.goto(`${preview.url}docs/recipes.html`);
    const brightness = (): Promise<number> =>
      page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)?.[0]));
    for (const [colorScheme, isRight] of [
      ['light', (value: number) => value > 200],
      ['dark', (value: number) => value < 50],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      assert.ok(isRight(await brightness()), colorScheme);
      await page.screenshot({ path: screenshotPath(`docs-${colorScheme}`) });
    }
  });
});
