// What an app can import from store/snapshot/index.ts. Made by `node tools/check-api.mjs --update`: a change here is a change of the API.
export declare class CaptureStore {
  readonly record: RecordStore;
  constructor(options: CaptureStoreOptions);
  get view(): CaptureView;
  toggleRecord(): void;
  onSnapshot(filePath: string): void;
  openSettings(): void;
  setLocale(locale: Locale): void;
  destroy(): void;
}
export declare class RecordStore {
  state: RecordState;
  readonly tap: LiveRecorder;
  constructor(options: RecordStoreOptions);
  start(): void;
  stop(): void;
  destroy(): void;
}
export declare function remuxToMp4(options: RemuxOptions, done: (result: RemuxResult) => void): () => void;
export declare function saveToAlbum(
  media: 'image' | 'video',
  filePath: string,
  album: AlbumPort,
  permission: PermissionPort,
): Promise<AlbumResult>;
