import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createFfmpegSupply, ffmpegArguments } from '../../devkit/camera/ffmpeg-supply';
import { createHttpFlvSupply } from '../../devkit/camera/http-flv-supply';
import { ladderArguments, parseRung } from '../../devkit/camera/ladder-supply';
import type { LiveTag } from '../../devkit/camera/live-source';
import { parseSource, withoutSecrets } from '../../devkit/camera/source-url';
import type { TagSupply } from '../../devkit/camera/tag-supply';

const flv = fs.readFileSync('devkit/fixtures/standard.flv');

describe('the name of a source', () => {
  test('tells what it is', () => {
    const rows: [string, object][] = [
      ['test:', { kind: 'loop', name: 'test:' }],
      ['file:/a b.flv', { kind: 'loop', name: 'file:/a b.flv' }],
      ['rtsp://u:p@192.0.2.1:554/h264?ch=1', { kind: 'rtsp', url: 'rtsp://u:p@192.0.2.1:554/h264?ch=1' }],
      ['rtsps://cam.local/1', { kind: 'rtsp', url: 'rtsps://cam.local/1' }],
      ['https://cam.local/live.flv', { kind: 'http-flv', url: 'https://cam.local/live.flv' }],
      ['http://cam.local/video.mjpg', { kind: 'http-mjpg', url: 'http://cam.local/video.mjpg' }],
      ['http://cam/cgi?stream=MJPEG', { kind: 'http-mjpg', url: 'http://cam/cgi?stream=MJPEG' }],
      ['mjpg:http://u:p@cam/video', { kind: 'http-mjpg', url: 'http://u:p@cam/video' }],
      ['/dev/video0', { kind: 'v4l2', device: '/dev/video0' }],
      ['v4l2:/dev/video12', { kind: 'v4l2', device: '/dev/video12' }],
    ];
    for (const [name, spec] of rows) assert.deepEqual(parseSource(name), spec, name);
  });

  test('is refused when it is none, without showing a password', () => {
    for (const name of [
      'rtmp://u:hunter2@host/x',
      'rtsp://',
      'rtsp:/x',
      'mjpg:rtmp://u:hunter2@host/x',
      '/etc/passwd',
      'ftp://h/?key=hunter2',
      '-i',
    ]) {
      assert.throws(
        () => parseSource(name),
        (error: Error) => /expected rtsp:/.test(error.message) && !error.message.includes('hunter2'),
        name,
      );
    }
  });

  test('is shown without user, password and query', () => {
    assert.equal(withoutSecrets('rtsp://admin:p%40ss@10.0.0.9:554/s?token=x'), 'rtsp://10.0.0.9:554/s?…');
    assert.equal(
      withoutSecrets("[rtsp @ 0x1] rtsp://a:b@h/x: Connection refused, 'http://h/y?k=v'"),
      "[rtsp @ 0x1] rtsp://h/x: Connection refused, 'http://h/y?…'",
    );
  });
});

describe('the arguments for ffmpeg', () => {
  const url = 'rtsp://h/a; rm -rf "$HOME" `x`';

  test('hold the URL as one argument, behind -i, and copy what the camera sends', () => {
    const args = ffmpegArguments({ kind: 'rtsp', url }, {});
    assert.equal(args[args.indexOf('-i') + 1], url);
    assert.equal(args[args.indexOf('-rtsp_transport') + 1], 'tcp');
    assert.equal(args[args.indexOf('-c:v') + 1], 'copy');
    assert.equal(args[args.indexOf('-c:a') + 1], 'copy');
    assert.equal(args.at(-1), 'pipe:1');
  });

  test('follow the choices of codecs and transport', () => {
    const args = ffmpegArguments(
      { kind: 'rtsp', url },
      { audio: 'aac', video: 'h264', rtspTransport: 'udp' },
    );
    assert.equal(args[args.indexOf('-c:v') + 1], 'libx264');
    assert.equal(args[args.indexOf('-c:a') + 1], 'aac');
    assert.equal(args[args.indexOf('-rtsp_transport') + 1], 'udp');
    assert.ok(ffmpegArguments({ kind: 'rtsp', url }, { audio: 'none' }).includes('-an'));
    const webcam = ffmpegArguments({ kind: 'v4l2', device: '/dev/video0' }, {});
    assert.equal(webcam[webcam.indexOf('-c:v') + 1], 'libx264');
  });

  test('ask a camera of this host for its picture, and make it H.264', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-v4l2-'));
    const program = path.join(folder, 'ffmpeg');
    const asked = path.join(folder, 'arguments');
    // In place of ffmpeg: there is no such device here.
    fs.writeFileSync(
      program,
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${asked}'\ncat devkit/fixtures/standard.flv\n`,
      { mode: 0o755 },
    );
    const supply = createFfmpegSupply({ kind: 'v4l2', device: '/dev/video7' }, { program });
    assert.equal(supply.name, '/dev/video7');
    const { tags, reason } = await collect(supply);
    assert.ok(tags.length > 300 && tags.some((tag) => tag.isKeyframe));
    assert.equal(reason, 'ffmpeg ended with 0');
    const args = fs.readFileSync(asked, 'utf8').trim().split('\n');
    assert.deepEqual(args.slice(args.indexOf('-f'), args.indexOf('-f') + 4), [
      '-f',
      'v4l2',
      '-i',
      '/dev/video7',
    ]);
    assert.equal(args[args.indexOf('-c:v') + 1], 'libx264');
    fs.rmSync(folder, { recursive: true });
  });

  test('of a quality that is made are those of its height and bit rate, and nothing is made larger', () => {
    assert.deepEqual(parseRung('720p:1M'), { height: 720, bitsPerSecond: 1e6 });
    assert.deepEqual(parseRung('360p:300k'), { height: 360, bitsPerSecond: 300e3 });
    for (const text of ['720:1M', '0p:1M', '720p:1', '720p:0k', '720p:1M;rm'])
      assert.equal(parseRung(text), null);
    const args = ladderArguments({ height: 720, bitsPerSecond: 1e6 });
    assert.equal(args[args.indexOf('-vf') + 1], "scale=-2:'trunc(min(720,ih)/2)*2'");
    assert.equal(args[args.indexOf('-maxrate') + 1], '1000000');
    assert.equal(args[args.indexOf('-c:a') + 1], 'copy');
  });

  test('are not needed where there is no ffmpeg: it says so', async () => {
    const supply = createFfmpegSupply(
      { kind: 'rtsp', url: 'rtsp://u:hunter2@h/x' },
      { program: 'no-such-program' },
    );
    assert.equal(supply.name, 'rtsp://h/x');
    assert.equal((await collect(supply)).reason, 'no-such-program is not installed');
  });
});

