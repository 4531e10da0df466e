import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { INITIAL_SESSION_STATE, sessionStep } from '../../../store/session/session-state';
import type { SessionInput, SessionState } from '../../../store/session/session-state';

const ERROR = { errcode: -2806, errmsg: 'silent' };
const isRunning = ({ phase }: SessionState): boolean => phase === 'starting' || phase === 'started';

/** Every event, with the epoch of the state or with an older one. */
function inputs(epoch: number): SessionInput[] {
  return [
    { type: 'moduleReady', epoch, error: null },
    { type: 'moduleReady', epoch, error: ERROR },
    { type: 'serviceDone', epoch, error: null },
    { type: 'serviceDone', epoch, error: ERROR },
    { type: 'connected', epoch, pathKind: 'host' },
    { type: 'disconnect', epoch, error: ERROR },
  ];
}
const ASKED: SessionInput[] = [{ type: 'start' }, { type: 'stop' }, { type: 'dropped', error: ERROR }];

/** Every phase that some sequence of events leads to; the epoch does not make a phase another one. */
function explore(): SessionState[] {
  const keyOf = (state: SessionState): string =>
    state.phase + (state.phase === 'started' ? state.pathKind : '');
  const seen = new Map([[keyOf(INITIAL_SESSION_STATE), INITIAL_SESSION_STATE]]);
  const queue = [INITIAL_SESSION_STATE];
  for (let state = queue.shift(); state !== undefined; state = queue.shift()) {
    for (const event of [...ASKED, ...inputs(state.epoch)]) {
      const [next] = sessionStep(state, event);
      if (seen.has(keyOf(next))) continue;
      seen.set(keyOf(next), Object.freeze(next));
      queue.push(next);
    }
  }
  return [...seen.values()];
}

const REACHABLE = explore();

describe('the session machine, every reachable state with every event', () => {
  test('reaches every phase', () => {
    assert.deepEqual([...new Set(REACHABLE.map(({ phase }) => phase))].sort(), [
      'idle',
      'lost',
      'readying',
      'started',
      'starting',
    ]);
  });

  test('a service is stopped exactly when it stops running, or came up too late', () => {
    for (const before of REACHABLE) {
      for (const event of [...ASKED, ...inputs(before.epoch), ...inputs(before.epoch - 1)]) {
        const [after, effects] = sessionStep(before, event);
        const stops = effects.filter(({ run }) => run === 'stopService').length;
        const isLate = event.type === 'serviceDone' && event.error === null && !isRunning(before);
        const expected = (isRunning(before) && !isRunning(after)) || isLate ? 1 : 0;
        assert.equal(stops, expected, `${before.phase} on ${JSON.stringify(event)}`);
      }
    }
  });

  test('an answer of an earlier start changes nothing', () => {
    for (const before of REACHABLE) {
      for (const event of inputs(before.epoch - 1)) {
        const [after, effects] = sessionStep(before, event);
        assert.equal(after, before);
        assert.ok(effects.every(({ run }) => run === 'stopService'));
      }
    }
  });

  test('an end is told once, after the stop, and makes every running answer a late one', () => {
    for (const before of REACHABLE) {
      for (const event of [...ASKED, ...inputs(before.epoch)]) {
        const [after, effects] = sessionStep(before, event);
        const ends = effects.filter(
          (effect) =>
            effect.run === 'tell' && (effect.event.type === 'failed' || effect.event.type === 'disconnected'),
        );
        assert.equal(ends.length, after.phase === 'lost' && before.phase !== 'lost' ? 1 : 0);
        if (ends.length === 0) continue;
        assert.equal(effects.at(-1), ends[0]);
        assert.ok(after.epoch > before.epoch);
      }
    }
  });

  test('stop leads to idle and start to readying from wherever there is nothing', () => {
    for (const before of REACHABLE) {
      assert.equal(sessionStep(before, { type: 'stop' })[0].phase, 'idle');
      const [after, effects] = sessionStep(before, { type: 'start' });
      const isNothing = before.phase === 'idle' || before.phase === 'lost';
      assert.equal(after.phase, isNothing ? 'readying' : before.phase);
      assert.equal(effects.length, isNothing ? 1 : 0);
    }
  });
});
