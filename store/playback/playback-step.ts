import type { RecordedPeriod } from '../command/device-commands';
import { periodAt } from './timeline';

/**
 * `idle`: nothing was chosen. `opening`: a pull is asked for. `pausing`, `resuming`: the camera is being told. `failed`: the
 * player shows why, and tries again or waits for the user.
 */
export type PlaybackPhase =
  'idle' | 'opening' | 'playing' | 'pausing' | 'paused' | 'resuming' | 'ended' | 'failed';

export type PlaybackCommand = 'progress' | 'pause' | 'resume' | 'seek';

/** One pull: from when to when (unix seconds), and how fast. */
export interface PlaybackPull {
  readonly startS: number;
  readonly endS: number;
  readonly speed: number;
}

export interface PlaybackState {
  readonly phase: PlaybackPhase;
  /** By start, without overlaps. */
  readonly periods: readonly RecordedPeriod[];
  /** Of the period that plays, or was chosen; -1: none. */
  readonly index: number;
  /** Where the picture is, in unix ms. It moves by what the camera tells, never by a clock. */
  readonly positionMs: number;
  /** The newest pull; the camera counts its progress from `startS`. */
  readonly pull: PlaybackPull;
  /** The camera's stream is there, though it may be silent: commands are about it. */
  readonly isAlive: boolean;
  /** Where the camera still has to go, in unix ms. Until then its progress means nothing. */
  readonly seekMs: number | null;
  readonly speed: number;
  /** One per command and per pull: answers with another epoch are late. */
  readonly epoch: number;
  /** Of the pulls of this period, in a row. */
  readonly failures: number;
  /** Where the newest pull began. */
  readonly openedMs: number;
  /** Starts (unix seconds) of periods that could not be played. */
  readonly broken: readonly number[];
  readonly isDestroyed: boolean;
}

export type PlaybackEvent =
  | { type: 'setPeriods'; periods: readonly RecordedPeriod[] }
  | { type: 'playAt'; timeMs: number }
  | { type: 'play' }
  | { type: 'pause' }
  | { type: 'stop' }
  | { type: 'setSpeed'; speed: number }
  | { type: 'pollDue' }
  | { type: 'answered'; command: PlaybackCommand; epoch: number; isOk: boolean; progressMs: number }
  /** The player asks for its stream. */
  | { type: 'pulled' }
  /** The first bytes of a pull. */
  | { type: 'data' }
  /** The player let its stream go. */
  | { type: 'gone' }
  /** The camera has sent all of the period. */
  | { type: 'end' }
  /** `isClip`: of this recording, not of the link or the player. `isFinal`: it would fail again. */
  | { type: 'broken'; isClip: boolean; isFinal: boolean }
  | { type: 'destroy' };

export type PlaybackEffect =
  | { run: 'open'; pull: PlaybackPull }
  /** Ends the pull; the next play of the player begins with `pull`, null: with nothing. */
  | { run: 'close'; pull: PlaybackPull | null }
  /** The next try of the player, by itself or by the user, begins here. */
  | { run: 'aim'; pull: PlaybackPull }
  | { run: 'ask'; command: PlaybackCommand; epoch: number; progressMs: number }
  | { run: 'armPoll' | 'disarmPoll' }
  | { run: 'tellBroken'; period: RecordedPeriod }
  /** Once, last. */
  | { run: 'release' };

/** What cameras accept between start and end. */
const MIN_PULL_S = 5;
/** A pull that came this far was no failure. */
const STEADY_MS = 2000;
/** A pull starts at a whole second: what is less than this away from it is not worth a seek. */
const SEEK_TOLERANCE_MS = 1000;
/** What is left of a recording behind this is no picture. */
const TAIL_MS = 500;
/** What native players hold back: their picture is this old. */
const PLAYER_CACHE_MS = 100;
const MAX_FAILURES = 2;

const NO_PULL: PlaybackPull = { startS: 0, endS: 0, speed: 1 };

export const INITIAL_PLAYBACK_STATE: PlaybackState = {
  phase: 'idle',
  periods: [],
  index: -1,
  positionMs: 0,
  pull: NO_PULL,
  isAlive: false,
  seekMs: null,
  speed: 1,
  epoch: 0,
  failures: 0,
  openedMs: 0,
  broken: [],
  isDestroyed: false,
};

type Step = readonly [PlaybackState, readonly PlaybackEffect[]];

const DISARM: PlaybackEffect = { run: 'disarmPoll' };
const ARM: PlaybackEffect = { run: 'armPoll' };

