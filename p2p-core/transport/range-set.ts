/** A set of byte offsets as sorted, disjoint ranges [start, end). Holds as many ranges as packets are missing: few. */
export class RangeSet {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  get isEmpty(): boolean {
    return this.starts.length === 0;
  }

  /** Of the lowest range; the set must not be empty. */
  get firstStart(): number {
    return this.starts[0]!;
  }

  get firstEnd(): number {
    return this.ends[0]!;
  }

  add(start: number, end: number): void {
    if (start >= end) return;
    const { starts, ends } = this;
    let first = starts.length;
    while (first > 0 && ends[first - 1]! >= start) first--;
    let last = first;
    while (last < starts.length && starts[last]! <= end) {
      start = Math.min(start, starts[last]!);
      end = Math.max(end, ends[last]!);
      last++;
    }
    if (last - first === 1) {
      starts[first] = start;
      ends[first] = end;
    } else {
      starts.splice(first, last - first, start);
      ends.splice(first, last - first, end);
    }
  }

  remove(start: number, end: number): void {
    if (start >= end) return;
    const { starts, ends } = this;
    let i = 0;
    while (i < starts.length && ends[i]! <= start) i++;
    while (i < starts.length && starts[i]! < end) {
      const rangeStart = starts[i]!;
      const rangeEnd = ends[i]!;
      if (rangeStart < start && rangeEnd > end) {
        ends[i] = start;
        starts.splice(i + 1, 0, end);
        ends.splice(i + 1, 0, rangeEnd);
        return;
      }
      if (rangeStart < start) {
        ends[i++] = start;
      } else if (rangeEnd > end) {
        starts[i++] = end;
      } else {
        starts.splice(i, 1);
        ends.splice(i, 1);
      }
    }
  }

  /** Adds the part of [start, end) that `except` does not have. */
  addWithout(start: number, end: number, except: RangeSet): void {
    for (let i = 0; i < except.starts.length && start < end; i++) {
      if (except.ends[i]! <= start) continue;
      this.add(start, Math.min(end, except.starts[i]!));
      start = Math.max(start, except.ends[i]!);
    }
    this.add(start, end);
  }

  clear(): void {
    this.starts.length = 0;
    this.ends.length = 0;
  }
}
