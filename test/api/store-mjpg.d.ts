// What an app can import from store/mjpg/index.ts. Made by `node tools/check-api.mjs --update`: a change here is a change of the API.
export type MjpgEventName = 'playerStartPull' | 'playerClose' | 'statechange' | 'netstatus';
export declare class MjpgPlayer {
  readonly counters: {
    drawn: number;
    dropped: number;
  };
  constructor(options: MjpgPlayerOptions);
  setMaxFps(fps: number): void;
  play(): void;
  stop(): void;
  get context(): LivePlayerContext;
  addChunk(chunk: ArrayBuffer): void;
  destroy(): void;
}
export interface MjpgPlayerOptions {
  environment: Environment;
  screen: MjpgScreen;
  save: (jpeg: Uint8Array, done: (result: SnapshotResult) => void) => void;
  emit: (name: MjpgEventName, detail: object) => void;
}
export interface MjpgScreen {
  show(jpeg: Uint8Array, done: (size: PictureSize | null) => void): void;
}
export interface PictureSize {
  widthPx: number;
  heightPx: number;
}
