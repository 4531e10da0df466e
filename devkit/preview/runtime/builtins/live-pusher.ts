import { type BuiltinInstance, defineBuiltin } from '../types';
import { FlvCapture, type FlvPart } from '../../pusher/flv-capture';
import { baseObservers, baseProperties, inner } from './common';

/** Methods of a `<live-pusher>` that its context and its plugin reach. */
export interface LivePusherMethods {
  start(): Promise<void>;
  stop(): void;
  /** Where the stream goes: a phone's goes to a server of the plugin. */
  setFlvHandler(handler: (part: FlvPart, data: ArrayBuffer) => void): void;
}

interface LivePusherState extends LivePusherMethods {
  capture?: FlvCapture;
  /** One per start: a capture that opens late is closed. */
  startEpoch?: number;
  onFlv?: (part: FlvPart, data: ArrayBuffer) => void;
}

type Self = BuiltinInstance & LivePusherState;

/** State codes of `<live-pusher>` (WeChat's component reference), as far as the preview reports them. */
const STARTED = 1002;
const CAMERA_OPENED = 1003;
const GAVE_UP = -1307;

/** `<live-pusher>` on the microphone and the camera of this machine; it shows what the camera sees. */
export const livePusher = defineBuiltin<LivePusherState>({
  wxml: '<h-video class="wx-video" playsinline="true"></h-video><slot/>',
  properties: {
    ...baseProperties,
    mode: { type: String, value: 'RTC' },
    enableCamera: { type: Boolean, value: true },
    enableMic: { type: Boolean, value: true },
    enableAgc: Boolean,
    enableAns: Boolean,
    audioQuality: String,
    audioVolumeType: String,
    orientation: { type: String, value: 'vertical' },
    minBitrate: { type: Number, value: 200 },
    maxBitrate: { type: Number, value: 1000 },
  },
  observers: { ...baseObservers },
  lifetimes: {
    detached(this: Self) {
      this.stop();
    },
  },
  methods: {
    async start() {
      if (this.capture) return;
      const epoch = (this.startEpoch = (this.startEpoch ?? 0) + 1);
      const hasCamera = Boolean(this.data['enableCamera']);
      const capture = await FlvCapture.open(
        {
          hasCamera,
          hasMicrophone: Boolean(this.data['enableMic']),
          bitrateKbps: Number(this.data['maxBitrate']),
        },
        {
          onFlv: (part, bytes) => this.onFlv?.(part, bytes.buffer),
          onError: (message) => {
            delete this.capture;
            this.triggerEvent('statechange', { code: GAVE_UP, message });
          },
        },
      );
      if (epoch !== this.startEpoch) return capture.stop();
      this.capture = capture;
      const video = inner<HTMLVideoElement>(this, '.wx-video');
      if (video && hasCamera) {
        video.muted = true;
        video.srcObject = capture.stream;
        void video.play()?.catch(() => {});
        this.triggerEvent('statechange', { code: CAMERA_OPENED, message: 'the camera is open' });
      }
      this.triggerEvent('statechange', { code: STARTED, message: 'it pushes' });
    },
    stop() {
      this.startEpoch = (this.startEpoch ?? 0) + 1;
      this.capture?.stop();
      delete this.capture;
      const video = inner<HTMLVideoElement>(this, '.wx-video');
      if (video) video.srcObject = null;
    },
    setFlvHandler(handler: (part: FlvPart, data: ArrayBuffer) => void) {
      this.onFlv = handler;
    },
  },
});
