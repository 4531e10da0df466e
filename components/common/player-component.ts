import {
  PlayerStore,
  createBackoff,
  createLocale,
  createPlayerHandle,
  getModuleOwner,
} from '../../store/index';
import type {
  Locale,
  PlayTarget,
  PlayerEvent,
  PlayerView,
  SnapshotResult,
  StatsRow,
} from '../../store/index';
import { bindStore } from './bind-store';
import type { P2PPlayerEventMap } from './p2p-player-contract';
import { phoneLanguage } from './phone';
import type { CommonPlayerEventMap } from '../iot-p2p-common-player/events';
import type { CallOptions, CommonPlayerExport, PlayerStates } from '../iot-p2p-common-player/exported';
import type { COMMON_PLAYER_PROPS } from '../iot-p2p-common-player/props';
import { isOtherStream, isSameTarget, streamCheckOf, toTarget } from './target';

type PlayerEventOf<Name extends keyof P2PPlayerEventMap> = WechatMiniprogram.CustomEvent<
  P2PPlayerEventMap[Name]
>;

/** Fields of the instance that are never rendered. Null before `attached` and after `detached`. */
interface Instance {
  player: { store: PlayerStore; unbind: () => void; target: PlayTarget | null; isPaused: boolean } | null;
}

interface SnapshotListener {
  onSnapshotTaken?: (result: SnapshotResult) => void;
}

const instanceOf = (component: object): Instance => component as unknown as Instance;

/** The player's epoch travels on the tag, so that a late event of a replaced player is known as such. */
const epochOf = (event: WechatMiniprogram.CustomEvent): number =>
  Number(event.currentTarget.dataset['epoch']);

/** A component may have fewer properties than this: the others are missing in `data` then. */
export type PlayerProps = typeof COMMON_PLAYER_PROPS;

export interface PlayerDefinition {
  properties: PlayerProps;
  /** What is played where `flvUrl` says nothing. Default: the live picture of channel 0. */
  defaultUrl?: string;
  /** What the component has besides. A method `onSnapshotTaken(result)` is told of every snapshot, whoever asked for it. */
  behaviors?: string[];
}

/**
 * Registers a component that plays one camera: the machine, its states, events and methods, whatever shows the picture. Its
 * WXML renders one player for each of `playerKeys`, bound as in iot-p2p-common-player, and includes `player-cover.wxml`.
 */
