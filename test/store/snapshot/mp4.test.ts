import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { remuxToMp4 } from '../../../store/snapshot/mp4-remux';
import type { RemuxResult } from '../../../store/snapshot/mp4-remux';
import { pictureSize } from '../../../store/snapshot/picture-size';
import { readMp4 } from '../../support/mp4-file';
import { settled } from '../support/virtual-environment';
import { MemoryFiles } from './memory-files';
import {
  WALL_MS,
  fixture,
  HIGH,
  VIDEO,
  AUDIO,
  AVC_HEADER,
  OTHER_AVC_HEADER,
  HEVC_RECORD,
  AAC_HEADER,
  tagsOf,
  headerOf,
  picture,
  sound,
  flv,
  remux,
  mp4Of,
} from './mp4-source';

describe('MP4 of an FLV file', () => {
  test('has every picture and sound, byte for byte, in order, at its time', async () => {
    const { video, audio } = await mp4Of(HIGH);
    const media = tagsOf(HIGH).filter(({ type, isHeader }) => type !== 18 && !isHeader);
    const first = media.findIndex(({ type }) => type === VIDEO);
    for (const [track, type, skip] of [
      [video, VIDEO, 5],
      [audio, AUDIO, 2],
    ] as const) {
      const expected = media.slice(first).filter((tag) => tag.type === type);
      assert.deepEqual(
        track.samples.map(({ bytes }) => bytes.toString('hex')),
        expected.map(({ data }) => Buffer.from(data.subarray(skip)).toString('hex')),
      );
      const baseMs = media[first]!.timestampMs;
      expected.forEach(({ timestampMs }, index) => {
        const offMs = track.samples[index]!.dtsMs - (timestampMs - baseMs);
        assert.ok(Math.abs(offMs) <= 1.5, `sample ${index} of ${track.kind} is off by ${offMs} ms`);
      });
    }
    assert.deepEqual([video.width, video.height, video.clockHz], [640, 360, 1000]);
    assert.deepEqual([video.codecs, audio.codecs, audio.clockHz], [['avc1'], ['mp4a'], 44100]);
    assert.deepEqual(
      video.samples.flatMap(({ isKey }, index) => (isKey ? [index] : [])),
      media
        .filter(({ type }) => type === VIDEO)
        .flatMap(({ data }, index) => (data[0]! >> 4 === 1 ? [index] : [])),
    );
  });

  test('keeps pictures and sound of a moment within a second of each other in the file', async () => {
    const { video, audio } = await mp4Of(HIGH);
    for (const { position, dtsMs } of audio.samples) {
      const before = video.samples.filter((each) => each.position < position).at(-1);
      assert.ok(before && Math.abs(before.dtsMs - dtsMs) <= 1100, `${before?.dtsMs} ${dtsMs}`);
    }
  });

  test('shows reordered pictures in their order, also with negative offsets', async () => {
    const offsets = [80, 160, 0, -40];
    const { video } = await mp4Of(
      flv(
        [VIDEO, 0, AVC_HEADER],
        ...offsets.map(
          (offsetMs, i) => [VIDEO, i * 40, picture(i, i === 0, offsetMs)] as [number, number, Uint8Array],
        ),
      ),
    );
    assert.deepEqual(
      video.samples.map(({ ptsMs }) => ptsMs),
      [80, 200, 80, 80],
    );
  });

  test('counts sound by its frames where milliseconds are rough, and follows the clock over a gap', async () => {
    const tags: [number, number, Uint8Array][] = [
      [VIDEO, 0, AVC_HEADER],
      [AUDIO, 0, AAC_HEADER],
      [VIDEO, 5000, picture(0, true)],
    ];
    // 1024 samples of 8 kHz are 128 ms.
    for (let i = 0; i < 20; i++) tags.push([AUDIO, 5000 + i * 128 + (i % 3) * 11, sound(i)]);
    for (let i = 20; i < 30; i++) tags.push([AUDIO, 9000 + (i - 20) * 128, sound(i)]);
    tags.push([VIDEO, 11_000, picture(1, false)]);
    const { video, audio } = await mp4Of(flv(...tags));
    const times = audio.samples.map(({ dtsMs }) => dtsMs);
    assert.deepEqual(
      times.slice(0, 20),
      times.slice(0, 20).map((_, i) => i * 128),
    );
    assert.deepEqual([times[20], times[21]], [4000, 4128]);
    assert.deepEqual(
      video.samples.map(({ dtsMs }) => dtsMs),
      [0, 6000],
    );
  });

  test('sound that begins later stays later', async () => {
    const { audio } = await mp4Of(
      flv(
        [VIDEO, 0, AVC_HEADER],
        [AUDIO, 0, AAC_HEADER],
        [VIDEO, 0, picture(0, true)],
        [VIDEO, 1400, picture(1, false)],
        [AUDIO, 1500, sound(0)],
        [AUDIO, 1628, sound(1)],
      ),
    );
    assert.deepEqual(
      audio.samples.map(({ dtsMs }) => dtsMs),
      [1500, 1628],
    );
  });

  test('a camera whose clock jumps is followed without a hole of hours, and over the wrap of 32 bits', async () => {
    const wrapMs = 2 ** 32;
    const { video } = await mp4Of(
      flv(
        [VIDEO, 0, AVC_HEADER],
        [VIDEO, wrapMs - 40, picture(0, true)],
        [VIDEO, 0, picture(1, false)],
        [VIDEO, 7_200_000, picture(2, false)],
        [VIDEO, 7_200_050, picture(3, false)],
        [VIDEO, 1000, picture(4, false)],
        [VIDEO, 1000, picture(5, false)],
      ),
    );
    assert.deepEqual(
      video.samples.map(({ dtsMs }) => dtsMs),
      [0, 40, 80, 130, 170, 171],
    );
  });

  test('sound that is sparse, or seconds behind its pictures in the stream, is no jump and stays in its place', async () => {
    const late = flv(
      [VIDEO, 0, AVC_HEADER],
      [AUDIO, 0, AAC_HEADER],
      ...Array.from({ length: 60 }, (_, i): [number, number, Uint8Array][] => [
        [VIDEO, 5000 + i * 128, picture(i, i === 0)],
        [AUDIO, 3500 + i * 128, sound(i)],
      ]).flat(),
      ...[60, 200].map((i): [number, number, Uint8Array] => [VIDEO, 5000 + i * 128, picture(i, false)]),
      [AUDIO, 5000 + 200 * 128, sound(99)],
    );
    const { video, audio } = await mp4Of(late);
    assert.deepEqual(
      video.samples.map(({ dtsMs }) => dtsMs),
      [...Array.from({ length: 61 }, (_, i) => i * 128), 60 * 128 + 40],
      'a hole of 18 s closes',
    );
    // What came before the first picture is left out: 12 frames of 128 ms.
    assert.deepEqual(
      audio.samples.slice(0, 48).map(({ dtsMs }) => dtsMs),
      Array.from({ length: 48 }, (_, i) => 36 + i * 128),
    );
    assert.equal(audio.samples.at(-1)!.dtsMs, 60 * 128 + 40);
  });

  test('another picture size in the middle gets decoder settings of its own; the same ones again do not', async () => {
    const { video } = await mp4Of(
      flv(
        [VIDEO, 0, AVC_HEADER],
        [VIDEO, 0, picture(0, true)],
        [VIDEO, 40, OTHER_AVC_HEADER],
        [VIDEO, 40, picture(1, true)],
        [VIDEO, 80, AVC_HEADER],
        [VIDEO, 80, picture(2, true)],
      ),
    );
    assert.deepEqual(
      video.samples.map(({ description }) => description),
      [1, 2, 1],
    );
    assert.equal(video.codecs.length, 2);
    assert.deepEqual([video.width, video.height], [640, 360]);
  });

  test('takes H.265 in both spellings', async () => {
    const hvcc = hevcRecord();
    const legacy = (packet: number, ...rest: number[]): Uint8Array =>
      Uint8Array.of(0x1c, packet, 0, 0, 0, ...rest);
    const enhanced = (packet: number, ...rest: number[]): Uint8Array =>
      Uint8Array.of(0x90 | packet, 0x68, 0x76, 0x63, 0x31, ...rest);
    const first = await mp4Of(flv([VIDEO, 0, legacy(0, ...hvcc)], [VIDEO, 0, legacy(1, 7, 7)]));
    const second = await mp4Of(
      flv(
        [VIDEO, 0, enhanced(0, ...hvcc)],
        [VIDEO, 0, enhanced(3, 7, 7)],
        [VIDEO, 40, enhanced(1, 0, 0, 40, 8)],
        [VIDEO, 80, enhanced(2)],
      ),
    );
    assert.deepEqual([first.video.codecs, second.video.codecs], [['hvc1'], ['hvc1']]);
    assert.deepEqual(
      second.video.samples.map(({ bytes, ptsMs }) => [...bytes, ptsMs]),
      [
        [7, 7, 0],
        [8, 80],
      ],
    );
    assert.deepEqual([first.video.width, first.video.height], [1920, 1080]);
  });

  test('leaves out G.711 and says so', async () => {
    const files = new MemoryFiles();
    const result = await remux(
      flv(
        [VIDEO, 0, AVC_HEADER],
        [VIDEO, 0, picture(0, true)],
        [AUDIO, 0, Uint8Array.of(0x72, 1, 2, 3)],
        [VIDEO, 40, picture(1, false)],
      ),
      files,
    );
    assert.equal(result.isSoundLeftOut, true);
    const tracks = readMp4(files.files.get('out.mp4')!);
    assert.deepEqual(
      tracks.map(({ kind, samples }) => [kind, samples.length]),
      [['vide', 2]],
    );
  });

  test('says when nothing fits into MP4, when files fail, and leaves no half file', async () => {
    const cases: [RegExp, (files: MemoryFiles) => Uint8Array][] = [
      [/H\.264/, () => flv([VIDEO, 0, Uint8Array.of(0x12, 0)])],
      [/H\.264/, () => Buffer.from('no film at all')],
      [
        /read:fail/,
        (files) => {
          files.readError = 'read:fail';
          return HIGH;
        },
      ],
      [
        /write:fail/,
        (files) => {
          files.writeError = 'write:fail';
          return HIGH;
        },
      ],
    ];
    for (const [expected, prepare] of cases) {
      const files = new MemoryFiles();
      const result = await remux(prepare(files), files);
      assert.match(result.errmsg, expected);
      assert.deepEqual([[...files.files.keys()], files.openCount], [['in.flv'], 0]);
    }
    const files = new MemoryFiles();
    const missing = await new Promise<RemuxResult>((resolve) =>
      remuxToMp4({ files, from: 'other.flv', to: 'out.mp4', wallMs: WALL_MS }, resolve),
    );
    assert.match(missing.errmsg, /no such file/);
  });

  test('given up at any moment it calls nobody, and leaves no MP4 and no open file', async () => {
    for (let moments = 0; moments < 12; moments++) {
      const files = new MemoryFiles();
      files.files.set('in.flv', HIGH);
      let isCalled = false;
      const cancel = remuxToMp4({ files, from: 'in.flv', to: 'out.mp4', wallMs: WALL_MS }, () => {
        isCalled = true;
      });
      for (let i = 0; i < moments && !isCalled; i++) await Promise.resolve();
      const wasCalled = isCalled;
      cancel();
      await settled();
      assert.equal(isCalled, wasCalled);
      assert.deepEqual([files.files.has('out.mp4'), files.openCount], [wasCalled, 0]);
    }
  });

  test('writes large blocks, and holds little of a long film', async () => {
    const files = new MemoryFiles();
    const tags: [number, number, Uint8Array][] = [[VIDEO, 0, AVC_HEADER]];
    const body = new Uint8Array(40_000).fill(7);
    body.set(picture(0, true));
    for (let i = 0; i < 40; i++) tags.push([VIDEO, i * 40, body]);
    await remux(flv(...tags), files);
    const sizes = files.writes.map(({ byteCount }) => byteCount);
    // The last block, and the size of `mdat` that is known then.
    for (const size of sizes.slice(0, -2)) assert.ok(size >= 64 * 1024, `${sizes}`);
    assert.deepEqual([sizes.length, sizes.at(-1)], [8, 4]);
  });
});

