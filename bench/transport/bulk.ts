import { World } from '../../test/sim/world';
import { atLeast, median, printTable, round } from '../lib/report';
import type { Row } from '../lib/report';
import type { Contender } from './contender';

const SECONDS = 10;
/** Startup is not part of the figure. */
const WARM_UP_MS = 1000;
const DELAY_MS = 20;

async function runOnce(
  contender: Contender,
  megabits: number,
  lossRate: number,
  seed: number,
): Promise<number> {
  const world = new World(seed);
  let arrivedBytes = 0;
  // One bandwidth-delay product, at least 64 kB: what a home router keeps.
  const queueBytes = Math.max(65_536, (megabits * 1e6 * 2 * DELAY_MS) / 8000);
  const down = { delayMs: DELAY_MS, lossRate, bitsPerSecond: megabits * 1e6, queueBytes };
  const up = { delayMs: DELAY_MS, lossRate };
  const connection = await contender.connect(world, { down, up }, (_kind, byteCount) => {
    arrivedBytes += byteCount;
  });
  connection.fillDownload();
  const startMs = world.clock.nowMs() + WARM_UP_MS;
  await connection.run(startMs);
  const before = arrivedBytes;
  await connection.run(startMs + SECONDS * 1000);
  connection.close();
  return ((arrivedBytes - before) * 8) / SECONDS / 1e6;
}

export async function benchBulk(contenders: Contender[], seeds: readonly number[]): Promise<Row[]> {
  const rows: Row[] = [];
  const lines: string[][] = [];
  for (const lossRate of [0, 0.01]) {
    for (const megabits of [3, 10, 25, 50]) {
      const label = `${megabits} Mbit/s, loss ${lossRate * 100} %`;
      const line = [label];
      for (const contender of contenders) {
        const rates: number[] = [];
        for (const seed of seeds) rates.push(await runOnce(contender, megabits, lossRate, seed));
        const rate = median(rates);
        line.push(`${rate.toFixed(1)} (${(rate / megabits).toFixed(2)})`);
        const what = `bulk, ${label}, ${contender.name}: share of the link`;
        rows.push(
          contender === contenders[0]
            ? atLeast(what, rate / megabits, '', 0.9)
            : { what, value: round(rate / megabits), unit: '' },
        );
      }
      lines.push(line);
    }
  }
  printTable(
    `greedy download, RTT 40 ms: Mbit/s after the first second (share of the link; median of ${seeds.length} seeds)`,
    ['', ...contenders.map((contender) => contender.name)],
    lines,
  );
  return rows;
}
