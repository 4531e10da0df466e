import type { BlockWriter } from './block-writer';
import type { ReprDigest } from './repr-digest';

/** As much as a phone hashes without a pause that is seen. */
const SLICE_BYTES = 128 * 1024;

/**
 * Hashes a file while it arrives, and tells the midstate of what is in the file, so that a later try goes on from there. What
 * an earlier try has left without one is read back, two bytes for each that comes, so that no moment is long; what is then
 * still left, slice by slice.
 */
export class FileCheck {
  /** It began with the midstate of an earlier try, which nobody has looked at since. */
  readonly isResumed: boolean;
  private slice: Uint8Array | null = null;

  constructor(
    private readonly digest: ReprDigest,
    private readonly writer: BlockWriter,
    private readonly keep: (midstate: string) => void,
  ) {
    this.isResumed = this.hashedBytes > 0;
  }

  private get hashedBytes(): number {
    return this.digest.hash.totalBytes;
  }

  /** A chunk was added to the writer. Throws what the file throws. */
  onChunk(chunk: ArrayBuffer): void {
    const { writer } = this;
    const startBytes = writer.totalBytes - chunk.byteLength;
    if (this.hashedBytes < startBytes) this.readOn();
    if (this.hashedBytes < startBytes) return;
    const bytes = new Uint8Array(chunk, this.hashedBytes - startBytes);
    const newBytes = writer.writtenBytes - this.hashedBytes;
    if (newBytes > 0) {
      this.digest.update(bytes.subarray(0, newBytes));
      this.onWritten();
    }
    this.digest.update(bytes.subarray(Math.max(0, newBytes)));
  }

  /** All that was added is in the file. */
  onWritten(): void {
    if (this.hashedBytes === this.writer.writtenBytes) this.keep(this.digest.hash.midstate);
  }

  /** Hashes the next slice. False when there is none. Throws what the file throws. */
  readOn(): boolean {
    const { writer, hashedBytes } = this;
    if (hashedBytes >= writer.totalBytes) return false;
    const slice = this.slice || (this.slice = new Uint8Array(SLICE_BYTES));
    const byteCount = writer.read(slice, hashedBytes);
    if (byteCount === 0) throw new Error('the file is shorter than it was');
    this.digest.update(slice.subarray(0, byteCount));
    return true;
  }

  /** Whether the file is what the camera has. When nothing is left to read; once. */
  isMatch(): boolean {
    return this.digest.isMatch();
  }
}
