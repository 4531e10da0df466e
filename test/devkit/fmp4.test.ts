import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fmp4TagCutter } from '../../devkit/camera/fmp4-tags';
import type { LiveTag } from '../../devkit/camera/live-source';
import { FlvTagType } from '../../p2p-core/flv/tag-reader';

const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, 4 * index));
  return bytes;
};
const box = (type: string, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(8 + body.length), Buffer.from(type, 'latin1'), body]);
};

const HVCC = Buffer.from('0102030405', 'hex');
/** ES_Descriptor, DecoderConfigDescriptor, DecoderSpecificInfo: AAC LC, 16 kHz, one channel. */
const ESDS = Buffer.from(`031900000004114015${'00'.repeat(11)}05021408060102`, 'hex');

const trak = (id: number, timescale: number, entry: Buffer): Buffer =>
  box(
    'trak',
    box('tkhd', u32(0, 0, 0, id, 0)),
    box(
      'mdia',
      box('mdhd', u32(0, 0, 0, timescale, 0)),
      box('minf', box('stbl', box('stsd', u32(0, 1), entry))),
    ),
  );
const MOOV = box(
  'moov',
  trak(1, 90_000, box('hvc1', Buffer.alloc(78), box('pasp', u32(1, 1)), box('hvcC', HVCC))),
  trak(2, 16_000, box('mp4a', Buffer.alloc(28), box('esds', u32(0), ESDS))),
  box('mvex', box('trex', u32(0, 1, 1, 3_600, 0, 0x10000)), box('trex', u32(0, 2, 1, 1_024, 0, 0))),
);

/** One sample: flags say whether it is a key frame; `offset` is its composition time. */
function fragment(track: number, time: number, data: Buffer, { isKey = false, offset = 0 } = {}): Buffer {
  const build = (dataOffset: number): Buffer =>
    box(
      'moof',
      box('mfhd', u32(0, 1)),
      box(
        'traf',
        box('tfhd', u32(0x020000, track)),
        box('tfdt', u32(0x01000000, 0, time)),
        isKey
          ? box('trun', u32(0x000a05, 1, dataOffset, 0x02000000, data.length, offset))
          : box('trun', u32(0x000a01, 1, dataOffset, data.length, offset)),
      ),
    );
  return Buffer.concat([build(build(0).length + 8), box('mdat', data)]);
}

const FILE = Buffer.concat([
  box('ftyp', Buffer.from('isom')),
  MOOV,
  fragment(1, 0, Buffer.from('aabb', 'hex'), { isKey: true, offset: 3_600 }),
  fragment(2, 0, Buffer.from('01', 'hex')),
  fragment(1, 3_600, Buffer.from('cc', 'hex'), { offset: -1_800 }),
  fragment(2, 1_024, Buffer.from('02', 'hex')),
  box('mfra'),
]);

function cut(
  bytes: Uint8Array,
  step: number,
  form: 'fourcc' | '12',
): { tags: LiveTag[]; error: string | null } {
  const tags: LiveTag[] = [];
  const feed = fmp4TagCutter(form, (tag) => tags.push(tag));
  let error: string | null = null;
  for (let at = 0; at < bytes.length && error === null; at += step)
    error = feed(bytes.subarray(at, at + step));
  return { tags, error };
}

describe('the fragments of MP4', () => {
  test('become tags in both forms of H.265, however the bytes are cut', () => {
    const rows = [
      ['fourcc', ['9068766331' + '0102030405', '9168766331000028aabb', 'a168766331ffffeccc']],
      ['12', ['1c00000000' + '0102030405', '1c01000028aabb', '2c01ffffeccc']],
    ] as const;
    for (const [form, bodies] of rows) {
      for (const step of [1, 7, FILE.length]) {
        const { tags, error } = cut(FILE, step, form);
        assert.equal(error, null);
        const video = tags.filter((tag) => tag.type === FlvTagType.Video);
        assert.deepEqual(
          video.map(({ data }) => Buffer.from(data).toString('hex')),
          bodies,
        );
        assert.deepEqual(
          video.map((tag) => [tag.timestampMs, tag.isSequenceHeader, tag.isKeyframe]),
          [
            [0, true, false],
            [0, false, true],
            [40, false, false],
          ],
        );
        const audio = tags.filter((tag) => tag.type === FlvTagType.Audio);
        assert.deepEqual(
          audio.map(({ timestampMs, data }) => [timestampMs, Buffer.from(data).toString('hex')]),
          [
            [0, 'af001408'],
            [0, 'af0101'],
            [64, 'af0102'],
          ],
        );
      }
    }
  });

  test('that are bent end with an error or with tags, and never with a throw', () => {
    let refused = 0;
    for (let at = 0; at < FILE.length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bent = Buffer.from(FILE);
        bent[at] = value;
        const { error } = cut(bent, 64, 'fourcc');
        if (error !== null) refused++;
        assert.ok(error === null || error.startsWith('no sound MP4: '), String(error));
      }
    }
    assert.ok(refused > 100, `${refused} were refused`);
    assert.match(cut(u32(0xffffffff, 0x6d646174), 8, '12').error!, /a box|an MP4 box of 4294967295 bytes/);
    for (let length = 0; length < FILE.length; length += 3)
      assert.equal(cut(FILE.subarray(0, length), 50, '12').error, null);
  });
});
