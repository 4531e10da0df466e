import { Draft } from './draft';
import {
  onLivePlayerError,
  onLivePlayerState,
  onPlayFailed,
  onPlayerError,
  onPlayerReady,
  onPlayerStopped,
} from './on-player';
import { onNetworkChanged, onNotify, onSession } from './on-service';
import {
  onCheckDone,
  onFirstChunk,
  onPlayerClose,
  onPlayerStartPull,
  onStreamDone,
  onWatchDue,
} from './on-stream';
import * as user from './on-user';
import type { PlayerEffect } from './player-effect';
import type { EventOf, PlayerEvent, PlayerEventType } from './player-event';
import type { PlayerState } from './player-state';

type Handler<T extends PlayerEventType> = (draft: Draft, event: EventOf<T>) => void;

const HANDLERS: { [T in PlayerEventType]: Handler<T> } = {
  start: user.onStart,
  clearTarget: user.onClearTarget,
  play: user.onPlay,
  stop: user.onStop,
  stopAll: user.onStopAll,
  changeFlv: user.onChangeFlv,
  setAutoRetry: user.onSetAutoRetry,
  pageHide: user.onPageHide,
  pageShow: user.onPageShow,
  destroy: user.onDestroy,
  cacheExceeded: user.onCacheExceeded,
  retryDue: user.onRetryDue,
  retryPlanned: user.onRetryPlanned,
  retryDeclined: user.onRetryDeclined,
  session: onSession,
  notify: onNotify,
  networkChanged: onNetworkChanged,
  checkDone: onCheckDone,
  streamDone: onStreamDone,
  firstChunk: onFirstChunk,
  playerReady: onPlayerReady,
  playerStartPull: onPlayerStartPull,
  playerClose: onPlayerClose,
  watchDue: onWatchDue,
  playerError: onPlayerError,
  livePlayerError: onLivePlayerError,
  livePlayerState: onLivePlayerState,
  playerStopped: onPlayerStopped,
  playFailed: onPlayFailed,
};

/**
 * The player as a pure machine: what the event makes of the state, and what has to be done about it, in order. Total:
 * an event that means nothing in a state gives that same state back.
 */
export function step(
  state: PlayerState,
  event: PlayerEvent,
  nowMs: number,
): readonly [PlayerState, readonly PlayerEffect[]] {
  if (state.isDestroyed) return [state, []];
  const draft = new Draft(state, nowMs);
  (HANDLERS[event.type] as Handler<PlayerEventType>)(draft, event);
  return [draft.result(), draft.effects];
}
