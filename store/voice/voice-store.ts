import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import { ErrCode, toErrorResult } from '../../p2p-core/index';
import type { RecorderManagerLike, RecorderOptions } from '../../p2p-core/index';
import { CameraLink } from '../command/camera-link';
import { EventQueue } from '../event-queue';
import type { Locale } from '../locale/locale';
import type { ModuleOwner } from '../module-owner';
import { NamedTimers } from '../named-timers';
import { CAMERA_SCOPE, RECORD_SCOPE } from '../permission';
import type { PermissionPort } from '../permission';
import type { SessionTarget } from '../session/p2p-session';
import { LevelMeter } from './level-meter';
import { PusherTalk, RECOVER_MS, startRecorderTalk } from './talk-source';
import type { PusherHandle, Talk, TalkHandler } from './talk-source';
import { INITIAL_VOICE_STATE, voiceStep } from './voice-step';
import type { VoiceEffect, VoiceEvent, VoiceMode, VoicePhase, VoiceProblem, VoiceState } from './voice-step';
import { isCall, voiceView } from './voice-view';
import type { VoiceTrigger, VoiceView } from './voice-view';

/** The guide's example: every camera plays it. */
const DEFAULT_RECORDER_OPTIONS: RecorderOptions = {
  numberOfChannels: 1,
  sampleRate: 8000,
  encodeBitRate: 16000,
};
/** From the start of a talk to the native pusher's first sound. */
const PUSHER_TIMEOUT_MS = 15_000;

export interface VoiceEmissionMap {
  voiceStateChange: { voiceState: VoicePhase; isInterrupted: boolean };
  /** The path takes less than is sent: lower the bitrate, or raise it again. */
  uplinkChange: { isSlow: boolean };
  voiceError: { kind: VoiceProblem['kind']; errcode: number; errmsg: string };
}
export type VoiceEmission = {
  [Name in keyof VoiceEmissionMap]: { name: Name; detail: VoiceEmissionMap[Name] };
}[keyof VoiceEmissionMap];

export interface VoiceStoreOptions {
  owner: ModuleOwner;
  /** Null while there is no camera. */
  target: SessionTarget | null;
  channel?: number;
  mode?: VoiceMode;
  trigger?: VoiceTrigger;
  /** Asks the camera first whether it would listen. Default true. */
  checksDevice?: boolean;
  recorderOptions?: RecorderOptions;
  /** Null where the platform has no recorder. */
  getRecorder: () => RecorderManagerLike | null;
  permission: PermissionPort;
  locale: Locale;
  emit: (emission: VoiceEmission) => void;
}

/** The talk with one camera: the machine's state for MobX, and what acts for it. `destroy` it with its component. */
export class VoiceStore {
  state: VoiceState = INITIAL_VOICE_STATE;
  locale: Locale;
  /** How loud the voice is, 0 to 1; changes a few times a second. Of the recorder only. */
  level = 0;

  private readonly mode: VoiceMode;
  private readonly trigger: VoiceTrigger;
  private readonly link: CameraLink | null;
  private readonly meter: LevelMeter;
  private readonly timers: NamedTimers<'pusher' | 'calm'>;
  private talk: Talk | null = null;
  private pusher: PusherHandle | null = null;
  private readonly queue = new EventQueue<VoiceEvent, VoiceEffect>(
    (event) => this.step(event),
    (effect) => this.run(effect),
  );

