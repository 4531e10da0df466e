import type { Draft } from './draft';
import { isPulling, isStreamActive } from './player-state';
import type { PlayerStateName, StreamStateName } from './player-state';

/** Moves that several events share. */

/** Does whatever is missing between now and a playing picture; what is there already is kept. */
export function ensureRunning(draft: Draft): void {
  const { next } = draft;
  if (next.target === null || !next.isWanted || !next.isPageVisible) return;
  if (!isStreamActive(next.stream)) draft.begin();
  if (isPlayerBroken(next.player)) mountPlayer(draft);
  if (!next.hasService) beginService(draft);
  tryPlay(draft);
}

function isPlayerBroken(player: PlayerStateName): boolean {
  return player !== 'PlayerPreparing' && player !== 'PlayerReady';
}

/** The session prepares the module first where that is needed, and after a change of the network resets it. */
function beginService(draft: Draft): void {
  const { next } = draft;
  if (next.target === null) return;
  next.isNetworkChanged = false;
  next.serviceEpoch += 1;
  next.hasService = true;
  next.isLinkUp = false;
  draft.moveP2P('P2PIniting');
  draft.run({ run: 'startService', serviceEpoch: next.serviceEpoch, target: next.target });
}

/** Forgets the service, and with the new epoch every answer of it. The p2p axis is the caller's to move. */
export function stopService(draft: Draft): void {
  const { next } = draft;
  next.serviceEpoch += 1;
  if (!next.hasService) return;
  if (isStreamActive(next.stream)) stopStream(draft, 'StreamIdle');
  next.hasService = false;
  next.isLinkUp = false;
  draft.run({ run: 'stopService' });
}

/**
 * Plays once everything is there. live-player sometimes ignores the first play() of its life, so the first play of a
 * created player goes by its `autoplay` property (guide, FAQ 3.1).
 */
export function tryPlay(draft: Draft): void {
  const { next } = draft;
  if (!next.isWanted || !next.isPageVisible || next.failure !== null) return;
  if (next.player !== 'PlayerReady' || next.p2p !== 'ServiceStarted' || next.isPlayerStopping) return;
  if (next.target === null || next.target.flv.filename === '' || isStreamActive(next.stream)) return;
  draft.moveStream('StreamWaitPull');
  draft.run({ run: 'watch', streamEpoch: next.streamEpoch });
  if (next.isAutoplay) draft.run({ run: 'playPlayer', playerEpoch: next.playerEpoch });
  else next.isAutoplay = true;
}

/** Ends the pull, if any, and leaves the axis at `name`. */
export function stopStream(draft: Draft, name: StreamStateName): void {
  const { next } = draft;
  const wasPulling = isPulling(next.stream);
  next.streamEpoch += 1;
  next.hasFirstFrame = false;
  draft.moveStream(name);
  draft.run({ run: 'unwatch' });
  if (wasPulling) draft.run({ run: 'stopStream' });
}

/** Stops the native player. A play that is wanted by then starts when the stop has ended, never earlier. */
export function stopPlayer(draft: Draft): void {
  const { next } = draft;
  if (next.player !== 'PlayerReady' || !next.isAutoplay || next.isPlayerStopping) return;
  next.stopEpoch += 1;
  next.isPlayerStopping = true;
  draft.run({ run: 'stopPlayer', playerEpoch: next.playerEpoch, stopEpoch: next.stopEpoch });
}

/** Creates the player component, in place of an old one if there is one. */
export function mountPlayer(draft: Draft): void {
  const { next } = draft;
  if (next.isPlayerMounted) unmountPlayer(draft, 'PlayerIdle');
  next.playerEpoch += 1;
  next.isPlayerMounted = true;
  draft.movePlayer('PlayerPreparing');
}

/** Removes the player component, which also ends whatever it was doing. */
export function unmountPlayer(draft: Draft, name: PlayerStateName): void {
  const { next } = draft;
  next.isPlayerMounted = false;
  next.isAutoplay = false;
  next.isPlayerStopping = false;
  draft.movePlayer(name);
  draft.run({ run: 'dropPlayer' });
}

/** Stops the picture; the link stays. */
export function stopPicture(draft: Draft): void {
  draft.next.isStarting = false;
  stopStream(draft, 'StreamIdle');
  stopPlayer(draft);
}

export function stopAll(draft: Draft): void {
  const { next } = draft;
  next.isWanted = false;
  next.failure = null;
  next.lastFailure = null;
  cancelRetry(draft);
  stopPicture(draft);
  stopService(draft);
  if (next.p2p !== 'P2PIdle') draft.moveP2P('P2PUnknown');
}

export function cancelRetry(draft: Draft): void {
  const { next } = draft;
  if (next.retry === 'planned') draft.run({ run: 'cancelRetry' });
  next.retry = 'none';
  next.retryAtMs = 0;
  next.retryEpoch += 1;
}
