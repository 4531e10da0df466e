/** Properties that every component in the place of `p2p-pusher` takes. Names and meanings are live-pusher's. */
export const P2P_PUSHER_PROPS = {
  enableCamera: { type: Boolean, value: false },
  enableMic: { type: Boolean, value: true },
  /** 'vertical' | 'horizontal' */
  orientation: { type: String, value: 'vertical' },
  /** kbit/s of the picture, at least and at most. */
  minBitrate: { type: Number, value: 200 },
  maxBitrate: { type: Number, value: 1000 },
};