/** The recordings of a day as a pure machine. An event that means nothing gives the same state back. */
export function playbackStep(state: PlaybackState, event: PlaybackEvent): Step {
  if (state.isDestroyed) return [state, []];
  const { phase, isAlive } = state;
  switch (event.type) {
    case 'setPeriods': {
      const { periods } = event;
      const positionMs = periods.length > 0 ? periods[0]!.startS * 1000 : state.positionMs;
      const [next, effects] = close({ ...state, index: -1, phase: 'idle' });
      return [{ ...next, periods, positionMs, broken: [], failures: 0 }, effects];
    }
    case 'playAt':
      return playAt(state, event.timeMs);
    case 'play':
      return play(state);
    case 'pause':
      return pause(state);
    case 'stop':
      return phase === 'idle' ? [state, []] : close({ ...state, phase: 'idle' });
    case 'setSpeed':
      return setSpeed(state, event.speed);
    case 'pollDue':
      return phase === 'playing' && state.seekMs === null ? ask(state, 'progress') : [state, []];
    case 'answered':
      return event.epoch === state.epoch
        ? answered(state, event.command, event.isOk, event.progressMs)
        : [state, []];
    case 'pulled':
      if (isAlive) return gone(state);
      // Its own retry, or its own button: where it begins was said before.
      return phase === 'opening' || state.index < 0 ? [state, []] : [{ ...state, phase: 'opening' }, []];
    case 'data':
      if (phase !== 'opening' || isAlive) return [state, []];
      if (state.seekMs === null) return [{ ...state, phase: 'playing', isAlive: true }, [ARM]];
      return ask({ ...state, phase: 'playing', isAlive: true }, 'seek');
    case 'gone':
      return isAlive ? gone(state) : [state, []];
    case 'end':
      return end(state);
    case 'broken':
      return broken(state, event.isClip, event.isFinal);
    case 'destroy': {
      const next: PlaybackState = { ...state, phase: 'idle', isAlive: false, isDestroyed: true };
      return [next, [DISARM, { run: 'release' }]];
    }
  }
}

function isRunning({ phase }: PlaybackState): boolean {
  return phase === 'opening' || phase === 'playing' || phase === 'resuming';
}

/** The pull that shows `atMs` of a period, and the seek that it needs behind its start. */
function pullAt(
  { startS, endS }: RecordedPeriod,
  atMs: number,
  speed: number,
): { pull: PlaybackPull; seekMs: number | null } {
  const fromS = Math.max(startS, Math.min(Math.floor(atMs / 1000), endS - MIN_PULL_S));
  return {
    pull: { startS: fromS, endS: Math.max(endS, fromS + MIN_PULL_S), speed },
    seekMs: atMs - fromS * 1000 >= SEEK_TOLERANCE_MS ? atMs : null,
  };
}

/** Pulls the period from `atMs` on. At the very end of it, the next one. */
function open(state: PlaybackState, index: number, atMs: number, failures = 0): Step {
  const period = state.periods[index]!;
  if (atMs >= period.endS * 1000 - TAIL_MS) return openNext(state, index);
  const positionMs = Math.max(atMs, period.startS * 1000);
  const aimed = pullAt(period, positionMs, state.speed);
  const next: PlaybackState = {
    ...state,
    ...aimed,
    phase: 'opening',
    index,
    positionMs,
    openedMs: positionMs,
    isAlive: false,
    failures,
    epoch: state.epoch + 1,
  };
  return [next, [DISARM, { run: 'open', pull: aimed.pull }]];
}

function openNext(state: PlaybackState, index: number): Step {
  const next = state.periods[index + 1];
  if (next === undefined) return close({ ...state, index, phase: 'ended' });
  return open(state, index + 1, next.startS * 1000);
}

/** Ends the pull, and leaves the phase as it is. Playing on begins at the position. */
function close(state: PlaybackState): Step {
  const [next, pull] = aim({ ...state, isAlive: false, epoch: state.epoch + 1 });
  return [next, [DISARM, { run: 'close', pull }]];
}

function aim(state: PlaybackState): readonly [PlaybackState, PlaybackPull | null] {
  const period = state.periods[state.index];
  if (period === undefined) return [{ ...state, seekMs: null }, null];
  // An ended one is played again from its start.
  const atMs = state.phase === 'ended' ? period.startS * 1000 : state.positionMs;
  const aimed = pullAt(period, atMs, state.speed);
  return [{ ...state, ...aimed, openedMs: atMs }, aimed.pull];
}

function ask(state: PlaybackState, command: PlaybackCommand): Step {
  const epoch = state.epoch + 1;
  const progressMs = state.seekMs === null ? 0 : state.seekMs - state.pull.startS * 1000;
  return [{ ...state, epoch }, [DISARM, { run: 'ask', command, epoch, progressMs }]];
}

