import { ErrCode } from '../../p2p-core/index';
import type { ErrorResult } from '../../p2p-core/index';

/** One service of the module: the link to one camera. Every phase carries the epoch of its last start. */
export type SessionState =
  /** Nothing runs. */
  | { readonly phase: 'idle'; readonly epoch: number }
  /** The module is made ready. */
  | { readonly phase: 'readying'; readonly epoch: number }
  /** startP2PService is out. */
  | { readonly phase: 'starting'; readonly epoch: number }
  /** Requests may go out. `pathKind` is '' until the link is up; Tencent's plugin may never tell. */
  | { readonly phase: 'started'; readonly epoch: number; readonly pathKind: string }
  /** It ended by itself; the next start begins anew. */
  | { readonly phase: 'lost'; readonly epoch: number; readonly error: ErrorResult };

export type SessionInput =
  | { type: 'start' }
  | { type: 'stop' }
  | { type: 'moduleReady'; epoch: number; error: ErrorResult | null }
  | { type: 'serviceDone'; epoch: number; error: ErrorResult | null }
  | { type: 'connected'; epoch: number; pathKind: string }
  | { type: 'disconnect'; epoch: number; error: ErrorResult }
  /** The module is about to be reset or destroyed: every service of it goes. */
  | { type: 'dropped'; error: ErrorResult };

/** What the holders of a session are told. */
export type SessionEvent =
  /** The module is ready; the service is being started. */
  | { type: 'readied' }
  | { type: 'started' }
  /** The start failed; `stage` says whether the module or the service did. */
  | { type: 'failed'; stage: 'module' | 'service'; error: ErrorResult }
  /** The link to the camera is up. */
  | { type: 'connected'; pathKind: string }
  /** A talk over this session sends more than the path takes (`isHigh`), or has caught up. */
  | { type: 'waterMark'; isHigh: boolean }
  /** The link is gone, with its cause. The session can be started again. */
  | { type: 'disconnected'; error: ErrorResult };

export type SessionEffect =
  | { run: 'readyModule'; epoch: number }
  | { run: 'startService'; epoch: number }
  | { run: 'stopService' }
  | { run: 'tell'; event: SessionEvent };

export const INITIAL_SESSION_STATE: SessionState = { phase: 'idle', epoch: 0 };

type Result = readonly [SessionState, readonly SessionEffect[]];

/** The session as a pure machine. Total: an event that means nothing in a state gives that state back. */
export function sessionStep(state: SessionState, event: SessionInput): Result {
  switch (event.type) {
    case 'start':
      return start(state);
    case 'stop':
      // The new epoch makes the answers of what was running late ones.
      return [{ phase: 'idle', epoch: state.epoch + 1 }, isRunning(state) ? [{ run: 'stopService' }] : []];
    case 'moduleReady':
      if (state.phase !== 'readying' || event.epoch !== state.epoch) return [state, []];
      if (event.error !== null) return fail(state, 'module', event.error);
      return [
        { phase: 'starting', epoch: state.epoch },
        [
          { run: 'tell', event: { type: 'readied' } },
          { run: 'startService', epoch: state.epoch },
        ],
      ];
    case 'serviceDone':
      return onServiceDone(state, event.epoch, event.error);
    case 'connected':
      if (!isRunning(state) || event.epoch !== state.epoch) return [state, []];
      return onConnected(state, event.pathKind);
    case 'disconnect':
      return isRunning(state) && event.epoch === state.epoch ? lose(state, event.error) : [state, []];
    case 'dropped':
      // A session that waits for the module waits for this very reset.
      return isRunning(state) ? lose(state, event.error) : [state, []];
  }
}

function start(state: SessionState): Result {
  if (state.phase !== 'idle' && state.phase !== 'lost') return [state, []];
  const epoch = state.epoch + 1;
  return [{ phase: 'readying', epoch }, [{ run: 'readyModule', epoch }]];
}

function onServiceDone(state: SessionState, epoch: number, error: ErrorResult | null): Result {
  if (epoch !== state.epoch || !isRunning(state)) {
    // Started although it was stopped meanwhile: nobody else would stop it.
    return [state, error === null && !isRunning(state) ? [{ run: 'stopService' }] : []];
  }
  if (error !== null) return fail(state, 'service', error);
  // The link may be up, and told, before the promise resolves.
  if (state.phase === 'started') return [state, []];
  const next: SessionState = { phase: 'started', epoch, pathKind: '' };
  return [next, [{ run: 'tell', event: { type: 'started' } }]];
}

function onConnected(state: SessionState, pathKind: string): Result {
  const effects: SessionEffect[] = [{ run: 'tell', event: { type: 'connected', pathKind } }];
  if (state.phase === 'starting') effects.unshift({ run: 'tell', event: { type: 'started' } });
  return [{ phase: 'started', epoch: state.epoch, pathKind }, effects];
}

function fail(state: SessionState, stage: 'module' | 'service', error: ErrorResult): Result {
  const effects: SessionEffect[] = [{ run: 'tell', event: { type: 'failed', stage, error } }];
  // A service that refused to start may be half there (guide, FAQ 1: stop before starting again).
  if (stage === 'service') effects.unshift({ run: 'stopService' });
  return [{ phase: 'lost', epoch: state.epoch + 1, error }, effects];
}

function lose(state: SessionState, error: ErrorResult): Result {
  const effects: SessionEffect[] = [
    { run: 'stopService' },
    { run: 'tell', event: { type: 'disconnected', error } },
  ];
  return [{ phase: 'lost', epoch: state.epoch + 1, error }, effects];
}

function isRunning(state: SessionState): boolean {
  return state.phase === 'starting' || state.phase === 'started';
}

/** Says why a link ended when the module does not. */
export const LINK_LOST: ErrorResult = {
  errcode: ErrCode.LinkLost,
  errmsg: 'the link to the camera is gone',
};
