import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { INITIAL_VOICE_STATE, voiceStep } from '../../../store/voice/voice-step';
import type { VoiceEffect, VoiceEvent, VoicePhase, VoiceState } from '../../../store/voice/voice-step';

const ERROR = { errcode: -2806, errmsg: 'silent' };

/** Every event, its answers with the epoch of the state. */
function eventsFor({ epoch }: VoiceState): VoiceEvent[] {
  return [
    { type: 'start' },
    { type: 'stop' },
    { type: 'pageHide' },
    { type: 'asked', epoch, isAllowed: true },
    { type: 'asked', epoch, isAllowed: false },
    { type: 'settingsClosed', isAllowed: true },
    { type: 'linkUp' },
    { type: 'linkDown', error: ERROR },
    { type: 'checked', epoch, status: 0, error: null },
    { type: 'checked', epoch, status: 1, error: null },
    { type: 'checked', epoch, status: 0, error: ERROR },
    { type: 'started', epoch, error: null },
    { type: 'started', epoch, error: ERROR },
    { type: 'interrupted', epoch, isInterrupted: true },
    { type: 'uplink', epoch, isSlow: true },
    { type: 'ended', epoch, error: null },
    { type: 'destroy' },
  ];
}

/** The state in each phase, with the link up. */
function inPhase(phase: VoicePhase): VoiceState {
  let state = feed(INITIAL_VOICE_STATE, {
    type: phase === 'linking' ? 'linkDown' : 'linkUp',
    error: ERROR,
  } as VoiceEvent);
  if (phase === 'idle') return state;
  state = feed(state, { type: 'start' });
  if (phase === 'asking') return state;
  state = feed(state, { type: 'asked', epoch: state.epoch, isAllowed: true });
  if (phase === 'linking' || phase === 'checking') return state;
  state = feed(state, { type: 'checked', epoch: state.epoch, status: 0, error: null });
  if (phase === 'starting') return state;
  return feed(state, { type: 'started', epoch: state.epoch, error: null });
}

const feed = (state: VoiceState, event: VoiceEvent): VoiceState => voiceStep(state, event)[0];

const PHASES: VoicePhase[] = ['idle', 'asking', 'linking', 'checking', 'starting', 'talking'];

describe('the way to a talk', () => {
  test('asks the user, then the camera, then starts', () => {
    for (const phase of PHASES) assert.equal(inPhase(phase).phase, phase);
  });

  for (const [status, kind] of [
    [1, 'busy'],
    [405, 'overLimit'],
    [406, 'unsupported'],
    [404, 'unsupported'],
  ] as const) {
    test(`a camera that answers ${status} is ${kind}`, () => {
      const state = inPhase('checking');
      const [next, effects] = voiceStep(state, { type: 'checked', epoch: state.epoch, status, error: null });
      assert.deepEqual([next.phase, next.problem], ['idle', { kind }]);
      assert.deepEqual(effects, [{ run: 'emitState' }, { run: 'emitError', problem: { kind } }]);
    });
  }

  test('a camera whose status nobody can read is asked for the talk itself', () => {
    const state = inPhase('checking');
    for (const errcode of [-2808, -2811]) {
      const error = { errcode, errmsg: '' };
      assert.equal(feed(state, { type: 'checked', epoch: state.epoch, status: 0, error }).phase, 'starting');
    }
  });

  test('a refusal of the microphone is told, and solved by the settings', () => {
    const asking = inPhase('asking');
    const refused = feed(asking, { type: 'asked', epoch: asking.epoch, isAllowed: false });
    assert.deepEqual([refused.phase, refused.problem], ['idle', { kind: 'permission' }]);
    assert.equal(feed(refused, { type: 'settingsClosed', isAllowed: false }), refused);
    assert.equal(feed(refused, { type: 'settingsClosed', isAllowed: true }).problem, null);
  });
});

describe('every state and every event', () => {
  test('a stop ends every phase, and what was started is stopped', () => {
    for (const phase of PHASES) {
      const [next, effects] = voiceStep(inPhase(phase), { type: 'stop' });
      assert.equal(next.phase, 'idle');
      const mustStop = phase === 'starting' || phase === 'talking';
      assert.equal(
        effects.some(({ run }) => run === 'stopTalk'),
        mustStop,
        phase,
      );
    }
  });

  test('answers of an earlier start change nothing', () => {
    for (const phase of PHASES) {
      const state = inPhase(phase);
      for (const event of eventsFor({ ...state, epoch: state.epoch - 1 })) {
        if (!('epoch' in event)) continue;
        assert.equal(feed(state, event), state, `${phase} ${event.type}`);
      }
    }
  });

  test('a hidden page ends a talk, but not the question for the microphone', () => {
    assert.equal(feed(inPhase('talking'), { type: 'pageHide' }).phase, 'idle');
    for (const phase of PHASES.filter((each) => each !== 'talking')) {
      assert.equal(feed(inPhase(phase), { type: 'pageHide' }).phase, phase);
    }
  });

  test('a destroyed store does nothing, whatever comes', () => {
    for (const phase of PHASES) {
      const [state, effects] = voiceStep(inPhase(phase), { type: 'destroy' });
      assert.ok(!effects.some(({ run }) => run.startsWith('emit')), phase);
      assert.equal(effects.at(-1)!.run, 'close');
      for (const event of eventsFor(state)) assert.deepEqual(voiceStep(state, event), [state, []]);
    }
  });

  test('in every order: a talk is started once and stopped once, and no two run', () => {
    let count = 0;
    const walk = (state: VoiceState, isRunning: boolean, depth: number): void => {
      count++;
      for (const event of eventsFor(state)) {
        const [next, effects] = voiceStep(state, event);
        const running = follow(effects, isRunning);
        assert.equal(running, next.phase === 'starting' || next.phase === 'talking');
        if (next.problem !== null) assert.equal(next.phase, 'idle');
        if (depth > 0 && next !== state) walk(next, running, depth - 1);
      }
    };
    walk(INITIAL_VOICE_STATE, false, 7);
    assert.ok(count > 2000, `${count} states`);
  });
});

function follow(effects: readonly VoiceEffect[], before: boolean): boolean {
  let isRunning = before;
  for (const { run } of effects) {
    if (run === 'startTalk') {
      assert.equal(isRunning, false, 'a second talk');
      isRunning = true;
    } else if (run === 'stopTalk') {
      assert.equal(isRunning, true, 'nothing to stop');
      isRunning = false;
    }
  }
  return isRunning;
}
