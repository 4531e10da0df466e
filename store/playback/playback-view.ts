import type { Locale } from '../locale/locale';
import type { LocaleKey } from '../locale/zh-cn';
import { formatTime } from './calendar';
import type { Listing } from './day-list';
import type { PlaybackPhase, PlaybackState } from './playback-step';

export interface PlaybackView {
  phase: PlaybackPhase;
  /** The picture is there, or on its way: the button pauses. */
  isRunning: boolean;
  canToggle: boolean;
  toggleText: string;
  /** Of the picture, in unix ms; changes with the list too, so that a strip knows when to look. */
  positionMs: number;
  periodCount: number;
  brokenCount: number;
  /** `14:05:00`; '' before anything was chosen. */
  timeText: string;
  /** `2×` */
  speedText: string;
  /** One sentence about the list, or about where playing stands; '' when the picture says it all. */
  message: string;
  canRetry: boolean;
}

const RUNNING: readonly PlaybackPhase[] = ['opening', 'playing', 'resuming'];

export function playbackView(state: PlaybackState, listing: Listing, locale: Locale): PlaybackView {
  const { phase, periods, index, positionMs, speed, broken } = state;
  const isRunning = RUNNING.indexOf(phase) >= 0;
  const key = messageKey(state, listing);
  return {
    phase,
    isRunning,
    canToggle: periods.length > 0,
    toggleText: locale.text(isRunning ? 'action.pause' : 'action.play'),
    positionMs,
    periodCount: periods.length,
    brokenCount: broken.length,
    timeText: index < 0 ? '' : formatTime(positionMs),
    speedText: `${speed}×`,
    message: key === null ? '' : locale.text(key),
    canRetry: listing === 'failed',
  };
}

function messageKey({ phase, periods, index, broken }: PlaybackState, listing: Listing): LocaleKey | null {
  if (listing !== 'ready') return `playback.${listing}`;
  if (periods.length === 0) return 'playback.none';
  if (phase === 'ended') return broken.length > 0 ? 'playback.broken' : 'status.ended';
  return index < 0 ? 'playback.choose' : null;
}
