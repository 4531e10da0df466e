import { MAX_EARLY_CHUNKS } from './constants';

/** The pieces that wait on all streams of a connection. */
export class EarlyChunks {
  count = 0;
}

/** Bytes of a stream that arrived before their turn: copies, sorted, without overlap. Flow control bounds their sum. */
export class Reassembly {
  private readonly offsets: number[] = [];
  private readonly chunks: Uint8Array[] = [];

  constructor(private readonly all: EarlyChunks) {}

  /** Keeps what is new in packet[start, end), whose first byte has `offset`. False when there are too many pieces. */
  insert(offset: number, packet: Uint8Array, start: number, end: number): boolean {
    const { offsets, chunks } = this;
    const last = offset + (end - start);
    let next = offsets.length;
    while (next > 0 && offsets[next - 1]! > offset) next--;
    let from = next > 0 ? Math.max(offset, this.endOf(next - 1)) : offset;
    while (from < last) {
      const to = next < offsets.length ? Math.min(last, offsets[next]!) : last;
      if (to > from) {
        if (this.all.count >= MAX_EARLY_CHUNKS) return false;
        this.all.count++;
        const copy = packet.slice(start + (from - offset), start + (to - offset));
        if (next === offsets.length) {
          offsets.push(from);
          chunks.push(copy);
        } else {
          offsets.splice(next, 0, from);
          chunks.splice(next, 0, copy);
        }
        next++;
      }
      if (next >= offsets.length) break;
      from = Math.max(to, this.endOf(next));
      next++;
    }
    return true;
  }

  /** The bytes that follow `offset` without a gap, removed from here; null while they are missing. */
  take(offset: number): Uint8Array | null {
    const { offsets, chunks } = this;
    while (offsets.length > 0 && offsets[0]! <= offset) {
      const start = offsets.shift()!;
      const chunk = chunks.shift()!;
      this.all.count--;
      if (start + chunk.length > offset) return start === offset ? chunk : chunk.subarray(offset - start);
    }
    return null;
  }

  clear(): void {
    this.all.count -= this.chunks.length;
    this.offsets.length = 0;
    this.chunks.length = 0;
  }

  private endOf(i: number): number {
    return this.offsets[i]! + this.chunks[i]!.length;
  }
}
