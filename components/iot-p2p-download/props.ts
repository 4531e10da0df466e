import { CAMERA_PROPS } from '../common/camera-props';

/** Properties of iot-p2p-download. */
export const DOWNLOAD_PROPS = {
  ...CAMERA_PROPS,
  /** The day that is shown, `2026-03-09`; '' is today. */
  date: { type: String, value: '' },
};
