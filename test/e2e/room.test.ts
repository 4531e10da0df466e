import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Frame, Page } from 'playwright-core';
import { openChannels } from '../../devkit/camera/sources';
import { nodeClock } from '../../devkit/port/node-port';
import { startPreview } from '../../devkit/preview/server';
import type { Preview } from '../../devkit/preview/server';
import { startHttpFlv } from '../../devkit/servers/http-flv';
import type { HttpFlvServer } from '../../devkit/servers/http-flv';
import { startServers } from '../../devkit/servers/servers';
import type { Servers } from '../../devkit/servers/servers';
import { makeStreamToken } from '../../devkit/tracker/token';
import { hasChromium, openBrowser, screenshotPath } from '../support/browser';
import type { Browser } from '../support/browser';

/** A tab with the story: what its panel shows, and how far its picture is. */
class Tab {
  private constructor(
    readonly page: Page,
    readonly frame: Frame,
  ) {}

  static async open(page: Page, url: string): Promise<Tab> {
    await page.goto(`${url}#/story/room`);
    await page.waitForSelector('#frame[data-ready]');
    return new Tab(
      page,
      page.frames().find((frame) => frame.url().includes('/phone.html'))!,
    );
  }

  /** Of the panel's rows; zeros before it is there. */
  async figures(): Promise<{ children: number; takenMb: number; givenMb: number; playedS: number }> {
    return this.frame.evaluate(() => {
      const values = [...document.querySelectorAll('[class*="player-server--value"]')];
      const [, , children = 0, takenMb = 0, , givenMb = 0] = values.map((value) =>
        Number.parseFloat(value.textContent!),
      );
      return { children, takenMb, givenMb, playedS: document.querySelector('video')?.currentTime ?? 0 };
    });
  }

  async flipSwitch(isOn: boolean): Promise<void> {
    await this.frame.click('[class*="--switch-row"]');
    await this.frame.waitForSelector(`[class*="--switch-row"][aria-checked="${isOn}"]`);
  }
}

/** What has not come by then never will. */
const WAIT_MS = 60_000;

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = Date.now() + WAIT_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < endMs, `${what}: not within ${WAIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a stream that many watch, in the preview', { skip: !hasChromium && 'no Chromium' }, () => {
  let servers: Servers;
  let origin: HttpFlvServer;
  let preview: Preview;
  let browser: Browser;

  before(async () => {
    const secret = new Uint8Array(randomBytes(32));
    servers = await startServers({ tracker: { secret } });
    const [channel] = openChannels(nodeClock, { sourceName: 'test:' });
    origin = await startHttpFlv({ source: channel!.source });
    const expiryS = Math.floor(Date.now() / 1000) + 3600;
    const account = new Uint8Array(randomBytes(8));
    const swarmToken = makeStreamToken(secret, origin.url, { expiryS, account });
    preview = await startPreview({
      room: { flvUrl: origin.url, swarmToken, signalingUrl: servers.signalingUrl },
    });
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await preview.close();
    await origin.close();
    await servers.close();
  });

  test('plays from its server, and lets the server go with the page', async () => {
    const { frame } = await Tab.open(browser.page, preview.url);
    await frame.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 1, null, {
      timeout: 60_000,
    });
    assert.ok(origin.viewerCount > 0);
    await browser.page.goto('about:blank');
    // The tracker looks at it as well, as long as somebody watches.
    await until('nobody watches', () => origin.viewerCount === 0);
    assert.deepEqual(browser.errors, []);
  });

  test('comes to two tabs from each other; who switches that off gives nothing any more and goes on watching, and may give again', async (t) => {
    const tabs = [
      await Tab.open(browser.page, preview.url),
      await Tab.open(await browser.newPage(), preview.url),
    ];
    let giver: Tab | undefined;
    await until('one gives to the other', async () => {
      for (const tab of tabs) {
        const { children, givenMb } = await tab.figures();
        if (children > 0 && givenMb > 0) giver = tab;
      }
      return giver !== undefined;
    });
    await giver!.page.screenshot({ path: screenshotPath('room-sharing') });
    await giver!.page.click('.landscape');
    // The whole picture, and the panel beside it.
    const [picture, panel, screen] = (await giver!.frame.evaluate(() =>
      ['player-server--picture', 'player-server--panel']
        .map((name) => {
          const { top, right, bottom, left } = document
            .querySelector(`[class*="${name}"]`)!
            .getBoundingClientRect();
          return { top, right, bottom, left };
        })
        .concat({ top: 0, left: 0, right: innerWidth, bottom: innerHeight }),
    )) as [DOMRect, DOMRect, DOMRect];
    await giver!.page.screenshot({ path: screenshotPath('room-lying') });
    assert.ok(
      picture.right <= panel.left && panel.right <= screen.right,
      JSON.stringify([picture, panel, screen]),
    );
    assert.ok(picture.bottom <= screen.bottom, JSON.stringify([picture, panel, screen]));
    await giver!.page.click('.landscape');

    await giver!.flipSwitch(false);
    // The child goes back to the server; the tracker looks at it as well.
    await until('the other has the server again', () => origin.viewerCount === 3);
    await until('nobody is a child', async () => (await giver!.figures()).children === 0);
    const before = await Promise.all(tabs.map((tab) => tab.figures()));
    const { givenMb } = await giver!.figures();
    await until('both go on', async () => {
      const now = await Promise.all(tabs.map((tab) => tab.figures()));
      return now.every(({ playedS }, i) => playedS > before[i]!.playedS + 3);
    });
    assert.equal((await giver!.figures()).givenMb, givenMb, 'nothing is given');

    const onMs = Date.now();
    await giver!.flipSwitch(true);
    await until('somebody gives again', async () => {
      const now = await Promise.all(tabs.map((tab) => tab.figures()));
      return now.some((each, i) => each.children > 0 && each.givenMb > before[i]!.givenMb);
    });
    t.diagnostic(`somebody gives again after ${Math.round((Date.now() - onMs) / 1000)} s`);
    assert.deepEqual(browser.errors, []);
  });
});
