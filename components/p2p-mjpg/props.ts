/** Properties of p2p-mjpg: those of a `p2p-player` that make sense for pictures, and one of its own. */
export const P2P_MJPG_PROPS = {
  /** Starts to play when it turns true; the first play of a player goes this way. */
  autoplay: { type: Boolean, value: false },
  /** 'vertical' | 'horizontal' */
  orientation: { type: String, value: 'vertical' },
  /** 'contain' | 'fillCrop' */
  objectFit: { type: String, value: 'contain' },
  /** Pictures a second at most; 0: as they come. */
  maxFps: { type: Number, value: 25 },
};
