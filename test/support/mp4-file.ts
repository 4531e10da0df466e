import assert from 'node:assert/strict';

/** One sample as a player finds it: its bytes, and when it is decoded and shown, in ms. */
export interface Mp4Sample {
  bytes: Buffer;
  dtsMs: number;
  ptsMs: number;
  isKey: boolean;
  /** Of `stsd`, from 1. */
  description: number;
  position: number;
}

export interface Mp4TrackInfo {
  kind: 'vide' | 'soun';
  clockHz: number;
  width: number;
  height: number;
  codecs: string[];
  samples: Mp4Sample[];
}

interface Box {
  type: string;
  body: Buffer;
}

const CONTAINERS = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'edts', 'dinf'];

/** Boxes in a row; throws where they do not fill the bytes exactly. */
export function boxesOf(bytes: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at < bytes.length;) {
    const byteCount = bytes.readUInt32BE(at);
    assert.ok(byteCount >= 8 && at + byteCount <= bytes.length, `a box of ${byteCount} bytes at ${at}`);
    boxes.push({
      type: bytes.toString('latin1', at + 4, at + 8),
      body: bytes.subarray(at + 8, at + byteCount),
    });
    at += byteCount;
  }
  return boxes;
}

function find(bytes: Buffer, path: string): Buffer | null {
  const [first, ...rest] = path.split('/');
  const found = boxesOf(bytes).find(({ type }) => type === first);
  if (found === undefined) return null;
  if (rest.length === 0) return found.body;
  assert.ok(CONTAINERS.includes(first!), first);
  return find(found.body, rest.join('/'));
}

/** The 32-bit numbers of a full box, behind `skip` of them. */
function numbers(body: Buffer | null, skip: number): number[] {
  const values: number[] = [];
  for (let at = skip * 4; body !== null && at < body.length; at += 4) values.push(body.readInt32BE(at));
  return values;
}

/** Reads a progressive MP4 by its tables, as the standard says (ISO/IEC 14496-12), without any code of the muxer. */
export function readMp4(file: Uint8Array, boxes = ['ftyp', 'mdat', 'moov']): Mp4TrackInfo[] {
  const bytes = Buffer.from(file);
  assert.deepEqual(
    boxesOf(bytes).map(({ type }) => type),
    boxes,
  );
  return boxesOf(find(bytes, 'moov')!)
    .filter(({ type }) => type === 'trak')
    .map(({ body }) => readTrack(bytes, body));
}

function readTrack(file: Buffer, trak: Buffer): Mp4TrackInfo {
  const table = (name: string): Buffer | null => find(trak, `mdia/minf/stbl/${name}`);
  const kind = find(trak, 'mdia/hdlr')!.toString('latin1', 8, 12) as Mp4TrackInfo['kind'];
  const clockHz = find(trak, 'mdia/mdhd')!.readUInt32BE(12);
  const head = find(trak, 'tkhd')!;
  const edits = numbers(find(trak, 'edts/elst'), 2);
  assert.ok(edits.length === 0 || edits[1] === -1, 'only empty edits are expected');
  const startMs = edits[0] ?? 0;
  const sizes = numbers(table('stsz'), 3);
  const keys = table('stss');
  const keyNumbers = new Set(numbers(keys, 2));
  const durations = runs(numbers(table('stts'), 2));
  const offsets = table('ctts') === null ? sizes.map(() => 0) : runs(numbers(table('ctts'), 2));
  assert.deepEqual([durations.length, offsets.length], [sizes.length, sizes.length]);
  const places = chunks(numbers(table('stsc'), 2), numbers(table('stco'), 2));
  const samples: Mp4Sample[] = [];
  let ticks = 0;
  for (const { position, count, description } of places) {
    let at = position;
    for (let i = 0; i < count; i++) {
      const index = samples.length;
      const dtsMs = startMs + (ticks * 1000) / clockHz;
      samples.push({
        bytes: file.subarray(at, at + sizes[index]!),
        dtsMs,
        ptsMs: dtsMs + (offsets[index]! * 1000) / clockHz,
        isKey: keys === null || keyNumbers.has(index + 1),
        description,
        position: at,
      });
      at += sizes[index]!;
      ticks += durations[index]!;
    }
  }
  assert.equal(samples.length, sizes.length, 'chunks hold every sample');
  const descriptions = boxesOf(table('stsd')!.subarray(8));
  return {
    kind,
    clockHz,
    width: head.readUInt32BE(head.length - 8) / 0x10000,
    height: head.readUInt32BE(head.length - 4) / 0x10000,
    codecs: descriptions.map(({ type }) => type),
    samples,
  };
}

/** Pairs of count and value → values. */
function runs(pairs: number[]): number[] {
  const values: number[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    for (let n = pairs[i]!; n > 0; n--) values.push(pairs[i + 1]!);
  }
  return values;
}

function chunks(
  rows: number[],
  positions: number[],
): { position: number; count: number; description: number }[] {
  let row = -3;
  return positions.map((position, index) => {
    if (rows[row + 3] === index + 1) row += 3;
    return { position, count: rows[row + 1]!, description: rows[row + 2]! };
  });
}
