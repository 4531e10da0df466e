import type { ErrorResult } from '../../p2p-core/index';
import type { PlayerEmission } from './player-emission';
import type { Failure, FlvRequest, PlayTarget } from './player-state';

/** What a step asks the driver to do, in order. */
export type PlayerEffect =
  /** Takes a share of the camera's session, which makes the module ready and starts the service where needed. */
  | { run: 'startService'; serviceEpoch: number; target: PlayTarget }
  /** Gives it back. */
  | { run: 'stopService' }
  | { run: 'checkStream'; streamEpoch: number; flv: FlvRequest }
  | { run: 'startStream'; streamEpoch: number; flv: FlvRequest }
  | { run: 'stopStream' }
  | { run: 'playPlayer'; playerEpoch: number }
  | { run: 'stopPlayer'; playerEpoch: number; stopEpoch: number }
  /** The component of the player goes away: forget its handle. */
  | { run: 'dropPlayer' }
  | { run: 'markLocalServerDead' }
  /** Data arrived after a change of the network: no reset is needed. */
  | { run: 'markPathWorks' }
  /** Emits playError and, with a plan, asks the retry policy. */
  | { run: 'reportFailure'; failure: Failure; plan: RetryPlan | 'onShow' | null }
  | { run: 'cancelRetry' }
  /** Tries again at once, without a report. */
  | { run: 'rebuild'; retryEpoch: number }
  /** Asks after a while whether the pull of this epoch got any further. */
  | { run: 'watch'; streamEpoch: number }
  | { run: 'unwatch' }
  | { run: 'emit'; emission: PlayerEmission }
  /** Last one ever: the player is gone. */
  | { run: 'release' };

export interface RetryPlan {
  retryEpoch: number;
  /** 0 for the first retry after a good picture. */
  attempt: number;
  /** Since the first failure in a row. */
  elapsedMs: number;
  error: ErrorResult;
}
