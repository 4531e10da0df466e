import type { LivePusherMethods } from '../runtime/builtins/live-pusher';
import { HOST_MARK } from '../runtime/css-marks';
import type { PluginComponent } from '../runtime/plugin';
import type { Caller } from '../runtime/types';
import { answer, type WxCallbacks } from '../runtime/wx/result';
import type { FlvPart } from './flv-capture';

type Self = Caller & { triggerEvent(name: string, detail?: unknown): void };

interface MpEventLike {
  detail: unknown;
}

const EVENTS: Readonly<Record<FlvPart, string>> = {
  header: 'pusherFlvHeader',
  audio: 'pusherFlvAudioTag',
  video: 'pusherFlvVideoTag',
};

/**
 * `plugin://wechat-p2p-player/p2p-pusher`: a live-pusher whose stream the page gets as FLV. On a phone the plugin runs a
 * local server for it; the events are the same here.
 */
export const p2pPusher: PluginComponent = {
  wxml: `<live-pusher id="live" style="width: 100%; height: 100%" mode="{{mode}}" enable-camera="{{enableCamera}}"
    enable-mic="{{enableMic}}" enable-agc="{{enableAgc}}" enable-ans="{{enableAns}}" audio-quality="{{audioQuality}}"
    audio-volume-type="{{audioVolumeType}}" orientation="{{orientation}}" min-bitrate="{{minBitrate}}"
    max-bitrate="{{maxBitrate}}" bind:statechange="onStateChange"><slot/></live-pusher>`,
  css: `${HOST_MARK} { display: block; }`,
  properties: {
    mode: { type: String, value: 'RTC' },
    enableCamera: { type: Boolean, value: true },
    enableMic: { type: Boolean, value: true },
    enableAgc: Boolean,
    enableAns: Boolean,
    audioQuality: { type: String, value: 'high' },
    audioVolumeType: { type: String, value: 'auto' },
    orientation: { type: String, value: 'vertical' },
    minBitrate: { type: Number, value: 200 },
    maxBitrate: { type: Number, value: 1000 },
  },
  lifetimes: {
    ready(this: Self) {
      const pusher = (): LivePusherMethods => {
        const node = this._$.getShadowRoot()?.querySelector('#live') as
          { getMethodCaller?: () => unknown } | null | undefined;
        const methods = node?.getMethodCaller?.() as LivePusherMethods | undefined;
        if (!methods) throw new Error('live-pusher is not found');
        return methods;
      };
      pusher().setFlvHandler((part, data) => this.triggerEvent(EVENTS[part], { data }));
      this.triggerEvent('pusherReady', {
        livePusherContext: {
          start: (options?: WxCallbacks) =>
            answer('start', options, () =>
              pusher()
                .start()
                .then(() => ({})),
            ),
          stop: (options?: WxCallbacks) =>
            answer('stop', options, () => {
              pusher().stop();
              return {};
            }),
        },
      });
    },
  },
  methods: {
    onStateChange(this: Self, event: MpEventLike) {
      this.triggerEvent('statechange', event.detail);
    },
  },
};
