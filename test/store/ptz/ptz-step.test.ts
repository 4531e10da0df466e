import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { INITIAL_PTZ_STATE, ptzStep } from '../../../store/ptz/ptz-step';
import type { PtzCommand, PtzEffect, PtzEvent, PtzOutcome, PtzState } from '../../../store/ptz/ptz-step';

const OK: PtzOutcome = { isDone: true, isAtEnd: false, position: null, errcode: 0, errmsg: '' };
const LOST: PtzOutcome = { ...OK, isDone: false, errcode: -2809 };

/** The machine with a camera that answers when the test says so. */
class Pad {
  state: PtzState = INITIAL_PTZ_STATE;
  readonly effects: PtzEffect[] = [];

  constructor(isLinkUp = true) {
    if (isLinkUp) this.feed({ type: 'linkUp' });
  }

  feed(...events: PtzEvent[]): this {
    for (const event of events) {
      const [state, effects] = ptzStep(this.state, event);
      this.state = state;
      this.effects.push(...effects);
    }
    return this;
  }

  answer(outcome: PtzOutcome = OK): this {
    return this.feed({ type: 'answered', epoch: this.state.epoch, outcome });
  }

  get sent(): string[] {
    return this.effects.flatMap((effect) => (effect.run === 'send' ? [nameOf(effect.command)] : []));
  }

  count(run: PtzEffect['run']): number {
    return this.effects.filter((effect) => effect.run === run).length;
  }
}

function nameOf(command: PtzCommand): string {
  if (command.kind === 'press') return command.key;
  return command.kind === 'release' ? 'release' : `${command.kind} ${command.index}`;
}

const LEFT: PtzEvent = { type: 'press', key: 'left' };
const LIFT_LEFT: PtzEvent = { type: 'lift', key: 'left' };
const UP: PtzEvent = { type: 'press', key: 'up' };

describe('press and release', () => {
  test('a press is told at once, its release when it is due after the lift', () => {
    const pad = new Pad().feed(LEFT);
    assert.deepEqual(pad.sent, ['left']);
    pad.answer().feed(LIFT_LEFT);
    assert.deepEqual([pad.sent, pad.count('armRelease')], [['left'], 1]);
    pad.feed({ type: 'releaseDue' });
    assert.deepEqual(pad.sent, ['left', 'release']);
    assert.equal(pad.answer().state.owesRelease, false);
  });

  test('a new press cancels a pending release', () => {
    const pad = new Pad().feed(LEFT).answer().feed(LIFT_LEFT, UP).answer().feed({ type: 'releaseDue' });
    assert.deepEqual(pad.sent, ['left', 'up']);
    assert.equal(pad.effects.at(-1)!.run, 'report');
    assert.ok(pad.count('disarmRelease') >= 2);
    assert.equal(pad.state.motion.phase, 'holding');
  });

  test('the lift of another finger changes nothing', () => {
    const pad = new Pad().feed(LEFT).answer().feed(UP).answer();
    const { state } = pad;
    assert.equal(pad.feed(LIFT_LEFT).state, state);
    assert.equal(pad.feed({ type: 'lift', key: 'up' }).state.motion.phase, 'trailing');
  });

  test('a key that repeats presses once', () => {
    assert.deepEqual(new Pad().feed(LEFT, LEFT, LEFT).sent, ['left']);
  });

  test('one command at a time is on its way, and the newest waits', () => {
    const pad = new Pad().feed(LEFT, UP, { type: 'halt' });
    assert.deepEqual(pad.sent, ['left']);
    assert.deepEqual(pad.answer().sent, ['left', 'release']);
  });

  test('hiding the page releases at once', () => {
    const held = new Pad().feed(LEFT).answer().feed({ type: 'halt' });
    assert.deepEqual(held.sent, ['left', 'release']);
    const trailing = new Pad().feed(LEFT).answer().feed(LIFT_LEFT, { type: 'halt' });
    assert.deepEqual(trailing.sent, ['left', 'release']);
    assert.deepEqual(new Pad().feed({ type: 'halt' }).sent, []);
  });

  test('a release that gets lost is told again, three times in all', () => {
    const pad = new Pad().feed(LEFT).answer().feed({ type: 'halt' });
    pad.answer(LOST).answer(LOST).answer(LOST).answer(LOST);
    assert.deepEqual(pad.sent, ['left', 'release', 'release', 'release']);
    assert.equal(pad.state.owesRelease, true);
  });

  test('a press that failed is released all the same: it may have come through', () => {
    const pad = new Pad().feed(LEFT).answer(LOST).feed(LIFT_LEFT, { type: 'releaseDue' });
    assert.deepEqual(pad.sent, ['left', 'release']);
  });
});

