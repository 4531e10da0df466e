import { IPC_URL_PREFIX, getModuleOwner } from '../../store/index';
import type {
  DayView,
  PlayErrorDetail,
  PlaybackView,
  RecordedPeriod,
  StreamStateName,
} from '../../store/index';
import { PlaybackStore, dayRange, formatTime, parseDay } from '../../store/playback/index';
import { bindStore } from '../common/bind-store';
import { cameraKey, cameraOf, localeOf } from '../common/camera-props';
import { followDays } from '../common/follow-days';
import { pixelRatio } from '../common/phone';
import { PLAYBACK_PROPS } from './props';
import { TimelineStrip } from './timeline-strip';
import type { StripCanvas } from './timeline-strip';

/** What iot-p2p-common-player exports. */
interface PlayerExport {
  play(): void;
  stop(): void;
  changeFlv(flv: { filename: string; params: string }): void;
  snapshot(): Promise<{ tempImagePath: string }>;
}

/** Fields of the instance that are never rendered. Null before `attached` and after `detached`. */
interface Instance {
  playback: { store: PlaybackStore; unbind: () => void; key: string } | null;
  strip: TimelineStrip | null;
  /** Of the strip on the screen, in px. */
  stripLeftPx: number;
}

interface CanvasField {
  node: StripCanvas | null;
  left: number;
  width: number;
  height: number;
}

interface TouchesEvent {
  touches: readonly { clientX: number }[];
}

const instanceOf = (component: object): Instance => component as unknown as Instance;
const FILENAME = 'ipc.flv';

