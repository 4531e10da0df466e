import type { SourceOptions } from './source';

/** What the crowds of the simulator watch: a camera with sound. */
export const SIM_STREAM: SourceOptions = {
  seed: 1,
  rateKbps: 400,
  fps: 15,
  gopMs: 2000,
  hasAudio: true,
  hasVideo: true,
  isStill: false,
  stampStepMs: 0,
};
