import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import type { Locale } from '../locale/locale';
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

/** What the buttons over a live picture show; plain data. */
export interface IpcControlsView {
  isPlaying: boolean;
  canPlay: boolean;
  canStop: boolean;
  isMuted: boolean;
  isFullView: boolean;
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
  isQualityOpen = false;
  locale: Locale;

  constructor(locale: Locale) {
    this.locale = locale;
    makeObservable(this, {
      player: observable.ref,
      flvUrl: observable,
      isMuted: observable,
      isFullView: observable,
      isQualityOpen: observable,
      locale: observable.ref,
      view: computed.struct,
      setPlayerView: action,
      setFlvUrl: action,
      setMuted: action,
      setFullView: action,
      setLocale: action,
      toggleQualityMenu: action,
      chooseQuality: action,
    });
  }

  get view(): IpcControlsView {
    const { player, isMuted, isFullView, locale, quality } = this;
    const canStop = player !== null && player.canStop;
    return {
      isPlaying: player !== null && player.isPlaying,
      canPlay: player !== null && player.canPlay,
      canStop,
      isMuted,
      isFullView,
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
    this.player = view;
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
    this.isQualityOpen = false;
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  toggleQualityMenu(): void {
    this.isQualityOpen = !this.isQualityOpen;
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
