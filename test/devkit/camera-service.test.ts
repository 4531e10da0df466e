import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { parseConfig } from '../../devkit/camera/agent-config';
import type { CameraStatus } from '../../devkit/camera/agent-health';
import { runCli } from '../../devkit/cli/run';
import { startServers } from '../../devkit/servers/servers';
import { freePort } from '../support/free-port';
import { until } from './until';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-service-'));
after(() => fs.rmSync(folder, { recursive: true }));

/** The fenced block behind `<!-- file: name -->` of docs/camera.md. */
function shown(name: string): string {
  const [, page = ''] = fs.readFileSync('docs/camera.md', 'utf8').split(`<!-- file: ${name} -->\n`);
  return /```[^\n]*\n([\s\S]*?\n)```/.exec(page)![1]!;
}

describe('the files of docs/camera.md', () => {
  test('have cameras that the agent takes', () => {
    const env = { RENDEZVOUS_PASSWORD: 'x', CAMERA_PASSWORD: 'y' };
    const { cameras } = parseConfig(shown('cameras.yaml'), 'cameras.yaml', env);
    assert.deepEqual(
      cameras.map(({ name, onvif, subSource }) => [name, onvif.length, subSource.length]),
      [
        ['door', 1, 1],
        ['yard', 0, 0],
      ],
    );
    assert.deepEqual(cameras[1]!.grants, { family: ['view', 'talk', 'ptz', 'playback'], guest: ['view'] });
  });

  test('have a service that systemd has nothing against', (t) => {
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) return t.skip('no systemd-analyze here');
    const unit = path.join(folder, 'iot-p2p-camera.service');
    const text = shown('iot-p2p-camera.service');
    assert.ok(text.includes('/usr/local/bin/iot-p2p'));
    fs.writeFileSync(unit, text.replace('/usr/local/bin/iot-p2p', process.execPath));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], {
      encoding: 'utf8',
    });
    const ours = stderr.split('\n').filter((line) => line.includes('iot-p2p-camera'));
    assert.deepEqual([status, ours], [0, []], stderr);
  });
});

describe('several cameras of one file', () => {
  test('are one process: each with its xp2pInfos, its health and its lines of the log, and none with a secret', async () => {
    const servers = await startServers({ login: { user: 'agent', password: 'hunter2' } });
    const file = path.join(folder, 'cameras.yaml');
    const healthPort = await freePort();
    fs.writeFileSync(
      file,
      `
signaling: ${servers.signalingUrl}
stun: ${servers.stunServer}
login: 'agent:\${SECRET}'
logFormat: json
verbose: true
cameras:
  - { name: door, state: ${folder}/door.json, grants: { guest: [view] } }
  - name: yard 2
    source: 'rtsp://admin:\${SECRET}@127.0.0.1:9/live?token=\${SECRET}'
    onvif: 'http://admin:\${SECRET}@127.0.0.1:9/'
    talkExec: [ 'no-such-program', '\${SECRET}' ]
`,
    );
    const [out, err]: [string[], string[]] = [[], []];
    const abort = new AbortController();
    const exitCode = runCli(['camera', '--config', file, '--health-port', String(healthPort)], {
      out: (line) => out.push(line),
      err: (line) => err.push(line),
      signal: abort.signal,
      env: { SECRET: 'hunter2' },
    });
    const linesOf = (camera: string): string[] =>
      err
        .map((line) => JSON.parse(line) as Record<string, string>)
        .flatMap((line) => (line['camera'] === camera ? [line['message']!] : []));
    await until(() => linesOf('door').includes('online for guest (connected)'), 'the guest can call');
    await until(() => linesOf('yard 2').some((text) => text.includes('again in')), 'the source is tried');
    assert.deepEqual(
      out.map((line) => line.replace(/XP2P\S+$/, 'XP2P')),
      ['door XP2P', 'door/guest XP2P', 'yard 2 XP2P'],
    );
    const get = async (at: string): Promise<[number, unknown]> => {
      const response = await fetch(`http://127.0.0.1:${healthPort}${at}`);
      return [response.status, await response.json()];
    };
    const [status, all] = await get('/healthz');
    const { cameras } = all as { cameras: CameraStatus[] };
    assert.deepEqual(
      [status, cameras.map(({ name, isOnline }) => [name, isOnline])],
      [
        200,
        [
          ['door', true],
          ['yard 2', true],
        ],
      ],
    );
    const [, yard] = await get('/healthz/yard%202');
    assert.equal((yard as CameraStatus).name, 'yard 2');
    assert.deepEqual(
      cameras[0]!.grants.map(({ name }) => name),
      ['owner', 'guest'],
    );

    abort.abort();
    assert.equal(await exitCode, 0);
    const told = JSON.stringify([err, all]);
    assert.ok(!told.includes('hunter2'), 'no secret of the file');
    assert.ok(!told.includes('XP2P'), 'and no xp2pInfo');
    await servers.close();
  });

  test('that cannot be run are refused by name, before any of them is', async () => {
    const rows: [string, RegExp, number][] = [
      [
        'signaling: ws://x/\nstun: a:1\ncameras: [{ name: a, linger: x }]',
        /cameras\.yaml: cameras\[0\]\.linger must be a whole number/,
        1,
      ],
      [
        'signaling: ws://x/\nstun: a:1\ncameras: [{ name: a }, { name: b, source: "ftp://x" }]',
        /b: unknown source ftp:\/\/x/,
        1,
      ],
      [
        'signaling: ws://x/\nstun: a:1\ncameras: [{ name: a, record: /tmp/x }, { name: b }]',
        /a: --record is for real cameras/,
        2,
      ],
      ['cameras: [', /cameras\.yaml:1: /, 1],
    ];
    for (const [text, reason, code] of rows) {
      const file = path.join(folder, 'cameras.yaml');
      fs.writeFileSync(file, text);
      const err: string[] = [];
      const context = {
        out: () => assert.fail('nothing runs'),
        err: (line: string) => err.push(line),
        env: {},
      };
      assert.equal(
        await runCli(['camera', '--config', file], { ...context, signal: AbortSignal.abort() }),
        code,
      );
      assert.match(err.join('\n'), reason);
      const beside = await runCli(['camera', '--config', file, '--source', 'test:'], {
        ...context,
        signal: AbortSignal.abort(),
      });
      assert.notEqual(beside, 0);
    }
    assert.match((await refusalOf(['--config', path.join(folder, 'none.yaml')])).join(), /ENOENT/);
  });
});

async function refusalOf(args: string[]): Promise<string[]> {
  const err: string[] = [];
  await runCli(['camera', ...args], {
    out() {},
    err: (line) => err.push(line),
    signal: AbortSignal.abort(),
    env: {},
  });
  return err;
}