export function definePlayer(definition: PlayerDefinition): void {
  Component({
    behaviors: ['wx://component-export', ...(definition.behaviors || [])],

    externalClasses: ['custom-class', 'card-class', 'button-class'],

    properties: definition.properties,

    data: {
      view: { phase: 'idle' } as Partial<PlayerView>,
      playerKeys: [] as number[],
      isAutoplay: false,
      playText: '',
      isStatsOpen: false,
      stats: [] as StatsRow[],
      isSoundFlipped: false,
      still: '',
    },

    observers: {
      'mode, networkChange, swarm, targetId, xp2pInfo, productId, deviceName, flvUrl, checkFunctions'() {
        // Starting triggers events, and the host may answer them with setData: not in the middle of its own.
        if (instanceOf(this).player) wx.nextTick(() => this.applyTarget());
      },
      paused(isPaused: boolean) {
        const { player } = instanceOf(this);
        if (!player || player.isPaused === isPaused) return;
        player.isPaused = isPaused;
        this.dispatch({ type: isPaused ? 'stop' : 'play' });
      },
      autoReplay(isOn: boolean) {
        this.dispatch({ type: 'setAutoRetry', isOn });
      },
      showStats(isOpen: boolean) {
        this.withStore((store) => store.setStatsOpen(isOpen));
      },
      cacheThreshold(thresholdMs: number) {
        this.withStore((store) => store.setCacheThreshold(thresholdMs));
      },
      'language, texts'() {
        this.withStore((store) => store.setLocale(this.makeLocale()));
      },
      view(view: PlayerView) {
        if (instanceOf(this).player) this.emit('viewChange', view);
      },
    },

    lifetimes: {
      attached() {
        const owner = getModuleOwner();
        const store = new PlayerStore({
          owner,
          locale: this.makeLocale(),
          retryPolicy: createBackoff({ random: owner.environment.random }),
          emit: ({ name, detail }) => this.triggerEvent(name, detail),
          checkStream: (flv) => {
            const check = streamCheckOf(this.data.checkFunctions);
            return check === null ? Promise.resolve() : check(flv);
          },
        });
        const unbind = bindStore(this, store, {
          view: ({ view }) => view,
          playerKeys: ({ playerKeys }) => playerKeys,
          isAutoplay: ({ isAutoplay }) => isAutoplay,
          playText: ({ locale }) => locale.text('action.play'),
          isStatsOpen: ({ isStatsOpen }) => isStatsOpen,
          stats: ({ stats }) => stats,
          isSoundFlipped: ({ isSoundFlipped }) => isSoundFlipped,
          still: ({ still }) => still,
        });
        instanceOf(this).player = { store, unbind, target: null, isPaused: this.data.paused };
        store.setCacheThreshold(this.data.cacheThreshold || 0);
        if (this.data.showStats) store.setStatsOpen(true);
        this.dispatch({ type: 'setAutoRetry', isOn: this.data.autoReplay });
        // Nor while it is still being created itself.
        wx.nextTick(() => this.applyTarget());
      },

      detached() {
        const { player } = instanceOf(this);
        if (!player) return;
        instanceOf(this).player = null;
        player.unbind();
        player.store.destroy();
      },
    },

    pageLifetimes: {
      show() {
        this.dispatch({ type: 'pageShow' });
      },
      hide() {
        this.dispatch({ type: 'pageHide' });
      },
    },

    export(): CommonPlayerExport {
      return {
        play: () => this.dispatch({ type: 'play' }),
        retry: () => this.dispatch({ type: 'play' }),
        stop: () => this.dispatch({ type: 'stop' }),
        pause: (options) => this.call('stop', options),
        resume: (options) => this.call('play', options),
        stopAll: () => this.dispatch({ type: 'stopAll' }),
        changeFlv: ({ filename = '', params = '' } = {}) =>
          this.withStore((store) => store.changeFlv({ filename, params })),
        snapshot: () => this.snapshot(),
        repairSound: () => this.withStore((store) => store.repairSound()),
        setTap: (tap) => this.withStore((store) => store.setTap(tap)),
        getState: () => this.getState(),
      };
    },

    methods: {
      withStore(use: (store: PlayerStore) => void) {
        const { player } = instanceOf(this);
        if (player) use(player.store);
      },

      dispatch(event: PlayerEvent) {
        this.withStore((store) => store.dispatch(event));
      },

      emit<Name extends keyof CommonPlayerEventMap>(name: Name, detail: CommonPlayerEventMap[Name]) {
        this.triggerEvent(name, detail);
      },

      applyTarget() {
        const { player } = instanceOf(this);
        if (!player) return;
        const target = toTarget(this.data, definition.defaultUrl);
        const before = player.target;
        if (isSameTarget(target, before)) return;
        player.target = target;
        if (target !== null && before !== null && isOtherStream(target, before)) {
          player.store.changeFlv(target.flv);
          if (!this.data.paused) this.dispatch({ type: 'play' });
          return;
        }
        this.dispatch(target === null ? { type: 'clearTarget' } : { type: 'start', target });
        if (this.data.paused) this.dispatch({ type: 'stop' });
      },

      makeLocale(): Locale {
        return createLocale(this.data.language || phoneLanguage(), this.data.texts || {});
      },

      call(type: 'play' | 'stop', options?: CallOptions) {
        const { success, fail, complete } = options || {};
        this.dispatch({ type });
        // Called from within an event, the store does it only after that event.
        wx.nextTick(() => {
          const { player } = instanceOf(this);
          const state = player && player.store.state;
          const isDone = state && state.target && !state.failure && state.isWanted === (type === 'play');
          if (!isDone && fail)
            fail({ errMsg: (player && player.store.view.message) || 'the player is detached' });
          if (isDone && success) success();
          if (complete) complete();
        });
      },

      snapshot(): Promise<{ tempImagePath: string }> {
        const { player } = instanceOf(this);
        return new Promise((resolve, reject) => {
          if (!player) {
            reject({ errMsg: 'the player is detached' });
            return;
          }
          player.store.snapshot((result) => {
            const { onSnapshotTaken } = this as unknown as SnapshotListener;
            if (onSnapshotTaken && instanceOf(this).player) onSnapshotTaken.call(this, result);
            const { tempImagePath, errMsg } = result;
            if (errMsg === '') resolve({ tempImagePath });
            else reject({ errMsg });
          });
        });
      },

      getState(): PlayerStates {
        const { player } = instanceOf(this);
        if (!player) return { playerState: 'PlayerIdle', p2pState: 'P2PIdle', streamState: 'StreamIdle' };
        const { state } = player.store;
        return { playerState: state.player, p2pState: state.p2p, streamState: state.stream };
      },

      onStillShown() {
        this.withStore((store) => store.stillShown());
      },

      onRetryTap() {
        this.dispatch({ type: 'play' });
      },

      onPlayerReady(event: PlayerEventOf<'playerReady'>) {
        this.withStore((store) => store.attachPlayer(epochOf(event), createPlayerHandle(event.detail)));
      },

      onPlayerStartPull(event: PlayerEventOf<'playerStartPull'>) {
        this.dispatch({ type: 'playerStartPull', playerEpoch: epochOf(event) });
      },

      onPlayerClose(event: PlayerEventOf<'playerClose'>) {
        this.withStore((store) => store.playerClosed(epochOf(event)));
      },

      onPlayerError(event: PlayerEventOf<'playerError'>) {
        const { code, errMsg = '' } = event.detail;
        this.dispatch({ type: 'playerError', playerEpoch: epochOf(event), code, message: errMsg });
      },

      onLivePlayerError(event: PlayerEventOf<'error'>) {
        const { errCode = 0, errMsg = '' } = event.detail;
        this.dispatch({
          type: 'livePlayerError',
          playerEpoch: epochOf(event),
          code: errCode,
          message: errMsg,
        });
      },

      onLivePlayerStateChange(event: PlayerEventOf<'statechange'>) {
        const { code, message = '' } = event.detail;
        this.dispatch({ type: 'livePlayerState', playerEpoch: epochOf(event), code, message });
      },

      onNetStatus(event: PlayerEventOf<'netstatus'>) {
        this.withStore((store) => store.onNetStatus(event.detail.info || {}));
        this.emit('netStatus', event.detail);
      },
    },
  });
}
