import { CAMERA_PROPS } from '../common/camera-props';

/** Properties of iot-p2p-ptz. */
export const PTZ_PROPS = {
  ...CAMERA_PROPS,
  /** 8, or 4 for cameras that turn along one axis at a time. */
  directions: { type: Number, value: 8 },
  /** Whether there are buttons for the zoom. */
  zoom: { type: Boolean, value: true },
  /** `{ index, name }` each: a tap goes there, a long press saves where the camera looks now. */
  presets: { type: Array, value: [] as { index: number; name: string }[] },
  /** Other words for the camera's commands, by button: `{ upLeft: 'ptz_lu_press', release: 'ptz_stop' }`. */
  commandNames: { type: Object, value: {} },
  /** A short vibration with every press, and a stronger one at the end of an axis. */
  vibrates: { type: Boolean, value: true },
  /** Arrow keys turn, + and - zoom, where WeChat runs on a computer. For pages without text fields. */
  keyboard: { type: Boolean, value: false },
};
