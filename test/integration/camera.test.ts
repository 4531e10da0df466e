import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { CameraHost } from '../../devkit/camera/camera-host';
import type { CameraChannel } from '../../devkit/camera/channel';
import { newIdentity, ticketOf } from '../../devkit/camera/identity';
import type { RecordedClip } from '../../devkit/camera/recordings';
import { createSimulatedCamera } from '../../devkit/camera/simulated-camera';
import { openChannels } from '../../devkit/camera/sources';
import { talkFolder } from '../../devkit/camera/talk-sink';
import { createCountingPort } from '../../devkit/port/counting-port';
import { createNodePort } from '../../devkit/port/node-port';
import { startServers } from '../../devkit/servers/servers';
import type { Servers } from '../../devkit/servers/servers';
import { concatBytes } from '../../p2p-core/bytes/concat';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { FlvTag } from '../../p2p-core/flv/tag-reader';
import { createP2PModule } from '../../p2p-core/index';
import type { P2PModule } from '../../p2p-core/index';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { settle, until } from '../devkit/until';

/** What the guide's API gets of a simulated camera beside the live picture: real sockets, real time. */
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-camera-'));
const ID = 'camera';
const CHANNEL = 1;

let servers: Servers;
let camera: CameraHost;
let channels: CameraChannel[];
let viewer: P2PModule;
/** What the recorder hands to whoever listens for its frames. */
type FrameListener = (res: { frameBuffer: ArrayBuffer }) => void;
const cameraPort = createCountingPort(createNodePort({ includeLoopback: true }));
const eofs: string[] = [];

before(async () => {
  servers = await startServers();
  const identity = newIdentity();
  const ticket = ticketOf(identity, {
    signalingUrl: servers.signalingUrl,
    stunServers: [servers.stunServer],
  });
  let isOnline = false;
  channels = openChannels(cameraPort.clock, { sourceName: 'test:', channelCount: 2 });
  camera = createSimulatedCamera({
    ...{ port: cameraPort, ticket, staticKeyPair: identity.keyPair, channels },
    openTalkSink: talkFolder(folder),
    onStateChange: (state) => (isOnline = state === 'online'),
  });
  await camera.start();
  await until(() => isOnline);
  viewer = createP2PModule(createNodePort({ includeLoopback: true }));
  assert.equal(await viewer.init({ appParams: {} }), 0);
  const url = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0';
  const msgCallback = (_event: string, subtype: string): void => {
    if (subtype === 'eof') eofs.push(subtype);
  };
  const res = await viewer.startP2PService(ID, { url, xp2pInfo: formatXp2pInfo(ticket) }, { msgCallback });
  assert.equal(res, 0);
});

after(async () => {
  viewer.destroy();
  camera.stop();
  await servers.close();
  fs.rmSync(folder, { recursive: true });
  await until(
    () => Object.values(cameraPort.use()).every((count) => count === 0),
    'the camera leaves nothing',
  );
});

async function command(text: string): Promise<unknown> {
  const result = await viewer.sendCommand(ID, `action=inner_define&channel=${CHANNEL}&cmd=${text}`);
  assert.equal(result.type, 'success', result.errmsg);
  return JSON.parse(result.data as string);
}

function tagsOf(...parts: Uint8Array[]): FlvTag[] {
  const tags: FlvTag[] = [];
  const reader = createFlvReader({ onTag: (tag) => tags.push({ ...tag, data: new Uint8Array(tag.data) }) });
  for (const part of parts) assert.equal(reader.feed(part), true, reader.error);
  return tags;
}

const isMedia = (tag: FlvTag): boolean => tag.type !== FlvTagType.Script && !tag.isSequenceHeader;

function wholeFile(clip: RecordedClip): Uint8Array {
  const reader = clip.file.open();
  const bytes = reader.read(0, clip.file.byteCount);
  reader.close();
  return bytes;
}

/** The newest clip of the channel, found as an app finds it. */
async function newestClip(): Promise<RecordedClip> {
  const now = new Date();
  const nowS = Math.floor(now.getTime() / 1000);
  const period = `start_time=${nowS - 24 * 3600}&end_time=${nowS}`;
  const { video_list } = (await command(`get_record_index&${period}`)) as {
    video_list: { start_time: string; end_time: string }[];
  };
  assert.ok(video_list.length >= 1);
  const { start_time, end_time } = video_list.at(-1)!;
  const { file_list } = (await command(`get_file_list&${period}&file_type=0`)) as {
    file_list: { file_name: string; start_time: string }[];
  };
  const file = file_list.find((entry) => entry.start_time === start_time)!;
  const clip = channels[CHANNEL]!.recordings.find(file.file_name)!;
  assert.deepEqual([String(clip.startS), String(clip.endS)], [start_time, end_time]);
  return clip;
}

