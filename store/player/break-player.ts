import { ErrCode } from '../../p2p-core/index';
import type { Draft } from './draft';
import { fail } from './failure';
import { stopStream } from './moves';
import { isStreamActive } from './player-state';
import type { PlayerStateName } from './player-state';

/** The native player is of no use any more; the next attempt creates a new one. The service is fine. */
export function breakPlayer(
  draft: Draft,
  name: Extract<PlayerStateName, 'PlayerError' | 'LivePlayerError' | 'LivePlayerStateError'>,
  message: string,
): void {
  fail(draft, name, { errcode: ErrCode.StreamStartFailed, errmsg: message.trim() });
  endStream(draft);
  draft.movePlayer(name);
}

export function endStream(draft: Draft): void {
  if (isStreamActive(draft.next.stream)) stopStream(draft, 'StreamError');
}
