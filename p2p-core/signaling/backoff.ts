import type { FillRandom } from '../port/port';

const BASE_MS = 100;
const CAP_MS = 30_000;

/**
 * Waiting times between attempts with decorrelated jitter (M. Brooker, "Exponential Backoff And Jitter", 2015): each is
 * random between 0.1 s and three times the last one, at most 30 s. So the first retry comes within 0.3 s, and clients
 * that lost their broker together do not come back together.
 */
export class Backoff {
  private previousMs = BASE_MS;

  constructor(private readonly fillRandom: FillRandom) {}

  nextDelayMs(): number {
    this.previousMs = Math.min(CAP_MS, this.between(BASE_MS, this.previousMs * 3));
    return this.previousMs;
  }

  /** For a cause that only a person can remove: between 30 and 60 s. */
  slowDelayMs(): number {
    return this.between(CAP_MS, 2 * CAP_MS);
  }

  /** The next delay is a first one again. */
  reset(): void {
    this.previousMs = BASE_MS;
  }

  private between(lowMs: number, highMs: number): number {
    const random = new Uint8Array(2);
    this.fillRandom(random);
    return Math.round(lowMs + ((highMs - lowMs) * ((random[0]! << 8) | random[1]!)) / 0xffff);
  }
}
