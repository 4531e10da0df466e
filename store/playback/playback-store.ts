import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import { ErrCode, toErrorResult } from '../../p2p-core/index';
import { CameraLink } from '../command/camera-link';
import type { RecordedPeriod } from '../command/device-commands';
import { EventQueue } from '../event-queue';
import type { Locale } from '../locale/locale';
import type { ModuleOwner } from '../module-owner';
import { NamedTimers } from '../named-timers';
import type { PlayErrorDetail } from '../player/player-emission';
import type { StreamStateName } from '../player/player-state';
import type { SessionTarget } from '../session/p2p-session';
import type { Day } from './calendar';
import { DayList } from './day-list';
import type { Listing } from './day-list';
import { DayPicker } from './day-picker';
import type { DayView } from './day-picker';
import { INITIAL_PLAYBACK_STATE, playbackStep } from './playback-step';
import type {
  PlaybackCommand,
  PlaybackEffect,
  PlaybackEvent,
  PlaybackPhase,
  PlaybackPull,
  PlaybackState,
} from './playback-step';
import { playbackView } from './playback-view';
import type { PlaybackView } from './playback-view';
import { sortPeriods } from './timeline';

/** The marker moves by what the camera says, this often. */
const POLL_MS = 1000;
const COMMAND_TIMEOUT_MS = 5000;

export interface PlaybackEmissionMap {
  playbackStateChange: { phase: PlaybackPhase; positionMs: number };
  /** Where the picture is, in unix ms; once a second while it plays. */
  playbackProgress: { positionMs: number };
  /** A recording could not be played, and was left out. Unix seconds. */
  playbackBroken: { startS: number; endS: number };
  /** The list of a day, or the days of a month, could not be had. */
  playbackError: { errcode: number; errmsg: string };
  /** Another day is shown: its recordings are there. */
  dayChange: { year: number; month: number; day: number; periods: readonly RecordedPeriod[] };
}
export type PlaybackEmission = {
  [Name in keyof PlaybackEmissionMap]: { name: Name; detail: PlaybackEmissionMap[Name] };
}[keyof PlaybackEmissionMap];

/** The player that shows the recordings. */
export interface PlaybackPlayer {
  /** Plays this stream, now. `params` is the query of the stream's url. */
  open(params: string): void;
  /** Plays nothing; its next play, whoever starts it, begins with this stream. */
  aim(params: string): void;
  /** Stops the picture and keeps the link. */
  stop(): void;
}

export interface PlaybackStoreOptions {
  owner: ModuleOwner;
  /** Null while there is no camera. */
  target: SessionTarget | null;
  channel?: number;
  locale: Locale;
  /** The day that is shown first. Default: today. */
  day?: Day | null;
  player: PlaybackPlayer;
  emit: (emission: PlaybackEmission) => void;
}

/** The recordings of one channel: calendar, list of a day, and what plays. `destroy` it with its component. */
export class PlaybackStore {
  state: PlaybackState = INITIAL_PLAYBACK_STATE;
  locale: Locale;
  readonly days: DayPicker;

  private readonly link: CameraLink | null;
  private readonly list: DayList<RecordedPeriod>;
  private readonly timers: NamedTimers<'poll'>;
  private readonly queue = new EventQueue<PlaybackEvent, PlaybackEffect>(
    (event) => this.step(event),
    (effect) => this.run(effect),
  );

  constructor(private readonly options: PlaybackStoreOptions) {
    const { owner, target, channel = 0, locale, day } = options;
    this.locale = locale;
    this.timers = new NamedTimers(owner.environment);
    this.link =
      target === null
        ? null
        : new CameraLink(owner, target, { channel, timeoutMs: COMMAND_TIMEOUT_MS }, (error) =>
            error === null ? this.onLinkUp() : this.list.fail(error),
          );
    this.days = new DayPicker({
      wallMs: () => owner.environment.wallMs(),
      day: day || null,
      link: () => this.link,
      onPick: (isOther) => this.list.pick(isOther),
      onError: (cause) => this.emitError(cause),
    });
    this.list = new DayList({
      day: () => this.days.day,
      link: () => this.link,
      ask: (commands, fromS, toS) => commands.getRecordedPeriods(fromS, toS).then(sortPeriods),
      onList: (periods) => this.dispatch({ type: 'setPeriods', periods }),
      onReady: () => {
        const { state, days } = this;
        options.emit({ name: 'dayChange', detail: { ...days.day, periods: state.periods } });
      },
      onError: (cause) => this.emitError(cause),
    });
    makeObservable<PlaybackStore, 'setState'>(this, {
      state: observable.ref,
      locale: observable.ref,
      view: computed.struct,
      dayView: computed.struct,
      texts: computed.struct,
      setState: action,
      setLocale: action,
    });
  }

  get listing(): Listing {
    return this.list.listing;
  }

  get view(): PlaybackView {
    return playbackView(this.state, this.listing, this.locale);
  }

  get dayView(): DayView {
    return this.days.view(this.locale);
  }

