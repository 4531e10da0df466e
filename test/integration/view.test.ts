import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { newIdentity, ticketOf } from '../../devkit/camera/identity';
import type { CameraHost } from '../../devkit/camera/camera-host';
import { createSimulatedCamera } from '../../devkit/camera/simulated-camera';
import { runCli } from '../../devkit/cli/run';
import { createCountingPort } from '../../devkit/port/counting-port';
import { createNodePort } from '../../devkit/port/node-port';
import { startServers } from '../../devkit/servers/servers';
import type { Servers } from '../../devkit/servers/servers';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { FlvTag } from '../../p2p-core/flv/tag-reader';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { until } from '../devkit/until';
import { checkQlog } from '../support/qlog-check';

/** The headless viewer against the simulated camera: real sockets, real time, everything of the core in between. */
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-view-'));
const LOOP_MS = 10_240;

let servers: Servers;
let camera: CameraHost;
let xp2pInfo = '';
const cameraPort = createCountingPort(createNodePort({ includeLoopback: true }));

before(async () => {
  servers = await startServers();
  const identity = newIdentity();
  const ticket = ticketOf(identity, {
    signalingUrl: servers.signalingUrl,
    stunServers: [servers.stunServer],
  });
  xp2pInfo = formatXp2pInfo(ticket);
  let isOnline = false;
  camera = createSimulatedCamera({
    port: cameraPort,
    ticket,
    staticKeyPair: identity.keyPair,
    onStateChange: (state) => (isOnline = state === 'online'),
  });
  await camera.start();
  await until(() => isOnline);
});

after(async () => {
  camera.stop();
  await servers.close();
  fs.rmSync(folder, { recursive: true });
  await until(
    () => Object.values(cameraPort.use()).every((count) => count === 0),
    'the camera leaves nothing',
  );
});

function readTags(file: string): FlvTag[] {
  const tags: FlvTag[] = [];
  const reader = createFlvReader({ onTag: (tag) => tags.push({ ...tag, data: new Uint8Array(tag.data) }) });
  assert.equal(reader.feed(fs.readFileSync(file)), true, reader.error);
  return tags;
}

function view(args: string[], signal?: AbortSignal): { exitCode: Promise<number>; err: string[] } {
  const err: string[] = [];
  const exitCode = runCli(['view', xp2pInfo, ...args], {
    out() {},
    err: (line) => err.push(line),
    signal: signal ?? new AbortController().signal,
    env: {},
  });
  return { exitCode, err };
}

const isMedia = (tag: FlvTag): boolean => tag.type !== FlvTagType.Script && !tag.isSequenceHeader;

/** The recording must be a run of the endless loop: same tags, same order, same distances in time. */
function assertIsPartOfLoop(recorded: FlvTag[], source: FlvTag[]): void {
  const init = recorded.filter((tag) => !isMedia(tag));
  assert.deepEqual(
    init,
    source.filter((tag) => !isMedia(tag)),
  );
  const media = recorded.filter(isMedia);
  const loop = source.filter(isMedia);
  const first = media[0]!;
  const startIndex = loop.findIndex((tag) => Buffer.from(tag.data).equals(first.data));
  assert.ok(startIndex >= 0 && first.isKeyframe, 'the recording starts with a key frame of the source');
  const startMs = loop[startIndex]!.timestampMs;
  media.forEach((tag, index) => {
    const position = startIndex + index;
    const expected = loop[position % loop.length]!;
    const expectedMs = expected.timestampMs + LOOP_MS * Math.floor(position / loop.length) - startMs;
    assert.deepEqual({ ...tag, timestampMs: 0 }, { ...expected, timestampMs: 0 }, `tag ${index}`);
    assert.equal(tag.timestampMs, expectedMs, `time of tag ${index}`);
  });
}

describe('the headless viewer', () => {
  test('records the camera byte for byte, each quality, two viewers at once', async () => {
    const runs = [
      { quality: 'super', seconds: 6 },
      { quality: 'standard', seconds: 5 },
    ].map(({ quality, seconds }) => {
      const file = path.join(folder, `${quality}.flv`);
      const { exitCode, err } = view(['-o', file, '--quality', quality, '--seconds', String(seconds)]);
      return { quality, seconds, file, exitCode, err };
    });
    for (const { quality, seconds, file, exitCode, err } of runs) {
      assert.equal(await exitCode, 0, err.join('\n'));
      const recorded = readTags(file);
      assertIsPartOfLoop(recorded, readTags(path.join(process.cwd(), `devkit/fixtures/${quality}.flv`)));
      assert.ok(recorded.at(-1)!.timestampMs >= seconds * 1000);
    }
    await until(() => camera.viewerCount === 0);
  });

  test('keeps a complete file when it is stopped in the middle', async () => {
    const abort = new AbortController();
    const file = path.join(folder, 'stopped.flv');
    const { exitCode, err } = view(['-o', file], abort.signal);
    await until(() => fs.existsSync(file) && fs.statSync(file).size > 50_000);
    abort.abort();
    assert.equal(await exitCode, 0, err.join('\n'));
    assertIsPartOfLoop(readTags(file), readTags(path.join(process.cwd(), 'devkit/fixtures/high.flv')));
    await until(() => camera.viewerCount === 0);
  });

  test('writes a trace of what went over the network, and nothing of what was in it', async () => {
    const file = path.join(folder, 'traced.flv');
    const traceFile = path.join(folder, 'traced.qlog');
    const { exitCode, err } = view(['-o', file, '--seconds', '2', '--qlog', traceFile]);
    assert.equal(await exitCode, 0, err.join('\n'));
    const text = fs.readFileSync(traceFile, 'utf8');
    const { traces } = checkQlog(text);
    const events = traces[0]!.events;
    const received = events.filter(({ name }) => name === 'transport:packet_received');
    const bytes = received.reduce((sum, { data }) => sum + (data['raw'] as { length: number }).length, 0);
    assert.ok(bytes > fs.statSync(file).size, 'all of the recording came in packets');
    assert.equal(events.at(-1)!.name, 'connectivity:connection_closed');
    assert.ok(!text.includes(xp2pInfo.slice(4, 20)));
    await until(() => camera.viewerCount === 0);
  });

  test('says why and exits with 1 when a trace cannot be written, before anything is connected', async () => {
    const noSuchFile = path.join(folder, 'no', 'such', 'folder.qlog');
    const { exitCode, err } = view(['-o', path.join(folder, 'untraced.flv'), '--qlog', noSuchFile]);
    assert.equal(await exitCode, 1);
    assert.match(err.join('\n'), /ENOENT/);
  });

  test('says why and exits with 1 when the camera goes away, and keeps what it got', async () => {
    const file = path.join(folder, 'lost.flv');
    const { exitCode, err } = view(['-o', file]);
    await until(() => fs.existsSync(file) && fs.statSync(file).size > 50_000);
    camera.stop();
    assert.equal(await exitCode, 1);
    assert.match(err.join('\n'), /\(-2807\)/);
    assertIsPartOfLoop(readTags(file), readTags(path.join(process.cwd(), 'devkit/fixtures/high.flv')));
  });
});
