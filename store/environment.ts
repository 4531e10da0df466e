/**
 * What stores need from the outside world. `createPortEnvironment` binds it to the platform,
 * tests bind it to virtual time.
 */
export interface Environment {
  /** Monotonic milliseconds; the origin does not matter. */
  nowMs(): number;
  /** Milliseconds since 1970; may jump. For telling which day it is, never for measuring. */
  wallMs(): number;
  setTimer(fire: () => void, delayMs: number): TimerHandle;
  clearTimer(timer: TimerHandle): void;
  /** In [0, 1). Spreads retries over time; never used for secrets. */
  random(): number;
  /** Reports that the phone's network changed. Returns the unsubscribe function. */
  onNetworkChange(listener: () => void): () => void;
}

export type TimerHandle = number | object;
