import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { INITIAL_PLAYBACK_STATE, playbackStep } from '../../../store/playback/playback-step';
import type {
  PlaybackCommand,
  PlaybackEffect,
  PlaybackEvent,
  PlaybackState,
} from '../../../store/playback/playback-step';

const PERIODS = [
  { startS: 1000, endS: 1100, type: 0 },
  { startS: 1200, endS: 1300, type: 1 },
  { startS: 1300, endS: 1400, type: 0 },
];

/** The machine with what it asked for since it was last looked at. */
class Machine {
  state: PlaybackState = INITIAL_PLAYBACK_STATE;
  private effects: PlaybackEffect[] = [];

  constructor() {
    this.on({ type: 'setPeriods', periods: PERIODS });
    this.asked();
  }

  on(...events: PlaybackEvent[]): this {
    for (const event of events) {
      const [state, effects] = playbackStep(this.state, event);
      this.state = state;
      this.effects.push(...effects);
    }
    return this;
  }

  /** The answer to the newest command. */
  answer(command: PlaybackCommand, isOk = true, progressMs = 0): this {
    return this.on({ type: 'answered', command, epoch: this.state.epoch, isOk, progressMs });
  }

  playing(timeMs = 1_000_000): this {
    this.on({ type: 'playAt', timeMs }, { type: 'pulled' }, { type: 'data' });
    assert.equal(this.state.phase, 'playing');
    this.asked();
    return this;
  }

  asked(): string[] {
    const { effects } = this;
    this.effects = [];
    return effects.filter(({ run }) => run !== 'armPoll' && run !== 'disarmPoll').map(textOf);
  }
}

function textOf(effect: PlaybackEffect): string {
  switch (effect.run) {
    case 'open':
    case 'aim':
    case 'close':
      return effect.pull === null
        ? effect.run
        : `${effect.run} ${effect.pull.startS}-${effect.pull.endS}${effect.pull.speed === 1 ? '' : ` ${effect.pull.speed}x`}`;
    case 'ask':
      return effect.command === 'seek' ? `seek ${effect.progressMs}` : effect.command;
    case 'tellBroken':
      return `broken ${effect.period.startS}`;
    default:
      return effect.run;
  }
}

describe('playing recordings', () => {
  test('begins at the chosen moment, and behind a gap with the next recording', () => {
    const machine = new Machine().on({ type: 'playAt', timeMs: 1_050_400 });
    assert.deepEqual(machine.asked(), ['open 1050-1100']);
    assert.equal(machine.state.positionMs, 1_050_400);
    machine.on({ type: 'playAt', timeMs: 1_150_000 });
    assert.deepEqual(machine.asked(), ['open 1200-1300']);
    assert.equal(machine.state.positionMs, 1_200_000);
    machine.on({ type: 'playAt', timeMs: 2_000_000 });
    assert.deepEqual(machine.asked(), []);
  });

  test('near the end of a recording it pulls the five seconds that cameras want, and seeks', () => {
    const machine = new Machine().on({ type: 'playAt', timeMs: 1_098_000 });
    assert.deepEqual(machine.asked(), ['open 1095-1100']);
    machine.on({ type: 'pulled' }, { type: 'data' });
    assert.deepEqual(machine.asked(), ['seek 3000']);
    machine.answer('seek').on({ type: 'pollDue' });
    assert.deepEqual(machine.asked(), ['progress']);
  });

  test('the position is what the camera says, less what the player holds, and moves by nothing else', () => {
    const machine = new Machine().playing();
    const before = machine.state.positionMs;
    machine.on({ type: 'pollDue' }, { type: 'pollDue' });
    assert.equal(machine.state.positionMs, before);
    machine.answer('progress', true, 7_100);
    assert.equal(machine.state.positionMs, 1_007_000);
    machine.on({ type: 'pollDue' }).answer('progress', false);
    assert.equal(machine.state.positionMs, 1_007_000);
  });

  test('a seek within the stream is a command; backwards beyond its start, or elsewhere, a new pull', () => {
    const machine = new Machine().playing(1_020_000).on({ type: 'playAt', timeMs: 1_060_000 });
    assert.deepEqual(machine.asked(), ['seek 40000']);
    machine.on({ type: 'pollDue' });
    assert.deepEqual(machine.asked(), [], 'progress would tell of the place before');
    machine.answer('seek').on({ type: 'playAt', timeMs: 1_010_000 });
    assert.deepEqual(machine.asked(), ['open 1010-1100']);
  });

  test('a seek that the camera refuses becomes a new pull', () => {
    const machine = new Machine().playing().on({ type: 'playAt', timeMs: 1_060_000 }).answer('seek', false);
    assert.deepEqual(machine.asked(), ['seek 60000', 'open 1060-1100']);
  });

  test('the answer to a question of before changes nothing', () => {
    const machine = new Machine().playing().on({ type: 'pollDue' });
    const { epoch } = machine.state;
    machine.on({ type: 'playAt', timeMs: 1_060_000 });
    machine.on({ type: 'answered', command: 'progress', epoch, isOk: true, progressMs: 2_000 });
    assert.equal(machine.state.positionMs, 1_060_000);
  });

  test('the next recording follows by itself, over a gap too, and the last one ends', () => {
    const machine = new Machine().playing().on({ type: 'end' });
    assert.deepEqual(machine.asked(), ['open 1200-1300']);
    machine.on({ type: 'pulled' }, { type: 'data' }, { type: 'end' });
    assert.deepEqual(machine.asked(), ['open 1300-1400']);
    machine.on({ type: 'pulled' }, { type: 'data' }, { type: 'end' });
    assert.deepEqual(machine.asked(), ['close 1300-1400']);
    assert.equal(machine.state.phase, 'ended');
    machine.on({ type: 'play' });
    assert.deepEqual(machine.asked(), ['open 1300-1400']);
  });

  test('another speed is another pull from the same place', () => {
    const machine = new Machine().playing().on({ type: 'pollDue' }).answer('progress', true, 10_100);
    machine.asked();
    machine.on({ type: 'setSpeed', speed: 4 });
    assert.deepEqual(machine.asked(), ['open 1010-1100 4x']);
    machine.on({ type: 'setSpeed', speed: 4 }, { type: 'setSpeed', speed: NaN });
    assert.deepEqual(machine.asked(), []);
  });
});

