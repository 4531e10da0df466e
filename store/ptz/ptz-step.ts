import type { PtzPosition } from '../command/device-commands';

/** Where a held button turns the camera. */
export type PtzKey =
  'up' | 'down' | 'left' | 'right' | 'upLeft' | 'upRight' | 'downLeft' | 'downRight' | 'zoomIn' | 'zoomOut';

export type PtzCommand =
  | { readonly kind: 'press'; readonly key: PtzKey }
  | { readonly kind: 'release' }
  | { readonly kind: 'gotoPreset' | 'setPreset'; readonly index: number };

/** What a user should know for a moment. */
export type PtzNotice =
  | { readonly kind: 'end'; readonly key: PtzKey }
  | { readonly kind: 'saved'; readonly index: number }
  /** The camera does not know the command, or the preset. */
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'failed'; readonly errcode: number };

/** `holding`: a finger is down. `trailing`: it was lifted, and the camera is told soon, unless the next press comes first. */
export type PtzMotion =
  | { readonly phase: 'still' }
  | { readonly phase: 'holding'; readonly key: PtzKey }
  | { readonly phase: 'trailing'; readonly key: PtzKey };

export interface PtzState {
  readonly motion: PtzMotion;
  readonly isLinkUp: boolean;
  /** On its way to the camera. One at a time: on a lossy path a press could overtake its release. */
  readonly sent: PtzCommand | null;
  /** One per command that is sent. Answers with another epoch are late. */
  readonly epoch: number;
  /** The newest one that waits for `sent`; an older one is out of date. */
  readonly queued: PtzCommand | null;
  /** A press may have come to the camera, and no release was acknowledged since: it may be turning. */
  readonly owesRelease: boolean;
  readonly failedReleases: number;
  readonly notice: PtzNotice | null;
  readonly isDestroyed: boolean;
}

export interface PtzOutcome {
  isDone: boolean;
  isAtEnd: boolean;
  position: PtzPosition | null;
  /** 0 when the camera answered. */
  errcode: number;
  errmsg: string;
}

export type PtzEvent =
  | { type: 'press'; key: PtzKey }
  | { type: 'lift'; key: PtzKey }
  | { type: 'preset'; action: 'gotoPreset' | 'setPreset'; index: number }
  /** The page is hidden: nobody sees where the camera turns. */
  | { type: 'halt' }
  | { type: 'releaseDue' }
  | { type: 'noticeDue' }
  | { type: 'linkUp' }
  | { type: 'linkDown' }
  | { type: 'answered'; epoch: number; outcome: PtzOutcome }
  | { type: 'destroy' };

export type PtzEffect =
  | { run: 'send'; command: PtzCommand; epoch: number }
  | { run: 'armRelease' | 'disarmRelease' | 'armNotice' }
  | { run: 'vibrate'; strength: 'light' | 'heavy' }
  | { run: 'report'; command: PtzCommand; outcome: PtzOutcome }
  /** Nothing is under way any more: the session may go. Once, last. */
  | { run: 'close' };

export const INITIAL_PTZ_STATE: PtzState = {
  motion: { phase: 'still' },
  isLinkUp: false,
  sent: null,
  epoch: 0,
  queued: null,
  owesRelease: false,
  failedReleases: 0,
  notice: null,
  isDestroyed: false,
};

const STILL: PtzMotion = { phase: 'still' };
const RELEASE: PtzCommand = { kind: 'release' };
/** A camera that does not hear this many releases is told again when the link is up the next time. */
const MAX_RELEASES = 3;

type Step = readonly [PtzState, readonly PtzEffect[]];

/** The pad of one camera as a pure machine. An event that means nothing gives the same state back. */
export function ptzStep(state: PtzState, event: PtzEvent): Step {
  // What a destroyed pad has sent still ends; it asks for nothing new, and closes once.
  if (
    state.isDestroyed &&
    (state.sent === null || (event.type !== 'answered' && event.type !== 'linkDown'))
  ) {
    return [state, []];
  }
  switch (event.type) {
    case 'press':
      return press(state, event.key);
    case 'lift': {
      const { motion } = state;
      if (motion.phase !== 'holding' || motion.key !== event.key) return [state, []];
      return [{ ...state, motion: { phase: 'trailing', key: motion.key } }, [{ run: 'armRelease' }]];
    }
    case 'preset': {
      if (!state.isLinkUp) return [state, []];
      const [next, effects] = submit({ ...state, motion: STILL }, { kind: event.action, index: event.index });
      return [next, [{ run: 'disarmRelease' }, ...effects, { run: 'vibrate', strength: 'light' }]];
    }
    case 'halt':
      return release(state);
    case 'releaseDue':
      return state.motion.phase === 'trailing' ? release(state) : [state, []];
    case 'noticeDue':
      return state.notice === null ? [state, []] : [{ ...state, notice: null }, []];
    case 'linkUp':
      if (state.isLinkUp) return [state, []];
      return repay({ ...state, isLinkUp: true, failedReleases: 0 });
    case 'linkDown':
      return linkDown(state);
    case 'answered':
      return event.epoch === state.epoch && state.sent !== null
        ? answered(state, state.sent, event.outcome)
        : [state, []];
    case 'destroy': {
      const [next, effects] = release(state);
      return closeWhenIdle({ ...next, notice: null, isDestroyed: true }, effects);
    }
  }
}

