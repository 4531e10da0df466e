import { ErrCode } from '../../p2p-core/index';
import type { Notice } from '../session/notice';
import type { Draft } from './draft';
import { fail } from './failure';
import { advanceStream, loseService, loseStream } from './lose';
import { stopPlayer, stopStream, tryPlay } from './moves';
import type { EventOf } from './player-event';
import { isAnswering, isRequested } from './player-state';

/** What the session with the camera and its module say. */

export function onSession(draft: Draft, { serviceEpoch, event }: EventOf<'session'>): void {
  const { next } = draft;
  if (serviceEpoch !== next.serviceEpoch || !next.hasService) return;
  switch (event.type) {
    case 'readied':
      draft.mark('module');
      if (next.p2p !== 'P2PIniting') return;
      draft.moveP2P('P2PInited');
      return draft.moveP2P('ServicePreparing');
    case 'started':
      draft.mark('service');
      draft.moveP2P('ServiceStarted');
      return tryPlay(draft);
    case 'failed': {
      const name = event.stage === 'module' ? 'P2PInitError' : 'ServiceStartError';
      fail(draft, name, event.error);
      return loseService(draft, name);
    }
    case 'connected':
      draft.mark('link');
      next.isLinkUp = true;
      return;
    case 'waterMark':
      // Of a talk beside the picture.
      return;
    case 'disconnected':
      fail(draft, 'ServiceError', event.error);
      return loseService(draft, 'ServiceError');
  }
}

/** Only a mark: the path may survive, and then nothing has to happen. It counts when the stream fails or runs dry. */
export function onNetworkChanged(draft: Draft): void {
  draft.next.isNetworkChanged = true;
}

export function onNotify(draft: Draft, event: EventOf<'notify'>): void {
  if (event.streamEpoch !== draft.next.streamEpoch) return;
  switch (event.notice.subtype) {
    case 'request':
      draft.mark('request');
      return advanceStream(draft, 'StreamRequest');
    case 'parsed':
      return onParsed(draft, event.notice);
    case 'eof':
      return onEof(draft);
    case 'close':
      return onStreamLost(draft, event.notice, 'the stream was closed by the module');
    case 'fail':
      return onStreamLost(draft, event.notice, 'the stream failed');
    default:
      return;
  }
}

function onParsed(draft: Draft, notice: Notice): void {
  if (!isRequested(draft.next.stream)) return;
  if (notice.status < 400) {
    draft.mark('header');
    draft.run({ run: 'watch', streamEpoch: draft.next.streamEpoch });
    return advanceStream(draft, 'StreamHeaderParsed');
  }
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
  next.isStarting = false;
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
