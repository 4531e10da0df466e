import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import { EventQueue } from '../event-queue';
import type { Locale } from '../locale/locale';
import type { ModuleOwner } from '../module-owner';
import { NamedTimers } from '../named-timers';
import type { RetryPolicy } from '../retry-policy';
import { PlayerDriver } from './player-driver';
import type { StreamCheck } from './player-driver';
import type { PlayerEffect } from './player-effect';
import type { PlayerEmission } from './player-emission';
import type { PlayerEvent } from './player-event';
import type { PlayerHandle, SnapshotResult } from './player-handle';
import { INITIAL_PLAYER_STATE } from './player-state';
import type { PlayerState } from './player-state';
import { failureText, selectView } from './player-view';
import type { PlayerView } from './player-view';
import { step } from './step';

const THROUGHPUT_INTERVAL_MS = 1000;

export interface PlayerStoreOptions {
  owner: ModuleOwner;
  locale: Locale;
  retryPolicy: RetryPolicy;
  /** Where the player's events go; none follow `destroy`. */
  emit: (emission: PlayerEmission) => void;
  /** Asked before a pull of a target with `hasStreamCheck`. */
  checkStream?: StreamCheck;
}

/**
 * One player: the machine's state for MobX, and the driver that acts for it. Make one per component instance and
 * `destroy` it with the instance.
 */
export class PlayerStore {
  state: PlayerState = INITIAL_PLAYER_STATE;
  locale: Locale;
  /** Media bytes of the last second; 0 unless `watchThroughput` is on. */
  bytesPerSecond = 0;

  private readonly driver: PlayerDriver;
  private readonly environment: ModuleOwner['environment'];
  private readonly timers: NamedTimers<'throughput'>;
  private readonly queue = new EventQueue<PlayerEvent, PlayerEffect>(
    (event) => {
      const [state, effects] = step(this.state, event, this.environment.nowMs());
      if (state !== this.state) this.setState(state);
      return effects;
    },
    (effect) => this.driver.run(effect),
  );

  constructor(options: PlayerStoreOptions) {
    this.locale = options.locale;
    this.environment = options.owner.environment;
    this.timers = new NamedTimers(this.environment);
    this.driver = new PlayerDriver({
      owner: options.owner,
      retryPolicy: options.retryPolicy,
      dispatch: (event) => this.dispatch(event),
      emit: (emission) => {
        if (!this.state.isDestroyed) options.emit(emission);
      },
      checkStream: options.checkStream || (() => Promise.resolve()),
      describe: (failure) => failureText(failure, this.locale),
    });
    makeObservable<PlayerStore, 'setState' | 'setThroughput'>(this, {
      state: observable.ref,
      locale: observable.ref,
      bytesPerSecond: observable,
      view: computed.struct,
      playerKeys: computed.struct,
      isAutoplay: computed,
      setLocale: action,
      setState: action,
      setThroughput: action,
    });
  }

  get view(): PlayerView {
    return selectView(this.state, this.locale);
  }

  /** The player components to render: none, or one whose key changes when it has to be created anew. */
  get playerKeys(): number[] {
    return this.state.isPlayerMounted ? [this.state.playerEpoch] : [];
  }

  get isAutoplay(): boolean {
    return this.state.isAutoplay;
  }

  /** Feeds one event to the machine and runs the effects, see `EventQueue`. */
  dispatch(event: PlayerEvent): void {
    this.queue.dispatch(event);
  }

  /** The mounted player component is ready. One that was replaced meanwhile is ignored. */
  attachPlayer(playerEpoch: number, player: PlayerHandle): void {
    if (playerEpoch !== this.state.playerEpoch || !this.state.isPlayerMounted) return;
    this.driver.setPlayer(player);
    this.dispatch({ type: 'playerReady', playerEpoch });
  }

  snapshot(done: (result: SnapshotResult) => void): void {
    const { player } = this.driver;
    if (player === null) done({ tempImagePath: '', errMsg: 'no player' });
    else player.snapshot(done);
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  /** Samples the media rate once a second. Off unless a view shows it. */
  watchThroughput(isOn: boolean): void {
    this.timers.clearAll();
    this.setThroughput(0);
    if (isOn && !this.state.isDestroyed) this.sampleThroughput(this.driver.sink.receivedBytes);
  }

  /** Stops everything at once; nothing happens and nothing is emitted afterwards. */
  destroy(): void {
    this.timers.clearAll();
    this.dispatch({ type: 'destroy' });
  }

  private sampleThroughput(beforeBytes: number): void {
    this.timers.arm('throughput', THROUGHPUT_INTERVAL_MS, () => {
      const { receivedBytes } = this.driver.sink;
      this.setThroughput(receivedBytes - beforeBytes);
      this.sampleThroughput(receivedBytes);
    });
  }

  private setState(state: PlayerState): void {
    this.state = state;
  }

  private setThroughput(bytesPerSecond: number): void {
    this.bytesPerSecond = bytesPerSecond;
  }
}
