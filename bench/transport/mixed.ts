import type { LinkOptions } from '../../test/sim/link';
import { VideoSource, percentile } from '../../test/sim/video-source';
import { World } from '../../test/sim/world';
import { atLeast, atMost, median, printTable, round } from '../lib/report';
import type { Row } from '../lib/report';
import type { Contender } from './contender';

const VIDEO_BITS_PER_SECOND = 1.5e6;
const BOTTLENECK_BITS_PER_SECOND = 3e6;
const SECONDS = 60;

const BOTTLENECKS: { label: string; queueBytes: number; lossRate: number }[] = [
  { label: 'queue 200 kB, loss 0.5 %', queueBytes: 200_000, lossRate: 0.005 },
  { label: 'queue 40 kB, loss 2 %', queueBytes: 40_000, lossRate: 0.02 },
];

interface Result {
  p50Ms: number;
  p95Ms: number;
  maxMs: number;
  downloadMegabits: number;
  /** Of the bottleneck's rate. */
  sentShare: number;
  queueDrops: number;
}

async function runOnce(contender: Contender, down: LinkOptions, seed: number): Promise<Result> {
  const world = new World(seed);
  const holder: { source?: VideoSource } = {};
  let downloadedBytes = 0;
  const up: LinkOptions = { delayMs: down.delayMs };
  if (down.lossRate !== undefined) up.lossRate = down.lossRate;
  const connection = await contender.connect(world, { down, up }, (kind, byteCount) => {
    if (kind === 'live') holder.source!.onData(byteCount);
    else downloadedBytes += byteCount;
  });
  const source = new VideoSource(
    world,
    { write: (_streamId, bytes) => connection.write(bytes) },
    0,
    VIDEO_BITS_PER_SECOND,
  );
  holder.source = source;
  const untilMs = world.clock.nowMs() + SECONDS * 1000;
  source.start(untilMs);
  connection.fillDownload();
  await connection.run(untilMs);
  connection.close();
  const delaysMs = [...source.delaysMs, ...source.waitingMs()];
  return {
    p50Ms: percentile(delaysMs, 0.5),
    p95Ms: percentile(delaysMs, 0.95),
    maxMs: Math.max(...delaysMs),
    downloadMegabits: (downloadedBytes * 8) / SECONDS / 1e6,
    sentShare: (connection.down.sentBytes * 8) / SECONDS / BOTTLENECK_BITS_PER_SECOND,
    queueDrops: connection.down.droppedCount,
  };
}

export async function benchMixed(contenders: Contender[], seeds: readonly number[]): Promise<Row[]> {
  const rows: Row[] = [];
  const lines: string[][] = [];
  for (const { label, queueBytes, lossRate } of BOTTLENECKS) {
    const down = { delayMs: 20, lossRate, bitsPerSecond: BOTTLENECK_BITS_PER_SECOND, queueBytes };
    for (const contender of contenders) {
      const results: Result[] = [];
      for (const seed of seeds) results.push(await runOnce(contender, down, seed));
      const middle = (key: keyof Result): number => median(results.map((result) => result[key]));
      const what = `mixed, ${label}, ${contender.name}`;
      lines.push([
        `${label}: ${contender.name}`,
        `${middle('p50Ms').toFixed(0)} / ${middle('p95Ms').toFixed(0)} / ${middle('maxMs').toFixed(0)}`,
        middle('downloadMegabits').toFixed(2),
        middle('sentShare').toFixed(3),
        middle('queueDrops').toFixed(0),
      ]);
      const isOurs = contender === contenders[0];
      rows.push(
        isOurs
          ? atMost(`${what}: video p95`, middle('p95Ms'), 'ms', 150)
          : { what: `${what}: video p95`, value: round(middle('p95Ms')), unit: 'ms' },
        isOurs
          ? atLeast(`${what}: download`, middle('downloadMegabits'), 'Mbit/s', 1.3)
          : { what: `${what}: download`, value: round(middle('downloadMegabits')), unit: 'Mbit/s' },
        isOurs
          ? atMost(`${what}: sent / bottleneck`, middle('sentShare'), '', 1.05)
          : { what: `${what}: sent / bottleneck`, value: round(middle('sentShare'), 3), unit: '' },
        { what: `${what}: queue drops`, value: middle('queueDrops'), unit: 'packets' },
      );
    }
  }
  printTable(
    `1.5 Mbit/s of live video beside a greedy download in 3 Mbit/s, RTT 40 ms, ${SECONDS} s (median of ${seeds.length} seeds)`,
    ['', 'video p50 / p95 / max ms', 'download Mbit/s', 'sent / bottleneck', 'queue drops'],
    lines,
  );
  return rows;
}
