/**
 * Real cameras and viewers of the command line behind real NATs: network namespaces, nftables, and Debian's coturn as STUN
 * and TURN server.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import esbuild from 'esbuild';
import { until } from '../devkit/until';
import { canMakeNamespaces, SERVER, Sites } from './sites';
import type { Router, Site } from './sites';

const SECRET = 'the secret of the test relay';
const MQTT_PORT = 9001;
const TURN_PORT = 3478;
const ROUTERS: Router[] = ['open', 'full-cone', 'restricted', 'port-restricted', 'symmetric'];
const isPicky = (router: Router): boolean => router === 'symmetric' || router === 'port-restricted';
/** What no two routers can do: a new port for each destination against a filter that wants the port. */
const needsRelay = (a: Router, b: Router): boolean =>
  (a === 'symmetric' && isPicky(b)) || (b === 'symmetric' && isPicky(a));

const folder = path.join(process.cwd(), '.build', `nat-${process.pid}`);
const bundle = path.join(folder, 'cli.mjs');
const isPossible = canMakeNamespaces();
const skip = isPossible ? false : 'this machine allows no network namespaces with nftables';

interface Running {
  child: ChildProcess;
  out(): string;
  err(): string;
  exitCode(): number | null;
}

const children: ChildProcess[] = [];

function start(namespace: string, command: string, args: string[]): Running {
  const child = spawn('ip', ['netns', 'exec', namespace, command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, IOT_P2P_TURN_SECRET: SECRET },
  });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => (out = (out + chunk).slice(-100_000)));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return { child, out: () => out, err: () => err, exitCode: () => child.exitCode };
}

const cli = (namespace: string, ...args: string[]): Running =>
  start(namespace, process.execPath, [bundle, ...args]);

test('network namespaces with nftables can be made here', { skip }, () => assert.ok(isPossible));

describe('cameras and viewers behind real NATs', { skip }, () => {
  const sites = new Sites();
  const cameras = new Map<Router, Running>();
  const viewers = new Map<Router, Site>();
  const everythingTold: Running[] = [];

  // The runner ends a file that takes too long.
  const onEnd = (): never => {
    sites.closeNow();
    process.exit(1);
  };
  process.once('SIGTERM', onEnd).once('SIGINT', onEnd);

  before(async () => {
    await esbuild.build({
      ...{ entryPoints: ['devkit/cli/main.ts'], outfile: bundle, absWorkingDir: process.cwd() },
      ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' },
    });
    await sites.open();
    start(sites.server, 'turnserver', [
      '-n',
      ...['--listening-ip', SERVER, '--listening-ip', '203.0.113.2', '--relay-ip', SERVER],
      ...['--listening-port', String(TURN_PORT), '--use-auth-secret', `--static-auth-secret=${SECRET}`],
      ...['--realm', 'nat.test', '--no-tls', '--no-dtls', '--no-cli', '--no-tcp-relay'],
      ...['--min-port', '49160', '--max-port', '49400', '--denied-peer-ip', '10.0.0.0-10.255.255.255'],
      ...['--pidfile', path.join(folder, 'turn.pid'), '--userdb', path.join(folder, 'turn.db')],
      ...['--log-file', 'stdout', '--simple-log'],
    ]);
    const servers = cli(sites.server, 'servers', '--host', SERVER, '--mqtt-port', String(MQTT_PORT));
    await until(() => servers.out().includes('signaling '), 'the rendezvous runs');
    for (const router of ROUTERS) {
      const site = await sites.add(router);
      const url = `ws://${SERVER}:${MQTT_PORT}/mqtt`;
      const server = `${SERVER}:${TURN_PORT}`;
      const camera = cli(site.host, 'camera', '--signaling', url, '--stun', server, '--turn', server, '-v');
      cameras.set(router, camera);
      everythingTold.push(camera);
    }
    for (const router of [...ROUTERS, 'blocked' as const]) viewers.set(router, await sites.add(router));
    for (const camera of cameras.values()) {
      await until(
        () => /online/.test(camera.err()) && /^XP2P\S+\n/.test(camera.out()),
        'the camera is online',
      );
    }
  });

  after(async () => {
    process.off('SIGTERM', onEnd).off('SIGINT', onEnd);
    for (const child of children) child.kill('SIGKILL');
    await sites.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  async function view(from: Router, to: Router, ...more: string[]): Promise<Running> {
    const xp2pInfo = cameras.get(to)!.out().trim();
    const viewer = cli(viewers.get(from)!.host, 'view', xp2pInfo, '-o', '-', '--seconds', '2', '-v', ...more);
    everythingTold.push(viewer);
    await until(() => viewer.exitCode() !== null, `viewer ${from}, camera ${to}: ${viewer.err()}`);
    return viewer;
  }

  const kindsOf = (viewer: Running): string[] =>
    [...viewer.err().matchAll(/^(?:connected|path changed) \((\w+)\)$/gm)].map((match) => match[1]!);

  for (const from of ROUTERS) {
    for (const to of ROUTERS) {
      test(`viewer ${from}, camera ${to}: plays${needsRelay(from, to) ? ' over the relay' : ', directly'}`, async (t) => {
        const viewer = await view(from, to);
        assert.equal(viewer.exitCode(), 0, viewer.err());
        const kinds = kindsOf(viewer);
        const firstByteMs = /first byte after (\d+) ms/.exec(viewer.err())?.[1];
        t.diagnostic(`${kinds.join(' → ')}, first byte after ${firstByteMs} ms`);
        assert.equal(kinds.pop() === 'relay', needsRelay(from, to), viewer.err());
      });
    }
  }

  test('relay-only where a direct path would be there', async (t) => {
    const viewer = await view('open', 'full-cone', '--path', 'relay-only');
    assert.equal(viewer.exitCode(), 0, viewer.err());
    assert.deepEqual([...new Set(kindsOf(viewer))], ['relay']);
    t.diagnostic(/first byte after \d+ ms/.exec(viewer.err())![0]);
  });

  test('direct-only where there is no direct path, and UDP blocked: an error that says so', async () => {
    for (const [from, to, policy] of [
      ['symmetric', 'symmetric', 'direct-only'],
      ['blocked', 'open', 'all'],
    ] as const) {
      const viewer = await view(from, to, '--path', policy);
      assert.equal(viewer.exitCode(), 1);
      assert.match(viewer.err(), /no (?:network )?path to the (?:camera|peer)/);
    }
  });

  test('every camera knows how its router treats UDP (RFC 5780)', () => {
    for (const [router, mapping, filtering] of [
      ['open', 'independent', 'independent'],
      ['full-cone', 'independent', 'independent'],
      ['restricted', 'independent', 'address'],
      ['port-restricted', 'independent', 'address-and-port'],
      ['symmetric', 'address-and-port', 'address-and-port'],
    ] as const) {
      const told = /nat: mapping (\S+), filtering (\S+)/.exec(cameras.get(router)!.err());
      assert.deepEqual(told?.slice(1), [mapping, filtering], router);
    }
  });

  test('nothing of all this has told a secret', () => {
    for (const running of everythingTold) {
      const told = running.err();
      assert.ok(!/XP2P[A-Za-z0-9_-]{20}/.test(told), 'an xp2pInfo');
      assert.ok(!told.includes(SECRET), 'the secret of the relay');
      // REST passwords are base64 of 20 bytes.
      assert.ok(!/[A-Za-z0-9+/]{27}=/.test(told), 'a password');
    }
  });
});
