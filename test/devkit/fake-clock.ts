import type { Clock, TimerId } from '../../p2p-core/port/port';

/** Virtual time that moves only when told to; timers fire in order of their times. */
export class FakeClock implements Clock {
  private time = 1_000;
  private nextId = 1;
  private readonly timers = new Map<TimerId, { fire: () => void; atMs: number }>();

  nowMs(): number {
    return this.time;
  }

  wallMs(): number {
    return this.time;
  }

  setTimer(fire: () => void, delayMs: number): TimerId {
    const id = this.nextId++;
    this.timers.set(id, { fire, atMs: this.time + Math.max(0, delayMs) });
    return id;
  }

  clearTimer(id: TimerId): void {
    this.timers.delete(id);
  }

  get timerCount(): number {
    return this.timers.size;
  }

  advance(byMs: number): void {
    const untilMs = this.time + byMs;
    for (;;) {
      const [next] = [...this.timers].sort(([, a], [, b]) => a.atMs - b.atMs);
      if (!next || next[1].atMs > untilMs) break;
      this.timers.delete(next[0]);
      this.time = Math.max(this.time, next[1].atMs);
      next[1].fire();
    }
    this.time = untilMs;
  }

  /** Time passes and nobody is served, as when the process is suspended; overdue timers fire with the next `advance`. */
  sleep(byMs: number): void {
    this.time += byMs;
  }
}
