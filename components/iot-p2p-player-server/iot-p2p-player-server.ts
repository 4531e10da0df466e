// The engine that shares streams: an app with this component has it, and no other.
import '../../p2p-core/swarm/index';
import { getModuleOwner } from '../../store/index';
import type { PlayErrorDetail, PlayerEmissionMap, PlayerView, SwarmView } from '../../store/index';
import { SwarmStore } from '../../store/swarm/index';
import { bindStore } from '../common/bind-store';
import { localeOf } from '../common/camera-props';
import type { CallOptions, CommonPlayerExport } from '../iot-p2p-common-player/exported';
import type { ServerPlayerEventMap } from './events';
import type { ServerPlayerExport } from './exported';
import { SERVER_PLAYER_PROPS } from './props';

/** Fields of the instance that are never rendered. Null before `attached` and after `detached`. */
interface Instance {
  share: { store: SwarmStore; unbind: () => void } | null;
  told: { isOnPeers: boolean; sharePercent: number };
}

const instanceOf = (component: object): Instance => component as unknown as Instance;

Component({
  behaviors: ['wx://component-export'],

  externalClasses: ['custom-class', 'card-class', 'button-class'],

  properties: SERVER_PLAYER_PROPS,

  data: {
    /** What the player is told of sharing; the token is a secret. */
    swarm: {} as object,
    share: { isShown: false } as Partial<SwarmView>,
    isPlaying: false,
    isFailed: false,
    exitText: '',
    noteText: '',
  },

  observers: {
    'swarmToken, upKbps, minCache'() {
      this.applySwarm();
    },
    upload(isOn: boolean) {
      this.withStore((store) => store.setUpload(isOn));
    },
    'targetId, isPlaying'(targetId: string, isPlaying: boolean) {
      this.withStore((store) => store.watch(targetId, isPlaying));
    },
    'language, texts'() {
      this.applyLocale();
    },
    share(share: SwarmView) {
      const instance = instanceOf(this);
      if (!instance.share) return;
      const { stats } = instance.share.store;
      const isOnPeers = stats !== null && stats.isOnPeers;
      const { sharePercent } = share;
      const { told } = instance;
      if (told.isOnPeers === isOnPeers && told.sharePercent === sharePercent) return;
      instance.told = { isOnPeers, sharePercent };
      this.emit('shareChange', { isOnPeers, sharePercent });
    },
  },

  lifetimes: {
    attached() {
      const store = new SwarmStore({
        owner: getModuleOwner(),
        locale: localeOf(this.data),
        isUploadOn: this.data.upload,
      });
      const unbind = bindStore(this, store, { share: ({ view }) => view });
      const instance = instanceOf(this);
      instance.told = { isOnPeers: false, sharePercent: 0 };
      instance.share = { store, unbind };
      this.applySwarm();
      this.applyLocale();
    },

    detached() {
      const instance = instanceOf(this);
      const { share } = instance;
      instance.share = null;
      if (!share) return;
      share.unbind();
      share.store.destroy();
    },
  },

  export(): ServerPlayerExport {
    const call = (use: (player: CommonPlayerExport) => void): void => {
      const player = this.player();
      if (player) use(player);
    };
    return {
      play: () => call((player) => player.play()),
      retry: () => call((player) => player.retry()),
      stop: () => call((player) => player.stop()),
      stopAll: () => call((player) => player.stopAll()),
      pause: (options?: CallOptions) => call((player) => player.pause(options)),
      resume: (options?: CallOptions) => call((player) => player.resume(options)),
      snapshot: () => {
        const player = this.player();
        return player ? player.snapshot() : Promise.reject({ errMsg: 'the player is detached' });
      },
      setUpload: (isOn: boolean) => this.withStore((store) => store.setUpload(isOn)),
    };
  },

  methods: {
    withStore(use: (store: SwarmStore) => void) {
      const { share } = instanceOf(this);
      if (share) use(share.store);
    },

    player(): CommonPlayerExport | null {
      return this.selectComponent('#player') as unknown as CommonPlayerExport | null;
    },

    emit<Name extends keyof ServerPlayerEventMap>(name: Name, detail: ServerPlayerEventMap[Name]) {
      this.triggerEvent(name, detail);
    },

    applySwarm() {
      if (!instanceOf(this).share) return;
      const { swarmToken: token, upload, upKbps, minCache } = this.data;
      const reserve = minCache > 0 ? { reserveMs: 1000 * minCache } : {};
      const options = { token, upload, ...reserve, ...(upKbps > 0 ? { upKbps } : {}) };
      this.setData({ swarm: token === '' ? {} : options });
    },

    applyLocale() {
      const locale = localeOf(this.data);
      this.withStore((store) => store.setLocale(locale));
      this.setData({ exitText: locale.text('swarm.exit'), noteText: locale.text('swarm.uploadNote') });
    },

    onUploadTap() {
      this.withStore((store) => {
        const isOn = !store.isUploadOn;
        store.setUpload(isOn);
        this.emit('uploadChange', { isOn });
      });
    },

    onExitTap() {
      this.emit('exit', {});
    },

    onViewChange({ detail }: WechatMiniprogram.CustomEvent<PlayerView>) {
      const { isPlaying, phase } = detail;
      const isFailed = phase === 'error';
      if (isPlaying !== this.data.isPlaying || isFailed !== this.data.isFailed)
        this.setData({ isPlaying, isFailed });
      this.emit('viewChange', detail);
    },

    onPlayError({ detail }: WechatMiniprogram.CustomEvent<PlayErrorDetail>) {
      this.emit('playError', detail);
    },

    onPlayStart({ detail }: WechatMiniprogram.CustomEvent<PlayerEmissionMap['playStart']>) {
      this.emit('playStart', detail);
    },

    onPlayEnd() {
      this.emit('playEnd', {});
    },

    onPermissionDenied({
      detail,
    }: WechatMiniprogram.CustomEvent<PlayerEmissionMap['systemPermissionDenied']>) {
      this.emit('systemPermissionDenied', detail);
    },
  },
});
