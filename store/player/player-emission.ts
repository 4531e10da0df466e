import type { ErrorResult } from '../../p2p-core/index';
import type { FailureType, P2PStateName, PlayerStateName, StartTimes, StreamStateName } from './player-state';

/** What a player tells its host, by event name. Every detail is plain data. */
export interface PlayerEmissionMap {
  p2pStateChange: { p2pState: P2PStateName };
  streamStateChange: { streamState: StreamStateName };
  playerStateChange: { playerState: PlayerStateName };
  /** Once per failure, with its true cause. */
  playError: PlayErrorDetail;
  /** The phone's settings keep WeChat from playing; instead of playError. */
  systemPermissionDenied: { errcode: number; errmsg: string };
  /** The first frame of a pull is on the screen. `times`: ms from the start to each step that it took. */
  playStart: { times: StartTimes };
  /** The camera ended the stream normally. */
  playEnd: Record<string, never>;
}

export interface PlayErrorDetail {
  errType: FailureType;
  /** One sentence for the user, in the player's language. */
  errMsg: string;
  /** For logs and support. */
  errDetail: ErrorResult;
  /** Retrying the same call is useless. */
  isFatalError: boolean;
  /** What happens next: the player retries by itself, waits for the user, or waits for other properties. */
  action: 'autoRetry' | 'waitForRetry' | 'waitForChange';
  /** Until the next attempt by itself; 0 when there is none, or when it waits for the page to be shown. */
  retryDelayMs: number;
}

export type PlayerEmissionName = keyof PlayerEmissionMap;
export type PlayerEmission = {
  [N in PlayerEmissionName]: { name: N; detail: PlayerEmissionMap[N] };
}[PlayerEmissionName];
