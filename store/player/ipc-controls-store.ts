import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import type { Environment } from '../environment';
import type { Locale } from '../locale/locale';
import { NamedTimers } from '../named-timers';
import { DEFAULT_LIVE_URL, getParam, parseFlvUrl, withParam } from './flv-request';
import type { PlayerView } from './player-view';

/** From small to large; the values of the query parameter `quality`. */
export const QUALITIES = ['standard', 'high', 'super'] as const;
export type Quality = (typeof QUALITIES)[number];

export interface QualityChoice {
  value: Quality;
  label: string;
  isSelected: boolean;
}

/** One camera of a recorder with several. */
export interface Channel {
  /** As in the query parameter `channel`. */
  channel: number;
  /** '' where it has none: it is shown by its number then. */
  name: string;
  /** False where the recorder says that it has lost the camera. */
  isOnline?: boolean;
}

export interface ChannelChoice {
  value: number;
  label: string;
  isSelected: boolean;
  isOffline: boolean;
}

export type ObjectFit = 'contain' | 'fillCrop';
export type Orientation = 'vertical' | 'horizontal';

/** More than any recorder has. */
const MAX_CHANNELS = 256;
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
  /** What is to be played now: the url that was given, with what was chosen since. */
  flvUrl: string;
  channel: number;
  isChannelOpen: boolean;
  /** Name of the current channel; '' when there is nothing to choose. */
  channelLabel: string;
  channels: ChannelChoice[];
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
  channel: string;
  offline: string;
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
  /** The menu that is open. */
  menu: 'quality' | 'channel' | '' = '';
  channels: readonly Channel[] = [];
  isTouched = true;
  locale: Locale;

  private readonly timers: NamedTimers<'hide'>;
  /** As the app gave it. */
  private givenUrl = '';
  private cameraId = '';

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
      menu: observable,
      channels: observable.ref,
      locale: observable.ref,
      view: computed.struct,
      setPlayerView: action,
      setFlvUrl: action,
      setCamera: action,
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
      toggleMenu: action,
      chooseQuality: action,
      chooseChannel: action,
      setChannels: action,
    });
  }

  get view(): IpcControlsView {
    const { player, isMuted, isFullView, isLandscape, orientation, objectFit, locale, quality, menu } = this;
    const channels = this.channels.map((each) => this.choiceOf(each));
    const current = channels.find(({ isSelected }) => isSelected);
    const canChoose = channels.length > 1 || (channels.length === 1 && !current);
    const canStop = player !== null && player.canStop;
    const isPlaying = player !== null && player.isPlaying;
    return {
      isShown: this.isTouched || !isPlaying || menu !== '',
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
      isQualityOpen: menu === 'quality' && quality !== null,
      qualityLabel: quality === null ? '' : locale.text(`quality.${quality}`),
      qualities: QUALITIES.map((value) => ({
        value,
        label: locale.text(`quality.${value}`),
        isSelected: value === quality,
      })),
      flvUrl: this.flvUrl,
      channel: this.channel,
      isChannelOpen: menu === 'channel' && canChoose,
      channelLabel: !canChoose ? '' : current ? current.label : locale.text('action.channel'),
      channels,
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
        channel: locale.text('action.channel'),
        offline: locale.text('channel.offline'),
        live: locale.text('badge.live'),
      },
    };
  }

  /** Of the url; 0 where it names none. */
  get channel(): number {
    return Number(this.param('channel')) || 0;
  }

  private get quality(): Quality | null {
    const value = this.param('quality');
    return QUALITIES.find((each) => each === value) || null;
  }

  private param(name: string): string {
    return getParam(parseFlvUrl(this.flvUrl).params, name);
  }

  private choiceOf({ channel, name, isOnline }: Channel): ChannelChoice {
    return {
      value: channel,
      label: name || this.locale.format('channel.number', channel + 1),
      isSelected: channel === this.channel,
      isOffline: isOnline === false,
    };
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
      if (this.menu === '') this.hideControls();
    });
  }

  hideControls(): void {
    this.timers.clear('hide');
    this.isTouched = false;
    this.menu = '';
  }

  /** A tap beside every button: shows the controls, or hides them. */
  tapPicture(): void {
    if (this.isTouched) this.hideControls();
    else this.showControls();
  }

  /** '' means the default live url. The same one again leaves what was chosen since. */
  setFlvUrl(url: string): void {
    if (url === this.givenUrl) return;
    this.givenUrl = url;
    this.flvUrl = url === '' ? DEFAULT_LIVE_URL : url;
    this.menu = '';
  }

  /** Another camera begins with what the app says: what was chosen was of the one before. */
  setCamera(id: string): void {
    if (id === this.cameraId) return;
    this.cameraId = id;
    this.flvUrl = this.givenUrl || DEFAULT_LIVE_URL;
    this.menu = '';
  }

  setMuted(isMuted: boolean): void {
    this.isMuted = isMuted;
  }

  setFullView(isFullView: boolean): void {
    this.isFullView = isFullView;
    if (!isFullView) this.isLandscape = false;
    this.menu = '';
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

  toggleMenu(menu: 'quality' | 'channel'): void {
    this.menu = this.menu === menu ? '' : menu;
    this.showControls();
  }

  /** Nothing fires afterwards. */
  destroy(): void {
    this.timers.clearAll();
  }

  /** Closes the menu and changes `view.flvUrl`. False when that quality is chosen already or unknown. */
  chooseQuality(value: string): boolean {
    this.menu = '';
    const isKnown = QUALITIES.some((each) => each === value);
    return isKnown && value !== this.quality && this.setParam('quality', value);
  }

  /** The same of a channel: any number from 0 on. */
  chooseChannel(channel: number): boolean {
    this.menu = '';
    return isChannel(channel) && channel !== this.channel && this.setParam('channel', `${channel}`);
  }

  setChannels(channels: readonly Channel[]): void {
    this.channels = channels;
  }

  private setParam(name: string, value: string): true {
    const { filename, params } = parseFlvUrl(this.flvUrl);
    const prefix = this.flvUrl.slice(0, this.flvUrl.lastIndexOf(filename));
    this.flvUrl = `${prefix}${filename}?${withParam(params, name, value)}`;
    return true;
  }
}

const isChannel = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < MAX_CHANNELS && value % 1 === 0;

/** Channels from what an app says: how many there are, or a list. What makes no sense is left out. */
export function channelsOf(said: unknown): Channel[] {
  if (typeof said === 'number') {
    return Array.from({ length: Math.min(said || 0, MAX_CHANNELS) }, (_, channel) => ({ channel, name: '' }));
  }
  if (!Array.isArray(said)) return [];
  return (said as (Channel | null)[])
    .filter((each): each is Channel => each !== null && typeof each === 'object' && isChannel(each.channel))
    .slice(0, MAX_CHANNELS)
    .map(({ channel, name, isOnline }) => ({ channel, name: name || '', isOnline: isOnline !== false }));
}
