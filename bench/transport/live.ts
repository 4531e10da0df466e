import { VideoSource, percentile } from '../../test/sim/video-source';
import { World } from '../../test/sim/world';
import { atLeast, atMost, median, printTable, round } from '../lib/report';
import type { Row } from '../lib/report';
import type { Contender, Path } from './contender';

const BITS_PER_SECOND = 2e6;
const SECONDS = 30;
/** What is under way when the camera stops gets this long to arrive. */
const DRAIN_MS = 5000;
/** Not a bottleneck: what is measured is delay and loss. */
const LINK = { bitsPerSecond: 20e6, queueBytes: 256 * 1024 };

export interface LivePath {
  label: string;
  path: Path;
  /** Of our default controller. */
  targetP99Ms?: number;
}

const evenLoss = (rttMs: number, lossRate: number, targetP99Ms?: number): LivePath => {
  const link = { ...LINK, delayMs: rttMs / 2, lossRate };
  return {
    label: `RTT ${rttMs} ms, loss ${lossRate * 100} %`,
    path: { down: link, up: link },
    ...(targetP99Ms === undefined ? {} : { targetP99Ms }),
  };
};

// In bursts of four packets, 5 % of all: the chance to enter is 0.05 / 0.95 / 4.
const bursty = { ...LINK, delayMs: 30, burst: { enterRate: 0.01316, leaveRate: 0.25, lossRate: 1 } };
const jittery = { ...LINK, delayMs: 20, jitterMs: 40, lossRate: 0.02 };
const plain = { ...LINK, delayMs: 20, lossRate: 0.02 };

export const LIVE_PATHS: LivePath[] = [
  evenLoss(40, 0),
  evenLoss(40, 0.02),
  evenLoss(40, 0.05),
  evenLoss(40, 0.1),
  evenLoss(100, 0, 75),
  evenLoss(100, 0.02, 210),
  evenLoss(100, 0.05, 270),
  evenLoss(100, 0.1, 350),
  { label: 'RTT 60 ms, loss 5 % in bursts of 4', path: { down: bursty, up: bursty } },
  { label: 'RTT 40 ms, jitter 40 ms, loss 2 %', path: { down: jittery, up: jittery } },
  {
    label: 'RTT 40 ms, loss 2 %, clock 1 ms, timers 10 ms late',
    path: { down: plain, up: plain, host: { clockStepMs: 1, timerLatenessMs: 10 } },
  },
];

interface Result {
  megabitsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Bytes on the link for each byte delivered. */
  wire: number;
}

async function runOnce(contender: Contender, path: Path, seed: number): Promise<Result> {
  const world = new World(seed);
  const holder: { source?: VideoSource } = {};
  const connection = await contender.connect(world, path, (_kind, byteCount) =>
    holder.source!.onData(byteCount),
  );
  const source = new VideoSource(
    world,
    { write: (_streamId, bytes) => connection.write(bytes) },
    0,
    BITS_PER_SECOND,
  );
  holder.source = source;
  const untilMs = world.clock.nowMs() + SECONDS * 1000;
  const sentBefore = connection.down.sentBytes;
  source.start(untilMs);
  await connection.run(untilMs);
  const arrivedBytes = source.arrivedBytes;
  const wire = (connection.down.sentBytes - sentBefore) / arrivedBytes;
  await connection.run(untilMs + DRAIN_MS);
  connection.close();
  const delaysMs = [...source.delaysMs, ...source.waitingMs()];
  return {
    megabitsPerSecond: (arrivedBytes * 8) / SECONDS / 1e6,
    p50Ms: percentile(delaysMs, 0.5),
    p99Ms: percentile(delaysMs, 0.99),
    wire,
  };
}

async function medianOf(contender: Contender, path: Path, seeds: readonly number[]): Promise<Result> {
  const results: Result[] = [];
  for (const seed of seeds) results.push(await runOnce(contender, path, seed));
  const middle = (pick: (result: Result) => number): number => median(results.map(pick));
  return {
    megabitsPerSecond: middle((result) => result.megabitsPerSecond),
    p50Ms: middle((result) => result.p50Ms),
    p99Ms: middle((result) => result.p99Ms),
    wire: middle((result) => result.wire),
  };
}

export async function benchLive(contenders: Contender[], seeds: readonly number[]): Promise<Row[]> {
  const rows: Row[] = [];
  const lines: string[][] = [];
  for (const { label, path, targetP99Ms } of LIVE_PATHS) {
    const line = [label];
    for (const contender of contenders) {
      const { megabitsPerSecond, p50Ms, p99Ms, wire } = await medianOf(contender, path, seeds);
      line.push(
        `${megabitsPerSecond.toFixed(2)} / ${p50Ms.toFixed(0)} / ${p99Ms.toFixed(0)} / ${wire.toFixed(2)}`,
      );
      const what = `live, ${label}, ${contender.name}`;
      const isOurs = contender === contenders[0];
      rows.push(
        isOurs
          ? atLeast(`${what}: rate`, megabitsPerSecond, 'Mbit/s', 1.97)
          : { what: `${what}: rate`, value: round(megabitsPerSecond), unit: 'Mbit/s' },
        isOurs && targetP99Ms !== undefined
          ? atMost(`${what}: p99`, p99Ms, 'ms', targetP99Ms)
          : { what: `${what}: p99`, value: round(p99Ms), unit: 'ms' },
        { what: `${what}: p50`, value: round(p50Ms), unit: 'ms' },
        { what: `${what}: wire`, value: round(wire, 3), unit: '' },
      );
    }
    lines.push(line);
  }
  printTable(
    `live video of 2 Mbit/s: Mbit/s / p50 ms / p99 ms / bytes sent for each delivered (median of ${seeds.length} seeds)`,
    ['', ...contenders.map((contender) => contender.name)],
    lines,
  );
  return rows;
}