  constructor(private readonly options: VoiceStoreOptions) {
    const { owner, target, channel = 0, mode = 'recorder', trigger = 'hold', locale } = options;
    this.locale = locale;
    this.mode = mode;
    this.trigger = trigger;
    this.timers = new NamedTimers(owner.environment);
    this.meter = new LevelMeter(
      () => owner.environment.nowMs(),
      (level) => this.setLevel(level),
    );
    makeObservable<VoiceStore, 'setState' | 'setLevel'>(this, {
      state: observable.ref,
      locale: observable.ref,
      level: observable,
      view: computed.struct,
      pusherKeys: computed.struct,
      settingsText: computed,
      setState: action,
      setLevel: action,
      setLocale: action,
    });
    this.link =
      target === null
        ? null
        : new CameraLink(owner, target, { channel }, (error) =>
            this.queue.dispatch(error === null ? { type: 'linkUp' } : { type: 'linkDown', error }),
          );
    // A pusher's talk watches what waits by itself.
    if (this.link !== null && mode === 'recorder')
      this.link.onWaterMark = (isHigh) => this.onWaterMark(isHigh);
  }

  get view(): VoiceView {
    return voiceView(this.state, this.mode, this.trigger, this.locale);
  }

  get settingsText(): string {
    return this.locale.text('action.openSettings');
  }

  /**
   * The pusher components to render: none, or one for each talk, whose key is new. It holds the microphone, and the camera,
   * from when it is created, so it is there only for the talk.
   */
  get pusherKeys(): number[] {
    const { phase, epoch } = this.state;
    return this.mode !== 'recorder' && phase !== 'idle' && phase !== 'asking' ? [epoch] : [];
  }

  /** Nothing while a talk runs or is on its way. */
  start(): void {
    if (this.link !== null) this.queue.dispatch({ type: 'start' });
  }

  /** From every phase. */
  stop(): void {
    this.queue.dispatch({ type: 'stop' });
  }

  toggle(): void {
    if (this.state.phase === 'idle') this.start();
    else this.stop();
  }

  pageHide(): void {
    this.queue.dispatch({ type: 'pageHide' });
  }

  /** Only in answer to a tap. */
  openSettings(): void {
    const { permission } = this.options;
    const scopes = this.scopes();
    void permission.openSettings(scopes[0]!).then(async (isAllowed) => {
      let areAllowed = isAllowed;
      for (const scope of scopes.slice(1)) areAllowed = areAllowed && (await permission.request(scope));
      this.queue.dispatch({ type: 'settingsClosed', isAllowed: areAllowed });
    });
  }

  /** The mounted pusher component is ready. One of an earlier talk is ignored. */
  attachPusher(key: number, pusher: PusherHandle): void {
    if (this.pusherKeys[0] !== key) return;
    this.pusher = pusher;
    if (this.talk instanceof PusherTalk) this.talk.setPusher(pusher);
  }

  /** The media path of pusher talks: no event, no store, nothing allocated. The chunk is borrowed. */
  addPusherChunk(chunk: ArrayBuffer): void {
    if (this.talk instanceof PusherTalk) this.talk.addChunk(chunk);
  }

