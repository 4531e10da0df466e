import type { AlbumEmissionMap } from '../../store/index';
import type { CommonPlayerEventMap } from '../iot-p2p-common-player/events';

/** Events of iot-p2p-mjpg-player: those of iot-p2p-common-player, and what becomes of snapshots. */
export interface MjpgPlayerEventMap extends CommonPlayerEventMap, AlbumEmissionMap {
  snapshot: { tempImagePath: string };
  snapshotError: { errMsg: string };
}
