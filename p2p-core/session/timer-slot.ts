import type { Clock, TimerId } from '../port/port';

/** No timer is that late while its host runs: the clock was set forward, which the host's timers do not know of. */
const MAX_LATE_MS = 500;

/**
 * One timer that follows a moving deadline. An early wake is harmless to its owner, so a deadline that moves later does
 * not re-arm the platform timer (each timer crosses the host's bridge): the early wake re-arms it.
 */
export class TimerSlot {
  private timer: TimerId | null = null;
  /** On the clock's scale; Infinity while it is not armed. */
  armedForMs = Infinity;

  constructor(
    private readonly clock: Clock,
    /** `lateMs`: how long after the deadline. */
    private readonly fire: (lateMs: number) => void,
  ) {}

  /** `atMs` on the clock's scale; Infinity disarms. */
  arm(atMs: number): void {
    if (atMs === Infinity) return this.clear();
    if (this.timer !== null) {
      if (this.armedForMs <= atMs && this.clock.nowMs() < this.armedForMs + MAX_LATE_MS) return;
      this.clock.clearTimer(this.timer);
    }
    this.armedForMs = atMs;
    this.timer = this.clock.setTimer(
      () => {
        const lateMs = this.clock.nowMs() - this.armedForMs;
        this.timer = null;
        this.armedForMs = Infinity;
        this.fire(lateMs);
      },
      // Rounded up: a timer that fires a fraction early would spin until the deadline is reached.
      Math.max(0, Math.ceil(atMs - this.clock.nowMs())),
    );
  }

  /** The deadline moves; the platform's timer is left as it is. */
  postpone(byMs: number): void {
    this.armedForMs += byMs;
  }

  clear(): void {
    if (this.timer !== null) this.clock.clearTimer(this.timer);
    this.timer = null;
    this.armedForMs = Infinity;
  }
}
