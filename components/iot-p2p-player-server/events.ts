import type { PlayerEmissionMap, PlayerView } from '../../store/index';

/** Events of iot-p2p-player-server. None bubbles. */
export interface ServerPlayerEventMap extends Pick<
  PlayerEmissionMap,
  'playError' | 'playStart' | 'playEnd' | 'systemPermissionDenied'
> {
  viewChange: PlayerView;
  /** Where the picture comes from has changed, or how much of it comes from other viewers. */
  shareChange: { isOnPeers: boolean; sharePercent: number };
  /** The user has switched whether this viewer hands on what it has. */
  uploadChange: { isOn: boolean };
  /** The user does not want to try again (`canExit`). */
  exit: Record<string, never>;
}
