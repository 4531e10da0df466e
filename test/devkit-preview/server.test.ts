import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { type Preview, type PreviewOptions, startPreview } from '../../devkit/preview/server';
import type { PreviewConfig } from '../../devkit/preview/stories';

const PROJECT = path.resolve('test/e2e/fixtures/feeder');
const SECRET = 'XP2Psecret';

let preview: Preview | undefined;
const folders: string[] = [];
afterEach(async () => {
  await preview?.close();
  preview = undefined;
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true });
});

async function start(options: Partial<PreviewOptions> = {}): Promise<string> {
  preview = await startPreview({ xp2pInfo: SECRET, project: PROJECT, packageFolder: PROJECT, ...options });
  return preview.url;
}

function copyOfProject(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-preview-'));
  folders.push(folder);
  fs.cpSync(PROJECT, folder, { recursive: true });
  return folder;
}

function statusWithHost(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http
      .get(new URL('config.json', url), { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
      .on('error', reject);
  });
}

describe('the preview server', () => {
  test('listens on the loopback address and serves both pages with their parts', async () => {
    const url = await start();

    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    for (const file of ['', 'phone.html', 'frame.js', 'frame-style.css', 'phone.js', 'phone-style.css']) {
      const response = await fetch(url + file);
      assert.equal(response.status, 200, file);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      await response.arrayBuffer();
    }
    assert.equal((await fetch(`${url}../package.json`)).status, 404);
  });

  test('serves the documents under /docs/, with their pictures, and nothing else of the repository', async () => {
    const url = await start();

    const first = await fetch(`${url}docs`);
    assert.equal(first.url, `${url}docs/`);
    assert.match(await first.text(), /<h1 id="iot-p2p-player">/);
    const page = await fetch(`${url}docs/components/iot-p2p-voice.html`);
    assert.match(await page.text(), /href="\.\.\/start\.html"/);
    const picture = await fetch(`${url}docs/images/playing.jpg`);
    assert.equal(picture.headers.get('content-type'), 'image/jpeg');
    await picture.arrayBuffer();
    for (const gone of ['docs/gone.html', 'docs/images/..%2f..%2fpackage.json', 'docs/images/README.md']) {
      assert.equal((await fetch(url + gone)).status, 404, gone);
    }
  });

  test('refuses a request for another host name, as a rebound name would send it', async () => {
    const url = await start();
    const { host, port } = new URL(url);

    assert.equal(await statusWithHost(url, host), 200);
    assert.equal(await statusWithHost(url, `localhost:${port}`), 200);
    assert.equal(await statusWithHost(url, `evil.example:${port}`), 403);
  });

  test('keeps the xp2pInfo and the token out of pages and scripts', async () => {
    const url = await start();
    const { token, xp2pInfo } = (await (await fetch(`${url}config.json`)).json()) as PreviewConfig;

    assert.equal(xp2pInfo, SECRET);
    assert.ok(token.length >= 32);
    for (const file of ['', 'phone.html', 'frame.js', 'phone.js']) {
      const text = await (await fetch(url + file)).text();
      assert.ok(!text.includes(SECRET) && !text.includes(token), file);
    }
  });

  test('shows what is wrong when the mini program does not build, and recovers at the next load', async () => {
    const project = copyOfProject();
    const page = path.join(project, 'pages/feed/feed');
    const wxml = fs.readFileSync(`${page}.wxml`, 'utf8');
    fs.writeFileSync(`${page}.wxml`, '<view wx:if="{{ a b }}"><script>alert(1)</script></view>');
    const url = await start({ project });

    const broken = await fetch(url);
    const text = await broken.text();
    assert.equal(broken.status, 500);
    assert.match(text, /pages\/feed\/feed\.wxml:1:\d+ error/);
    assert.ok(!text.includes('<script>alert'));

    fs.writeFileSync(`${page}.wxml`, wxml);
    assert.equal((await fetch(url)).status, 200);
  });

  test('builds anew when a source changed since', async () => {
    const project = copyOfProject();
    const url = await start({ project });
    const script = path.join(project, 'pages/feed/feed.js');
    fs.writeFileSync(script, `Page({ data: { marker: 'changed-source' } });`);
    fs.utimesSync(script, new Date(), new Date(Date.now() + 5000));

    await fetch(`${url}phone.html`);

    assert.match(await (await fetch(`${url}phone.js`)).text(), /changed-source/);
  });

  test('names a missing component, a missing package and wrong WXSS', async () => {
    const project = copyOfProject();
    fs.writeFileSync(
      path.join(project, 'pages/feed/feed.json'),
      '{ "usingComponents": { "a": "iot-p2p-player/components/none/none" } }',
    );
    fs.writeFileSync(path.join(project, 'pages/feed/feed.wxss'), '.a { color: red;');
    const url = await start({ project, packageFolder: path.join(project, 'missing') });

    const text = await (await fetch(url)).text();

    assert.match(text, /usingComponents\.a: cannot resolve/);
    assert.match(text, /feed\.wxss:1:1 error: Unclosed block/);
    assert.match(text, /iot-p2p-player error: .*missing does not exist/);
  });

  test('frees its port when it closes', async () => {
    const url = await start();
    await preview?.close();

    await assert.rejects(fetch(url));
  });
});
