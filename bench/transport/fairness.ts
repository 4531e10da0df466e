import { StreamPriority } from '../../p2p-core/transport/types';
import { World } from '../../test/sim/world';
import type { Pair } from '../../test/sim/world';
import { atLeast, atMost, median, printTable, round } from '../lib/report';
import type { Row } from '../lib/report';
import { CONTROLLERS, fill } from './ours';

const MEGABITS = 10;
const DELAY_MS = 20;
/** The second flow comes late: the first one has the link for itself before. */
const SECOND_STARTS_MS = 5000;
const MEASURE_FROM_MS = 15_000;
const UNTIL_MS = 75_000;
const PRODUCT_BYTES = (MEGABITS * 1e6 * 2 * DELAY_MS) / 8000;

/** Mbit/s of two greedy downloads that share one link, and what the link's queue dropped, in packets of all sent. */
function runOnce(
  controllers: readonly [string, string],
  queueBytes: number,
  seed: number,
): { megabits: number[]; dropShare: number } {
  const world = new World(seed);
  const pairs: Pair[] = [];
  const arrivedBytes = [0, 0];
  const bottleneck = world.link(
    { delayMs: DELAY_MS, bitsPerSecond: MEGABITS * 1e6, queueBytes },
    (datagram) => pairs[datagram[3]!]!.client.receive(datagram),
  );
  controllers.forEach((controller, index) => {
    const pair: Pair = world.connect({
      forward: { delayMs: DELAY_MS },
      // The last byte of the connection id tells the flow: it is at the same place in every packet.
      serverOptions: { congestion: CONTROLLERS[controller]!, remoteConnectionId: index },
      client: (end) => ({
        onStreamData: (streamId, bytes) => {
          end.transport.consume(streamId, bytes.length);
          arrivedBytes[index]! += bytes.length;
        },
      }),
      server: () => ({ onWritable: (streamId) => fill(pair, streamId) }),
    });
    pair.server.out = bottleneck;
    pairs.push(pair);
    world.clock.at(index * SECOND_STARTS_MS, () => {
      fill(pair, pair.server.transport.openStream(StreamPriority.Download));
      pair.server.drive();
    });
  });
  world.run(MEASURE_FROM_MS);
  const before = [...arrivedBytes];
  world.run(UNTIL_MS);
  const seconds = (UNTIL_MS - MEASURE_FROM_MS) / 1000;
  const { droppedCount, deliveredCount } = bottleneck;
  return {
    megabits: arrivedBytes.map((bytes, i) => ((bytes - before[i]!) * 8) / seconds / 1e6),
    dropShare: droppedCount / (droppedCount + deliveredCount),
  };
}

export function benchFairness(seeds: readonly number[]): Row[] {
  const rows: Row[] = [];
  const lines: string[][] = [];
  const names = Object.keys(CONTROLLERS);
  const meetings = names.flatMap((first, i) => names.slice(i).map((second) => [first, second] as const));
  for (const [first, second] of meetings) {
    for (const products of [0.5, 1, 4]) {
      const results = seeds.map((seed) => runOnce([first, second], products * PRODUCT_BYTES, seed));
      const rates = [0, 1].map((i) => median(results.map(({ megabits }) => megabits[i]!)));
      const dropShare = median(results.map((result) => result.dropShare));
      const fairness = (rates[0]! + rates[1]!) ** 2 / (2 * (rates[0]! ** 2 + rates[1]! ** 2));
      const label = `${first} then ${second}, queue ${products} x the product`;
      lines.push([
        label,
        rates.map((rate) => rate.toFixed(2)).join(' / '),
        fairness.toFixed(3),
        `${(dropShare * 100).toFixed(1)} %`,
      ]);
      rows.push(
        { what: `fairness, ${label}: first`, value: round(rates[0]!), unit: 'Mbit/s' },
        first === 'bbr' && second === 'new-reno'
          ? atLeast(`fairness, ${label}: second`, rates[1]!, 'Mbit/s', 1)
          : { what: `fairness, ${label}: second`, value: round(rates[1]!), unit: 'Mbit/s' },
        { what: `fairness, ${label}: Jain's index`, value: round(fairness, 3), unit: '' },
        first === 'bbr' && second === 'bbr'
          ? atMost(`fairness, ${label}: dropped`, dropShare * 100, '%', 5)
          : { what: `fairness, ${label}: dropped`, value: round(dropShare * 100), unit: '%' },
      );
    }
  }
  printTable(
    `two greedy flows in ${MEGABITS} Mbit/s, RTT 40 ms, the second 5 s later; 60 s from second 15 (median of ${seeds.length} seeds)`,
    ['', 'Mbit/s', "Jain's index", 'dropped'],
    lines,
  );
  return rows;
}
