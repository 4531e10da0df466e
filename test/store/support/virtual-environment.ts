import type { Environment, TimerHandle } from '../../../store/environment';

/** Time that moves only when a test says so. */
export class VirtualEnvironment implements Environment {
  private now = 0;
  private nextId = 1;
  private readonly timers = new Map<number, { atMs: number; fire: () => void }>();
  private readonly networkListeners = new Set<() => void>();

  nowMs(): number {
    return this.now;
  }

  /** 2026-03-10, noon of this host's time zone, when the test began. */
  wallMs(): number {
    return new Date(2026, 2, 10, 12).getTime() + this.now;
  }

  setTimer(fire: () => void, delayMs: number): TimerHandle {
    const id = this.nextId++;
    this.timers.set(id, { atMs: this.now + delayMs, fire });
    return id;
  }

  clearTimer(timer: TimerHandle): void {
    this.timers.delete(timer as number);
  }

  random(): number {
    return 0.5;
  }

  onNetworkChange(listener: () => void): () => void {
    this.networkListeners.add(listener);
    return () => this.networkListeners.delete(listener);
  }

  changeNetwork(): void {
    for (const listener of [...this.networkListeners]) listener();
  }

  /** Fires what falls due, in order; promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    await settled();
    for (;;) {
      const due = [...this.timers]
        .filter(([, { atMs }]) => atMs <= end)
        .sort((a, b) => a[1].atMs - b[1].atMs)[0];
      if (!due) break;
      this.now = due[1].atMs;
      this.timers.delete(due[0]);
      due[1].fire();
      await settled();
    }
    this.now = end;
  }

  get pendingTimers(): number {
    return this.timers.size;
  }

  get pendingListeners(): number {
    return this.networkListeners.size;
  }
}

/** Lets every promise that can settle do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
