/** A grid has room for so many; what is beyond is left out. */
export const MAX_TILES = 4;
/** Two taps on one tile within this are a double tap. */
const DOUBLE_TAP_MS = 300;

export interface MultiState {
  readonly tileCount: number;
  /** The tile with the sound; 0 where there is none. */
  readonly focus: number;
  /** The focused tile has all the room; the others pull nothing. */
  readonly isSingle: boolean;
  readonly isMuted: boolean;
  /** Tiles that were on the screen: their links are kept. */
  readonly opened: readonly boolean[];
  readonly lastTap: { readonly tile: number; readonly atMs: number } | null;
}

export type MultiEvent =
  | { type: 'setTiles'; tileCount: number }
  | { type: 'tap'; tile: number; nowMs: number }
  | { type: 'focus'; tile: number }
  | { type: 'setSingle'; isSingle: boolean }
  | { type: 'setMuted'; isMuted: boolean };

export type MultiEffect =
  | { run: 'emitFocus'; tile: number }
  | { run: 'emitLayout'; isSingle: boolean }
  | { run: 'emitMute'; isMuted: boolean };

export const INITIAL_MULTI_STATE: MultiState = {
  tileCount: 0,
  focus: 0,
  isSingle: false,
  isMuted: false,
  opened: [],
  lastTap: null,
};

type Result = readonly [MultiState, readonly MultiEffect[]];

/** Which pictures are shown, and which one is heard, as a pure machine. What changes nothing gives the same state back. */
export function multiStep(state: MultiState, event: MultiEvent): Result {
  switch (event.type) {
    case 'setTiles': {
      const tileCount = Math.min(event.tileCount, MAX_TILES);
      if (tileCount === state.tileCount) return [state, []];
      const opened = state.opened.slice(0, tileCount);
      const next = { ...state, tileCount, opened, lastTap: null };
      return state.focus < tileCount ? [open(next), []] : focus(next, 0);
    }
    case 'tap': {
      const { tile, nowMs: atMs } = event;
      const { lastTap } = state;
      const isDouble = lastTap !== null && lastTap.tile === tile && atMs - lastTap.atMs < DOUBLE_TAP_MS;
      // A third tap begins anew.
      const [next, effects] = focus({ ...state, lastTap: isDouble ? null : { tile, atMs } }, tile);
      if (!isDouble) return [next, effects];
      const [last, more] = setSingle(next, !next.isSingle);
      return [last, [...effects, ...more]];
    }
    case 'focus':
      return focus(state, event.tile);
    case 'setSingle':
      return setSingle(state, event.isSingle);
    case 'setMuted': {
      const { isMuted } = event;
      return isMuted === state.isMuted
        ? [state, []]
        : [{ ...state, isMuted }, [{ run: 'emitMute', isMuted }]];
    }
  }
}

export function isShown({ isSingle, focus: focused }: MultiState, tile: number): boolean {
  return !isSingle || tile === focused;
}

function focus(state: MultiState, tile: number): Result {
  const isTile = tile >= 0 && tile < Math.max(1, state.tileCount) && tile % 1 === 0;
  if (!isTile || tile === state.focus) return [state, []];
  return [open({ ...state, focus: tile }), [{ run: 'emitFocus', tile }]];
}

function setSingle(state: MultiState, isSingle: boolean): Result {
  if (isSingle === state.isSingle) return [state, []];
  return [open({ ...state, isSingle }), [{ run: 'emitLayout', isSingle }]];
}

function open(state: MultiState): MultiState {
  const opened = Array.from(
    { length: state.tileCount },
    (_, tile) => state.opened[tile] === true || isShown(state, tile),
  );
  return { ...state, opened };
}
