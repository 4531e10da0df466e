import type { Environment, TimerHandle } from './environment';

/** Timers by name, at most one of each: arming again replaces, and one call clears them all. */
export class NamedTimers<Name extends string> {
  private readonly running = new Map<Name, TimerHandle>();

  constructor(private readonly environment: Environment) {}

  /** The returned function clears this arming only, not a later one of the same name. */
  arm(name: Name, delayMs: number, fire: () => void): () => void {
    this.clear(name);
    const timer = this.environment.setTimer(() => {
      this.running.delete(name);
      fire();
    }, delayMs);
    this.running.set(name, timer);
    return () => {
      if (this.running.get(name) === timer) this.clear(name);
    };
  }

  clear(name: Name): void {
    const timer = this.running.get(name);
    if (timer === undefined) return;
    this.running.delete(name);
    this.environment.clearTimer(timer);
  }

  clearAll(): void {
    for (const name of [...this.running.keys()]) this.clear(name);
  }
}
