import type { BlockWriter } from './block-writer';
import type { ReprDigest } from './repr-digest';

/** As much as a phone hashes without a pause that is seen. */
const SLICE_BYTES = 128 * 1024;

/**
 * Hashes a file while it arrives. What an earlier try has left is read back, two bytes for each that comes, so that no
 * moment is long; what is then still left, slice by slice.
 */
export class FileCheck {
  private hashedBytes = 0;
  private slice: Uint8Array | null = null;

  constructor(
    private readonly digest: ReprDigest,
    private readonly writer: BlockWriter,
  ) {}

  /** A chunk was added to the writer. Throws what the file throws. */
  onChunk(chunk: ArrayBuffer): void {
    if (this.hashedBytes === this.writer.totalBytes - chunk.byteLength) {
      this.digest.update(new Uint8Array(chunk));
      this.hashedBytes += chunk.byteLength;
    } else this.readOn();
  }

  /** Hashes the next slice. False when there is none. Throws what the file throws. */
  readOn(): boolean {
    const { writer, hashedBytes } = this;
    if (hashedBytes >= writer.totalBytes) return false;
    const slice = this.slice || (this.slice = new Uint8Array(SLICE_BYTES));
    const byteCount = writer.read(slice, hashedBytes);
    if (byteCount === 0) throw new Error('the file is shorter than it was');
    this.digest.update(slice.subarray(0, byteCount));
    this.hashedBytes += byteCount;
    return true;
  }

  /** Whether the file is what the camera has. When nothing is left to read; once. */
  isMatch(): boolean {
    return this.digest.isMatch();
  }
}
