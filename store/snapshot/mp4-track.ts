import { RunTable, Table, box, fourCc, u32 } from './mp4-boxes';
import type { Pieces } from './mp4-boxes';
import type { SampleEntry } from './mp4-codec';

/** Clock of the movie and of pictures. */
export const MOVIE_CLOCK_HZ = 1000;
/** Nothing is turned or scaled. */
export const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

/** Streams that change more often than this have lost their pictures from then on. */
const MAX_ENTRIES = 8;

/** The samples of one track: where they lie, how long they last, and how they are decoded. */
export class Mp4Track {
  private entries: SampleEntry[] = [];
  private readonly sizes = new Table();
  private readonly durations = new RunTable();
  private readonly offsets = new RunTable();
  private readonly keys = new Table();
  private readonly chunkStarts = new Table();
  private readonly chunkRuns = new Table();

  private startTicks = 0;
  private lastTicks = 0;
  private lastDuration = 0;
  private isReordered = false;
  /** Counted from 1; 0: none that could be taken. */
  private entry = 0;
  private openSamples = 0;
  /** Of the last row of `chunkRuns`. */
  private chunkSamples = 0;
  private chunkEntry = 0;

  /** @param clockHz what ticks count by; `isSound` otherwise pictures */
  constructor(
    private readonly isSound: boolean,
    readonly clockHz: number,
  ) {}

  get sampleCount(): number {
    return this.sizes.count;
  }

  /** Ticks of the newest sample, from the beginning of the file. */
  get newestTicks(): number {
    return this.lastTicks;
  }

  get tableBytes(): number {
    const { sizes, durations, offsets, keys, chunkStarts, chunkRuns } = this;
    const numbers = sizes.count + durations.table.count + offsets.table.count + keys.count;
    return (numbers + chunkStarts.count + chunkRuns.count) * 4;
  }

  /** How samples are decoded from now on; the open chunk must have been closed. False where the table is full. */
  setEntry(entry: SampleEntry): boolean {
    const { entries } = this;
    let index = entries.findIndex(({ config }) => isEqual(config, entry.config));
    if (index < 0 && entries.length < MAX_ENTRIES) index = entries.push(entry) - 1;
    this.entry = index + 1;
    return index >= 0;
  }

  /** `ticks` must rise; `offset` from decoding to showing. */
  addSample(byteCount: number, ticks: number, offset: number, isKey: boolean): void {
    if (this.sizes.count === 0) this.startTicks = ticks;
    else this.durations.push((this.lastDuration = ticks - this.lastTicks));
    this.lastTicks = ticks;
    this.sizes.push(byteCount);
    this.offsets.push(offset);
    if (offset !== 0) this.isReordered = true;
    if (isKey) this.keys.push(this.sizes.count);
    this.openSamples++;
  }

  /** What was added since the last chunk lies in one piece at `position`. */
  closeChunk(position: number): void {
    const { openSamples, entry, chunkStarts, chunkRuns } = this;
    if (openSamples === 0) return;
    this.openSamples = 0;
    chunkStarts.push(position);
    if (openSamples === this.chunkSamples && entry === this.chunkEntry) return;
    this.chunkSamples = openSamples;
    this.chunkEntry = entry;
    for (const value of [chunkStarts.count, openSamples, entry]) chunkRuns.push(value);
  }

  /**
   * The same track, with the chunks alone that end at `position` or before it, and where the last of them ends (0: there is
   * none). Nothing may be added to this one any more.
   */
  upTo(position: number): { track: Mp4Track; end: number } {
    const { sizes, keys, chunkStarts, chunkRuns } = this;
    const track = new Mp4Track(this.isSound, this.clockHz);
    track.entries = this.entries;
    const duration = this.durations.reader();
    const offset = this.offsets.reader();
    let ticks = this.startTicks;
    let end = 0;
    for (let chunk = 0, row = 0; chunk < chunkStarts.count; chunk++) {
      if (row + 3 < chunkRuns.count && chunkRuns.at(row + 3) === chunk + 1) row += 3;
      const first = track.sampleCount;
      const last = first + chunkRuns.at(row + 1);
      let chunkEnd = chunkStarts.at(chunk);
      for (let sample = first; sample < last; sample++) chunkEnd += sizes.at(sample);
      if (chunkEnd > position) break;
      end = chunkEnd;
      track.entry = chunkRuns.at(row + 2);
      for (let sample = first; sample < last; sample++) {
        if (sample > 0) ticks += duration();
        const key = track.keys.count;
        track.addSample(sizes.at(sample), ticks, offset(), key < keys.count && keys.at(key) === sample + 1);
      }
      track.closeChunk(chunkStarts.at(chunk));
    }
    return { track, end };
  }

  /** The box `trak`, and how long the track lasts by the movie's clock. Once, last. */
  finish(trackId: number, createdS: number, defaultDuration: number): { pieces: Pieces; durationMs: number } {
    const { isSound, clockHz, entries, startTicks } = this;
    const toMs = (ticks: number): number => Math.round((ticks * MOVIE_CLOCK_HZ) / clockHz);
    const last = this.lastDuration || defaultDuration;
    this.durations.push(last);
    this.durations.flush();
    this.offsets.flush();
    const mediaTicks = this.lastTicks + last - startTicks;
    const startMs = toMs(startTicks);
    const lengthMs = toMs(mediaTicks);
    const durationMs = startMs + lengthMs;
    const { width, height } = entries.reduce((a, b) => (b.width > a.width ? b : a));
    const volume = isSound ? 0x1000000 : 0;
    const head = [createdS, createdS, trackId, 0, durationMs, 0, 0, 0, volume, ...MATRIX];
    // A track that begins later than the movie: an empty edit in front of it.
    const edits =
      startMs === 0 ? [] : box('edts', box('elst', u32(0, 2, startMs, -1, 0x10000, lengthMs, 0, 0x10000)));
    const pieces = box(
      'trak',
      box('tkhd', u32(3, ...head, width << 16, height << 16)),
      edits,
      box(
        'mdia',
        box('mdhd', u32(0, createdS, createdS, clockHz, mediaTicks, 0x55c40000)),
        box('hdlr', u32(0, 0, fourCc(isSound ? 'soun' : 'vide'), 0, 0, 0), new Uint8Array(1)),
        box(
          'minf',
          isSound ? box('smhd', u32(0, 0)) : box('vmhd', u32(1, 0, 0)),
          box('dinf', box('dref', u32(0, 1), box('url ', u32(1)))),
          this.sampleTable(),
        ),
      ),
    );
    return { pieces, durationMs };
  }

  private sampleTable(): Pieces {
    const { isSound, entries, sizes, durations, offsets, keys, chunkStarts, chunkRuns } = this;
    const descriptions = entries.reduce<Uint8Array[]>((all, { pieces }) => [...all, ...pieces], []);
    const runs = (type: string, { table }: RunTable): Pieces =>
      box(type, u32(type === 'ctts' ? 0x1000000 : 0, table.count / 2), table.pieces);
    return box(
      'stbl',
      box('stsd', u32(0, entries.length), descriptions),
      runs('stts', durations),
      this.isReordered ? runs('ctts', offsets) : [],
      isSound ? [] : box('stss', u32(0, keys.count), keys.pieces),
      box('stsc', u32(0, chunkRuns.count / 3), chunkRuns.pieces),
      box('stsz', u32(0, 0, sizes.count), sizes.pieces),
      box('stco', u32(0, chunkStarts.count), chunkStarts.pieces),
    );
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