describe('a pause', () => {
  const paused = (): Machine => {
    const machine = new Machine().playing().on({ type: 'pause' });
    assert.deepEqual(machine.asked(), ['progress']);
    machine.answer('progress', true, 30_100);
    assert.deepEqual(machine.asked(), ['pause']);
    machine.answer('pause');
    assert.equal(machine.state.phase, 'paused');
    assert.deepEqual(machine.asked(), []);
    return machine;
  };

  test('asks where it is, then stops the camera; a living stream is resumed', () => {
    const machine = paused().on({ type: 'play' });
    assert.deepEqual(machine.asked(), ['resume']);
    machine.answer('resume');
    assert.equal(machine.state.phase, 'playing');
  });

  test('of a stream that went meanwhile ends with a new pull at the same place', () => {
    for (const type of ['gone', 'pulled', 'end'] as const) {
      const machine = paused().on({ type });
      assert.deepEqual(machine.asked(), ['close 1030-1100'], type);
      assert.equal(machine.state.phase, 'paused', type);
      machine.on({ type: 'play' });
      assert.deepEqual(machine.asked(), ['open 1030-1100'], type);
    }
  });

  test('a seek meanwhile is kept: alive it is made before playing on, gone it is where the pull begins', () => {
    const alive = paused().on({ type: 'playAt', timeMs: 1_060_000 });
    assert.deepEqual(alive.asked(), []);
    assert.equal(alive.state.positionMs, 1_060_000);
    alive.on({ type: 'play' });
    assert.deepEqual(alive.asked(), ['seek 60000']);
    alive.answer('seek');
    assert.deepEqual(alive.asked(), ['resume']);
    const gone = paused().on({ type: 'playAt', timeMs: 1_060_000 }, { type: 'gone' }, { type: 'play' });
    assert.deepEqual(gone.asked(), ['close 1060-1100', 'open 1060-1100']);
    const elsewhere = paused().on({ type: 'playAt', timeMs: 1_250_000 });
    assert.deepEqual(elsewhere.asked(), ['close 1250-1300']);
    assert.equal(elsewhere.state.phase, 'paused');
  });

  test('comes about also where the camera tells no progress, or knows no pause', () => {
    const machine = new Machine().playing().on({ type: 'pause' }).answer('progress', false);
    assert.deepEqual(machine.asked(), ['progress', 'pause']);
    machine.answer('pause', false);
    assert.deepEqual(machine.asked(), ['close 1000-1100']);
    assert.equal(machine.state.phase, 'paused');
  });

  test('before the first picture lets the pull go', () => {
    const machine = new Machine().on({ type: 'playAt', timeMs: 1_010_000 }, { type: 'pause' });
    assert.deepEqual(machine.asked(), ['open 1010-1100', 'close 1010-1100']);
    machine.on({ type: 'data' });
    assert.equal(machine.state.phase, 'paused', 'what was on its way changes nothing');
  });

  test('that is taken back at once plays on', () => {
    const machine = new Machine().playing().on({ type: 'pause' }, { type: 'play' });
    assert.deepEqual(machine.asked(), ['progress', 'resume']);
    machine.answer('resume');
    assert.equal(machine.state.phase, 'playing');
  });

  test('of a camera that does not resume ends with a new pull', () => {
    const machine = paused().on({ type: 'play' }).answer('resume', false);
    assert.deepEqual(machine.asked(), ['resume', 'open 1030-1100']);
  });
});

