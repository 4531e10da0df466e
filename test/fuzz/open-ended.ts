import { ratioOfTimes, TIME_SHAPES } from './time-shapes';
import { fuzzRound } from './target';
import { FUZZ_TARGETS } from './targets';

export interface OpenEndedOptions {
  seed: number;
  seconds: number;
  only: string | undefined;
}

/** Twice the input may take twice the time; four times would be quadratic. */
const MAX_TIME_RATIO = 3;

/** Rounds of all targets, then the time shapes once; prints what it did. False after the first failure. */
export function fuzzFor({ seed, seconds, only }: OpenEndedOptions): boolean {
  const targets = FUZZ_TARGETS.filter((target) => only === undefined || target.name === only);
  if (targets.length === 0) {
    console.error(`no such target; there are ${FUZZ_TARGETS.map((target) => target.name).join(', ')}`);
    return false;
  }
  const startMs = performance.now();
  const rows = new Map(targets.map((target) => [target, { inputs: 0, sound: 0 }]));
  let round = 0;
  try {
    do {
      for (const target of targets) {
        const counts = fuzzRound(target, seed + round);
        const row = rows.get(target)!;
        row.inputs += counts.inputs;
        row.sound += counts.sound;
      }
      round++;
    } while (performance.now() - startMs < seconds * 1000);
  } catch (error) {
    console.error(error);
    return false;
  }
  for (const [target, { inputs, sound }] of rows) {
    console.log(`${target.name.padEnd(18)} ${String(inputs).padStart(10)} inputs, ${sound} of them sound`);
  }
  const isLinear = only !== undefined || checkTimes();
  const total = [...rows.values()].reduce((sum, { inputs }) => sum + inputs, 0);
  console.log(JSON.stringify({ fuzz: { inputs: total, rounds: round, firstSeed: seed, isLinear } }));
  return isLinear;
}

function checkTimes(): boolean {
  let isLinear = true;
  for (const shape of TIME_SHAPES) {
    const { ratio, timeMs } = ratioOfTimes(shape);
    const isBad = ratio > MAX_TIME_RATIO;
    console.log(
      `${shape.name}: ${timeMs.toFixed(2)} ms, twice as much takes ${ratio.toFixed(2)} times as long`,
    );
    if (isBad) console.error(`${shape.name}: more than linear`);
    isLinear = isLinear && !isBad;
  }
  return isLinear;
}
