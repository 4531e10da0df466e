import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import type { Environment } from '../environment';
import type { Locale } from '../locale/locale';
import { NamedTimers } from '../named-timers';
import { DEFAULT_LIVE_URL, getParam, parseFlvUrl, withParam } from './flv-request';
import type { FlvRequest } from './player-state';
import type { PlayerView } from './player-view';

/** From small to large; the values of the query parameter `quality`. */
export const QUALITIES = ['standard', 'high', 'super'] as const;
export type Quality = (typeof QUALITIES)[number];

export interface QualityChoice {
  value: Quality;
  label: string;
  isSelected: boolean;
}

export type ObjectFit = 'contain' | 'fillCrop';
export type Orientation = 'vertical' | 'horizontal';

/** Controls over a picture that nobody touches go away after this. */
const SHOWN_MS = 4000;

/** What the buttons over a live picture show; plain data. */
export interface IpcControlsView {
  /** The controls are to be seen; always while there is no picture. */
  isShown: boolean;
  isPlaying: boolean;
  /** The error card is shown, with its own button. */
  isError: boolean;
  canPlay: boolean;
  canStop: boolean;
  isMuted: boolean;
  isFullView: boolean;
  /** The full view lies on its side. */
  isLandscape: boolean;
  /** How live-player turns the picture. */
  orientation: Orientation;
  objectFit: ObjectFit;
  isStatsOpen: boolean;
  isSnapshotBusy: boolean;
  isQualityOpen: boolean;
  /** Label of the current quality; '' when the url names none, and then there is no menu. */
  qualityLabel: string;
  qualities: QualityChoice[];
  text: ControlTexts;
}

export interface ControlTexts {
  toggle: string;
  mute: string;
  fullView: string;
  landscape: string;
  rotate: string;
  fill: string;
  snapshot: string;
  stats: string;
  quality: string;
  live: string;
}

/** The controls over one live picture. The picture itself belongs to the player, which reports its view here. */
export class IpcControlsStore {
  /** Null until the player said anything. */
  player: PlayerView | null = null;
  flvUrl = DEFAULT_LIVE_URL;
  isMuted = false;
  isFullView = false;
  isLandscape = false;
  orientation: Orientation = 'vertical';
  objectFit: ObjectFit = 'contain';
  isStatsOpen = false;
  isSnapshotBusy = false;
  isQualityOpen = false;
  isTouched = true;
  locale: Locale;

  private readonly timers: NamedTimers<'hide'>;

  constructor(locale: Locale, environment: Environment) {
    this.locale = locale;
    this.timers = new NamedTimers(environment);
    makeObservable(this, {
      player: observable.ref,
      flvUrl: observable,
      isMuted: observable,
      isFullView: observable,
      isLandscape: observable,
      orientation: observable,
      objectFit: observable,
      isStatsOpen: observable,
      isSnapshotBusy: observable,
      isTouched: observable,
      isQualityOpen: observable,
      locale: observable.ref,
      view: computed.struct,
      setPlayerView: action,
      setFlvUrl: action,
      setMuted: action,
      setFullView: action,
      setLandscape: action,
      setOrientation: action,
      setObjectFit: action,
      setStatsOpen: action,
      setSnapshotBusy: action,
      showControls: action,
      hideControls: action,
      setLocale: action,
      toggleQualityMenu: action,
      chooseQuality: action,
    });
  }

