import { getModuleOwner } from '../../store/index';
import type { VoiceMode, VoiceTrigger, VoiceView } from '../../store/index';
import { VoiceStore, isCall } from '../../store/voice/index';
import { bindStore } from '../common/bind-store';
import { cameraKey, cameraOf, localeOf } from '../common/camera-props';
import type { P2PPusherEventMap } from '../common/p2p-pusher-contract';
import { wxPermission } from '../common/wx-permission';
import type { VoiceEventMap } from './events';
import { VOICE_PROPS } from './props';

/** Fields of the instance that are never rendered. Null before `attached` and after `detached`. */
interface Instance {
  voice: { store: VoiceStore; unbind: () => void; key: string } | null;
}

const instanceOf = (component: object): Instance => component as unknown as Instance;

/** What a host binds before it knows, or misspells, is the default. */
const modeOf = (mode: string): VoiceMode =>
  mode === 'pusher' || isCall(mode as VoiceMode) ? (mode as VoiceMode) : 'recorder';
const triggerOf = (trigger: string): VoiceTrigger => (trigger === 'toggle' ? 'toggle' : 'hold');

const INITIAL_VIEW: VoiceView = {
  isTalking: false,
  isPreparing: false,
  message: '',
  isProblem: false,
  canOpenSettings: false,
};

Component({
  behaviors: ['wx://component-export'],

  properties: VOICE_PROPS,

  data: {
    view: INITIAL_VIEW,
    level: 0,
    pusherKeys: [] as number[],
    isSlow: false,
    settingsText: '',
  },

  observers: {
    'targetId, xp2pInfo, productId, deviceName, channel, mode, trigger, checkDevice, recorderOptions'() {
      if (instanceOf(this).voice) this.open();
    },
    'language, texts'() {
      this.withStore((store) => store.setLocale(localeOf(this.data)));
    },
  },

  lifetimes: {
    attached() {
      this.open();
    },
    detached() {
      this.close();
    },
  },

  pageLifetimes: {
    hide() {
      this.withStore((store) => store.pageHide());
    },
  },

  export() {
    return {
      /** Begins a talk; nothing while one runs. */
      start: () => this.withStore((store) => store.start()),
      /** Ends it, from every phase. */
      stop: () => this.withStore((store) => store.stop()),
      toggle: () => this.withStore((store) => store.toggle()),
      /** 'idle' | 'asking' | 'linking' | 'checking' | 'starting' | 'talking' */
      getState: () => {
        const { voice } = instanceOf(this);
        return voice ? voice.store.state.phase : 'idle';
      },
    };
  },

  methods: {
    open() {
      const { mode, trigger, checkDevice, recorderOptions, channel } = this.data;
      const key = cameraKey(this.data) + JSON.stringify([mode, trigger, checkDevice, recorderOptions]);
      const { voice } = instanceOf(this);
      if (voice && voice.key === key) return;
      this.close();
      const store = new VoiceStore({
        owner: getModuleOwner(),
        target: cameraOf(this.data),
        channel,
        mode: modeOf(mode),
        trigger: triggerOf(trigger),
        checksDevice: checkDevice,
        recorderOptions: recorderOptions || {},
        getRecorder: () => (typeof wx.getRecorderManager === 'function' ? wx.getRecorderManager() : null),
        permission: wxPermission,
        locale: localeOf(this.data),
        emit: ({ name, detail }) => this.emit(name, detail),
      });
      const unbind = bindStore(this, store, {
        view: ({ view }) => view,
        level: ({ level }) => level,
        pusherKeys: ({ pusherKeys }) => pusherKeys,
        isSlow: ({ state }) => state.isSlow,
        settingsText: ({ settingsText }) => settingsText,
      });
      instanceOf(this).voice = { store, unbind, key };
    },

    close() {
      const { voice } = instanceOf(this);
      if (!voice) return;
      instanceOf(this).voice = null;
      voice.unbind();
      voice.store.destroy();
    },

    withStore(use: (store: VoiceStore) => void) {
      const { voice } = instanceOf(this);
      if (voice) use(voice.store);
    },

    emit<Name extends keyof VoiceEventMap>(name: Name, detail: VoiceEventMap[Name]) {
      this.triggerEvent(name, detail);
    },

    isHeld(): boolean {
      return this.data.trigger !== 'toggle' && !isCall(this.data.mode as VoiceMode);
    },

    onPress() {
      if (this.isHeld()) this.withStore((store) => store.start());
    },

    onLift() {
      if (this.isHeld()) this.withStore((store) => store.stop());
    },

    onTap() {
      if (!this.isHeld()) this.withStore((store) => store.toggle());
    },

    /** Caught, so that a finger that holds the button does not scroll the page. */
    onMove() {},

    onSettingsTap() {
      this.withStore((store) => store.openSettings());
    },

    onPusherReady(event: WechatMiniprogram.CustomEvent<P2PPusherEventMap['pusherReady']>) {
      const { pusherExport, livePusherContext } = event.detail;
      const key = Number(event.currentTarget.dataset['key']);
      this.withStore((store) => {
        pusherExport.setChunkHandler((chunk) => store.addPusherChunk(chunk));
        store.attachPusher(key, {
          start: (done) =>
            livePusherContext.start({
              success: () => done(null),
              fail: (result) => done((result && result.errMsg) || 'the pusher did not start'),
            }),
          stop() {
            pusherExport.setChunkHandler(null);
            livePusherContext.stop({});
          },
        });
      });
    },

    onPusherFailed({ detail }: WechatMiniprogram.CustomEvent<P2PPusherEventMap['pusherFailed']>) {
      this.withStore((store) => store.failPusher(detail.errMsg));
    },
  },
});
