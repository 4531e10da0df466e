import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { openChannels } from '../../../devkit/camera/sources';
import { runCli } from '../../../devkit/cli/run';
import { createNodePort } from '../../../devkit/port/node-port';
import { startHttpFlv } from '../../../devkit/servers/http-flv';
import { startServers } from '../../../devkit/servers/servers';
import { OriginEye } from '../../../devkit/tracker/origin-eye';
import { serveMetrics } from '../../../devkit/tracker/metrics';
import { loadOrCreateTrackerSecret, readTrackerSecret } from '../../../devkit/tracker/secret-file';
import { makeStreamToken } from '../../../devkit/tracker/token';
import { startTrackerWorker } from '../../../devkit/tracker/worker';
import { toHex } from '../../../p2p-core/bytes/hex';
import { OriginSource } from '../../../p2p-core/origin/origin-source';
import { createRendezvous } from '../../../p2p-core/signaling/rendezvous';
import type { Rendezvous } from '../../../p2p-core/signaling/types';
import { Canonicalizer } from '../../../p2p-core/swarm/canonicalizer';
import { parseStreamToken, streamIdOf } from '../../../p2p-core/swarm/stream-token';
import { TrackerChannel } from '../../../p2p-core/swarm/tracker-channel';
import { shardTopic } from '../../../p2p-core/swarm/tracker-sealing';
import type { TrackerMessage } from '../../../p2p-core/swarm/tracker-types';
import { until } from '../until';

const fillRandom = (bytes: Uint8Array): void => void randomFillSync(bytes);
const SECRET = new Uint8Array(32).fill(9);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-tracker-'));
after(() => fs.rmSync(folder, { recursive: true }));

function connect(url: string, login?: { user: string; password: string }): Rendezvous {
  const suffix = new Uint8Array(6);
  fillRandom(suffix);
  return createRendezvous({
    ...{ url, clientId: `viewer-${toHex(suffix)}`, port: createNodePort(), fillRandom },
    ...(login ? { login } : {}),
  });
}

/** A viewer that looks at the origin and talks to the tracker, and shares nothing. */
function watch(rendezvous: Rendezvous, url: string, secret = SECRET, clockAheadMs = 0) {
  const port = createNodePort();
  const account = new Uint8Array(8);
  fillRandom(account);
  const heard: TrackerMessage[] = [];
  const own = new Map<string, string>();
  const eye = new OriginEye((request) => {
    if (request.kind === 'root') own.set(`${request.gopNo} ${request.segNo}`, toHex(request.root));
    else channel.send(request.kind === 'join' ? { ...request, upKbps: 3000, rateKbps: 1000, url } : request);
  });
  const channel = new TrackerChannel({
    ...{ rendezvous, log: port.log, fillRandom, streamId: streamIdOf(url)! },
    clock: { ...port.clock, wallMs: () => port.clock.wallMs() + clockAheadMs },
    token: parseStreamToken(
      makeStreamToken(secret, url, { account, expiryS: Math.floor(Date.now() / 1000) + 600 }),
    )!,
    onMessage: (message) => {
      heard.push(message);
      eye.onMessage(message);
    },
  });
  const tags = new Canonicalizer(eye);
  const source = new OriginSource(
    port,
    port.clock,
    { url, headTimeoutMs: 5000, requestLimitMs: Infinity },
    {
      onHead() {},
      onHeader: (hasVideo, hasAudio) => tags.onHeader(hasVideo, hasAudio),
      onTag: (tag) => tags.onTag(tag),
      onEnd() {},
    },
  );
  source.start();
  return {
    ...{ channel, heard, own },
    roots: () => heard.flatMap((each) => (each.kind === 'roots' ? each.roots : [])),
    stop() {
      source.stop();
      channel.close();
      rendezvous.close();
    },
  };
}

const getText = (url: string): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    http
      .get(url, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      })
      .on('error', reject);
  });

