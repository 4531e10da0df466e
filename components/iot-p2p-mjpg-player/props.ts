/** Properties of iot-p2p-mjpg-player: those of iot-p2p-common-player that concern pictures, and some of its own. */
export const MJPG_PLAYER_PROPS = {
  /** What names the camera in this app. Everything with the same id shares one link to it. */
  targetId: { type: String, value: '' },
  /** Ticket of the camera. Playing starts when `targetId` and `xp2pInfo` are there. */
  xp2pInfo: { type: String, value: '' },
  productId: { type: String, value: '' },
  deviceName: { type: String, value: '' },
  /** As of iot-p2p-common-player; '' is `ipc.flv?action=live-mjpg&channel=0`. */
  flvUrl: { type: String, value: '' },
  /** Retry by itself after a failure, with growing delays; never after a normal end, never while the page is hidden. */
  autoReplay: { type: Boolean, value: false },
  /** 'vertical' | 'horizontal' */
  orientation: { type: String, value: 'vertical' },
  /** 'contain' | 'fillCrop' */
  objectFit: { type: String, value: 'contain' },
  /** Pictures a second at most; 0: as they come. */
  maxFps: { type: Number, value: 25 },
  /** The buttons on the picture: stop and snapshot. */
  controls: { type: Boolean, value: true },
  /** Snapshots go into the phone's album. */
  savesToAlbum: { type: Boolean, value: false },
  /** '' | 'restart' | 'continue', as of iot-p2p-common-player. */
  networkChange: { type: String, value: '' },
  /** `{ checkCanStartStream({ filename, params }): Promise }`, asked before every pull; its rejection is shown. */
  checkFunctions: { type: Object, value: {} },
  /** Image to show until there is a picture. */
  poster: { type: String, value: '' },
  /** 'light' | 'dark'; '' is the phone's theme. */
  theme: { type: String, value: '' },
  /** 'zh-CN' | 'en'; '' is the phone's language. */
  language: { type: String, value: '' },
  /** Replaces single texts, by key (see `store/locale/zh-cn`). */
  texts: { type: Object, value: {} },
  /** Leaves spinner and error card to the host, which gets them by `viewChange`. */
  hideMessage: { type: Boolean, value: false },
  /** The panel with path, loss, bitrate and start times. They are measured only while it is shown. */
  showStats: { type: Boolean, value: false },
};
