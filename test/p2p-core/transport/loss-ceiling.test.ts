import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createBbr } from '../../../p2p-core/transport/congestion/bbr';
import { LossCeiling } from '../../../p2p-core/transport/congestion/loss-ceiling';
import { createNewReno } from '../../../p2p-core/transport/congestion/new-reno';
import { StreamPriority } from '../../../p2p-core/transport/types';
import type { AckSample, CongestionFactory } from '../../../p2p-core/transport/types';
import type { LinkOptions } from '../../sim/link';
import { lossy, wifiLossy } from '../../sim/presets';
import { World } from '../../sim/world';
import type { Pair } from '../../sim/world';

const chunk = new Uint8Array(64 * 1024);
const MIN_RTT_MS = 40;
const TARGET_BYTES = 1e6;
const PACKET = 1200;

/** Greedy downloads that share one link, each a second after the one before: Mbit/s of each, and the queue's drops. */
function share(
  controllers: CongestionFactory[],
  link: LinkOptions,
  seed: number,
): { megabits: number[]; dropShare: number } {
  const world = new World(seed);
  const pairs: Pair[] = [];
  const arrived = controllers.map(() => 0);
  const bottleneck = world.link(link, (datagram) => pairs[datagram[3]!]!.client.receive(datagram));
  controllers.forEach((congestion, index) => {
    const fill = (id: number): void => {
      while (pair.server.transport.write(id, chunk) === chunk.length);
    };
    const pair: Pair = world.connect({
      forward: { delayMs: link.delayMs },
      serverOptions: { congestion, remoteConnectionId: index },
      client: (end) => ({
        onStreamData: (id, bytes) => {
          end.transport.consume(id, bytes.length);
          arrived[index]! += bytes.length;
        },
      }),
      server: () => ({ onWritable: fill }),
    });
    pair.server.out = bottleneck;
    pairs.push(pair);
    world.clock.at(index * 1000, () => {
      fill(pair.server.transport.openStream(StreamPriority.Download));
      pair.server.drive();
    });
  });
  world.run(5000);
  const before = [...arrived];
  const drops = bottleneck.droppedCount;
  const delivered = bottleneck.deliveredCount;
  world.run(25_000);
  const dropped = bottleneck.droppedCount - drops;
  return {
    megabits: arrived.map((bytes, i) => ((bytes - before[i]!) * 8) / 20e6),
    dropShare: dropped / (dropped + bottleneck.deliveredCount - delivered),
  };
}

describe('BBR flows in a queue that is too short for them', () => {
  const link = { delayMs: 20, bitsPerSecond: 10e6 };
  for (const [queueBytes, mostDrops] of [
    [25_000, 0.045],
    [50_000, 0.03],
  ] as const) {
    test(`of ${queueBytes} bytes share the link and lose at most ${mostDrops * 100} %`, () => {
      for (const seed of [1, 2, 3]) {
        const { megabits, dropShare } = share([createBbr, createBbr], { ...link, queueBytes }, seed);
        assert.ok(dropShare < mostDrops, `seed ${seed}: ${dropShare}`);
        assert.ok(Math.min(...megabits) > 3.5, `seed ${seed}: ${megabits.join(', ')}`);
        assert.ok(megabits[0]! + megabits[1]! > 9.2, `seed ${seed}: ${megabits.join(', ')}`);
      }
    });
  }

  test('leave a flow that halves on every loss more than a tenth', () => {
    for (const seed of [1, 2, 3]) {
      const { megabits } = share([createBbr, createNewReno], { ...link, queueBytes: 50_000 }, seed);
      assert.ok(megabits[1]! > 1, `seed ${seed}: ${megabits.join(', ')}`);
    }
  });
});

describe('a radio link that loses without being full', () => {
  const seeds = [1, 2, 3];
  test('keeps nine tenths of its rate at 5 and at 10 % loss', () => {
    for (const lossRate of [0.05, 0.1]) {
      for (const seed of seeds) {
        const link = { delayMs: 30, bitsPerSecond: 10e6, queueBytes: 100_000, lossRate };
        const [rate] = share([createBbr], link, seed).megabits;
        assert.ok(rate! > 0.9 * (1 - lossRate) * 10 * 0.97, `seed ${seed}: ${rate}`);
      }
    }
  });

  test('keeps two thirds of it when jitter lifts every round trip as well', () => {
    for (const [link, least] of [
      [wifiLossy, 0.65],
      [lossy, 0.8],
    ] as const) {
      for (const seed of seeds) {
        const [rate] = share([createBbr], link, seed).megabits;
        assert.ok(rate! > (least * link.bitsPerSecond!) / 1e6, `seed ${seed}: ${rate}`);
      }
    }
  });
});

describe('the loss ceiling', () => {
  const sample = (rttMs: number, ackedBytes = 20 * PACKET): AckSample =>
    ({ rttMs, ackedBytes }) as unknown as AckSample;
  function round(ceiling: LossCeiling, rtts: number[], lostPackets: number, isAppLimited = false): boolean {
    for (const rttMs of rtts) ceiling.onAck(sample(rttMs));
    ceiling.onLoss(lostPackets * PACKET);
    return ceiling.endRound(MIN_RTT_MS, 80 * PACKET, isAppLimited, TARGET_BYTES);
  }

  test('comes of loss in a round whose trips were all long, and alike', () => {
    const congested = (rtts: number[], lost: number, isAppLimited = false): boolean =>
      round(new LossCeiling(PACKET), rtts, lost, isAppLimited);
    assert.ok(congested([58, 60, 59], 6));
    assert.equal(congested([41, 60, 59], 6), false, 'one short trip');
    assert.equal(congested([50, 60, 66], 6), false, 'jitter');
    assert.equal(congested([58, 60, 59], 2), false, 'chance');
    assert.equal(congested([58, 60, 59, 58, 60, 59, 58, 60], 3), false, 'less than 2 %');
    assert.equal(congested([], 6), false, 'no trip was measured');
    assert.equal(congested([58, 60, 59], 6, true), false, 'the program sent less than it may');
  });

  test('is 0.7 of what was in flight, waits a round, and rises ever faster until it is none', () => {
    const ceiling = new LossCeiling(PACKET);
    assert.ok(round(ceiling, [60], 6));
    assert.equal(Math.round(ceiling.bytes), Math.round(86 * PACKET * 0.7));
    assert.equal(round(ceiling, [60], 6), false, 'what was reduced does not show yet');
    let before = ceiling.bytes;
    const steps: number[] = [];
    for (let i = 0; i < 300 && ceiling.bytes < Infinity; i++) {
      assert.equal(round(ceiling, [45], 0), false);
      steps.push(ceiling.bytes - before);
      before = ceiling.bytes;
    }
    assert.deepEqual(
      steps.slice(0, 3).map((bytes) => Math.round(bytes)),
      [1200, 1350, 1500],
    );
    assert.ok(steps.length < 120, `${steps.length} rounds to twice ${TARGET_BYTES / 2} bytes`);
  });

  test('does not count what arrived after all', () => {
    const ceiling = new LossCeiling(PACKET);
    ceiling.onLoss(6 * PACKET);
    ceiling.onSpuriousLoss(6 * PACKET);
    assert.equal(round(ceiling, [60], 0), false);
  });
});
