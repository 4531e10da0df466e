import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { talkToCamera } from '../../devkit/camera/talk-rtsp';
import { createNodePort } from '../../devkit/port/node-port';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { FlvTag } from '../../p2p-core/flv/tag-reader';
import { flvTag } from '../../p2p-core/flv/tag-writer';
import { createP2PModule } from '../../p2p-core/index';
import type { P2PModule, RecorderManagerLike } from '../../p2p-core/index';
import { freePort } from '../contract/signaling.contract';
import { until } from '../devkit/until';
import { CameraRig, picturesIn, probe } from './rig';

const rig = new CameraRig();
const modules: P2PModule[] = [];
before(async () => {
  await rig.start();
  await rig.startRtspServer('aac');
});
after(() => {
  for (const module of modules) module.destroy();
  return rig.close();
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Beside the tests: viewers and the rendezvous live in this process, and may not stand still meanwhile. */
async function ffmpeg(args: readonly string[]): Promise<void> {
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args]);
}

function tagsOf(file: string): FlvTag[] {
  const tags: FlvTag[] = [];
  const reader = createFlvReader({ onTag: (tag) => tags.push({ ...tag, data: new Uint8Array(tag.data) }) });
  assert.ok(reader.feed(fs.readFileSync(file)), reader.error);
  return tags;
}

/** A viewer in this process, by the API of the guide; `notices` takes what it is told. */
async function viewer(xp2pInfo: string, notices: string[] = []): Promise<P2PModule> {
  const module = createP2PModule(createNodePort({ includeLoopback: true }));
  modules.push(module);
  assert.equal(await module.init({ appParams: {} }), 0);
  const url = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0';
  const msgCallback = (...said: unknown[]): void => void notices.push(JSON.stringify(said));
  assert.equal(await module.startP2PService('id', { url, xp2pInfo }, { msgCallback }), 0);
  return module;
}

/** Of 16-bit PCM of one channel: how often a second it goes through zero, upwards. */
function toneHz(pcm: Buffer, sampleRateHz: number): number {
  let crossings = 0;
  for (let at = 2; at < pcm.length; at += 2) {
    if (pcm.readInt16LE(at - 2) < 0 && pcm.readInt16LE(at) >= 0) crossings++;
  }
  return (crossings * sampleRateHz) / (pcm.length / 2);
}

type Listener = (res: never) => void;

/** What `wx.getRecorderManager` gives, as far as a talk needs it. */
function recorderOf(): RecorderManagerLike & { frame(piece: Uint8Array): void } {
  const listeners = new Map<string, Listener>();
  const on = (event: string) => (listener: Listener) => void listeners.set(event, listener);
  const emit = (event: string, res: object): void => listeners.get(event)?.(res as never);
  return {
    start: () => emit('start', {}),
    stop: () => emit('stop', { duration: 100 }),
    resume() {},
    onStart: on('start'),
    onStop: on('stop'),
    onPause: on('pause'),
    onResume: on('resume'),
    onError: on('error'),
    onFrameRecorded: on('frame'),
    frame: (piece) => emit('frame', { frameBuffer: piece.slice().buffer }),
  };
}

/** What a recorder of a mini program gives: a tone, in pieces. */
function tonePieces(hz: number, sampleRateHz: number, seconds: number): Uint8Array[] {
  const all = Buffer.alloc(2 * sampleRateHz * seconds);
  for (let i = 0; i < all.length / 2; i++) {
    all.writeInt16LE(Math.round(9_000 * Math.sin((2 * Math.PI * hz * i) / sampleRateHz)), 2 * i);
  }
  const pieceBytes = sampleRateHz / 5;
  return Array.from(
    { length: all.length / pieceBytes },
    (_, i) => new Uint8Array(all.subarray(i * pieceBytes, (i + 1) * pieceBytes)),
  );
}

