import type { FileHandle, FilePort, ReadHandle } from '../../../store/snapshot/block-file';

/** Files in memory, written as slowly as the test says. */
export class MemoryFiles implements FilePort {
  readonly files = new Map<string, Uint8Array>();
  readonly writes: { byteCount: number; position: number }[] = [];
  openCount = 0;
  openError = '';
  writeError: string | null = null;
  /** A full disk: from this write on (counted from 1), files no longer grow; 0: there is room. */
  writesUntilFailure = 0;
  readError: string | null = null;
  isSlow = false;
  private isFull = false;
  private readonly waiting: (() => void)[] = [];

  open(path: string, done: (file: FileHandle | null, errmsg: string) => void): void {
    if (this.openError !== '') return done(null, this.openError);
    this.files.set(path, new Uint8Array(0));
    this.openCount++;
    done(
      {
        write: (buffer, byteCount, position, written) => {
          this.writes.push({ byteCount, position });
          const write = (): void => {
            if (this.writeError !== null) return written(this.writeError);
            const before = this.files.get(path)!;
            if (this.writesUntilFailure > 0 && --this.writesUntilFailure === 0) this.isFull = true;
            if (this.isFull && position + byteCount > before.length) return written('write:fail no space');
            const after = new Uint8Array(Math.max(before.length, position + byteCount));
            after.set(before);
            after.set(new Uint8Array(buffer, 0, byteCount), position);
            this.files.set(path, after);
            written(null);
          };
          if (this.isSlow) this.waiting.push(write);
          else queueMicrotask(write);
        },
        close: (closed) => {
          this.openCount--;
          closed();
        },
      },
      '',
    );
  }

  openRead(path: string, done: (file: ReadHandle | null, errmsg: string) => void): void {
    const bytes = this.files.get(path);
    if (bytes === undefined) return done(null, 'open:fail no such file');
    this.openCount++;
    done(
      {
        fileBytes: bytes.length,
        read: (buffer, position, read) => {
          const piece = bytes.subarray(position, position + buffer.byteLength);
          queueMicrotask(() => {
            if (this.readError !== null) return read(0, this.readError);
            new Uint8Array(buffer).set(piece);
            read(piece.length, null);
          });
        },
        close: (closed) => {
          this.openCount--;
          closed();
        },
      },
      '',
    );
  }

  remove(path: string): void {
    this.files.delete(path);
  }

  writeNext(): boolean {
    const write = this.waiting.shift();
    write?.();
    return write !== undefined;
  }
}
