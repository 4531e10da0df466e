import { getModuleOwner } from '../../store/index';
import type { PtzButton, PtzCommandNames, PtzKey, PtzView } from '../../store/index';
import { PtzStore } from '../../store/ptz/index';
import { bindStore } from '../common/bind-store';
import { cameraKey, cameraOf, localeOf } from '../common/camera-props';
import type { PtzEventMap } from './events';
import { PTZ_PROPS } from './props';

/** Fields of the instance that are never rendered. Null before `attached` and after `detached`. */
interface Instance {
  ptz: { store: PtzStore; unbind: () => void; key: string } | null;
  removeKeys: (() => void) | null;
}

const instanceOf = (component: object): Instance => component as unknown as Instance;

const keyOf = (event: WechatMiniprogram.CustomEvent): PtzKey => event.currentTarget.dataset['key'] as PtzKey;
const indexOf = (event: WechatMiniprogram.CustomEvent): number =>
  Number(event.currentTarget.dataset['index']);

const INITIAL_VIEW: PtzView = { isEnabled: false, activeKey: '', endKey: '', message: '' };
const KEYBOARD: Readonly<Record<string, PtzKey>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  '+': 'zoomIn',
  '=': 'zoomIn',
  '-': 'zoomOut',
};

Component({
  behaviors: ['wx://component-export'],

  properties: PTZ_PROPS,

  data: {
    view: INITIAL_VIEW,
    pad: [] as PtzButton[],
    zoomButtons: [] as PtzButton[],
    label: '',
  },

  observers: {
    'targetId, xp2pInfo, productId, deviceName, channel, commandNames'() {
      if (instanceOf(this).ptz) this.open();
    },
    'language, texts'() {
      this.withStore((store) => store.setLocale(localeOf(this.data)));
    },
    keyboard() {
      if (instanceOf(this).ptz) this.listenToKeys();
    },
  },

  lifetimes: {
    attached() {
      this.open();
      this.listenToKeys();
    },

    detached() {
      this.close();
      this.forgetKeys();
    },
  },

  pageLifetimes: {
    show() {
      this.listenToKeys();
    },
    /** Keys go to every page that listens, also to those below the one that is seen. */
    hide() {
      this.forgetKeys();
      this.withStore((store) => store.halt());
    },
  },

  export() {
    return {
      press: (key: PtzKey) => this.withStore((store) => store.press(key)),
      /** Lets go of a pressed button: the camera stops half a second later. */
      lift: (key: PtzKey) => this.withStore((store) => store.lift(key)),
      /** Stops the camera at once. */
      halt: () => this.withStore((store) => store.halt()),
      gotoPreset: (index: number) => this.withStore((store) => store.gotoPreset(index)),
      setPreset: (index: number) => this.withStore((store) => store.setPreset(index)),
    };
  },

  methods: {
    /** A store per camera: the one of the camera before still has to stop it. */
    open() {
      const commandNames = (this.data.commandNames || {}) as PtzCommandNames;
      const key = cameraKey(this.data) + JSON.stringify(commandNames);
      const { ptz } = instanceOf(this);
      if (ptz && ptz.key === key) return;
      this.close();
      const store = new PtzStore({
        owner: getModuleOwner(),
        target: cameraOf(this.data),
        channel: this.data.channel,
        commandNames,
        locale: localeOf(this.data),
        emit: ({ name, detail }) => this.emit(name, detail),
        vibrate: (strength) => {
          if (this.data.vibrates) vibrate(strength);
        },
      });
      const unbind = bindStore(this, store, {
        view: ({ view }) => view,
        pad: ({ pad }) => pad,
        zoomButtons: ({ zoom }) => zoom,
        label: ({ locale }) => locale.text('ptz.pad'),
      });
      instanceOf(this).ptz = { store, unbind, key };
    },

    close() {
      const { ptz } = instanceOf(this);
      if (!ptz) return;
      instanceOf(this).ptz = null;
      ptz.unbind();
      ptz.store.destroy();
    },

    withStore(use: (store: PtzStore) => void) {
      const { ptz } = instanceOf(this);
      if (ptz) use(ptz.store);
    },

    emit<Name extends keyof PtzEventMap>(name: Name, detail: PtzEventMap[Name]) {
      this.triggerEvent(name, detail);
    },

    forgetKeys() {
      const instance = instanceOf(this);
      if (instance.removeKeys) instance.removeKeys();
      instance.removeKeys = null;
    },

    listenToKeys() {
      this.forgetKeys();
      // PC only, base library 3.6.0.
      if (!this.data.keyboard || typeof wx.onKeyDown !== 'function') return;
      const onKey =
        (use: (store: PtzStore, key: PtzKey) => void) =>
        (event: { key: string }): void => {
          const key = KEYBOARD[event.key];
          if (key !== undefined) this.withStore((store) => use(store, key));
        };
      const onDown = onKey((store, key) => store.press(key));
      const onUp = onKey((store, key) => store.lift(key));
      wx.onKeyDown(onDown);
      wx.onKeyUp(onUp);
      instanceOf(this).removeKeys = () => {
        wx.offKeyDown(onDown);
        wx.offKeyUp(onUp);
      };
    },

    onPress(event: WechatMiniprogram.CustomEvent) {
      this.withStore((store) => store.press(keyOf(event)));
    },

    onLift(event: WechatMiniprogram.CustomEvent) {
      this.withStore((store) => store.lift(keyOf(event)));
    },

    onPresetTap(event: WechatMiniprogram.CustomEvent) {
      this.withStore((store) => store.gotoPreset(indexOf(event)));
    },

    onPresetLongPress(event: WechatMiniprogram.CustomEvent) {
      this.withStore((store) => store.setPreset(indexOf(event)));
    },

    /** Caught, so that a finger on the pad does not scroll the page away under it. */
    onMove() {},
  },
});

/** `type` is known since base library 2.13.0; older ones vibrate without it. */
function vibrate(strength: 'light' | 'heavy'): void {
  if (typeof wx.vibrateShort === 'function') wx.vibrateShort({ type: strength, fail: () => {} });
}
