import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { concatBytes } from '../../../p2p-core/bytes/concat';
import {
  createFlvReader,
  FlvTagType,
  type FlvReaderOptions,
  type FlvTag,
} from '../../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../../p2p-core/flv/tag-writer';
import { seededRandom } from './seeded-random';

/** Reads a stream in the given pieces; tags are copied because the reader lends them only. */
function read(
  pieces: readonly Uint8Array[],
  options?: FlvReaderOptions,
): { tags: FlvTag[]; isSound: boolean; error: string } {
  const tags: FlvTag[] = [];
  const reader = createFlvReader({ onTag: (tag) => tags.push({ ...tag, data: tag.data.slice() }) }, options);
  let isSound = true;
  for (const piece of pieces) isSound = reader.feed(piece);
  return { tags, isSound, error: reader.error };
}

const avcHeader = Uint8Array.of(0x17, 0, 0, 0, 0, 1, 66, 0, 30);
const avcKey = Uint8Array.of(0x17, 1, 0, 0, 0, 0x65, 0x88);
const avcInter = Uint8Array.of(0x27, 1, 0, 0, 0, 0x41);
const aacHeader = Uint8Array.of(0xae, 0, 0x12, 0x08);
const aacFrame = Uint8Array.of(0xae, 1, 0x21);
const stream = concatBytes(
  flvHeader(true, true),
  flvTag(FlvTagType.Script, 0, Uint8Array.of(2, 0, 0)),
  flvTag(FlvTagType.Video, 0, avcHeader),
  flvTag(FlvTagType.Audio, 0, aacHeader),
  flvTag(FlvTagType.Video, 0xfedcba98, avcKey),
  flvTag(FlvTagType.Audio, 0xfedcba99, aacFrame),
  flvTag(FlvTagType.Video, 5, avcInter),
  flvTag(FlvTagType.Script, 6, new Uint8Array(0)),
);

