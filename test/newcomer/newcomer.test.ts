import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { type SimulatedWorld, startSimulatedWorld } from '../../devkit/preview/faults/simulated-world';
import { type Preview, startPreview } from '../../devkit/preview/server';
import { lintGaps } from '../conformance/gap-lint';
import type { MiniApp } from '../conformance/mini-app';
import { type Problem, runOfficialTools } from '../conformance/official-tools';
import { type Browser, hasChromium, openBrowser, screenshotPath } from '../support/browser';
import { createNewcomerApp, installFromTarball } from './newcomer-app';

describe('somebody new, with the start page', { skip: !hasChromium && 'no Chromium' }, () => {
  let world: SimulatedWorld | undefined;
  let app: MiniApp | undefined;
  let preview: Preview | undefined;
  let browser: Browser | undefined;
  /** Takes the longest by far, so it runs beside the preview. */
  let compiling: Promise<Problem[]> | undefined;

  before(async () => {
    world = await startSimulatedWorld();
    app = createNewcomerApp(world.xp2pInfo);
    await installFromTarball(app);
    assert.deepEqual(await runOfficialTools(app, ['packNpm']), []);
    compiling = runOfficialTools(app, ['analyse', 'wcc', 'wcsc', 'compile']);
    compiling.catch(() => {}); // the test that awaits it tells
  });
  after(async () => {
    await browser?.close();
    await preview?.close();
    await world?.close();
    await compiling?.catch(() => {});
    app?.remove();
  });

  test('sees the picture of the simulated camera move', async () => {
    const project = app!.appDir;
    const packageFolder = path.join(project, 'miniprogram_npm', 'iot-p2p-player');
    [preview, browser] = await Promise.all([
      startPreview({ world: world!, project, packageFolder }),
      openBrowser(),
    ]);
    await browser.page.goto(preview.url);
    await browser.page.waitForSelector('#frame[data-ready]');
    const phone = browser.page.frames().find((frame) => frame.url().includes('/phone.html')) as Frame;

    const first = await pictureAt(phone, 0.5);
    const second = await pictureAt(phone, 1.5);

    assert.ok(first.width > 0);
    assert.ok(first.colours > 8, `${first.colours} colours: a picture has more`);
    assert.notEqual(second.pixels, first.pixels);
    await browser.page.screenshot({ path: screenshotPath('newcomer') });
    assert.deepEqual(browser.errors, []);
  });

  test('passes the official compiler', async () => {
    assert.deepEqual(await compiling, []);
    assert.deepEqual(lintGaps(app!), []);
  });
});

/** The picture once the video has played `seconds`. */
async function pictureAt(phone: Frame, seconds: number) {
  await phone.waitForFunction((end) => (document.querySelector('video')?.currentTime ?? 0) > end, seconds, {
    timeout: 60_000,
  });
  return phone.evaluate(() => {
    const video = document.querySelector('video') as HTMLVideoElement;
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 36 });
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.drawImage(video, 0, 0, 64, 36);
    const pixels = new Uint32Array(context.getImageData(0, 0, 64, 36).data.buffer);
    return { width: video.videoWidth, colours: new Set(pixels).size, pixels: pixels.join() };
  });
}
