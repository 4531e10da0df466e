import type { ContentRecords, FileStore, OpenFile } from '../../../store/download/file-store';

/** Files in memory, which outlive a store as a phone's do. */
export class MemoryFiles implements FileStore, ContentRecords {
  readonly files = new Map<string, Uint8Array>();
  /** Bytes of every write, in order. */
  readonly writes: number[] = [];
  openCount = 0;
  mostOpen = 0;
  /** From here on a write fails, as on a full disk. */
  fullAtBytes = Infinity;
  private records: Readonly<Record<string, string>> = {};

  /** What the app keeps besides. */
  foreignBytes = 0;
  /** Bytes of every read, in order. */
  readonly reads: number[] = [];

  usedBytes(): number {
    return [...this.files.values()].reduce((sum, { length }) => sum + length, this.foreignBytes);
  }

  sizeOf(path: string): number {
    return this.files.get(path)?.length ?? 0;
  }

  open(path: string): OpenFile {
    if (!this.files.has(path)) this.files.set(path, new Uint8Array(0));
    this.mostOpen = Math.max(this.mostOpen, ++this.openCount);
    let isOpen = true;
    return {
      write: (data, byteCount, position) => {
        if (!isOpen) throw new Error('closed');
        if (position + byteCount > this.fullAtBytes) throw new Error('disk full');
        this.writes.push(byteCount);
        const before = this.files.get(path) ?? new Uint8Array(0);
        if (position > before.length) throw new Error('a hole');
        const after = new Uint8Array(Math.max(before.length, position + byteCount));
        after.set(before);
        after.set(new Uint8Array(data, 0, byteCount), position);
        this.files.set(path, after);
      },
      read: (data, byteCount, position) => {
        if (!isOpen) throw new Error('closed');
        const bytes = this.files.get(path)!.subarray(position, position + byteCount);
        new Uint8Array(data).set(bytes);
        this.reads.push(bytes.length);
        return bytes.length;
      },
      close: () => {
        if (isOpen) this.openCount--;
        isOpen = false;
      },
    };
  }

  remove(path: string): void {
    this.files.delete(path);
  }

  load(): Readonly<Record<string, string>> {
    return this.records;
  }

  save(records: Readonly<Record<string, string>>): void {
    this.records = { ...records };
  }

  /** The records are those of a version that kept none. */
  forgetMidstates(): void {
    for (const [path, record] of Object.entries(this.records)) {
      this.save({ ...this.records, [path]: record.split('\n')[0]! });
    }
  }
}
