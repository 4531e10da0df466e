// What an app can import from store/download/index.ts. Made by `node tools/check-api.mjs --update`: a change here is a change of the API.
export declare class DownloadStore {
  state: DownloadState;
  locale: Locale;
  readonly days: DayPicker;
  list: readonly DeviceFile[];
  speed: number;
  savings: Readonly<Record<string, Saving | undefined>>;
  constructor(options: DownloadStoreOptions);
  get listing(): Listing;
  get rows(): DownloadRow[];
  get message(): string;
  get dayView(): DayView;
  setLocale(locale: Locale): void;
  selectDay(day: Day): void;
  reload(): void;
  start(fileName: string): void;
  pause(fileName: string): void;
  resume(fileName: string): void;
  cancel(fileName: string): void;
  pathOf(fileName: string): string;
  saveToAlbum(fileName: string): void;
  openSettings(fileName: string): void;
  destroy(): void;
}
export declare function dayOf(unixMs: number): Day;
export declare function parseDay(text: string): Day | null;
