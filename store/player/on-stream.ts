import { ErrCode } from '../../p2p-core/index';
import { breakPlayer } from './break-player';
import type { Draft } from './draft';
import { fail } from './failure';
import { advanceStream, loseStream } from './lose';
import { stopPlayer, stopStream } from './moves';
import type { EventOf } from './player-event';
import { isPulling, isRequested } from './player-state';

/** live-player that holds more than this when it closes does so for its own flow control. */
const FLOW_CONTROL_CACHE_MS = 500;

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
  const isResumed = next.stream === 'StreamDataPause';
  if (isPulling(next.stream)) stopStream(draft, 'StreamIdle');
  next.streamEpoch += 1;
  if (isResumed) {
    // It plays on from what it holds: neither a new check nor a new start.
    requestStream(draft);
    return;
  }
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
    if (next.stream !== 'StreamDataReceived') draft.run({ run: 'watch', streamEpoch: next.streamEpoch });
    return;
  }
  fail(draft, 'StreamStartError', event.error);
  loseStream(draft, 'StreamStartError');
}

export function onFirstChunk(draft: Draft, event: EventOf<'firstChunk'>): void {
  const { next } = draft;
  if (event.streamEpoch !== next.streamEpoch || !isRequested(next.stream)) return;
  draft.mark('firstByte');
  draft.run({ run: 'unwatch' });
  advanceStream(draft, 'StreamDataReceived');
  if (!next.isNetworkChanged) return;
  next.isNetworkChanged = false;
  draft.run({ run: 'markPathWorks' });
}

/**
 * The player closed its request. It stays wanted: live-player closes and pulls again when it runs dry, and also when it
 * holds more than it needs; then the picture goes on meanwhile.
 */
export function onPlayerClose(draft: Draft, event: EventOf<'playerClose'>): void {
  const { next } = draft;
  if (event.playerEpoch !== next.playerEpoch || !isPulling(next.stream)) return;
  const isFlowControl =
    event.cacheMs > FLOW_CONTROL_CACHE_MS && next.hasFirstFrame && next.isWanted && !next.isPlayerStopping;
  if (!isFlowControl) return stopStream(draft, 'StreamIdle');
  const { firstFrameAtMs } = next;
  stopStream(draft, 'StreamDataPause');
  next.hasFirstFrame = true;
  next.firstFrameAtMs = firstFrameAtMs;
}

/** Neither the pull that was asked of the player came, nor its first byte: something hangs that nobody reports. */
export function onWatchDue(draft: Draft, event: EventOf<'watchDue'>): void {
  const { next } = draft;
  if (event.streamEpoch !== next.streamEpoch || next.stream === 'StreamDataReceived') return;
  if (next.stream === 'StreamWaitPull') {
    breakPlayer(draft, 'LivePlayerStateError', 'live-player asked for no stream');
  } else if (isRequested(next.stream)) {
    fail(draft, 'StreamError', { errcode: ErrCode.StreamStartFailed, errmsg: 'the camera sends no data' });
    loseStream(draft, 'StreamError');
  }
}
