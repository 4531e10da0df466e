// What an app can import from store/swarm/index.ts. Made by `node tools/check-api.mjs --update`: a change here is a change of the API.
export declare class SwarmStore {
  stats: SwarmStats | null;
  isUploadOn: boolean;
  locale: Locale;
  marks: readonly Bytes[];
  constructor(options: SwarmStoreOptions);
  get view(): SwarmView;
  watch(targetId: string, isWatching: boolean): void;
  setUpload(isOn: boolean): void;
  setLocale(locale: Locale): void;
  destroy(): void;
}
