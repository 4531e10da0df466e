import { ErrCode } from '../../p2p-core/index';
import type { ErrorResult } from '../../p2p-core/index';
import { DeviceStatus } from '../command/command-answer';

/** How the voice is taken: by the recorder (PCM), or by live-pusher (FLV), alone or as one half of a call. */
export type VoiceMode = 'recorder' | 'pusher' | 'duplexAudio' | 'duplexVideo';

/** Why there is no talk. Stays until the next start. */
export type VoiceProblem =
  /** The user did not allow the microphone (or the camera of a video call): only the settings help. */
  | { readonly kind: 'permission' }
  /** The camera talks with somebody else. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'overLimit' }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'failed'; readonly error: ErrorResult };

/**
 * idle → asking (the user, for the microphone) → linking (waits for the link) → checking (asks the camera) → starting →
 * talking. Each step may be the last: a stop, or a problem, leads back to idle from everywhere.
 */
export type VoicePhase = 'idle' | 'asking' | 'linking' | 'checking' | 'starting' | 'talking';

export interface VoiceState {
  readonly phase: VoicePhase;
  /** One per start. Answers with another epoch are late. */
  readonly epoch: number;
  readonly isLinkUp: boolean;
  /** By a phone call, say: goes on by itself. Only while talking. */
  readonly isInterrupted: boolean;
  /** More waits to be sent than the path takes: a lower bitrate would help. Only while starting or talking. */
  readonly isSlow: boolean;
  readonly problem: VoiceProblem | null;
  readonly isDestroyed: boolean;
}

export type VoiceEvent =
  | { type: 'start' }
  | { type: 'stop' }
  | { type: 'pageHide' }
  | { type: 'asked'; epoch: number; isAllowed: boolean }
  /** The user came back from the settings. */
  | { type: 'settingsClosed'; isAllowed: boolean }
  | { type: 'linkUp' }
  | { type: 'linkDown'; error: ErrorResult }
  /** The camera's status (see DeviceStatus), or why there is none. */
  | { type: 'checked'; epoch: number; status: number; error: ErrorResult | null }
  | { type: 'started'; epoch: number; error: ErrorResult | null }
  | { type: 'interrupted'; epoch: number; isInterrupted: boolean }
  | { type: 'uplink'; epoch: number; isSlow: boolean }
  /** The talk ended, not by us: `error` is null where nothing went wrong. */
  | { type: 'ended'; epoch: number; error: ErrorResult | null }
  | { type: 'destroy' };

export type VoiceEffect =
  | { run: 'ask' | 'check' | 'startTalk'; epoch: number }
  | { run: 'openLink' }
  /** Ends what `startTalk` began, also when that has not been answered. */
  | { run: 'stopTalk' }
  | { run: 'emitState' | 'emitUplink' }
  | { run: 'emitError'; problem: VoiceProblem }
  | { run: 'close' };

export const INITIAL_VOICE_STATE: VoiceState = {
  phase: 'idle',
  epoch: 0,
  isLinkUp: false,
  isInterrupted: false,
  isSlow: false,
  problem: null,
  isDestroyed: false,
};

type Step = readonly [VoiceState, readonly VoiceEffect[]];