describe('other kinds of cameras', () => {
  test('that send H.265 are copied, as Enhanced RTMP and as players of before know it', async () => {
    const file = rig.file('hevc.ts');
    await ffmpeg([
      ...['-i', 'devkit/fixtures/standard.flv', '-t', '6', '-c:v', 'libx265', '-preset', 'ultrafast'],
      ...['-x265-params', 'log-level=none:keyint=12:bframes=0', '-c:a', 'copy', '-f', 'mpegts', file],
    ]);
    const port = await freePort();
    await rig.startRtspServer('aac', port, { picture: 'h265', feedFile: file });
    const source = rig.sourceUrl.replace(String(rig.rtspPort), String(port));
    const forms = [
      { args: [], codec: 0x68766331, headBytes: { header: 5, picture: 8 } },
      { args: ['--hevc', '12'], codec: 12, headBytes: { header: 5, picture: 5 } },
    ];
    const record = async ({ args, codec }: (typeof forms)[number]): Promise<string> => {
      const camera = await rig.startCamera(['--source', source, ...args]);
      await until(() => camera.err().includes('first picture'), 'the camera is warm');
      assert.match(camera.err(), /the picture is H\.265, which few players know/);
      const output = `hevc-${codec}.flv`;
      await rig.record(camera.xp2pInfo, output, 50);
      await camera.stop();
      return output;
    };
    const outputs = await Promise.all(forms.map(record));
    for (const [index, { codec, headBytes }] of forms.entries()) {
      const output = outputs[index]!;
      const tags = tagsOf(rig.file(output));
      const video = tags.filter((tag) => tag.type === FlvTagType.Video);
      const audio = tags.filter((tag) => tag.type === FlvTagType.Audio);
      assert.ok(video.every((tag) => tag.codec === codec) && audio.every((tag) => tag.codec === 10));
      assert.ok(
        video[0]!.isSequenceHeader && video[1]!.isKeyframe && video.length > 20,
        `${video.length} pictures`,
      );
      assert.ok(Math.abs(video.at(-1)!.timestampMs - audio.at(-1)!.timestampMs) < 300, 'they end together');
      // What the tags hold, ffmpeg reads: as an elementary stream of NAL units with start codes.
      const stream = rig.file(`hevc-${index}.265`);
      const bodies = video.map((tag) =>
        tag.data.subarray(tag.isSequenceHeader ? headBytes.header : headBytes.picture),
      );
      fs.writeFileSync(stream, Buffer.concat([parameterSets(bodies[0]!), ...bodies.slice(1).map(annexB)]));
      const decoded = spawnSync(
        'ffprobe',
        [
          ...['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-of', 'csv=p=0'],
          ...['-show_entries', 'stream=codec_name,nb_read_frames', '-f', 'hevc', stream],
        ],
        { encoding: 'utf8' },
      );
      assert.equal(decoded.stderr, '');
      assert.equal(decoded.stdout.trim(), `hevc,${video.length - 1}`);
    }
  });

  test('over TLS are read as well', async () => {
    const [key, certificate] = [rig.file('key.pem'), rig.file('certificate.pem')];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=camera', '-keyout', key, '-out', certificate],
    ]);
    assert.equal(made.status, 0, String(made.stderr));
    const proxy = tls.createServer(
      { key: fs.readFileSync(key), cert: fs.readFileSync(certificate) },
      (secure) => {
        const plain = net.connect(rig.rtspPort, '127.0.0.1');
        secure.pipe(plain).pipe(secure);
        for (const socket of [secure, plain]) socket.on('error', () => {});
      },
    );
    const port = await freePort();
    await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
    const source = rig.sourceUrl.replace('rtsp:', 'rtsps:').replace(String(rig.rtspPort), String(port));
    const camera = await rig.startCamera(['--source', source]);
    await until(() => camera.err().includes('first picture'), 'the camera is warm');
    await rig.record(camera.xp2pInfo, 'tls.flv', 25);
    assert.ok(probe(rig.file('tls.flv'))[0]!.isKey);
    await camera.stop();
    proxy.close();
  });

  test('have a smaller picture made of theirs, while somebody watches it', async () => {
    const camera = await rig.startCamera([
      '--source',
      await rig.startHttpFlv(),
      '--ladder',
      'standard=180p:100k',
      '--linger',
      '1',
    ]);
    await until(() => camera.err().includes('first picture'), 'the camera is warm');
    assert.ok(!camera.err().includes('at 180p'), 'nobody watches it');
    await Promise.all(
      ['standard', 'high'].map((quality) =>
        rig.record(camera.xp2pInfo, `${quality}.flv`, 50, '--quality', quality),
      ),
    );
    await until(() => camera.err().includes('at 180p: stopped, nobody watches'), 'it ends with its viewer');
    await camera.stop();
    const sizes = ['standard', 'high'].map((quality) => {
      const file = rig.file(`${quality}.flv`);
      const packets = probe(file);
      assert.ok(packets.find(({ codec }) => codec === 'h264')!.isKey, quality);
      assert.ok(
        packets.some(({ codec }) => codec === 'aac'),
        quality,
      );
      const { stdout } = spawnSync(
        'ffprobe',
        [
          '-v',
          'error',
          '-select_streams',
          'v:0',
          '-show_entries',
          'stream=width,height',
          '-of',
          'csv=p=0',
          file,
        ],
        { encoding: 'utf8' },
      );
      return stdout.trim();
    });
    assert.deepEqual(sizes, ['320,180', '640,360']);
    assert.equal(camera.err().split('live.flv: started').length, 2, 'the camera itself is read once');
  });

  test('play what they have recorded, as a file that ffprobe has nothing against', async () => {
    const folder = rig.file('played');
    const recording = await rig.startCamera(['--source', await rig.startHttpFlv(), '--record', folder]);
    await until(() => recording.err().includes('first picture'), 'the camera is warm');
    const recorded = (): number =>
      fs.readdirSync(folder).reduce((sum, name) => sum + picturesIn(`${folder}/${name}`), 0);
    await until(() => recorded() >= 150, 'six seconds are recorded');
    await recording.stop();
    const camera = await rig.startCamera(['--source', await rig.startHttpFlv(), '--record', folder]);
    const notices: string[] = [];
    const module = await viewer(camera.xp2pInfo, notices);
    const nowS = Math.floor(Date.now() / 1000);
    const period = `start_time=${nowS - 60}&end_time=${nowS + 60}`;
    const index = await module.sendCommand(
      'id',
      `action=inner_define&channel=0&cmd=get_record_index&${period}`,
    );
    const { video_list: clips } = JSON.parse(index.data as string) as {
      video_list: { start_time: string; end_time: string }[];
    };
    // Two, where a full minute went by meanwhile: they play as one.
    const [first, last] = [clips[0], clips.at(-1)];
    assert.ok(first && last && Number(last.end_time) - Number(first.start_time) >= 4, String(index.data));
    const file = rig.file('played.flv');
    const pieces: Uint8Array[] = [];
    // A period has five seconds at least.
    const endS = Math.max(Number(last.end_time), Number(first.start_time) + 5);
    const params = `action=playback&channel=0&start_time=${first.start_time}&end_time=${endS}`;
    const dataCallback = (data: ArrayBuffer): void => void pieces.push(new Uint8Array(data));
    const started = await module.startStream('id', { flv: { filename: 'ipc.flv', params }, dataCallback });
    assert.equal(started, 0, `${String(index.data)} ${notices.join(' ')} ${camera.err()}`);
    const lastMs = (): number => {
      let newestMs = 0;
      createFlvReader({ onTag: (tag) => (newestMs = Math.max(newestMs, tag.timestampMs)) }).feed(
        Buffer.concat(pieces),
      );
      return newestMs;
    };
    await until(() => lastMs() > 3_000, 'it is played');
    module.stopStream('id');
    await camera.stop();
    const whole: Uint8Array[] = [Buffer.from('464c5601050000000900000000', 'hex')];
    createFlvReader({ onTag: (tag) => whole.push(flvTag(tag.type, tag.timestampMs, tag.data)) }).feed(
      Buffer.concat(pieces),
    );
    fs.writeFileSync(file, Buffer.concat(whole));
    const video = probe(file).filter(({ codec }) => codec === 'h264');
    assert.ok(video[0]!.isKey && video.length > 70, `${video.length} pictures`);
    for (const [at, packet] of video.entries()) {
      const stepMs = at === 0 ? 40 : packet.dtsMs - video[at - 1]!.dtsMs;
      assert.ok(stepMs > 0 && stepMs < 100, `${stepMs} ms at picture ${at}`);
    }
  });

  test('say what a viewer says, over the back channel of their RTSP', async () => {
    const port = await freePort();
    const said = rig.file('said.pcm');
    await rig.startBackchannelServer(port, 'PCMA', said);
    const url = `rtsp://user:pass@127.0.0.1:${port}/cam`;
    const camera = await rig.startCamera(['--source', 'http://127.0.0.1:9/', '--talk-rtsp', url]);
    const module = await viewer(camera.xp2pInfo);
    const recorder = recorderOf();
    assert.equal(await module.startVoice('id', recorder, { sampleRate: 16_000, numberOfChannels: 1 }), 0);
    for (const piece of tonePieces(440, 16_000, 2)) {
      recorder.frame(piece);
      await sleep(100);
    }
    module.stopVoice('id');
    await until(() => /a viewer talked: 64000 bytes of pcm\n/.test(camera.err()), 'the end of the talk');
    await until(() => fs.statSync(said).size >= 30_000, 'all of it has arrived');
    const spoken = toneHz(fs.readFileSync(said), 8_000);
    assert.ok(Math.abs(spoken - 440) < 5, `${spoken} Hz`);
    await camera.stop();
  });

  test('say what a viewer says in AAC, and tell when they have no loudspeaker', async () => {
    const port = await freePort();
    const said = rig.file('said-aac.pcm');
    await rig.startBackchannelServer(port, 'PCMU', said);
    const tone = rig.file('tone.flv');
    await ffmpeg([
      '-f',
      'lavfi',
      '-i',
      'sine=600:sample_rate=16000:duration=2',
      '-c:a',
      'aac',
      '-f',
      'flv',
      tone,
    ]);
    const url = `rtsp://user:pass@127.0.0.1:${port}/cam`;
    const camera = await rig.startCamera(['--source', 'http://127.0.0.1:9/', '--talk-rtsp', url]);
    const module = await viewer(camera.xp2pInfo);
    const writer = await module.startVoiceData!('id', { urlParams: 'channel=0' });
    const bytes = new Uint8Array(fs.readFileSync(tone));
    for (let at = 0; at < bytes.length; at += 2_000) {
      assert.ok(writer.addChunk(bytes.slice(at, at + 2_000).buffer));
      await sleep(100);
    }
    module.stopVoice('id');
    await until(() => fs.existsSync(said) && fs.statSync(said).size >= 30_000, 'all of it has arrived');
    // Encoders of AAC put a little silence before and behind.
    const spoken = toneHz(fs.readFileSync(said).subarray(3_200, 28_800), 8_000);
    assert.ok(Math.abs(spoken - 600) < 5, `${spoken} Hz`);
    await camera.stop();

    const events: string[] = [];
    const onEvent = (_level: string, text: string): void => void events.push(text);
    for (const [of, reason] of [
      [rig.sourceUrl, /the camera (has no back channel|answers \d+)/],
      [url.replace('pass', 'hunter2'), /refuses user or password/],
      ['rtsp://user:hunter2@127.0.0.1:9/cam', /ECONNREFUSED/],
    ] as const) {
      events.length = 0;
      const deaf = talkToCamera(of, onEvent)({ kind: 'pcm', sampleRateHz: 8_000, channelCount: 1 });
      await until(() => events.length > 0, 'it is told');
      assert.match(events.join(), reason);
      assert.ok(!events.join().includes('hunter2'));
      assert.throws(() => deaf.write(new Uint8Array(320)), reason);
      deaf.close();
    }
  });
});

/** Length-prefixed NAL units with start codes instead. */
function annexB(units: Uint8Array): Buffer {
  const out = Buffer.from(units);
  for (let at = 0; at < out.length;) {
    const size = out.readUInt32BE(at);
    out.writeUInt32BE(1, at);
    at += 4 + size;
  }
  return out;
}

/** VPS, SPS and PPS of an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3.1), with start codes. */
function parameterSets(record: Uint8Array): Buffer {
  const bytes = Buffer.from(record);
  const units: Buffer[] = [];
  let at = 23;
  for (let array = 0; array < bytes[22]!; array++) {
    const count = bytes.readUInt16BE(at + 1);
    at += 3;
    for (let unit = 0; unit < count; unit++) {
      const size = bytes.readUInt16BE(at);
      units.push(Buffer.from([0, 0, 0, 1]), bytes.subarray(at + 2, at + 2 + size));
      at += 2 + size;
    }
  }
  return Buffer.concat(units);
}
