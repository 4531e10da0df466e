/**
 * When the origin is open, as a pure machine:
 *
 *   origin ──covered──► trial ──2 s delivered──► peers
 *     ▲                 │  ▲                       │
 *     └──failed, held───┘  └────late, uncovered────┘
 *
 * In `trial` origin and parents both deliver, and are compared. `late` opens the origin beside the parents: whoever has
 * the next tag first is played. After that the origin stays open for a while, twice as long each time.
 */
export type FeedKind = 'origin' | 'trial' | 'peers';

export interface FeedState {
  kind: FeedKind;
  sinceMs: number;
  /** `trial`: media that parents delivered in time, in a row. */
  goodMs: number;
  /** The origin is not left before. */
  holdUntilMs: number;
  /** How long the last hold was; 0 for none. */
  holdMs: number;
  /** `trial`, after a rescue: the origin has given nothing yet. */
  isOpening: boolean;
  /** Once the origin gives data, the parents are let go. */
  isGoing: boolean;
}

export type FeedEvent =
  /** Every sub-stream has a parent with a slot for us. */
  | { kind: 'covered' }
  /** Some sub-streams have had none for too long. */
  | { kind: 'uncovered' }
  /** Parents delivered this much in time. */
  | { kind: 'delivered'; mediaMs: number }
  /** They did not. */
  | { kind: 'missed' }
  /** What is played will be missing soon. */
  | { kind: 'late' }
  /** The origin gives data. */
  | { kind: 'opened' }
  /** The player has what it needs from parents again. */
  | { kind: 'recovered' }
  /** Another network, another stream, an end: whatever it is, from the origin at once. */
  | { kind: 'restart' };

export type FeedEffect = 'open' | 'close' | 'release';

const COMPARED_MS = 2000;
const FIRST_HOLD_MS = 1500;
const MAX_HOLD_MS = 60_000;
/** A longer hold is not worth the parents' slots. */
const MAX_HELD_WITH_SLOTS_MS = 20_000;
/** So long on parents without a rescue, and the next hold is a first one. */
const PEACE_MS = 20_000;
const MAX_TRIAL_MS = 8000;

export const firstFeedState = (nowMs: number): FeedState => ({
  kind: 'origin',
  sinceMs: nowMs,
  goodMs: 0,
  holdUntilMs: 0,
  holdMs: 0,
  isOpening: false,
  isGoing: false,
});

/** `chance`: a random number in [0, 1). */
export function stepFeed(
  state: FeedState,
  event: FeedEvent,
  nowMs: number,
  chance: number,
): [FeedState, FeedEffect[]] {
  const { kind } = state;
  const to = (next: FeedKind, more: Partial<FeedState> = {}): FeedState => ({
    ...state,
    kind: next,
    sinceMs: nowMs,
    goodMs: 0,
    isOpening: false,
    isGoing: false,
    ...more,
  });
  switch (event.kind) {
    case 'restart':
      return [to('origin', { holdUntilMs: 0, holdMs: 0 }), ['open', 'release']];
    case 'covered':
      return kind === 'origin' ? [to('trial'), []] : [state, []];
    case 'delivered': {
      if (kind !== 'trial') return [state, []];
      const goodMs = state.goodMs + event.mediaMs;
      const isProven = goodMs >= COMPARED_MS && nowMs >= state.holdUntilMs;
      return isProven ? [to('peers'), ['close']] : [{ ...state, goodMs }, []];
    }
    case 'missed': {
      if (kind !== 'trial') return [state, []];
      if (nowMs - Math.max(state.sinceMs, state.holdUntilMs) < MAX_TRIAL_MS)
        return [{ ...state, goodMs: 0 }, []];
      return [to('origin', nextHold(state, nowMs, chance)), ['release']];
    }
    case 'opened':
      if (!state.isOpening) return [state, []];
      return state.isGoing ? [to('origin'), ['release']] : [{ ...state, isOpening: false }, []];
    case 'recovered':
      // Nothing came from the origin, so nothing was spent, and the hold that did not come does not count.
      return kind === 'trial' && state.isOpening && !state.isGoing
        ? [to('peers', { holdUntilMs: 0, holdMs: state.holdMs / 2 }), ['close']]
        : [state, []];
    case 'late':
    case 'uncovered': {
      if (kind === 'origin') return [state, []];
      const isOver = event.kind === 'uncovered';
      if (kind === 'trial') {
        if (!isOver) return [state, []];
        return state.isOpening ? [{ ...state, isGoing: true }, []] : [to('origin'), ['release']];
      }
      const hold = nextHold(state, nowMs, chance);
      // Children live on what parents send until the origin is there.
      const isGoing = isOver || hold.holdMs > MAX_HELD_WITH_SLOTS_MS;
      return [to('trial', { ...hold, isOpening: true, isGoing }), ['open']];
    }
  }
}

function nextHold(state: FeedState, nowMs: number, chance: number): { holdMs: number; holdUntilMs: number } {
  const wasPeace = state.kind === 'peers' && nowMs - state.sinceMs > PEACE_MS;
  const holdMs =
    state.holdMs === 0 || wasPeace ? FIRST_HOLD_MS * (1 + chance) : Math.min(MAX_HOLD_MS, 2 * state.holdMs);
  return { holdMs, holdUntilMs: nowMs + holdMs };
}
