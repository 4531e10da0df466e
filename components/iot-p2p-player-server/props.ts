/** Properties of iot-p2p-player-server. */
export const SERVER_PLAYER_PROPS = {
  /** What names the stream in this app. */
  targetId: { type: String, value: '' },
  /** The http-flv of the server, `https://…`. Playing starts when both are there. */
  flvUrl: { type: String, value: '' },
  /** The right to share this stream with other viewers, of the app's server. A secret; '' takes all from the server. */
  swarmToken: { type: String, value: '' },
  /** Whether this viewer hands on what it has, to begin with; the switch changes it. On cellular networks it never does. */
  upload: { type: Boolean, value: true },
  /** What it hands on at most, in kbit/s; 0: 1.5 times the stream. */
  upKbps: { type: Number, value: 0 },
  /**
   * Seconds of media that the native player holds in front of what it shows. While they last, the server can help out when
   * other viewers fail: with more, more comes from viewers where the server is slow.
   */
  minCache: { type: Number, value: 1.5 },
  /** With more than this the player catches up. */
  maxCache: { type: Number, value: 3 },
  /** The panel below the picture: where it comes from, and the switch. */
  showPanel: { type: Boolean, value: true },
  /**
   * When the phone's network changes: 'continue' plays on, from the server at once and from viewers a little later; 'restart'
   * counts it as a failure where the picture stalls (guide, FAQ 3.4).
   */
  networkChange: { type: String, value: 'continue' },
  /** What a failure offers beside a new try: with true a button that triggers `exit`. */
  canExit: { type: Boolean, value: false },
  /** Retry by itself after a failure, with growing delays. */
  autoReplay: { type: Boolean, value: true },
  muted: { type: Boolean, value: false },
  /** 'contain' | 'fillCrop' */
  objectFit: { type: String, value: 'contain' },
  poster: { type: String, value: '' },
  /** 'light' | 'dark'; '' is the phone's theme. */
  theme: { type: String, value: '' },
  /** 'zh-CN' | 'en'; '' is the phone's language. */
  language: { type: String, value: '' },
  /** Replaces single texts, by key (see `store/locale/zh-cn`). */
  texts: { type: Object, value: {} },
};
