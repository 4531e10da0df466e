import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { hasChromium, screenshotPath, tapControl } from '../support/browser';
import { readMp4 } from '../support/mp4-file';
import { openPreviewWorld } from './support/preview-world';
import type { PreviewWorld } from './support/preview-world';

const TIMEOUT = { timeout: 60_000 };

describe('the page of a camera in Chromium', { skip: !hasChromium && 'no Chromium' }, () => {
  let world: PreviewWorld;
  let frame: Frame;

  before(async () => {
    world = await openPreviewWorld({}, { hasMicrophone: true });
    frame = await world.openStory('camera');
    await frame.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0, null, TIMEOUT);
  });
  after(() => world?.close());

  test('shows the picture with talk and PTZ below it, inside the width of the phone', async () => {
    const widths = await frame.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(widths[0]! <= widths[1]!, `${widths}`);
    await frame.waitForSelector('[class*="--pad"]:not([class*="--off"])', TIMEOUT);
    await world.browser.page.screenshot({ path: screenshotPath('camera-page') });
  });

  const page = () => world.browser.page;
  const dialog = (name: string) => frame.locator(`.pv-modal-buttons .pv-${name}`);

  /** What the album gets, which is a download of the browser here. */
  async function saved(act: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
    const [download] = await Promise.all([page().waitForEvent('download', TIMEOUT), act()]);
    return { name: download.suggestedFilename(), bytes: fs.readFileSync(await download.path()) };
  }

  test('a snapshot goes into the album, when the user has allowed it', async () => {
    await tapControl(frame, 'snapshot');
    await dialog('cancel').click(TIMEOUT);
    await frame.waitForSelector('[class*="--notice-action"]', TIMEOUT);
    await page().screenshot({ path: screenshotPath('camera-page-album-refused') });
    await frame.locator('[class*="--notice-action"]').click();
    await dialog('confirm').click(TIMEOUT);
    const { name, bytes } = await saved(() => tapControl(frame, 'snapshot'));
    assert.match(name, /\.jpg$/);
    assert.deepEqual([bytes[0], bytes[1]], [0xff, 0xd8]);
    assert.ok(bytes.length > 2000, `${bytes.length} bytes`);
  });

  test('records the live picture as MP4, which goes into the album', async () => {
    await tapControl(frame, 'record');
    await frame.waitForSelector('[class*="--recording"]', TIMEOUT);
    await frame.waitForFunction(
      () => /\d:(?!0[0-2])\d\d/.test(document.querySelector('[class*="--time"]')?.textContent ?? ''),
      null,
      TIMEOUT,
    );
    await page().screenshot({ path: screenshotPath('camera-page-recording') });
    const { name, bytes } = await saved(() => tapControl(frame, 'record'));
    assert.match(name, /\.mp4$/);
    const [video, sound] = readMp4(bytes);
    assert.ok(video?.kind === 'vide' && sound?.kind === 'soun');
    assert.ok(video.samples.length > 40 && video.samples[0]!.isKey, `${video.samples.length} pictures`);
    const behindMs = video.samples.at(-1)!.dtsMs - sound.samples.at(-1)!.dtsMs;
    assert.ok(Math.abs(behindMs) < 300, `the sound ends ${behindMs} ms before the picture`);
    await frame.waitForFunction(
      () => /\d s · \d+ KB/.test(document.querySelector('.film')?.textContent ?? ''),
      null,
      TIMEOUT,
    );
    // Chromium, which decodes it, shares no code with the muxer either.
    const size = await page().evaluate(async (base64) => {
      const player = document.createElement('video');
      const film = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      player.src = URL.createObjectURL(new Blob([film], { type: 'video/mp4' }));
      await new Promise((resolve, reject) => {
        player.onloadeddata = resolve;
        player.onerror = () => reject(new Error(player.error?.message));
      });
      return [player.videoWidth, player.videoHeight, Math.round(player.duration)];
    }, bytes.toString('base64'));
    assert.deepEqual(size.slice(0, 2), [video.width, video.height]);
    assert.ok(size[2]! >= 2, `${size[2]} s`);
    assert.deepEqual(world.browser.errors, []);
  });
});
