import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import { toErrorResult, ErrCode } from '../../p2p-core/index';
import { CameraLink } from '../command/camera-link';
import type { PtzPosition } from '../command/device-commands';
import { EventQueue } from '../event-queue';
import type { Locale } from '../locale/locale';
import type { ModuleOwner } from '../module-owner';
import { NamedTimers } from '../named-timers';
import type { SessionTarget } from '../session/p2p-session';
import { INITIAL_PTZ_STATE, ptzStep } from './ptz-step';
import type { PtzCommand, PtzEffect, PtzEvent, PtzKey, PtzOutcome, PtzState } from './ptz-step';
import { PAD_KEYS, ZOOM_KEYS, ptzButtons, ptzView } from './ptz-view';
import type { PtzButton, PtzView } from './ptz-view';

/** A finger that taps again within this time goes on with the same motion. */
const RELEASE_DELAY_MS = 500;
const NOTICE_MS = 2000;
/** A camera that turns must hear of its end soon: nothing waits long behind a command that got lost. */
const COMMAND_TIMEOUT_MS = 3000;

/** How commands are called, for cameras that use other words. */
export type PtzCommandNames = Partial<Record<PtzKey | 'release' | 'gotoPreset' | 'setPreset', string>>;

export interface PtzEmissionMap {
  /** The camera answered. */
  ptzAnswer: { command: string; isDone: boolean; isAtEnd: boolean; position: PtzPosition | null };
  ptzError: { command: string; errcode: number; errmsg: string };
}
export type PtzEmission = {
  [Name in keyof PtzEmissionMap]: { name: Name; detail: PtzEmissionMap[Name] };
}[keyof PtzEmissionMap];

export interface PtzStoreOptions {
  owner: ModuleOwner;
  /** Null while there is no camera: a pad that does nothing. */
  target: SessionTarget | null;
  /** Default 0. */
  channel?: number;
  commandNames?: PtzCommandNames;
  locale: Locale;
  emit: (emission: PtzEmission) => void;
  vibrate: (strength: 'light' | 'heavy') => void;
}

/** One pad of one camera: the machine's state for MobX, and what acts for it. `destroy` it with its component. */
export class PtzStore {
  state: PtzState = INITIAL_PTZ_STATE;
  locale: Locale;

  private readonly link: CameraLink | null;
  private readonly timers: NamedTimers<'release' | 'notice'>;
  private readonly queue = new EventQueue<PtzEvent, PtzEffect>(
    (event) => this.step(event),
    (effect) => this.run(effect),
  );

  constructor(private readonly options: PtzStoreOptions) {
    const { owner, target, channel = 0, locale } = options;
    this.locale = locale;
    this.timers = new NamedTimers(owner.environment);
    const sending = { channel, timeoutMs: COMMAND_TIMEOUT_MS };
    this.link =
      target === null
        ? null
        : new CameraLink(owner, target, sending, (error) =>
            this.queue.dispatch({ type: error === null ? 'linkUp' : 'linkDown' }),
          );
    makeObservable<PtzStore, 'setState'>(this, {
      state: observable.ref,
      locale: observable.ref,
      view: computed.struct,
      pad: computed,
      zoom: computed,
      setState: action,
      setLocale: action,
    });
  }

  get view(): PtzView {
    return ptzView(this.state, this.locale);
  }

  get pad(): PtzButton[] {
    return ptzButtons(PAD_KEYS, this.locale);
  }

  get zoom(): PtzButton[] {
    return ptzButtons(ZOOM_KEYS, this.locale);
  }

  /** A button is held down. Without a link it opens the link, and the next press turns the camera. */
  press(key: PtzKey): void {
    if (this.link !== null && !this.state.isLinkUp) this.link.start();
    this.queue.dispatch({ type: 'press', key });
  }

  /** The finger that pressed it was lifted, or taken away by the system. */
  lift(key: PtzKey): void {
    this.queue.dispatch({ type: 'lift', key });
  }

