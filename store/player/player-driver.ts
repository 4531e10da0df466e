import { ErrCode } from '../../p2p-core/index';
import type { ErrCode as ErrCodeType, ErrorResult, ServiceStats } from '../../p2p-core/index';
import type { ModuleOwner } from '../module-owner';
import { guardMs, settle } from '../module-result';
import { NamedTimers } from '../named-timers';
import type { RetryPolicy } from '../retry-policy';
import type { Notice } from '../session/notice';
import type { SessionLease } from '../session/p2p-session';
import type { SessionEvent } from '../session/session-state';
import type { PlayerEffect, RetryPlan } from './player-effect';
import type { PlayErrorDetail, PlayerEmission } from './player-emission';
import type { PlayerEvent } from './player-event';
import type { PlayerDone, PlayerHandle } from './player-handle';
import type { Failure, FlvRequest, PlayTarget } from './player-state';
import { StreamSink } from './stream-sink';

/** A module that has not answered by then is taken to have failed; ours answers earlier by itself. */
const MODULE_TIMEOUT_MS = 20000;
/** live-player does not always call back after stop(). */
const STOP_TIMEOUT_MS = 2000;
/** live-player asks for its stream at once, and a camera sends pictures many times a second. */
const WATCH_MS = 12000;
/** Chunks that arrive this long after a change of the network cannot have been on their way before it. */
const PATH_CHECK_MS = 5000;

/** Asks the host before a pull. Rejects with the reason: text, a number or `{ errcode, errmsg }`. */
export type StreamCheck = (flv: FlvRequest) => Promise<unknown>;

export interface PlayerDriverOptions {
  owner: ModuleOwner;
  retryPolicy: RetryPolicy;
  /** Must queue: it is called from within effects. */
  dispatch: (event: PlayerEvent) => void;
  emit: (emission: PlayerEmission) => void;
  checkStream: StreamCheck;
  /** The sentence about a failure for the user. */
  describe: (failure: Failure) => string;
}

/** Does what the machine asks for, on the module, the native player and the timers. Holds no rules of its own. */
export class PlayerDriver {
  readonly sink: StreamSink;
  player: PlayerHandle | null = null;

  private readonly timers: NamedTimers<'retry' | 'stream' | 'stop' | 'path' | 'watch'>;
  private lease: SessionLease | null = null;
  private readonly leave: () => void;

  constructor(private readonly options: PlayerDriverOptions) {
    const { owner, dispatch } = options;
    this.timers = new NamedTimers(owner.environment);
    this.sink = new StreamSink((streamEpoch) => dispatch({ type: 'firstChunk', streamEpoch }));
    this.leave = owner.join(() => {
      dispatch({ type: 'networkChanged' });
      this.timers.arm('path', PATH_CHECK_MS, () => this.sink.reportNext());
    });
  }

  /** The handle of the player component that is mounted now. */
  setPlayer(player: PlayerHandle | null): void {
    this.player = player;
    this.sink.setPlayer(player);
  }

  /** What the module tells of the service, where it does. */
  readStats(): ServiceStats | null {
    const { module } = this.options.owner;
    return this.lease !== null && module.getStats ? module.getStats(this.lease.id) : null;
  }

  run(effect: PlayerEffect): void {
    const { owner, dispatch } = this.options;
    switch (effect.run) {
      case 'startService':
        return this.startService(effect.serviceEpoch, effect.target);
      case 'stopService': {
        const { lease } = this;
        this.lease = null;
        return lease === null ? undefined : lease.release();
      }
      case 'checkStream':
        return this.checkStream(effect.streamEpoch, effect.flv);
      case 'startStream':
        return this.startStream(effect.streamEpoch, effect.flv);
      case 'stopStream':
        this.sink.close();
        this.timers.clear('stream');
        return this.lease === null ? undefined : this.lease.stopStream();
      case 'playPlayer':
        return this.play(effect.playerEpoch);
      case 'stopPlayer':
        return this.stop(effect.playerEpoch, effect.stopEpoch);
      case 'dropPlayer':
        this.timers.clear('stop');
        return this.setPlayer(null);
      case 'markLocalServerDead':
        return owner.markLocalServerDead();
      case 'markPathWorks':
        return owner.markPathWorks();
      case 'reportFailure':
        return this.report(effect.failure, effect.plan);
      case 'cancelRetry':
        return this.timers.clear('retry');
      case 'rebuild': {
        const { retryEpoch } = effect;
        return void this.timers.arm('retry', 0, () => dispatch({ type: 'retryDue', retryEpoch }));
      }
      case 'watch': {
        const { streamEpoch } = effect;
        return void this.timers.arm('watch', WATCH_MS, () => dispatch({ type: 'watchDue', streamEpoch }));
      }
      case 'unwatch':
        return this.timers.clear('watch');
      case 'emit':
        return this.options.emit(effect.emission);
      case 'release':
        this.timers.clearAll();
        return this.leave();
    }
  }

