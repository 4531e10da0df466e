import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import type { CameraStatus } from '../../devkit/camera/agent-health';
import { loadOrCreateIdentity } from '../../devkit/camera/identity';
import { runCli } from '../../devkit/cli/run';
import { devkitRoot } from '../../devkit/paths';
import { freePort } from '../support/free-port';
import { until } from './until';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-cli-'));
after(() => fs.rmSync(folder, { recursive: true }));

interface Run {
  exitCode: Promise<number>;
  out: string[];
  err: string[];
  stop(): void;
}

function run(args: string[], env: Record<string, string> = {}): Run {
  const out: string[] = [];
  const err: string[] = [];
  const abort = new AbortController();
  const exitCode = runCli(args, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    signal: abort.signal,
    env,
  });
  return { exitCode, out, err, stop: () => abort.abort() };
}

const SERVERS = ['--signaling', 'ws://127.0.0.1:1/mqtt', '--stun', '127.0.0.1:2'];

describe('the command line', () => {
  test('helps: as a whole and for each command, on standard output', async () => {
    const overview = run(['--help']);
    assert.equal(await overview.exitCode, 0);
    for (const name of ['start', 'servers', 'tracker', 'token', 'camera', 'rotate', 'view']) {
      assert.ok(overview.out.join('\n').includes(`\n  ${name} `), name);
      const help = run([name, '--help']);
      assert.equal(await help.exitCode, 0);
      assert.ok(help.out[0]!.startsWith(`usage: iot-p2p ${name}`));
      assert.deepEqual(help.err, []);
    }
  });

  test('explains wrong arguments and exits with 2, without starting anything', async () => {
    const missing = path.join(folder, 'missing');
    const rows: [string[], RegExp, Record<string, string>?][] = [
      [['dance'], /no command dance/],
      [['servers', '--port', '1'], /Unknown option '--port'/],
      [['servers', '--mqtt-port', '70000'], /--mqtt-port must be a whole number from 0 to 65535, not 70000/],
      [['servers', '--stun-port', '-1'], /stun-port/],
      [['servers', '--max-clients', '0'], /--max-clients must be a whole number from 1/],
      [['servers', 'extra'], /too many arguments/],
      [['servers'], /IOT_P2P_LOGIN must be user:password/, { IOT_P2P_LOGIN: 'nobody' }],
      [['camera'], /--signaling is missing/],
      [['camera', '--signaling', 'http://x/'], /ws:\/\/ or wss:\/\//],
      [['camera', '--signaling', 'ws://x/'], /--stun is missing/],
      [['camera', '--signaling', 'ws://x/', '--stun', 'x'], /host:port, not x/],
      [['camera', '--signaling', 'ws://x/', '--stun', 'x:0'], /host:port/],
      [['camera', ...SERVERS, '--max-viewers', '0'], /--max-viewers/],
      [['camera', ...SERVERS, '--channels', '0'], /--channels must be a whole number from 1 to 64/],
      [
        ['camera', ...SERVERS, '--source', 'rtsp://x', '--audio', 'loud'],
        /--audio must be one of auto, copy/,
      ],
      [['camera', ...SERVERS, '--source', 'rtsp://x', '--source', 'test:'], /cannot be mixed/],
      [['camera', ...SERVERS, '--source', 'test:', '--source', 'test:'], /may be given once/],
      [
        ['camera', ...SERVERS, '--source', 'rtsp://x', '--sub-source', 'http://x/v.mjpg'],
        /--sub-source is for video/,
      ],
      [['view'], /<XP2PINFO> is missing/],
      [['view', 'XP2Psecret', 'XP2Psecret', '-o', missing], /too many arguments/],
      [['view', 'XP2Psecret'], /--output is missing/],
      [['view', 'XP2Psecret', '-o'], /argument missing/],
      [['view', 'XP2Psecret', '-o', missing, '--seconds', '0'], /--seconds/],
      [
        ['view', 'XP2Psecret', '-o', missing, '--quality', 'best'],
        /--quality must be one of standard, high, super/,
      ],
      [['start', '--port', 'http'], /--port/],
    ];
    for (const [args, message, env] of rows) {
      const { exitCode, out, err } = run(args, env);
      assert.equal(await exitCode, 2, args.join(' '));
      assert.match(err.join('\n'), message, args.join(' '));
      assert.match(err.join('\n'), /--help/);
      assert.ok(!err.join('\n').includes('XP2Psecret'), 'a secret is not repeated');
      assert.deepEqual(out, []);
    }
    assert.ok(!fs.existsSync(missing));
    const nothing = run([]);
    assert.equal(await nothing.exitCode, 2);
    assert.match(nothing.out[0]!, /usage/);
  });

  test('exits with 1 and says why when something cannot be done', async () => {
    const bad = path.join(folder, 'bad.flv');
    fs.writeFileSync(bad, 'this is no video at all');
    const rows: [string[], RegExp][] = [
      [['camera', ...SERVERS, '--source', 'rtmp://u:hidden@x'], /unknown source rtmp:\/\/x: expected rtsp:/],
      [['camera', ...SERVERS, '--source', `file:${bad}`], /bad\.flv: not a sound FLV file/],
      [['camera', ...SERVERS, '--source', `file:${folder}`], /no standard\.flv/],
      [['camera', ...SERVERS, '--source', 'file:/does/not/exist'], /ENOENT/],
      [['camera', ...SERVERS, '--state', bad], /others may read it/],
      [['camera', ...SERVERS, '--recordings', folder], /ENOENT.*index\.json/],
      [['camera', ...SERVERS, '--talk-out', bad], /EEXIST/],
      [['view', 'nonsense', '-o', path.join(folder, 'out.flv')], /-2001/],
      [['view', 'nonsense', '-o', path.join(folder, 'no', 'such', 'folder.flv')], /ENOENT/],
      [['servers', '--host', '192.0.2.1'], /EADDRNOTAVAIL/],
    ];
    for (const [args, message] of rows) {
      const { exitCode, err } = run(args);
      assert.equal(await exitCode, 1, args.join(' '));
      assert.match(err.join('\n'), message);
    }
  });

  test('gives a camera another identity, and only where there was one', async () => {
    const file = path.join(folder, 'rotate.json');
    const before = loadOrCreateIdentity(file);
    const rotate = run(['rotate', file]);
    assert.equal(await rotate.exitCode, 0);
    const after = loadOrCreateIdentity(file);
    assert.notDeepEqual(after.peerName, before.peerName);
    assert.notDeepEqual(after.secret, before.secret);
    assert.notDeepEqual(after.keyPair.publicKey, before.keyPair.publicKey);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.ok(!fs.existsSync(`${file}.new`));
    const missing = run(['rotate', path.join(folder, 'nobody.json')]);
    assert.equal(await missing.exitCode, 1);
    assert.match(missing.err[0]!, /ENOENT/);
    assert.ok(!fs.existsSync(path.join(folder, 'nobody.json')));
  });

  test('tells how a camera is, and shows its xp2pInfo as a QR code', async () => {
    const servers = run(['servers']);
    await until(() => servers.out.length === 4);
    const [signalingUrl, stun] = servers.out.map((line) => line.split(/ +/)[1]!);
    const source = 'http://user:hidden@127.0.0.1:9/live.flv?token=hidden';
    const healthPort = String(await freePort());
    const camera = run([
      ...['camera', '--signaling', signalingUrl!, '--stun', stun!, '--source', source],
      ...['--health-port', healthPort, '--qr'],
    ]);
    await until(() => camera.out.length === 2 && camera.err.join().includes('online'));
    assert.match(camera.out[1]!, /^[ ▀▄█\n]+$/);
    const get = async (url: string): Promise<[number, string]> => {
      const response = await fetch(`http://127.0.0.1:${healthPort}${url}`);
      return [response.status, await response.text()];
    };
    const [status, body] = await get('/healthz');
    assert.equal(status, 200);
    const { isOnline, cameras } = JSON.parse(body) as { isOnline: boolean; cameras: CameraStatus[] };
    assert.deepEqual([isOnline, cameras.length], [true, 1]);
    assert.equal((JSON.parse((await get('/healthz/camera'))[1]) as CameraStatus).name, 'camera');
    // The stream, and the pictures that can be made of it.
    assert.deepEqual([cameras[0]!.viewers, cameras[0]!.sources.length], [0, 2]);
    assert.deepEqual(cameras[0]!.grants, [{ name: 'owner', isOnline: true, viewers: 0 }]);
    assert.equal((await get('/healthz/other'))[0], 404);
    const [, metrics] = await get('/metrics');
    assert.match(metrics, /^iot_p2p_online\{camera="camera",grant="owner"\} 1$/m);
    assert.match(
      metrics,
      /^iot_p2p_source_starts_total\{camera="camera",channel="camera",source="http:\/\/[^"]*"\} \d+$/m,
    );
    assert.match(metrics, /^# TYPE iot_p2p_source_failures_total counter$/m);
    assert.ok(!(body + metrics + camera.err.join()).includes('hidden'), 'no secret of the source');
    assert.equal((await get('/other'))[0], 404);
    camera.stop();
    assert.equal(await camera.exitCode, 0);
    servers.stop();
    await servers.exitCode;
  });

  test('tells how the servers are, as often as it is asked to', async () => {
    const servers = run(['servers', '--health', '1', '--max-clients', '7', '--behind-proxy']);
    await until(() => servers.err.length > 0);
    assert.equal(
      servers.err[0],
      'health: clients 0, retained 0, messages 0, dropped 0, refused 0, wrongLogins 0',
    );
    servers.stop();
    assert.equal(await servers.exitCode, 0);
  });

  test('runs the servers until stopped', async () => {
    const servers = run(['servers']);
    await until(() => servers.out.length === 4);
    assert.match(servers.out[0]!, /^signaling ws:\/\/127\.0\.0\.1:\d+\/mqtt$/);
    assert.match(servers.out[1]!, /^stun {6}127\.0\.0\.1:\d+$/);
    assert.match(servers.out[2]!, /^turn {6}127\.0\.0\.1:\d+$/);
    assert.match(servers.out[3]!, /^turn-secret [0-9a-f]{48}$/);
    servers.stop();
    assert.equal(await servers.exitCode, 0);
  });
});

describe('the camera of the command line', () => {
  test('takes recordings, a folder for talk and a number of channels, and runs until stopped', async () => {
    const recordings = path.join(folder, 'recordings');
    fs.mkdirSync(recordings);
    fs.copyFileSync(path.join(devkitRoot(), 'fixtures/standard.flv'), path.join(recordings, 'a.flv'));
    fs.writeFileSync(path.join(recordings, 'index.json'), '[{ "file": "a.flv", "start": 1700000000 }]');
    const talkOut = path.join(folder, 'talk');
    const options = ['--recordings', recordings, '--talk-out', talkOut, '--channels', '2'];
    const camera = run(['camera', ...SERVERS, ...options]);
    await until(() => camera.out.length === 1);
    assert.match(camera.out[0]!, /^XP2P/);
    assert.equal(fs.statSync(talkOut).isDirectory(), true);
    camera.stop();
    assert.equal(await camera.exitCode, 0);
  });
});

describe('the identity of a camera', () => {
  test('stays the same in its state file, which only the owner can read', () => {
    const file = path.join(folder, 'camera.json');
    const made = loadOrCreateIdentity(file);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(loadOrCreateIdentity(file), made);
    assert.notDeepEqual(loadOrCreateIdentity(path.join(folder, 'other.json')), made);
  });

  test('is refused when the file holds something else', () => {
    const file = path.join(folder, 'garbage.json');
    for (const text of ['', 'null', '{}', '{"peerName":"AAAA","secret":"","privateKey":7}']) {
      fs.writeFileSync(file, text, { mode: 0o600 });
      assert.throws(() => loadOrCreateIdentity(file), /not a camera's identity/);
    }
  });
});

describe('the folder of the devkit', () => {
  test('is found from a bundle in dist, from a test bundle, and not outside of the repository', () => {
    const expected = path.join(process.cwd(), 'devkit');
    assert.equal(devkitRoot(), expected);
    assert.equal(devkitRoot(path.join(expected, 'dist')), expected);
    assert.throws(() => devkitRoot(os.tmpdir()), /no iot-p2p-devkit/);
  });
});
