/** Properties of iot-p2p-player-ipc. Changing what is played stops cleanly and starts again. */
export const IPC_PLAYER_PROPS = {
  /** Id of the service: what names the camera in the app. Players of one camera share its link. */
  targetId: { type: String, value: '' },
  /** Ticket of the camera. Playing starts when `targetId` and `xp2pInfo` are there. */
  xp2pInfo: { type: String, value: '' },
  productId: { type: String, value: '' },
  deviceName: { type: String, value: '' },
  /** `http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?<params>`; '' is the live picture of channel 0 in high quality. */
  flvUrl: { type: String, value: '' },
  /**
   * Of a recorder: how many channels there are, a list of `{ channel, name }`, or 'auto' to ask it. With more than one
   * there is a picker. (`optionalTypes` would say so, but not every engine heeds it.)
   */
  channels: { type: null, value: [] as number | string | { channel: number; name?: string }[] },
  /** Retry by itself after a failure, with growing delays. */
  autoReplay: { type: Boolean, value: true },
  /** Start silent. The button changes it from then on. */
  muted: { type: Boolean, value: false },
  /** 'vertical' | 'horizontal' */
  orientation: { type: String, value: 'vertical' },
  /** 'contain' | 'fillCrop' */
  objectFit: { type: String, value: 'contain' },
  /** `{ checkCanStartStream({ filename, params }): Promise }`, asked before every pull; its rejection is shown. */
  checkFunctions: { type: Object, value: {} },
  /** Image to show until there is a picture. */
  poster: { type: String, value: '' },
  /** What lies below the picture, or beside it in landscape: 'talk', 'ptz', in this order or another. */
  sections: { type: Array, value: [] as string[] },
  /** Of the section 'talk': `mode`, `trigger`, as iot-p2p-voice has them. */
  talkOptions: { type: Object, value: {} as { mode?: string; trigger?: string } },
  /** Of the section 'ptz': `directions`, `zoom`, `presets`, `commandNames`, as iot-p2p-ptz has them. */
  ptzOptions: {
    type: Object,
    value: {} as { directions?: number; zoom?: boolean; presets?: object[]; commandNames?: object },
  },
  /** There is a button that records the picture into a file. */
  recordable: { type: Boolean, value: false },
  /** 'flv', as the stream comes, or 'mp4', as albums want it. Asked when a recording begins. */
  recordFormat: { type: String, value: 'flv' },
  /** Snapshots go into the phone's album, and MP4 recordings. */
  savesToAlbum: { type: Boolean, value: false },
  /** 'light' | 'dark'; '' is the phone's theme. */
  theme: { type: String, value: '' },
  /** 'zh-CN' | 'en'; '' is the phone's language. */
  language: { type: String, value: '' },
  /** Replaces single texts, by key (docs/texts.md). */
  texts: { type: Object, value: {} },
};