  /** Of the buttons, for those who hear them. */
  get texts(): Record<string, string> {
    const { locale } = this;
    return {
      retry: locale.text('action.retry'),
      speed: locale.text('action.speed'),
      timeline: locale.text('playback.timeline'),
    };
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  /** Shows the recordings of a day; what plays of another one stops. */
  selectDay(day: Day): void {
    this.days.pick(day);
  }

  /** Asks for the list again; opens the link where it was lost. */
  reload(): void {
    this.list.reload();
  }

  playAt(timeMs: number): void {
    this.dispatch({ type: 'playAt', timeMs });
  }

  play(): void {
    this.dispatch({ type: 'play' });
  }

  pause(): void {
    this.dispatch({ type: 'pause' });
  }

  stop(): void {
    this.dispatch({ type: 'stop' });
  }

  toggle(): void {
    this.dispatch({ type: this.view.isRunning ? 'pause' : 'play' });
  }

  /** `speed` goes to the camera: only ours and those that know the parameter follow it. */
  setSpeed(speed: number): void {
    this.dispatch({ type: 'setSpeed', speed });
  }

  /** The player's stream changed its state. */
  onStreamState(stream: StreamStateName): void {
    switch (stream) {
      case 'StreamReceivePull':
      case 'StreamPreparing':
        return this.dispatch({ type: 'pulled' });
      case 'StreamDataReceived':
        return this.dispatch({ type: 'data' });
      case 'StreamIdle':
      case 'StreamDataPause':
        return this.dispatch({ type: 'gone' });
      default:
        return;
    }
  }

  /** The camera has ended the stream: the recording was played. */
  onPlayEnd(): void {
    this.dispatch({ type: 'end' });
  }

  onPlayError({ errType, errDetail }: PlayErrorDetail): void {
    const isClip = errType === 'StreamError' || errType === 'StreamStartError';
    this.dispatch({ type: 'broken', isClip, isFinal: errDetail.errcode === ErrCode.HttpStatus });
  }

  /** Nothing is emitted afterwards, and nothing is left. */
  destroy(): void {
    this.list.close();
    this.dispatch({ type: 'destroy' });
  }

  private dispatch(event: PlaybackEvent): void {
    this.queue.dispatch(event);
  }

  private step(event: PlaybackEvent): readonly PlaybackEffect[] {
    const before = this.state;
    const [state, effects] = playbackStep(before, event);
    if (state !== before) this.setState(state);
    if (state.isDestroyed) return effects;
    const { phase, positionMs } = state;
    const { emit } = this.options;
    if (phase !== before.phase) emit({ name: 'playbackStateChange', detail: { phase, positionMs } });
    if (positionMs !== before.positionMs) emit({ name: 'playbackProgress', detail: { positionMs } });
    return effects;
  }

  private run(effect: PlaybackEffect): void {
    const { player, emit } = this.options;
    switch (effect.run) {
      case 'open':
        return player.open(this.paramsOf(effect.pull));
      case 'close':
        player.stop();
        return effect.pull === null ? undefined : player.aim(this.paramsOf(effect.pull));
      case 'aim':
        return player.aim(this.paramsOf(effect.pull));
      case 'ask':
        return this.ask(effect.command, effect.epoch, effect.progressMs);
      case 'armPoll':
        this.timers.arm('poll', POLL_MS, () => this.dispatch({ type: 'pollDue' }));
        return;
      case 'disarmPoll':
        return this.timers.clear('poll');
      case 'tellBroken': {
        const { startS, endS } = effect.period;
        return emit({ name: 'playbackBroken', detail: { startS, endS } });
      }
      case 'release':
        this.timers.clearAll();
        return this.link === null ? undefined : this.link.release();
    }
  }

  private paramsOf({ startS, endS, speed }: PlaybackPull): string {
    const params = `action=playback&channel=${this.options.channel || 0}&start_time=${startS}&end_time=${endS}`;
    return speed === 1 ? params : `${params}&speed=${speed}`;
  }

  private ask(command: PlaybackCommand, epoch: number, progressMs: number): void {
    const done = (isOk: boolean, answeredMs = 0): void =>
      this.dispatch({ type: 'answered', command, epoch, isOk, progressMs: answeredMs });
    if (this.link === null) return done(false);
    const { commands } = this.link;
    const asked: Promise<number | void> =
      command === 'progress'
        ? commands.getPlaybackProgress()
        : command === 'seek'
          ? commands.seekPlayback(progressMs)
          : command === 'pause'
            ? commands.pausePlayback()
            : commands.resumePlayback();
    asked.then(
      (answer) => done(true, answer || 0),
      () => done(false),
    );
  }

  private onLinkUp(): void {
    // A link that came back brings nothing new for a list that is there.
    if (this.listing === 'ready') return;
    this.list.load();
    this.days.load();
  }

  private emitError(cause: unknown): void {
    if (this.state.isDestroyed) return;
    const { errcode, errmsg } = toErrorResult(cause, ErrCode.LinkLost);
    this.options.emit({ name: 'playbackError', detail: { errcode, errmsg } });
  }

  private setState(state: PlaybackState): void {
    this.state = state;
  }
}
