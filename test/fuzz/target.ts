import assert from 'node:assert/strict';
import { Prng } from '../sim/prng';
import { bend, noise } from './mutate';

/** One decoder, or a part with a decoder in front, that must stand any input. */
export interface FuzzTarget {
  readonly name: string;
  /** Relative to the others: how many of a thousand inputs. Costly targets get fewer. */
  readonly inputsPerRound: number;
  /** Inputs that a peer really sends. */
  readonly corpus: readonly Uint8Array[];
  /** An input that keeps to the grammar in most places and breaks it in some. */
  grammar(random: Prng): Uint8Array;
  /** Feeds one input; returns whether it was taken as sound. Whatever must not happen throws. */
  run(input: Uint8Array, random: Prng): boolean;
  /** Bytes that the target holds now, where it lives on between inputs. */
  retained?(): number;
  readonly maxRetainedBytes?: number;
}

export interface FuzzCounts {
  inputs: number;
  sound: number;
}

/** One round; it makes the same inputs for the same seed, whatever other targets do. */
export function fuzzRound(target: FuzzTarget, seed: number): FuzzCounts {
  let sound = 0;
  for (let index = 0; index < target.inputsPerRound; index++) {
    const random = new Prng((Math.imul(seed, 0x9e3779b1) + Math.imul(index, 0x85ebca6b)) >>> 0);
    const input = makeInput(target, random);
    try {
      if (target.run(input, random)) sound++;
    } catch (error) {
      const hex = Buffer.from(input.subarray(0, 2000)).toString('hex');
      const again = `npm run fuzz -- --only ${target.name} --seed ${seed}`;
      throw new Error(`${target.name}, input ${index} of seed ${seed}: ${again}\n${hex}`, { cause: error });
    }
  }
  if (target.retained && target.maxRetainedBytes !== undefined) {
    const bytes = target.retained();
    assert.ok(bytes <= target.maxRetainedBytes, `${target.name}, seed ${seed}: holds ${bytes} bytes`);
  }
  return { inputs: target.inputsPerRound, sound };
}

function makeInput(target: FuzzTarget, random: Prng): Uint8Array {
  const kind = random.next();
  if (kind < 0.15 || target.corpus.length === 0) return noise(random);
  if (kind < 0.6) return bend(random, random.pick(target.corpus), random.pick(target.corpus));
  if (kind < 0.65) return random.pick(target.corpus).slice();
  return target.grammar(random);
}
