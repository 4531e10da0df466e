/** A box, or what lies in one: its bytes in pieces, so that nothing is copied before it is written. */
export type Pieces = readonly Uint8Array[];

/** 32-bit numbers, big-endian. */
export function u32(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  values.forEach((value, index) => setU32(bytes, index * 4, value));
  return bytes;
}

export function setU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** A four-character code as its number. */
export function fourCc(name: string): number {
  return (
    ((name.charCodeAt(0) << 24) |
      (name.charCodeAt(1) << 16) |
      (name.charCodeAt(2) << 8) |
      name.charCodeAt(3)) >>>
    0
  );
}

/** One box (ISO/IEC 14496-12 §4.2); of a full box, `content` begins with version and flags. */
export function box(type: string, ...content: (Uint8Array | Pieces)[]): Pieces {
  const pieces: Uint8Array[] = [];
  for (const part of content) {
    if (part instanceof Uint8Array) pieces.push(part);
    else pieces.push(...part);
  }
  const byteCount = pieces.reduce((sum, { length }) => sum + length, 8);
  return [u32(byteCount, fourCc(type)), ...pieces];
}

const PAGE_BYTES = 16 * 1024;

/** A table of 32-bit numbers as the file has it. It grows by pages, without copying. */
export class Table {
  count = 0;
  private readonly pages: Uint8Array[] = [];

  push(value: number): void {
    const at = (this.count++ * 4) % PAGE_BYTES;
    if (at === 0) this.pages.push(new Uint8Array(PAGE_BYTES));
    setU32(this.pages[this.pages.length - 1]!, at, value);
  }

  at(index: number): number {
    const page = this.pages[Math.floor((index * 4) / PAGE_BYTES)]!;
    const at = (index * 4) % PAGE_BYTES;
    return (page[at]! << 24) | (page[at + 1]! << 16) | (page[at + 2]! << 8) | page[at + 3]!;
  }

  /** Views of the pages. */
  get pieces(): Pieces {
    return this.pages.map((page, index) => page.subarray(0, this.count * 4 - index * PAGE_BYTES));
  }
}

/** A table of runs: how often a number comes in a row, and the number. */
export class RunTable {
  readonly table = new Table();
  private value = 0;
  private length = 0;

  push(value: number): void {
    if (this.length > 0 && value !== this.value) this.flush();
    this.value = value;
    this.length++;
  }

  /** Reads one number after the other. Ends the last run. */
  reader(): () => number {
    this.flush();
    let run = 0;
    let used = 0;
    return () => {
      if (used === this.table.at(run)) {
        run += 2;
        used = 0;
      }
      used++;
      return this.table.at(run + 1);
    };
  }

  /** Ends the last run. */
  flush(): void {
    if (this.length === 0) return;
    this.table.push(this.length);
    this.table.push(this.value);
    this.length = 0;
  }
}
