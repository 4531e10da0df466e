// What an app can import from store/playback/index.ts. Made by `node tools/check-api.mjs --update`: a change here is a change of the API.
export declare class PlaybackStore {
  state: PlaybackState;
  locale: Locale;
  readonly days: DayPicker;
  constructor(options: PlaybackStoreOptions);
  get listing(): Listing;
  get view(): PlaybackView;
  get dayView(): DayView;
  get texts(): Record<string, string>;
  setLocale(locale: Locale): void;
  selectDay(day: Day): void;
  reload(): void;
  playAt(timeMs: number): void;
  play(): void;
  pause(): void;
  stop(): void;
  toggle(): void;
  setSpeed(speed: number): void;
  onStreamState(stream: StreamStateName): void;
  onPlayEnd(): void;
  onPlayError({ errType, errDetail }: PlayErrorDetail): void;
  destroy(): void;
}
export declare function clampWindow(window: TimelineWindow, range: TimelineRange): TimelineWindow;
export declare function dayOf(unixMs: number): Day;
export declare function dayRange({ year, month, day }: Day): {
  startMs: number;
  endMs: number;
};
export declare function dragBy(window: TimelineWindow, dxPx: number, range: TimelineRange): TimelineWindow;
export declare function fling(
  speedPxPerMs: number,
  elapsedMs: number,
): {
  readonly distancePx: number;
  readonly speedPxPerMs: number;
};
export declare function formatTime(unixMs: number, hasSeconds?: boolean): string;
export declare function hitTest(
  window: TimelineWindow,
  periods: readonly RecordedPeriod[],
  px: number,
  reachPx: number,
): number;
export declare function parseDay(text: string): Day | null;
export declare function periodAt(periods: readonly RecordedPeriod[], timeMs: number): number;
export declare function pxToTime(window: TimelineWindow, px: number): number;
export declare function tickStepMs(msPerPx: number): number;
export declare function timeToPx(window: TimelineWindow, timeMs: number): number;
export declare function zoomAbout(
  window: TimelineWindow,
  px: number,
  factor: number,
  range: TimelineRange,
): TimelineWindow;
