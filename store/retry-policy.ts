import type { ErrorResult } from '../p2p-core/index';

/**
 * How long to wait before retry number `attempt` (0 is the first), `elapsedMs` after the first failure in a row; null
 * when it is time to leave it to the user. Fatal errors are never asked about.
 */
export type RetryPolicy = (attempt: number, elapsedMs: number, error: ErrorResult) => number | null;

export interface BackoffOptions {
  /** In [0, 1). */
  random: () => number;
  /** Shortest delay; default 500. */
  minDelayMs?: number;
  /** Longest delay; default 15 000. */
  maxDelayMs?: number;
  /** No retry begins later than this after the first failure in a row; default 5 minutes. */
  maxElapsedMs?: number;
}

/**
 * Decorrelated back-off: each delay is drawn between the shortest one and three times the last one. Viewers that lost
 * the same camera at the same moment therefore come back spread over time. Keeps the last delay: one policy per player.
 */
export function createBackoff(options: BackoffOptions): RetryPolicy {
  const { random, minDelayMs = 500, maxDelayMs = 15000, maxElapsedMs = 300000 } = options;
  let lastDelayMs = minDelayMs;
  return (attempt, elapsedMs) => {
    if (attempt === 0) lastDelayMs = minDelayMs;
    const delayMs = Math.min(maxDelayMs, minDelayMs + random() * (lastDelayMs * 3 - minDelayMs));
    lastDelayMs = delayMs;
    return elapsedMs + delayMs > maxElapsedMs ? null : Math.round(delayMs);
  };
}
