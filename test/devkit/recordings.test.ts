import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { diskFile } from '../../devkit/camera/byte-file';
import { FlvIndex } from '../../devkit/camera/flv-index';
import { createLoopFile } from '../../devkit/camera/loop-file';
import { readRecordingFolder } from '../../devkit/camera/recording-folder';
import { Recordings } from '../../devkit/camera/recordings';
import type { RecordedClip } from '../../devkit/camera/recordings';
import { simulatedRecordings } from '../../devkit/camera/simulated-recordings';
import { concatBytes } from '../../p2p-core/bytes/concat';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { FlvTag } from '../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import { fakeCamera, highLoop, standardLoop } from './fake-camera';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-recordings-'));
after(() => fs.rmSync(folder, { recursive: true }));

/** The first second of a day of November 2023, by this host's clock. */
const dayS = (day: number, hour = 0): number => new Date(2023, 10, day, hour).getTime() / 1000;

function clip(startS: number, endS: number, more: Partial<RecordedClip> = {}): RecordedClip {
  const file = createLoopFile(highLoop, 1);
  const flvIndex = (): FlvIndex => new FlvIndex(file);
  return { fileName: `${startS}.flv`, startS, endS, type: 0, file, flvIndex, ...more };
}

function ask(recordings: Recordings, text: string): unknown {
  return fakeCamera({ recordings }).get(`/command?action=inner_define&channel=0&cmd=${text}`).response.json();
}

describe('the recordings of a camera', () => {
  test('are told for a month as one bit a day, the lowest for the first day', () => {
    const recordings = new Recordings([
      clip(dayS(8, 10), dayS(8, 11)),
      clip(dayS(8, 12), dayS(8, 13)),
      clip(dayS(14, 23), dayS(14, 23) + 3599),
    ]);
    // The example of Tencent's list of commands: the 8th and the 14th.
    assert.deepEqual(ask(recordings, 'get_month_record&time=202311'), { video_list: '8320' });
    assert.deepEqual(ask(recordings, 'get_month_record&time=202312'), { video_list: '0' });
    for (const time of ['', '2023', '202300', '202313', '20231a', '2023110']) {
      assert.deepEqual(ask(recordings, `get_month_record&time=${time}`), { status: '404' }, time);
    }
  });

  test('count for both days when they run over midnight, and the 31st stays positive', () => {
    const october = new Date(2023, 9, 31, 23, 59).getTime() / 1000;
    const recordings = new Recordings([clip(october, october + 120)]);
    assert.equal(recordings.monthBits(2023, 10), 2 ** 30);
    assert.equal(recordings.monthBits(2023, 11), 1);
  });

  test('are listed for a period, the oldest first, those that reach into it included', () => {
    const mp4 = clip(dayS(8, 5), dayS(8, 6), { fileName: 'a.mp4', flvIndex: null, type: 2 });
    const recordings = new Recordings([
      clip(dayS(8, 3), dayS(8, 4), { type: 1 }),
      clip(dayS(8, 1), dayS(8, 2)),
      mp4,
    ]);
    const times = (from: number, to: number): object => ({
      start_time: String(dayS(8, from)),
      end_time: String(dayS(8, to)),
    });
    const index = (from: number, to: number, more = ''): unknown =>
      ask(recordings, `get_record_index&start_time=${from}&end_time=${to}${more}`);
    const both = {
      video_list: [
        { type: 0, ...times(1, 2) },
        { type: 1, ...times(3, 4) },
      ],
    };
    assert.deepEqual(index(dayS(8), dayS(9)), both, 'what cannot be played is not listed');
    assert.deepEqual(index(dayS(8, 2) - 1, dayS(8, 3) + 4), both);
    assert.deepEqual(index(dayS(8, 2), dayS(8, 3)), { video_list: [] });
    assert.deepEqual(index(dayS(8), dayS(9), '&type=1'), { video_list: [{ type: 1, ...times(3, 4) }] });
    assert.deepEqual(index(dayS(8), dayS(9), '&type=x'), { status: '404' });
    assert.deepEqual(index(dayS(8), dayS(8) + 4), { status: '404' }, 'less than 5 s');
    assert.deepEqual(ask(recordings, 'get_record_index'), { status: '404' });

    const period = `start_time=${dayS(8)}&end_time=${dayS(9)}`;
    const file = { file_type: '0', file_size: String(mp4.file.byteCount) };
    const files = {
      file_list: [
        { ...file, file_name: `${dayS(8, 1)}.flv`, ...times(1, 2) },
        { ...file, file_name: `${dayS(8, 3)}.flv`, ...times(3, 4) },
        { ...file, file_name: 'a.mp4', ...times(5, 6) },
      ],
    };
    assert.deepEqual(ask(recordings, `get_file_list&${period}&file_type=0`), files);
    assert.deepEqual(ask(recordings, `get_file_list&${period}`), files);
    assert.deepEqual(ask(recordings, `get_file_list&${period}&file_type=1`), { file_list: [] });
    assert.deepEqual(ask(recordings, 'get_file_list'), { status: '404' });
  });

  test('of the simulated camera are of today and two days ago, and each can be played', () => {
    const wallMs = new Date(2023, 10, 20, 18, 30).getTime();
    const recordings = simulatedRecordings([highLoop, standardLoop], 3, wallMs);
    assert.equal(recordings.monthBits(2023, 11), 2 ** 19 + 2 ** 17);
    const clips = recordings.playableWithin(dayS(1), dayS(30));
    assert.equal(clips.length, 12);
    assert.equal(new Set(clips.map(({ fileName }) => fileName)).size, 12);
    for (const { fileName, startS, endS, file, flvIndex } of clips) {
      assert.match(fileName, /^ch3-202311(18|20)-\d{6}\.flv$/);
      assert.ok(endS <= wallMs / 1000);
      const recordedMs = flvIndex().durationMs;
      assert.ok(recordedMs > (endS - startS - 1) * 1000 && recordedMs < (endS - startS) * 1000);
      assert.ok(file.byteCount > 1_000_000);
    }
  });
});

