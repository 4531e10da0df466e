/**
 * Reads the fragmented MP4 that ffmpeg writes to a pipe, as it comes (ISO/IEC 14496-12: one `moov`, then `moof` and `mdat` in
 * turn, with `default-base-is-moof`).
 */

export interface Fmp4Track {
  /** `hvc1`, `hev1`, `avc1`, `mp4a` …: the type of its sample entry. */
  codec: string;
  /** Ticks a second. */
  timescale: number;
  /** The content of `hvcC` or `avcC`, the AudioSpecificConfig of `esds`; empty where there is none. */
  config: Uint8Array;
}

export interface Fmp4Sample {
  trackId: number;
  /** In ticks of its track. */
  decodeTime: number;
  compositionOffset: number;
  isSync: boolean;
  data: Uint8Array;
}

export interface Fmp4Handler {
  onTracks(tracks: ReadonlyMap<number, Fmp4Track>): void;
  /** `data` is the handler's. */
  onSample(sample: Fmp4Sample): void;
}

/** Several times the largest key frame of a 4K camera. */
const MAX_BOX_BYTES = 16 * 1024 * 1024;
const BOX_HEADER_BYTES = 8;
const VISUAL_ENTRY_BYTES = 78;
const AUDIO_ENTRY_BYTES = 28;
const SAMPLE_IS_NON_SYNC = 0x10000;

interface Run {
  trackId: number;
  decodeTime: number;
  /** From the beginning of the moof. */
  dataOffset: number;
  samples: { duration: number; size: number; flags: number; compositionOffset: number }[];
}

interface Defaults {
  duration: number;
  size: number;
  flags: number;
}

/** Returns what to give the bytes to: an error text, null while all is well. What the handler throws leaves it. */
export function fmp4Reader(handler: Fmp4Handler): (bytes: Uint8Array) => string | null {
  let pieces: Buffer[] = [];
  let haveBytes = 0;
  let neededBytes = BOX_HEADER_BYTES;
  let error: string | null = null;
  const reader = new BoxReader(handler);
  return (bytes) => {
    if (error !== null) return error;
    pieces.push(Buffer.from(bytes));
    haveBytes += bytes.length;
    try {
      while (haveBytes >= neededBytes) {
        const all = Buffer.concat(pieces, haveBytes);
        const size = all.readUInt32BE(0);
        if (size < BOX_HEADER_BYTES || size > MAX_BOX_BYTES)
          throw new RangeError(`an MP4 box of ${size} bytes`);
        if (haveBytes >= size) reader.read(all.toString('latin1', 4, 8), all.subarray(0, size));
        const used = haveBytes >= size ? size : 0;
        pieces = [all.subarray(used)];
        haveBytes -= used;
        neededBytes = used === 0 ? size : BOX_HEADER_BYTES;
      }
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      error = `no sound MP4: ${thrown.message}`;
    }
    return error;
  };
}

/** Whatever lies outside of its box is a RangeError, of Buffer's own reads or of ours. */
class BoxReader {
  private readonly tracks = new Map<number, Fmp4Track>();
  private readonly trackDefaults = new Map<number, Defaults>();
  private runs: Run[] = [];
  private moofBytes = 0;

  constructor(private readonly handler: Fmp4Handler) {}

  read(type: string, box: Buffer): void {
    if (type === 'moov') this.readMoov(box);
    else if (type === 'moof') this.readMoof(box);
    else if (type === 'mdat') this.readMdat(box);
  }

  private readMoov(moov: Buffer): void {
    for (const trak of boxes(moov, 'trak')) {
      const tkhd = only(trak, 'tkhd');
      const trackId = tkhd.readUInt32BE(tkhd[8] === 1 ? 28 : 20);
      const mdia = only(trak, 'mdia');
      const mdhd = only(mdia, 'mdhd');
      const timescale = mdhd.readUInt32BE(mdhd[8] === 1 ? 28 : 20);
      const stsd = only(only(only(mdia, 'minf'), 'stbl'), 'stsd');
      const entry = stsd.subarray(16);
      const codec = entry.toString('latin1', 4, 8);
      if (timescale === 0) throw new RangeError('no timescale');
      this.tracks.set(trackId, { codec, timescale, config: configOf(codec, entry) });
    }
    for (const mvex of boxes(moov, 'mvex')) {
      for (const trex of boxes(mvex, 'trex')) {
        const [trackId, , duration, size, flags] = [12, 16, 20, 24, 28].map((at) => trex.readUInt32BE(at));
        this.trackDefaults.set(trackId!, { duration: duration!, size: size!, flags: flags! });
      }
    }
    this.handler.onTracks(this.tracks);
  }

  private readMoof(moof: Buffer): void {
    this.moofBytes = moof.length;
    this.runs = [];
    for (const traf of boxes(moof, 'traf')) {
      const { trackId, defaults } = this.readTfhd(only(traf, 'tfhd'));
      const tfdt = only(traf, 'tfdt');
      let decodeTime = tfdt[8] === 1 ? Number(tfdt.readBigUInt64BE(12)) : tfdt.readUInt32BE(12);
      for (const trun of boxes(traf, 'trun')) {
        const run = { trackId, decodeTime, ...readTrun(trun, defaults) };
        for (const { duration } of run.samples) decodeTime += duration;
        this.runs.push(run);
      }
    }
  }

