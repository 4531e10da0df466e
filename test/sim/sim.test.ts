import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Link } from './link';
import type { LinkOptions } from './link';
import { Prng } from './prng';
import { VirtualClock } from './virtual-clock';

/** Sends `count` datagrams of 1000 bytes, one each `everyMs`; tells when each arrived, by its number. */
function sendThrough(
  options: LinkOptions,
  count: number,
  everyMs: number,
): { arrivals: [number, number][]; link: Link } {
  const clock = new VirtualClock();
  const arrivals: [number, number][] = [];
  const link = new Link(clock, new Prng(1), options, (datagram) => {
    arrivals.push([datagram[0]! | (datagram[1]! << 8), clock.nowMs()]);
  });
  for (let i = 0; i < count; i++) {
    clock.at(i * everyMs, () => {
      const datagram = new Uint8Array(1000);
      datagram[0] = i;
      datagram[1] = i >> 8;
      link.send(datagram);
    });
  }
  clock.run(1e9);
  return { arrivals, link };
}

describe('virtual clock', () => {
  test('fires in order of time, then in the order timers were set, and never a cleared one', () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.setTimer(() => fired.push('late'), 20);
    clock.setTimer(() => fired.push('first'), 10);
    clock.setTimer(() => fired.push('second'), 10);
    clock.clearTimer(clock.setTimer(() => fired.push('cleared'), 5));
    clock.setTimer(() => clock.setTimer(() => fired.push('nested'), 2), 10);
    clock.run(15);
    assert.deepEqual(fired, ['first', 'second', 'nested']);
    assert.equal(clock.nowMs(), 15);
    assert.equal(clock.pendingCount, 1);
    clock.run(100);
    assert.deepEqual(fired.at(-1), 'late');
  });

  test('stays in order with thousands of timers', () => {
    const clock = new VirtualClock();
    const random = new Prng(3);
    const fired: number[] = [];
    for (let i = 0; i < 3000; i++) clock.setTimer(() => fired.push(clock.nowMs()), random.int(0, 500));
    clock.run(1000);
    assert.equal(fired.length, 3000);
    assert.deepEqual(
      fired,
      [...fired].sort((a, b) => a - b),
    );
  });
});

describe('link', () => {
  test('delays by its delay and by the time its rate takes', () => {
    const { arrivals } = sendThrough({ delayMs: 20, bitsPerSecond: 1e6 }, 2, 0);
    assert.deepEqual(arrivals, [
      [0, 28],
      [1, 36],
    ]);
  });

  test('drops what its queue cannot hold', () => {
    const { arrivals, link } = sendThrough({ delayMs: 0, bitsPerSecond: 1e6, queueBytes: 5000 }, 20, 0);
    assert.equal(arrivals.length, 5);
    assert.equal(link.droppedCount, 15);
  });

  test('loses about as much as it is told, alone or in bursts', () => {
    const even = sendThrough({ delayMs: 1, lossRate: 0.1 }, 5000, 1).link;
    assert.ok(Math.abs(even.lostCount / 5000 - 0.1) < 0.02, `${even.lostCount}`);
    const burst = { enterRate: 0.02, leaveRate: 0.2, lossRate: 1 };
    const { arrivals, link } = sendThrough({ delayMs: 1, burst }, 5000, 1);
    assert.ok(Math.abs(link.lostCount / 5000 - 0.02 / 0.22) < 0.03, `${link.lostCount}`);
    const gaps = arrivals.slice(1).filter(([number], i) => number > arrivals[i]![0] + 1).length;
    assert.ok(link.lostCount / gaps > 3, 'losses come together');
  });

  test('keeps the order under jitter, breaks it when told to, and duplicates when told to', () => {
    const numbers = (options: LinkOptions): number[] =>
      sendThrough(options, 1000, 1).arrivals.map(([n]) => n);
    const jittery = numbers({ delayMs: 5, jitterMs: 30 });
    assert.deepEqual(
      jittery,
      [...jittery].sort((a, b) => a - b),
    );
    const reordered = numbers({ delayMs: 5, reorderRate: 0.1, reorderMs: 10 });
    assert.notDeepEqual(
      reordered,
      [...reordered].sort((a, b) => a - b),
    );
    assert.equal(new Set(reordered).size, 1000);
    assert.ok(numbers({ delayMs: 5, duplicateRate: 0.1 }).length > 1050);
  });
});