/** The talk with one camera as a pure machine. An event that means nothing gives the same state back. */
export function voiceStep(state: VoiceState, event: VoiceEvent): Step {
  if (state.isDestroyed || ('epoch' in event && event.epoch !== state.epoch)) return [state, []];
  const { phase } = state;
  switch (event.type) {
    case 'start':
      if (phase !== 'idle') return [state, []];
      return enter({ ...state, epoch: state.epoch + 1, problem: null }, 'asking');
    case 'stop':
      return leave(state, null);
    case 'pageHide':
      // The system's own question for the microphone may hide the page as well; nothing is heard before the talk.
      return phase === 'talking' ? leave(state, null) : [state, []];
    case 'asked':
      if (phase !== 'asking') return [state, []];
      if (!event.isAllowed) return leave(state, { kind: 'permission' });
      return enter(state, state.isLinkUp ? 'checking' : 'linking');
    case 'settingsClosed': {
      const isSolved = event.isAllowed && state.problem !== null && state.problem.kind === 'permission';
      return isSolved ? [{ ...state, problem: null }, [{ run: 'emitState' }]] : [state, []];
    }
    case 'linkUp':
      if (state.isLinkUp) return [state, []];
      return phase === 'linking'
        ? enter({ ...state, isLinkUp: true }, 'checking')
        : [{ ...state, isLinkUp: true }, []];
    case 'linkDown':
      return linkDown(state, event.error);
    case 'checked':
      return phase === 'checking' ? checked(state, event.status, event.error) : [state, []];
    case 'started':
      if (phase !== 'starting') return [state, []];
      return event.error === null
        ? enter(state, 'talking')
        : leave(state, { kind: 'failed', error: event.error });
    case 'interrupted':
      if (phase !== 'talking' || state.isInterrupted === event.isInterrupted) return [state, []];
      return [{ ...state, isInterrupted: event.isInterrupted }, [{ run: 'emitState' }]];
    case 'uplink':
      // Sound may have come before the answer to the start.
      if ((phase !== 'starting' && phase !== 'talking') || state.isSlow === event.isSlow) return [state, []];
      return [{ ...state, isSlow: event.isSlow }, [{ run: 'emitUplink' }]];
    case 'ended': {
      const problem: VoiceProblem | null = event.error && { kind: 'failed', error: event.error };
      return phase === 'starting' || phase === 'talking' ? leave(state, problem) : [state, []];
    }
    case 'destroy': {
      const [next, effects] = leave(state, null);
      const quiet = effects.filter(({ run }) => run === 'stopTalk');
      return [{ ...next, isDestroyed: true }, [...quiet, { run: 'close' }]];
    }
  }
}

/** The next phase, with the work it stands for. */
function enter(before: VoiceState, phase: VoicePhase): Step {
  const state: VoiceState = { ...before, phase };
  const { epoch } = state;
  const effects: VoiceEffect[] = [{ run: 'emitState' }];
  if (phase === 'asking') effects.push({ run: 'ask', epoch });
  else if (phase === 'linking') effects.push({ run: 'openLink' });
  else if (phase === 'checking') effects.push({ run: 'check', epoch });
  else if (phase === 'starting') effects.push({ run: 'startTalk', epoch });
  return [state, effects];
}

/** Back to idle from any phase; the new epoch makes every answer that is under way a late one. */
function leave(before: VoiceState, problem: VoiceProblem | null): Step {
  const { phase } = before;
  if (phase === 'idle') return [before, []];
  const state: VoiceState = {
    ...before,
    phase: 'idle',
    epoch: before.epoch + 1,
    isInterrupted: false,
    isSlow: false,
    problem,
  };
  const effects: VoiceEffect[] = [];
  if (phase === 'starting' || phase === 'talking') effects.push({ run: 'stopTalk' });
  effects.push({ run: 'emitState' });
  if (problem !== null) effects.push({ run: 'emitError', problem });
  return [state, effects];
}

function linkDown(state: VoiceState, error: ErrorResult): Step {
  const next: VoiceState = { ...state, isLinkUp: false };
  // The user is still being asked: the link has time to come back.
  if (state.phase === 'idle' || state.phase === 'asking') return [next, []];
  return leave(next, { kind: 'failed', error });
}

function checked(state: VoiceState, status: number, error: ErrorResult | null): Step {
  if (error !== null) {
    // A camera whose answer nobody can read says yes or no when it is asked for the talk itself.
    if (error.errcode === ErrCode.ProtocolViolation || error.errcode === ErrCode.HttpStatus) {
      return enter(state, 'starting');
    }
    return leave(state, { kind: 'failed', error });
  }
  switch (status) {
    case DeviceStatus.Accepted:
      return enter(state, 'starting');
    case DeviceStatus.Refused:
      return leave(state, { kind: 'busy' });
    case DeviceStatus.TooMany:
      return leave(state, { kind: 'overLimit' });
    default:
      return leave(state, { kind: 'unsupported' });
  }
}
