import { createHash } from 'node:crypto';
import type { Clock, TimerId } from '../../p2p-core/port/port';
import type { ByteFile, ByteReader } from './byte-file';

/** So much at a time: live pictures of other viewers go out between. */
const SLICE_BYTES = 1024 * 1024;
/** What no phone keeps (100 MB a file) is not hashed. */
const MAX_BYTES = 128 * 1024 * 1024;

/** The hash of recorded files as the header `Repr-Digest` has it (RFC 9530); each is read once. */
export class FileDigests {
  private readonly known = new WeakMap<ByteFile, string>();

  constructor(private readonly clock: Clock) {}

  /**
   * Calls `done`, at once where it is known: with the header's value, '' for a file that is too large, or cannot be read.
   * Returns the way to give up.
   */
  of(file: ByteFile, done: (digest: string) => void): () => void {
    const known = this.known.get(file);
    let reader: ByteReader | null = null;
    let timer: TimerId | null = null;
    const finish = (digest: string): void => {
      reader?.close();
      if (digest !== '') this.known.set(file, digest);
      done(digest);
    };
    if (known !== undefined || file.byteCount > MAX_BYTES) {
      done(known ?? '');
      return () => {};
    }
    const hash = createHash('sha256');
    let offset = 0;
    const next = (): void => {
      timer = null;
      try {
        reader ??= file.open();
        const slice = reader.read(offset, Math.min(SLICE_BYTES, file.byteCount - offset));
        if (slice.length === 0 && offset < file.byteCount) return finish('');
        hash.update(slice);
        offset += slice.length;
      } catch {
        // Whoever asks for the file is told so by reading it.
        return finish('');
      }
      if (offset < file.byteCount) timer = this.clock.setTimer(next, 0);
      else finish(`sha-256=:${hash.digest('base64')}:`);
    };
    next();
    return () => {
      if (timer === null) return;
      this.clock.clearTimer(timer);
      timer = null;
      reader?.close();
    };
  }
}
