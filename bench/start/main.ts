/** Virtual time, whole core: viewer, camera, broker and NATs. Computing takes no time here: see docs/benchmarks.md. */
import type { SessionWorld, SessionWorldOptions } from '../../test/sim/session-world';
import { inWorld } from '../../test/sim/session-world';
import type { SimViewer } from '../../test/sim/session-world-viewer';
import { percentile } from '../../test/sim/video-source';
import { atMost, finish, median, printTable, round } from '../lib/report';
import type { Row } from '../lib/report';

const RTTS_MS = [20, 50, 100];
const SEEDS = [1, 2, 3, 4, 5];
/** For what loss does to a start, more are needed. */
const LOSSY_SEEDS = Array.from({ length: 200 }, (_, i) => i + 1);
/** A key picture of 2 Mbit/s. */
const FIRST_PICTURE_BYTES = 60_000;
const PAUSES_MS = [0, 7, 13, 5000];
const LINK = { bitsPerSecond: 20e6, queueBytes: 256 * 1024 };

interface Start {
  firstByteMs: number;
  firstPictureMs: number;
}

async function measure(world: SessionWorld, viewer: SimViewer): Promise<Start> {
  const startMs = world.nowMs;
  const sink = viewer.newSink();
  viewer.start('a', sink);
  await world.until('the first picture', () => sink.bytes >= FIRST_PICTURE_BYTES);
  return { firstByteMs: sink.firstMs - startMs, firstPictureMs: world.nowMs - startMs };
}

/** A start when the module is initialized and connected to its broker. */
async function coldStart(options: SessionWorldOptions, brokerDelayMs?: number): Promise<Start> {
  let start: Start | null = null;
  const feed = { frameBytes: FIRST_PICTURE_BYTES, frameMs: 1000 };
  await inWorld({ feed, ...options, link: { ...LINK, ...options.link } }, async (world) => {
    if (brokerDelayMs !== undefined) world.signalingDelayMs = brokerDelayMs;
    const viewer = world.addViewer();
    await viewer.getReady();
    start = await measure(world, viewer);
  });
  return start!;
}

/** A start in the moment in which `init` resolves: the connection to the broker is still to be made. */
async function startAfterInit(options: SessionWorldOptions): Promise<Start> {
  let start: Start | null = null;
  const feed = { frameBytes: FIRST_PICTURE_BYTES, frameMs: 1000 };
  await inWorld({ feed, ...options, link: LINK }, async (world) => {
    await world.until('the camera is online', () => world.camera.isOnline);
    const viewer = world.addViewer();
    await world.result('init', viewer.init());
    start = await measure(world, viewer);
  });
  return start!;
}

/** Streams on a session that lives: the slowest of several. */
async function secondStream(options: SessionWorldOptions): Promise<number> {
  let slowestMs = 0;
  await inWorld({ ...options, link: LINK }, async (world) => {
    const viewer = world.addViewer();
    await viewer.getReady();
    const first = viewer.newSink();
    viewer.start('a', first);
    viewer.start('b');
    await world.until('media', () => first.bytes > 20_000);
    for (const pauseMs of PAUSES_MS) {
      await world.run(pauseMs);
      const startMs = world.nowMs;
      const sink = viewer.newSink();
      viewer.pull('b', sink);
      await world.until('media', () => sink.bytes > 0);
      slowestMs = Math.max(slowestMs, sink.firstMs - startMs);
      viewer.module.stopStream('b');
    }
  });
  return slowestMs;
}

interface Kind {
  label: string;
  start: (rttMs: number, seed: number) => Promise<Start>;
  hasTarget: boolean;
}

const behindNat = { viewerNat: 'port-restricted', cameraNat: 'port-restricted' } as const;
const KINDS: Kind[] = [
  { label: 'open hosts', start: (rttMs, seed) => coldStart({ seed, rttMs }), hasTarget: true },
  {
    label: 'both behind port-restricted NATs',
    start: (rttMs, seed) => coldStart({ seed, rttMs, ...behindNat }),
    hasTarget: true,
  },
  {
    label: 'a whole RTT to the broker for each end',
    start: (rttMs, seed) => coldStart({ seed, rttMs }, rttMs / 2),
    hasTarget: false,
  },
  {
    label: 'in the moment init resolves',
    start: (rttMs, seed) => startAfterInit({ seed, rttMs }),
    hasTarget: false,
  },
];

async function main(): Promise<void> {
  const rows: Row[] = [];
  const lines: string[][] = [];
  for (const { label, start, hasTarget } of KINDS) {
    const line = [label];
    for (const rttMs of RTTS_MS) {
      const starts: Start[] = [];
      for (const seed of SEEDS) starts.push(await start(rttMs, seed));
      const slowestMs = Math.max(...starts.map(({ firstByteMs }) => firstByteMs));
      const pictureMs = Math.max(...starts.map(({ firstPictureMs }) => firstPictureMs));
      line.push(`${slowestMs.toFixed(0)} (${(slowestMs / rttMs).toFixed(2)}) / ${pictureMs.toFixed(0)}`);
      const what = `first media byte, ${label}, RTT ${rttMs} ms`;
      rows.push(
        hasTarget
          ? atMost(what, slowestMs, 'ms', 3.5 * rttMs + 50)
          : { what, value: round(slowestMs), unit: 'ms' },
        { what: `first picture of 60 kB, ${label}, RTT ${rttMs} ms`, value: round(pictureMs), unit: 'ms' },
      );
    }
    lines.push(line);
  }
  const secondLine = ['second stream on a live session'];
  for (const rttMs of RTTS_MS) {
    const slowestMs = Math.max(...(await Promise.all(SEEDS.map((seed) => secondStream({ seed, rttMs })))));
    secondLine.push(`${slowestMs.toFixed(0)} (${(slowestMs / rttMs).toFixed(2)})`);
    rows.push(atMost(`first media byte, second stream, RTT ${rttMs} ms`, slowestMs, 'ms', rttMs + 20));
  }
  printTable(
    `startP2PService to the first media byte, ms (in round trips) / to the whole first picture; slowest of ${SEEDS.length} seeds`,
    ['', ...RTTS_MS.map((rttMs) => `RTT ${rttMs} ms`)],
    [...lines, secondLine],
  );

  const lossyLines: string[][] = [];
  for (const lossRate of [0.02, 0.05, 0.1]) {
    const starts: Start[] = [];
    for (const seed of LOSSY_SEEDS) starts.push(await coldStart({ seed, rttMs: 50, link: { lossRate } }));
    const bytesMs = starts.map(({ firstByteMs }) => firstByteMs);
    const picturesMs = starts.map(({ firstPictureMs }) => firstPictureMs);
    const cells = [
      median(bytesMs),
      percentile(bytesMs, 0.95),
      median(picturesMs),
      percentile(picturesMs, 0.95),
    ];
    lossyLines.push([`loss ${lossRate * 100} %`, ...cells.map((cell) => cell.toFixed(0))]);
    const names = [
      'first media byte, p50',
      'first media byte, p95',
      'first picture, p50',
      'first picture, p95',
    ];
    cells.forEach((cell, i) =>
      rows.push({ what: `${names[i]}, RTT 50 ms, loss ${lossRate * 100} %`, value: round(cell), unit: 'ms' }),
    );
  }
  printTable(
    `open hosts, RTT 50 ms, with loss; ${LOSSY_SEEDS.length} seeds`,
    ['', 'first byte p50', 'p95', 'first picture p50', 'p95'],
    lossyLines,
  );
  finish('start', rows);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 2;
});
