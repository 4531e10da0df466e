import {
  CommandClient,
  DeviceCommands,
  IpcControlsStore,
  channelsOf,
  createLocale,
  getModuleOwner,
} from '../../store/index';
import type {
  CaptureView,
  IpcControlsView,
  Locale,
  ObjectFit,
  Orientation,
  PlayerView,
  Quality,
} from '../../store/index';
import { CaptureStore } from '../../store/snapshot/index';
import { bindStore } from '../common/bind-store';
import { phoneLanguage } from '../common/phone';
import { newRecordPath, wxAlbum, wxFiles } from '../common/wx-files';
import { wxPermission } from '../common/wx-permission';
import type { CallOptions, CommonPlayerExport } from '../iot-p2p-common-player/exported';
import type { IpcPlayerEventMap } from './events';
import type { IpcPlayerExport } from './exported';
import { IPC_PLAYER_PROPS } from './props';

/** Fields of the instance that are never rendered. Null before `attached` and after `detached`. */
interface Instance {
  controls: { store: IpcControlsStore; capture: CaptureStore; unbind: () => void } | null;
  /** Commands that the app and the channel list send, while they wait for answers. */
  client: { id: string; commands: CommandClient } | null;
  /** The camera whose channels were asked for. */
  askedOf: string;
}

const instanceOf = (component: object): Instance => component as unknown as Instance;

