import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createNodePort } from '../../devkit/port/node-port';
import { startPreview } from '../../devkit/preview/server';
import { startBroker } from '../../devkit/servers/broker';
import type { Broker } from '../../devkit/servers/broker';
import { makeStreamToken } from '../../devkit/tracker/token';
import { startTrackerWorker } from '../../devkit/tracker/worker';
import { openBrowser } from '../support/browser';
import { freePort } from '../support/free-port';
import { missedOf } from '../support/missed-tags';
import { RESERVE_MS, Viewer } from './viewer';
import type { Stage } from './viewer';

/** Two pictures of the stream: players go on with a whole one, and not all of them begin with the same. */
const TOLERANCE_MS = 2000 / 15;
/** Where only those who share could stand still at all: of what a busy machine does to a dozen processes. */
const BUSY_MS = 300;
/** A second, of the picture and its sound. */
const GOP_TAGS = 60;
/** Turns of this process are watched at this interval. */
const TURN_MS = 20;
/** What has not come by then never will. */
const WAIT_MS = 60_000;
const NMS = path.resolve('test/swarm/node_modules/node-media-server/bin/app.js');

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** This file again, as a process that can be killed. */
const role = process.env['SWARM_ROLE'];
if (role !== undefined) {
  const stage = JSON.parse(process.env['SWARM_STAGE']!) as Stage;
  if (role === 'tracker') {
    const worker = startTrackerWorker({
      port: createNodePort(),
      url: stage.signalingUrl,
      login: stage.trackerLogin,
      secret: Buffer.from(stage.secret, 'hex'),
    });
    setInterval(() => process.send!({ isOnline: worker.stats().isOnline }), 100);
  } else {
    const viewer = new Viewer();
    void viewer.start(stage, true);
    setInterval(() => process.send!({ children: viewer.swarm?.children.length ?? 0 }), 200);
  }
} else {
  describe('a stream of many viewers, with a server that is not ours', { timeout: 170_000 }, runAll);
}

