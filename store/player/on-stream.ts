import type { Draft } from './draft';
import { fail } from './failure';
import { advanceStream, loseStream } from './lose';
import { stopPlayer, stopStream } from './moves';
import type { EventOf } from './player-event';
import { isPulling, isRequested } from './player-state';

/** The life of one pull: the player asks, the host may check, the module answers. */

export function onPlayerStartPull(draft: Draft, event: EventOf<'playerStartPull'>): void {
  const { next } = draft;
  if (event.playerEpoch !== next.playerEpoch || next.player !== 'PlayerReady' || next.isPlayerStopping)
    return;
  const { target } = next;
  const canServe =
    next.isWanted && next.isPageVisible && next.failure === null && next.p2p === 'ServiceStarted';
  if (!canServe || target === null || target.flv.filename === '') {
    // live-player pulls again by itself for a while: what nobody can serve is stopped.
    stopPlayer(draft);
    return;
  }
  if (isPulling(next.stream)) stopStream(draft, 'StreamIdle');
  next.streamEpoch += 1;
  next.hasFirstFrame = false;
  draft.begin();
  draft.mark('pull');
  draft.moveStream('StreamReceivePull');
  if (!target.hasStreamCheck) return requestStream(draft);
  draft.moveStream('StreamChecking');
  draft.run({ run: 'checkStream', streamEpoch: next.streamEpoch, flv: target.flv });
}

export function onCheckDone(draft: Draft, event: EventOf<'checkDone'>): void {
  const { next } = draft;
  if (event.streamEpoch !== next.streamEpoch || next.stream !== 'StreamChecking') return;
  if (event.error !== null) {
    fail(draft, 'StreamCheckError', event.error);
    loseStream(draft, 'StreamCheckError');
    return;
  }
  draft.moveStream('StreamCheckSuccess');
  requestStream(draft);
}

function requestStream(draft: Draft): void {
  const { next } = draft;
  if (next.target === null) return;
  draft.moveStream('StreamPreparing');
  draft.run({ run: 'startStream', streamEpoch: next.streamEpoch, flv: next.target.flv });
}

export function onStreamDone(draft: Draft, event: EventOf<'streamDone'>): void {
  const { next } = draft;
  if (event.streamEpoch !== next.streamEpoch || !isRequested(next.stream)) return;
  if (event.error === null) {
    advanceStream(draft, 'StreamStarted');
    return;
  }
  fail(draft, 'StreamStartError', event.error);
  loseStream(draft, 'StreamStartError');
}

export function onFirstChunk(draft: Draft, event: EventOf<'firstChunk'>): void {
  const { next } = draft;
  if (event.streamEpoch !== next.streamEpoch || !isRequested(next.stream)) return;
  draft.mark('firstByte');
  advanceStream(draft, 'StreamDataReceived');
  if (!next.isNetworkChanged) return;
  next.isNetworkChanged = false;
  draft.run({ run: 'markPathWorks' });
}

/** The player closed its request. It stays wanted: live-player closes and pulls again when it runs dry. */
export function onPlayerClose(draft: Draft, event: EventOf<'playerClose'>): void {
  const { next } = draft;
  if (event.playerEpoch === next.playerEpoch && isPulling(next.stream)) stopStream(draft, 'StreamIdle');
}
