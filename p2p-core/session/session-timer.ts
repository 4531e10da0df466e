import type { Clock } from '../port/port';
import { TimerSlot } from './timer-slot';

/** A timer that fires this late was not late: the platform slept, as phones do with apps in the background. */
const SLEEP_MS = 3000;

/**
 * The timer of a session and the time that it lives in, which stands still while the platform sleeps: nobody can answer
 * somebody who does not listen, so no time limit of the session may run out meanwhile. The peer's clock goes on.
 */
export class SessionTimer {
  private readonly slot: TimerSlot;
  private sleptMs = 0;
  /** Counted up with every sleep that was noticed. */
  sleepCount = 0;

  constructor(
    private readonly clock: Clock,
    fire: () => void,
  ) {
    this.slot = new TimerSlot(clock, (lateMs) => {
      this.noticeSleep(lateMs);
      fire();
    });
  }

  nowMs(): number {
    const nowMs = this.clock.nowMs();
    const lateMs = nowMs - this.slot.armedForMs;
    if (lateMs > SLEEP_MS) {
      this.noticeSleep(lateMs);
      this.slot.postpone(lateMs);
    }
    return nowMs - this.sleptMs;
  }

  /** `atMs` in the session's time; Infinity disarms. */
  arm(atMs: number): void {
    this.slot.arm(atMs + this.sleptMs);
  }

  clear(): void {
    this.slot.clear();
  }

  private noticeSleep(lateMs: number): void {
    if (lateMs <= SLEEP_MS) return;
    this.sleptMs += lateMs;
    this.sleepCount++;
  }
}
