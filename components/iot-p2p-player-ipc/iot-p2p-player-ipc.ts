import { IpcControlsStore, createLocale } from '../../store/index';
import type { IpcControlsView, Locale, PlayerView, Quality } from '../../store/index';
import { bindStore } from '../common/bind-store';
import { phoneLanguage } from '../common/phone';
import type { IpcPlayerEventMap } from './events';
import { IPC_PLAYER_PROPS } from './props';

/** What iot-p2p-common-player exports. */
interface PlayerExport {
  play(): void;
  stop(): void;
  stopAll(): void;
  changeFlv(flv: { filename: string; params: string }): void;
  snapshot(): Promise<{ tempImagePath: string }>;
  getState(): { playerState: string; p2pState: string; streamState: string };
}

/** Fields of the instance that are never rendered. Null before `attached` and after `detached`. */
interface Instance {
  controls: { store: IpcControlsStore; unbind: () => void } | null;
}

const instanceOf = (component: object): Instance => component as unknown as Instance;

Component({
  behaviors: ['wx://component-export'],

  properties: IPC_PLAYER_PROPS,

  data: {
    controls: { isMuted: false, isFullView: false } as Partial<IpcControlsView>,
  },

  observers: {
    flvUrl(url: string) {
      this.withStore((store) => store.setFlvUrl(url));
    },
    muted(isMuted: boolean) {
      this.withStore((store) => store.setMuted(isMuted));
    },
    'language, texts'() {
      this.withStore((store) => store.setLocale(this.makeLocale()));
    },
  },

  lifetimes: {
    attached() {
      const store = new IpcControlsStore(this.makeLocale());
      store.setFlvUrl(this.data.flvUrl);
      store.setMuted(this.data.muted);
      const unbind = bindStore(this, store, { controls: ({ view }) => view });
      instanceOf(this).controls = { store, unbind };
    },

    detached() {
      const { controls } = instanceOf(this);
      if (controls) controls.unbind();
      instanceOf(this).controls = null;
    },
  },

  export() {
    return {
      /** Plays, or retries after a failure. */
      play: () => this.withPlayer((player) => player.play()),
      retry: () => this.withPlayer((player) => player.play()),
      /** Stops the picture and keeps the link to the camera. */
      stop: () => this.withPlayer((player) => player.stop()),
      stopAll: () => this.withPlayer((player) => player.stopAll()),
      changeFlv: (flv: { filename: string; params: string }) =>
        this.withPlayer((player) => player.changeFlv(flv)),
      changeQuality: (quality: Quality) => this.changeQuality(quality),
      setMuted: (isMuted: boolean) => this.setMuted(isMuted),
      setFullView: (isFullView: boolean) => this.setFullView(isFullView),
      /** Resolves with the path of a temporary image; rejects with `{ errMsg }`. */
      snapshot: () => {
        const player = this.player();
        return player ? player.snapshot() : Promise.reject({ errMsg: 'no player' });
      },
      getState: () => {
        const player = this.player();
        return player ? player.getState() : null;
      },
    };
  },

  methods: {
    /** Null while the player is created late (placeholders, async sub-packages). */
    player(): PlayerExport | null {
      return this.selectComponent('#player') as unknown as PlayerExport | null;
    },

    withPlayer(use: (player: PlayerExport) => void) {
      const player = this.player();
      if (player) use(player);
    },

    withStore(use: (store: IpcControlsStore) => void) {
      const { controls } = instanceOf(this);
      if (controls) use(controls.store);
    },

    emit<Name extends keyof IpcPlayerEventMap>(name: Name, detail: IpcPlayerEventMap[Name]) {
      this.triggerEvent(name, detail);
    },

    makeLocale(): Locale {
      return createLocale(this.data.language || phoneLanguage(), this.data.texts || {});
    },

    forward(event: WechatMiniprogram.CustomEvent) {
      this.triggerEvent(event.type, event.detail);
    },

    onViewChange(event: WechatMiniprogram.CustomEvent<PlayerView>) {
      this.withStore((store) => store.setPlayerView(event.detail));
      this.emit('viewChange', event.detail);
    },

    onToggleTap() {
      this.withStore(({ view }) => {
        if (view.canStop) this.withPlayer((player) => player.stop());
        else if (view.canPlay) this.withPlayer((player) => player.play());
      });
    },

    onQualityMenuTap() {
      this.withStore((store) => store.toggleQualityMenu());
    },

    onQualityTap(event: WechatMiniprogram.CustomEvent) {
      this.changeQuality(event.currentTarget.dataset['quality'] as Quality);
    },

    changeQuality(quality: Quality) {
      this.withStore((store) => {
        const request = store.chooseQuality(quality);
        if (request === null) return;
        this.withPlayer((player) => player.changeFlv(request));
        this.emit('qualityChange', { quality });
      });
    },

    onMuteTap() {
      this.withStore((store) => this.setMuted(!store.isMuted));
    },

    setMuted(isMuted: boolean) {
      this.withStore((store) => store.setMuted(isMuted));
      this.emit('muteChange', { isMuted });
    },

    onFullViewTap() {
      this.withStore((store) => this.setFullView(!store.isFullView));
    },

    setFullView(isFullView: boolean) {
      this.withStore((store) => store.setFullView(isFullView));
      this.emit('fullViewChange', { isFullView });
    },
  },
});
