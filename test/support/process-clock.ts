import type { Clock, TimerId } from '../../p2p-core/port/port';

export interface ProcessClock extends Clock {
  /** Resolves when this much of its time has passed. */
  pause(delayMs: number): Promise<void>;
  /** No timer fires any more. */
  stop(): void;
}

interface Timer {
  atMs: number;
  fire: () => void;
}

const TURN_MS = 2;
/** Between two turns no more than this passes at the speed of real time, however long the machine let us wait. */
const MAX_STEP_MS = 10;

/**
 * Time for tests over real sockets whose two ends are in this process: it passes only while the process runs. A machine
 * that is busy with other things makes such a test slow, and nobody in it late. `speed`: how much faster than real time it
 * may go, for tests that wait most of the time.
 */
export function startProcessClock(speed = 1): ProcessClock {
  const timers = new Set<Timer>();
  const maxStepMs = Math.max(MAX_STEP_MS, speed * TURN_MS);
  const startWallMs = Date.now();
  let nowMs = 0;
  let seenMs = performance.now();

  const turn = (): void => {
    const realMs = performance.now();
    nowMs += Math.min(maxStepMs, speed * (realMs - seenMs));
    seenMs = realMs;
    const due = [...timers].filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
    for (const timer of due) if (timers.delete(timer)) timer.fire();
  };
  const interval = setInterval(turn, TURN_MS);

  const clock: ProcessClock = {
    nowMs: () => nowMs,
    wallMs: () => startWallMs + nowMs,
    setTimer(fire, delayMs) {
      const timer: Timer = { atMs: nowMs + Math.max(0, delayMs), fire };
      timers.add(timer);
      return timer;
    },
    clearTimer: (id: TimerId) => void timers.delete(id as Timer),
    pause: (delayMs) => new Promise((resolve) => clock.setTimer(resolve, delayMs)),
    stop() {
      clearInterval(interval);
      timers.clear();
    },
  };
  return clock;
}