Component({
  behaviors: ['wx://component-export'],

  options: { multipleSlots: true },

  externalClasses: ['custom-class', 'controls-class', 'card-class', 'button-class'],

  properties: IPC_PLAYER_PROPS,

  data: {
    controls: {
      isShown: true,
      isMuted: false,
      isFullView: false,
      objectFit: 'contain',
    } as Partial<IpcControlsView>,
    capture: {} as Partial<CaptureView>,
    none: {},
  },

  observers: {
    flvUrl(url: string) {
      this.withStore((store) => store.setFlvUrl(url));
    },
    targetId(id: string) {
      this.withStore((store) => store.setCamera(id));
    },
    channels(channels: unknown) {
      if (channels === 'auto') {
        const player = instanceOf(this).controls && this.player();
        if (player && player.getState().p2pState === 'ServiceStarted') this.askChannels();
        return;
      }
      instanceOf(this).askedOf = '';
      this.withStore((store) => store.setChannels(channelsOf(channels)));
    },
    recordable(isOn: boolean) {
      this.withCapture(({ record }) => {
        if (!isOn) return record.stop();
        this.withPlayer((player) => {
          player.setTap(record.tap);
          const { controls } = this.data;
          if (record.tap.isReady || !controls.isPlaying) return;
          // What a recording needs came with the beginning of the pull, and that is over.
          player.stop();
          player.play();
        });
      });
    },
    muted(isMuted: boolean) {
      this.withStore((store) => store.setMuted(isMuted));
    },
    orientation(orientation: Orientation) {
      this.withStore((store) => store.setOrientation(orientation));
    },
    objectFit(objectFit: ObjectFit) {
      this.withStore((store) => store.setObjectFit(objectFit));
    },
    'language, texts'() {
      this.withStore((store) => store.setLocale(this.makeLocale()));
      this.withCapture((capture) => capture.setLocale(this.makeLocale()));
    },
  },

  lifetimes: {
    attached() {
      const store = new IpcControlsStore(this.makeLocale(), getModuleOwner().environment);
      store.setCamera(this.data.targetId);
      store.setFlvUrl(this.data.flvUrl);
      store.setChannels(channelsOf(this.data.channels));
      store.setMuted(this.data.muted);
      store.setOrientation(this.data.orientation as Orientation);
      store.setObjectFit(this.data.objectFit as ObjectFit);
      const capture = new CaptureStore({
        environment: getModuleOwner().environment,
        files: wxFiles,
        newPath: newRecordPath,
        recordFormat: () => (this.data.recordFormat === 'mp4' ? 'mp4' : 'flv'),
        album: wxAlbum,
        permission: wxPermission,
        locale: this.makeLocale(),
        savesToAlbum: () => this.data.savesToAlbum,
        emit: ({ name, detail }) => this.triggerEvent(name, detail),
      });
      const unbindControls = bindStore(this, store, { controls: ({ view }) => view });
      const unbindCapture = bindStore(this, capture, { capture: ({ view }) => view });
      const unbind = (): void => {
        unbindControls();
        unbindCapture();
      };
      instanceOf(this).controls = { store, capture, unbind };
    },

    detached() {
      const { controls, client } = instanceOf(this);
      instanceOf(this).controls = instanceOf(this).client = null;
      if (client) client.commands.close();
      if (!controls) return;
      controls.unbind();
      controls.store.destroy();
      controls.capture.destroy();
    },
  },

  export(): IpcPlayerExport {
    return {
      play: () => this.withPlayer((player) => player.play()),
      retry: () => this.withPlayer((player) => player.play()),
      stop: () => this.withPlayer((player) => player.stop()),
      pause: (options) => this.call('pause', options),
      resume: (options) => this.call('resume', options),
      stopAll: () => this.withPlayer((player) => player.stopAll()),
      changeFlv: (flv) => this.withPlayer((player) => player.changeFlv(flv)),
      changeQuality: (quality) => this.changeQuality(quality),
      changeChannel: (channel) => this.changeChannel(channel),
      setMuted: (isMuted) => this.setMuted(isMuted),
      setFullView: (isFullView) => this.setFullView(isFullView),
      setLandscape: (isLandscape) => this.setLandscape(isLandscape),
      setStatsOpen: (isOpen) => this.setStatsOpen(isOpen),
      snapshot: () => this.snapshot(),
      repairSound: () => this.withPlayer((player) => player.repairSound()),
      setTap: (tap) => this.withPlayer((player) => player.setTap(tap)),
      startRecord: () => this.withCapture((capture) => capture.record.start()),
      stopRecord: () => this.withCapture((capture) => capture.record.stop()),
      commands: (channel) => this.commands(channel === undefined ? this.channel() : channel),
      getState: () => {
        const player = this.player();
        return player ? player.getState() : null;
      },
    };
  },

  methods: {
    /** Null while the player is created late (placeholders, async sub-packages). */
    player(): CommonPlayerExport | null {
      return this.selectComponent('#player') as unknown as CommonPlayerExport | null;
    },

    withPlayer(use: (player: CommonPlayerExport) => void) {
      const player = this.player();
      if (player) use(player);
    },

    call(name: 'pause' | 'resume', options?: CallOptions) {
      const player = this.player();
      if (player) return player[name](options);
      const { fail, complete } = options || {};
      if (fail) fail({ errMsg: 'no player' });
      if (complete) complete();
    },

    withStore(use: (store: IpcControlsStore) => void) {
      const { controls } = instanceOf(this);
      if (controls) use(controls.store);
    },

    withCapture(use: (capture: CaptureStore) => void) {
      const { controls } = instanceOf(this);
      if (controls) use(controls.capture);
    },

    /** That is played, or to be. */
    channel(): number {
      const { controls } = instanceOf(this);
      return controls ? controls.store.channel : 0;
    },

    commands(channel: number): DeviceCommands {
      const instance = instanceOf(this);
      const { targetId: id } = this.data;
      if (!instance.client || instance.client.id !== id) {
        const { module, environment, timeouts } = getModuleOwner();
        if (instance.client) instance.client.commands.close();
        instance.client = { id, commands: new CommandClient({ id, module, environment, timeouts }) };
      }
      return new DeviceCommands(instance.client.commands, { channel });
    },

    /** A camera that is none of several refuses, or has one: then there is nothing to choose. */
    askChannels() {
      const instance = instanceOf(this);
      const { channels, targetId, xp2pInfo } = this.data;
      const camera = `${targetId} ${xp2pInfo}`;
      if ((channels as unknown) !== 'auto' || instance.askedOf === camera) return;
      instance.askedOf = camera;
      this.withStore((store) => store.setChannels([]));
      this.commands(0)
        .getChannels()
        .then(
          (list) => {
            if (instance.askedOf === camera) this.withStore((store) => store.setChannels(channelsOf(list)));
          },
          () => {
            // The next link asks again.
            if (instance.askedOf === camera) instance.askedOf = '';
          },
        );
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

    onP2PStateChange(event: WechatMiniprogram.CustomEvent<{ p2pState: string }>) {
      this.forward(event);
      if (event.detail.p2pState === 'ServiceStarted') this.askChannels();
    },

    onViewChange(event: WechatMiniprogram.CustomEvent<PlayerView>) {
      this.withStore((store) => store.setPlayerView(event.detail));
      // Before the first pull, and again for a player that was created anew.
      if (this.data.recordable) {
        this.withCapture((capture) => this.withPlayer((player) => player.setTap(capture.record.tap)));
      }
      this.emit('viewChange', event.detail);
    },

    /** Beside every button. */
    onPictureTap() {
      this.withStore((store) => store.tapPicture());
    },

    onToggleTap() {
      this.withStore((store) => {
        store.showControls();
        if (store.view.canStop) this.withPlayer((player) => player.stop());
        else if (store.view.canPlay) this.withPlayer((player) => player.play());
      });
    },

    onMenuTap(event: WechatMiniprogram.CustomEvent) {
      this.withStore((store) =>
        store.toggleMenu(event.currentTarget.dataset['menu'] as 'quality' | 'channel'),
      );
    },

    onQualityTap(event: WechatMiniprogram.CustomEvent) {
      this.changeQuality(event.currentTarget.dataset['quality'] as Quality);
    },

    onChannelTap(event: WechatMiniprogram.CustomEvent) {
      this.changeChannel(Number(event.currentTarget.dataset['channel']));
    },

    changeQuality(quality: Quality) {
      this.withStore((store) => {
        store.showControls();
        if (store.chooseQuality(quality)) this.emit('qualityChange', { quality });
      });
    },

    changeChannel(channel: number) {
      this.withStore((store) => {
        store.showControls();
        if (!store.chooseChannel(channel)) return;
        // A film is of one camera.
        this.withCapture((capture) => capture.record.stop());
        this.emit('channelChange', { channel });
      });
    },

    onMuteTap() {
      this.withStore((store) => {
        store.showControls();
        this.setMuted(!store.isMuted);
      });
    },

    setMuted(isMuted: boolean) {
      this.withStore((store) => store.setMuted(isMuted));
      this.emit('muteChange', { isMuted });
    },

    onFullViewTap() {
      this.withStore((store) => {
        store.showControls();
        this.setFullView(!store.isFullView);
      });
    },

    setFullView(isFullView: boolean) {
      this.withStore((store) => {
        store.setFullView(isFullView);
        this.emit('fullViewChange', { isFullView, isLandscape: store.isLandscape });
      });
    },

    onLandscapeTap() {
      this.withStore((store) => {
        store.showControls();
        this.setLandscape(!store.isLandscape);
      });
    },

    setLandscape(isLandscape: boolean) {
      this.withStore((store) => {
        store.setLandscape(isLandscape);
        this.emit('fullViewChange', { isFullView: store.isFullView, isLandscape });
      });
    },

    onRotateTap() {
      this.withStore((store) => {
        store.showControls();
        store.setOrientation(store.orientation === 'vertical' ? 'horizontal' : 'vertical');
        this.emit('orientationChange', { orientation: store.orientation });
      });
    },

    onFillTap() {
      this.withStore((store) => {
        store.showControls();
        store.setObjectFit(store.objectFit === 'contain' ? 'fillCrop' : 'contain');
      });
    },

    onStatsTap() {
      this.withStore((store) => {
        store.showControls();
        this.setStatsOpen(!store.isStatsOpen);
      });
    },

    setStatsOpen(isOpen: boolean) {
      this.withStore((store) => store.setStatsOpen(isOpen));
    },

    onRecordTap() {
      this.withStore((store) => store.showControls());
      this.withCapture((capture) => capture.toggleRecord());
    },

    onCaptureSettingsTap() {
      this.withCapture((capture) => capture.openSettings());
    },

    /** Some phones go on through the ear-piece when the microphone is closed. */
    onVoiceState(event: WechatMiniprogram.CustomEvent<{ voiceState: string }>) {
      this.forward(event);
      if (event.detail.voiceState === 'idle') this.withPlayer((player) => player.repairSound());
    },

    /** The app learns of the picture, and of a failure, by an event: where it goes is the app's to say. */
    onSnapshotTap() {
      this.snapshot().catch(() => {});
    },

    snapshot(): Promise<{ tempImagePath: string }> {
      const player = this.player();
      if (!player) return Promise.reject({ errMsg: 'no player' });
      this.withStore((store) => {
        store.showControls();
        store.setSnapshotBusy(true);
      });
      const done = (): void => this.withStore((store) => store.setSnapshotBusy(false));
      return player.snapshot().then(
        (image) => {
          done();
          this.emit('snapshot', image);
          this.withCapture((capture) => capture.onSnapshot(image.tempImagePath));
          return image;
        },
        (cause: { errMsg: string }) => {
          done();
          this.emit('snapshotError', cause);
          throw cause;
        },
      );
    },
  },
});
