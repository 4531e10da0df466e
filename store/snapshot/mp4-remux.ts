import { BLOCK_BYTES, BlockFile } from './block-file';
import type { FileHandle, FilePort, ReadHandle } from './block-file';
import { LiveRecorder } from './live-recorder';
import { Mp4Muxer } from './mp4-muxer';
import { hasRoom } from './recording-muxer';

export interface RemuxOptions {
  files: FilePort;
  /** An FLV file. */
  from: string;
  /** Where the MP4 goes. */
  to: string;
  /** When the film was made (unix ms): albums sort by it. */
  wallMs: number;
}

/** With an `errmsg` that is not '' there is no file. */
export interface RemuxResult {
  errmsg: string;
  fileBytes: number;
  /** MP4 cannot hold the sound: the film is silent. */
  isSoundLeftOut: boolean;
}

/**
 * Puts what an FLV file holds into an MP4 file, as albums want it; pictures and sound stay as they are. Reads and writes block
 * by block, whatever the file's size. Returns the way to give up: then `done` is not called, and no MP4 is left.
 */
export function remuxToMp4(options: RemuxOptions, done: (result: RemuxResult) => void): () => void {
  const remux = new Mp4Remux(options, done);
  remux.start();
  return () => remux.cancel();
}

class Mp4Remux {
  private readonly reader = new LiveRecorder();
  private readonly block = new ArrayBuffer(BLOCK_BYTES);
  private source: ReadHandle | null = null;
  private position = 0;
  private isReading = false;
  private isOver = false;
  private isCancelled = false;
  private errmsg = '';

  constructor(
    private readonly options: RemuxOptions,
    private readonly done: (result: RemuxResult) => void,
  ) {}

  start(): void {
    const { files, from, to } = this.options;
    files.openRead(from, (source, cause) => {
      if (source === null) return this.end(null, null, cause || 'no file');
      this.source = source;
      if (this.isCancelled) return this.end(null, null, '');
      files.open(to, (target, reason) => {
        if (target === null) this.end(null, null, reason || 'no file');
        else this.begin(target);
      });
    });
  }

  /** What is open is closed as soon as the system lets it go. */
  cancel(): void {
    this.isCancelled = true;
  }

  private begin(target: FileHandle): void {
    const file = new BlockFile(target, (cause) => (this.errmsg = cause));
    const muxer = new Mp4Muxer(file, this.options.wallMs);
    const { reader } = this;
    reader.begin({
      muxer,
      mayAdd: (tagBytes) => {
        const fits = hasRoom(muxer, file, tagBytes);
        if (!fits) this.errmsg = 'too long for an MP4 file';
        return fits;
      },
      onBegun: () => {},
    });
    reader.onStart();
    const next = (): void => {
      if (this.isReading || this.isOver || !file.isDrained) return;
      const isAtEnd = this.position >= this.source!.fileBytes || !reader.isReady;
      if (isAtEnd || this.isCancelled || this.errmsg !== '') return this.end(file, muxer, this.errmsg);
      this.isReading = true;
      this.source!.read(this.block, this.position, (byteCount, cause) => {
        this.isReading = false;
        this.position += byteCount;
        if (cause !== null || byteCount === 0) this.errmsg = cause || 'the file is shorter than it was';
        else reader.onChunk(byteCount < BLOCK_BYTES ? this.block.slice(0, byteCount) : this.block);
        next();
      });
    };
    file.onDrain = next;
    next();
  }

  /** Closes what is open, and keeps the MP4 only if it is whole. */
  private end(file: BlockFile | null, muxer: Mp4Muxer | null, cause: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.errmsg = cause;
    const closed = (): void => {
      if (this.source === null) this.tell(file, muxer);
      else this.source.close(() => this.tell(file, muxer));
    };
    if (file === null || muxer === null) return closed();
    file.beginEnd();
    if (cause === '' && !this.isCancelled) this.errmsg = muxer.finish();
    file.finish(closed);
  }

  private tell(file: BlockFile | null, muxer: Mp4Muxer | null): void {
    const { files, to } = this.options;
    const errmsg = this.errmsg;
    if (file !== null && (errmsg !== '' || this.isCancelled)) files.remove(to);
    if (this.isCancelled) return;
    const isWhole = errmsg === '' && file !== null && muxer !== null;
    this.done({
      errmsg,
      fileBytes: isWhole ? file.byteCount : 0,
      isSoundLeftOut: isWhole && muxer.isSoundLeftOut,
    });
  }
}
