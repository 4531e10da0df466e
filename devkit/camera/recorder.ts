import fs from 'node:fs';
import path from 'node:path';
import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import type { Clock } from '../../p2p-core/port/port';
import type { LiveTag, LiveTracks } from './live-source';
import { RecordingRing } from './recording-ring';
import { partName } from './recording-files';
import type { Recordings } from './recordings';

export interface RecorderOptions {
  /** Made where it is missing. Nothing else should be in it. */
  folder: string;
  channel: number;
  clock: Pick<Clock, 'wallMs'>;
  /** Where to add what is recorded, and take away what the ring deletes. */
  recordings: Recordings;
  /** What is recorded. */
  tracks: () => LiveTracks;
  subscribe: (sink: (tag: LiveTag) => void) => () => void;
  /** Default one minute: a segment can be watched once it is complete. */
  segmentMs?: number;
  /** Of this channel; the oldest segments go. Default 10 GB. */
  maxBytes?: number;
  /** Default 7. */
  maxDays?: number;
  onEvent?: (level: 'info' | 'warn', text: string) => void;
}

const DEFAULT_SEGMENT_MS = 60_000;
/** What a disk may be behind; more is left out, up to the next key frame. */
const MAX_UNWRITTEN_BYTES = 8 * 1024 * 1024;

/** A file that is on the disk when it is closed, and gets its name after that. (`flush` of the stream wants Node.js 20.10.) */
const FLUSHED = {
  ...{ open: fs.open, write: fs.write, writev: fs.writev },
  close: (fd: number, done: (error: Error | null) => void) =>
    fs.fsync(fd, (flushError) => fs.close(fd, (error) => done(flushError ?? error ?? null))),
};

interface Segment {
  file: fs.WriteStream;
  partFile: string;
  startMs: number;
  /** The source's timestamp of its first tag. */
  baseMs: number;
  lastMs: number;
}

/**
 * Keeps a live stream on disk, in segments that begin with a key frame at multiples of `segmentMs` of the wall clock. A
 * segment is written under another name until it is complete, so that what a crash leaves is found and repaired
 * (RecordingRing); complete ones carry channel, start and end in their names, and need no index beside them.
 */
export class Recorder {
  private readonly ring: RecordingRing;
  private readonly segmentMs: number;
  private unsubscribe: (() => void) | null = null;
  private readonly headers = new Map<string, LiveTag>();
  private segment: Segment | null = null;
  private readonly finishing = new Set<Promise<void>>();
  private isSkipping = false;

  /** Reads the folder, and repairs what was not closed. @throws the system's error */
  constructor(private readonly options: RecorderOptions) {
    this.segmentMs = options.segmentMs ?? DEFAULT_SEGMENT_MS;
    this.ring = new RecordingRing(options);
  }

  start(): void {
    this.unsubscribe ??= this.options.subscribe((tag) => this.onTag(tag));
  }

  /** Resolves when every segment is complete. */
  async stop(): Promise<void> {
    this.unsubscribe?.();
    this.unsubscribe = null;
    this.finish();
    await Promise.all(this.finishing);
  }

  private onTag(tag: LiveTag): void {
    if (tag.type === FlvTagType.Script || tag.isSequenceHeader) {
      this.headers.set(tag.type === FlvTagType.Script ? 'script' : String(tag.type), tag);
      if (this.segment !== null) this.write(this.segment, tag);
      return;
    }
    const wallMs = this.options.clock.wallMs();
    const canBegin = tag.isKeyframe || !this.options.tracks().hasVideo;
    if (canBegin && this.isDue(wallMs)) {
      this.finish();
      this.begin(tag, wallMs);
    }
    const { segment } = this;
    if (segment === null) return;
    if (canBegin) this.isSkipping = false;
    if (segment.file.writableLength > MAX_UNWRITTEN_BYTES && !this.isSkipping) {
      this.isSkipping = true;
      this.say('warn', 'the disk is too slow: pictures are left out');
    }
    if (!this.isSkipping) this.write(segment, tag);
  }

  private isDue(wallMs: number): boolean {
    if (this.segment === null) return true;
    return Math.floor(wallMs / this.segmentMs) !== Math.floor(this.segment.startMs / this.segmentMs);
  }

  private begin(tag: LiveTag, wallMs: number): void {
    const { folder, channel, tracks } = this.options;
    const startMs = Math.round(wallMs);
    const partFile = path.join(folder, partName(channel, startMs));
    const file = fs.createWriteStream(partFile, { flags: 'wx', mode: 0o600, fs: FLUSHED });
    const segment = { file, partFile, startMs, baseMs: tag.timestampMs, lastMs: 0 };
    file.on('error', (error) => {
      this.say('warn', `recording: ${error.message}`);
      if (this.segment === segment) this.segment = null; // the next key frame begins another
      this.ring.makeRoom();
    });
    this.segment = segment;
    const { hasVideo, hasAudio } = tracks();
    file.write(flvHeader(hasVideo, hasAudio));
    for (const name of ['script', String(FlvTagType.Video), String(FlvTagType.Audio)]) {
      const header = this.headers.get(name);
      if (header !== undefined) this.write(segment, header);
    }
  }

  private write(segment: Segment, tag: LiveTag): void {
    const isHeader = tag.type === FlvTagType.Script || tag.isSequenceHeader;
    // Modulo 2^32, as the source's clock; sound from just before the key frame begins with it.
    const sinceMs = (tag.timestampMs - segment.baseMs) >>> 0;
    const timestampMs = isHeader ? segment.lastMs : sinceMs > 2 ** 31 ? 0 : sinceMs;
    segment.lastMs = Math.max(segment.lastMs, timestampMs);
    segment.file.write(flvTag(tag.type, timestampMs, tag.data));
  }

  private finish(): void {
    const { segment } = this;
    if (segment === null) return;
    this.segment = null;
    const finished = this.close(segment).finally(() => this.finishing.delete(finished));
    this.finishing.add(finished);
  }

  private async close({ file, partFile, startMs, lastMs }: Segment): Promise<void> {
    await new Promise<void>((resolve) => {
      file.once('close', () => resolve());
      file.end();
    });
    if (file.errored === null) this.ring.complete(partFile, startMs, startMs + lastMs + 1);
  }

  private say(level: 'info' | 'warn', text: string): void {
    this.options.onEvent?.(level, text);
  }
}