describe('the FLV reader', () => {
  test('tells type, 32-bit timestamp, data, key frames and sequence headers of every tag', () => {
    const { tags, isSound } = read([stream]);
    assert.equal(isSound, true);
    const seen = tags.map((tag) => [
      tag.type,
      tag.timestampMs,
      tag.data.length,
      tag.codec,
      `${tag.isSequenceHeader ? 'header' : ''}${tag.isKeyframe ? 'key' : ''}`,
    ]);
    assert.deepEqual(seen, [
      [18, 0, 3, 0, ''],
      [9, 0, 9, 7, 'header'],
      [8, 0, 4, 10, 'header'],
      [9, 0xfedcba98, 7, 7, 'key'],
      [8, 0xfedcba99, 3, 10, ''],
      [9, 5, 6, 7, ''],
      [18, 6, 0, 0, ''],
    ]);
    assert.deepEqual(tags[3]!.data, avcKey);
  });

  test('reports the header flags', () => {
    for (const [hasVideo, hasAudio] of [
      [true, true],
      [true, false],
      [false, true],
    ] as const) {
      const flags: boolean[] = [];
      const reader = createFlvReader({ onHeader: (video, audio) => flags.push(video, audio), onTag() {} });
      assert.equal(reader.feed(flvHeader(hasVideo, hasAudio)), true);
      assert.deepEqual(flags, [hasVideo, hasAudio]);
    }
  });

  test('reads the same tags wherever the stream is cut in two, and byte by byte', () => {
    const whole = read([stream]).tags;
    for (let cut = 0; cut <= stream.length; cut++) {
      assert.deepEqual(read([stream.subarray(0, cut), stream.subarray(cut)]).tags, whole, `cut at ${cut}`);
    }
    const bytes = Array.from(stream, (_, index) => stream.subarray(index, index + 1));
    assert.deepEqual(read(bytes).tags, whole);
  });

  test('knows the codecs that cameras send', () => {
    const hvc1 = [0x68, 0x76, 0x63, 0x31];
    const rows: [string, number, number[], Partial<FlvTag>][] = [
      [
        'private HEVC header',
        9,
        [0x1c, 0, 0, 0, 0],
        { codec: 12, isSequenceHeader: true, isKeyframe: false },
      ],
      [
        'private HEVC key frame',
        9,
        [0x1c, 1, 0, 0, 0],
        { codec: 12, isSequenceHeader: false, isKeyframe: true },
      ],
      [
        'AVC end of sequence',
        9,
        [0x17, 2, 0, 0, 0],
        { codec: 7, isSequenceHeader: false, isKeyframe: false },
      ],
      ['H.263 key frame', 9, [0x12, 0], { codec: 2, isKeyframe: true }],
      ['hvc1 header', 9, [0x90, ...hvc1], { codec: 0x68766331, isSequenceHeader: true, isKeyframe: false }],
      ['hvc1 key frame', 9, [0x91, ...hvc1, 0, 0, 0], { codec: 0x68766331, isKeyframe: true }],
      ['hvc1 key frame without offset', 9, [0x93, ...hvc1], { codec: 0x68766331, isKeyframe: true }],
      ['hvc1 inter frame', 9, [0xa1, ...hvc1], { codec: 0x68766331, isKeyframe: false }],
      ['G.711 A-law', 8, [0x72, 0xd5], { codec: 7, isSequenceHeader: false }],
      ['Opus header', 8, [0x90, 0x4f, 0x70, 0x75, 0x73], { codec: 0x4f707573, isSequenceHeader: true }],
      ['cut video', 9, [0x17], { codec: 0, isSequenceHeader: false, isKeyframe: false }],
    ];
    for (const [name, type, data, expected] of rows) {
      const { tags } = read([concatBytes(flvHeader(true, true), flvTag(type, 0, Uint8Array.from(data)))]);
      const { codec, isSequenceHeader, isKeyframe } = tags[0]!;
      assert.deepEqual(
        { codec, isSequenceHeader, isKeyframe, ...expected },
        { codec, isSequenceHeader, isKeyframe },
        name,
      );
    }
  });

  test('says what broke a stream, ignores what follows, and never throws', () => {
    const header = flvHeader(true, true);
    const longHeader = Uint8Array.of(...header.subarray(0, 7), 0xff, 0xff);
    const rows: [string, Uint8Array, RegExp][] = [
      ['no FLV', Uint8Array.from('HTTP/1.1 200', (char) => char.charCodeAt(0)), /signature/],
      ['header too long', longHeader, /65535/],
      ['header too short', Uint8Array.of(...header.subarray(0, 8), 8), /8 bytes/],
      ['unknown tag type', concatBytes(header, flvTag(15, 0, avcKey)), /type 15/],
      ['encrypted tag', concatBytes(header, flvTag(9 | 0x20, 0, avcKey)), /type 41/],
      ['tag over the cap', concatBytes(header, flvTag(9, 0, new Uint8Array(101))), /101 bytes/],
    ];
    for (const [name, bytes, error] of rows) {
      const result = read([bytes, stream, stream], { maxTagBytes: 100 });
      assert.equal(result.isSound, false, name);
      assert.match(result.error, error);
      assert.equal(result.tags.length, 0, name);
    }
  });

  test('skips what a later version adds to the file header', () => {
    const header = Uint8Array.of(0x46, 0x4c, 0x56, 2, 5, 0, 0, 0, 11, 0xaa, 0xbb, 0, 0, 0, 0);
    const { tags } = read([header, flvTag(FlvTagType.Audio, 7, aacFrame)]);
    assert.equal(tags[0]!.timestampMs, 7);
  });

  test('survives bent streams in random pieces: no throw, no tag over the cap, same result however it is cut', () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? 20_240_601);
    const random = seededRandom(seed);
    for (let round = 0; round < 4000; round++) {
      const bent = stream.slice();
      for (let flips = random(4); flips > 0; flips--) bent[random(bent.length)] = random(256);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bent.length;) {
        const end = Math.min(bent.length, at + random(40));
        pieces.push(bent.subarray(at, end));
        at = end;
      }
      const context = `seed ${seed} round ${round}`;
      const inPieces = read(pieces, { maxTagBytes: 64 });
      assert.deepEqual(inPieces, read([bent], { maxTagBytes: 64 }), context);
      for (const tag of inPieces.tags) assert.ok(tag.data.length <= 64, context);
    }
  });

  test('reads the loops of the simulated camera: a key frame every 1.28 s, pictures and sound of one length', () => {
    for (const [quality, pictureCount] of [
      ['standard', 128],
      ['high', 256],
      ['super', 256],
    ] as const) {
      const file = fs.readFileSync(path.join(process.cwd(), `devkit/fixtures/${quality}.flv`));
      const { tags, error } = read([file]);
      assert.equal(error, '');
      const pictures = tags.filter((tag) => tag.type === FlvTagType.Video && !tag.isSequenceHeader);
      const sounds = tags.filter((tag) => tag.type === FlvTagType.Audio && !tag.isSequenceHeader);
      assert.equal(pictures.length, pictureCount);
      assert.equal(sounds.length, 441);
      const keyTimes = pictures.filter((tag) => tag.isKeyframe).map((tag) => tag.timestampMs);
      assert.deepEqual(keyTimes, [0, 1280, 2560, 3840, 5120, 6400, 7680, 8960]);
      for (let i = 1; i < tags.length; i++) assert.ok(tags[i]!.timestampMs >= tags[i - 1]!.timestampMs);
    }
  });
});

describe('the FLV writer', () => {
  test('writes a file back byte for byte from the tags that were read', () => {
    const file = new Uint8Array(fs.readFileSync(path.join(process.cwd(), 'devkit/fixtures/standard.flv')));
    const parts = [flvHeader(true, true)];
    for (const tag of read([file]).tags) parts.push(flvTag(tag.type, tag.timestampMs, tag.data));
    assert.ok(Buffer.from(concatBytes(...parts)).equals(file));
  });
});
