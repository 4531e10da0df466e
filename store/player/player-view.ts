import type { Locale } from '../locale/locale';
import type { LocaleKey } from '../locale/zh-cn';
import type { Failure, PlayerState } from './player-state';

/** What a view shows of a player; plain data. */
export interface PlayerView {
  phase: PlayPhase;
  /** What is going on, or what went wrong, in one sentence. Empty while the picture plays. */
  message: string;
  /** The error code of a failure, for support; '' when there is none. */
  errorCode: string;
  isLoading: boolean;
  isPlaying: boolean;
  canPlay: boolean;
  canStop: boolean;
  /** A tap on the message helps. */
  canRetry: boolean;
}

export type PlayPhase = 'idle' | 'loading' | 'playing' | 'stopped' | 'ended' | 'error';

export function selectView(state: PlayerState, locale: Locale): PlayerView {
  const phase = selectPhase(state);
  const { failure } = state;
  const isFatal = failure !== null && failure.isFatal;
  return {
    phase,
    message: selectMessage(state, phase, locale),
    errorCode: phase === 'error' && failure !== null ? String(failure.error.errcode) : '',
    isLoading: phase === 'loading',
    isPlaying: phase === 'playing',
    canPlay: phase === 'stopped' || phase === 'ended' || (phase === 'error' && !isFatal),
    canStop: phase === 'loading' || phase === 'playing',
    canRetry: phase === 'error' && !isFatal,
  };
}

export function selectPhase(state: PlayerState): PlayPhase {
  if (state.target === null) return 'idle';
  if (state.failure !== null) return state.retry === 'none' ? 'error' : 'loading';
  if (!state.isWanted) return state.stream === 'StreamDataEnd' ? 'ended' : 'stopped';
  return state.stream === 'StreamDataReceived' && state.hasFirstFrame ? 'playing' : 'loading';
}

function selectMessage(state: PlayerState, phase: PlayPhase, locale: Locale): string {
  switch (phase) {
    case 'playing':
      return '';
    case 'error':
      return state.failure === null ? '' : failureText(state.failure, locale);
    case 'loading':
      return locale.text(loadingKey(state));
    default:
      return locale.text(`status.${phase}`);
  }
}

function loadingKey(state: PlayerState): LocaleKey {
  if (state.failure !== null) return 'status.reconnecting';
  switch (state.stream) {
    case 'StreamStarted':
    case 'StreamRequest':
      return 'status.requesting';
    case 'StreamHeaderParsed':
    case 'StreamDataReceived':
      return 'status.buffering';
    default:
      break;
  }
  // A service counts as started before its link is up; the link is up when the request has gone out.
  const isConnecting = state.p2p === 'ServicePreparing' || state.stream !== 'StreamIdle';
  return isConnecting ? 'status.connecting' : 'status.preparing';
}

/** The most exact text there is: by HTTP status, by error code, else by where it happened. */
export function failureText(failure: Failure, locale: Locale): string {
  const { httpStatus, error, errType } = failure;
  // The host's own reason, in the host's words.
  if (errType === 'StreamCheckError' && error.errmsg !== '') return error.errmsg;
  if (httpStatus > 0) {
    const key = `error.http.${httpStatus}`;
    return locale.text(locale.has(key) ? key : 'error.http.other');
  }
  const key = `error.code.${error.errcode}`;
  return locale.text(locale.has(key) ? key : `error.${errType}`);
}
