import type { PluginComponent, PluginDefinition } from '../runtime/plugin';
import { HOST_MARK } from '../runtime/css-marks';
import type { Caller } from '../runtime/types';
import { livePlayerContext } from '../runtime/wx/live-player-context';
import { p2pPusher } from '../pusher/p2p-pusher';
import { type LocalEndpoint, localServer } from './local-server';

type Self = Caller & {
  endpoint?: LocalEndpoint;
  triggerEvent(name: string, detail?: unknown): void;
};

interface MpEventLike {
  detail: unknown;
}

/**
 * `plugin://wechat-p2p-player/p2p-player`: a live-player whose stream the page supplies by `addChunk`. On a phone the
 * plugin runs a local HTTP server for it; the events and their order are the same here.
 */
const p2pPlayer: PluginComponent = {
  wxml: `<live-player id="live" style="width: 100%; height: 100%" src="{{src}}" mode="{{mode}}" autoplay="{{autoplay}}"
    muted="{{muted}}" orientation="{{orientation}}" object-fit="{{objectFit}}" min-cache="{{minCache}}"
    max-cache="{{maxCache}}" sound-mode="{{soundMode}}"
    bind:statechange="onStateChange" bind:netstatus="onNetStatus" bind:error="onError"><slot/></live-player>`,
  css: `${HOST_MARK} { display: block; }`,
  properties: {
    mode: { type: String, value: 'live' },
    autoplay: { type: Boolean, value: false },
    muted: { type: Boolean, value: false },
    orientation: { type: String, value: 'vertical' },
    objectFit: { type: String, value: 'contain' },
    minCache: { type: Number, value: 0.2 },
    maxCache: { type: Number, value: 0.5 },
    soundMode: { type: String, value: 'speaker' },
  },
  data: { src: '' },
  lifetimes: {
    ready(this: Self) {
      const endpoint = localServer.serve({
        onRequest: () => this.triggerEvent('playerStartPull', {}),
        onClose: () => this.triggerEvent('playerClose', {}),
        onFailure: (code, errMsg) => this.triggerEvent('playerError', { code, errMsg }),
      });
      this.endpoint = endpoint;
      this.setData({ src: endpoint.url });
      this.triggerEvent('playerReady', {
        playerExport: {
          addChunk: (data: ArrayBuffer) => endpoint.send(new Uint8Array(data)),
          finishMedia: () => endpoint.finish(),
        },
        livePlayerContext: livePlayerContext('live', this),
      });
    },
    detached(this: Self) {
      this.endpoint?.remove();
      delete this.endpoint;
    },
  },
  methods: {
    onStateChange(this: Self, event: MpEventLike) {
      this.triggerEvent('statechange', event.detail);
    },
    onNetStatus(this: Self, event: MpEventLike) {
      this.triggerEvent('netstatus', event.detail);
    },
    onError(this: Self, event: MpEventLike) {
      this.triggerEvent('error', event.detail);
    },
  },
};

export const PLAYER_PLUGIN_ALIAS = 'wechat-p2p-player';

export const playerPlugin: PluginDefinition = {
  components: { 'p2p-player': p2pPlayer, 'p2p-pusher': p2pPusher },
  exports: { reset: () => localServer.reset() },
};
