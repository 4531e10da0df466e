import fs from 'node:fs';

/** Bytes that are read piece by piece, so that a large file costs no memory. */
export interface ByteFile {
  readonly byteCount: number;
  /** Changes with the content; quoted, as HTTP writes it (RFC 9110 §8.8.3). */
  readonly etag: string;
  /** Throws what the system says when the file is gone. */
  open(): ByteReader;
}

export interface ByteReader {
  /**
   * Fresh bytes from `offset` on; fewer only where the file ends. Synchronous: callers ask for at most a few hundred
   * kilobytes of a local file, and nothing can get between a read and the write that follows. Throws what the system says.
   */
  read(offset: number, byteCount: number): Uint8Array;
  close(): void;
}

/** A file of the disk as it is now: its size and etag are those of this moment. */
export function diskFile(path: string): ByteFile {
  const { size, mtimeMs } = fs.statSync(path);
  return {
    byteCount: size,
    etag: `"${size.toString(16)}-${Math.round(mtimeMs).toString(16)}"`,
    open: () => openDiskFile(path),
  };
}

function openDiskFile(path: string): ByteReader {
  const descriptor = fs.openSync(path, 'r');
  return {
    read(offset, byteCount) {
      const bytes = new Uint8Array(byteCount);
      let filled = 0;
      while (filled < byteCount) {
        const readBytes = fs.readSync(descriptor, bytes, filled, byteCount - filled, offset + filled);
        if (readBytes === 0) break;
        filled += readBytes;
      }
      return bytes.subarray(0, filled);
    },
    close: () => fs.closeSync(descriptor),
  };
}