describe('a file that repeats a loop', () => {
  const file = createLoopFile(standardLoop, 3);
  const whole = concatBytes(
    flvHeader(true, true),
    ...standardLoop.initTags.map((tag) => flvTag(tag.type, 0, tag.data)),
    ...[0, 1, 2].flatMap((round) =>
      standardLoop.mediaTags.map((tag) =>
        flvTag(tag.type, tag.timestampMs + round * standardLoop.durationMs, tag.data),
      ),
    ),
  );

  test('has the bytes of the whole, wherever it is read', () => {
    assert.equal(file.byteCount, whole.length);
    const reader = file.open();
    assert.deepEqual(reader.read(0, whole.length + 100), whole);
    const roundBytes = standardLoop.mediaTags.reduce((sum, tag) => sum + tag.data.length + 15, 0);
    const headBytes = whole.length - 3 * roundBytes;
    const offsets = [0, 1, 8, headBytes - 1, headBytes, whole.length - 1, whole.length, whole.length + 5];
    // Around the seam of two rounds, every byte: timestamps are cut there too.
    for (let i = -40; i < 40; i++) offsets.push(headBytes + roundBytes + i);
    for (let i = 0; i < 500; i++) offsets.push((i * 7919) % whole.length);
    for (const offset of offsets) {
      for (const byteCount of [1, 3, 16, 5_000]) {
        const expected = whole.slice(offset, offset + byteCount);
        assert.deepEqual(reader.read(offset, byteCount), expected, `${byteCount} bytes at ${offset}`);
      }
    }
  });

  test('writes timestamps beyond 24 bits as FLV wants them', () => {
    const hour = createLoopFile(standardLoop, 1_700);
    const tags: FlvTag[] = [];
    const flv = createFlvReader({ onTag: (tag) => tags.push({ ...tag }) });
    const roundBytes = (hour.byteCount - file.byteCount) / (1_700 - 3);
    flv.feed(flvHeader(true, true));
    assert.equal(flv.feed(hour.open().read(hour.byteCount - roundBytes, roundBytes)), true);
    assert.equal(tags[0]!.timestampMs, 1_699 * standardLoop.durationMs);
    assert.ok(tags[0]!.timestampMs > 2 ** 24);
  });
});

