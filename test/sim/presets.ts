import type { LinkOptions } from './link';

/** Home Wi-Fi: short, fast, a little jitter, rare bursts. */
export const wifi: LinkOptions = {
  delayMs: 5,
  jitterMs: 8,
  lossRate: 0.002,
  burst: { enterRate: 0.001, leaveRate: 0.3, lossRate: 0.7 },
  bitsPerSecond: 40e6,
  queueBytes: 256 * 1024,
};

/** Cellular: longer, jittery, a deep queue, little loss of its own. */
export const lte: LinkOptions = {
  delayMs: 30,
  jitterMs: 15,
  lossRate: 0.001,
  bitsPerSecond: 12e6,
  queueBytes: 512 * 1024,
};

/** The edge of radio coverage: everything at once. */
export const lossy: LinkOptions = {
  delayMs: 50,
  jitterMs: 20,
  lossRate: 0.05,
  burst: { enterRate: 0.01, leaveRate: 0.25, lossRate: 0.8 },
  bitsPerSecond: 8e6,
  queueBytes: 128 * 1024,
  reorderRate: 0.01,
  reorderMs: 30,
  duplicateRate: 0.005,
};
