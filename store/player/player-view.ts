import type { Locale } from '../locale/locale';
import type { LocaleKey } from '../locale/zh-cn';
import type { Failure, FailureType, PlayerState } from './player-state';
import { selectSteps } from './start-view';
import type { StepView } from './start-view';

/** What a view shows of a player; plain data. */
export interface PlayerView {
  phase: PlayPhase;
  /** What is going on, or what went wrong, in one sentence. Empty while the picture plays. */
  message: string;
  /** While the picture is started again: why it had to be. Else empty. */
  reason: string;
  /** The error code of a failure, for support; '' when there is none. */
  errorCode: string;
  isLoading: boolean;
  isPlaying: boolean;
  canPlay: boolean;
  canStop: boolean;
  /** A tap on the message helps. */
  canRetry: boolean;
  /** Only other properties help, or a change in the phone's settings. */
  isFatal: boolean;
  /** The one button of the error card; both start again, `reset` because something has to be renewed first. */
  action: 'retry' | 'reset' | 'none';
  actionText: string;
  /** Whole seconds until the next attempt by itself; 0 when none is planned. */
  retrySeconds: number;
  /** The countdown in words; '' when none is planned. */
  retryText: string;
  /** The steps of a start that takes long; empty before, and when nothing is started. */
  steps: StepView[];
}

export type PlayPhase = 'idle' | 'loading' | 'playing' | 'stopped' | 'ended' | 'error';

/** Failures after which the module or the local server is renewed before the next attempt. */
const RESET_TYPES: ReadonlySet<FailureType> = new Set([
  'P2PInitError',
  'P2PLocalNATChanged',
  'LocalServerError',
]);

/** What a check came to whose host gave no reason. */
const NO_WORDS = /^$|^check\w+ (answered|took|refused) /;

/** @param nowMs counts the seconds of a retry or of a slow start; nothing else depends on it */
export function selectView(state: PlayerState, locale: Locale, nowMs: number): PlayerView {
  const phase = selectPhase(state);
  const { failure } = state;
  const isError = phase === 'error' && failure !== null;
  const isFatal = isError && failure.isFatal;
  const canRetry = isError && !isFatal;
  const retrySeconds = canRetry ? selectRetrySeconds(state, nowMs) : 0;
  const action = !canRetry ? 'none' : RESET_TYPES.has(failure.errType) ? 'reset' : 'retry';
  const isLoading = phase === 'loading';
  return {
    phase,
    message: selectMessage(state, phase, locale),
    reason: isLoading && state.lastFailure !== null ? failureText(state.lastFailure, locale) : '',
    errorCode: isError ? String(failure.error.errcode) : '',
    isLoading,
    isPlaying: phase === 'playing',
    canPlay: phase === 'stopped' || phase === 'ended' || canRetry,
    canStop: isLoading || phase === 'playing' || retrySeconds > 0,
    canRetry,
    isFatal,
    action,
    actionText: action === 'none' ? '' : locale.text(`action.${action}`),
    retrySeconds,
    retryText: retrySeconds > 0 ? locale.format('status.retryIn', retrySeconds) : '',
    steps: isLoading ? selectSteps(state, locale, nowMs) : [],
  };
}

export function selectPhase(state: PlayerState): PlayPhase {
  if (state.target === null) return 'idle';
  // A retry without a time follows at once: its failure would only flash.
  if (state.failure !== null) return state.retry === 'planned' && state.retryAtMs === 0 ? 'loading' : 'error';
  if (!state.isWanted) return state.stream === 'StreamDataEnd' ? 'ended' : 'stopped';
  return state.hasFirstFrame ? 'playing' : 'loading';
}

function selectRetrySeconds({ retry, retryAtMs }: PlayerState, nowMs: number): number {
  if (retry !== 'planned' || retryAtMs === 0) return 0;
  return Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000));
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
  if (state.lastFailure !== null) return 'status.reconnecting';
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
  if (errType === 'StreamCheckError' && !NO_WORDS.test(error.errmsg)) return error.errmsg;
  if (httpStatus > 0) {
    const key = `error.http.${httpStatus}`;
    return locale.text(locale.has(key) ? key : 'error.http.other');
  }
  const key = `error.code.${error.errcode}`;
  return locale.text(locale.has(key) ? key : `error.${errType}`);
}