describe('a folder of recordings', () => {
  const flvBytes = fs.readFileSync(path.join(process.cwd(), 'devkit/fixtures/standard.flv'));
  let folderCount = 0;
  const makeFolder = (index: unknown, files: Record<string, Uint8Array> = {}): string => {
    const made = path.join(folder, String(folderCount++));
    fs.mkdirSync(made);
    const text = typeof index === 'string' ? index : JSON.stringify(index);
    fs.writeFileSync(path.join(made, 'index.json'), text);
    for (const [name, bytes] of Object.entries(files)) fs.writeFileSync(path.join(made, name), bytes);
    return made;
  };

  test('is read with its index, by channel, and an FLV file’s end is found', () => {
    const made = makeFolder(
      [
        { file: 'a.flv', start: 1_700_000_000 },
        { file: 'b.mp4', start: 1_700_000_100, end: 1_700_000_160, type: 3 },
        { file: 'a.flv', start: 1_700_000_500, channel: 2 },
      ],
      { 'a.flv': flvBytes, 'b.mp4': new Uint8Array(1000) },
    );
    const channels = readRecordingFolder(made);
    assert.deepEqual([...channels.keys()], [0, 2]);
    const flv = channels.get(0)!.find('a.flv')!;
    assert.deepEqual([flv.startS, flv.endS, flv.type], [1_700_000_000, 1_700_000_011, 0]);
    assert.equal(flv.flvIndex!().tagCount > 100, true);
    const mp4 = channels.get(0)!.find('b.mp4')!;
    assert.deepEqual([mp4.endS, mp4.type, mp4.flvIndex, mp4.file.byteCount], [1_700_000_160, 3, null, 1000]);
    assert.equal(channels.get(0)!.find('index.json'), null);
  });

  test('is refused with what is wrong', () => {
    const cut = flvBytes.subarray(0, 60_000);
    const files = { 'a.flv': flvBytes, 'no.flv': new Uint8Array(100), 'a.mp4': cut, 'a.txt': cut };
    const rows: [unknown, RegExp][] = [
      ['{', /index\.json: /],
      [{}, /index\.json must be a list/],
      [[null], /file must be the name of a file/],
      [[{ file: '../a.flv', start: 1 }], /file must be the name of a file/],
      [[{ file: '/etc/passwd', start: 1 }], /file must be the name of a file/],
      [[{ file: 'a.txt', start: 1 }], /neither \.flv nor \.mp4/],
      [[{ file: 'missing.flv', start: 1 }], /ENOENT/],
      [[{ file: 'no.flv', start: 1 }], /no\.flv: not a sound FLV file/],
      [[{ file: 'a.flv' }], /start of a\.flv must be a whole number/],
      [[{ file: 'a.flv', start: 'x' }], /start of a\.flv must be a whole number/],
      [[{ file: 'a.flv', start: 9, end: 9 }], /must end after its start/],
      [[{ file: 'a.mp4', start: 9 }], /end of a\.mp4 must be a whole number/],
      [[1, 1].map(() => ({ file: 'a.flv', start: 1 })), /a\.flv is there twice/],
    ];
    for (const [index, message] of rows) {
      assert.throws(() => readRecordingFolder(makeFolder(index, files)), message);
    }
    assert.throws(() => readRecordingFolder(folder), /ENOENT/);
  });
});

describe('the index of an FLV file', () => {
  const header = flvHeader(true, true);
  const picture = (timestampMs: number, isKey: boolean, fill = 1): Uint8Array =>
    flvTag(FlvTagType.Video, timestampMs, Uint8Array.of(isKey ? 0x17 : 0x27, 1, 0, 0, 0, fill));
  const settings = (fill: number): Uint8Array =>
    flvTag(FlvTagType.Video, 0, Uint8Array.of(0x17, 0, 0, 0, 0, fill));
  const indexOf = (...parts: Uint8Array[]): { index: FlvIndex; data: (at: number) => number[] } => {
    const file = path.join(folder, 'made.flv');
    fs.writeFileSync(file, concatBytes(...parts));
    const disk = diskFile(file);
    const index = new FlvIndex(disk);
    return {
      index,
      data(at) {
        const reader = disk.open();
        const bytes = [...index.data(reader, at)!];
        reader.close();
        return bytes;
      },
    };
  };

  test('finds each tag’s data, with times from the first picture on', () => {
    const { index, data } = indexOf(header, settings(9), picture(5_000, true, 2), picture(5_040, false, 3));
    assert.equal(index.tagCount, 3);
    assert.deepEqual([index.tag(1).timeMs, index.tag(2).timeMs, index.durationMs], [0, 40, 40]);
    assert.deepEqual([data(0).at(-1), data(1).at(-1), data(2).at(-1)], [9, 2, 3]);
  });

  test('gives the decoder settings that are in force at a point, when they change on the way', () => {
    const { index, data } = indexOf(
      ...[header, settings(1), picture(0, true), settings(2), picture(40, true), picture(80, false)],
    );
    const settingsAt = (timeMs: number): number[] =>
      index.headersBefore(index.entryAt(timeMs)).map((at) => data(at).at(-1)!);
    assert.deepEqual(settingsAt(0), [1]);
    assert.deepEqual(settingsAt(39), [1]);
    assert.deepEqual(settingsAt(40), [2]);
    assert.deepEqual(settingsAt(1_000), [2]);
  });

  test('refuses a file without a picture to start from', () => {
    assert.throws(() => indexOf(header), /no key frame/);
    assert.throws(() => indexOf(header, settings(1), picture(0, false)), /no key frame/);
  });

  test('tells when the file has become shorter', () => {
    const file = path.join(folder, 'shrinks.flv');
    fs.writeFileSync(file, concatBytes(header, picture(0, true), picture(40, false)));
    const disk = diskFile(file);
    const index = new FlvIndex(disk);
    fs.truncateSync(file, 50);
    const reader = disk.open();
    assert.notEqual(index.data(reader, 0), null);
    assert.equal(index.data(reader, 1), null);
    reader.close();
  });
});
