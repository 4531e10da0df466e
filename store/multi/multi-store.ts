import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import { EventQueue } from '../event-queue';
import type { Locale } from '../locale/locale';
import { IPC_URL_PREFIX } from '../player/flv-request';
import type { PlayerView } from '../player/player-view';
import { INITIAL_MULTI_STATE, MAX_TILES, isShown, multiStep } from './multi-step';
import type { MultiEffect, MultiEvent, MultiState } from './multi-step';

/** One picture of the grid: a camera, or a channel of one. Tiles with one `targetId` share its link. */
export interface MultiTile {
  targetId: string;
  /** Secret: in no event. */
  xp2pInfo: string;
  productId?: string;
  deviceName?: string;
  /** Default 0. */
  channel?: number;
  /** What stands on the picture; nothing by default. */
  name?: string;
}

export interface MultiEmissionMap {
  /** Another tile was chosen, and is heard. */
  focusChange: { index: number };
  /** The chosen tile has all the room, or its place in the grid again. */
  layoutChange: { isSingle: boolean };
  muteChange: { isMuted: boolean };
}

export type MultiEmission = {
  [Name in keyof MultiEmissionMap]: { name: Name; detail: MultiEmissionMap[Name] };
}[keyof MultiEmissionMap];

export interface MultiStoreOptions {
  locale: Locale;
  nowMs: () => number;
  emit: (emission: MultiEmission) => void;
}

/** What a tile shows; plain data, and what its player is told. */
export interface TileView {
  key: number;
  targetId: string;
  xp2pInfo: string;
  productId: string;
  deviceName: string;
  flvUrl: string;
  name: string;
  /** It has been on the screen: there is a player for it. */
  isOpened: boolean;
  isShown: boolean;
  isFocused: boolean;
  isMuted: boolean;
  isPlaying: boolean;
  isLoading: boolean;
  canRetry: boolean;
  /** What is going on, or went wrong. */
  message: string;
}

export interface MultiView {
  tiles: TileView[];
  isSingle: boolean;
  isMuted: boolean;
  /** There is a grid to go back to. */
  hasGrid: boolean;
  text: { mute: string; full: string; retry: string };
}

/** Up to four pictures: which are shown, in which quality, and which one is heard. The pictures belong to their players. */
export class MultiStore {
  state: MultiState = INITIAL_MULTI_STATE;
  tiles: readonly MultiTile[] = [];
  locale: Locale;
  gridQuality = '';
  singleQuality = '';
  players: readonly (PlayerView | undefined)[] = [];

  private readonly queue = new EventQueue<MultiEvent, MultiEffect>(
    (event) => {
      const [state, effects] = multiStep(this.state, event);
      this.setState(state);
      return effects;
    },
    (effect) => this.run(effect),
  );

  constructor(private readonly options: MultiStoreOptions) {
    this.locale = options.locale;
    makeObservable<MultiStore, 'setState'>(this, {
      state: observable.ref,
      tiles: observable.ref,
      locale: observable.ref,
      gridQuality: observable,
      singleQuality: observable,
      players: observable.ref,
      view: computed.struct,
      setState: action,
      setTiles: action,
      setLocale: action,
      setQualities: action,
      setPlayerView: action,
    });
  }

  get view(): MultiView {
    const { state, locale } = this;
    const hasGrid = state.tileCount > 1;
    return {
      tiles: this.tiles.map((tile, index) => this.tileView(tile, index)),
      isSingle: state.isSingle || !hasGrid,
      isMuted: state.isMuted,
      hasGrid,
      text: {
        mute: locale.text(state.isMuted ? 'action.unmute' : 'action.mute'),
        retry: locale.text('action.retry'),
        full: locale.text(state.isSingle ? 'action.grid' : 'action.enlarge'),
      },
    };
  }

  /** The first four; an entry that is no object is an empty place. */
  setTiles(tiles: readonly MultiTile[]): void {
    this.tiles = tiles.slice(0, MAX_TILES);
    this.players = this.players.slice(0, this.tiles.length);
    this.dispatch({ type: 'setTiles', tileCount: this.tiles.length });
  }

  /** Values of the parameter `quality`: of the pictures in the grid, and of one that has all the room. */
  setQualities(gridQuality: string, singleQuality: string): void {
    this.gridQuality = gridQuality;
    this.singleQuality = singleQuality;
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  /** What the player of a tile told. */
  setPlayerView(index: number, view: PlayerView): void {
    const players = this.players.slice();
    players[index] = view;
    this.players = players;
  }

  tap(tile: number): void {
    this.dispatch({ type: 'tap', tile, nowMs: this.options.nowMs() });
  }

  dispatch(event: MultiEvent): void {
    this.queue.dispatch(event);
  }

  private tileView(tile: MultiTile, index: number): TileView {
    const { state } = this;
    const {
      targetId = '',
      xp2pInfo = '',
      productId = '',
      deviceName = '',
      channel = 0,
      name = '',
    } = tile || {};
    const isFocused = index === state.focus;
    const isLarge = isFocused && (state.isSingle || state.tileCount === 1);
    const quality = isLarge ? this.singleQuality : this.gridQuality;
    const player = this.players[index];
    return {
      key: index,
      targetId,
      xp2pInfo,
      productId,
      deviceName,
      flvUrl: `${IPC_URL_PREFIX}ipc.flv?action=live&channel=${channel}&quality=${quality}`,
      name,
      isOpened: state.opened[index] === true,
      isShown: isShown(state, index),
      isFocused,
      isMuted: state.isMuted || !isFocused,
      isPlaying: player !== undefined && player.isPlaying,
      isLoading: player !== undefined && player.isLoading,
      canRetry: player !== undefined && player.canPlay,
      message: player === undefined ? '' : player.message,
    };
  }

  private run(effect: MultiEffect): void {
    const { emit } = this.options;
    switch (effect.run) {
      case 'emitFocus':
        return emit({ name: 'focusChange', detail: { index: effect.tile } });
      case 'emitLayout':
        return emit({ name: 'layoutChange', detail: { isSingle: effect.isSingle } });
      case 'emitMute':
        return emit({ name: 'muteChange', detail: { isMuted: effect.isMuted } });
    }
  }

  private setState(state: MultiState): void {
    this.state = state;
  }
}
