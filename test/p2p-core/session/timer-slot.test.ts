import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../../../p2p-core/port/port';
import { SessionTimer } from '../../../p2p-core/session/session-timer';
import { TimerSlot } from '../../../p2p-core/session/timer-slot';
import { VirtualClock } from '../../sim/virtual-clock';

const HOUR_MS = 3_600_000;

/** A host whose user sets the clock: its timers do not know. */
class SetClock implements Clock {
  readonly host = new VirtualClock();
  aheadMs = 0;
  nowMs = (): number => this.host.nowMs() + this.aheadMs;
  wallMs = (): number => this.host.wallMs() + this.aheadMs;
  setTimer = this.host.setTimer;
  clearTimer = this.host.clearTimer;
}

describe('a timer that follows a deadline', () => {
  test('is set anew when the clock was set forward beyond what it waits for', () => {
    const clock = new SetClock();
    const firedMs: number[] = [];
    const slot = new TimerSlot(clock, () => firedMs.push(clock.host.nowMs()));
    slot.arm(10_000);
    clock.host.run(100);
    clock.aheadMs = HOUR_MS;
    slot.arm(clock.nowMs() + 25);
    clock.host.run(20_000);
    assert.deepEqual(firedMs, [125]);
    assert.equal(clock.host.pendingCount, 0);
  });

  test('is left alone while it is a little late, as timers are', () => {
    const clock = new SetClock();
    const firedMs: number[] = [];
    const slot = new TimerSlot(clock, () => firedMs.push(clock.host.nowMs()));
    slot.arm(1000);
    clock.aheadMs = 1400;
    slot.arm(5000);
    clock.host.run(20_000);
    assert.deepEqual(firedMs, [1000]);
  });

  test('wakes a session in its time after the clock was set forward: an hour of it is no hour of the session', () => {
    const clock = new SetClock();
    let fired = 0;
    const timer: SessionTimer = new SessionTimer(clock, () => {
      fired++;
      timer.arm(timer.nowMs() + 10_000);
    });
    timer.arm(10_000);
    clock.host.run(100);
    clock.aheadMs = HOUR_MS;
    // What a session does with each datagram: it looks at the time, and waits for what is due next.
    for (let i = 0; i < 40; i++) {
      const atMs = timer.nowMs() + 25;
      timer.arm(atMs);
      clock.host.run(clock.host.nowMs() + 50);
    }
    assert.ok(fired >= 15, `${fired} wakes in 2 s`);
    assert.ok(timer.nowMs() < 15_000, `${timer.nowMs()} ms of the session`);
    assert.equal(timer.sleepCount, 1);
    timer.clear();
    assert.equal(clock.host.pendingCount, 0);
  });

  test('counts a sleep once, however often a session looks at the time before its timer comes', () => {
    const clock = new SetClock();
    const timer = new SessionTimer(clock, () => undefined);
    timer.arm(10_000);
    clock.aheadMs = HOUR_MS;
    assert.deepEqual([timer.nowMs(), timer.nowMs(), timer.nowMs()], [10_000, 10_000, 10_000]);
    assert.equal(timer.sleepCount, 1);
    timer.clear();
  });
});
