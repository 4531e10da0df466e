import type { MuxerOutput } from './recording-muxer';

/** A file that is being written. Components bind it to the file system of the mini program. */
export interface FileHandle {
  /** Writes the first `byteCount` bytes at `position`. The buffer is the callee's until `done`; null when it worked. */
  write(
    buffer: ArrayBuffer,
    byteCount: number,
    position: number,
    done: (errmsg: string | null) => void,
  ): void;
  close(done: () => void): void;
}

/** A file that is being read. */
export interface ReadHandle {
  readonly fileBytes: number;
  /** Fills the buffer from `position` on, as far as the file goes. The buffer is the callee's until `done`. */
  read(buffer: ArrayBuffer, position: number, done: (byteCount: number, errmsg: string | null) => void): void;
  close(done: () => void): void;
}

export interface FilePort {
  /** An empty file at `path`; null with a reason where there can be none. */
  open(path: string, done: (file: FileHandle | null, errmsg: string) => void): void;
  openRead(path: string, done: (file: ReadHandle | null, errmsg: string) => void): void;
  remove(path: string): void;
}

/** Few large writes: each one crosses to the system, and small ones cost phones more than the bytes do. */
export const BLOCK_BYTES = 256 * 1024;
/** What may wait for a slow disk; with the block that is being filled, 1.25 MiB. */
const MAX_WAITING_BLOCKS = 4;

interface Block {
  buffer: ArrayBuffer;
  byteCount: number;
  position: number;
}

/** Collects bytes into blocks and writes them in order, one at a time. Bounded: a disk that is too slow is an error. */
export class BlockFile implements MuxerOutput {
  private block = new Uint8Array(BLOCK_BYTES);
  private filled = 0;
  /** Where the block that is being filled goes. */
  private position = 0;
  private readonly waiting: Block[] = [];
  private readonly spare: ArrayBuffer[] = [];
  private isWriting = false;
  /** Something was not written; nothing is any more, unless `rewind` is called. */
  isBroken = false;
  /** On the disk, from the beginning without a hole. */
  diskBytes = 0;
  /** Called whenever everything that was appended in whole blocks is on the disk. */
  onDrain: (() => void) | null = null;
  private isEnding = false;
  private onFinished: (() => void) | null = null;

  constructor(
    private readonly file: FileHandle,
    /** Nothing is written afterwards, see `isBroken`. */
    private readonly onError: (errmsg: string) => void,
  ) {}

  /** Appended so far, written or not. */
  get byteCount(): number {
    return this.position + this.filled;
  }

  /** `bytes` is borrowed until the call returns. */
  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.isBroken;) {
      const count = Math.min(BLOCK_BYTES - this.filled, bytes.length - at);
      this.block.set(bytes.subarray(at, at + count), this.filled);
      this.filled += count;
      at += count;
      if (this.filled === BLOCK_BYTES) this.flush();
    }
  }

  patch(bytes: Uint8Array, position: number): void {
    this.flush();
    const { buffer } = bytes.slice();
    this.enqueue({ buffer, byteCount: bytes.length, position });
  }

  /** What is appended from now on is bounded by who appends it, and waits for the disk. */
  beginEnd(): void {
    this.isEnding = true;
  }

  /** No block waits for the disk. */
  get isDrained(): boolean {
    return !this.isWriting;
  }

  /** Writes what was appended; `done` comes when the disk has done all that it can. */
  drain(done: () => void): void {
    this.flush();
    this.onFinished = done;
    this.next();
  }

  /** After a failure and `drain`: what is appended now goes to `position`, over what is there. */
  rewind(position: number): void {
    this.isBroken = false;
    this.position = position;
    this.filled = 0;
  }

  /** Writes the rest and closes the file, also a broken one. Once. */
  finish(done: () => void): void {
    this.drain(() => this.file.close(done));
  }

  private flush(): void {
    if (this.filled === 0) return;
    const { position, filled } = this;
    const buffer = this.block.buffer as ArrayBuffer;
    this.position += filled;
    this.filled = 0;
    this.block = new Uint8Array(this.spare.pop() || new ArrayBuffer(BLOCK_BYTES));
    this.enqueue({ buffer, byteCount: filled, position });
  }

  private enqueue(block: Block): void {
    if (this.isBroken) return;
    if (this.waiting.length >= MAX_WAITING_BLOCKS && !this.isEnding) return this.fail('the disk is too slow');
    this.waiting.push(block);
    this.next();
  }

  private next(): void {
    if (this.isWriting) return;
    const block = this.waiting.shift();
    if (block === undefined) {
      const finished = this.onFinished;
      this.onFinished = null;
      if (finished !== null) finished();
      else if (this.onDrain !== null) this.onDrain();
      return;
    }
    this.isWriting = true;
    this.file.write(block.buffer, block.byteCount, block.position, (errmsg) => {
      this.isWriting = false;
      if (errmsg === null) this.written(block);
      else this.fail(errmsg);
      this.next();
    });
  }

  private written({ buffer, byteCount, position }: Block): void {
    if (position === this.diskBytes) this.diskBytes += byteCount;
    if (buffer.byteLength === BLOCK_BYTES && this.waiting.length < MAX_WAITING_BLOCKS)
      this.spare.push(buffer);
  }

  private fail(errmsg: string): void {
    this.waiting.length = 0;
    if (this.isBroken) return;
    this.isBroken = true;
    this.onError(errmsg);
  }
}