function press(state: PtzState, key: PtzKey): Step {
  const { motion } = state;
  // A keyboard repeats while its key is down.
  if (!state.isLinkUp || (motion.phase === 'holding' && motion.key === key)) return [state, []];
  const [next, effects] = submit(
    { ...state, motion: { phase: 'holding', key }, notice: null, failedReleases: 0 },
    { kind: 'press', key },
  );
  return [next, [{ run: 'disarmRelease' }, ...effects, { run: 'vibrate', strength: 'light' }]];
}

/** Ends the motion, now. */
function release(state: PtzState): Step {
  if (state.motion.phase === 'still') return [state, []];
  const [next, effects] = repay({ ...state, motion: STILL });
  return [next, [{ run: 'disarmRelease' }, ...effects]];
}

/** Tells the camera to stop, if it may be turning and can be told. */
function repay(state: PtzState): Step {
  const isTurning = state.owesRelease || isPress(state.queued);
  return isTurning && state.isLinkUp ? submit(state, RELEASE) : [state, []];
}

function submit(state: PtzState, command: PtzCommand): Step {
  if (state.sent !== null) return [{ ...state, queued: command }, []];
  const isPreset = command.kind !== 'press' && command.kind !== 'release';
  // A release behind a preset would end the way there.
  const releasesFirst = isPreset && state.owesRelease && state.failedReleases < MAX_RELEASES;
  const sent = releasesFirst ? RELEASE : command;
  const epoch = state.epoch + 1;
  const owesRelease = state.owesRelease || sent.kind === 'press';
  return [
    { ...state, sent, queued: releasesFirst ? command : null, epoch, owesRelease },
    [{ run: 'send', command: sent, epoch }],
  ];
}

function answered(before: PtzState, command: PtzCommand, outcome: PtzOutcome): Step {
  let state: PtzState = { ...before, sent: null };
  const effects: PtzEffect[] = before.isDestroyed ? [] : [{ run: 'report', command, outcome }];
  if (command.kind === 'release') {
    // A camera that answers has heard it, whatever it answers.
    if (outcome.errcode === 0) state = { ...state, owesRelease: false, failedReleases: 0 };
    else state = { ...state, failedReleases: state.failedReleases + 1 };
    const isLost = state.owesRelease && state.queued === null && !state.isDestroyed;
    if (isLost && state.failedReleases < MAX_RELEASES) state = { ...state, queued: RELEASE };
  } else {
    const notice = noticeOf(command, outcome);
    if (notice !== null && !before.isDestroyed) {
      state = { ...state, notice };
      effects.push({ run: 'armNotice' });
      if (notice.kind === 'end') effects.push({ run: 'vibrate', strength: 'heavy' });
    }
  }
  if (state.queued !== null) {
    const [next, more] = submit(state, state.queued);
    return [next, [...effects, ...more]];
  }
  return closeWhenIdle(state, effects);
}

function noticeOf(command: PtzCommand, { isDone, isAtEnd, errcode }: PtzOutcome): PtzNotice | null {
  if (errcode !== 0) return { kind: 'failed', errcode };
  if (!isDone) return { kind: 'unsupported' };
  if (command.kind === 'press') return isAtEnd ? { kind: 'end', key: command.key } : null;
  return command.kind === 'setPreset' ? { kind: 'saved', index: command.index } : null;
}

/** What is under way is lost; what the camera still has to be told is kept for the next link. */
function linkDown(state: PtzState): Step {
  const owesRelease = state.owesRelease || isPress(state.queued);
  const next: PtzState = {
    ...state,
    isLinkUp: false,
    motion: STILL,
    sent: null,
    queued: null,
    epoch: state.epoch + 1,
    owesRelease,
  };
  return closeWhenIdle(next, [{ run: 'disarmRelease' }]);
}

function closeWhenIdle(state: PtzState, effects: readonly PtzEffect[]): Step {
  return state.isDestroyed && state.sent === null
    ? [state, [...effects, { run: 'close' }]]
    : [state, effects];
}

function isPress(command: PtzCommand | null): boolean {
  return command !== null && command.kind === 'press';
}
