/* global URLSearchParams, document, Image */
// Pictures of every state of the player, taken in the preview with real faults.
// usage: npm run screenshots [-- --file NAME | --all | --only NAME,NAME | --animate]
//   makes the pictures of the documents, in docs/images, or those whose names begin so;
//   --animate makes the moving one, tour.webp (with ffmpeg);
//   --all makes every state instead, in light and dark, Chinese and English, each alone and on one sheet, in
//   .build/screenshots; --only does so for the states whose names begin so
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { ensureBuilt } from './lib/builds.mjs';
import { root } from './lib/files.mjs';
import { ensureChromium } from './lib/install.mjs';
import { DOC_SHOTS, SHEET_LOOKS, STATES } from './lib/screenshot-list.mjs';
import { recordTour } from './lib/tour.mjs';

const { values } = parseArgs({
  options: {
    all: { type: 'boolean' },
    only: { type: 'string' },
    animate: { type: 'boolean' },
    file: { type: 'string' },
  },
});
const SCALE = 2;
const JPEG_QUALITY = 80;
/** Wide enough for a phone that lies in its true size. */
const DEFAULT_VIEWPORT = { width: 1640, height: 980 };

for (const name of ['library', 'devkit']) console.log(await ensureBuilt(name));
const preview = await startPreview();
const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-screenshots-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: await ensureChromium(),
  args: [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    '--autoplay-policy=no-user-gesture-required',
    // A microphone that beeps, and that nobody is asked about.
    ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  ],
  viewport: DEFAULT_VIEWPORT,
  deviceScaleFactor: SCALE,
});
try {
  if (values.all || values.only) await shootSheet();
  else if (values.animate) await shootTour();
  else await shootDocuments();
} finally {
  await context.close();
  fs.rmSync(profile, { recursive: true, force: true });
  preview.child.kill('SIGTERM');
}

/** The devkit's `start`, as `npm start` runs it. Resolves when it has told its address. */
function startPreview() {
  const child = spawn(process.execPath, [path.join(root, 'devkit', 'dist', 'cli.mjs'), 'start'], {
    cwd: root,
  });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
      const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(output) ?? [];
      if (url) resolve({ child, url });
    });
    child.stderr.on('data', (text) => (output += text));
    child.on('exit', () => reject(new Error(`the preview ended:\n${output}`)));
  });
}

async function open(page, address) {
  await page.goto('about:blank');
  await page.goto(`${preview.url}#/story/${address}`);
  await page.waitForSelector('#frame[data-ready]');
  return page.frames().find((frame) => frame.url().includes('/phone.html'));
}

/** Every state in every look, as single pictures and on one sheet for each look. */
async function shootSheet() {
  const folder = path.join(root, '.build', 'screenshots');
  fs.mkdirSync(folder, { recursive: true });
  const page = await context.newPage();
  const states = values.only
    ? STATES.filter(({ name }) => values.only.split(',').some((start) => name.startsWith(start)))
    : STATES;
  for (const look of SHEET_LOOKS) {
    const shots = [];
    for (const { name, address, act, isLying, isWhole } of states) {
      const query = new URLSearchParams({ ...look.query, ...(isLying ? { landscape: 'true' } : {}) });
      const phone = await open(page, `${address}${address.includes('?') ? '&' : '?'}${query}`);
      const file = path.join(folder, `${look.name}-${name}.png`);
      await act(phone, page).catch((error) =>
        console.error(`${look.name} ${name}: ${error.message.split('\n')[0]}`),
      );
      const screen = page.locator('iframe.screen');
      const box = await screen.boundingBox();
      const height = isWhole ? box.height : Math.min(box.height, 330);
      await page.screenshot({ path: file, clip: { ...box, height } });
      shots.push({ name, file });
    }
    await shootList(path.join(folder, `sheet-${look.name}.png`), shots);
    console.log(`${look.name}: ${shots.length} states`);
  }
  console.log(`the sheets are in ${path.relative(root, folder)}`);
}

async function shootList(file, shots) {
  const page = await context.newPage();
  const figures = shots.map(({ name, file: image }) => {
    const data = fs.readFileSync(image).toString('base64');
    return `<figure><img src="data:image/png;base64,${data}"><figcaption>${name}</figcaption></figure>`;
  });
  await page.setContent(`<style>
    body { display: flex; flex-wrap: wrap; gap: 16px; margin: 16px; background: #8a8f99; font: 13px system-ui }
    figure { margin: 0 } img { height: 300px; display: block } figcaption { padding: 4px 0 }
  </style>${figures.join('')}`);
  await page.screenshot({ path: file, fullPage: true, scale: 'css' });
  await page.close();
}

/** What the documents show; small, since they are committed. */
async function shootDocuments() {
  const folder = path.join(root, 'docs', 'images');
  const page = await context.newPage();
  let totalBytes = 0;
  for (const shot of DOC_SHOTS.filter(({ file }) => !(values.file ?? '') || file.startsWith(values.file))) {
    const { file, address, act, part } = shot;
    const { viewport = DEFAULT_VIEWPORT, scale = SCALE, quality = JPEG_QUALITY } = shot;
    await page.setViewportSize(viewport);
    const phone = await open(page, address);
    await act(phone, page);
    const target = path.join(folder, file);
    const box = part ? await page.locator(part.of).boundingBox() : undefined;
    if (box && part.heightPx) box.height = part.heightPx;
    const image = await page.screenshot({
      scale: scale === 1 ? 'css' : 'device',
      ...(file.endsWith('.jpg') ? { type: 'jpeg', quality } : {}),
      ...(box ? { clip: box } : {}),
    });
    fs.writeFileSync(target, file.endsWith('.webp') ? await toWebp(page, image, quality) : image);
    totalBytes += fs.statSync(target).size;
    console.log(path.relative(root, target));
  }
  console.log(`${Math.round(totalBytes / 1024)} KB`);
}

async function shootTour() {
  const file = path.join(root, 'docs', 'images', 'tour.webp');
  const count = await recordTour(await context.newPage(), open, file);
  console.log(
    `${path.relative(root, file)}: ${count} frames, ${Math.round(fs.statSync(file).size / 1024)} KB`,
  );
}

/** Text stays sharp in a third of the bytes; screenshots come as PNG and JPEG only. */
async function toWebp(page, png, quality) {
  const url = await page.evaluate(
    async ([data, share]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: image.width, height: image.height });
      canvas.getContext('2d').drawImage(image, 0, 0);
      return canvas.toDataURL('image/webp', share);
    },
    [png.toString('base64'), quality / 100],
  );
  return Buffer.from(url.split(',')[1], 'base64');
}
