import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNodePort } from '../../devkit/port/node-port';
import { startServers } from '../../devkit/servers/servers';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import { createP2PModule } from '../../p2p-core/index';
import type { P2PModule } from '../../p2p-core/index';

const PICTURES_PER_SECOND = 25;
const PICTURES_PER_GOP = 50;
/** A key picture is as large as so many others. */
const KEY_PICTURE_WEIGHT = 8;
const URL_OF_VIEWERS = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0';

/** What `/metrics` of an agent says, without labels; several rows of one name are added up. */
export type Metrics = Record<string, number>;

export interface CameraRig {
  /** The agent's. A secret, of no use to anybody once this has ended. */
  readonly xp2pInfo: string;
  metrics(): Promise<Metrics>;
  /** The source breaks, and takes new connections at once. */
  breakSource(): void;
  /** How often the camera was asked to turn, and whether the last thing was to stop. */
  readonly ptz: { moves: number; isTurning: boolean };
  close(): Promise<void>;
}

/** A camera that gives FLV of this bit rate, rendezvous and STUN in this process, and the agent in one of its own. */
export async function startCameraRig(
  cli: string,
  options: { bitsPerSecond: number; maxViewers: number; healthPort: number },
): Promise<CameraRig> {
  const servers = await startServers();
  const ptz = { moves: 0, isTurning: false };
  const camera = http.createServer((request, response) => {
    if (request.url === '/live.flv') return feed(response, options.bitsPerSecond);
    ptz.isTurning = request.url !== '/ptz/stop';
    if (ptz.isTurning) ptz.moves++;
    response.end();
  });
  camera.listen(0, '127.0.0.1');
  await once(camera, 'listening');
  const base = `http://127.0.0.1:${(camera.address() as AddressInfo).port}`;
  const agent = spawn(
    process.execPath,
    [
      ...[cli, 'camera', '--signaling', servers.signalingUrl, '--stun', servers.stunServer],
      ...['--source', `${base}/live.flv`, '--ptz-url', `${base}/ptz/{command}`, '--linger', '3600'],
      ...['--max-viewers', String(options.maxViewers), '--health-port', String(options.healthPort)],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const killAgent = (): void => void agent.kill('SIGKILL');
  process.on('exit', killAgent);
  const xp2pInfo = await firstLine(agent);
  const rig: CameraRig = {
    xp2pInfo,
    ptz,
    async metrics() {
      const response = await fetch(`http://127.0.0.1:${options.healthPort}/metrics`);
      const found: Metrics = {};
      for (const [, name, value] of (await response.text()).matchAll(/^iot_p2p_(\w+)(?:\{.*\})? (\S+)$/gm)) {
        found[name!] = (found[name!] ?? 0) + Number(value);
      }
      return found;
    },
    breakSource: () => camera.closeAllConnections(),
    async close() {
      agent.kill('SIGTERM');
      await once(agent, 'exit');
      process.off('exit', killAgent);
      camera.closeAllConnections();
      camera.close();
      await servers.close();
    },
  };
  // The source is read once at the start, and kept: it is warm from the first picture on.
  while (((await rig.metrics())['source_tags_total'] ?? 0) === 0) await sleep(50);
  return rig;
}

export interface Viewer {
  /** From the request for the stream to its first key picture; null before it. */
  firstPictureMs: number | null;
  bytes: number;
  module: P2PModule;
  /** `errcode errmsg` when the camera refused or was lost. */
  failure: string | null;
}

/** Calls the camera and watches it. Resolves when it does, or was refused. */
export async function watch(xp2pInfo: string): Promise<Viewer> {
  const module = createP2PModule(createNodePort({ includeLoopback: true }));
  const viewer: Viewer = { firstPictureMs: null, bytes: 0, module, failure: null };
  await module.init({ appParams: {} });
  const connected = new Promise<void>((resolve) => {
    const msgCallback = (_event: string, subtype: string, detail: unknown): void => {
      if (subtype === 'connected') resolve();
      if (subtype !== 'fail' && subtype !== 'disconnect') return;
      const { errcode, errmsg } = detail as { errcode: number; errmsg: string };
      viewer.failure = `${errcode} ${errmsg}`;
      resolve();
    };
    void module.startP2PService('camera', { url: URL_OF_VIEWERS, xp2pInfo }, { msgCallback });
  });
  await connected;
  if (viewer.failure !== null) return viewer;
  const startMs = performance.now();
  const reader = createFlvReader({
    onTag: (tag) => {
      if (tag.isKeyframe) viewer.firstPictureMs ??= performance.now() - startMs;
    },
  });
  const dataCallback = (data: ArrayBuffer): void => {
    viewer.bytes += data.byteLength;
    reader.feed(new Uint8Array(data));
  };
  await module.startStream('camera', { dataCallback });
  return viewer;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout!) {
    text += String(chunk);
    const [line] = text.split('\n');
    if (text.includes('\n')) {
      // What it prints later is not wanted, and must not fill the pipe.
      child.stdout!.resume();
      return line!;
    }
  }
  throw new Error('the agent has ended before it printed its xp2pInfo');
}

/** Pictures of no content, with the headers of H.264, as time goes by. */
function feed(response: http.ServerResponse, bitsPerSecond: number): void {
  const gopBytes = (bitsPerSecond / 8 / PICTURES_PER_SECOND) * PICTURES_PER_GOP;
  const pictureBytes = Math.floor(gopBytes / (PICTURES_PER_GOP - 1 + KEY_PICTURE_WEIGHT));
  const startMs = performance.now();
  let count = 0;
  response.writeHead(200, { 'content-type': 'video/x-flv' });
  response.write(flvHeader(true, false));
  response.write(flvTag(FlvTagType.Video, 0, Uint8Array.of(0x17, 0, 0, 0, 0, 1, 77, 0, 30)));
  const timer = setInterval(() => {
    for (; count < ((performance.now() - startMs) / 1000) * PICTURES_PER_SECOND; count++) {
      const isKey = count % PICTURES_PER_GOP === 0;
      const body = new Uint8Array(isKey ? KEY_PICTURE_WEIGHT * pictureBytes : pictureBytes);
      body.set([isKey ? 0x17 : 0x27, 1]);
      response.write(flvTag(FlvTagType.Video, Math.round((count * 1000) / PICTURES_PER_SECOND), body));
    }
  }, 1000 / PICTURES_PER_SECOND);
  response.on('close', () => clearInterval(timer));
}
