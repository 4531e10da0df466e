import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PlayerEffect } from '../../../store/player/player-effect';
import type { PlayerEvent } from '../../../store/player/player-event';
import {
  INITIAL_PLAYER_STATE,
  P2PStateEnum,
  PlayerStateEnum,
  StreamStateEnum,
  isPulling,
  isRequested,
  isStreamActive,
} from '../../../store/player/player-state';
import type { PlayerState } from '../../../store/player/player-state';
import type { SessionEvent } from '../../../store/session/session-state';
import { selectPhase } from '../../../store/player/player-view';
import { step } from '../../../store/player/step';
import { makeTarget } from '../support/player-world';

const NOW_MS = 60_000;
const ERROR = { errcode: -2806, errmsg: 'silent' };
const FATAL = { errcode: -2001, errmsg: 'bad ticket' };

type Answers = { current: PlayerEvent[]; stale: PlayerEvent[] };

/** Every event there is in the variants that matter; answers with the epoch of the state and with an older one. */
function eventsFor(state: PlayerState): Answers {
  const at = (delta: number): PlayerEvent[] => {
    const serviceEpoch = state.serviceEpoch + delta;
    const playerEpoch = state.playerEpoch + delta;
    const streamEpoch = state.streamEpoch + delta;
    const stopEpoch = state.stopEpoch + delta;
    const retryEpoch = state.retryEpoch + delta;
    const notify = (subtype: string, status = 0): PlayerEvent => ({
      type: 'notify',
      streamEpoch,
      notice: { subtype, status, error: null },
    });
    const session = (event: SessionEvent): PlayerEvent => ({ type: 'session', serviceEpoch, event });
    return [
      session({ type: 'readied' }),
      session({ type: 'started' }),
      session({ type: 'failed', stage: 'module', error: ERROR }),
      session({ type: 'failed', stage: 'service', error: ERROR }),
      session({ type: 'failed', stage: 'service', error: FATAL }),
      session({ type: 'connected', pathKind: 'host' }),
      session({ type: 'disconnected', error: ERROR }),
      notify('request'),
      notify('parsed', 200),
      notify('parsed', 503),
      notify('close'),
      notify('eof'),
      notify('fail'),
      notify('something new'),
      { type: 'checkDone', streamEpoch, error: null },
      { type: 'checkDone', streamEpoch, error: ERROR },
      { type: 'streamDone', streamEpoch, error: null },
      { type: 'streamDone', streamEpoch, error: ERROR },
      { type: 'streamDone', streamEpoch, error: { errcode: -2403, errmsg: '' } },
      { type: 'firstChunk', streamEpoch },
      { type: 'playerReady', playerEpoch },
      { type: 'playerStartPull', playerEpoch },
      { type: 'playerClose', playerEpoch, cacheMs: 0 },
      { type: 'playerClose', playerEpoch, cacheMs: 900 },
      { type: 'watchDue', streamEpoch },
      { type: 'playerError', playerEpoch, code: 'WECHAT_SERVER_ERROR', message: '' },
      { type: 'playerError', playerEpoch, code: 1, message: 'm' },
      { type: 'livePlayerError', playerEpoch, code: 1, message: 'm' },
      { type: 'livePlayerError', playerEpoch, code: 1, message: 'system permission denied' },
      { type: 'livePlayerState', playerEpoch, code: 2003, message: '' },
      { type: 'livePlayerState', playerEpoch, code: 2103, message: 'Failed to connect to' },
      { type: 'livePlayerState', playerEpoch, code: 2103, message: '' },
      { type: 'livePlayerState', playerEpoch, code: -2301, message: '' },
      { type: 'livePlayerState', playerEpoch, code: 2004, message: '' },
      { type: 'playerStopped', playerEpoch, stopEpoch },
      { type: 'playFailed', playerEpoch, message: 'm' },
      { type: 'retryDue', retryEpoch },
      { type: 'retryPlanned', retryEpoch, delayMs: 1000 },
      { type: 'retryDeclined', retryEpoch },
    ];
  };
  const asked: PlayerEvent[] = [
    { type: 'start', target: makeTarget() },
    { type: 'start', target: makeTarget({ hasStreamCheck: true }) },
    { type: 'clearTarget' },
    { type: 'play' },
    { type: 'stop' },
    { type: 'stopAll' },
    { type: 'changeFlv', filename: 'ipc.flv', params: 'quality=super' },
    { type: 'changeFlv', filename: '', params: '' },
    { type: 'setAutoRetry', isOn: true },
    { type: 'setAutoRetry', isOn: false },
    { type: 'pageHide' },
    { type: 'pageShow' },
    { type: 'destroy' },
    { type: 'networkChanged' },
    { type: 'cacheExceeded' },
  ];
  return { current: [...asked, ...at(0)], stale: at(-1) };
}

