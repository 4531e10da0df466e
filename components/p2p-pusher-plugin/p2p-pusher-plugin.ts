import type { P2PPusherEventMap } from './events';
import { P2P_PUSHER_PROPS } from './props';

/** Details of the plugin's events, as far as they matter. */
interface Detail {
  data?: ArrayBuffer;
  livePusherContext?: P2PPusherEventMap['pusherReady']['livePusherContext'];
  error?: { code?: string | number };
  errCode?: number;
  errMsg?: string;
  code?: number;
  message?: string;
}
type PusherEvent = WechatMiniprogram.CustomEvent<Detail>;

/** Fields of the instance that are never rendered. */
interface Instance {
  onChunk: ((chunk: ArrayBuffer) => void) | null;
}

const instanceOf = (component: object): Instance => component as unknown as Instance;

/** live-pusher gave up after its own attempts. */
const GAVE_UP = -1307;
/** A background picture that is missing or cannot be loaded: nobody asked for one. */
const HARMLESS_ERRORS: readonly number[] = [10003, 10004];

/** The pusher of Tencent's plugin `wechat-p2p-player`, behind the contract that iot-p2p-voice expects. */
Component({
  properties: P2P_PUSHER_PROPS,

  lifetimes: {
    detached() {
      instanceOf(this).onChunk = null;
    },
  },

  methods: {
    emit<Name extends keyof P2PPusherEventMap>(name: Name, detail: P2PPusherEventMap[Name]) {
      this.triggerEvent(name, detail);
    },

    onReady({ detail: { livePusherContext } }: PusherEvent) {
      const instance = instanceOf(this);
      const pusherExport = {
        setChunkHandler(handler: ((chunk: ArrayBuffer) => void) | null): void {
          instance.onChunk = handler;
        },
      };
      this.emit('pusherReady', { pusherExport, livePusherContext: livePusherContext! });
    },

    /** The plugin hands its media over by events; from here on it is a call. */
    onFlv({ detail }: PusherEvent) {
      const { onChunk } = instanceOf(this);
      if (onChunk && detail.data) onChunk(detail.data);
    },

    onClose() {
      this.emit('pusherFailed', { errMsg: 'the pusher closed its stream' });
    },

    onPusherError({ detail }: PusherEvent) {
      const code = detail.error && detail.error.code;
      this.emit('pusherFailed', { errMsg: `p2p-pusher: ${code}` });
    },

    onNativeError({ detail: { errCode = 0, errMsg = '' } }: PusherEvent) {
      if (!HARMLESS_ERRORS.includes(errCode)) {
        this.emit('pusherFailed', { errMsg: `live-pusher: ${errCode} ${errMsg}` });
      }
    },

    onStateChange({ detail: { code, message = '' } }: PusherEvent) {
      if (code === GAVE_UP) this.emit('pusherFailed', { errMsg: `live-pusher: ${code} ${message}` });
    },
  },
});