function playAt(state: PlaybackState, timeMs: number): Step {
  const { phase, periods } = state;
  const index = periodAt(periods, timeMs);
  if (index < 0) return [state, []];
  const atMs = Math.max(timeMs, periods[index]!.startS * 1000);
  const canSeek = state.isAlive && index === state.index && atMs >= state.pull.startS * 1000;
  const moved: PlaybackState = { ...state, index, positionMs: atMs, failures: 0 };
  if (phase === 'paused' || phase === 'pausing') {
    if (canSeek) return [{ ...moved, seekMs: atMs }, []];
    return close({ ...moved, phase: 'paused' });
  }
  return canSeek ? ask({ ...moved, seekMs: atMs }, 'seek') : open(state, index, atMs);
}

function play(state: PlaybackState): Step {
  const { phase, index, periods, positionMs } = state;
  switch (phase) {
    case 'idle':
      return periods.length === 0 ? [state, []] : open(state, Math.max(0, index), positionMs);
    case 'ended':
      return open(state, index, periods[index]!.startS * 1000);
    case 'failed':
      return open(state, index, positionMs);
    case 'pausing':
    case 'paused':
      if (!state.isAlive) return open(state, index, positionMs);
      return ask({ ...state, phase: 'resuming' }, state.seekMs === null ? 'resume' : 'seek');
    default:
      return [state, []];
  }
}

function pause(state: PlaybackState): Step {
  if (!isRunning(state)) return [state, []];
  if (!state.isAlive) return close({ ...state, phase: 'paused' });
  // Where it is must be known first: the stream may be gone by the time it is to go on.
  return ask({ ...state, phase: 'pausing' }, state.seekMs === null ? 'progress' : 'pause');
}

function setSpeed(state: PlaybackState, speed: number): Step {
  if (speed === state.speed || !(speed > 0)) return [state, []];
  const next: PlaybackState = { ...state, speed };
  if (isRunning(state)) return open(next, state.index, state.positionMs);
  return state.index < 0 ? [next, []] : close(next.phase === 'pausing' ? { ...next, phase: 'paused' } : next);
}

function answered(state: PlaybackState, command: PlaybackCommand, isOk: boolean, progressMs: number): Step {
  const { phase, index, seekMs, positionMs } = state;
  const isPausing = phase === 'pausing';
  if (!isPausing && phase !== 'playing' && phase !== 'resuming') return [state, []];
  switch (command) {
    case 'progress': {
      const next = isOk ? progressed(state, progressMs) : state;
      return isPausing ? ask(next, 'pause') : [next, [ARM]];
    }
    case 'pause':
      // A camera that cannot pause is left, and asked anew from here.
      return isOk ? [{ ...state, phase: 'paused' }, []] : close({ ...state, phase: 'paused' });
    case 'seek':
      if (!isOk) return open(state, index, seekMs === null ? positionMs : seekMs);
      if (phase === 'resuming') return ask({ ...state, seekMs: null }, 'resume');
      return [{ ...state, seekMs: null }, [ARM]];
    case 'resume':
      return isOk ? [{ ...state, phase: 'playing' }, [ARM]] : open(state, index, positionMs);
  }
}

function progressed(state: PlaybackState, progressMs: number): PlaybackState {
  const { pull, openedMs } = state;
  const positionMs = pull.startS * 1000 + Math.max(0, progressMs - PLAYER_CACHE_MS);
  const failures = positionMs - openedMs >= STEADY_MS ? 0 : state.failures;
  return { ...state, positionMs, failures };
}

/** The player let go of a stream that had come: it is pulled again, from where it was, unless it is paused. */
function gone(state: PlaybackState): Step {
  if (isRunning(state)) return retry(state);
  return state.isAlive ? close({ ...state, phase: 'paused' }) : [state, []];
}

function end(state: PlaybackState): Step {
  if (isRunning(state)) return openNext(state, state.index);
  return state.isAlive ? close({ ...state, phase: 'paused' }) : [state, []];
}

function broken(state: PlaybackState, isClip: boolean, isFinal: boolean): Step {
  if (!isRunning(state)) return gone(state);
  if (isClip) return isFinal ? skip(state) : retry(state);
  const [next, pull] = aim({ ...state, phase: 'failed', isAlive: false, epoch: state.epoch + 1 });
  return [next, pull === null ? [DISARM] : [DISARM, { run: 'aim', pull }]];
}

/** Once more from where it was; a recording that breaks again at the same place is left out. */
function retry(state: PlaybackState): Step {
  const failures = state.failures + 1;
  return failures < MAX_FAILURES ? open(state, state.index, state.positionMs, failures) : skip(state);
}

/** One broken recording does not keep from the others. */
function skip(state: PlaybackState): Step {
  const period = state.periods[state.index]!;
  const [next, effects] = openNext({ ...state, broken: [...state.broken, period.startS] }, state.index);
  return [next, [{ run: 'tellBroken', period }, ...effects]];
}
