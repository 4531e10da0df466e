import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import esbuild from 'esbuild';
import { until } from '../devkit/until';

/** The command line as users run it: a process of its own, ended by signals. */
const folder = path.join(process.cwd(), '.build', `cli-${process.pid}`);
const bundle = path.join(folder, 'cli.mjs');

before(async () => {
  await esbuild.build({
    ...{ entryPoints: ['devkit/cli/main.ts'], outfile: bundle, absWorkingDir: process.cwd() },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' },
  });
});
after(() => fs.rmSync(folder, { recursive: true }));

interface Running {
  out(): string;
  err(): string;
  /** Exit code and signal, of which one is null. */
  ended: Promise<[number | null, string | null]>;
  kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void;
}

function cli(...args: string[]): Running {
  const child = spawn(process.execPath, [bundle, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return {
    out: () => out,
    err: () => err,
    ended: once(child, 'exit') as Promise<[number | null, string | null]>,
    kill: (signal) => child.kill(signal),
  };
}

describe('a process of the command line', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`closes everything and ends with 0 on ${signal}`, async () => {
      const servers = cli('servers');
      await until(() => servers.out().includes('\nturn-secret '), 'the servers started');
      const [, signalingUrl = '', stun = ''] = /signaling (\S+)\nstun +(\S+)/.exec(servers.out()) ?? [];
      const camera = cli('camera', '--signaling', signalingUrl, '--stun', stun);
      await until(() => /^XP2P\S+\n$/.test(camera.out()), 'the camera printed its xp2pInfo');
      const viewer = cli('view', camera.out().trim(), '-o', '-');
      await until(() => viewer.out().length > 20_000, 'the viewer records');
      camera.kill('SIGHUP');
      await until(() => camera.err().includes('the configuration was read again'), 'SIGHUP ends no camera');
      for (const running of [viewer, camera, servers]) {
        running.kill(signal);
        assert.deepEqual(await running.ended, [0, null]);
      }
    });
  }

  test('ends with 2 for arguments that make no sense', async () => {
    assert.deepEqual(await cli('view').ended, [2, null]);
  });
});