function runAll(): void {
  let broker: Broker;
  let stage: Stage;
  let ports: { rtmp: number; http: number };
  let server: ChildProcess;
  let publisher: ChildProcess;
  let tracker: ChildProcess;
  let victims: ChildProcess[] = [];
  const childrenOf = new Map<ChildProcess, number>();
  const viewers: Viewer[] = [];
  const control = new Viewer();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-swarm-'));

  const startServer = async (): Promise<void> => {
    const options = ['--bind', '127.0.0.1', '--no-admin', '--data-path', folder, '--record-path', folder];
    const listen = ['--rtmp-port', String(ports.rtmp), '--http-port', String(ports.http)];
    server = spawn(process.execPath, [NMS, ...options, ...listen], { stdio: 'ignore' });
    await until('the server listens', () => canConnect(ports.rtmp));
    publisher = publish(`rtmp://127.0.0.1:${ports.rtmp}/live/room`);
  };
  /** Resolves when it hears viewers. */
  const startTracker = async (): Promise<void> => {
    tracker = forkRole('tracker', stage);
    let isListening = false;
    tracker.on('message', ({ isOnline }: { isOnline: boolean }) => (isListening ||= isOnline));
    await until('the tracker is there', () => isListening);
  };
  /** How long this process was kept from running, in pieces that a picture would show. */
  let heldUpMs = 0;
  let turnedMs = performance.now();
  const turns = setInterval(() => {
    const awayMs = performance.now() - turnedMs;
    turnedMs += awayMs;
    if (awayMs > 3 * TURN_MS) heldUpMs += awayMs - TURN_MS;
  }, TURN_MS);
  /** The longest that the server and this machine let anybody wait for a picture while `run` runs. */
  const slowestOpening = async (run: () => Promise<void>): Promise<number> => {
    let isRunning = true;
    let slowestMs = 0;
    const probing = (async () => {
      while (isRunning) {
        const askedMs = performance.now();
        if (await sends(stage.url)) slowestMs = Math.max(slowestMs, performance.now() - askedMs);
        await pause(50);
      }
    })();
    await run();
    isRunning = false;
    await probing;
    return slowestMs;
  };
  /**
   * Nobody's picture stands still for longer than that of the viewer without a swarm while `run` runs. Where the server is
   * away from all of them, it must go on when that one does; how long it stood still is a matter of what its player held
   * before, which is less for who was fed by others, by as much as they are behind. Who has to go back to the server waits as
   * long for it as anybody who asks it then.
   */
  const assertNoWorse = async (what: string, run: () => Promise<void>): Promise<void> => {
    const before = [control, ...viewers].map((viewer) => {
      const { stallMs, bufferedMs } = viewer;
      return { viewer, stallMs, bufferedMs };
    });
    const heldUpBeforeMs = heldUpMs;
    const openingMs = await slowestOpening(run);
    const busyMs = heldUpMs - heldUpBeforeMs + openingMs;
    const [alone, ...shared] = before.map(({ viewer, stallMs, bufferedMs }) => {
      const stoodMs = viewer.stallMs - stallMs;
      return { stoodMs, bufferedMs, resumedMs: stoodMs > 0 ? viewer.resumedMs : 0 };
    });
    const { stoodMs: aloneMs } = alone!;
    const text = shared.map(({ stoodMs, bufferedMs, resumedMs }) => {
      const later = aloneMs > 0 ? `, on again ${Math.round(resumedMs - alone!.resumedMs)} ms later` : '';
      return `${Math.round(stoodMs)} ms (held ${Math.round(bufferedMs)} ms${later})`;
    });
    const held = Math.round(alone!.bufferedMs);
    console.log(
      `${what}: alone ${Math.round(aloneMs)} ms (held ${held} ms); sharing ${text.join(', ')}; the machine held all up for ${Math.round(busyMs - openingMs)} ms, the server opened within ${Math.round(openingMs)} ms`,
    );
    shared.forEach(({ stoodMs, bufferedMs, resumedMs }, i) => {
      // Whose player did not hold its reserve by then stands still for as much longer.
      const missingMs = Math.max(0, RESERVE_MS - bufferedMs);
      if (aloneMs === 0) return assert.ok(stoodMs <= BUSY_MS + busyMs + missingMs, text[i]);
      assert.ok(resumedMs <= alone!.resumedMs + TOLERANCE_MS + busyMs, text[i]);
      const lessMs = Math.max(0, alone!.bufferedMs - bufferedMs);
      assert.ok(stoodMs <= aloneMs + lessMs + TOLERANCE_MS + busyMs, text[i]);
    });
    const lost = [...viewers, control].flatMap((viewer) => viewer.lost);
    assert.deepEqual(lost, []);
  };

  before(async () => {
    const [rtmp, http] = [await freePort(), await freePort()];
    ports = { rtmp, http };
    const trackerLogin = { user: 'tracker', password: randomBytes(16).toString('hex') };
    broker = await startBroker({ host: '127.0.0.1', port: 0, trackerLogin });
    stage = {
      url: `http://127.0.0.1:${http}/live/room.flv`,
      signalingUrl: `ws://127.0.0.1:${broker.port}/mqtt`,
      trackerLogin,
      secret: randomBytes(32).toString('hex'),
    };
    await Promise.all([startServer(), startTracker()]);
    await until('the server has the stream', () => sends(stage.url));
    await control.start(stage, false);
    victims = [0, 1].map(() => forkRole('viewer', stage));
    for (const victim of victims)
      victim.on('message', ({ children }: { children: number }) => childrenOf.set(victim, children));
    for (let i = 0; i < 6; i++) {
      const viewer = new Viewer();
      viewers.push(viewer);
      await viewer.start(stage, true);
      await pause(300);
    }
  });

  after(async () => {
    clearInterval(turns);
    for (const viewer of [control, ...viewers]) viewer.module.destroy();
    for (const child of [publisher, server, tracker, ...victims]) child.kill('SIGKILL');
    await broker.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('viewers leave the server for each other, and each gets the tags of the server', async () => {
    const onPeers = (): number => viewers.filter(({ swarm }) => swarm?.isOnPeers).length;
    await until('half of the viewers are on peers', () => onPeers() >= 3);
    const counts = viewers.map(({ tags }) => tags.length);
    await until('there is enough to compare', () =>
      viewers.every(({ tags }, i) => tags.length > counts[i]! + 150),
    );
    const all = viewers.map(({ tags, swarm }) => ({ tags: [...tags], rescues: swarm?.rescues ?? 0 }));
    const { length } = control.tags;
    await until('the one alone has all of it too', () => control.tags.length > length + GOP_TAGS);
    for (const { tags, rescues } of all) {
      const missed = missedOf(control.tags, tags);
      console.log(`missed ${missed} of ${tags.length} tags, ${rescues} rescues`);
      // Whom others kept waiting goes on with the server's newest key frame; on a machine with time to spare nobody has to.
      assert.ok(missed <= rescues * GOP_TAGS, `${missed} of ${tags.length} tags in ${rescues} rescues`);
    }
    const sum = (name: 'serverBytes' | 'peerBytes'): number =>
      viewers.reduce((total, { swarm }) => total + (swarm?.[name] ?? 0), 0);
    const share = sum('peerBytes') / (sum('peerBytes') + sum('serverBytes'));
    console.log(
      `${onPeers()} of ${viewers.length} viewers on peers; ${Math.round(100 * share)} % came from peers`,
    );
    assert.ok(sum('peerBytes') > 0);
  });

  test('a phone in the preview joins them, and takes from others or gives to them', async () => {
    const account = new Uint8Array(randomBytes(8));
    const expiryS = Math.floor(Date.now() / 1000) + 3600;
    const swarmToken = makeStreamToken(Buffer.from(stage.secret, 'hex'), stage.url, { expiryS, account });
    const { url: flvUrl, signalingUrl } = stage;
    const preview = await startPreview({ room: { flvUrl, swarmToken, signalingUrl } });
    const browser = await openBrowser();
    try {
      await browser.page.goto(`${preview.url}#/story/room`);
      await browser.page.waitForSelector('#frame[data-ready]');
      const phone = browser.page.frames().find((frame) => frame.url().includes('/phone.html'))!;
      const panel = (): Promise<string> =>
        phone.evaluate(() => document.querySelector<HTMLElement>('[class*=panel]')?.innerText ?? 'no panel');
      // Somebody has to take it from the server: a phone that does gives it to the others.
      try {
        await phone.waitForFunction(
          () => {
            const rows = [...document.querySelectorAll('[class*="player-server--value"]')].map(
              (value) => value.textContent,
            );
            const [, , , takenMb, , givenMb] = rows.map((text) => Number.parseFloat(text ?? ''));
            return takenMb! > 0 || givenMb! > 0;
          },
          null,
          { timeout: WAIT_MS },
        );
        console.log(`the phone shows: ${(await panel()).replace(/\n/g, ', ')}`);
      } catch (error) {
        throw new Error(`the phone has no share in it; it shows: ${await panel()}`, { cause: error });
      }
      assert.deepEqual(browser.errors, []);
    } finally {
      await browser.close();
      await preview.close();
    }
  });

  test('nobody waits longer than without a swarm when a parent is killed', async () => {
    const victim = victims.find((each) => (childrenOf.get(each) ?? 0) > 0) ?? victims[0]!;
    const children = childrenOf.get(victim) ?? 0;
    await assertNoWorse(`a parent of ${children} was killed`, async () => {
      victim.kill('SIGKILL');
      await pause(5000);
    });
  });

  test('…when the tracker is killed and comes back', async () => {
    await assertNoWorse('the tracker was killed', async () => {
      tracker.kill('SIGKILL');
      await pause(3000);
      await startTracker();
      await pause(3000);
    });
  });

  test('…when the server is killed for three seconds', async () => {
    await assertNoWorse('the server was killed', async () => {
      const killedMs = performance.now();
      server.kill('SIGKILL');
      publisher.kill('SIGKILL');
      await pause(3000);
      await startServer();
      await until('everybody has a picture again', () =>
        [control, ...viewers].every(({ resumedMs }) => resumedMs > killedMs),
      );
    });
  });
}

function forkRole(name: string, stage: Stage): ChildProcess {
  const env = { ...process.env, SWARM_ROLE: name, SWARM_STAGE: JSON.stringify(stage) };
  return fork(fileURLToPath(import.meta.url), { env, execArgv: [], stdio: 'ignore' });
}

/** A picture with a clock, sound, and noise that is another one in each run, as that of a camera. */
function publish(url: string): ChildProcess {
  const seed = String(randomBytes(3).readUIntBE(0, 3));
  const video = `testsrc2=size=320x240:rate=15,noise=alls=6:allf=t:all_seed=${seed}`;
  const input = ['-re', '-f', 'lavfi', '-i', video, '-f', 'lavfi', '-i', 'sine=frequency=440'];
  const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'];
  const rate = ['-g', '15', '-b:v', '300k', '-maxrate', '300k', '-bufsize', '150k'];
  const output = ['-c:a', 'aac', '-b:a', '32k', '-f', 'flv', url];
  return spawn('ffmpeg', ['-loglevel', 'quiet', ...input, ...h264, ...rate, ...output], { stdio: 'ignore' });
}

/** More than the headers of the stream, and less than its smallest key frame with them. */
const PICTURE_BYTES = 2000;

/** Whether there is a picture to be had at this url. */
async function sends(url: string): Promise<boolean> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), 5000);
  try {
    const { ok, body } = await fetch(url, { signal: abort.signal });
    const reader = body!.getReader();
    for (let byteCount = 0; ok && byteCount < PICTURE_BYTES;) {
      const { done, value } = await reader.read();
      if (done) return false;
      byteCount += value.length;
    }
    return ok;
  } catch {
    return false; // nobody listens, or there was too little to send
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const done = (isOpen: boolean) => () => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.on('connect', done(true)).on('error', done(false));
  });
}

async function until(
  what: string,
  isDone: () => boolean | Promise<boolean>,
  withinMs = WAIT_MS,
): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (!(await isDone())) {
    assert.ok(Date.now() < endMs, `${what}: not within ${withinMs} ms`);
    await pause(100);
  }
}
