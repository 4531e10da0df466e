// What an app can import from store/multi/index.ts. Made by `node tools/check-api.mjs --update`: a change here is a change of the API.
export declare class MultiStore {
  state: MultiState;
  tiles: readonly MultiTile[];
  locale: Locale;
  gridQuality: string;
  singleQuality: string;
  players: readonly (PlayerView | undefined)[];
  constructor(options: MultiStoreOptions);
  get view(): MultiView;
  setTiles(tiles: readonly MultiTile[]): void;
  setQualities(gridQuality: string, singleQuality: string): void;
  setLocale(locale: Locale): void;
  setPlayerView(index: number, view: PlayerView): void;
  tap(tile: number): void;
  dispatch(event: MultiEvent): void;
}
