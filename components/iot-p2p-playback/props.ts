import { CAMERA_PROPS } from '../common/camera-props';

/** Properties of iot-p2p-playback. */
export const PLAYBACK_PROPS = {
  ...CAMERA_PROPS,
  /** The day that is shown first, `2026-03-09`; '' is today. */
  date: { type: String, value: '' },
  muted: { type: Boolean, value: false },
  /** Speeds to choose from, for cameras that follow the parameter `speed`; fewer than two: no button. */
  speeds: { type: Array, value: [] as number[] },
  /** Colour of a recording by its type: `{ 1: '#f0a640' }`. */
  typeColors: { type: Object, value: {} },
};