  gotoPreset(index: number): void {
    this.queue.dispatch({ type: 'preset', action: 'gotoPreset', index });
  }

  setPreset(index: number): void {
    this.queue.dispatch({ type: 'preset', action: 'setPreset', index });
  }

  /** Stops the camera now, whoever holds what. */
  halt(): void {
    this.queue.dispatch({ type: 'halt' });
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  /**
   * Nothing is emitted afterwards. A camera that may be turning is told to stop first: for that the link is kept, some
   * seconds at most.
   */
  destroy(): void {
    this.queue.dispatch({ type: 'destroy' });
  }

  private step(event: PtzEvent): readonly PtzEffect[] {
    const [state, effects] = ptzStep(this.state, event);
    if (state !== this.state) this.setState(state);
    return effects;
  }

  private run(effect: PtzEffect): void {
    switch (effect.run) {
      case 'send':
        return this.send(effect.command, effect.epoch);
      case 'armRelease':
        this.timers.arm('release', RELEASE_DELAY_MS, () => this.queue.dispatch({ type: 'releaseDue' }));
        return;
      case 'disarmRelease':
        return this.timers.clear('release');
      case 'armNotice':
        this.timers.arm('notice', NOTICE_MS, () => this.queue.dispatch({ type: 'noticeDue' }));
        return;
      case 'vibrate':
        return this.options.vibrate(effect.strength);
      case 'report':
        return this.report(effect.command, effect.outcome);
      case 'close':
        this.timers.clearAll();
        if (this.link !== null) this.link.release();
        return;
    }
  }

  private send(command: PtzCommand, epoch: number): void {
    const done = (outcome: Partial<PtzOutcome>): void =>
      this.queue.dispatch({ type: 'answered', epoch, outcome: { ...NO_ANSWER, ...outcome } });
    this.link!.commands.ptz(this.nameOf(command), 'index' in command ? { index: command.index } : {}).then(
      done,
      (cause: unknown) => {
        const { errcode, errmsg } = toErrorResult(cause, ErrCode.LinkLost);
        // What the camera does not know it has answered, in its way.
        done(errcode === ErrCode.CommandRefused ? {} : { errcode, errmsg });
      },
    );
  }

  private report(command: PtzCommand, outcome: PtzOutcome): void {
    const { emit } = this.options;
    const { isDone, isAtEnd, position, errcode, errmsg } = outcome;
    const name = this.nameOf(command);
    if (errcode === 0) emit({ name: 'ptzAnswer', detail: { command: name, isDone, isAtEnd, position } });
    else emit({ name: 'ptzError', detail: { command: name, errcode, errmsg } });
  }

  private nameOf(command: PtzCommand): string {
    const { commandNames = {} } = this.options;
    const key = command.kind === 'press' ? command.key : command.kind;
    return commandNames[key] || NAMES[key];
  }

  private setState(state: PtzState): void {
    this.state = state;
  }
}

const NO_ANSWER: PtzOutcome = { isDone: false, isAtEnd: false, position: null, errcode: 0, errmsg: '' };

/** The words of Tencent's reference panel; diagonals, zoom and presets are ours (docs/protocol.md §6). */
const NAMES: Readonly<Record<keyof PtzCommandNames, string>> = {
  up: 'ptz_up_press',
  down: 'ptz_down_press',
  left: 'ptz_left_press',
  right: 'ptz_right_press',
  upLeft: 'ptz_up_left_press',
  upRight: 'ptz_up_right_press',
  downLeft: 'ptz_down_left_press',
  downRight: 'ptz_down_right_press',
  zoomIn: 'ptz_zoom_in_press',
  zoomOut: 'ptz_zoom_out_press',
  release: 'ptz_release_pre',
  gotoPreset: 'ptz_preset_goto',
  setPreset: 'ptz_preset_set',
};
