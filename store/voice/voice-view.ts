import { failureKey } from '../command/failure-text';
import type { Locale } from '../locale/locale';
import type { LocaleKey } from '../locale/zh-cn';
import type { VoiceMode, VoiceState } from './voice-step';

/** What a talk button shows; plain data. */
export interface VoiceView {
  isTalking: boolean;
  /** On the way to a talk. */
  isPreparing: boolean;
  /** What is going on, what went wrong, or what the button does. */
  message: string;
  isProblem: boolean;
  /** Only the settings help. */
  canOpenSettings: boolean;
}

/** How the button works. Calls are always `toggle`. */
export type VoiceTrigger = 'hold' | 'toggle';

export function voiceView(
  state: VoiceState,
  mode: VoiceMode,
  trigger: VoiceTrigger,
  locale: Locale,
): VoiceView {
  const { phase, problem } = state;
  return {
    isTalking: phase === 'talking',
    isPreparing: phase !== 'idle' && phase !== 'talking',
    message: locale.text(messageKey(state, mode, trigger, locale)),
    isProblem: problem !== null,
    canOpenSettings: problem !== null && problem.kind === 'permission',
  };
}

function messageKey(state: VoiceState, mode: VoiceMode, trigger: VoiceTrigger, locale: Locale): LocaleKey {
  const { phase, problem } = state;
  switch (phase) {
    case 'idle':
      if (problem === null) return isCall(mode) ? 'voice.call' : `voice.${trigger}`;
      if (problem.kind !== 'failed') return `voice.problem.${problem.kind}`;
      return failureKey(problem.error.errcode, locale, 'voice.problem.failed');
    case 'asking':
      return 'voice.asking';
    case 'talking':
      if (state.isInterrupted) return 'voice.interrupted';
      if (state.isSlow) return 'voice.slow';
      return trigger === 'hold' && !isCall(mode) ? 'voice.release' : 'voice.end';
    default:
      return 'voice.connecting';
  }
}

export function isCall(mode: VoiceMode): boolean {
  return mode === 'duplexAudio' || mode === 'duplexVideo';
}
