import type { Clock } from '../../p2p-core/port/port';

interface Event {
  fire: () => void;
  isCancelled: boolean;
}

/** Children of a node of the heap: fewer levels than with two, and the children lie side by side. */
const ARITY = 4;

/** Time that stands still until `run` moves it from event to event. Events of one moment fire in the order they were set. */
export class VirtualClock implements Clock {
  private timeMs = 0;
  private order = 0;
  /**
   * A heap, earliest first, its numbers apart from its events: a crowd of ten thousand fires half a million of them a
   * second, and numbers in objects would each be one more object.
   */
  private readonly events: Event[] = [];
  private times = new Float64Array(64);
  private orders = new Float64Array(64);

  nowMs = (): number => this.timeMs;

  wallMs = (): number => 1_700_000_000_000 + this.timeMs;

  setTimer = (fire: () => void, delayMs: number): object => this.at(this.timeMs + Math.max(0, delayMs), fire);

  clearTimer = (id: unknown): void => {
    (id as Event).isCancelled = true;
  };

  at(atMs: number, fire: () => void): object {
    const event = { fire, isCancelled: false };
    const count = this.events.push(event);
    if (count > this.times.length) this.grow();
    this.rise(count - 1, event, Math.max(atMs, this.timeMs), this.order++);
    return event;
  }

  /** Timers that are set and neither fired nor cleared. */
  get pendingCount(): number {
    return this.events.filter((event) => !event.isCancelled).length;
  }

  /** Fires what is due up to `untilMs`, or until `isDone` holds; then the time is `untilMs`, or that of the last event. */
  run(untilMs: number, isDone: () => boolean = () => false): void {
    while (this.events.length > 0 && this.times[0]! <= untilMs) {
      if (isDone()) return;
      const atMs = this.times[0]!;
      const event = this.pop();
      if (event.isCancelled) continue;
      this.timeMs = atMs;
      event.fire();
    }
    if (!isDone()) this.timeMs = Math.max(this.timeMs, untilMs);
  }

  private pop(): Event {
    const first = this.events[0]!;
    const last = this.events.pop()!;
    const count = this.events.length;
    if (count > 0) this.sink(last, this.times[count]!, this.orders[count]!);
    return first;
  }

  /** Finds the place of an event from the free one at `i` upwards. */
  private rise(i: number, event: Event, atMs: number, order: number): void {
    const { times, orders } = this;
    while (i > 0) {
      const parent = Math.floor((i - 1) / ARITY);
      // Whoever is in the heap was set before.
      if (times[parent]! <= atMs) break;
      this.move(parent, i);
      i = parent;
    }
    this.events[i] = event;
    times[i] = atMs;
    orders[i] = order;
  }

  /** Finds the place of an event from the root, which is free, downwards. */
  private sink(event: Event, atMs: number, order: number): void {
    const { times, orders, events } = this;
    const count = events.length;
    let i = 0;
    for (let child = 1; child < count; child = ARITY * i + 1) {
      let first = child;
      const end = Math.min(child + ARITY, count);
      for (let other = child + 1; other < end; other++) {
        if (isEarlier(times[other]!, orders[other]!, times[first]!, orders[first]!)) first = other;
      }
      if (!isEarlier(times[first]!, orders[first]!, atMs, order)) break;
      this.move(first, i);
      i = first;
    }
    events[i] = event;
    times[i] = atMs;
    orders[i] = order;
  }

  private move(from: number, to: number): void {
    this.events[to] = this.events[from]!;
    this.times[to] = this.times[from]!;
    this.orders[to] = this.orders[from]!;
  }

  private grow(): void {
    const { times, orders } = this;
    this.times = new Float64Array(2 * times.length);
    this.orders = new Float64Array(2 * times.length);
    this.times.set(times);
    this.orders.set(orders);
  }
}

const isEarlier = (aMs: number, aOrder: number, bMs: number, bOrder: number): boolean =>
  aMs < bMs || (aMs === bMs && aOrder < bOrder);