/** Two states that differ in epochs and times, or in which failure of a kind it was, behave alike. */
function keyOf(state: PlayerState): string {
  const { target, failure, retry, player, p2p, stream } = state;
  const flags = [
    state.isWanted,
    state.isPageVisible,
    state.mayRebuild,
    state.isDestroyed,
    state.hasService,
    state.isNetworkChanged,
    state.isPlayerMounted,
    state.isAutoplay,
    state.isPlayerStopping,
    state.hasFirstFrame,
    state.isAutoRetry,
    target !== null && target.flv.filename !== '',
    target !== null && target.hasStreamCheck,
    failure !== null,
    failure !== null && failure.isFatal,
  ];
  const bits = flags.reduce((sum, flag) => sum * 2 + (flag ? 1 : 0), 0);
  return `${player} ${p2p} ${stream} ${retry} ${target === null} ${bits}`;
}

/** Every state that some sequence of events leads to, one of each kind. */
function explore(): PlayerState[] {
  const seen = new Map<string, PlayerState>([[keyOf(INITIAL_PLAYER_STATE), INITIAL_PLAYER_STATE]]);
  const queue = [INITIAL_PLAYER_STATE];
  for (let state = queue.shift(); state !== undefined; state = queue.shift()) {
    for (const event of eventsFor(state).current) {
      const [next] = step(state, event, NOW_MS);
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.set(key, Object.freeze(next));
      queue.push(next);
    }
  }
  return [...seen.values()];
}

const REACHABLE = explore();

interface Pair {
  before: PlayerState;
  event: PlayerEvent;
  after: PlayerState;
  effects: readonly PlayerEffect[];
  runs: string[];
}

const RULES = new Map<string, { applies: 'current' | 'stale'; check: (pair: Pair) => void }>();
const rule = (
  sentence: string,
  check: (pair: Pair) => void,
  applies: 'current' | 'stale' = 'current',
): void => {
  RULES.set(sentence, { applies, check });
};

/** One walk over all pairs for all rules; gives what each rule found first. */
function checkRules(): Map<string, string> {
  const broken = new Map<string, string>();
  for (const before of REACHABLE) {
    const events = eventsFor(before);
    for (const kind of ['current', 'stale'] as const) {
      for (const event of events[kind]) {
        const [after, effects] = step(before, event, NOW_MS);
        const pair = { before, event, after, effects, runs: effects.map(({ run }) => run) };
        for (const [sentence, { applies, check }] of RULES) {
          if (applies !== kind || broken.has(sentence)) continue;
          try {
            check(pair);
          } catch (error) {
            const where = `in ${JSON.stringify(before)}\non ${JSON.stringify(event)}`;
            broken.set(sentence, `${(error as Error).message}\n${where}`);
          }
        }
      }
    }
  }
  return broken;
}

