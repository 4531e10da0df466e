// What an app can import from store/album/index.ts. Made by `node tools/check-api.mjs --update`: a change here is a change of the API.
export declare class AlbumStore {
  notice: LocaleKey | null;
  locale: Locale;
  constructor(options: AlbumStoreOptions);
  get view(): AlbumView;
  save(media: 'image' | 'video', filePath: string, isSoundLeftOut?: boolean): void;
  tell(notice: LocaleKey): void;
  openSettings(): void;
  setLocale(locale: Locale): void;
  destroy(): void;
}
export declare function saveToAlbum(
  media: 'image' | 'video',
  filePath: string,
  album: AlbumPort,
  permission: PermissionPort,
): Promise<AlbumResult>;