Component({
  behaviors: ['wx://component-export'],

  externalClasses: ['player-class'],

  properties: PLAYBACK_PROPS,

  data: {
    view: { phase: 'idle' } as Partial<PlaybackView>,
    days: {} as Partial<DayView>,
    text: {} as Record<string, string>,
    /** Set with the first recording: there is no player before. */
    flvUrl: '',
    /** The moment under the marker while the strip is moved. */
    lookText: '',
  },

  observers: {
    'targetId, xp2pInfo, productId, deviceName, channel'() {
      if (instanceOf(this).playback) this.open();
    },
    'language, texts'() {
      this.withStore((store) => store.setLocale(localeOf(this.data)));
    },
    date(text: string) {
      const day = parseDay(text);
      if (day) this.withStore((store) => store.selectDay(day));
    },
    typeColors(colors: Record<string, string>) {
      const { strip } = instanceOf(this);
      if (strip) strip.setColors(colors || {});
    },
    view() {
      this.updateStrip();
    },
  },

  lifetimes: {
    attached() {
      this.open();
    },
    ready() {
      this.makeStrip();
    },
    detached() {
      this.close();
    },
  },

  pageLifetimes: {
    hide() {
      this.withStore((store) => store.pause());
    },
    resize() {
      this.makeStrip();
    },
  },

  export() {
    return {
      /** Plays what was recorded at a moment (unix ms), or next behind it. */
      playAt: (timeMs: number) => this.withStore((store) => store.playAt(timeMs)),
      play: () => this.withStore((store) => store.play()),
      pause: () => this.withStore((store) => store.pause()),
      /** Stops the picture; the link stays. */
      stop: () => this.withStore((store) => store.stop()),
      setSpeed: (speed: number) => this.withStore((store) => store.setSpeed(speed)),
      /** Shows a day, `2026-03-09`. */
      selectDay: (text: string) => {
        const day = parseDay(text);
        if (day) this.withStore((store) => store.selectDay(day));
      },
      /** The recordings of the day that is shown, oldest first. */
      getPeriods: (): RecordedPeriod[] => {
        const { playback } = instanceOf(this);
        return playback ? [...playback.store.state.periods] : [];
      },
      /** Resolves with the path of a temporary image; rejects with `{ errMsg }`. */
      snapshot: () => {
        const player = this.player();
        return player ? player.snapshot() : Promise.reject({ errMsg: 'nothing plays' });
      },
    };
  },

  methods: {
    /** A store per camera and channel. */
    open() {
      const key = cameraKey(this.data);
      const { playback } = instanceOf(this);
      if (playback && playback.key === key) return;
      this.close();
      this.setData({ flvUrl: '' });
      const store = new PlaybackStore({
        owner: getModuleOwner(),
        target: cameraOf(this.data),
        channel: this.data.channel,
        locale: localeOf(this.data),
        day: parseDay(this.data.date),
        player: {
          open: (params) => this.playStream(params),
          aim: (params) => this.changeFlv(params),
          stop: () => {
            const player = this.player();
            if (player) player.stop();
          },
        },
        emit: ({ name, detail }) => this.triggerEvent(name, detail),
      });
      const unbind = bindStore(this, store, {
        view: ({ view }) => view,
        days: ({ dayView }) => dayView,
        text: ({ texts }) => texts,
      });
      instanceOf(this).playback = { store, unbind, key };
      this.makeStrip();
    },

    close() {
      const instance = instanceOf(this);
      const { playback, strip } = instance;
      instance.playback = null;
      instance.strip = null;
      if (strip) strip.dispose();
      if (!playback) return;
      playback.unbind();
      playback.store.destroy();
    },

    withStore(use: (store: PlaybackStore) => void) {
      const { playback } = instanceOf(this);
      if (playback) use(playback.store);
    },

    player(): PlayerExport | null {
      return this.selectComponent('#player') as unknown as PlayerExport | null;
    },

    playStream(params: string) {
      const player = this.player();
      if (!player) return this.setData({ flvUrl: `${IPC_URL_PREFIX}${FILENAME}?${params}` });
      this.changeFlv(params);
      player.play();
    },

    changeFlv(params: string) {
      const player = this.player();
      if (player) player.changeFlv({ filename: FILENAME, params });
    },

    /** Again where the size of the strip changed. */
    makeStrip() {
      const { playback } = instanceOf(this);
      if (!playback) return;
      wx.createSelectorQuery()
        .in(this)
        .select('#strip')
        .fields({ node: true, rect: true, size: true } as object, (found: unknown) => {
          const field = found as CanvasField | null;
          // The component, or its camera, may be another one by now.
          if (instanceOf(this).playback === playback && field && field.node)
            this.attachStrip(field, field.node);
        })
        .exec();
    },

    attachStrip({ left, width, height }: CanvasField, canvas: StripCanvas) {
      const instance = instanceOf(this);
      const { environment } = getModuleOwner();
      if (instance.strip) instance.strip.dispose();
      const strip = new TimelineStrip({
        canvas,
        widthPx: width,
        heightPx: height,
        pixelRatio: pixelRatio(),
        nowMs: () => environment.nowMs(),
        onPick: (timeMs) => this.withStore((store) => store.playAt(timeMs)),
        onLook: (timeMs) => {
          const lookText = timeMs === null ? '' : formatTime(timeMs);
          if (lookText !== this.data.lookText) this.setData({ lookText });
        },
      });
      strip.setColors(this.data.typeColors || {});
      instance.strip = strip;
      instance.stripLeftPx = left;
      this.updateStrip();
    },

    updateStrip() {
      const { strip, playback } = instanceOf(this);
      if (!strip || !playback) return;
      const { days, state } = playback.store;
      strip.setPosition(state.positionMs);
      strip.setDay(dayRange(days.day), state.periods, state.broken);
    },

    onStripTouch(event: WechatMiniprogram.BaseEvent) {
      const { strip, stripLeftPx } = instanceOf(this);
      if (!strip) return;
      const fingers = (event as unknown as TouchesEvent).touches.map(({ clientX }) => clientX - stripLeftPx);
      switch (event.type) {
        case 'touchstart':
          return strip.touchStart(fingers);
        case 'touchmove':
          return strip.touchMove(fingers);
        case 'touchend':
          return strip.touchEnd(fingers);
        default:
          return strip.touchCancel();
      }
    },

    /** Where WeChat runs on a computer. */
    onStripWheel(event: WechatMiniprogram.CustomEvent<{ x: number; deltaY: number }>) {
      const { strip } = instanceOf(this);
      if (strip) strip.wheel(event.detail.x, event.detail.deltaY);
    },

    onToggleTap() {
      this.withStore((store) => store.toggle());
    },

    onSpeedTap() {
      this.withStore((store) => {
        const speeds = this.data.speeds as number[];
        store.setSpeed(speeds[(speeds.indexOf(store.state.speed) + 1) % speeds.length]!);
      });
    },

    onDays(event: WechatMiniprogram.CustomEvent<object>) {
      this.withStore((store) => followDays(store.days, event));
    },

    onRetryTap() {
      this.withStore((store) => store.reload());
    },

    onStreamState({ detail }: WechatMiniprogram.CustomEvent<{ streamState: StreamStateName }>) {
      this.withStore((store) => store.onStreamState(detail.streamState));
    },

    onPlayEnd() {
      this.withStore((store) => store.onPlayEnd());
    },

    onPlayError({ detail }: WechatMiniprogram.CustomEvent<PlayErrorDetail>) {
      this.withStore((store) => store.onPlayError(detail));
    },
  },
});
