const EMPTY = new Uint8Array(0);

/**
 * Bounds-checked, big-endian reading of bytes from the wire. It never throws: the first read beyond the end sets
 * `failed`, and this and every later read return 0 or an empty array. So a parser reads all its fields, then checks
 * `failed` once before it believes any of them.
 */
export class ByteReader {
  private position = 0;
  private hasFailed = false;

  /** `source` is borrowed: it must not change while it is read. */
  constructor(private readonly source: Uint8Array) {}

  get failed(): boolean {
    return this.hasFailed;
  }

  /** How many bytes were read so far. */
  get offset(): number {
    return this.position;
  }

  /** Bytes left; 0 after a failed read. */
  get remaining(): number {
    return this.hasFailed ? 0 : this.source.length - this.position;
  }

  u8(): number {
    const at = this.take(1);
    return at < 0 ? 0 : this.source[at]!;
  }

  u16(): number {
    const at = this.take(2);
    return at < 0 ? 0 : (this.source[at]! << 8) | this.source[at + 1]!;
  }

  u24(): number {
    const at = this.take(3);
    if (at < 0) return 0;
    return (this.source[at]! << 16) | (this.source[at + 1]! << 8) | this.source[at + 2]!;
  }

  u32(): number {
    const at = this.take(4);
    if (at < 0) return 0;
    const { source } = this;
    return ((source[at]! << 24) | (source[at + 1]! << 16) | (source[at + 2]! << 8) | source[at + 3]!) >>> 0;
  }

  /** A view of the next `byteCount` bytes, not a copy. A count that is no whole number >= 0 fails too. */
  bytes(byteCount: number): Uint8Array {
    const at = this.take(byteCount);
    return at < 0 ? EMPTY : this.source.subarray(at, at + byteCount);
  }

  skip(byteCount: number): void {
    this.take(byteCount);
  }

  /** For parsers: a value that was read is impossible, so treat the input as broken from here on. */
  fail(): void {
    this.hasFailed = true;
  }

  /** Moves over `byteCount` bytes and returns where they start, -1 when they are not there. */
  private take(byteCount: number): number {
    const at = this.position;
    // Written so that NaN and fractions fail as well.
    if (this.hasFailed || !(byteCount >= 0 && byteCount <= this.source.length - at) || byteCount % 1 !== 0) {
      this.hasFailed = true;
      return -1;
    }
    this.position = at + byteCount;
    return at;
  }
}