  private startService(serviceEpoch: number, target: PlayTarget): void {
    const { owner, dispatch } = this.options;
    this.lease = owner.sessions.acquire(target, (event: SessionEvent) =>
      dispatch({ type: 'session', serviceEpoch, event }),
    );
  }

  private checkStream(streamEpoch: number, flv: FlvRequest): void {
    const { checkStream, dispatch } = this.options;
    const done = (error: ErrorResult | null): void => dispatch({ type: 'checkDone', streamEpoch, error });
    this.call('checkCanStartStream', ErrCode.Refused, () => checkStream(flv), done);
  }

  private startStream(streamEpoch: number, flv: FlvRequest): void {
    const { dispatch } = this.options;
    const { lease } = this;
    if (lease === null) return;
    const dataCallback = this.sink.open(streamEpoch);
    const onNotice = (notice: Notice): void => dispatch({ type: 'notify', streamEpoch, notice });
    const start = (): Promise<unknown> => lease.startStream({ flv, dataCallback, onNotice });
    const done = (error: ErrorResult | null): void => dispatch({ type: 'streamDone', streamEpoch, error });
    this.call('startStream', ErrCode.StreamStartFailed, start, done);
  }

  private play(playerEpoch: number): void {
    const done: PlayerDone = (errMsg) => {
      if (errMsg !== null) this.options.dispatch({ type: 'playFailed', playerEpoch, message: errMsg });
    };
    if (this.player === null) done('the player is gone');
    else this.player.play(done);
  }

  /** A stop that fails found nothing to stop, so it ends like one that worked. */
  private stop(playerEpoch: number, stopEpoch: number): void {
    const done = (): void => this.options.dispatch({ type: 'playerStopped', playerEpoch, stopEpoch });
    if (this.player === null) return done();
    const clear = this.timers.arm('stop', STOP_TIMEOUT_MS, done);
    this.player.stop(() => {
      clear();
      done();
    });
  }

  private report(failure: Failure, plan: RetryPlan | 'onShow' | null): void {
    const { retryPolicy, dispatch } = this.options;
    if (plan === null || plan === 'onShow') {
      this.emitPlayError(failure, plan === 'onShow', 0);
      return;
    }
    const { retryEpoch, attempt, elapsedMs, error } = plan;
    const delayMs = retryPolicy(attempt, elapsedMs, error);
    this.emitPlayError(failure, delayMs !== null, delayMs || 0);
    if (delayMs === null) return dispatch({ type: 'retryDeclined', retryEpoch });
    this.timers.arm('retry', delayMs, () => dispatch({ type: 'retryDue', retryEpoch }));
    dispatch({ type: 'retryPlanned', retryEpoch, delayMs });
  }

  private emitPlayError(failure: Failure, willRetry: boolean, retryDelayMs: number): void {
    const { errType, error, isFatal } = failure;
    const action: PlayErrorDetail['action'] = willRetry
      ? 'autoRetry'
      : isFatal
        ? 'waitForChange'
        : 'waitForRetry';
    const errMsg = this.options.describe(failure);
    this.options.emit({
      name: 'playError',
      detail: { errType, errMsg, errDetail: { ...error }, isFatalError: isFatal, action, retryDelayMs },
    });
  }

  /** One call that the module, or the host, must end; it is taken to have failed when it does not. */
  private call(
    name: string,
    fallback: ErrCodeType,
    start: () => Promise<unknown>,
    done: (error: ErrorResult | null) => void,
  ): void {
    const timeoutMs = guardMs(MODULE_TIMEOUT_MS, this.options.owner.timeouts.streamMs);
    const clear = this.timers.arm('stream', timeoutMs, () => {
      done({ errcode: ErrCode.Timeout, errmsg: `${name} took longer than ${timeoutMs} ms` });
    });
    // An answer after the timeout goes on too: the machine knows what is late.
    settle(name, fallback, start, (error) => {
      clear();
      done(error);
    });
  }
}
