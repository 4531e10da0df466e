import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { type Preview, startPreview } from '../../devkit/preview/server';
import { type Browser, hasChromium, openBrowser, screenshotPath } from '../support/browser';
import { seesClass, seesText } from '../support/sights';
import { type FlvFeed, startFlvFeed } from '../support/flv-feed';

/** What the fixture's page has besides a mini program's members. */
interface FeedPage {
  events: (string | number)[];
  status: { videoWidth: number; videoFPS: number; netSpeed: number };
  start(url: string): void;
  echoFrom(port: number): void;
  player: { livePlayerContext: { stop(): Promise<object>; snapshot(): Promise<{ width: number }> } };
}
declare const feedPage: FeedPage;

describe('the preview in Chromium, fed without the core', { skip: !hasChromium && 'no Chromium' }, () => {
  let preview: Preview;
  let feed: FlvFeed;
  let browser: Browser;
  let phone: Frame;

  before(async () => {
    [preview, feed, browser] = await Promise.all([
      startPreview({ xp2pInfo: '', project: 'test/e2e/fixtures/feeder', packageFolder: 'test/e2e/fixtures' }),
      startFlvFeed('devkit/fixtures/high.flv'),
      openBrowser(),
    ]);
    await browser.page.goto(preview.url);
    await browser.page.waitForSelector('#frame[data-ready]');
    phone = browser.page.frames().find((frame) => frame.url().includes('/phone.html')) as Frame;
  });
  after(async () => {
    await browser?.close();
    feed?.close();
    await preview?.close();
  });

  test('sends and receives UDP, and knows its port when it binds', async () => {
    const echo = dgram.createSocket('udp4');
    echo.on('message', (message, { port }) => echo.send(`${message} from ${port}`, port));
    await new Promise<void>((resolve) => echo.bind(0, '127.0.0.1', resolve));

    await phone.evaluate((port) => feedPage.echoFrom(port), (echo.address() as AddressInfo).port);

    const text = await phone
      .waitForSelector('text=/port \\d+ from \\d+ 127/')
      .then((found) => found.textContent());
    const [, bound, seen] = /port (\d+) from (\d+)/.exec(text ?? '') ?? [];
    assert.equal(bound, seen);
    echo.close();
  });

  test('plays chunks: time advances, sound decodes, states come in order', async () => {
    await phone.evaluate((url) => feedPage.start(url), feed.url);
    await phone.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 2.5, null, {
      timeout: 60_000,
    });

    const { events, status, audioBytes } = await phone.evaluate(() => ({
      events: feedPage.events,
      status: feedPage.status,
      audioBytes: (document.querySelector('video') as unknown as { webkitAudioDecodedByteCount: number })
        .webkitAudioDecodedByteCount,
    }));
    const main = events.filter((event) => event !== 2007);
    assert.deepEqual(main.slice(0, 6), [2008, 'startPull', 2001, 2004, 2009, 2003]);
    assert.ok(audioBytes > 1000, `decoded ${audioBytes} bytes of sound`);
    assert.ok(status.videoWidth > 0 && status.netSpeed > 0, JSON.stringify(status));
    await browser.page.screenshot({ path: screenshotPath('preview-feeder') });
  });

  test('takes a snapshot and shows a toast', async () => {
    const { width } = await phone.evaluate(() => feedPage.player.livePlayerContext.snapshot());
    assert.ok(width > 0);

    await phone.click('wx-button.toast');

    await seesClass(phone, 'pv-toast', { timeout: 60_000 });
    await seesText(phone, 'hello', { timeout: 60_000 });
  });

  test('reconnects when the data stops, and closes the pull before it opens the next', async () => {
    feed.pause();
    await phone.waitForFunction(() => feedPage.events.includes(2103), null, { timeout: 60_000 });

    const events = await phone.evaluate(() => feedPage.events);
    const at = events.indexOf(2103);
    assert.ok(events.indexOf('close') >= 0 && events.indexOf('close') < at, events.join());
    await phone.waitForFunction(
      () => feedPage.events.filter((event) => event === 'startPull').length === 2,
      null,
      {
        timeout: 60_000,
      },
    );
  });

  test('stops for good when it is told to', async () => {
    await phone.evaluate(() => feedPage.player.livePlayerContext.stop());

    await phone.waitForFunction(
      () => {
        const count = (name: string): number => feedPage.events.filter((event) => event === name).length;
        return count('close') === count('startPull');
      },
      null,
      { timeout: 60_000 },
    );
    const events = await phone.evaluate(() => feedPage.events);
    const pulls = events.filter((event) => event === 'startPull').length;
    assert.equal(events.filter((event) => event === 'close').length, pulls);
    assert.deepEqual(browser.errors, []);
  });
});