  private readTfhd(tfhd: Buffer): { trackId: number; defaults: Defaults } {
    const flags = tfhd.readUInt32BE(8) & 0xffffff;
    const trackId = tfhd.readUInt32BE(12);
    const defaults = { ...(this.trackDefaults.get(trackId) ?? { duration: 0, size: 0, flags: 0 }) };
    // In front of them: base data offset (8 bytes) and sample description index.
    let at = 16 + ((flags & 1) !== 0 ? 8 : 0) + ((flags & 2) !== 0 ? 4 : 0);
    for (const [bit, name] of [
      [8, 'duration'],
      [16, 'size'],
      [32, 'flags'],
    ] as const) {
      if ((flags & bit) === 0) continue;
      defaults[name] = tfhd.readUInt32BE(at);
      at += 4;
    }
    return { trackId, defaults };
  }

  private readMdat(mdat: Buffer): void {
    for (const { trackId, decodeTime, dataOffset, samples } of this.runs) {
      let at = dataOffset - this.moofBytes;
      let time = decodeTime;
      for (const { duration, size, flags, compositionOffset } of samples) {
        if (at < BOX_HEADER_BYTES || at + size > mdat.length)
          throw new RangeError('a sample outside of its data');
        const data = new Uint8Array(mdat.subarray(at, at + size));
        const isSync = (flags & SAMPLE_IS_NON_SYNC) === 0;
        this.handler.onSample({ trackId, decodeTime: time, compositionOffset, isSync, data });
        at += size;
        time += duration;
      }
    }
    this.runs = [];
  }
}

function readTrun(trun: Buffer, defaults: Defaults): Pick<Run, 'dataOffset' | 'samples'> {
  const flags = trun.readUInt32BE(8) & 0xffffff;
  const count = trun.readUInt32BE(12);
  let at = 16;
  const next = (bit: number): number | null => {
    if ((flags & bit) === 0) return null;
    at += 4;
    return trun.readUInt32BE(at - 4);
  };
  const dataOffset = (next(1) ?? 0) | 0;
  const firstFlags = next(4);
  const samples: Run['samples'] = [];
  // A count that the box cannot hold ends as a read outside of it, unless its samples take no room in it.
  if (count > trun.length) throw new RangeError(`a run of ${count} samples`);
  for (let index = 0; index < count; index++) {
    const duration = next(0x100) ?? defaults.duration;
    const size = next(0x200) ?? defaults.size;
    const own = next(0x400);
    const compositionOffset = (next(0x800) ?? 0) | 0;
    samples.push({
      ...{ duration, size, compositionOffset },
      flags: own ?? (index === 0 && firstFlags !== null ? firstFlags : defaults.flags),
    });
  }
  return { dataOffset, samples };
}

function configOf(codec: string, entry: Buffer): Uint8Array {
  if (codec === 'mp4a') {
    const [esds] = boxes(entry, 'esds', BOX_HEADER_BYTES + AUDIO_ENTRY_BYTES);
    return esds === undefined ? new Uint8Array(0) : specificInfo(esds.subarray(12));
  }
  const children = ['hvcC', 'avcC'].flatMap((type) => [
    ...boxes(entry, type, BOX_HEADER_BYTES + VISUAL_ENTRY_BYTES),
  ]);
  return children[0] === undefined ? new Uint8Array(0) : new Uint8Array(children[0].subarray(8));
}

/** DecoderSpecificInfo (tag 5) within DecoderConfigDescriptor (4) within ES_Descriptor (3): ISO/IEC 14496-1 §7.2.6. */
function specificInfo(descriptors: Buffer): Uint8Array {
  const fixedBytes: Record<number, number> = { 3: 3, 4: 13 };
  for (let at = 0; at < descriptors.length;) {
    const tag = descriptors.readUInt8(at++);
    let size = 0;
    for (let byte = 0x80; (byte & 0x80) !== 0;) {
      byte = descriptors.readUInt8(at++);
      size = (size << 7) | (byte & 0x7f);
    }
    if (tag === 5) return new Uint8Array(descriptors.subarray(at, at + size));
    at += fixedBytes[tag] ?? Math.max(0, size);
  }
  return new Uint8Array(0);
}

/** The boxes of this type directly within a box, headers included. */
function* boxes(box: Buffer, type: string, from = BOX_HEADER_BYTES): Generator<Buffer> {
  for (let at = from; at + BOX_HEADER_BYTES <= box.length;) {
    const size = box.readUInt32BE(at);
    if (size < BOX_HEADER_BYTES || at + size > box.length)
      throw new RangeError(`a box of ${size} bytes within one`);
    if (box.toString('latin1', at + 4, at + 8) === type) yield box.subarray(at, at + size);
    at += size;
  }
}

function only(box: Buffer, type: string): Buffer {
  const [found] = boxes(box, type);
  if (found === undefined) throw new RangeError(`no ${type}`);
  return found;
}
