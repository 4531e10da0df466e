import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import type { TalkReport } from '../../devkit/camera/talk';
import { discardTalk, talkFolder } from '../../devkit/camera/talk-sink';
import type { OpenTalkSink } from '../../devkit/camera/talk-sink';
import { flvHeader } from '../../p2p-core/flv/tag-writer';
import { StreamPriority } from '../../p2p-core/transport/types';
import { fakeCamera } from './fake-camera';
import type { FakeCamera } from './fake-camera';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-talk-'));
after(() => fs.rmSync(folder, { recursive: true }));

const POST = { method: 'POST' };
const deviceStatus = (camera: FakeCamera): string =>
  (
    camera.get('/command?action=inner_define&channel=0&cmd=get_device_st&type=voice').response.json() as {
      status: string;
    }[]
  )[0]!.status;

function talkingCamera(openTalkSink: OpenTalkSink): FakeCamera & { reports: TalkReport[] } {
  const reports: TalkReport[] = [];
  return { ...fakeCamera({ openTalkSink, onTalk: (report) => reports.push(report) }), reports };
}

describe('talk', () => {
  test('of PCM becomes a WAV file that says how long it is', () => {
    const out = path.join(folder, 'pcm');
    const camera = talkingCamera(talkFolder(out));
    const { request, response } = camera.get('/voice?channel=0&sample_rate=16000&channels=2', POST);
    assert.equal(response.status, 200, 'the viewer knows that it is heard');
    assert.equal(response.isEnded, false);
    assert.equal(response.priority, StreamPriority.Command);
    const samples = Uint8Array.from({ length: 6_400 }, (_, i) => i & 0xff);
    // The network cuts anywhere, in the first bytes too.
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 700],
      [700, 6_400],
    ]) {
      request.onBody!(samples.subarray(from, to));
    }
    request.onBodyEnd!();
    assert.equal(response.isEnded, true);
    assert.deepEqual(response.json(), { status: '0', format: 'pcm', bytes: 6_400 });
    assert.deepEqual(camera.reports, [{ format: 'pcm', byteCount: 6_400, isComplete: true }]);

    const wav = fs.readFileSync(path.join(out, 'talk-1.wav'));
    assert.equal(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 16), 'RIFFWAVEfmt ');
    assert.equal(wav.readUInt32LE(4), wav.length - 8);
    assert.deepEqual(
      [wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt32LE(28)],
      [1, 2, 16_000, 64_000],
    );
    assert.deepEqual([wav.readUInt16LE(32), wav.readUInt16LE(34), wav.readUInt32LE(40)], [4, 16, 6_400]);
    assert.deepEqual(new Uint8Array(wav.subarray(44)), samples);
  });

  test('of FLV is kept as it is, beside what is there already', () => {
    const out = path.join(folder, 'flv');
    const camera = talkingCamera(talkFolder(out));
    fs.writeFileSync(path.join(out, 'talk-1.flv'), 'mine');
    const { request } = camera.get('/voice?channel=0', POST);
    const bytes = flvHeader(false, true);
    for (const byte of bytes) request.onBody!(Uint8Array.of(byte));
    request.onBodyEnd!();
    assert.deepEqual(new Uint8Array(fs.readFileSync(path.join(out, 'talk-2.flv'))), bytes);
    assert.equal(fs.readFileSync(path.join(out, 'talk-1.flv'), 'utf8'), 'mine');
    assert.deepEqual(camera.reports, [{ format: 'flv', byteCount: 13, isComplete: true }]);
  });

  test('is taken for what the request says, whatever its first bytes look like', () => {
    for (const format of ['pcm', 'flv'] as const) {
      const camera = talkingCamera(discardTalk);
      const { request } = camera.get(`/voice?channel=0&format=${format}`, POST);
      request.onBody!(format === 'pcm' ? flvHeader(false, true) : new Uint8Array(13));
      request.onBodyEnd!();
      assert.deepEqual(camera.reports, [{ format, byteCount: 13, isComplete: true }]);
    }
  });

  test('is for one viewer at a time, and for the next one as soon as it ends', () => {
    const camera = talkingCamera(discardTalk);
    assert.equal(deviceStatus(camera), '0');
    const first = camera.get('/voice?channel=0', POST);
    assert.equal(deviceStatus(camera), '1');
    const second = camera.get('/voice?channel=0', { ...POST, viewerId: 2 });
    assert.equal(second.response.status, 409);
    assert.equal(second.response.isEnded, true);
    assert.equal(second.request.onBody, null, 'what it says is not listened to');
    first.request.onBodyEnd!();
    assert.equal(deviceStatus(camera), '0');
    const third = camera.get('/voice?channel=0', { ...POST, viewerId: 2 });
    third.request.onBody!(new Uint8Array(100));
    third.request.onAbort!();
    assert.equal(deviceStatus(camera), '0');
    assert.deepEqual(camera.reports, [
      { format: 'none', byteCount: 0, isComplete: true },
      { format: 'pcm', byteCount: 100, isComplete: false },
    ]);
  });

  test('with a format that does not exist, or on a channel that does not, is refused', () => {
    for (const [query, status] of [
      ['channel=0&sample_rate=0', 400],
      ['channel=0&sample_rate=1e9', 400],
      ['channel=0&channels=3', 400],
      ['channel=0&format=mp3', 400],
      ['channel=7', 404],
    ] as const) {
      assert.equal(talkingCamera(discardTalk).get(`/voice?${query}`, POST).response.status, status, query);
    }
  });

  test('is broken off when it cannot be kept, and the place is free again', () => {
    const rows: [string, OpenTalkSink][] = [
      [
        'no room to begin',
        () => {
          throw new Error('ENOSPC');
        },
      ],
      [
        'no room to go on',
        () => ({
          write() {
            throw new Error('ENOSPC');
          },
          close() {},
        }),
      ],
    ];
    for (const [name, open] of rows) {
      const camera = talkingCamera(open);
      const { request, response } = camera.get('/voice?channel=0', POST);
      request.onBody!(new Uint8Array(100));
      assert.equal(response.isAborted, true, name);
      assert.equal(deviceStatus(camera), '0', name);
      assert.deepEqual(
        camera.reports.map((report) => report.isComplete),
        [false],
      );
    }
    const camera = talkingCamera(() => ({
      write() {},
      close() {
        throw new Error('ENOSPC');
      },
    }));
    const { request, response } = camera.get('/voice?channel=0', POST);
    request.onBody!(new Uint8Array(100));
    request.onBodyEnd!();
    assert.equal(response.isAborted, true, 'no room at the end');
  });

  test('ends at a size that fills no disk', () => {
    const camera = talkingCamera(discardTalk);
    const { request, response } = camera.get('/voice?channel=0', POST);
    const block = new Uint8Array(16 * 1024 * 1024);
    for (let i = 0; i < 16; i++) request.onBody!(block);
    assert.equal(response.isEnded, false);
    request.onBody!(block);
    assert.equal(response.isAborted, true);
  });
});
