import type { MultiEmissionMap, PlayErrorDetail, PlayerView } from '../../store/index';

/** Events of iot-p2p-multi-view. None bubbles. */
export interface MultiViewEventMap extends MultiEmissionMap {
  /** As of iot-p2p-common-player, and of which tile. */
  viewChange: { index: number; view: PlayerView };
  playError: PlayErrorDetail & { index: number };
}