describe('the size of the pictures', () => {
  test('is read from parameter sets of H.264, with cropping', () => {
    for (const [name, width, height] of [
      ['standard', 320, 180],
      ['high', 640, 360],
      ['super', 960, 540],
    ] as const) {
      const record = headerOf(fixture(name), VIDEO).subarray(5);
      assert.deepEqual(pictureSize(record, false), { width, height });
    }
  });

  test('is 0 × 0 where they are cut, and bent ones neither throw nor take long', () => {
    const record = Uint8Array.from(OTHER_AVC_HEADER.subarray(5));
    assert.deepEqual(pictureSize(record.subarray(0, 8), false), { width: 0, height: 0 });
    assert.deepEqual(pictureSize(new Uint8Array(0), true), { width: 0, height: 0 });
    let seed = 1;
    for (let i = 0; i < 2000; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      const bent = (i & 1 ? hevcRecord() : record).slice();
      bent[seed % bent.length]! ^= 1 << ((seed >> 16) & 7);
      const { width, height } = pictureSize(bent, (i & 1) === 1);
      assert.ok(width >= 0 && width <= 16_384 && height >= 0 && height <= 16_384, `seed ${seed}`);
    }
  });
});

/** HEVCDecoderConfigurationRecord with VPS, SPS and PPS. */
function hevcRecord(): Uint8Array {
  return Uint8Array.from(Buffer.from(HEVC_RECORD, 'hex'));
}
