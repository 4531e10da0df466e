/** Properties that every component in the place of `p2p-player` takes. Names and meanings are live-player's. */
export const P2P_PLAYER_PROPS = {
  mode: { type: String, value: 'live' },
  /** Starts to play when it turns true; the first play of a player goes this way. */
  autoplay: { type: Boolean, value: false },
  muted: { type: Boolean, value: false },
  /** 'vertical' | 'horizontal' */
  orientation: { type: String, value: 'vertical' },
  /** 'contain' | 'fillCrop' */
  objectFit: { type: String, value: 'contain' },
  /** Seconds of media that the player holds at least. */
  minCache: { type: Number, value: 0.2 },
  /** Seconds of media that the player holds at most. */
  maxCache: { type: Number, value: 0.5 },
  /** 'speaker' | 'ear' */
  soundMode: { type: String, value: 'speaker' },
};
