import type { ServiceStats } from '../../p2p-core/index';
import type { Locale } from '../locale/locale';
import type { LocaleKey } from '../locale/zh-cn';
import type { StartTimes } from './player-state';
import { milliseconds, selectTimes } from './start-view';

/** One line of the panel. */
export interface StatsRow {
  label: string;
  value: string;
}

/** What is known at one moment. Null and 0 where nothing is. */
export interface StatsSample {
  /** Of the module, where it tells. */
  service: ServiceStats | null;
  /** Media that reached the player in the last second. */
  bytesPerSecond: number;
  /** live-player's own report, as it comes. */
  netStatus: Readonly<Record<string, unknown>> | null;
  times: StartTimes;
}

const BITS_PER_BYTE = 8;
const BITS_PER_KILOBIT = 1000;

/** The rows that there is something to say about, in the user's language. */
export function selectStats(sample: StatsSample, locale: Locale): StatsRow[] {
  const { service, bytesPerSecond, netStatus, times } = sample;
  const rows: StatsRow[] = [];
  const add = (key: LocaleKey, value: string): void => {
    rows.push({ label: locale.text(key), value });
  };
  if (service !== null) {
    const { pathKind, rttMs, lossRate } = service;
    if (pathKind !== null) add('stats.path', locale.text(`path.${pathKind}`));
    if (rttMs !== null) add('stats.rtt', milliseconds(rttMs));
    add('stats.loss', `${(lossRate * 100).toFixed(1)} %`);
  }
  add('stats.bitrate', `${Math.round((bytesPerSecond * BITS_PER_BYTE) / BITS_PER_KILOBIT)} kbit/s`);
  if (netStatus !== null) {
    const { videoWidth, videoHeight, videoFPS } = netStatus;
    if (videoWidth && videoHeight)
      add('stats.size', `${String(videoWidth)}×${String(videoHeight)}${fps(videoFPS)}`);
    add('stats.buffer', milliseconds(cacheMsOf(netStatus)));
  }
  if (times.picture !== undefined) add('stats.firstPicture', milliseconds(times.picture));
  return [...rows, ...selectTimes(times, locale)];
}

/** How much live-player holds and has not shown yet; 0 where it does not tell. */
export function cacheMsOf(netStatus: Readonly<Record<string, unknown>>): number {
  return Math.max(Number(netStatus['videoCache']) || 0, Number(netStatus['audioCache']) || 0);
}

const fps = (value: unknown): string => (typeof value === 'number' && value > 0 ? `, ${value} fps` : '');
