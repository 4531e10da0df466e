import type { Draft } from './draft';
import { stopPlayer, stopService, stopStream } from './moves';
import { isStreamActive } from './player-state';
import type { P2PStateName, StreamStateName } from './player-state';

/** What a loss takes with it. */

/** Ends the pull, and the service too when the network changed under it: then the service is not coming back. */
export function loseStream(
  draft: Draft,
  name: Extract<StreamStateName, 'StreamError' | 'StreamStartError' | 'StreamCheckError'>,
): void {
  stopStream(draft, name);
  stopPlayer(draft);
  if (!draft.next.isNetworkChanged) return;
  stopService(draft);
  draft.moveP2P('P2PLocalNATChanged');
}

/** Ends picture and service, and leaves the p2p axis at `name`. */
export function loseService(
  draft: Draft,
  name: Extract<P2PStateName, 'P2PInitError' | 'P2PLocalNATChanged' | 'ServiceStartError' | 'ServiceError'>,
): void {
  if (isStreamActive(draft.next.stream)) stopStream(draft, 'StreamError');
  stopPlayer(draft);
  stopService(draft);
  draft.moveP2P(name);
}

const STREAM_ORDER = [
  'StreamPreparing',
  'StreamStarted',
  'StreamRequest',
  'StreamHeaderParsed',
  'StreamDataReceived',
] as const;

/** Forward only: the promise of startStream may resolve after the first data came. */
export function advanceStream(draft: Draft, name: (typeof STREAM_ORDER)[number]): void {
  const order: readonly string[] = STREAM_ORDER;
  const at = order.indexOf(draft.next.stream);
  if (at >= 0 && order.indexOf(name) > at) draft.moveStream(name);
}