describe('recordings over the network', () => {
  test('play byte for byte as they were recorded, with pause, seek and a normal end', async () => {
    const clip = await newestClip();
    const parts: Uint8Array[] = [];
    const fromS = clip.startS + 3;
    const params = `action=playback&channel=${CHANNEL}&start_time=${fromS}&end_time=${clip.endS}`;
    const started = await viewer.startStream(ID, {
      flv: { filename: 'ipc.flv', params },
      dataCallback: (data) => parts.push(new Uint8Array(data)),
    });
    assert.equal(started, 0);
    const progressMs = async (): Promise<number> => {
      const { status, progress } = (await command('playback_progress')) as Record<string, string>;
      assert.equal(status, '0');
      return Number(progress);
    };
    while ((await progressMs()) < 1_500) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(await command('playback_pause'), { status: '0' });
    const pausedMs = await progressMs();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await progressMs(), pausedMs);
    await settle(() => parts.length);
    const before = tagsOf(...parts).filter(isMedia);

    const seekMs = (clip.endS - fromS - 3) * 1000;
    assert.deepEqual(await command(`playback_seek&progress=${seekMs}`), { status: '0' });
    assert.deepEqual(await command('playback_resume'), { status: '0' });
    await until(() => eofs.length === 1, 'the playback ends');

    const tags = tagsOf(...parts).filter(isMedia);
    const recorded = tagsOf(wholeFile(clip)).filter(isMedia);
    const runs = [
      { played: tags.slice(0, before.length), fromMs: 3_000 },
      { played: tags.slice(before.length), fromMs: 3_000 + seekMs },
    ];
    for (const { played, fromMs } of runs) {
      const entry = recorded.filter((tag) => tag.isKeyframe && tag.timestampMs <= fromMs).at(-1)!;
      const entryIndex = recorded.indexOf(entry);
      const expected = recorded.slice(entryIndex, entryIndex + played.length);
      const normalized = (list: FlvTag[]): FlvTag[] =>
        list.map((tag) => ({ ...tag, timestampMs: tag.timestampMs - list[0]!.timestampMs }));
      assert.deepEqual(normalized(played), normalized(expected), `from ${fromMs} ms`);
    }
    assert.equal(tags[0]!.timestampMs, 0);
    assert.deepEqual(tags.at(-1)!.data, recorded.at(-1)!.data, 'up to the very end');
    viewer.stopStream(ID);
  });

  test('download byte for byte, however often it is interrupted', async () => {
    const clip = await newestClip();
    const received: Uint8Array[] = [];
    let receivedBytes = 0;
    let statuses: number[] = [];
    for (let interruptions = 0; receivedBytes < clip.file.byteCount; interruptions++) {
      assert.ok(interruptions < 10);
      const urlParams = `channel=${CHANNEL}&file_name=${clip.fileName}&offset=${receivedBytes}`;
      const stopBytes = interruptions < 3 ? receivedBytes + clip.file.byteCount / 5 : Infinity;
      await viewer.startLocalDownload(
        ID,
        { urlParams },
        {
          onHeadersReceived: (head) => {
            statuses = [...statuses, head?.status ?? 0];
          },
          onChunkReceived: (chunk) => {
            received.push(new Uint8Array(chunk));
            receivedBytes += chunk.byteLength;
            if (receivedBytes >= stopBytes) viewer.stopLocalDownload(ID);
          },
          onComplete() {},
        },
      );
    }
    assert.deepEqual(statuses, [200, 206, 206, 206]);
    assert.deepEqual(concatBytes(...received), wholeFile(clip));
  });

  test('are refused with 404 where there is none, and with 416 behind the end of a file', async () => {
    const clip = await newestClip();
    const refusal = async (params: string): Promise<number> => {
      let status = 0;
      await viewer.startLocalDownload(
        ID,
        { urlParams: params },
        {
          onChunkReceived() {},
          onComplete() {},
          onFailure: (result) => {
            status = result?.status ?? 0;
          },
        },
      );
      return status;
    };
    assert.equal(await refusal('channel=1&file_name=none.flv'), 404);
    const offset = clip.file.byteCount;
    assert.equal(await refusal(`channel=${CHANNEL}&file_name=${clip.fileName}&offset=${offset}`), 416);
    assert.equal(await refusal(`channel=9&file_name=${clip.fileName}`), 404);
  });
});

describe('talk over the network', () => {
  test('arrives as it was recorded, and the camera says that it is busy meanwhile', async () => {
    const listeners: { start: () => void; stop: (res: object) => void; frame: FrameListener } = {
      start() {},
      stop() {},
      frame() {},
    };
    const recorder = {
      start: () => listeners.start(),
      stop: () => listeners.stop({ duration: 100 }),
      resume() {},
      onStart: (listener: (res: never) => void) => (listeners.start = listener as () => void),
      onStop: (listener: (res: never) => void) => (listeners.stop = listener as (res: object) => void),
      onPause() {},
      onResume() {},
      onError() {},
      onFrameRecorded: (listener: (res: never) => void) => (listeners.frame = listener as FrameListener),
    };
    const deviceStatus = async (): Promise<string> =>
      ((await command('get_device_st&type=voice')) as { status: string }[])[0]!.status;
    assert.equal(await deviceStatus(), '0');
    assert.equal(await viewer.startVoice(ID, recorder, { sampleRate: 16_000, numberOfChannels: 1 }), 0);
    assert.equal(await deviceStatus(), '1');

    const said = Uint8Array.from({ length: 64_000 }, (_, i) => (i * 13) & 0xff);
    for (let at = 0; at < said.length; at += 2_000) {
      listeners.frame({ frameBuffer: said.slice(at, at + 2_000).buffer });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    viewer.stopVoice(ID);
    const file = path.join(folder, 'talk-1.wav');
    const WAV_HEADER_BYTES = 44;
    await until(() => fs.statSync(file).size === WAV_HEADER_BYTES + said.length, 'all was heard');
    while ((await deviceStatus()) !== '0') await new Promise((resolve) => setTimeout(resolve, 10));
    const wav = fs.readFileSync(file);
    assert.deepEqual([wav.readUInt32LE(24), wav.readUInt32LE(40)], [16_000, said.length]);
    assert.deepEqual(new Uint8Array(wav.subarray(WAV_HEADER_BYTES)), said);
  });
});
