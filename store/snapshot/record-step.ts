/** idle → opening (the file) → waiting (for a key frame) → recording → closing → idle. */
export type RecordPhase = 'idle' | 'opening' | 'waiting' | 'recording' | 'closing';

/** `limit`: as long as it may be; `error`: the disk failed, and what was written before is kept. */
export type RecordEnd = 'stopped' | 'limit' | 'error';

export interface RecordState {
  readonly phase: RecordPhase;
  /** One per recording. */
  readonly epoch: number;
  readonly durationMs: number;
  /** Why the last one failed; '' where it did not. */
  readonly errmsg: string;
  readonly end: RecordEnd;
  readonly isDestroyed: boolean;
}

export type RecordEvent =
  | { type: 'start' }
  | { type: 'stop' }
  | { type: 'opened'; epoch: number; errmsg: string }
  | { type: 'begun'; epoch: number }
  | { type: 'progress'; epoch: number; durationMs: number }
  | { type: 'limit'; epoch: number }
  | { type: 'failed'; epoch: number; errmsg: string }
  /** `lost`: why there is no usable file, '' where there is. */
  | { type: 'closed'; epoch: number; lost: string }
  | { type: 'destroy' };

export type RecordEffect =
  | { run: 'open'; epoch: number }
  /** Takes what is played from now on. */
  | { run: 'take'; epoch: number }
  | { run: 'watch'; epoch: number }
  /** `keeps` is false where nobody wants the file, or nothing is in it. */
  | { run: 'close'; epoch: number; keeps: boolean }
  | { run: 'emitState' }
  | { run: 'emitSaved'; end: RecordEnd }
  | { run: 'emitError'; errmsg: string };

export const INITIAL_RECORD_STATE: RecordState = {
  phase: 'idle',
  epoch: 0,
  durationMs: 0,
  errmsg: '',
  end: 'stopped',
  isDestroyed: false,
};

type Step = readonly [RecordState, readonly RecordEffect[]];

/** One recorder as a pure machine. An event that means nothing gives the same state back. */
export function recordStep(state: RecordState, event: RecordEvent): Step {
  if ('epoch' in event && event.epoch !== state.epoch) return [state, []];
  const { phase, epoch } = state;
  if (state.isDestroyed && event.type !== 'opened' && event.type !== 'closed') return [state, []];
  switch (event.type) {
    case 'start': {
      if (phase !== 'idle') return [state, []];
      const next: RecordState = { ...INITIAL_RECORD_STATE, phase: 'opening', epoch: epoch + 1 };
      return [next, [{ run: 'emitState' }, { run: 'open', epoch: epoch + 1 }]];
    }
    case 'opened':
      if (phase === 'closing') return [state, [{ run: 'close', epoch, keeps: false }]];
      if (phase !== 'opening') return [state, []];
      if (event.errmsg !== '') {
        const failed: RecordState = { ...state, phase: 'idle', errmsg: event.errmsg };
        return [failed, [{ run: 'emitState' }, { run: 'emitError', errmsg: event.errmsg }]];
      }
      return [{ ...state, phase: 'waiting' }, [{ run: 'emitState' }, { run: 'take', epoch }]];
    case 'begun':
      if (phase !== 'waiting') return [state, []];
      return [{ ...state, phase: 'recording' }, [{ run: 'emitState' }, { run: 'watch', epoch }]];
    case 'progress':
      if (phase !== 'recording') return [state, []];
      return [{ ...state, durationMs: event.durationMs }, [{ run: 'watch', epoch }]];
    case 'stop':
      return close(state, 'stopped', '');
    case 'limit':
      return close(state, 'limit', '');
    case 'failed':
      if (phase === 'closing') return [{ ...state, end: 'error', errmsg: event.errmsg }, []];
      return close(state, 'error', event.errmsg);
    case 'closed': {
      if (phase !== 'closing') return [state, []];
      const errmsg = state.errmsg || event.lost;
      const effects: RecordEffect[] = [{ run: 'emitState' }];
      if (event.lost === '') effects.push({ run: 'emitSaved', end: state.end });
      if (errmsg !== '') effects.push({ run: 'emitError', errmsg });
      return [{ ...state, phase: 'idle', errmsg }, state.isDestroyed ? [] : effects];
    }
    case 'destroy': {
      const [next, effects] = close(state, 'stopped', '');
      const quiet = effects.filter(({ run }) => run === 'close').map((each) => ({ ...each, keeps: false }));
      return [{ ...next, isDestroyed: true }, quiet];
    }
  }
}

function close(state: RecordState, end: RecordEnd, errmsg: string): Step {
  const { phase, epoch } = state;
  if (phase === 'idle' || phase === 'closing') return [state, []];
  const next: RecordState = { ...state, phase: 'closing', end, errmsg };
  // A file that is still being opened is closed when it is there.
  const keeps = phase === 'recording';
  const close: RecordEffect[] = phase === 'opening' ? [] : [{ run: 'close', epoch, keeps }];
  return [next, [{ run: 'emitState' }, ...close]];
}
