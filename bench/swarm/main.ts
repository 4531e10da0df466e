/** Crowds of viewers in virtual time, beside what others have published. */
import { parseArgs } from 'node:util';
import { figuresOf } from '../../test/sim/swarm/metrics';
import type { SwarmFigures } from '../../test/sim/swarm/metrics';
import { runScenario } from '../../test/sim/swarm/population';
import type { Scenario } from '../../test/sim/swarm/population';
import { SIM_STREAM } from '../../test/sim/swarm/stream';
import { atLeast, atMost, finish, printTable, round } from '../lib/report';
import type { Row } from '../lib/report';

const { values } = parseArgs({
  options: {
    viewers: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string' },
    seeds: { type: 'string' },
  },
  strict: false,
});
const LARGE = Number(values.viewers ?? 1000);
const RATE_KBPS = SIM_STREAM.rateKbps;
const LENGTH_MS = 1000 * Number(values.seconds ?? 60);
const SEEDS = typeof values.seeds === 'string' ? values.seeds.split(',').map(Number) : null;
/** Of what uploads allow for, where they are scarce, in percent. */
const SCARCE_SHARE = 80;
const SLOW_ORIGIN = {
  openMs: 900,
  kbps: 3000,
  isDown: false,
  failureRate: 0.1,
  pauses: { everyMs: 60_000, lengthMs: 1500 },
};

type Case = Pick<Scenario, 'name'> &
  Partial<Scenario> & { size: number; seeds: number[]; offload?: number; isScarce?: boolean };

const CASES: Case[] = [
  {
    name: '2 viewers',
    size: 2,
    // Three pairs in ten find no way to each other, so it takes many.
    seeds: Array.from({ length: 40 }, (_, i) => i + 1),
    crowd: { cellularShare: 0, sessionMs: Infinity },
    offload: 35,
  },
  { name: '10 viewers', size: 10, seeds: [1, 2, 3, 4, 5, 6, 7, 8], offload: 70 },
  { name: '100 viewers', size: 100, seeds: [1, 2, 3, 4, 5, 6], offload: 80 },
  { name: `${LARGE} viewers`, size: LARGE, seeds: [1], offload: 80 },
  { name: '100, players hold 2 s', size: 100, seeds: [1], world: { reserveMs: 2000 } },
  { name: '100, roots every 0.5 s', size: 100, seeds: [1], tracker: { rootsMs: 500 } },
  ...[0.5, 1, 2].map((share) => ({
    name: `100, upload ${share} times the stream`,
    size: 100,
    seeds: [1, 2, 3],
    world: { upKbps: share * RATE_KBPS },
    isScarce: true,
  })),
  { name: '100, 40 % on Wi-Fi', size: 100, seeds: [1, 2, 3], crowd: { cellularShare: 0.6 }, isScarce: true },
  { name: '100, all on Wi-Fi', size: 100, seeds: [1], crowd: { cellularShare: 0 }, offload: 79 },
  ...[1, 2, 4].map((parts) => ({
    name: `100, parents for ${parts === 1 ? 'all' : `1/${parts}`} of the stream`,
    size: 100,
    seeds: [1],
    tracker: { parts },
  })),
  { name: '100, no auditor', size: 100, seeds: [1], tracker: { hasAuditor: false } },
  { name: '100, half of the NATs let nobody in', size: 100, seeds: [1], world: { punchRate: 0.5 } },
  { name: '100, 3 % loss', size: 100, seeds: [1], world: { lossRate: 0.03 } },
  { name: '100, all within 3 s', size: 100, seeds: [1], crowd: { arriveWithinMs: 3000 } },
  { name: '100, they stay a minute', size: 100, seeds: [1], crowd: { sessionMs: 60_000 } },
  { name: '100, slow origin', size: 100, seeds: [1], world: { origin: SLOW_ORIGIN } },
  {
    name: '100, the tracker dies',
    size: 100,
    seeds: [1, 2, 3, 4],
    happens: [{ atMs: 10_000, act: (world) => (world.trackerIsUp = false) }],
  },
  {
    name: '100, the origin dies for 3 s',
    size: 100,
    seeds: [1],
    happens: [{ atMs: 10_000, act: (world) => world.stopOrigin(3000) }],
  },
  {
    name: '100, 2 polluters',
    size: 100,
    seeds: [1],
    // Before the crowd is measured, so that they have children.
    happens: [0, 1].map((i) => ({
      atMs: i - 30_000,
      act: (world) => void world.addViewer({ isPolluter: true }),
    })),
  },
  { name: '100, every fifth lies about its line', size: 100, seeds: [1], crowd: { liarShare: 0.2 } },
];

