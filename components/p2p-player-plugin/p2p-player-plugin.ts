import { offerLocalServerReset } from '../../store/index';
import { P2P_PLAYER_PROPS } from './props';

/** Versions of the plugin before 1.1.0 have no `reset`, and one of a sub-package is out of reach: a new player has to do. */
function resetPlugin(): Promise<unknown> | undefined {
  let plugin: { reset?: () => Promise<unknown> };
  try {
    plugin = requirePlugin('wechat-p2p-player');
  } catch (error) {
    return undefined;
  }
  return plugin && plugin.reset && plugin.reset();
}

/**
 * The player of Tencent's plugin `wechat-p2p-player`, behind the contract that iot-p2p-common-player expects. On phones
 * only a plugin of WeChat may run the local HTTP server that live-player pulls from.
 */
Component({
  properties: P2P_PLAYER_PROPS,
  lifetimes: {
    attached() {
      offerLocalServerReset(resetPlugin);
    },
  },
  methods: {
    forward(event: WechatMiniprogram.CustomEvent) {
      this.triggerEvent(event.type, event.detail);
    },
  },
});
