import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import type { CameraHost } from '../../devkit/camera/camera-host';
import { newIdentity, ticketOf } from '../../devkit/camera/identity';
import { createSimulatedCamera } from '../../devkit/camera/simulated-camera';
import { createNodePort } from '../../devkit/port/node-port';
import { type Preview, startPreview } from '../../devkit/preview/server';
import { type Servers, startServers } from '../../devkit/servers/servers';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { until } from '../devkit/until';
import { type Browser, hasChromium, openBrowser, screenshotPath, tapControl } from '../support/browser';

const PICTURE_TIMEOUT_MS = 40_000;

interface Picture {
  timeSec: number;
  width: number;
  isMuted: boolean;
  audioBytes: number;
  /** A few pixels of the frame that is shown. */
  pixels: string;
}

describe(
  'the live story in Chromium: camera → UDP → core → component',
  { skip: !hasChromium && 'no Chromium' },
  () => {
    let servers: Servers;
    let camera: CameraHost;
    let preview: Preview;
    let browser: Browser;
    let xp2pInfo: string;

    before(async () => {
      servers = await startServers();
      const identity = newIdentity();
      const ticket = ticketOf(identity, {
        signalingUrl: servers.signalingUrl,
        stunServers: [servers.stunServer],
      });
      camera = createSimulatedCamera({
        port: createNodePort({ includeLoopback: true }),
        ticket,
        staticKeyPair: identity.keyPair,
      });
      await camera.start();
      xp2pInfo = formatXp2pInfo(ticket);
      [preview, browser] = await Promise.all([startPreview({ xp2pInfo }), openBrowser()]);
    });
    after(async () => {
      await browser?.close();
      await preview?.close();
      camera?.stop();
      await servers?.close();
    });

    async function openStory(id: string): Promise<Frame> {
      await browser.page.goto('about:blank');
      await browser.page.goto(`${preview.url}#${id}`);
      return phone();
    }

    async function phone(): Promise<Frame> {
      await browser.page.waitForSelector('#frame[data-ready]');
      return browser.page.frames().find((frame) => frame.url().includes('/phone.html')) as Frame;
    }

    function picture(frame: Frame): Promise<Picture> {
      return frame.evaluate(() => {
        const video = document.querySelector('video') as HTMLVideoElement & {
          webkitAudioDecodedByteCount: number;
        };
        const canvas = document.createElement('canvas');
        canvas.width = 32;
        canvas.height = 18;
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        context.drawImage(video, 0, 0, canvas.width, canvas.height);
        return {
          timeSec: video.currentTime,
          width: video.videoWidth,
          isMuted: video.muted,
          audioBytes: video.webkitAudioDecodedByteCount,
          pixels: context.getImageData(0, 0, canvas.width, canvas.height).data.join(),
        };
      });
    }

    async function hasNoViewers(): Promise<void> {
      await until(() => camera.viewerCount === 0, 'no viewers are left');
    }

    async function playsOn(frame: Frame, seconds: number): Promise<void> {
      const { timeSec } = await picture(frame);
      await frame.waitForFunction(
        (end) => (document.querySelector('video')?.currentTime ?? 0) >= end,
        timeSec + seconds,
        { timeout: PICTURE_TIMEOUT_MS },
      );
    }

    async function waitForPicture(frame: Frame): Promise<void> {
      await frame.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0, null, {
        timeout: PICTURE_TIMEOUT_MS,
      });
    }

    test('plays at once: time advances two seconds, the picture changes, sound decodes', async () => {
      const frame = await openStory('live');
      await waitForPicture(frame);
      const first = await picture(frame);

      await playsOn(frame, 2);

      const second = await picture(frame);
      assert.equal(second.width, 640);
      assert.notEqual(second.pixels, first.pixels);
      assert.ok(
        second.audioBytes > first.audioBytes,
        `${first.audioBytes} → ${second.audioBytes} bytes of sound`,
      );
      await browser.page.screenshot({ path: screenshotPath('live') });
      assert.deepEqual(browser.errors, []);
    });

    test('logs the component events of the start, and no secret', async () => {
      const entries = browser.page.locator('.entries');

      for (const event of ['p2pStateChange', 'streamStateChange', 'playStart'])
        await entries.getByText(event).first().waitFor();
      const log = await entries.innerText();
      assert.ok(!log.includes(xp2pInfo) && !log.includes(xp2pInfo.split('%')[0] as string));
    });

    test('changes the quality without leaving the page', async () => {
      const frame = await phone();
      const { width } = await picture(frame);

      await tapControl(frame, 'quality');
      await frame
        .locator('[class*="--menu-item"][data-quality="super"], [class*="--menu-item"]')
        .last()
        .click();

      await frame.waitForFunction(
        (before) => {
          const video = document.querySelector('video');
          return video !== null && video.videoWidth > before && video.currentTime > 0;
        },
        width,
        { timeout: PICTURE_TIMEOUT_MS },
      );
    });

    test('stops and plays again by its button', async () => {
      const frame = await phone();

      await tapControl(frame, 'toggle');
      await frame.waitForSelector('[class*="icon-play"]');
      await tapControl(frame, 'toggle');
      await frame.waitForSelector('[class*="icon-stop"]');

      await playsOn(frame, 1);
    });

    test('opens the link on a page with a list, and the player finds it ready', async () => {
      await openStory('catalog');
      await hasNoViewers();
      const frame = await openStory('list');
      await until(() => camera.viewerCount > 0, 'a link is opened ahead');
      assert.equal(await frame.locator('video').count(), 0);

      await frame.click('[class*="camera"]');

      await waitForPicture(frame);
      assert.equal(camera.viewerCount, 1);
    });

    test('plays two pictures of one camera over one link, and either stops alone', async () => {
      const frame = await openStory('pair');
      const play = (index: number) =>
        frame.waitForFunction(
          (at) => (document.querySelectorAll('video')[at]?.currentTime ?? 0) > 0.5,
          index,
          { timeout: PICTURE_TIMEOUT_MS },
        );
      await Promise.all([play(0), play(1)]);
      assert.equal(camera.viewerCount, 1);
      await browser.page.screenshot({ path: screenshotPath('pair') });

      await tapControl(frame, 'toggle');
      await frame.waitForSelector('[class*="icon-play"]');

      const timeSec = await frame.evaluate(() => document.querySelectorAll('video')[1]?.currentTime ?? 0);
      await frame.waitForFunction(
        (end) => (document.querySelectorAll('video')[1]?.currentTime ?? 0) > end,
        timeSec + 1,
        { timeout: PICTURE_TIMEOUT_MS },
      );
      assert.deepEqual(browser.errors, []);
    });

    test('says goodbye to the camera when the story is left', async () => {
      await openStory('catalog');

      await hasNoViewers();
    });

    test('plays from a pasted xp2pInfo, reached through the catalog', async () => {
      const frame = await openStory('catalog');
      await frame.fill('wx-textarea textarea', xp2pInfo);

      await frame.click('[class*="story"]');

      await waitForPicture(frame);
    });

    test('leaves the camera when the user goes back to the catalog', async () => {
      const frame = await phone();

      await frame.click('.pv-back');

      await frame.waitForSelector('[class*="story"]');
      await hasNoViewers();
      assert.deepEqual(browser.errors, []);
    });
  },
);