describe('the link', () => {
  test('without it nothing is pressed', () => {
    const pad = new Pad(false).feed(LEFT, { type: 'preset', action: 'gotoPreset', index: 1 });
    assert.deepEqual(pad.sent, []);
    assert.equal(pad.state, INITIAL_PTZ_STATE);
  });

  test('a disconnect ends the motion; the camera is told as soon as the link is back', () => {
    const pad = new Pad().feed(LEFT).answer().feed({ type: 'linkDown' });
    assert.equal(pad.state.motion.phase, 'still');
    assert.deepEqual(pad.sent, ['left']);
    pad.feed({ type: 'linkUp' });
    assert.deepEqual(pad.sent, ['left', 'release']);
    assert.equal(pad.answer().feed({ type: 'linkDown' }, { type: 'linkUp' }).sent.length, 2);
  });

  test('the answer of a command from before a disconnect is late', () => {
    const pad = new Pad().feed(LEFT);
    const { epoch } = pad.state;
    pad.feed({ type: 'linkDown' }, { type: 'linkUp' });
    const { state } = pad;
    assert.equal(pad.feed({ type: 'answered', epoch, outcome: OK }).state, state);
  });
});

describe('what the user is told', () => {
  test('the end of an axis, with a stronger vibration, for a moment', () => {
    const pad = new Pad().feed(LEFT).answer({ ...OK, isAtEnd: true });
    assert.deepEqual(pad.state.notice, { kind: 'end', key: 'left' });
    assert.deepEqual(
      pad.effects.filter((effect) => effect.run === 'vibrate'),
      [
        { run: 'vibrate', strength: 'light' },
        { run: 'vibrate', strength: 'heavy' },
      ],
    );
    assert.equal(pad.count('armNotice'), 1);
    assert.equal(pad.feed({ type: 'noticeDue' }).state.notice, null);
  });

  test('a command that the camera does not know, and one that failed', () => {
    assert.deepEqual(new Pad().feed(LEFT).answer({ ...OK, isDone: false }).state.notice, {
      kind: 'unsupported',
    });
    assert.deepEqual(new Pad().feed(LEFT).answer(LOST).state.notice, { kind: 'failed', errcode: -2809 });
  });

  test('a preset that was saved', () => {
    const pad = new Pad().feed({ type: 'preset', action: 'setPreset', index: 3 });
    assert.deepEqual(pad.sent, ['setPreset 3']);
    assert.deepEqual(pad.answer().state.notice, { kind: 'saved', index: 3 });
  });
});

describe('presets', () => {
  const GOTO: PtzEvent = { type: 'preset', action: 'gotoPreset', index: 1 };

  test('a camera that turns is released before it goes to one', () => {
    const held = new Pad().feed(LEFT).answer().feed(GOTO);
    assert.deepEqual(held.sent, ['left', 'release']);
    assert.deepEqual(held.answer().sent, ['left', 'release', 'gotoPreset 1']);
    const pressing = new Pad().feed(LEFT, GOTO).answer().answer();
    assert.deepEqual(pressing.sent, ['left', 'release', 'gotoPreset 1']);
    assert.equal(pressing.answer().state.owesRelease, false);
  });

  test('a camera that hears no release is sent there all the same', () => {
    const pad = new Pad().feed(LEFT).answer().feed(GOTO).answer(LOST).answer(LOST).answer(LOST);
    assert.deepEqual(pad.sent, ['left', 'release', 'release', 'release', 'gotoPreset 1']);
  });
});

