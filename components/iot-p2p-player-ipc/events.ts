import type {
  AlbumEmissionMap,
  Orientation,
  PlayerEmissionMap,
  PlayerView,
  PtzEmissionMap,
  Quality,
  RecordEmissionMap,
  VoiceEmissionMap,
} from '../../store/index';

/** Events of iot-p2p-player-ipc: those of iot-p2p-common-player, and what its buttons did. None bubbles. */
export interface IpcPlayerEventMap
  extends PlayerEmissionMap, VoiceEmissionMap, PtzEmissionMap, RecordEmissionMap, AlbumEmissionMap {
  viewChange: PlayerView;
  netStatus: { info: Record<string, unknown> };
  /** The user chose another quality; the picture is on its way. */
  qualityChange: { quality: Quality };
  /** Another channel was chosen: pass it to what else the page does with the camera. */
  channelChange: { channel: number };
  muteChange: { isMuted: boolean };
  /** The picture fills the screen, on its side or not, or its own box again. */
  fullViewChange: { isFullView: boolean; isLandscape: boolean };
  orientationChange: { orientation: Orientation };
  snapshot: { tempImagePath: string };
  snapshotError: { errMsg: string };
}
