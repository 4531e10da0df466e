import type { DeviceCommands, Quality } from '../../store/index';
import type { CommonPlayerExport, PlayerStates } from '../iot-p2p-common-player/exported';

/**
 * What `selectComponent` gives of iot-p2p-player-ipc. While the player inside is created late, calls for it do nothing,
 * `snapshot` rejects, `pause` and `resume` fail, and `getState` gives null.
 */
export interface IpcPlayerExport extends Omit<CommonPlayerExport, 'getState'> {
  /** Of the running stream; one that is chosen already, or unknown, changes nothing. */
  changeQuality(quality: Quality): void;
  /** Of a recorder with several: over the same link, and the sections follow. */
  changeChannel(channel: number): void;
  setMuted(isMuted: boolean): void;
  setFullView(isFullView: boolean): void;
  /** The full view on its side. */
  setLandscape(isLandscape: boolean): void;
  /** The panel with path, loss, bitrate and start times. */
  setStatsOpen(isOpen: boolean): void;
  /** Records what is played, from the next key frame; needs the property `recordable`. */
  startRecord(): void;
  /** The event `recordSaved` brings the file. */
  stopRecord(): void;
  /** Typed commands to the camera, by default of the channel that is played; they work while this player holds the link. */
  commands(channel?: number): DeviceCommands;
  getState(): PlayerStates | null;
}
