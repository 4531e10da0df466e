import type { MultiTile } from '../../store/index';

/** Properties of iot-p2p-multi-view. */
export const MULTI_VIEW_PROPS = {
  /** Up to four of `{ targetId, xp2pInfo, productId, deviceName, channel, name }`. */
  tiles: { type: Array, value: [] as MultiTile[] },
  /** One tile has all the room, to begin with. */
  single: { type: Boolean, value: false },
  /** 'box' | 'screen': what a tile with all the room fills, the place of the grid or the whole page. */
  fills: { type: String, value: 'box' },
  /** Silent, to begin with; else the focused tile is heard. */
  muted: { type: Boolean, value: false },
  /** The parameter `quality` of the pictures in the grid. */
  quality: { type: String, value: 'standard' },
  /** And of one that has all the room. */
  singleQuality: { type: String, value: 'high' },
  /** 'contain' | 'fillCrop' */
  objectFit: { type: String, value: 'contain' },
  /** Retry by itself after a failure, with growing delays. */
  autoReplay: { type: Boolean, value: true },
  /** 'light' | 'dark'; '' is the phone's theme. */
  theme: { type: String, value: '' },
  /** 'zh-CN' | 'en'; '' is the phone's language. */
  language: { type: String, value: '' },
  /** Replaces single texts, by key (see `store/locale/zh-cn`). */
  texts: { type: Object, value: {} },
};
