import type { FileStore, OpenFile } from './file-store';

/** A write to flash costs the same for a few bytes as for many. */
const BLOCK_BYTES = 1024 * 1024;

/** Gathers what arrives and writes it block by block through one descriptor. Holds one block, whatever the file's size. */
export class BlockWriter {
  private readonly block = new Uint8Array(BLOCK_BYTES);
  private readonly file: OpenFile;
  private blockBytes = 0;

  /** @param writtenBytes what the file has already; everything goes behind it. Only read it. */
  constructor(
    files: FileStore,
    path: string,
    public writtenBytes: number,
  ) {
    this.file = files.open(path);
  }

  /** Written, or about to be. */
  get totalBytes(): number {
    return this.writtenBytes + this.blockBytes;
  }

  /** Throws what the file throws: these bytes are lost then, those of before are not. */
  add(chunk: ArrayBuffer): void {
    const bytes = new Uint8Array(chunk);
    for (let at = 0; at < bytes.length;) {
      const taken = Math.min(bytes.length - at, BLOCK_BYTES - this.blockBytes);
      this.block.set(bytes.subarray(at, at + taken), this.blockBytes);
      this.blockBytes += taken;
      at += taken;
      if (this.blockBytes === BLOCK_BYTES) this.flush();
    }
  }

  /** Bytes from `position` on, written or not, as far as `into` takes them. Returns how many; throws as the file does. */
  read(into: Uint8Array, position: number): number {
    const restBytes = this.writtenBytes - position;
    if (restBytes > 0) {
      return this.file.read(into.buffer as ArrayBuffer, Math.min(into.length, restBytes), position);
    }
    const rest = this.block.subarray(-restBytes, Math.min(this.blockBytes, into.length - restBytes));
    into.set(rest);
    return rest.length;
  }

  /** Writes what is left and closes the file, whatever happens. */
  close(): void {
    try {
      this.flush();
    } finally {
      this.file.close();
    }
  }

  private flush(): void {
    const { blockBytes } = this;
    if (blockBytes === 0) return;
    this.blockBytes = 0;
    this.file.write(this.block.buffer as ArrayBuffer, blockBytes, this.writtenBytes);
    this.writtenBytes += blockBytes;
  }
}
