import { ErrCode } from '../../p2p-core/index';
import type { Draft } from './draft';
import { breakPlayer, endStream } from './break-player';
import { fail } from './failure';
import {
  LivePlayerCode,
  WECHAT_SERVER_ERROR,
  isLocalServerDead,
  isPermissionDenied,
} from './live-player-codes';
import { loseService, loseStream } from './lose';
import { tryPlay, unmountPlayer } from './moves';
import type { EventOf } from './player-event';
import { isPulling, isStreamActive } from './player-state';

/** Events of the player component. Those of a component that was replaced carry an older epoch and are ignored. */

export function onPlayerReady(draft: Draft, event: EventOf<'playerReady'>): void {
  if (event.playerEpoch !== draft.next.playerEpoch || draft.next.player !== 'PlayerPreparing') return;
  draft.mark('player');
  draft.movePlayer('PlayerReady');
  tryPlay(draft);
}

export function onPlayerStopped(draft: Draft, event: EventOf<'playerStopped'>): void {
  const { next } = draft;
  if (event.playerEpoch !== next.playerEpoch || event.stopEpoch !== next.stopEpoch || !next.isPlayerStopping)
    return;
  next.isPlayerStopping = false;
  tryPlay(draft);
}

export function onPlayFailed(draft: Draft, event: EventOf<'playFailed'>): void {
  // A play that was stopped meanwhile fails too, and nobody minds.
  if (!isCurrent(draft, event.playerEpoch) || draft.next.stream !== 'StreamWaitPull') return;
  breakPlayer(draft, 'LivePlayerError', event.message);
}

export function onPlayerError(draft: Draft, event: EventOf<'playerError'>): void {
  if (!isCurrent(draft, event.playerEpoch)) return;
  if (event.code === WECHAT_SERVER_ERROR) loseLocalServer(draft, event.message);
  else breakPlayer(draft, 'PlayerError', `${event.code} ${event.message}`);
}

export function onLivePlayerError(draft: Draft, event: EventOf<'livePlayerError'>): void {
  if (!isCurrent(draft, event.playerEpoch)) return;
  if (!isPermissionDenied(event.message)) {
    breakPlayer(draft, 'LivePlayerError', `${event.code} ${event.message}`);
    return;
  }
  fail(draft, 'SystemPermissionDenied', { errcode: event.code, errmsg: event.message });
  endStream(draft);
  draft.movePlayer('LivePlayerError');
}

export function onLivePlayerState(draft: Draft, event: EventOf<'livePlayerState'>): void {
  if (!isCurrent(draft, event.playerEpoch)) return;
  switch (event.code) {
    case LivePlayerCode.FirstFrame:
      return onFirstFrame(draft);
    case LivePlayerCode.Reconnecting:
      return onReconnecting(draft, event.message);
    case LivePlayerCode.GaveUp:
      return breakPlayer(draft, 'LivePlayerStateError', `${event.code} ${event.message}`);
    default:
      return;
  }
}

function onFirstFrame(draft: Draft): void {
  const { next } = draft;
  if (!isPulling(next.stream) || next.hasFirstFrame) return;
  next.hasFirstFrame = true;
  next.firstFrameAtMs = draft.nowMs;
  next.lastFailure = null;
  next.mayRebuild = false;
  draft.mark('picture');
  next.isStarting = false;
  draft.run({ run: 'emit', emission: { name: 'playStart', detail: { times: next.times } } });
}

/**
 * live-player pulls again by itself, which helps unless its local server is dead or the path to the camera went away
 * with the old network (guide, FAQ 3.4 and 3.5).
 */
function onReconnecting(draft: Draft, message: string): void {
  const { next } = draft;
  if (next.p2p !== 'ServiceStarted' || next.failure !== null || !next.isWanted) return;
  if (isLocalServerDead(message)) {
    loseLocalServer(draft, message);
  } else if (next.isNetworkChanged && next.target !== null && !next.target.survivesNetworkChange) {
    const errmsg = `the network of this phone changed: ${message}`;
    fail(draft, 'P2PLocalNATChanged', { errcode: ErrCode.LinkLost, errmsg });
    loseStream(draft, 'StreamError');
  } else if ((next.stream === 'StreamIdle' || next.stream === 'StreamDataPause') && canReconnect(draft)) {
    // It held less than was thought.
    next.hasFirstFrame = false;
    draft.begin();
    draft.moveStream('StreamWaitPull');
    draft.run({ run: 'watch', streamEpoch: next.streamEpoch });
  }
}

function canReconnect({ next }: Draft): boolean {
  return next.player === 'PlayerReady' && next.isPageVisible && !next.isPlayerStopping;
}

/** The player is removed, else it would retry against the dead server. The module may need a reset as well. */
function loseLocalServer(draft: Draft, message: string): void {
  const { next } = draft;
  fail(draft, 'LocalServerError', { errcode: ErrCode.LocalServerFailed, errmsg: message });
  draft.run({ run: 'markLocalServerDead' });
  next.isNetworkChanged = true;
  unmountPlayer(draft, 'LocalServerError');
  const wasActive = isStreamActive(next.stream);
  if (next.hasService) loseService(draft, 'P2PLocalNATChanged');
  if (wasActive) draft.moveStream('StreamLocalServerError');
}

function isCurrent(draft: Draft, playerEpoch: number): boolean {
  return playerEpoch === draft.next.playerEpoch && draft.next.isPlayerMounted;
}
