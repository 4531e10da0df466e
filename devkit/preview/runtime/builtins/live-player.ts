import { type BuiltinInstance, defineBuiltin } from '../types';
import { createPlayback, type Playback } from '../../player/playback';
import type { LivePlayerMethods } from '../wx/live-player-context';
import { baseObservers, baseProperties, inner } from './common';

interface LivePlayerState extends LivePlayerMethods, BrokenLivePlayer {
  playback?: Playback;
  willIgnorePlay?: boolean;
  isAttached?: boolean;
  mutedByContext?: boolean;
  waitForTap(): void;
  forgetTap?: () => void;
}
/** What a browser counts as the user's consent to sound. */
const GESTURES = ['click', 'keydown'] as const;

type Self = BuiltinInstance & LivePlayerState;

/** How a `<live-player>` can be made to fail. */
export interface BrokenLivePlayer {
  /** State 2103: the connection broke, it asks again. */
  interrupt(reason: string): void;
  /** State -2301. */
  giveUp(reason: string): void;
  /** The event `error`; the picture ends. */
  failWith(errCode: number, errMsg: string): void;
  /** The next `play()` succeeds, and nothing plays. */
  ignoreNextPlay(): void;
}

/** Every `<live-player>` of the document. */
export const livePlayers = new Set<BrokenLivePlayer>();

/**
 * `<live-player>`: FLV over HTTP, or from the local server of a player plugin. Its state codes and their order are those of
 * the real tag.
 */
export const livePlayer = defineBuiltin<LivePlayerState>({
  wxml:
    '<h-video class="wx-video" playsinline="true" disableremoteplayback="true"></h-video><slot/>' +
    '<h-button wx:if="{{isSoundBlocked}}" class="wx-unmute" aria-label="unmute">Tap for sound</h-button>',
  properties: {
    ...baseProperties,
    src: String,
    mode: { type: String, value: 'live' },
    autoplay: Boolean,
    muted: Boolean,
    orientation: { type: String, value: 'vertical' },
    objectFit: { type: String, value: 'contain' },
    minCache: { type: Number, value: 1 },
    maxCache: { type: Number, value: 3 },
    soundMode: { type: String, value: 'speaker' },
    backgroundMute: Boolean,
  },
  data: { isSoundBlocked: false },
  observers: {
    ...baseObservers,
    src(this: Self) {
      this.stop();
      if (this.isAttached && this.data['autoplay']) this.play();
    },
    autoplay(this: Self, isOn: boolean) {
      if (this.isAttached && isOn) this.play();
    },
    muted(this: Self, isMuted: boolean) {
      this.setMuted(isMuted);
    },
    'objectFit, orientation'(this: Self, objectFit: string, orientation: string) {
      const video = inner<HTMLVideoElement>(this, '.wx-video');
      if (!video) return;
      // The tag's fillCrop is CSS's cover.
      video.style.objectFit = objectFit === 'fillCrop' ? 'cover' : 'contain';
      video.classList.toggle('wx-rotated', orientation === 'horizontal');
    },
  },
  lifetimes: {
    attached(this: Self) {
      this.isAttached = true;
      livePlayers.add(this);
      if (this.data['autoplay']) this.play();
    },
    detached(this: Self) {
      this.isAttached = false;
      livePlayers.delete(this);
      this.forgetTap?.();
      this.stop();
    },
  },
  methods: {
    play() {
      const video = inner<HTMLVideoElement>(this, '.wx-video');
      const src = String(this.data['src'] ?? '');
      if (!video || !src || this.playback) return;
      if (this.willIgnorePlay) {
        this.willIgnorePlay = false;
        return;
      }
      video.muted = this.isMuted();
      this.playback = createPlayback({
        video,
        src,
        minCacheMs: Number(this.data['minCache']) * 1000,
        maxCacheMs: Number(this.data['maxCache']) * 1000,
        emit: (name, detail) => this.triggerEvent(name, detail),
        onEnd: () => this.stop(),
        onSoundBlocked: () => this.waitForTap(),
      });
    },
    stop() {
      const playback = this.playback;
      delete this.playback;
      playback?.destroy();
    },
    interrupt(reason: string) {
      this.playback?.interrupt(reason);
    },
    giveUp(reason: string) {
      this.playback?.giveUp(reason);
    },
    failWith(errCode: number, errMsg: string) {
      this.stop();
      this.triggerEvent('error', { errCode, errMsg });
    },
    ignoreNextPlay() {
      this.willIgnorePlay = true;
    },
    /** A browser plays sound only after the user touched the page; until then the picture runs muted. */
    waitForTap() {
      if (this.isMuted() || this.data['isSoundBlocked']) return;
      this.setData({ isSoundBlocked: true });
      const unmute = () => {
        this.forgetTap?.();
        this.setData({ isSoundBlocked: false });
        const video = inner<HTMLVideoElement>(this, '.wx-video');
        if (video) video.muted = this.isMuted();
      };
      for (const name of GESTURES) window.addEventListener(name, unmute, true);
      this.forgetTap = () => {
        for (const name of GESTURES) window.removeEventListener(name, unmute, true);
      };
    },
    pause() {
      this.playback?.pause();
    },
    resume() {
      this.playback?.resume();
    },
    isMuted() {
      return this.mutedByContext ?? Boolean(this.data['muted']);
    },
    setMuted(isMuted: boolean) {
      this.mutedByContext = isMuted;
      const video = inner<HTMLVideoElement>(this, '.wx-video');
      if (video) video.muted = isMuted;
    },
    snapshot() {
      const video = inner<HTMLVideoElement>(this, '.wx-video');
      if (!video || video.videoWidth === 0) throw new Error('no picture yet');
      const canvas = document.createElement('canvas');
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      canvas.getContext('2d')?.drawImage(video, 0, 0);
      const { width, height } = canvas;
      return { tempImagePath: canvas.toDataURL('image/jpeg', 0.92), width, height };
    },
  },
});