/** Means over the seeds, weighted by the time watched; the worst of what must not happen. */
function measure({ name, size, seeds, crowd, world, tracker, happens }: Case): SwarmFigures {
  const all = (SEEDS ?? seeds).map((seed) => {
    const arriveWithinMs = crowd?.arriveWithinMs ?? 20_000 + Math.min(40_000, 20 * size);
    const run = runScenario({
      name,
      seed,
      crowd: { ...crowd, size, arriveWithinMs },
      world: { ...world, comparesAll: size <= 100 },
      ...(tracker && { tracker }),
      warmUpMs: arriveWithinMs + 20_000,
      lengthMs: LENGTH_MS,
      ...(happens && { happens }),
    });
    return figuresOf(run.world, run.startMs, run.endMs);
  });
  const mean = {} as SwarmFigures;
  for (const key of Object.keys(all[0]!) as (keyof SwarmFigures)[]) {
    const usable = all.map((one) => one[key]).filter(Number.isFinite);
    mean[key] = usable.reduce((sum, value) => sum + value, 0) / Math.max(1, usable.length);
  }
  mean.falseTags = Math.max(...all.map(({ falseTags }) => falseTags));
  return mean;
}

const HEAD = [
  '',
  'offload',
  'of allowed',
  'audited',
  'first p50/p95',
  'stalls/h',
  'skips/h',
  'lag p50/p95/p99',
  'control',
  'tracker',
  'opens/h',
  'calls/h',
  'false',
];
const only = typeof values.only === 'string' ? values.only.split(';') : null;
const rows: Row[] = [];
const lines: string[][] = [];
for (const one of CASES) {
  if (only && !only.some((name) => one.name.startsWith(name))) continue;
  const before = process.cpuUsage();
  const figures = measure(one);
  const { offload, allowed, offloadWithAudit, stallsPerHour, skipsPerHour, controlShare, controlKbps } =
    figures;
  const { user, system } = process.cpuUsage(before);
  const peakMb = process.resourceUsage().maxRSS / 1024;
  console.error(
    `${one.name}: ${offload.toFixed(1)} %, ${round((user + system) / 1e6)} s of a core, ${Math.round(peakMb)} MB at most so far`,
  );
  lines.push([
    one.name,
    `${offload.toFixed(1)} %`,
    `${((100 * offload) / allowed).toFixed(0)} %`,
    `${offloadWithAudit.toFixed(1)} %`,
    `${figures.firstFrameP50Ms.toFixed(0)}/${figures.firstFrameP95Ms.toFixed(0)}`,
    stallsPerHour.toFixed(2),
    skipsPerHour.toFixed(2),
    `${figures.lagP50Ms.toFixed(0)}/${figures.lagP95Ms.toFixed(0)}/${figures.lagP99Ms.toFixed(0)}`,
    `${controlShare.toFixed(2)} %`,
    `${figures.trackerBytesPerS.toFixed(0)} B/s`,
    figures.originOpensPerHour.toFixed(1),
    figures.callsPerHour.toFixed(0),
    String(figures.falseTags),
  ]);
  if (one.offload !== undefined || one.isScarce === true) {
    const share = (100 * offload) / allowed;
    if (one.offload !== undefined) rows.push(atLeast(`offload, ${one.name}`, offload, '%', one.offload));
    else rows.push(atLeast(`of what uploads allow, ${one.name}`, share, '%', SCARCE_SHARE));
    rows.push(atMost(`stalls, ${one.name}`, stallsPerHour, 'per viewer-hour', 0.05));
    rows.push(atMost(`lag p95, ${one.name}`, figures.lagP95Ms, 'ms', 1500));
    rows.push(atMost(`lag p99, ${one.name}`, figures.lagP99Ms, 'ms', 2500));
    rows.push(atMost(`control beside media, ${one.name}`, controlShare, '%', 2));
    rows.push(atMost(`control, ${one.name}`, controlKbps, 'kbit/s per viewer', 15));
    rows.push(atMost(`tracker, ${one.name}`, figures.trackerBytesPerS, 'bytes/s per viewer', 300));
  } else {
    rows.push({ what: `offload, ${one.name}`, value: round(offload), unit: '%' });
    rows.push({ what: `stalls, ${one.name}`, value: round(stallsPerHour), unit: 'per viewer-hour' });
  }
  rows.push(atMost(`tags that nobody published, ${one.name}`, figures.falseTags, '', 0));
}
printTable(
  '400 kbit/s, GOPs of 2 s, 30 % on cellular (which send nothing), upload 1.5 times the stream, punch 0.7, sessions of 5 min, half of them end without a word',
  HEAD,
  lines,
);
printTable(
  'published by others, in their own ways of counting',
  ['', 'offload', 'remark'],
  [
    ['Tencent X-P2P', '50 % mean, 60–80 %', 'stalls 2 %, first frame 400 ms at best'],
    ['Aliyun PCDN', '> 50 %, 60–80 % at peaks', 'smooth > 97 %'],
    ['Spider (ToN 2024)', '66 %', 'stall rate −52.57 % against the CDN'],
    ['Teleport, World Cup', '53 %, at most 81 %', ''],
    ['SwarmCloud', '75 %+', 'HLS and DASH'],
    ['Lumen, Euro 2020', '> 77 %', 'segments'],
  ],
);
finish('swarm', rows);
