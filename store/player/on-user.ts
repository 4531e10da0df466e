import type { Draft } from './draft';
import { cancelRetry, ensureRunning, stopAll, stopPicture, unmountPlayer } from './moves';
import type { EventOf } from './player-event';
import { STEADY_PICTURE_MS, isStreamActive } from './player-state';

/** What the app, its user and the page ask for. */

export function onStart(draft: Draft, event: EventOf<'start'>): void {
  const { next } = draft;
  stopAll(draft);
  next.target = event.target;
  next.isWanted = true;
  next.retryAttempt = 0;
  // Module and player are prepared at the same time; whichever is ready later starts the play.
  ensureRunning(draft);
}

export function onClearTarget(draft: Draft): void {
  stopAll(draft);
  draft.next.target = null;
}

/** Play, and also "tap to retry": from every state it does what is missing. */
export function onPlay(draft: Draft): void {
  const { next } = draft;
  if (next.target === null) return;
  next.isWanted = true;
  next.failure = null;
  next.lastFailure = null;
  next.retryAttempt = 0;
  cancelRetry(draft);
  ensureRunning(draft);
}

export function onStop(draft: Draft): void {
  const { next } = draft;
  next.isWanted = false;
  next.failure = null;
  next.lastFailure = null;
  cancelRetry(draft);
  stopPicture(draft);
}

export function onStopAll(draft: Draft): void {
  stopAll(draft);
}

/** An empty file name stops the picture. */
export function onChangeFlv(draft: Draft, event: EventOf<'changeFlv'>): void {
  const { next } = draft;
  if (next.target === null) return;
  next.target = { ...next.target, flv: { filename: event.filename, params: event.params } };
  if (isStreamActive(next.stream)) stopPicture(draft);
  if (next.failure === null) ensureRunning(draft);
}

/** live-player lags behind: a new pull begins at now. A picture that just came is left alone. */
export function onCacheExceeded(draft: Draft): void {
  const { next } = draft;
  const isSteady = next.hasFirstFrame && draft.nowMs - next.firstFrameAtMs >= STEADY_PICTURE_MS;
  if (!isSteady || next.stream !== 'StreamDataReceived') return;
  stopPicture(draft);
  ensureRunning(draft);
}

export function onSetAutoRetry(draft: Draft, event: EventOf<'setAutoRetry'>): void {
  const { next } = draft;
  next.isAutoRetry = event.isOn;
  if (!event.isOn && next.retry === 'planned') cancelRetry(draft);
}

/**
 * A hidden page pulls nothing: nobody watches, and iOS kills idle sockets in the background anyway. The link is kept,
 * so that coming back costs one request.
 */
export function onPageHide(draft: Draft): void {
  const { next } = draft;
  if (!next.isPageVisible) return;
  next.isPageVisible = false;
  next.mayRebuild = false;
  if (next.retry === 'planned') {
    cancelRetry(draft);
    next.retry = 'onShow';
  }
  if (isStreamActive(next.stream)) stopPicture(draft);
}

/** iOS kills the local server and idle sockets of an app in the background. Nothing tells of it before the next play. */
export function onPageShow(draft: Draft): void {
  const { next } = draft;
  if (next.isPageVisible) return;
  next.isPageVisible = true;
  next.mayRebuild = next.isWanted;
  if (next.retry === 'onShow') {
    next.retry = 'none';
    next.failure = null;
  }
  if (next.failure === null) ensureRunning(draft);
}

export function onDestroy(draft: Draft): void {
  const { next } = draft;
  stopAll(draft);
  unmountPlayer(draft, 'PlayerIdle');
  next.target = null;
  next.isDestroyed = true;
  draft.run({ run: 'release' });
}

export function onRetryDue(draft: Draft, event: EventOf<'retryDue'>): void {
  const { next } = draft;
  if (next.retry !== 'planned' || event.retryEpoch !== next.retryEpoch) return;
  next.retry = 'none';
  next.failure = null;
  ensureRunning(draft);
}

export function onRetryPlanned(draft: Draft, event: EventOf<'retryPlanned'>): void {
  const { next } = draft;
  if (next.retry === 'planned' && event.retryEpoch === next.retryEpoch) {
    next.retryAtMs = draft.nowMs + event.delayMs;
  }
}

/** The policy gave up: from now on it is the user's move. */
export function onRetryDeclined(draft: Draft, event: EventOf<'retryDeclined'>): void {
  if (draft.next.retry === 'planned' && event.retryEpoch === draft.next.retryEpoch) draft.next.retry = 'none';
}
