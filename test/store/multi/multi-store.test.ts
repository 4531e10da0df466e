import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLocale } from '../../../store/locale/locale';
import { INITIAL_MULTI_STATE, multiStep } from '../../../store/multi/multi-step';
import type { MultiEvent, MultiState } from '../../../store/multi/multi-step';
import { MultiStore } from '../../../store/multi/multi-store';
import type { MultiEmission, MultiTile } from '../../../store/multi/multi-store';

function makeStore(count = 4): { store: MultiStore; told: MultiEmission[]; clock: { nowMs: number } } {
  const told: MultiEmission[] = [];
  const clock = { nowMs: 0 };
  const store = new MultiStore({
    locale: createLocale('en'),
    nowMs: () => clock.nowMs,
    emit: (emission) => told.push(emission),
  });
  store.setQualities('standard', 'high');
  store.setTiles(
    Array.from({ length: count }, (_, channel) => ({ targetId: 'nvr', xp2pInfo: 'ticket', channel })),
  );
  return { store, told, clock };
}

const flags = (store: MultiStore, name: 'isShown' | 'isMuted' | 'isFocused' | 'isOpened'): boolean[] =>
  store.view.tiles.map((tile) => tile[name]);
const urls = (store: MultiStore): string[] =>
  store.view.tiles.map(({ flvUrl }) => flvUrl.replace(/.*channel=/, ''));

describe('several pictures at once', () => {
  test('the grid shows all in the small quality, and one is heard', () => {
    const { store } = makeStore();
    assert.deepEqual(flags(store, 'isShown'), [true, true, true, true]);
    assert.deepEqual(flags(store, 'isMuted'), [false, true, true, true]);
    assert.deepEqual(
      urls(store),
      [0, 1, 2, 3].map((channel) => `${channel}&quality=standard`),
    );
  });

  test('a tap moves the sound, a second one soon after enlarges, a third one does not shrink', () => {
    const { store, told, clock } = makeStore();
    store.tap(2);
    assert.deepEqual(flags(store, 'isMuted'), [true, true, false, true]);
    clock.nowMs = 200;
    store.tap(2);
    assert.equal(store.view.isSingle, true);
    assert.deepEqual(flags(store, 'isShown'), [false, false, true, false]);
    assert.deepEqual(urls(store)[2], '2&quality=high');
    assert.deepEqual(urls(store)[1], '1&quality=standard', 'what is hidden is not changed');
    clock.nowMs = 400;
    store.tap(2);
    assert.equal(store.view.isSingle, true);
    clock.nowMs = 500;
    store.tap(2);
    assert.equal(store.view.isSingle, false);
    assert.deepEqual(told, [
      { name: 'focusChange', detail: { index: 2 } },
      { name: 'layoutChange', detail: { isSingle: true } },
      { name: 'layoutChange', detail: { isSingle: false } },
    ]);
  });

  test('taps on two tiles, or slow ones, enlarge nothing', () => {
    const { store, clock } = makeStore();
    store.tap(1);
    store.tap(2);
    clock.nowMs = 300;
    store.tap(2);
    assert.equal(store.view.isSingle, false);
  });

  test('a tile that was never on the screen has no player, and one that was keeps it', () => {
    const { store } = makeStore(0);
    store.dispatch({ type: 'setSingle', isSingle: true });
    store.setTiles([0, 1, 2].map((channel) => ({ targetId: 'nvr', xp2pInfo: 'ticket', channel })));
    assert.deepEqual(flags(store, 'isOpened'), [true, false, false]);
    store.dispatch({ type: 'focus', tile: 2 });
    assert.deepEqual(flags(store, 'isOpened'), [true, false, true]);
    assert.deepEqual(flags(store, 'isShown'), [false, false, true]);
  });

  test('muted, nothing is heard, wherever the focus goes', () => {
    const { store } = makeStore();
    store.dispatch({ type: 'setMuted', isMuted: true });
    store.tap(3);
    assert.deepEqual(flags(store, 'isMuted'), [true, true, true, true]);
  });

  test('fewer tiles move the focus, more than four are left out, and what is no tile is an empty place', () => {
    const { store, told } = makeStore();
    store.dispatch({ type: 'focus', tile: 3 });
    store.setTiles([{ targetId: 'a', xp2pInfo: 'ticket' }]);
    assert.deepEqual(flags(store, 'isFocused'), [true]);
    assert.deepEqual(urls(store), ['0&quality=high'], 'one picture has all the room');
    assert.deepEqual(told.at(-1), { name: 'focusChange', detail: { index: 0 } });
    store.setTiles(Array<MultiTile>(9).fill({ targetId: 'a', xp2pInfo: 'ticket' }));
    assert.equal(store.view.tiles.length, 4);
    store.setTiles([null as unknown as MultiTile]);
    assert.equal(store.view.tiles[0]?.targetId, '');
  });

  test('the machine is total: whatever comes, the focus is a tile and the chosen one is shown', () => {
    const events: MultiEvent[] = [
      ...[0, 1, 4, 9].map((tileCount) => ({ type: 'setTiles', tileCount }) as const),
      ...[-1, 0, 3, 0.5, NaN].flatMap((tile) => [
        { type: 'focus', tile } as const,
        { type: 'tap', tile, nowMs: 100 } as const,
      ]),
      ...[true, false].flatMap((isOn) => [
        { type: 'setSingle', isSingle: isOn } as const,
        { type: 'setMuted', isMuted: isOn } as const,
      ]),
    ];
    let states: MultiState[] = [INITIAL_MULTI_STATE];
    for (let depth = 0; depth < 3; depth++) {
      states = states.flatMap((state) => events.map((event) => multiStep(state, event)[0]));
      for (const { tileCount, focus, opened } of states) {
        assert.ok(tileCount <= 4 && focus >= 0 && focus < Math.max(1, tileCount), `${tileCount} ${focus}`);
        assert.ok(tileCount === 0 || opened[focus], 'a player for the chosen tile');
      }
    }
  });
});
