import type { P2PStateName, PlayerStateName, StreamStateName, StreamTap } from '../../store/index';

/** What `selectComponent` gives of iot-p2p-common-player. Every call is safe at any moment. */
export interface CommonPlayerExport {
  /** Plays, or does what is missing after a failure. */
  play(): void;
  /** The same. */
  retry(): void;
  /** Stops the picture and keeps the link to the camera, so that the next play is fast. */
  stop(): void;
  /** As `stop`, told by callbacks: `success` when the picture is stopped. */
  pause(options?: CallOptions): void;
  /** As `play`, told by callbacks: `success` when the picture is there or on its way. */
  resume(options?: CallOptions): void;
  /** Stops the picture and gives the link back. */
  stopAll(): void;
  /** Plays another stream of the same camera over the same link. An empty file name stops the picture. */
  changeFlv(flv?: { filename?: string; params?: string }): void;
  /** Resolves with the path of a temporary image; rejects with `{ errMsg }`. */
  snapshot(): Promise<{ tempImagePath: string }>;
  /** Call it after a talk of your own: phones leave the player on the ear-piece, or quiet. */
  repairSound(): void;
  /** Media of every pull passes by the tap, in the app's own memory; null ends it. For recordings. */
  setTap(tap: StreamTap | null): void;
  /** The states by the guide's names. */
  getState(): PlayerStates;
}

export interface CallOptions {
  success?: () => void;
  fail?: (result: { errMsg: string }) => void;
  complete?: () => void;
}

export interface PlayerStates {
  playerState: PlayerStateName;
  p2pState: P2PStateName;
  streamState: StreamStateName;
}
