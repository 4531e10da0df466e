// What an app can import from store/ptz/index.ts. Made by `node tools/check-api.mjs --update`: a change here is a change of the API.
export declare class PtzStore {
  state: PtzState;
  locale: Locale;
  constructor(options: PtzStoreOptions);
  get view(): PtzView;
  get pad(): PtzButton[];
  get zoom(): PtzButton[];
  press(key: PtzKey): void;
  lift(key: PtzKey): void;
  gotoPreset(index: number): void;
  setPreset(index: number): void;
  halt(): void;
  setLocale(locale: Locale): void;
  destroy(): void;
}
