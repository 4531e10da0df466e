import type { PlayerReadyDetail } from '../../store/index';

/** Events that every component in the place of `p2p-player` triggers. */
export interface P2PPlayerEventMap {
  /** Once per created component: its local server listens and the native player can be told to play. */
  playerReady: PlayerReadyDetail;
  /** The native player asks for a stream: from now on `addChunk` is awaited. Again after every broken pull. */
  playerStartPull: object;
  /** The native player's request ended. */
  playerClose: object;
  /** The component cannot work; code 'WECHAT_SERVER_ERROR' when the system killed its local server. */
  playerError: { code: string | number; errMsg?: string };
  /** live-player's own: passed on as they are. */
  error: { errCode?: number; errMsg?: string };
  /** 2003 means the first frame is on the screen; see `store/player/live-player-codes`. */
  statechange: { code: number; message?: string };
  netstatus: { info: Record<string, unknown> };
}