  failPusher(errmsg: string): void {
    if (this.talk instanceof PusherTalk) this.talk.fail(errmsg);
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  /** Ends everything at once; nothing is emitted afterwards. */
  destroy(): void {
    this.queue.dispatch({ type: 'destroy' });
  }

  private scopes(): string[] {
    return this.mode === 'duplexVideo' ? [RECORD_SCOPE, CAMERA_SCOPE] : [RECORD_SCOPE];
  }

  private step(event: VoiceEvent): readonly VoiceEffect[] {
    const [state, effects] = voiceStep(this.state, event);
    if (state !== this.state) this.setState(state);
    return effects;
  }

  private run(effect: VoiceEffect): void {
    const { emit } = this.options;
    const { state } = this;
    switch (effect.run) {
      case 'ask':
        return this.ask(effect.epoch);
      case 'openLink':
        return this.link!.start();
      case 'check':
        return this.check(effect.epoch);
      case 'startTalk':
        return this.startTalk(effect.epoch);
      case 'stopTalk':
        return this.stopTalk();
      case 'emitState':
        if (state.phase === 'idle') this.pusher = null;
        return emit({
          name: 'voiceStateChange',
          detail: { voiceState: state.phase, isInterrupted: state.isInterrupted },
        });
      case 'emitUplink':
        return emit({ name: 'uplinkChange', detail: { isSlow: state.isSlow } });
      case 'emitError': {
        const { problem } = effect;
        const error =
          problem.kind === 'failed' ? problem.error : { errcode: ErrCode.VoiceStartFailed, errmsg: '' };
        return emit({ name: 'voiceError', detail: { kind: problem.kind, ...error } });
      }
      case 'close':
        this.timers.clearAll();
        if (this.link !== null) this.link.release();
        return;
    }
  }

  private ask(epoch: number): void {
    const { permission } = this.options;
    const ask = async (): Promise<boolean> => {
      for (const scope of this.scopes()) if (!(await permission.request(scope))) return false;
      return true;
    };
    const done = (isAllowed: boolean): void => this.queue.dispatch({ type: 'asked', epoch, isAllowed });
    ask().then(done, () => done(false));
  }

  private check(epoch: number): void {
    const done = (status: number, error: ReturnType<typeof toErrorResult> | null): void =>
      this.queue.dispatch({ type: 'checked', epoch, status, error });
    if (this.options.checksDevice === false) return done(0, null);
    this.link!.commands.getStreamStatus('voice').then(
      ({ status }) => done(status, null),
      (cause: unknown) => done(0, toErrorResult(cause, ErrCode.LinkLost)),
    );
  }

  private startTalk(epoch: number): void {
    const { owner, channel = 0, getRecorder, recorderOptions } = this.options;
    const { id, module } = this.link!;
    const { queue, mode } = this;
    const context = { id, module, channel };
    const handler: TalkHandler = {
      onStarted: (error) => {
        this.timers.clearAll();
        queue.dispatch({ type: 'started', epoch, error });
      },
      onEnded: (error) => queue.dispatch({ type: 'ended', epoch, error }),
      onInterrupted: (isInterrupted) => queue.dispatch({ type: 'interrupted', epoch, isInterrupted }),
      onUplink: (isSlow) => queue.dispatch({ type: 'uplink', epoch, isSlow }),
      onFrame: (frame) => this.meter.feed(frame),
    };
    if (mode === 'recorder') {
      const recorder = getRecorder();
      if (recorder === null) {
        const error = { errcode: ErrCode.EnvironmentUnsupported, errmsg: 'there is no recorder' };
        return queue.dispatch({ type: 'started', epoch, error });
      }
      this.talk = startRecorderTalk(
        context,
        recorder,
        { ...DEFAULT_RECORDER_OPTIONS, ...recorderOptions },
        handler,
      );
      return;
    }
    const callType = mode === 'pusher' ? '' : mode === 'duplexVideo' ? 'video' : 'audio';
    const nowMs = (): number => owner.environment.nowMs();
    const talk = new PusherTalk(context, { hasCamera: callType === 'video', callType, nowMs }, handler);
    this.talk = talk;
    this.timers.arm('pusher', PUSHER_TIMEOUT_MS, () => talk.fail('the pusher was not ready in time'));
    if (this.pusher !== null) talk.setPusher(this.pusher);
  }

  /** Slow at once, and good again when it stayed good for a while. */
  private onWaterMark(isHigh: boolean): void {
    const { talk } = this;
    const { epoch } = this.state;
    if (talk === null) return;
    const tell = (isSlow: boolean): void => {
      if (talk.setSlow) talk.setSlow(isSlow);
      this.queue.dispatch({ type: 'uplink', epoch, isSlow });
    };
    if (isHigh) {
      this.timers.clear('calm');
      tell(true);
    } else this.timers.arm('calm', RECOVER_MS, () => tell(false));
  }

  private stopTalk(): void {
    const { talk } = this;
    this.talk = null;
    this.timers.clearAll();
    if (talk !== null) talk.stop();
    this.meter.reset();
  }

  private setState(state: VoiceState): void {
    this.state = state;
  }

  private setLevel(level: number): void {
    this.level = level;
  }
}

export { isCall };
