import type { CommonPlayerExport } from '../iot-p2p-common-player/exported';

/** What `selectComponent` gives of iot-p2p-multi-view. Every call is safe at any moment. */
export interface MultiViewExport {
  /** Chooses a tile: it is heard, and it is the one that gets all the room. */
  focus(index: number): void;
  setSingle(isSingle: boolean): void;
  setMuted(isMuted: boolean): void;
  /** Of a tile, e.g. for a snapshot; null where there is none, or none yet. */
  player(index: number): CommonPlayerExport | null;
}
