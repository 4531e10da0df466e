import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes } from '../../../p2p-core/bytes/concat';
import { createFlvRepair } from '../../../p2p-core/flv/repair';
import type { FlvRepairOptions } from '../../../p2p-core/flv/repair';
import { createFlvReader, FlvTagType } from '../../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../../p2p-core/flv/tag-writer';
import { Prng } from '../../sim/prng';

const audio = (atMs: number, byteCount = 20): Uint8Array =>
  flvTag(FlvTagType.Audio, atMs, Uint8Array.of(0xaf, 1, ...Array<number>(byteCount - 2).fill(7)));
const config = flvTag(FlvTagType.Audio, 0, Uint8Array.of(0xaf, 0, 0x14, 8));
const video = (atMs: number, isKey: boolean): Uint8Array =>
  flvTag(FlvTagType.Video, atMs, Uint8Array.of(isKey ? 0x17 : 0x27, 1, 0, 0, 0, 9));

interface Repaired {
  bytes: Uint8Array;
  flags: string[];
  tags: { type: number; timestampMs: number; byteCount: number }[];
  isSound: boolean;
  error: string;
}

function repair(chunks: Uint8Array[], options: Partial<FlvRepairOptions> = {}): Repaired {
  const parts: Uint8Array[] = [];
  const repairing = createFlvRepair({
    hasVideo: false,
    hasAudio: true,
    dropsEmptyAudio: false,
    minAudioTagBytes: 0,
    onBytes: (bytes) => parts.push(bytes),
    ...options,
  });
  const isSound = chunks.map((chunk) => repairing.feed(chunk)).every(Boolean);
  const bytes = concatBytes(...parts);
  const result: Repaired = { bytes, flags: [], tags: [], isSound, error: repairing.error };
  const reader = createFlvReader({
    onHeader: (hasVideo, hasAudio) => result.flags.push(`video ${hasVideo}, audio ${hasAudio}`),
    onTag: ({ type, timestampMs, data }) => result.tags.push({ type, timestampMs, byteCount: data.length }),
  });
  assert.ok(reader.feed(bytes), reader.error);
  return result;
}

const times = (inputMs: number[]): number[] =>
  repair([flvHeader(false, false), ...inputMs.map((atMs) => audio(atMs))]).tags.map((tag) => tag.timestampMs);

describe('the FLV of live-pusher', () => {
  test('gets the flags of what it holds, whatever its header says', () => {
    const all = [true, false];
    for (const hasVideo of all) {
      for (const hasAudio of all) {
        const { flags } = repair([flvHeader(false, false), config], { hasVideo, hasAudio });
        assert.deepEqual(flags, [`video ${hasVideo}, audio ${hasAudio}`]);
      }
    }
  });

  const clocks: [string, number[], number[]][] = [
    ['begins at 0', [5000, 5023, 5046], [0, 23, 46]],
    [
      'stands still where the input goes back a little, and keeps its pace',
      [100, 140, 130, 180],
      [0, 40, 40, 80],
    ],
    ['goes on where the input begins anew', [9000, 9040, 0, 40, 80], [0, 40, 40, 80, 120]],
    ['takes no leap', [0, 40, 900_000, 900_040], [0, 40, 40, 80]],
    ['keeps a pause of some seconds', [0, 40, 5040], [0, 40, 5040]],
    ['passes the wrap of 32 bits', [0xfffffff0, 4, 24], [0, 20, 40]],
  ];
  for (const [name, inputMs, outputMs] of clocks) {
    test(`its clock ${name}`, () => assert.deepEqual(times(inputMs), outputMs));
  }

  test('frames of silence are left out, filled up, or kept, as told; the configuration is never touched', () => {
    const input = [flvHeader(false, true), config, audio(0, 8), audio(20, 9), audio(40, 900)];
    const sizes = (options: Partial<FlvRepairOptions>): number[] =>
      repair(input, options).tags.map((tag) => tag.byteCount);
    assert.deepEqual(sizes({}), [4, 8, 9, 900]);
    assert.deepEqual(sizes({ dropsEmptyAudio: true }), [4, 9, 900]);
    assert.deepEqual(sizes({ minAudioTagBytes: 770 }), [4, 770, 770, 900]);
  });

  test('a header within the stream (a new connection of live-pusher) goes on with the same stream', () => {
    const cut = audio(60);
    const chunks = [
      flvHeader(false, false),
      audio(20),
      audio(40),
      cut.subarray(0, 9),
      flvHeader(false, false),
      audio(0),
    ];
    const { flags, tags, isSound } = repair(chunks);
    assert.deepEqual([flags.length, isSound], [1, true]);
    assert.deepEqual(
      tags.map((tag) => tag.timestampMs),
      [0, 20, 20],
    );
  });

  test('cut anywhere, it is repaired to the same bytes', () => {
    const parts = [flvHeader(false, false), config];
    for (let i = 0; i < 40; i++) parts.push(audio(i * 23, 8 + (i % 5)), video(i * 25, i % 10 === 0));
    const input = concatBytes(...parts);
    const whole = repair([input]);
    assert.equal(whole.tags.length, 81);
    for (let seed = 1; seed <= 50; seed++) {
      const random = new Prng(seed);
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < input.length;) {
        const end = at + random.int(1, 60);
        chunks.push(input.subarray(at, end));
        at = end;
      }
      assert.deepEqual(repair(chunks).bytes, whole.bytes, `seed ${seed}`);
    }
  });

  test('what is no FLV, or a tag of more than 1 MiB, is refused for good', () => {
    const huge = Uint8Array.of(9, 0x10, 0, 1, 0, 0, 0, 0, 0, 0, 0);
    for (const bad of [[new Uint8Array(20)], [flvHeader(true, true), huge]]) {
      const { isSound, error } = repair([...bad, flvHeader(true, true), audio(0)]);
      assert.equal(isSound, false);
      assert.notEqual(error, '');
    }
  });
});
