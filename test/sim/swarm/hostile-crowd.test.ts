import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { figuresOf } from './metrics';
import type { SwarmFigures } from './metrics';
import { runScenario } from './population';
import type { Scenario } from './population';
import type { RealTracker } from './real-tracker';
import { SIM_STREAM } from './stream';
import type { SwarmWorld } from './world';

/**
 * What sharing may add to the time that viewers stand still: in percent of the time, and of what they stand still alone. Today
 * it adds nothing where those alone never stand still (0 percent on every seed), 4 to 7 percent where the origin dies (24.6
 * becomes 26: the 0.1 to 0.2 s by which those who were fed by others held less), and takes away most where the origin is slow
 * (0.2 instead of 1.1). The bounds let another engine stop two or three pictures of a hundred, and not what a fault costs: half
 * a second of each that a polluter or a new publisher disturbs is 0.8 percent and more, a second of each when the origin is
 * back 30 percent.
 */
const EXTRA_STALL_SHARE = 0.2;
const EXTRA_STALLS = 1.2;
const SOURCE = { ...SIM_STREAM, rateKbps: 200, fps: 10 };

type Change = Partial<Pick<Scenario, 'crowd' | 'world' | 'happens' | 'lengthMs'>>;

interface Run {
  world: SwarmWorld;
  figures: SwarmFigures;
  text: string;
}

/** A hundred viewers, or as many that know nothing of each other. */
function run(seed: number, { crowd, world, happens, lengthMs = 12_000 }: Change, isAlone = false): Run {
  const result = runScenario({
    name: 'test',
    seed,
    warmUpMs: 18_000,
    lengthMs,
    crowd: { size: 100, arriveWithinMs: 6000, ...crowd, isAlone },
    world: { source: SOURCE, comparesAll: true, ...world },
    ...(happens && { happens }),
  });
  const figures = figuresOf(result.world, result.startMs, result.endMs);
  return { world: result.world, figures, text: `seed ${seed}: ${JSON.stringify(figures)}` };
}

/** Beside a crowd that has the origin alone, on the same seed: nobody stands still for longer. */
function assertNoWorse(seed: number, change: Change): Run {
  const shared = run(seed, change);
  const alone = run(seed, change, true);
  assert.equal(alone.figures.callsPerHour, 0);
  assert.equal(shared.figures.falseTags, 0, shared.text);
  assert.ok(
    shared.figures.stallShare <= EXTRA_STALLS * alone.figures.stallShare + EXTRA_STALL_SHARE,
    `${shared.text}\nalone: ${alone.text}`,
  );
  return shared;
}

describe('a hundred viewers', () => {
  test('hand on nothing bent, cut a polluter at its first bad piece, and are told at most eight others', () => {
    const seed = 5;
    const shared = assertNoWorse(seed, {
      crowd: { liarShare: 0.2, strangerShare: 0.05, cellularShare: 0.2 },
      world: { lossRate: 0.03 },
      // Two in a hundred.
      happens: [0, 1].map((i) => ({
        atMs: i - 17_000,
        act: (its) => its.addViewer({ isPolluter: true, isAlone: its.viewers[0]!.options.isAlone }),
      })),
    });
    const { world, figures, text } = shared;
    // 72 percent today, and 59 to 75 on other seeds.
    assert.ok(figures.offload > 40, text);
    assert.ok(figures.lagP95Ms <= 1500, text);
    // Polluters.
    const polluters = new Set(world.viewers.filter(({ options }) => options.isPolluter).map(({ id }) => id));
    let complaints = 0;
    for (const { options, events } of world.viewers) {
      if (options.isPolluter) continue;
      const accused = events.flatMap((event) => (event.kind === 'bad-peer' ? [event.peer] : []));
      assert.equal(new Set(accused).size, accused.length, 'a second bad piece over one link');
      assert.ok(
        accused.every((peer) => polluters.has(peer)),
        'somebody honest',
      );
      complaints += accused.length;
    }
    assert.ok(complaints >= 2 && figures.bans > 0, `${complaints} complaints; ${text}`);
    assert.equal(world.bentHandedOn, 0);
    // Strangers.
    const strangers = world.viewers.filter(({ options }) => options.isStranger);
    const { mostOffered, unopened } = world.tracker as RealTracker;
    assert.ok(strangers.length > 1 && unopened > 0);
    for (const { peer, playedBytes, trackerInBytes } of strangers.filter(({ isAlive }) => isAlive)) {
      const { isJoined, peerBytes, upBytes } = peer.stats();
      assert.ok(playedBytes > 0 && !isJoined);
      assert.deepEqual([peerBytes, upBytes, trackerInBytes], [0, 0, 0]);
    }
    assert.ok(mostOffered > 1 && mostOffered <= 8, `${mostOffered} addresses`);
  });

  test('lose the tracker, and with it what they share, and stand still no oftener than those who never shared', () => {
    for (const seed of [4, 5, 6]) {
      let before = 0;
      const change: Change = {
        happens: [{ atMs: 500, act: (its) => ((before = onPeersOf(its)), (its.trackerIsUp = false)) }],
      };
      const alone = run(seed, change, true);
      const { world, figures, text } = run(seed, change);
      assert.equal(figures.falseTags, 0, text);
      assert.ok(before > 30, text);
      // Nobody can check what others send, so all open the origin.
      assert.equal(onPeersOf(world), 0, text);
      assert.ok(
        figures.stalls <= alone.figures.stalls,
        `${before} were on peers; ${text}\nalone: ${alone.text}`,
      );
    }
  });

  test('see the origin die for three seconds no longer than those whom nobody helps', () => {
    const seed = 3;
    const { figures, text } = assertNoWorse(seed, {
      happens: [{ atMs: 2000, act: (its) => its.stopOrigin(3000) }],
    });
    // 78 to 94 percent today.
    assert.ok(figures.onPeersShare > 40, text);
  });

  test('stand still no longer than others where the origin is slow, fails and pauses', () => {
    const seed = 4;
    assertNoWorse(seed, {
      world: {
        origin: {
          openMs: 900,
          kbps: 3000,
          isDown: false,
          failureRate: 0.1,
          pauses: { everyMs: 20_000, lengthMs: 1500 },
        },
      },
    });
  });

  test('follow a publisher that begins anew with other headers, and share again', () => {
    const seed = 6;
    // The source is made twenty seconds ahead.
    const { world, figures, text } = assertNoWorse(seed, {
      lengthMs: 18_000,
      world: { reserveMs: 2000 },
      happens: [{ atMs: -16_000, act: ({ source }) => source.restart() }],
    });
    assert.equal(new Set(world.source.gops.map(({ init }) => init)).size, 2);
    // 68 percent today; without sharing again, none.
    assert.ok(figures.onPeersShare > 40, text);
  });

  test('play a scene in which every GOP is like the one before', () => {
    assertNoWorse(7, { world: { source: { ...SOURCE, isStill: true } }, lengthMs: 6000 });
  });
});

const onPeersOf = (world: SwarmWorld): number =>
  world.alive.filter(({ peer }) => peer.stats().feed === 'peers').length;