describe('recordings that fail', () => {
  const CLIP: PlaybackEvent = { type: 'broken', isClip: true, isFinal: false };

  test('are tried once more from where they broke, then left out, and the next one plays', () => {
    const machine = new Machine().playing().on(CLIP);
    assert.deepEqual(machine.asked(), ['open 1000-1100']);
    machine.on(CLIP);
    assert.deepEqual(machine.asked(), ['broken 1000', 'open 1200-1300']);
    assert.deepEqual(machine.state.broken, [1000]);
  });

  test('that the camera does not have are left out at once', () => {
    const machine = new Machine().on({ type: 'playAt', timeMs: 0 }).on({ ...CLIP, isFinal: true });
    assert.deepEqual(machine.asked(), ['open 1000-1100', 'broken 1000', 'open 1200-1300']);
  });

  test('far on count anew: two breaks ten seconds apart are not the same place', () => {
    const machine = new Machine().playing().on(CLIP, { type: 'pulled' }, { type: 'data' });
    machine.on({ type: 'pollDue' }).answer('progress', true, 10_100).on(CLIP);
    assert.deepEqual(machine.asked(), ['open 1000-1100', 'progress', 'open 1010-1100']);
  });

  test('when the link does wait at their place: the player tries again from there', () => {
    const machine = new Machine().playing().on({ type: 'pollDue' }).answer('progress', true, 20_100);
    machine.asked();
    machine.on({ type: 'broken', isClip: false, isFinal: false });
    assert.deepEqual(machine.asked(), ['aim 1020-1100']);
    assert.equal(machine.state.phase, 'failed');
    machine.on({ type: 'pulled' }, { type: 'data' });
    assert.equal(machine.state.phase, 'playing');
    assert.deepEqual(machine.asked(), []);
  });

  test('a player that pulls anew by itself gets the place, not the start', () => {
    const machine = new Machine().playing().on({ type: 'pollDue' }).answer('progress', true, 20_100);
    machine.asked();
    machine.on({ type: 'gone' }, { type: 'pulled' });
    assert.deepEqual(machine.asked(), ['open 1020-1100']);
  });
});

describe('the machine as a whole', () => {
  const EVENTS: PlaybackEvent[] = [
    { type: 'setPeriods', periods: [] },
    { type: 'setPeriods', periods: PERIODS },
    { type: 'playAt', timeMs: 1_050_000 },
    { type: 'playAt', timeMs: 1_399_900 },
    { type: 'play' },
    { type: 'pause' },
    { type: 'stop' },
    { type: 'setSpeed', speed: 2 },
    { type: 'pollDue' },
    { type: 'pulled' },
    { type: 'data' },
    { type: 'gone' },
    { type: 'end' },
    { type: 'broken', isClip: true, isFinal: false },
    { type: 'broken', isClip: false, isFinal: true },
    ...(['progress', 'pause', 'resume', 'seek'] as const).flatMap((command) =>
      [true, false].map((isOk): PlaybackEvent => ({
        type: 'answered',
        command,
        epoch: -1,
        isOk,
        progressMs: 5,
      })),
    ),
  ];

  test('holds its rules after any row of events (seed 7), and says nothing once it is destroyed', () => {
    let seed = 7;
    const next = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (let run = 0; run < 2000; run++) {
      const machine = new Machine();
      for (let i = 0; i < 40; i++) {
        const event = EVENTS[next(EVENTS.length)]!;
        machine.on(event.type === 'answered' ? { ...event, epoch: machine.state.epoch } : event);
        const { phase, index, periods, isAlive, positionMs } = machine.state;
        const where = `seed 7, run ${run}, step ${i}: ${phase} ${index}`;
        assert.ok(index < periods.length, where);
        assert.ok(phase === 'idle' || index >= 0, where);
        assert.ok(!isAlive || (phase !== 'idle' && phase !== 'ended' && phase !== 'failed'), where);
        assert.ok(Number.isFinite(positionMs), where);
        if (phase === 'playing' || phase === 'pausing' || phase === 'resuming') assert.ok(isAlive, where);
      }
      machine.asked();
      machine.on({ type: 'destroy' }).on(...EVENTS);
      assert.deepEqual(machine.asked(), ['release']);
    }
  });
});
