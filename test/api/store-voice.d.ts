// What an app can import from store/voice/index.ts. Made by `node tools/check-api.mjs --update`: a change here is a change of the API.
export declare class VoiceStore {
  state: VoiceState;
  locale: Locale;
  level: number;
  constructor(options: VoiceStoreOptions);
  get view(): VoiceView;
  get settingsText(): string;
  get pusherKeys(): number[];
  start(): void;
  stop(): void;
  toggle(): void;
  pageHide(): void;
  openSettings(): void;
  attachPusher(key: number, pusher: PusherHandle): void;
  addPusherChunk(chunk: ArrayBuffer): void;
  failPusher(errmsg: string): void;
  setLocale(locale: Locale): void;
  destroy(): void;
}
export declare function isCall(mode: VoiceMode): boolean;
