import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../contract/signaling.contract';
import { settle, until } from '../devkit/until';
import { CameraRig, picturesIn, probe } from './rig';
import type { Packet, Running } from './rig';

const rig = new CameraRig();
let server: Running;
before(async () => {
  await rig.start();
  server = await rig.startRtspServer('aac');
});
after(() => rig.close());

/** The longest time between two packets of a stream, and that none goes back. */
function longestGapMs(packets: readonly Packet[]): number {
  let longestMs = 0;
  for (const [index, packet] of packets.entries()) {
    if (index === 0) continue;
    const stepMs = packet.dtsMs - packets[index - 1]!.dtsMs;
    assert.ok(stepMs >= 0, `time goes back at packet ${index}`);
    longestMs = Math.max(longestMs, stepMs);
  }
  return longestMs;
}

/**
 * A stream is whole. GStreamer stamps packets as they come, and drops what comes too late to it: on a machine that stumbles some
 * have moved, and a few may be missing; a hole, or every other one, is a fault of ours.
 */
function assertWhole(packets: readonly Packet[], what: string): void {
  const steps = packets.slice(1).map(({ dtsMs }, index) => dtsMs - packets[index]!.dtsMs);
  const middleMs = [...steps].sort((a, b) => a - b)[steps.length >> 1]!;
  const usual = steps.filter((stepMs) => stepMs > middleMs / 2 && stepMs < middleMs * 1.5);
  const usualMs = usual.reduce((sum, stepMs) => sum + stepMs, 0) / usual.length;
  const missing = (packets.at(-1)!.dtsMs - packets[0]!.dtsMs) / usualMs + 1 - packets.length;
  assert.ok(
    missing <= packets.length / 20,
    `${what}: ${missing.toFixed(1)} of ${packets.length} are missing`,
  );
  const gapMs = longestGapMs(packets);
  assert.ok(gapMs <= 400, `${what}: a hole of ${gapMs} ms`);
}

const ofCodec = (packets: readonly Packet[], codec: string): Packet[] =>
  packets.filter((packet) => packet.codec === codec);

describe('a camera on RTSP', () => {
  test('is viewed as it is: a key frame first, pictures and sound without a gap and together', async (t) => {
    const camera = await rig.startCamera(['--source', rig.sourceUrl]);
    // Its server may leave out more than a second of pictures right after it has started: somebody else sees that.
    await rig.record(camera.xp2pInfo, 'before.flv', 75);
    const viewer = rig.view(camera.xp2pInfo, 'live.flv', 8);
    assert.deepEqual(await viewer.ended, [0, null], viewer.err());
    t.diagnostic(viewer.err().split('\n').at(-2)!);
    const packets = probe(rig.file('live.flv'));
    const [video, audio] = [ofCodec(packets, 'h264'), ofCodec(packets, 'aac')];
    assert.equal(video.length + audio.length, packets.length);
    assert.equal(
      packets.find((packet) => packet.codec === 'h264'),
      video[0],
    );
    assert.ok(video[0]!.isKey && video[0]!.dtsMs === 0);
    assert.ok(video.length >= 120, `${video.length} pictures`);
    assertWhole(video, 'pictures');
    assertWhole(audio, 'sound');
    assert.ok(Math.abs(video[0]!.ptsMs - audio[0]!.ptsMs) < 100, 'both begin together');
    assert.ok(Math.abs(video.at(-1)!.ptsMs - audio.at(-1)!.ptsMs) < 200, 'and are together at the end');
    assert.ok(!camera.err().includes('pass@'), 'the password is in no log');
    await camera.stop();
  });

  test('is lost and comes back: viewers go on with their stream', async (t) => {
    const camera = await rig.startCamera(['--source', rig.sourceUrl]);
    const viewer = rig.view(camera.xp2pInfo, 'lost.flv', 60);
    const pictures = (): number => picturesIn(rig.file('lost.flv'));
    await until(() => pictures() > 50, 'the first run');
    await server.stop('SIGKILL');
    await until(() => /again in \d+ ms/.test(camera.err()), 'the loss is noticed');
    await settle(pictures);
    const lostAt = pictures();
    server = await rig.startRtspServer('aac');
    await until(() => pictures() > lostAt + 50, 'the second run');
    await viewer.stop();
    assert.deepEqual(await viewer.ended, [0, null], viewer.err());
    const video = ofCodec(probe(rig.file('lost.flv')), 'h264');
    const gapMs = longestGapMs(video);
    t.diagnostic(`without a picture for ${gapMs} ms`);
    assert.ok(gapMs > 200 && gapMs < 15_000, `${gapMs} ms`);
    const at = video.findIndex(
      (packet, index) => index > 0 && packet.dtsMs - video[index - 1]!.dtsMs === gapMs,
    );
    assert.ok(Math.abs(at - lostAt) < 5, `the gap is at ${at}, the loss was at ${lostAt}`);
    assert.ok(video[at]!.isKey, 'the first picture after it is a key frame');
    assert.equal(camera.err().split('viewer connected').length, 2, 'it is the same session');
    await camera.stop();
  });

  test('that refuses the password is told apart from one that is not there, and neither shows the password', async () => {
    const wrong = await rig.startCamera([
      ...['--source', `rtsp://user:hunter2@127.0.0.1:${rig.rtspPort}/cam`],
      ...['--source', 'rtsp://user:hunter2@127.0.0.1:9/cam'],
    ]);
    await until(() => wrong.err().includes('refuses user or password'), 'the reason of the first');
    await until(() => wrong.err().includes('Connection refused'), 'the reason of the second');
    assert.ok(!wrong.err().includes('hunter2'));
    await wrong.stop();
  });
});