describe('a tracker on a broker', () => {
  test('welcomes viewers, looks at the origin once for all, and tells them roots that are those they find', async () => {
    const login = { user: 'app', password: 'app-password' };
    const servers = await startServers({ login, tracker: { secret: SECRET } });
    const [camera] = openChannels(createNodePort().clock, { sourceName: 'test:' });
    const origin = await startHttpFlv({ source: camera!.source });
    const url = `${origin.url}?quality=standard`;
    const [a, b, late, stranger] = [
      watch(connect(servers.signalingUrl, login), url),
      watch(connect(servers.signalingUrl, login), url),
      watch(connect(servers.signalingUrl, login), url, SECRET, -3_600_000),
      watch(connect(servers.signalingUrl, login), url, new Uint8Array(32)),
    ] as const;
    const metrics = await serveMetrics(0, () => servers.trackerStats()!);
    try {
      const both = (): string[] =>
        a
          .roots()
          .map(({ gopNo, segNo }) => `${gopNo} ${segNo}`)
          .filter((key) => a.own.has(key) && b.own.has(key));
      await until(() => both().length >= 4, 'roots of four segments');
      for (const { gopNo, segNo, root } of a.roots()) {
        const own = a.own.get(`${gopNo} ${segNo}`);
        if (own !== undefined) assert.equal(toHex(root), own, `GOP ${gopNo}, segment ${segNo}`);
      }
      a.channel.send({ kind: 'want', mask: 15, not: [] });
      await until(() => a.heard.some((each) => each.kind === 'offer' && each.slots.length > 0), 'parents');
      await until(() => late.heard.some(({ kind }) => kind === 'welcome'), 'whose clock is an hour slow');
      assert.deepEqual(stranger.heard, [], 'who has no token');

      const stats = servers.trackerStats()!;
      assert.equal(stats.audits, 1);
      assert.equal(stats.members, 4);
      assert.ok(stats.unsound > 0);
      const { status, text } = await getText(`http://127.0.0.1:${metrics.port}/metrics`);
      assert.equal(status, 200);
      assert.match(text, /^iotp2p_tracker_members 4$/m);
      assert.match(text, /^# TYPE iotp2p_tracker_requests_total counter$/m);
      assert.match(text, /^iotp2p_tracker_online 1$/m);
      assert.equal((await getText(`http://127.0.0.1:${metrics.port}/healthz`)).status, 200);

      for (const viewer of [a, b, late]) viewer.channel.send({ kind: 'leave', graceMs: 0 });
      await until(() => servers.trackerStats()!.members === 0 && servers.trackerStats()!.audits === 0);
    } finally {
      for (const viewer of [a, b, late, stranger]) viewer.stop();
      await metrics.close();
      await origin.close();
      await servers.close();
    }
  });

  test('does not look at what is played again', async () => {
    const servers = await startServers();
    const url = 'http://127.0.0.1:1/live.flv';
    const worker = startTrackerWorker({
      ...{ port: createNodePort(), url: servers.signalingUrl, secret: SECRET, audit: null },
      shards: { first: 0, last: 3, count: 4 },
    });
    const spy = connect(servers.signalingUrl);
    const seen: Uint8Array[] = [];
    for (let shard = 0; shard < 4; shard++)
      spy.subscribe(shardTopic(shard), (payload) => seen.push(payload.slice()));
    await until(() => worker.stats().isOnline && spy.state === 'online');
    const rendezvous = connect(servers.signalingUrl);
    const account = new Uint8Array(8);
    const port = createNodePort();
    const heard: string[] = [];
    const channel = new TrackerChannel({
      ...{
        rendezvous,
        clock: port.clock,
        log: port.log,
        fillRandom,
        streamId: streamIdOf(url)!,
        shardCount: 4,
      },
      token: parseStreamToken(makeStreamToken(SECRET, url, { account, expiryS: 4_000_000_000 }))!,
      onMessage: ({ kind }) => heard.push(kind),
    });
    const join = {
      kind: 'join',
      ...{ variant: new Uint8Array(8), ticket: 't', linkKey: new Uint8Array(16) },
      ...{ isCellular: false, upKbps: 0, rateKbps: 0, url, region: '' },
    } as const;
    try {
      channel.send(join);
      await until(() => heard.length === 1 && seen.length === 1);
      channel.send({ kind: 'leave', graceMs: 0 });
      await until(() => worker.stats().members === 0 && seen.length === 2);
      for (const payload of seen.slice()) spy.publish(shardTopic(streamIdOf(url)![1]! % 4), payload);
      await until(() => worker.stats().replayed === 2);
      assert.deepEqual([worker.stats().members, heard.length], [0, 1]);
    } finally {
      channel.close();
      rendezvous.close();
      spy.close();
      await worker.close();
      await servers.close();
    }
  });

  test('may send as fast as it must, and nobody else may', async () => {
    const trackerLogin = { user: 'tracker', password: 'x'.repeat(20) };
    const { startBroker } = await import('../../../devkit/servers/broker');
    const broker = await startBroker({ host: '127.0.0.1', port: 0, trackerLogin });
    const url = `ws://127.0.0.1:${broker.port}/mqtt`;
    const [listener, tracker, other] = [
      connect(url),
      connect(url, trackerLogin),
      connect(url, { ...trackerLogin, password: 'y' }),
    ];
    try {
      let [fast, slow] = [0, 0];
      listener.subscribe(`iotp2p/1/${'a'.repeat(32)}`, () => fast++);
      listener.subscribe(`iotp2p/1/${'b'.repeat(32)}`, () => slow++);
      await until(() => [listener, tracker, other].every(({ state }) => state === 'online'));
      for (let i = 0; i < 180; i++) {
        other.publish(`iotp2p/1/${'b'.repeat(32)}`, new Uint8Array(100));
        for (let k = 0; k < 5; k++) tracker.publish(`iotp2p/1/${'a'.repeat(32)}`, new Uint8Array(100));
      }
      await until(() => fast === 900, 'all of the tracker');
      assert.ok(slow < 180, `${slow} of the other`);
    } finally {
      for (const each of [listener, tracker, other]) each.close();
      await broker.close();
    }
  });
});

describe('a tracker on a broker that limits its clients', () => {
  const secret = new Uint8Array(32).fill(7);
  const start = (url: string, said: string[]) => {
    const port = createNodePort({ log: (_level, message) => void said.push(message) });
    return startTrackerWorker({ port, url, secret, audit: null });
  };

  test('of its own process needs to be told nothing to be known there', async () => {
    const { startBroker } = await import('../../../devkit/servers/broker');
    const { trackerLoginAt } = await import('../../../devkit/servers/own-brokers');
    const login = { user: 'app', password: 'x'.repeat(20) };
    const broker = await startBroker({ host: '127.0.0.1', port: 0, login });
    const url = `ws://127.0.0.1:${broker.port}/mqtt`;
    const said: string[] = [];
    const worker = start(url, said);
    try {
      // Without the login of clients: the broker has let it in as its tracker.
      await until(() => worker.stats().isOnline);
      assert.equal(broker.health().wrongLogins, 0);
      assert.ok(!said.some((message) => message.includes('another process')), said.join('\n'));
      assert.deepEqual(trackerLoginAt(url.replace('127.0.0.1', 'localhost')), trackerLoginAt(url));
      for (const other of [
        `ws://192.0.2.1:${broker.port}/mqtt`,
        url.replace('ws:', 'wss:'),
        'ws://127.0.0.1:1/',
        '?',
      ])
        assert.equal(trackerLoginAt(other), undefined, `${other} is told a password`);
    } finally {
      await worker.close();
      await broker.close();
    }
    assert.equal(trackerLoginAt(url), undefined);
  });

  test('of another process says so when it starts', async () => {
    const said: string[] = [];
    const worker = start('ws://127.0.0.1:1/mqtt', said);
    await worker.close();
    assert.ok(
      said.some((message) => message.includes('another process')),
      said.join('\n'),
    );
  });
});

describe("the tracker's secret", () => {
  test('is made once, for its owner alone', () => {
    const file = path.join(folder, 'secret');
    const secret = loadOrCreateTrackerSecret(file);
    assert.equal(secret.length, 64);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(loadOrCreateTrackerSecret(file), secret);
    fs.chmodSync(file, 0o644);
    assert.throws(() => readTrackerSecret(file), /chmod 600/);
    const short = path.join(folder, 'short');
    fs.writeFileSync(short, 'too short\n', { mode: 0o600 });
    assert.throws(() => readTrackerSecret(short), /32 characters/);
    assert.throws(() => readTrackerSecret(path.join(folder, 'nothing')), /ENOENT/);
  });
});

describe('on the command line', () => {
  const run = async (args: string[]): Promise<{ code: number; out: string[]; err: string[] }> => {
    const [out, err]: [string[], string[]] = [[], []];
    const context = { out: (line: string) => out.push(line), err: (line: string) => err.push(line), env: {} };
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 700);
    const code = await runCli(args, { ...context, signal: abort.signal });
    clearTimeout(timer);
    return { code, out, err };
  };

  test('token prints what a viewer takes, the same account for the same name', async () => {
    const file = path.join(folder, 'for-tokens');
    loadOrCreateTrackerSecret(file);
    const url = 'https://live.example.com/a.flv';
    const tokens = [];
    for (const name of ['alice', 'alice', 'bob']) {
      const { code, out } = await run([
        'token',
        '--secret-file',
        file,
        url,
        '--account',
        name,
        '--hours',
        '1',
      ]);
      assert.equal(code, 0);
      const token = parseStreamToken(out[0]!)!;
      assert.ok(Math.abs(token.expiryS - Date.now() / 1000 - 3600) < 60);
      tokens.push(toHex(token.account));
    }
    assert.equal(tokens[0], tokens[1]);
    assert.notEqual(tokens[0], tokens[2]);
    assert.equal((await run(['token', '--secret-file', file, 'rtmp://a/b'])).code, 1);
    assert.equal((await run(['token', url])).code, 2);
  });

  test('tracker and servers --tracker run until they are stopped, and explain wrong arguments', async () => {
    const file = path.join(folder, 'for-workers');
    const broker = 'ws://127.0.0.1:1/mqtt';
    const common = ['tracker', '--broker', broker, '--secret-file', file];
    const worker = await run([...common, '--metrics', '0', '--shards', '1-2/4']);
    assert.equal(worker.code, 0);
    assert.match(
      worker.out.join('\n'),
      /^metrics http:\/\/127.0.0.1:\d+\/metrics\ntracker of shards 1-2 of 4$/,
    );
    assert.ok(
      worker.err.every((line) => typeof (JSON.parse(line) as { message: string }).message === 'string'),
    );
    for (const wrong of ['4/4', '2-1/4', 'x', '0/0', '0/9999']) {
      assert.equal((await run([...common, '--shards', wrong])).code, 2, wrong);
    }
    assert.equal((await run([...common, '--audit-origin', 'http://user@host'])).code, 2);
    assert.equal((await run(['tracker', '--broker', 'mqtt://a', '--secret-file', file])).code, 2);
    const servers = await run(['servers', '--tracker']);
    assert.equal(servers.code, 0);
    assert.match(servers.out.join('\n'), /\ntracker {3}on ws:[^]*\ntracker-secret [0-9a-f]{64}$/);
  });
});
