/** What this viewer is to its tracker, as a pure machine. Offers and roots are not its business. */
export type Membership =
  /** Not asked yet, or told to go. */
  | { kind: 'out' }
  | { kind: 'joining'; askedMs: number; tries: number }
  /** Taken, but the GOPs have no numbers yet. */
  | { kind: 'numbering'; askedMs: number }
  | { kind: 'in'; wantedMs: number; waitMs: number; answeredMs: number }
  | { kind: 'waiting'; untilMs: number; tries: number }
  /** For this stream and this token there is no swarm. */
  | { kind: 'never' };

export type MemberEvent =
  | { kind: 'ready' }
  | { kind: 'welcome' }
  /** The tracker could number our GOPs, or not yet. */
  | { kind: 'numbered'; isKnown: boolean }
  | { kind: 'refused'; retryMs: number; isUnknown: boolean }
  | { kind: 'answered' }
  /** The tracker cannot be reached, or can be again. */
  | { kind: 'lost' }
  | { kind: 'tick' }
  /** Another stream, another network. */
  | { kind: 'reset' };

export type MemberEffect = 'join' | 'number' | 'joined' | 'left';

const ANSWER_MS = 3000;
const MAX_TRIES_SHIFT = 4;
/** A tracker that answers no report any more has forgotten us. */
const SILENT_MS = 35_000;

export function stepMember(
  state: Membership,
  event: MemberEvent,
  nowMs: number,
  chance: number,
): [Membership, MemberEffect[]] {
  const join = (tries: number): [Membership, MemberEffect[]] => [
    { kind: 'joining', askedMs: nowMs, tries },
    ['join'],
  ];
  switch (event.kind) {
    case 'reset':
      return [state.kind === 'never' ? state : { kind: 'out' }, state.kind === 'in' ? ['left'] : []];
    case 'ready':
      return state.kind === 'out' ? join(0) : [state, []];
    case 'welcome':
      return state.kind === 'joining' ? [{ kind: 'numbering', askedMs: nowMs }, ['number']] : [state, []];
    case 'numbered':
      if (state.kind !== 'numbering' || !event.isKnown) return [state, []];
      return [{ kind: 'in', wantedMs: 0, waitMs: 0, answeredMs: nowMs }, ['joined']];
    case 'refused': {
      const left: MemberEffect[] = state.kind === 'in' ? ['left'] : [];
      if (event.isUnknown) {
        if (state.kind !== 'in') return [state, []];
        const [next, effects] = join(0);
        return [next, [...left, ...effects]];
      }
      if (event.retryMs === 0) return [{ kind: 'never' }, left];
      return [{ kind: 'waiting', untilMs: nowMs + event.retryMs * (1 + 0.5 * chance), tries: 0 }, left];
    }
    case 'answered':
      return state.kind === 'in' ? [{ ...state, answeredMs: nowMs }, []] : [state, []];
    case 'lost':
      if (state.kind === 'never' || state.kind === 'out') return [state, []];
      return [{ kind: 'out' }, state.kind === 'in' ? ['left'] : []];
    case 'tick':
      switch (state.kind) {
        case 'joining':
          if (nowMs - state.askedMs < ANSWER_MS) return [state, []];
          return [
            {
              kind: 'waiting',
              untilMs: nowMs + 2000 * (1 << Math.min(state.tries, MAX_TRIES_SHIFT)) * (0.5 + chance),
              tries: state.tries + 1,
            },
            [],
          ];
        case 'waiting':
          return nowMs >= state.untilMs ? join(state.tries) : [state, []];
        case 'in':
          if (nowMs - state.answeredMs <= SILENT_MS) return [state, []];
          // Not by the origin's next GOP: parents may feed this viewer for hours.
          return [{ kind: 'waiting', untilMs: nowMs + 2000 * chance, tries: 0 }, ['left']];
        default:
          return [state, []];
      }
  }
}
