import type { LinkOptions } from './link';

/** Home Wi-Fi: short, fast, a little jitter, rare bursts. 40 Mbit/s is "Wi-Fi" of Apple's Network Link Conditioner. */
export const wifi: LinkOptions = {
  delayMs: 5,
  jitterMs: 8,
  lossRate: 0.002,
  burst: { enterRate: 0.001, leaveRate: 0.3, lossRate: 0.7 },
  bitsPerSecond: 40e6,
  queueBytes: 256 * 1024,
};

/** The far room: 802.11 repeats what was lost, which shows as jitter and a low rate; fading is left, in bursts. */
export const wifiLossy: LinkOptions = {
  delayMs: 8,
  jitterMs: 40,
  lossRate: 0.02,
  burst: { enterRate: 0.005, leaveRate: 0.2, lossRate: 0.6 },
  bitsPerSecond: 6e6,
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

/** WebPageTest's "3G": 300 ms there and back, 1.6 Mbit/s down; the radio's scheduler adds the jitter. */
export const threeG: LinkOptions = {
  delayMs: 150,
  jitterMs: 50,
  lossRate: 0.005,
  bitsPerSecond: 1.6e6,
  queueBytes: 192 * 1024,
};

/** A geostationary hop: RFC 2488 §2 counts up to 279 ms of it each way, and loss of the radio's own. */
export const satellite: LinkOptions = {
  delayMs: 280,
  jitterMs: 10,
  lossRate: 0.005,
  burst: { enterRate: 0.0005, leaveRate: 0.1, lossRate: 0.8 },
  bitsPerSecond: 10e6,
  queueBytes: 1024 * 1024,
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

/** A path between a viewer and a camera. */
export interface NetworkPreset {
  /** Camera to viewer: the picture. */
  down: LinkOptions;
  /** Viewer to camera: requests and acknowledgements. */
  up: LinkOptions;
  /** The viewer's NAT gives it another port this often; absent: never. */
  rebindEveryMs?: number;
}

const symmetric = (link: LinkOptions): NetworkPreset => ({ down: link, up: link });

export const PRESETS = {
  wifi: symmetric(wifi),
  'wifi-lossy': symmetric(wifiLossy),
  lte: symmetric(lte),
  /** 768 kbit/s up, as WebPageTest has it. */
  '3g': { down: threeG, up: { ...threeG, bitsPerSecond: 768e3, queueBytes: 96 * 1024 } },
  /** A fifth of the rate up, as such access is sold. */
  satellite: { down: satellite, up: { ...satellite, bitsPerSecond: 2e6, queueBytes: 256 * 1024 } },
  /** NATs that forget early, or reboot (RFC 4787 §4.3); every two seconds, so that each phase of a transfer meets one. */
  rebinding: { ...symmetric(wifi), rebindEveryMs: 2000 },
  lossy: symmetric(lossy),
} satisfies Record<string, NetworkPreset>;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

export function presetOf(name: PresetName): NetworkPreset {
  return PRESETS[name];
}
