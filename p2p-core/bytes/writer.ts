const EMPTY = new Uint8Array(0);
const MIN_CAPACITY_BYTES = 64;

/** Growing, big-endian writer. Integers are cut to their width, as typed arrays do. */
export class ByteWriter {
  private buffer: Uint8Array;
  private end = 0;

  constructor(initialCapacityBytes = MIN_CAPACITY_BYTES) {
    this.buffer = new Uint8Array(initialCapacityBytes);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.end;
  }

  u8(value: number): this {
    const at = this.reserve(1);
    this.buffer[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.reserve(2);
    this.buffer[at] = value >>> 8;
    this.buffer[at + 1] = value;
    return this;
  }

  u24(value: number): this {
    const at = this.reserve(3);
    this.buffer[at] = value >>> 16;
    this.buffer[at + 1] = value >>> 8;
    this.buffer[at + 2] = value;
    return this;
  }

  u32(value: number): this {
    const at = this.reserve(4);
    this.buffer[at] = value >>> 24;
    this.buffer[at + 1] = value >>> 16;
    this.buffer[at + 2] = value >>> 8;
    this.buffer[at + 3] = value;
    return this;
  }

  /** Appends a copy of `bytes`. */
  bytes(bytes: Uint8Array): this {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
    return this;
  }

  /** Hands over what was written, as a view without a copy, and starts again empty. */
  finish(): Uint8Array {
    const written = this.buffer.subarray(0, this.end);
    this.buffer = EMPTY;
    this.end = 0;
    return written;
  }

  private reserve(byteCount: number): number {
    const at = this.end;
    const needed = at + byteCount;
    if (needed > this.buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2, MIN_CAPACITY_BYTES));
      grown.set(this.buffer.subarray(0, at));
      this.buffer = grown;
    }
    this.end = needed;
    return at;
  }
}
