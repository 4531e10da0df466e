import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import esbuild from 'esbuild';
import type { RunningBroker } from '../contract/signaling.contract';
import { freePort } from '../support/free-port';
import { until } from '../devkit/until';
import { findProgram, runScript, startDaemon, temporaryFolder } from './daemon';
import type { Daemon } from './daemon';
import { docFile } from './doc-files';
import { mosquitto } from './engines';

const PROGRAMS = ['mosquitto', 'nginx', 'turnserver', 'turnutils_uclient', 'openssl'];
const missing = PROGRAMS.filter((program) => findProgram(program) === null);
const skip = missing.length > 0 && `not installed: ${missing.join(', ')}`;

const LOGIN = { user: 'app', password: 'correct-horse-battery' };
const TURN_SECRET = 'a-secret-that-only-servers-know';
const PLAIN_LISTEN = 'listen 443 ssl';

describe('the deployment of docs/deploy.md: Mosquitto behind nginx, and coturn', { skip }, () => {
  const folder = temporaryFolder();
  const cli = path.join(process.cwd(), '.build', `deploy-${process.pid}`, 'cli.mjs');
  const certificate = path.join(folder, 'rendezvous.pem');
  const running: Running[] = [];
  let tlsPort = 0;
  let turnPort = 0;
  let broker: RunningBroker;
  let nginx: Daemon;
  let coturn: Daemon;

  before(async () => {
    await esbuild.build({
      ...{ entryPoints: ['devkit/cli/main.ts'], outfile: cli, absWorkingDir: process.cwd() },
      ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' },
    });
    const port = await freePort();
    [tlsPort, turnPort] = [await freePort(), await freePort()];
    broker = await mosquitto.start({ port, login: LOGIN });
    nginx = await startNginx(port);
    coturn = await startCoturn();
  });
  after(async () => {
    for (const each of running) each.child.kill('SIGKILL');
    await broker?.kill();
    await nginx?.kill();
    await coturn?.kill();
    fs.rmSync(path.dirname(cli), { recursive: true, force: true });
  });

  function startNginx(brokerPort: number): Promise<Daemon> {
    const key = path.join(folder, 'rendezvous.key');
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    spawnSync('openssl', [...request, ...names, '-keyout', key, '-out', certificate]);
    const site = docFile('nginx.conf', [
      [PLAIN_LISTEN, `listen 127.0.0.1:${tlsPort} ssl`],
      ['rendezvous.example.com', 'localhost'],
      ['/etc/ssl/certs/rendezvous.pem', certificate],
      ['/etc/ssl/private/rendezvous.key', key],
      ['127.0.0.1:9001', `127.0.0.1:${brokerPort}`],
    ]);
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder};`,
    );
    const configFile = path.join(folder, 'nginx.conf');
    fs.writeFileSync(
      configFile,
      `user root;\ndaemon off;\nmaster_process off;\npid ${folder}/nginx.pid;\nerror_log stderr info;\nevents {}\nhttp {\n${paths.join('\n')}\n${site}}\n`,
    );
    return startDaemon('nginx', ['-c', configFile, '-e', 'stderr'], tlsPort);
  }

  /** `extra`: lines behind those of the page. */
  function startCoturn(port = turnPort, without: readonly string[] = [], extra = ''): Promise<Daemon> {
    const config = docFile('turnserver.conf', [
      ['listening-port=3478', `listening-port=${port}`],
      ['choose-a-long-one', TURN_SECRET],
      ...without.map((line) => [`${line}\n`, ''] as const),
    ]);
    const name = `turnserver-${port}`;
    const configFile = path.join(folder, `${name}.conf`);
    const own = `listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlog-file=stdout\npidfile=${folder}/${name}.pid\nuserdb=${folder}/${name}.db\n`;
    fs.writeFileSync(configFile, config + own + extra);
    return startDaemon('turnserver', ['-c', configFile, '--verbose'], port);
  }

  interface Running {
    child: ReturnType<typeof spawn>;
    out(): string;
    err(): string;
    ended: Promise<unknown[]>;
  }

  function iotP2p(args: readonly string[], login = `${LOGIN.user}:${LOGIN.password}`): Running {
    const child = spawn(process.execPath, [cli, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        IOT_P2P_LOGIN: login,
        IOT_P2P_TURN_SECRET: TURN_SECRET,
        NODE_EXTRA_CA_CERTS: certificate,
      },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const one = { child, out: () => out, err: () => err, ended: once(child, 'exit') };
    running.push(one);
    return one;
  }

  const signalingUrl = (): string => `wss://localhost:${tlsPort}/mqtt`;

  test('plays the simulated camera over wss, with STUN of coturn', async (t) => {
    const camera = iotP2p([
      ...['camera', '-v', '--signaling', signalingUrl(), '--stun', `127.0.0.1:${turnPort}`],
    ]);
    await until(() => /^XP2P\S+\n$/.test(camera.out()), 'the camera printed its xp2pInfo');
    await until(() => camera.err().includes('the STUN server sees this camera'), 'an answer of coturn');
    const xp2pInfo = camera.out().trim();
    const file = path.join(folder, 'live.flv');
    const viewer = iotP2p(['view', '-v', xp2pInfo, '-o', file, '--seconds', '3']);
    assert.deepEqual(await viewer.ended, [0, null], viewer.err());
    const pictures = Number(/(\d+) pictures/.exec(viewer.err())?.[1]);
    assert.ok(pictures >= 40, viewer.err());
    assert.equal(fs.readFileSync(file).subarray(0, 3).toString(), 'FLV');
    t.diagnostic(viewer.err().split('\n').at(-2) ?? '');
    camera.child.kill('SIGTERM');
    assert.deepEqual(await camera.ended, [0, null]);

    // What a full run has written to its logs, of both ends and of every server.
    const logs = [camera.err(), viewer.err(), viewer.out(), nginx.output(), coturn.output()].join('\n');
    const body = xp2pInfo.slice(4, xp2pInfo.indexOf('%'));
    for (let at = 0; at + 12 <= body.length; at += 4) {
      assert.ok(!logs.includes(body.slice(at, at + 12)), 'a log shows a part of the xp2pInfo');
    }
    for (const secret of [LOGIN.password, TURN_SECRET])
      assert.ok(!logs.includes(secret), 'a log shows a password');
  });

  test('tells a viewer with a wrong login that the rendezvous cannot be reached, and a camera as well', async () => {
    const camera = iotP2p(
      ['camera', '--signaling', signalingUrl(), '--stun', `127.0.0.1:${turnPort}`],
      'app:x',
    );
    await until(() => camera.err().includes('login-refused'), 'the camera says why');
    const viewer = iotP2p(['view', camera.out().trim(), '-o', path.join(folder, 'no.flv')], 'app:x');
    assert.deepEqual(await viewer.ended, [1, null]);
    assert.match(viewer.err(), /-2802/);
    camera.child.kill('SIGTERM');
    await camera.ended;
  });

  test('relays for credentials that expire, and for no others', async () => {
    const port = await freePort();
    const loopback = 'denied-peer-ip=127.0.0.0-127.255.255.255';
    const server = await startCoturn(port, [loopback], 'allow-loopback-peers\n');
    try {
      const [user = '', password = ''] = credentials();
      assert.match(relay(port, user, password), /Total lost packets 0/);
      assert.doesNotMatch(relay(port, user, 'guess'), /Total lost packets 0/);
      const expired = user.replace(/^\d+/, '1000000000');
      assert.doesNotMatch(relay(port, expired, password), /Total lost packets 0/);
    } finally {
      await server.kill();
    }
  });

  test('plays through coturn alone, where no other path is allowed', async (t) => {
    const port = await freePort();
    const loopback = 'denied-peer-ip=127.0.0.0-127.255.255.255';
    const server = await startCoturn(port, [loopback], 'allow-loopback-peers\n');
    try {
      const turn = ['--turn', `127.0.0.1:${port}`];
      const stun = ['--stun', `127.0.0.1:${turnPort}`];
      const camera = iotP2p(['camera', '-v', '--signaling', signalingUrl(), ...stun, ...turn]);
      await until(() => /^XP2P\S+\n$/.test(camera.out()), 'the camera printed its xp2pInfo');
      const file = path.join(folder, 'relayed.flv');
      const viewer = iotP2p([
        ...['view', '-v', camera.out().trim(), '-o', file, '--seconds', '3', '--path', 'relay-only'],
      ]);
      assert.deepEqual(await viewer.ended, [0, null], viewer.err());
      assert.match(viewer.err(), /connected \(relay\)/);
      t.diagnostic(viewer.err().split('\n').at(-2) ?? '');
      camera.child.kill('SIGTERM');
      await camera.ended;
      const logs = [camera.err(), viewer.err(), server.output()].join('\n');
      assert.ok(!logs.includes(TURN_SECRET), 'a log shows the secret of the relay');
    } finally {
      await server.kill();
    }
  });

  test('relays nothing into private networks', () => {
    const [user = '', password = ''] = credentials();
    const output = relay(turnPort, user, password);
    assert.match(output, /403|Forbidden/i);
    assert.doesNotMatch(output, /Total lost packets 0/);
  });

  function credentials(): string[] {
    return runScript(docFile('turn-credentials.sh', []), { args: [TURN_SECRET, 'viewer-7'] }).split('\n');
  }

  /** coturn's own client: two allocations that talk to each other through the relay. */
  function relay(port: number, user: string, password: string): string {
    const { stdout, stderr } = spawnSync(
      findProgram('turnutils_uclient')!,
      [
        ...['-y', '-c', '-n', '5', '-m', '1', '-l', '200'],
        ...['-u', user, '-w', password],
        ...['-p', String(port), '127.0.0.1'],
      ],
      { encoding: 'utf8', timeout: 60_000 },
    );
    return stdout + stderr;
  }
});
