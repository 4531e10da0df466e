import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChannels } from '../../devkit/camera/sources';
import { nodeClock } from '../../devkit/port/node-port';
import { startPreview } from '../../devkit/preview/server';
import type { Preview } from '../../devkit/preview/server';
import { startHttpFlv } from '../../devkit/servers/http-flv';
import type { HttpFlvServer } from '../../devkit/servers/http-flv';
import { hasChromium, openBrowser } from '../support/browser';
import type { Browser } from '../support/browser';

describe('a stream that many watch, in the preview', { skip: !hasChromium && 'no Chromium' }, () => {
  let origin: HttpFlvServer;
  let preview: Preview;
  let browser: Browser;

  before(async () => {
    const [channel] = openChannels(nodeClock, { sourceName: 'test:' });
    origin = await startHttpFlv({ source: channel!.source });
    preview = await startPreview({ room: { flvUrl: origin.url, swarmToken: '', signalingUrl: '' } });
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await preview.close();
    await origin.close();
  });

  test('plays from its server, and lets the server go with the page', async () => {
    await browser.page.goto(`${preview.url}#/story/room`);
    await browser.page.waitForSelector('#frame[data-ready]');
    const phone = browser.page.frames().find((frame) => frame.url().includes('/phone.html'))!;
    await phone.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 1, null, {
      timeout: 40_000,
    });
    assert.equal(origin.viewerCount, 1);
    await browser.page.goto('about:blank');
    for (let i = 0; i < 1000 && origin.viewerCount > 0; i++) await new Promise((r) => setTimeout(r, 20));
    assert.equal(origin.viewerCount, 0);
    assert.deepEqual(browser.errors, []);
  });
});
