import { P2P_PLAYER_PROPS } from './props';

/**
 * The player of Tencent's plugin `wechat-p2p-player`, behind the contract that iot-p2p-common-player expects. On phones
 * only a plugin of WeChat may run the local HTTP server that live-player pulls from.
 */
Component({
  properties: P2P_PLAYER_PROPS,
  methods: {
    forward(event: WechatMiniprogram.CustomEvent) {
      this.triggerEvent(event.type, event.detail);
    },
  },
});
