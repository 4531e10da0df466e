import { getModuleOwner } from '../../store/index';
import type { MultiTile, MultiView, PlayErrorDetail, PlayerView } from '../../store/index';
import { MultiStore } from '../../store/multi/index';
import { bindStore } from '../common/bind-store';
import { localeOf } from '../common/camera-props';
import type { CommonPlayerExport } from '../iot-p2p-common-player/exported';
import type { MultiViewEventMap } from './events';
import type { MultiViewExport } from './exported';
import { MULTI_VIEW_PROPS } from './props';

/** Fields of the instance that are never rendered. Null before `attached` and after `detached`. */
interface Instance {
  multi: { store: MultiStore; unbind: () => void } | null;
}

const instanceOf = (component: object): Instance => component as unknown as Instance;
const indexOf = (event: WechatMiniprogram.CustomEvent): number =>
  Number(event.currentTarget.dataset['index']);

Component({
  behaviors: ['wx://component-export'],

  externalClasses: ['custom-class', 'card-class', 'button-class'],

  properties: MULTI_VIEW_PROPS,

  data: {
    view: { tiles: [] } as unknown as MultiView,
  },

  observers: {
    tiles(tiles: MultiTile[]) {
      this.withStore((store) => store.setTiles(tiles));
    },
    single(isSingle: boolean) {
      this.setSingle(isSingle);
    },
    muted(isMuted: boolean) {
      this.setMuted(isMuted);
    },
    'quality, singleQuality'(quality: string, singleQuality: string) {
      this.withStore((store) => store.setQualities(quality, singleQuality));
    },
    'language, texts'() {
      this.withStore((store) => store.setLocale(localeOf(this.data)));
    },
  },

  lifetimes: {
    attached() {
      const { environment } = getModuleOwner();
      const store = new MultiStore({
        locale: localeOf(this.data),
        nowMs: () => environment.nowMs(),
        emit: ({ name, detail }) => {
          // What the properties say to begin with is no news.
          if (instanceOf(this).multi) this.triggerEvent(name, detail);
        },
      });
      const { tiles, quality, singleQuality, single, muted } = this.data;
      store.setQualities(quality, singleQuality);
      store.dispatch({ type: 'setMuted', isMuted: muted });
      store.dispatch({ type: 'setSingle', isSingle: single });
      store.setTiles(tiles);
      const unbind = bindStore(this, store, { view: ({ view }) => view });
      instanceOf(this).multi = { store, unbind };
    },

    detached() {
      const { multi } = instanceOf(this);
      instanceOf(this).multi = null;
      if (multi) multi.unbind();
    },
  },

  export(): MultiViewExport {
    return {
      focus: (tile) => this.withStore((store) => store.dispatch({ type: 'focus', tile })),
      setSingle: (isSingle) => this.setSingle(isSingle),
      setMuted: (isMuted) => this.setMuted(isMuted),
      player: (index) => this.player(index),
    };
  },

  methods: {
    withStore(use: (store: MultiStore) => void) {
      const { multi } = instanceOf(this);
      if (multi) use(multi.store);
    },

    player(index: number): CommonPlayerExport | null {
      return this.selectComponent(`#tile-${index}`) as unknown as CommonPlayerExport | null;
    },

    emit<Name extends keyof MultiViewEventMap>(name: Name, detail: MultiViewEventMap[Name]) {
      this.triggerEvent(name, detail);
    },

    setSingle(isSingle: boolean) {
      this.withStore((store) => store.dispatch({ type: 'setSingle', isSingle }));
    },

    setMuted(isMuted: boolean) {
      this.withStore((store) => store.dispatch({ type: 'setMuted', isMuted }));
    },

    onTileTap(event: WechatMiniprogram.CustomEvent) {
      const index = indexOf(event);
      this.withStore((store) => {
        const tile = store.view.tiles[index];
        store.tap(index);
        // A small tile has no room for a button of its own.
        const player = tile && tile.canRetry && !store.view.isSingle ? this.player(index) : null;
        if (player) player.retry();
      });
    },

    onMuteTap() {
      this.withStore((store) => this.setMuted(!store.state.isMuted));
    },

    onFullTap() {
      this.withStore((store) => this.setSingle(!store.state.isSingle));
    },

    onViewChange(event: WechatMiniprogram.CustomEvent<PlayerView>) {
      const index = indexOf(event);
      this.withStore((store) => store.setPlayerView(index, event.detail));
      this.emit('viewChange', { index, view: event.detail });
    },

    onPlayError(event: WechatMiniprogram.CustomEvent<PlayErrorDetail>) {
      this.emit('playError', { ...event.detail, index: indexOf(event) });
    },
  },
});