  get view(): IpcControlsView {
    const { player, isMuted, isFullView, isLandscape, orientation, objectFit, locale, quality } = this;
    const canStop = player !== null && player.canStop;
    const isPlaying = player !== null && player.isPlaying;
    return {
      isShown: this.isTouched || !isPlaying || this.isQualityOpen,
      isPlaying,
      isError: player !== null && player.phase === 'error',
      canPlay: player !== null && player.canPlay,
      canStop,
      isMuted,
      isFullView,
      isLandscape,
      orientation,
      objectFit,
      isStatsOpen: this.isStatsOpen,
      isSnapshotBusy: this.isSnapshotBusy,
      isQualityOpen: this.isQualityOpen && quality !== null,
      qualityLabel: quality === null ? '' : locale.text(`quality.${quality}`),
      qualities: QUALITIES.map((value) => ({
        value,
        label: locale.text(`quality.${value}`),
        isSelected: value === quality,
      })),
      text: {
        toggle: locale.text(canStop ? 'action.stop' : 'action.play'),
        mute: locale.text(isMuted ? 'action.unmute' : 'action.mute'),
        fullView: locale.text(isFullView ? 'action.exitFullView' : 'action.enterFullView'),
        landscape: locale.text(isLandscape ? 'action.portrait' : 'action.landscape'),
        rotate: locale.text('action.rotate'),
        fill: locale.text(objectFit === 'contain' ? 'action.fill' : 'action.fit'),
        snapshot: locale.text('action.snapshot'),
        stats: locale.text('action.stats'),
        quality: locale.text('action.quality'),
        live: locale.text('badge.live'),
      },
    };
  }

  private get quality(): Quality | null {
    const value = getParam(parseFlvUrl(this.flvUrl).params, 'quality');
    return QUALITIES.find((each) => each === value) || null;
  }

  setPlayerView(view: PlayerView): void {
    const wasPlaying = this.player !== null && this.player.isPlaying;
    this.player = view;
    // The time to look at the controls begins with the picture.
    if (view.isPlaying && !wasPlaying) this.showControls();
  }

  /** Something was touched: the controls stay for a while. */
  showControls(): void {
    this.isTouched = true;
    this.timers.arm('hide', SHOWN_MS, () => {
      if (!this.isQualityOpen) this.hideControls();
    });
  }

  hideControls(): void {
    this.timers.clear('hide');
    this.isTouched = false;
    this.isQualityOpen = false;
  }

  /** A tap beside every button: shows the controls, or hides them. */
  tapPicture(): void {
    if (this.isTouched) this.hideControls();
    else this.showControls();
  }

  /** '' means the default live url. */
  setFlvUrl(url: string): void {
    this.flvUrl = url === '' ? DEFAULT_LIVE_URL : url;
    this.isQualityOpen = false;
  }

  setMuted(isMuted: boolean): void {
    this.isMuted = isMuted;
  }

  setFullView(isFullView: boolean): void {
    this.isFullView = isFullView;
    if (!isFullView) this.isLandscape = false;
    this.isQualityOpen = false;
  }

  /** Only a full view can lie on its side. */
  setLandscape(isLandscape: boolean): void {
    this.isLandscape = isLandscape;
    if (isLandscape) this.isFullView = true;
  }

  setOrientation(orientation: Orientation): void {
    this.orientation = orientation;
  }

  setObjectFit(objectFit: ObjectFit): void {
    this.objectFit = objectFit;
  }

  setStatsOpen(isOpen: boolean): void {
    this.isStatsOpen = isOpen;
  }

  setSnapshotBusy(isBusy: boolean): void {
    this.isSnapshotBusy = isBusy;
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  toggleQualityMenu(): void {
    this.isQualityOpen = !this.isQualityOpen;
    this.showControls();
  }

  /** Nothing fires afterwards. */
  destroy(): void {
    this.timers.clearAll();
  }

  /** Closes the menu. Returns the request to change to; null when that quality is chosen already or unknown. */
  chooseQuality(value: string): FlvRequest | null {
    this.isQualityOpen = false;
    if (value === this.quality || !QUALITIES.some((each) => each === value)) return null;
    const { filename, params } = parseFlvUrl(this.flvUrl);
    const request = { filename, params: withParam(params, 'quality', value) };
    this.flvUrl = `${this.flvUrl.slice(0, this.flvUrl.lastIndexOf(filename))}${filename}?${request.params}`;
    return request;
  }
}
