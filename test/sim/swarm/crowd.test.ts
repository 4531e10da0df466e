import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { figuresOf } from './metrics';
import type { SwarmFigures } from './metrics';
import { markOf, runScenario } from './population';
import type { Scenario } from './population';
import { SIM_STREAM } from './stream';

/** `npm run bench:swarm` has the targets and how near they are; these are the limits below which something is broken. */
function watch(scenario: Partial<Scenario> & Pick<Scenario, 'crowd'>, seed: number): SwarmFigures {
  const { world, startMs, endMs } = runScenario({
    name: 'test',
    seed,
    warmUpMs: 35_000,
    lengthMs: 40_000,
    ...scenario,
    crowd: { arriveWithinMs: 15_000, ...scenario.crowd },
    world: { source: { ...SIM_STREAM, rateKbps: 250 }, comparesAll: true, ...scenario.world },
  });
  return figuresOf(world, startMs, endMs);
}

function assertSound(figures: SwarmFigures, seed: number): void {
  const text = `seed ${seed}: ${JSON.stringify(figures)}`;
  assert.equal(figures.falseTags, 0, text);
  assert.ok(figures.lagP95Ms <= 1500 && figures.lagP99Ms <= 2500, text);
  assert.ok(figures.controlShare <= 2 && figures.controlKbps <= 15, text);
}

describe('a crowd', () => {
  test('of 10 shares most of its stream, and starts as soon as from the origin alone', () => {
    const seeds = [1, 2, 3, 4];
    const all = seeds.map((seed) => watch({ crowd: { size: 10 } }, seed));
    all.forEach((figures, i) => assertSound(figures, seeds[i]!));
    const offload = all.reduce((sum, figures) => sum + figures.offload, 0) / all.length;
    assert.ok(offload >= 65, `${offload} %`);
  });

  test('of 100 pays the origin for a fifth at most, and hardly ever stands still', () => {
    const seed = 1;
    const figures = watch({ crowd: { size: 100 } }, seed);
    assertSound(figures, seed);
    assert.ok(figures.offload >= 80, `${figures.offload} %`);
    assert.ok(figures.stallsPerHour < 1, `${figures.stallsPerHour} an hour`);
  });

  test('hands nothing on that a polluter bent, and bans it', () => {
    const seed = 3;
    const scenario = { crowd: { size: 20, polluterShare: 0.15, cellularShare: 0 } };
    const figures = watch(scenario, seed);
    assertSound(figures, seed);
    assert.ok(figures.bans > 0, JSON.stringify(figures));
  });
});

test('a first frame comes when it comes to viewers who know of no swarm', () => {
  for (const seed of [1, 2]) {
    const [shared, alone] = [false, true].map((isAlone) =>
      watch({ crowd: { size: 12, isAlone, sessionMs: Infinity }, warmUpMs: 16_000, lengthMs: 2000 }, seed),
    ) as [SwarmFigures, SwarmFigures];
    assert.ok(shared.firstFrameP50Ms <= alone.firstFrameP50Ms + 50, `seed ${seed}`);
    assert.ok(shared.firstFrameP95Ms <= alone.firstFrameP95Ms + 50, `seed ${seed}`);
  }
});

describe('of a crowd on one seed', () => {
  const seed = 11;
  /** All that is measured of it, and of each of its viewers. */
  function measured(sharesWork: boolean): { text: string; fingerprint: string } {
    const { world, startMs, endMs } = runScenario({
      name: 'test',
      seed,
      warmUpMs: 15_000,
      lengthMs: 15_000,
      crowd: { size: 20, arriveWithinMs: 5000, sessionMs: 60_000, polluterShare: 0.1 },
      world: { source: SIM_STREAM, lossRate: 0.02, sharesWork },
    });
    const text = JSON.stringify(figuresOf(world, startMs, endMs));
    const viewers = JSON.stringify(world.viewers.map(markOf));
    const hash = createHash('sha256').update(text).update(viewers).digest('hex');
    return { text: `seed ${seed}: ${text}`, fingerprint: hash.slice(0, 16) };
  }

  test('everything is as it was: who makes the engine or its world faster changes nothing of what viewers see', () => {
    const { text, fingerprint } = measured(true);
    // A change of what viewers do changes this; take the new one over together with that change.
    assert.equal(fingerprint, '8d64ea00346d51c7', text);
  });

  test('it is all the same whether viewers compute everything by themselves or once for all', () => {
    const [shared, own] = [measured(true), measured(false)];
    assert.equal(shared.fingerprint, own.fingerprint, `${shared.text}\nby themselves: ${own.text}`);
  });
});
