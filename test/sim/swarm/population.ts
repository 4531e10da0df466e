import { Prng } from '../prng';
import { SwarmWorld } from './world';
import type { SwarmWorldOptions } from './world';
import type { SimViewer, ViewerOptions } from './viewer';
import { SIM_STREAM } from './stream';
import { realTracker } from './real-tracker';
import type { RealTrackerOptions } from './real-tracker';

/** Who watches: how many, for how long, over what. */
export interface Crowd {
  /** Watching at a time. */
  size: number;
  /** They come within this time, then whoever leaves is followed by another. */
  arriveWithinMs: number;
  /** Mean; every fifth viewer stays for a few seconds only. Infinity: nobody leaves. */
  sessionMs: number;
  /** Of those who leave, so many without a word. */
  abruptShare: number;
  cellularShare: number;
  polluterShare: number;
  liarShare: number;
  /** Knows of no swarm. */
  isAlone: boolean;
  /** Have a token that the tracker did not make. */
  strangerShare: number;
}

export interface Scenario {
  name: string;
  seed: number;
  crowd: Partial<Crowd>;
  world: Partial<Omit<SwarmWorldOptions, 'tracker' | 'seed'>>;
  tracker?: Partial<RealTrackerOptions>;
  /** Not counted: the crowd arrives. */
  warmUpMs: number;
  lengthMs: number;
  /** Something that happens, ms after the warm-up. */
  happens?: { atMs: number; act(world: SwarmWorld): void }[];
}

const CROWD: Crowd = {
  size: 100,
  arriveWithinMs: 20_000,
  sessionMs: 300_000,
  abruptShare: 0.5,
  cellularShare: 0.3,
  polluterShare: 0,
  liarShare: 0,
  isAlone: false,
  strangerShare: 0,
};

const CROWD_SEED = 104_729;
const SHORT_SHARE = 0.2;
const LONG_SHARE = 0.1;

/** Lognormal with a Pareto tail, and one in five who only looks in. */
export function sessionLengthMs(random: Prng, meanMs: number): number {
  if (random.chance(SHORT_SHARE)) return 1000 + random.next() * 7000;
  const longMeanMs = meanMs / (1 - SHORT_SHARE);
  if (random.chance(LONG_SHARE))
    return Math.min(20 * longMeanMs, 0.8 * longMeanMs * (1 - random.next()) ** (-1 / 1.8));
  const gauss = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return longMeanMs * 0.7 * Math.exp(0.8 * gauss - 0.1);
}

/** Of Wi-Fi lines: most send several times the stream, some hardly more than one. */
const upKbpsOf = (random: Prng): number => 1500 + 10_000 * random.next() ** 2;

/** Lets a crowd watch in a world of its own. */
export function runScenario(scenario: Scenario): { world: SwarmWorld; startMs: number; endMs: number } {
  const crowd = { ...CROWD, ...scenario.crowd };
  const world = new SwarmWorld({
    source: SIM_STREAM,
    origin: { openMs: 250, kbps: 20_000, isDown: false, failureRate: 0, pauses: null },
    punchRate: 0.7,
    lossRate: 0.005,
    comparesAll: false,
    sharesWork: true,
    reserveMs: 1500,
    upKbps: 0,
    ...scenario.world,
    seed: scenario.seed,
    tracker: realTracker(scenario.tracker),
  });
  const { clock } = world;
  // Of its own: on a seed the same viewers come and go, whatever they do meanwhile.
  const random = new Prng(scenario.seed + CROWD_SEED);
  const come = (): void => {
    const isCellular = random.chance(crowd.cellularShare);
    const options: Partial<ViewerOptions> = {
      isCellular,
      upKbps: isCellular ? 1000 : upKbpsOf(random),
      isPolluter: random.chance(crowd.polluterShare),
      isLiar: !isCellular && random.chance(crowd.liarShare),
      isAlone: crowd.isAlone,
      isStranger: crowd.strangerShare > 0 && random.chance(crowd.strangerShare),
    };
    const viewer = world.addViewer(options);
    if (crowd.sessionMs === Infinity) return;
    clock.at(clock.nowMs() + sessionLengthMs(random, crowd.sessionMs), () => {
      viewer.leave(random.chance(crowd.abruptShare));
      come();
    });
  };
  for (let i = 0; i < crowd.size; i++) clock.at(1000 + (i * crowd.arriveWithinMs) / crowd.size, come);
  const startMs = 1000 + scenario.warmUpMs;
  const endMs = startMs + scenario.lengthMs;
  for (const { atMs, act } of scenario.happens ?? []) clock.at(startMs + atMs, () => act(world));
  world.run(startMs);
  for (const viewer of world.viewers) {
    viewer.lags.fill(0);
    viewer.mark = markOf(viewer);
  }
  world.run(endMs);
  for (const viewer of world.alive) viewer.player.end(endMs);
  return { world, startMs, endMs };
}

/** Counters of a viewer when the measurement began. */
export type Mark = ReturnType<typeof markOf>;

export function markOf(viewer: SimViewer) {
  const { originBytes, peerBytes, upBytes, controlBytes, rescues, repairs, skips } = viewer.stats();
  const { playedBytes, originOpens, gaps, trackerInBytes, trackerOutBytes, falseTags, player } = viewer;
  const { stalls, stallMs } = player;
  return {
    ...{
      originBytes,
      peerBytes,
      upBytes,
      controlBytes,
      rescues,
      repairs,
      skips,
      playedBytes,
      originOpens,
      gaps,
    },
    ...{ trackerInBytes, trackerOutBytes, falseTags, stalls, stallMs },
  };
}
