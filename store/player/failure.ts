import { ErrCode } from '../../p2p-core/index';
import type { ErrorResult } from '../../p2p-core/index';
import type { Draft } from './draft';
import { cancelRetry } from './moves';
import { STEADY_PICTURE_MS } from './player-state';
import type { Failure, FailureType } from './player-state';

/** Codes that the same call would get again. */
const FATAL_CODES: ReadonlySet<number> = new Set([
  ErrCode.BadArgument,
  ErrCode.BadXp2pInfo,
  ErrCode.Unsupported,
  ErrCode.DeviceVersionTooLow,
  ErrCode.EnvironmentUnsupported,
]);

/** Failures that the background has nothing to do with. */
const NOT_BY_SYSTEM: ReadonlySet<FailureType> = new Set(['SystemPermissionDenied', 'StreamCheckError']);

/**
 * Records a failure, reports it once and, where that is allowed, plans a retry. A second failure before the next
 * attempt is a consequence of the first one: it moves its axis and is not reported. So does one while nothing is to be
 * played: the next play repairs it.
 *
 * Call it before the axes are stopped: it looks at how long the picture had been good.
 */
export function fail(draft: Draft, errType: FailureType, error: ErrorResult, httpStatus = 0): void {
  const { next } = draft;
  next.isStarting = false;
  if (next.failure !== null || !next.isWanted) return;
  const isFatal = FATAL_CODES.has(error.errcode);
  const failure: Failure = { errType, error, httpStatus: httpStatus || statusOf(error), isFatal };
  next.failure = failure;
  next.lastFailure = failure;
  cancelRetry(draft);
  if (next.mayRebuild && !failure.isFatal && !NOT_BY_SYSTEM.has(errType)) {
    next.mayRebuild = false;
    next.retry = 'planned';
    draft.run({ run: 'rebuild', retryEpoch: next.retryEpoch });
    return;
  }
  if (errType === 'SystemPermissionDenied') {
    draft.run({ run: 'emit', emission: { name: 'systemPermissionDenied', detail: error } });
    return;
  }
  // What fails in the background was killed by the system as a rule: coming back begins anew, whatever the app set.
  const mayRetry = (next.isAutoRetry || !next.isPageVisible) && !failure.isFatal;
  if (!mayRetry) {
    draft.run({ run: 'reportFailure', failure, plan: null });
    return;
  }
  const wasSteady = next.hasFirstFrame && draft.nowMs - next.firstFrameAtMs >= STEADY_PICTURE_MS;
  if (wasSteady || next.retryAttempt === 0) {
    next.retryAttempt = 0;
    next.retrySinceMs = draft.nowMs;
  }
  if (!next.isPageVisible) {
    next.retry = 'onShow';
    draft.run({ run: 'reportFailure', failure, plan: 'onShow' });
    return;
  }
  next.retry = 'planned';
  draft.run({
    run: 'reportFailure',
    failure,
    plan: {
      retryEpoch: next.retryEpoch,
      attempt: next.retryAttempt,
      elapsedMs: draft.nowMs - next.retrySinceMs,
      error,
    },
  });
  next.retryAttempt += 1;
}

/** A camera that has its fill of viewers refuses the call with 405, or ends one link too many with these words. */
function statusOf({ errcode, errmsg }: ErrorResult): number {
  const isFull =
    (errcode === ErrCode.Refused && /: 405\b/.test(errmsg)) ||
    (errcode === ErrCode.ClosedByPeer && errmsg === 'too many viewers');
  return isFull ? 405 : 0;
}