describe('destroying', () => {
  test('closes at once when nothing is under way', () => {
    const pad = new Pad().feed({ type: 'destroy' });
    assert.deepEqual(pad.effects, [{ run: 'close' }]);
  });

  test('releases first, also behind a press that is still on its way, and then closes', () => {
    const pad = new Pad().feed(LEFT, { type: 'destroy' });
    assert.equal(pad.count('close'), 0);
    pad.answer();
    assert.deepEqual(pad.sent, ['left', 'release']);
    assert.equal(pad.count('close'), 0);
    assert.equal(pad.answer().count('close'), 1);
  });

  test('closes when the link goes or the release fails, and tries no more', () => {
    assert.equal(new Pad().feed(LEFT, { type: 'destroy' }, { type: 'linkDown' }).count('close'), 1);
    const pad = new Pad().feed(LEFT).answer().feed({ type: 'destroy' }).answer(LOST);
    assert.deepEqual([pad.sent, pad.count('close')], [['left', 'release'], 1]);
  });
});

test('after every order of events the camera stands still, was told so, and everything is closed once', () => {
  const events: PtzEvent[] = [
    LEFT,
    LIFT_LEFT,
    UP,
    { type: 'halt' },
    { type: 'releaseDue' },
    { type: 'linkUp' },
    { type: 'linkDown' },
    { type: 'preset', action: 'gotoPreset', index: 1 },
    { type: 'answered', epoch: -1, outcome: OK },
    { type: 'answered', epoch: -2, outcome: LOST },
  ];
  let count = 0;
  const walk = (state: PtzState, isTurning: boolean, depth: number): void => {
    count++;
    finish(state, isTurning);
    if (depth === 0) return;
    for (const each of events) {
      const event = each.type === 'answered' ? { ...each, epoch: state.epoch } : each;
      const [next, effects] = ptzStep(state, event);
      assert.ok(effects.filter((effect) => effect.run === 'send').length <= 1);
      walk(next, turns(state, event, isTurning), depth - 1);
    }
  };
  walk(INITIAL_PTZ_STATE, false, 5);
  assert.ok(count > 100_000);
});

/** Whether the camera turns, as the worst case has it: a press counts when it is sent, a release when it is answered. */
function turns(before: PtzState, event: PtzEvent, isTurning: boolean): boolean {
  const [, effects] = ptzStep(before, event);
  let now = isTurning;
  if (event.type === 'answered' && before.sent?.kind === 'release' && event.outcome.errcode === 0)
    now = false;
  for (const effect of effects) if (effect.run === 'send' && effect.command.kind === 'press') now = true;
  return now;
}

/** Comes back to a link, lets go, answers all, and destroys. */
function finish(state: PtzState, isTurning: boolean): void {
  let now = state;
  let turning = isTurning;
  let closes = 0;
  const feed = (event: PtzEvent): void => {
    turning = turns(now, event, turning);
    const [next, effects] = ptzStep(now, event);
    closes += effects.filter((effect) => effect.run === 'close').length;
    now = next;
  };
  const answerAll = (): void => {
    while (now.sent !== null) feed({ type: 'answered', epoch: now.epoch, outcome: OK });
  };
  feed({ type: 'linkUp' });
  feed({ type: 'halt' });
  answerAll();
  // Three releases in a row that got lost are told again with the next link.
  if (now.owesRelease && state.failedReleases > 0) {
    feed({ type: 'linkDown' });
    feed({ type: 'linkUp' });
    answerAll();
  }
  assert.equal(turning, false, 'the camera still turns');
  assert.equal(now.owesRelease, false);
  feed({ type: 'destroy' });
  answerAll();
  feed({ type: 'linkDown' });
  assert.equal(closes, 1);
}
