/** Properties of iot-p2p-common-player. Changing what is played stops cleanly and starts again; `flvUrl` keeps the link. */
export const COMMON_PLAYER_PROPS = {
  /** 'ipc': one camera, by `xp2pInfo`. 'server': a stream shared by many viewers, by `flvUrl`. */
  mode: { type: String, value: 'ipc' },
  /** What names the camera in this app. Everything with the same id shares one link to it. */
  targetId: { type: String, value: '' },
  /** Ticket of the camera. Playing starts when `targetId` and `xp2pInfo` are there. */
  xp2pInfo: { type: String, value: '' },
  productId: { type: String, value: '' },
  deviceName: { type: String, value: '' },
  /** `http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?<params>`; '' is the live picture of channel 0 in high quality. */
  flvUrl: { type: String, value: '' },
  /** Of mode 'server': `{ token, upload, upKbps }`, to share the stream with other viewers (`SwarmOptions`). */
  swarm: { type: Object, value: {} },
  /** Retry by itself after a failure, with growing delays; never after a normal end, never while the page is hidden. */
  autoReplay: { type: Boolean, value: false },
  /** No picture for now, and none is pulled; the link is kept, so that going on is fast. */
  paused: { type: Boolean, value: false },
  muted: { type: Boolean, value: false },
  /** 'vertical' | 'horizontal' */
  orientation: { type: String, value: 'vertical' },
  /** 'contain' | 'fillCrop' */
  objectFit: { type: String, value: 'contain' },
  /**
   * 'restart': a change of the phone's network that stalls the picture is a failure, and the next start is made anew.
   * 'continue': live-player goes on trying. '' is 'restart' for cameras and 'continue' for shared streams.
   */
  networkChange: { type: String, value: '' },
  /** Milliseconds of media that the native player may hold before a new pull brings it back to now; 0: no limit. */
  cacheThreshold: { type: Number, value: 0 },
  /** Seconds of media that the native player holds at least and at most. */
  minCache: { type: Number, value: 0.2 },
  maxCache: { type: Number, value: 0.5 },
  /** 'speaker' | 'ear' */
  soundMode: { type: String, value: 'speaker' },
  /** `{ checkCanStartStream({ filename, params }): Promise }`, asked before every pull; its rejection is shown. */
  checkFunctions: { type: Object, value: {} },
  /** Image to show until there is a picture. */
  poster: { type: String, value: '' },
  /** 'light' | 'dark'; '' is the phone's theme. */
  theme: { type: String, value: '' },
  /** 'zh-CN' | 'en'; '' is the phone's language. */
  language: { type: String, value: '' },
  /** Replaces single texts, by key (docs/texts.md). */
  texts: { type: Object, value: {} },
  /** Leaves spinner and error card to the host, which gets them by `viewChange`. */
  hideMessage: { type: Boolean, value: false },
  /** The panel with path, loss, bitrate and start times. They are measured only while it is shown. */
  showStats: { type: Boolean, value: false },
};
