import type { RecordedPeriod } from '../command/device-commands';

/** The part of a day that a strip shows. `centerMs` (unix ms) lies in its middle, under the marker. */
export interface TimelineWindow {
  readonly centerMs: number;
  readonly msPerPx: number;
  readonly widthPx: number;
}

/** What a strip may show, in unix ms. */
export interface TimelineRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** A second is as wide as this at most. */
const MAX_PX_PER_S = 20;
/** So far apart are the labels at least. */
const TICK_PX = 72;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const TICK_STEPS_MS = [
  10_000,
  30_000,
  MINUTE_MS,
  5 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
];
/** A fling loses its speed as e^(-t / this). */
const FLING_DECAY_MS = 325;
/** Slower than this it stands still: a pixel a frame is not seen to move any more. */
const MIN_FLING_PX_PER_MS = 0.03;

export function timeToPx(window: TimelineWindow, timeMs: number): number {
  return window.widthPx / 2 + (timeMs - window.centerMs) / window.msPerPx;
}

export function pxToTime(window: TimelineWindow, px: number): number {
  return window.centerMs + (px - window.widthPx / 2) * window.msPerPx;
}

/** No closer than 20 px a second, no farther than the whole range, and the middle within the range. */
export function clampWindow(window: TimelineWindow, range: TimelineRange): TimelineWindow {
  const { widthPx } = window;
  const maxMsPerPx = (range.endMs - range.startMs) / Math.max(1, widthPx);
  const msPerPx = Math.min(Math.max(window.msPerPx, 1000 / MAX_PX_PER_S), maxMsPerPx);
  const centerMs = Math.min(Math.max(window.centerMs, range.startMs), range.endMs);
  return { centerMs, msPerPx, widthPx };
}

/** Enlarges by `factor` (above 1: closer); what lies at `px` stays there, as far as the range allows. */
export function zoomAbout(
  window: TimelineWindow,
  px: number,
  factor: number,
  range: TimelineRange,
): TimelineWindow {
  const { msPerPx } = clampWindow({ ...window, msPerPx: window.msPerPx / factor }, range);
  const centerMs = pxToTime(window, px) - (px - window.widthPx / 2) * msPerPx;
  return clampWindow({ ...window, msPerPx, centerMs }, range);
}

/** The strip follows a finger that moved by `dxPx`. */
export function dragBy(window: TimelineWindow, dxPx: number, range: TimelineRange): TimelineWindow {
  return clampWindow({ ...window, centerMs: window.centerMs - dxPx * window.msPerPx }, range);
}

/** How far a strip that was let go at a speed glides within `elapsedMs`, and its speed by then (0: it stands). */
export function fling(
  speedPxPerMs: number,
  elapsedMs: number,
): { readonly distancePx: number; readonly speedPxPerMs: number } {
  const rest = Math.exp(-elapsedMs / FLING_DECAY_MS);
  const speed = speedPxPerMs * rest;
  return {
    distancePx: speedPxPerMs * FLING_DECAY_MS * (1 - rest),
    speedPxPerMs: Math.abs(speed) < MIN_FLING_PX_PER_MS ? 0 : speed,
  };
}

/** Between two labels: a round time, wide enough that they do not touch. */
export function tickStepMs(msPerPx: number): number {
  const wanted = msPerPx * TICK_PX;
  return TICK_STEPS_MS.find((step) => step >= wanted) || 6 * HOUR_MS;
}

/** By start, without overlaps: of two that cover a moment the earlier one has it. What nothing is left of is dropped. */
export function sortPeriods(periods: readonly RecordedPeriod[]): RecordedPeriod[] {
  const sorted: RecordedPeriod[] = [];
  let endS = 0;
  for (const period of [...periods].sort((a, b) => a.startS - b.startS)) {
    const startS = Math.max(period.startS, endS);
    if (period.endS <= startS) continue;
    endS = period.endS;
    sorted.push({ ...period, startS });
  }
  return sorted;
}

/** Index of the first of sorted periods that ends after `timeMs`: it holds that moment, or is the next. -1: none. */
export function periodAt(periods: readonly RecordedPeriod[], timeMs: number): number {
  let low = 0;
  let high = periods.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (periods[middle]!.endS * 1000 > timeMs) high = middle;
    else low = middle + 1;
  }
  return low < periods.length ? low : -1;
}

/** The moment that a tap at `px` means: within `reachPx` of a recording its near end, else what lies there. */
export function hitTest(
  window: TimelineWindow,
  periods: readonly RecordedPeriod[],
  px: number,
  reachPx: number,
): number {
  const timeMs = pxToTime(window, px);
  const reachMs = reachPx * window.msPerPx;
  const next = periodAt(periods, timeMs);
  if (next >= 0 && periods[next]!.startS * 1000 <= timeMs) return timeMs;
  const before = periods[next < 0 ? periods.length - 1 : next - 1];
  const afterMs = next < 0 ? Infinity : periods[next]!.startS * 1000 - timeMs;
  const beforeMs = before === undefined ? Infinity : timeMs - before.endS * 1000;
  if (Math.min(afterMs, beforeMs) > reachMs) return timeMs;
  return afterMs <= beforeMs ? timeMs + afterMs : Math.max(before!.startS, before!.endS - 1) * 1000;
}
