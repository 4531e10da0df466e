import { ErrCode } from '../../p2p-core/index';
import type { Draft } from './draft';
import { fail } from './failure';
import { advanceStream, loseService, loseStream } from './lose';
import { beginService, stopPlayer, stopStream, tryPlay } from './moves';
import type { EventOf, Notice } from './player-event';
import { isAnswering, isRequested } from './player-state';

/** Answers and notices of the p2p module. */

export function onInitDone(draft: Draft, event: EventOf<'initDone'>): void {
  const { next } = draft;
  if (event.serviceEpoch !== next.serviceEpoch || next.p2p !== 'P2PIniting') return;
  if (event.error !== null) {
    fail(draft, 'P2PInitError', event.error);
    draft.moveP2P('P2PInitError');
    return;
  }
  draft.moveP2P('P2PInited');
  beginService(draft);
}

export function onServiceDone(draft: Draft, event: EventOf<'serviceDone'>): void {
  const { next } = draft;
  if (event.serviceEpoch !== next.serviceEpoch || next.p2p !== 'ServicePreparing') {
    // Started although it was stopped meanwhile: nobody else would stop it.
    if (event.error === null && next.serviceId !== event.id) draft.run({ run: 'stopService', id: event.id });
    return;
  }
  if (event.error !== null) {
    fail(draft, 'ServiceStartError', event.error);
    loseService(draft, 'ServiceStartError');
    return;
  }
  draft.moveP2P('ServiceStarted');
  tryPlay(draft);
}

export function onServicesDropped(draft: Draft): void {
  const { next } = draft;
  if (next.p2p !== 'ServicePreparing' && next.p2p !== 'ServiceStarted') return;
  fail(draft, 'ServiceError', { errcode: ErrCode.LinkLost, errmsg: 'the module was reset' });
  loseService(draft, 'ServiceError');
}

/** Only a mark: the path may survive, and then nothing has to happen. It counts when the stream fails or runs dry. */
export function onNetworkChanged(draft: Draft): void {
  draft.next.isNetworkChanged = true;
}

export function onNotify(draft: Draft, event: EventOf<'notify'>): void {
  if (event.serviceEpoch !== draft.next.serviceEpoch || draft.next.serviceId === '') return;
  switch (event.notice.subtype) {
    case 'request':
      return advanceStream(draft, 'StreamRequest');
    case 'parsed':
      return onParsed(draft, event.notice);
    case 'eof':
      return onEof(draft);
    case 'close':
      return onStreamLost(draft, event.notice, 'the stream was closed by the module');
    case 'fail':
      return onStreamLost(draft, event.notice, 'the stream failed');
    case 'disconnect':
      return onDisconnect(draft, event.notice);
    default:
      return;
  }
}

function onParsed(draft: Draft, notice: Notice): void {
  if (!isRequested(draft.next.stream)) return;
  if (notice.status < 400) return advanceStream(draft, 'StreamHeaderParsed');
  const error = {
    errcode: ErrCode.HttpStatus,
    errmsg: `the camera answered with HTTP status ${notice.status}`,
  };
  fail(draft, 'StreamError', error, notice.status);
  loseStream(draft, 'StreamError');
}

/** A normal end is no failure and is never retried by itself. */
function onEof(draft: Draft): void {
  const { next } = draft;
  if (!isAnswering(next.stream)) return;
  next.isWanted = false;
  stopStream(draft, 'StreamDataEnd');
  stopPlayer(draft);
  draft.run({ run: 'emit', emission: { name: 'playEnd', detail: {} } });
}

/**
 * The module tells of closes of older pulls too, a little late. Those come before the first word about the new pull, so
 * a pull that the module has not spoken of is not meant.
 */
function onStreamLost(draft: Draft, notice: Notice, errmsg: string): void {
  if (!isAnswering(draft.next.stream)) return;
  fail(draft, 'StreamError', notice.error || { errcode: ErrCode.LinkLost, errmsg });
  loseStream(draft, 'StreamError');
}

function onDisconnect(draft: Draft, notice: Notice): void {
  fail(
    draft,
    'ServiceError',
    notice.error || { errcode: ErrCode.LinkLost, errmsg: 'the link to the camera is gone' },
  );
  loseService(draft, 'ServiceError');
}
