import type { ErrorResult } from '../../p2p-core/index';
import type { Notice } from '../session/notice';
import type { SessionEvent } from '../session/session-state';
import type { PlayTarget } from './player-state';

/** Everything that can happen to a player. Answers carry the epoch of their question. */
export type PlayerEvent =
  // the app and its user
  | { type: 'start'; target: PlayTarget }
  /** There is nothing to play any more. */
  | { type: 'clearTarget' }
  | { type: 'play' }
  /** Stops the picture and keeps the link, so that the next play is fast. */
  | { type: 'stop' }
  /** Stops the picture and the link. */
  | { type: 'stopAll' }
  | { type: 'changeFlv'; filename: string; params: string }
  | { type: 'setAutoRetry'; isOn: boolean }
  | { type: 'pageHide' }
  | { type: 'pageShow' }
  | { type: 'destroy' }
  // the p2p module
  | { type: 'session'; serviceEpoch: number; event: SessionEvent }
  | { type: 'notify'; streamEpoch: number; notice: Notice }
  | { type: 'networkChanged' }
  | { type: 'checkDone'; streamEpoch: number; error: ErrorResult | null }
  | { type: 'streamDone'; streamEpoch: number; error: ErrorResult | null }
  | { type: 'firstChunk'; streamEpoch: number }
  // the player component
  | { type: 'playerReady'; playerEpoch: number }
  | { type: 'playerStartPull'; playerEpoch: number }
  /** `cacheMs`: media that the player still holds, as far as it told. */
  | { type: 'playerClose'; playerEpoch: number; cacheMs: number }
  | { type: 'playerError'; playerEpoch: number; code: string | number; message: string }
  | { type: 'livePlayerError'; playerEpoch: number; code: number; message: string }
  | { type: 'livePlayerState'; playerEpoch: number; code: number; message: string }
  | { type: 'playerStopped'; playerEpoch: number; stopEpoch: number }
  | { type: 'playFailed'; playerEpoch: number; message: string }
  /** The player holds more media than the app allows: it lags behind. */
  | { type: 'cacheExceeded' }
  // timers
  | { type: 'watchDue'; streamEpoch: number }
  | { type: 'retryDue'; retryEpoch: number }
  | { type: 'retryPlanned'; retryEpoch: number; delayMs: number }
  | { type: 'retryDeclined'; retryEpoch: number };

export type PlayerEventType = PlayerEvent['type'];
export type EventOf<T extends PlayerEventType> = Extract<PlayerEvent, { type: T }>;
