const SMALLEST_RING_BYTES = 4096;
/** A ring of more than this is given back when it runs empty. */
const KEPT_RING_BYTES = 64 * 1024;
const NO_BYTES = new Uint8Array(0);
const DEFAULT_LIMIT_BYTES = 1024 * 1024;
const MAX_LIMIT_BYTES = 2 * DEFAULT_LIMIT_BYTES;
/** What is in flight, and behind a lost packet half of it again, until a round trip has brought that packet. */
const WINDOWS = 1.5;

/** Most that one stream may hold: a number of the program, or what the path needs. All streams share it. */
export class SendBufferLimit {
  bytes: number;

  constructor(private readonly fixedBytes: number | undefined) {
    this.bytes = fixedBytes ?? DEFAULT_LIMIT_BYTES;
  }

  /** Only long and fast paths, a geostationary satellite, need more than the default. */
  follow(congestionWindowBytes: number): void {
    if (this.fixedBytes !== undefined) return;
    const wantedBytes = Math.floor(WINDOWS * congestionWindowBytes);
    this.bytes = Math.min(Math.max(wantedBytes, DEFAULT_LIMIT_BYTES), MAX_LIMIT_BYTES);
  }
}

/** The bytes of a stream from the first one not acknowledged to the last one written: a ring that grows by doubling. */
export class SendBuffer {
  /** Offset of the oldest byte held, and of the byte that will be written next. */
  startOffset = 0;
  endOffset = 0;
  private ring = NO_BYTES;
  /** Where `startOffset` is in the ring. */
  private head = 0;

  append(bytes: Uint8Array): void {
    const used = this.endOffset - this.startOffset;
    if (used + bytes.length > this.ring.length) this.grow(used, used + bytes.length);
    this.copyIn((this.head + used) & (this.ring.length - 1), bytes);
    this.endOffset += bytes.length;
  }

  /** Copies [start, end), which must be held, to `target` at `at`. */
  copyOut(start: number, end: number, target: Uint8Array, at: number): void {
    if (start >= end) return;
    const from = (this.head + (start - this.startOffset)) & (this.ring.length - 1);
    const length = end - start;
    const first = Math.min(length, this.ring.length - from);
    target.set(this.ring.subarray(from, from + first), at);
    if (first < length) target.set(this.ring.subarray(0, length - first), at + first);
  }

  /** Forgets everything below `offset`. */
  releaseTo(offset: number): void {
    this.head = (this.head + (offset - this.startOffset)) & (this.ring.length - 1);
    this.startOffset = offset;
    if (offset === this.endOffset && this.ring.length > KEPT_RING_BYTES) this.clear();
  }

  /** Gives the memory back; what was held is gone. */
  clear(): void {
    this.startOffset = this.endOffset;
    this.ring = NO_BYTES;
    this.head = 0;
  }

  private copyIn(at: number, bytes: Uint8Array): void {
    const first = Math.min(bytes.length, this.ring.length - at);
    if (first === bytes.length) {
      this.ring.set(bytes, at);
    } else {
      this.ring.set(bytes.subarray(0, first), at);
      this.ring.set(bytes.subarray(first), 0);
    }
  }

  private grow(used: number, wanted: number): void {
    let size = Math.max(SMALLEST_RING_BYTES, this.ring.length);
    while (size < wanted) size *= 2; // a power of two, so that an index wraps by a mask
    const larger = new Uint8Array(size);
    this.copyOut(this.startOffset, this.startOffset + used, larger, 0);
    this.ring = larger;
    this.head = 0;
  }
}
