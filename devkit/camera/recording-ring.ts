import fs from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../p2p-core/port/port';
import { diskFile } from './byte-file';
import { FlvIndex } from './flv-index';
import { completeName, readSegmentName, repairSegment } from './recording-files';
import type { Recordings } from './recordings';

export interface RecordingRingOptions {
  folder: string;
  channel: number;
  clock: Pick<Clock, 'wallMs'>;
  recordings: Recordings;
  maxBytes?: number;
  maxDays?: number;
  onEvent?: (level: 'info' | 'warn', text: string) => void;
}

interface Kept {
  fileName: string;
  startMs: number;
  endMs: number;
  byteCount: number;
}

const DEFAULT_MAX_BYTES = 10e9;
const DEFAULT_MAX_DAYS = 7;
const DAY_MS = 24 * 3600_000;
/** Where the tags of a segment are costs a read of it and some 200 KB: kept for the ones that were asked for last. */
const MAX_INDEXES = 16;

/** The complete segments of one channel in a folder: found again at a start, offered to viewers, the oldest deleted. */
export class RecordingRing {
  /** The oldest first. */
  private readonly kept: Kept[] = [];
  private readonly indexes = new Map<string, FlvIndex>();

  constructor(private readonly options: RecordingRingOptions) {
    const { folder, channel } = options;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const fileName of fs.readdirSync(folder).sort()) {
      const name = readSegmentName(fileName);
      if (name?.channel !== channel) continue;
      if (name.endMs === null) this.repair(fileName);
      else this.add(fileName, name.startMs, name.endMs);
    }
    this.makeRoom();
  }

  /** A file that was written to its end. */
  complete(partFile: string, startMs: number, endMs: number): void {
    const fileName = completeName(this.options.channel, startMs, endMs);
    fs.renameSync(partFile, path.join(this.options.folder, fileName));
    this.add(fileName, startMs, endMs);
    this.makeRoom();
  }

  /** Deletes the oldest segments that are too old, or too much together. */
  makeRoom(): void {
    const { clock, maxBytes = DEFAULT_MAX_BYTES, maxDays = DEFAULT_MAX_DAYS } = this.options;
    const oldestMs = clock.wallMs() - maxDays * DAY_MS;
    let byteCount = this.kept.reduce((sum, each) => sum + each.byteCount, 0);
    for (let [oldest] = this.kept; oldest !== undefined; [oldest] = this.kept) {
      if (oldest.endMs >= oldestMs && byteCount <= maxBytes) return;
      this.kept.shift();
      byteCount -= oldest.byteCount;
      this.indexes.delete(oldest.fileName);
      this.options.recordings.remove(oldest.fileName);
      fs.rmSync(path.join(this.options.folder, oldest.fileName), { force: true });
    }
  }

  private repair(fileName: string): void {
    const repaired = repairSegment(path.join(this.options.folder, fileName));
    const name = repaired === null ? null : readSegmentName(path.basename(repaired));
    if (repaired === null || name === null || name.endMs === null) {
      return this.options.onEvent?.(
        'warn',
        `recording: ${fileName} was cut before its first picture: deleted`,
      );
    }
    this.options.onEvent?.('warn', `recording: ${fileName} was not complete: repaired`);
    this.add(path.basename(repaired), name.startMs, name.endMs);
  }

  private add(fileName: string, startMs: number, endMs: number): void {
    const file = diskFile(path.join(this.options.folder, fileName));
    const newestMs = this.kept.at(-1)?.startMs ?? 0;
    this.kept.push({ fileName, startMs, endMs, byteCount: file.byteCount });
    if (startMs < newestMs) this.kept.sort((a, b) => a.startMs - b.startMs);
    const startS = Math.floor(startMs / 1000);
    this.options.recordings.add({
      ...{ fileName, startS, endS: Math.max(startS + 1, Math.ceil(endMs / 1000)), type: 0, file },
      flvIndex: () => this.indexOf(fileName, () => new FlvIndex(file)),
    });
  }

  private indexOf(fileName: string, read: () => FlvIndex): FlvIndex {
    const index = this.indexes.get(fileName) ?? read();
    this.indexes.delete(fileName);
    this.indexes.set(fileName, index);
    if (this.indexes.size > MAX_INDEXES) this.indexes.delete(this.indexes.keys().next().value!);
    return index;
  }
}
