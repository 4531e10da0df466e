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
import type { FlvRequest, PlayerState } from './player-state';
import { failureText, selectView } from './player-view';
import type { PlayerView } from './player-view';
import { cacheMsOf, selectStats } from './stats-view';
import type { StatsRow } from './stats-view';
import { step } from './step';
import type { StreamTap } from './stream-sink';

const SECOND_MS = 1000;
/** A snapshot that takes longer until it is drawn holds up no change of the stream. */
const STILL_MS = 250;
/** live-player does not always answer, and nobody can ask again before it did. */
const SNAPSHOT_MS = 5000;
/** Long enough that the native player takes both changes. */
const SOUND_FLIP_MS = 300;

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
  /** Rows of the panel; empty unless `setStatsOpen(true)`. */
  stats: StatsRow[] = [];
  isStatsOpen = false;
  /** The native player's sound mode is the other one for a moment, see `repairSound`. */
  isSoundFlipped = false;
  /** The last picture of the stream before, an image file, until the new one is there; '' where there is none. */
  still = '';

  private readonly driver: PlayerDriver;
  private readonly environment: ModuleOwner['environment'];
  private readonly timers: NamedTimers<'stats' | 'seconds' | 'sound' | 'still' | 'snapshot'>;
  /** Asked for, and not answered yet. */
  private readonly snapshots = new Set<(result: SnapshotResult) => void>();
  /** The clock as the view sees it: it moves once a second, and only while the view counts seconds. */
  private viewMs = 0;
  /** Waits for the picture of the stream before. */
  private nextFlv: FlvRequest | null = null;
  private stillEpoch = 0;
  private netStatus: Readonly<Record<string, unknown>> | null = null;
  private cacheMs = 0;
  private cacheThresholdMs = 0;
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
    makeObservable<
      PlayerStore,
      'setSoundFlipped' | 'setState' | 'setStats' | 'setStill' | 'setViewMs' | 'viewMs'
    >(this, {
      still: observable,
      setStill: action,
      state: observable.ref,
      locale: observable.ref,
      viewMs: observable,
      stats: observable.ref,
      isStatsOpen: observable,
      isSoundFlipped: observable,
      view: computed.struct,
      playerKeys: computed.struct,
      isAutoplay: computed,
      setLocale: action,
      setSoundFlipped: action,
      setState: action,
      setStats: action,
      setStatsOpen: action,
      setViewMs: action,
    });
  }

  get view(): PlayerView {
    return selectView(this.state, this.locale, this.viewMs);
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
    // Another target, or none: a change of the old one's stream is out of date.
    if (event.type === 'start' || event.type === 'clearTarget' || event.type === 'destroy') {
      this.nextFlv = null;
      this.stillEpoch += 1;
    }
    this.queue.dispatch(event);
  }

  /**
   * Plays another stream of the same camera over the same link; an empty file name stops the picture. live-player goes
   * black between two streams: where it can make a snapshot, the last picture is shown as `still` meanwhile.
   */
  changeFlv(flv: FlvRequest): void {
    const { player } = this.driver;
    const isWaiting = this.nextFlv !== null;
    this.nextFlv = flv;
    if (isWaiting && flv.filename !== '') return;
    if (!this.view.isPlaying || flv.filename === '' || player === null) return this.applyNextFlv();
    const epoch = ++this.stillEpoch;
    this.timers.arm('still', STILL_MS, () => this.applyNextFlv());
    player.snapshot(({ tempImagePath }) => {
      if (epoch !== this.stillEpoch || this.nextFlv === null) return;
      this.setStill(tempImagePath);
      // It is drawn before the player goes black.
      if (tempImagePath === '') this.applyNextFlv();
    });
  }

  /** The view has drawn `still`, or cannot. */
  stillShown(): void {
    if (this.still !== '' && this.nextFlv !== null) this.applyNextFlv();
  }

  /** The mounted player component is ready. One that was replaced meanwhile is ignored. */
  attachPlayer(playerEpoch: number, player: PlayerHandle): void {
    if (playerEpoch !== this.state.playerEpoch || !this.state.isPlayerMounted) return;
    this.driver.setPlayer(player);
    this.dispatch({ type: 'playerReady', playerEpoch });
  }

  snapshot(done: (result: SnapshotResult) => void): void {
    const { player } = this.driver;
    if (player === null) return done({ tempImagePath: '', errMsg: 'no player' });
    this.snapshots.add(done);
    this.timers.arm('snapshot', SNAPSHOT_MS, () => this.failSnapshots('the player gave no snapshot'));
    player.snapshot((result) => {
      if (!this.snapshots.delete(done)) return;
      if (this.snapshots.size === 0) this.timers.clear('snapshot');
      done(result);
    });
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  /** Fills `stats` once a second. Off unless a view shows them: nothing is measured then. */
  setStatsOpen(isOpen: boolean): void {
    this.timers.clear('stats');
    this.isStatsOpen = isOpen && !this.state.isDestroyed;
    this.netStatus = null;
    this.setStats([]);
    if (this.isStatsOpen) this.sampleStats(this.driver.sink.receivedBytes);
  }

  /** live-player's netstatus, about once a second. Looked at only while something needs it. */
  onNetStatus(info: Readonly<Record<string, unknown>>): void {
    if (this.isStatsOpen) this.netStatus = info;
    this.cacheMs = cacheMsOf(info);
    if (this.cacheThresholdMs > 0 && this.cacheMs > this.cacheThresholdMs) {
      this.dispatch({ type: 'cacheExceeded' });
    }
  }

  /** Media that the player may hold before a new pull brings it back to now; 0 sets no limit. */
  setCacheThreshold(thresholdMs: number): void {
    this.cacheThresholdMs = thresholdMs;
  }

  /** The player component closed its request. */
  playerClosed(playerEpoch: number): void {
    this.dispatch({ type: 'playerClose', playerEpoch, cacheMs: this.cacheMs });
    this.cacheMs = 0;
  }

  /**
   * After a talk, phones leave the player on the ear-piece, or quiet. Switching the sound mode away and back repairs it:
   * `isSoundFlipped` is true for a moment.
   */
  repairSound(): void {
    if (this.state.isDestroyed) return;
    this.setSoundFlipped(true);
    this.timers.arm('sound', SOUND_FLIP_MS, () => this.setSoundFlipped(false));
  }

  /** Media of every pull passes by the tap; one at a time, null ends it. For recordings. */
  setTap(tap: StreamTap | null): void {
    this.driver.sink.setTap(tap);
  }

  /** Stops everything at once; nothing happens and nothing is emitted afterwards. */
  destroy(): void {
    this.timers.clearAll();
    this.dispatch({ type: 'destroy' });
    this.failSnapshots('the player is detached');
  }

  private failSnapshots(errMsg: string): void {
    const waiting = [...this.snapshots];
    this.snapshots.clear();
    for (const done of waiting) done({ tempImagePath: '', errMsg });
  }

  private sampleStats(beforeBytes: number): void {
    this.timers.arm('stats', SECOND_MS, () => {
      const { receivedBytes } = this.driver.sink;
      const bytesPerSecond = receivedBytes - beforeBytes;
      const { netStatus, locale, state } = this;
      const service = this.driver.readStats();
      this.setStats(selectStats({ service, bytesPerSecond, netStatus, times: state.times }, locale));
      this.sampleStats(receivedBytes);
    });
  }

  private applyNextFlv(): void {
    this.timers.clear('still');
    this.stillEpoch += 1;
    const { nextFlv } = this;
    this.nextFlv = null;
    if (nextFlv !== null) this.dispatch({ type: 'changeFlv', ...nextFlv });
  }

  private setStill(path: string): void {
    this.still = path;
  }

  private setState(state: PlayerState): void {
    const isThere = state.hasFirstFrame && !this.state.hasFirstFrame;
    if (isThere || !(state.hasFirstFrame || state.isStarting)) this.still = '';
    this.state = state;
    this.viewMs = this.environment.nowMs();
    this.countSeconds();
  }

  private setViewMs(viewMs: number): void {
    this.viewMs = viewMs;
    this.countSeconds();
  }

  /** A countdown and the steps of a slow start move with time; nothing else does. */
  private countSeconds(): void {
    const { isStarting, isPageVisible, retry, retryAtMs } = this.state;
    const isCounting = isPageVisible && (isStarting || (retry === 'planned' && retryAtMs > 0));
    if (!isCounting) return this.timers.clear('seconds');
    // A countdown changes where the rest of it is whole seconds.
    const restMs = retry === 'planned' ? (retryAtMs - this.viewMs) % SECOND_MS : 0;
    this.timers.arm('seconds', restMs > 0 ? restMs : SECOND_MS, () => {
      this.setViewMs(this.environment.nowMs());
    });
  }

  private setSoundFlipped(isFlipped: boolean): void {
    this.isSoundFlipped = isFlipped;
  }

  private setStats(stats: StatsRow[]): void {
    this.stats = stats;
  }
}