// Each has an agent of its own, and mostly waits.
describe('cameras beside each other', { concurrency: 2 }, () => {
  describe('a camera with G.711 sound', () => {
    test('is heard as AAC, which players know, while the pictures stay as they are', async () => {
      const port = await freePort();
      const other = await rig.startRtspServer('alaw', port);
      const camera = await rig.startCamera([
        '--source',
        rig.sourceUrl.replace(String(rig.rtspPort), String(port)),
      ]);
      await until(() => camera.err().includes('the sound is pcm_alaw'), 'the sound is noticed');
      await until(() => camera.err().includes('first picture'), 'the source runs');
      await rig.record(camera.xp2pInfo, 'g711.flv', 100);
      const packets = probe(rig.file('g711.flv'));
      assert.ok(ofCodec(packets, 'h264').length > 80);
      assert.ok(ofCodec(packets, 'aac').length > 80);
      await camera.stop();
      await other.stop('SIGKILL');
    });
  });

  describe('a camera that is recorded', () => {
    test('leaves sound files when it is stopped, and when it is killed and started again', async () => {
      const folder = rig.file('recordings');
      const files = (): string[] => fs.readdirSync(folder).sort();
      const recorded = (): number => files().reduce((sum, name) => sum + picturesIn(`${folder}/${name}`), 0);
      const record = async (pictures: number): Promise<Running> => {
        const before = fs.existsSync(folder) ? recorded() : 0;
        const camera = await rig.startCamera(['--source', await rig.startHttpFlv(), '--record', folder]);
        await until(() => camera.err().includes('first picture'), 'the source runs');
        await until(() => recorded() >= before + pictures, 'it is recorded');
        return camera;
      };
      await (await record(120)).stop();
      assert.ok(files().every((file) => file.endsWith('.flv')) && files().length >= 1, files().join());
      await (await record(120)).stop('SIGKILL');
      assert.equal(files().filter((file) => file.endsWith('.part')).length, 1);
      await (await record(50)).stop();
      assert.ok(
        files().every((file) => file.endsWith('.flv')),
        files().join(),
      );
      const durations = files().map((file) => {
        const packets = probe(`${folder}/${file}`);
        const video = ofCodec(packets, 'h264');
        assert.ok(video[0]!.isKey, file);
        assertWhole(video, file);
        return video.at(-1)!.dtsMs;
      });
      // More than eleven seconds in three runs; a full minute makes two files of one.
      const allMs = durations.reduce((sum, ms) => sum + ms, 0);
      assert.ok(allMs > 8000 && durations.length >= 3, durations.join());
    });
  });

  describe('a camera with a viewer limit', () => {
    test('refuses one viewer too many with 405 at once, and serves the others', async () => {
      const camera = await rig.startCamera(['--source', rig.sourceUrl, '--max-viewers', '2']);
      await until(() => camera.err().includes('first picture'), 'the source runs');
      const viewers = ['a.flv', 'b.flv'].map((file) => rig.view(camera.xp2pInfo, file, 60));
      await until(() => camera.err().includes('camera: 2 viewers'), 'two viewers');
      const third = rig.view(camera.xp2pInfo, 'c.flv', 4);
      assert.deepEqual(await third.ended, [1, null]);
      assert.match(third.err(), /405 too many viewers \(-2804\)/);
      const pictures = ['a.flv', 'b.flv'].map((file) => picturesIn(rig.file(file)));
      await until(() =>
        ['a.flv', 'b.flv'].every((file, at) => picturesIn(rig.file(file)) > pictures[at]! + 25),
      );
      for (const viewer of viewers) {
        await viewer.stop();
        assert.deepEqual(await viewer.ended, [0, null], viewer.err());
      }
      await camera.stop();
    });
  });
});