/** All tags until the end. */
function collect(supply: TagSupply): Promise<{ tags: LiveTag[]; reason: string }> {
  const tags: LiveTag[] = [];
  return new Promise((resolve) => {
    supply.start({ onTag: (tag) => tags.push(tag), onEnd: (reason) => resolve({ tags, reason }) });
  });
}

describe('a camera that gives FLV over HTTP', () => {
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    switch (pathname) {
      case '/live.flv':
        if (request.headers.authorization !== `Basic ${Buffer.from('cam:p:w').toString('base64')}`) {
          return response.writeHead(401).end();
        }
        // In pieces that cut tags anywhere.
        for (let at = 0; at < flv.length; at += 777) response.write(flv.subarray(at, at + 777));
        return response.end();
      case '/moved':
        return response.writeHead(302, { location: searchParams.get('to') ?? '/moved?to=/moved' }).end();
      case '/text':
        return response.end('<html>this is a page</html>');
      default:
        return response.write(flv.subarray(0, 5000)); // and then nothing
    }
  });
  let base = '';
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  test('is read tag by tag to its end, with the login of the URL and through a redirect', async () => {
    const { tags, reason } = await collect(createHttpFlvSupply(`http://cam:p%3Aw@${base}/live.flv`));
    assert.equal(reason, 'the source has ended');
    assert.ok(tags.length > 300, `${tags.length} tags`);
    assert.ok(tags.some((tag) => tag.isKeyframe));
    const target = encodeURIComponent(`http://cam:p%3Aw@${base}/live.flv`);
    const moved = await collect(createHttpFlvSupply(`http://${base}/moved?to=${target}`));
    assert.equal(moved.tags.length, tags.length);
  });

  test('that refuses, redirects for ever or elsewhere, or sends a page, is given up with the reason', async () => {
    const rows: [string, RegExp][] = [
      ['/live.flv', /answers 401/],
      ['/moved', /redirects too often/],
      ['/moved?to=file:///etc/passwd', /redirects too often, or elsewhere/],
      ['/text', /no sound FLV/],
    ];
    for (const [target, reason] of rows) {
      assert.match((await collect(createHttpFlvSupply(`http://${base}${target}`))).reason, reason, target);
    }
    const nobody = await collect(createHttpFlvSupply('http://127.0.0.1:9/live.flv?token=hunter2'));
    assert.match(nobody.reason, /ECONNREFUSED/);
    assert.ok(!nobody.reason.includes('hunter2'));
  });

  test('is stopped at any moment, and says nothing after it', async () => {
    const supply = createHttpFlvSupply(`http://${base}/endless`);
    await new Promise<void>((resolve) => {
      const stop = supply.start({
        onTag: () => {
          stop();
          resolve();
        },
        onEnd: () => assert.fail('onEnd after stop'),
      });
    });
    supply.start({
      onTag: () => assert.fail('a tag after stop'),
      onEnd: () => assert.fail('an end after stop'),
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
});
