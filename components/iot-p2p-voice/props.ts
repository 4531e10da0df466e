import { CAMERA_PROPS } from '../common/camera-props';

/** Properties of iot-p2p-voice. Changing one of them ends a talk. */
export const VOICE_PROPS = {
  ...CAMERA_PROPS,
  /** 'recorder' | 'pusher' | 'duplexAudio' | 'duplexVideo' */
  mode: { type: String, value: 'recorder' },
  /** 'hold' | 'toggle'; calls (duplex) are always toggled. */
  trigger: { type: String, value: 'hold' },
  /** Asks the camera first whether it would listen, so that the user learns why not. */
  checkDevice: { type: Boolean, value: true },
  /** `RecorderManager.start`'s: `sampleRate`, `numberOfChannels`, `encodeBitRate`. Default: 8000, 1, 16000. */
  recorderOptions: { type: Object, value: {} },
  /** kbit/s of the picture of a video call, and what is left of it while the path is slow. */
  maxBitrate: { type: Number, value: 1000 },
  slowBitrate: { type: Number, value: 300 },
};