describe('the player machine, every reachable state with every event', () => {
  test('reaches every state of the three axes, and more than a thousand kinds of states in all', () => {
    const reached = new Set(REACHABLE.flatMap(({ player, p2p, stream }) => [player, p2p, stream]));
    const passedThrough = ['P2PInited', 'StreamReceivePull', 'StreamCheckSuccess'];
    const all = [PlayerStateEnum, P2PStateEnum, StreamStateEnum].flatMap((each) => Object.values(each));
    assert.deepEqual(
      all.filter((name) => !reached.has(name) && !passedThrough.includes(name)),
      [],
    );
    assert.ok(REACHABLE.length > 1000, `${REACHABLE.length} states`);
  });

  test('a pull needs a started service, a ready player and a visible page', () => {
    for (const state of REACHABLE) {
      if (!isStreamActive(state.stream)) continue;
      assert.deepEqual(
        [state.p2p, state.player, state.isPageVisible, state.isWanted, state.failure],
        ['ServiceStarted', 'PlayerReady', true, true, null],
      );
    }
  });

  test('a share of the session is held exactly from its start to its end', () => {
    const held = ['P2PIniting', 'P2PInited', 'ServicePreparing', 'ServiceStarted'];
    for (const { p2p, hasService } of REACHABLE) assert.equal(hasService, held.includes(p2p), p2p);
  });

  test('a failure shows a message with a way out, or says that only other properties help', () => {
    for (const state of REACHABLE) {
      if (state.retry === 'planned') assert.ok(state.failure && state.isPageVisible);
      if (state.target === null) assert.equal(selectPhase(state), 'idle');
      else if (state.failure && state.retry !== 'planned') assert.equal(selectPhase(state), 'error');
    }
  });

  test('from every failure that is not fatal, one tap prepares everything that a picture needs', () => {
    for (const state of REACHABLE) {
      if (!state.failure || state.failure.isFatal || !state.isPageVisible || !state.target) continue;
      const [after] = step(state, { type: 'play' }, NOW_MS);
      assert.equal(after.failure, null);
      assert.ok(after.player === 'PlayerPreparing' || after.player === 'PlayerReady', after.player);
      assert.ok(['P2PIniting', 'ServicePreparing', 'ServiceStarted'].includes(after.p2p), after.p2p);
    }
  });

  rule('an event never changes the state it was given, and gives the same answer again', (pair) => {
    // The states are frozen, so a change would throw.
    const again = step(pair.before, pair.event, NOW_MS);
    assert.equal(keyOf(again[0]), keyOf(pair.after));
    assert.equal(again[1].length, pair.effects.length);
  });

  rule('the last event of an axis tells the state that the axis is in', ({ before, after, effects }) => {
    const told = {
      playerStateChange: before.player as string,
      p2pStateChange: before.p2p as string,
      streamStateChange: before.stream as string,
    };
    for (const effect of effects) {
      if (effect.run !== 'emit') continue;
      const { name, detail } = effect.emission;
      if (name in told) told[name as keyof typeof told] = String(Object.values(detail)[0]);
    }
    assert.ok(told.playerStateChange === after.player, 'player');
    assert.ok(told.p2pStateChange === after.p2p, 'p2p');
    assert.ok(told.streamStateChange === after.stream, 'stream');
  });

  rule('a pull that was requested is stopped when it is over', ({ before, after, runs }) => {
    const isOver = after.streamEpoch !== before.streamEpoch || !isPulling(after.stream);
    if (isRequested(before.stream) && isOver) assert.ok(runs.includes('stopStream'));
  });

  rule('a pull is stopped before the next one is requested', ({ before, runs }) => {
    const start = runs.indexOf('startStream');
    if (start < 0 || !isRequested(before.stream)) return;
    assert.ok(runs.includes('stopStream') && runs.indexOf('stopStream') < start);
  });

  rule('a share is given back before the next one is taken or it is forgotten', ({ before, after, runs }) => {
    if (!before.hasService || after.serviceEpoch === before.serviceEpoch) return;
    assert.ok(runs.includes('stopService'));
    const start = runs.indexOf('startService');
    if (start >= 0) assert.ok(runs.indexOf('stopService') < start);
  });

  rule(
    'at most one failure is reported per event, and none while one is shown',
    ({ before, after, runs }) => {
      const reports = runs.filter((run) => run === 'reportFailure').length;
      assert.ok(reports <= 1);
      if (reports === 1) assert.ok(after.failure !== before.failure);
    },
  );

  rule('the native player is played only when no stop of it is under way', ({ after, runs }) => {
    if (runs.includes('playPlayer')) assert.equal(after.isPlayerStopping, false);
  });

  rule('a hidden page plays nothing, pulls nothing and plans no retry', ({ after, effects }) => {
    if (after.isPageVisible) return;
    for (const effect of effects) {
      assert.ok(effect.run !== 'playPlayer' && effect.run !== 'startStream');
      if (effect.run === 'reportFailure') assert.ok(effect.plan === null || effect.plan === 'onShow');
    }
  });

  rule('a timer of a retry that is not wanted any more is cancelled', ({ before, event, after, runs }) => {
    if (before.retry !== 'planned' || after.retryEpoch === before.retryEpoch) return;
    if (event.type !== 'retryDue') assert.ok(runs.includes('cancelRetry'));
  });

  rule('stopAll, clearTarget and destroy leave no pull, no service and no retry', ({ event, after }) => {
    if (event.type !== 'stopAll' && event.type !== 'clearTarget' && event.type !== 'destroy') return;
    assert.equal(isStreamActive(after.stream), false);
    assert.equal(after.hasService, false);
    assert.equal(after.retry, 'none');
    assert.equal(after.isWanted, false);
  });

  rule('stop ends the pull and keeps the service', ({ before, event, after }) => {
    if (event.type !== 'stop') return;
    assert.equal(isStreamActive(after.stream), false);
    assert.equal(after.hasService, before.hasService);
    assert.equal(after.p2p, before.p2p);
  });

  rule('after destroy every event is ignored', ({ before, after, effects }) => {
    if (!before.isDestroyed) return;
    assert.equal(after, before);
    assert.equal(effects.length, 0);
  });

  rule(
    'answers of an earlier epoch change nothing',
    ({ before, after, effects }) => {
      assert.equal(after, before);
      assert.equal(effects.length, 0);
    },
    'stale',
  );

  const broken = checkRules();
  for (const sentence of RULES.keys()) {
    test(sentence, () => assert.equal(broken.get(sentence), undefined));
  }
});

describe('the player machine, states that nothing leads to', () => {
  test('no combination of axes and event throws', () => {
    const target = makeTarget();
    for (const player of Object.values(PlayerStateEnum)) {
      for (const p2p of Object.values(P2PStateEnum)) {
        for (const stream of Object.values(StreamStateEnum)) {
          const state: PlayerState = { ...INITIAL_PLAYER_STATE, player, p2p, stream, target, isWanted: true };
          const { current, stale } = eventsFor(state);
          for (const event of [...current, ...stale]) {
            const [after] = step(state, event, NOW_MS);
            assert.equal(typeof after.player, 'string');
          }
        }
      }
    }
  });
});
