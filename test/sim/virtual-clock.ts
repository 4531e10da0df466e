import type { Clock } from '../../p2p-core/port/port';

interface Event {
  atMs: number;
  order: number;
  fire: () => void;
  isCancelled: boolean;
}

/** Time that stands still until `run` moves it from event to event. Events of one moment fire in the order they were set. */
export class VirtualClock implements Clock {
  private timeMs = 0;
  private order = 0;
  /** A binary heap, earliest first. */
  private readonly heap: Event[] = [];

  nowMs = (): number => this.timeMs;

  wallMs = (): number => 1_700_000_000_000 + this.timeMs;

  setTimer = (fire: () => void, delayMs: number): object => this.at(this.timeMs + Math.max(0, delayMs), fire);

  clearTimer = (id: unknown): void => {
    (id as Event).isCancelled = true;
  };

  at(atMs: number, fire: () => void): object {
    const event = { atMs: Math.max(atMs, this.timeMs), order: this.order++, fire, isCancelled: false };
    this.heap.push(event);
    this.siftUp(this.heap.length - 1);
    return event;
  }

  /** Timers that are set and neither fired nor cleared. */
  get pendingCount(): number {
    return this.heap.filter((event) => !event.isCancelled).length;
  }

  /** Fires what is due up to `untilMs`, or until `isDone` holds; then the time is `untilMs`, or that of the last event. */
  run(untilMs: number, isDone: () => boolean = () => false): void {
    while (this.heap.length > 0 && this.heap[0]!.atMs <= untilMs) {
      if (isDone()) return;
      const event = this.pop();
      if (event.isCancelled) continue;
      this.timeMs = event.atMs;
      event.fire();
    }
    if (!isDone()) this.timeMs = Math.max(this.timeMs, untilMs);
  }

  private pop(): Event {
    const first = this.heap[0]!;
    const last = this.heap.pop()!;
    if (this.heap.length > 0) {
      this.heap[0] = last;
      this.siftDown(0);
    }
    return first;
  }

  private siftUp(i: number): void {
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (isEarlier(this.heap[parent]!, this.heap[i]!)) return;
      this.swap(i, parent);
      i = parent;
    }
  }

  private siftDown(i: number): void {
    for (;;) {
      const left = 2 * i + 1;
      if (left >= this.heap.length) return;
      const right = left + 1;
      const child = right < this.heap.length && isEarlier(this.heap[right]!, this.heap[left]!) ? right : left;
      if (isEarlier(this.heap[i]!, this.heap[child]!)) return;
      this.swap(i, child);
      i = child;
    }
  }

  private swap(i: number, j: number): void {
    const event = this.heap[i]!;
    this.heap[i] = this.heap[j]!;
    this.heap[j] = event;
  }
}

function isEarlier(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
