import type { ErrorResult } from '../../p2p-core/index';
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
  | { type: 'initDone'; serviceEpoch: number; error: ErrorResult | null }
  | { type: 'serviceDone'; serviceEpoch: number; id: string; error: ErrorResult | null }
  | { type: 'notify'; serviceEpoch: number; notice: Notice }
  /** The module was reset: every service of it is gone. */
  | { type: 'servicesDropped' }
  | { type: 'networkChanged' }
  | { type: 'checkDone'; streamEpoch: number; error: ErrorResult | null }
  | { type: 'streamDone'; streamEpoch: number; error: ErrorResult | null }
  | { type: 'firstChunk'; streamEpoch: number }
  // the player component
  | { type: 'playerReady'; playerEpoch: number }
  | { type: 'playerStartPull'; playerEpoch: number }
  | { type: 'playerClose'; playerEpoch: number }
  | { type: 'playerError'; playerEpoch: number; code: string | number; message: string }
  | { type: 'livePlayerError'; playerEpoch: number; code: number; message: string }
  | { type: 'livePlayerState'; playerEpoch: number; code: number; message: string }
  | { type: 'playerStopped'; playerEpoch: number; stopEpoch: number }
  | { type: 'playFailed'; playerEpoch: number; message: string }
  // the retry timer
  | { type: 'retryDue'; retryEpoch: number }
  | { type: 'retryDeclined'; retryEpoch: number };

export type PlayerEventType = PlayerEvent['type'];
export type EventOf<T extends PlayerEventType> = Extract<PlayerEvent, { type: T }>;

/** A 'notify' of the module with the parts of its detail that matter. */
export interface Notice {
  /** One of `XP2PNotify_SubType`; unknown ones are ignored. */
  subtype: string;
  /** Of 'parsed': the HTTP status, 0 where the module does not tell. */
  status: number;
  /** Of 'disconnect' and 'fail', where the module tells. */
  error: ErrorResult | null;
}
