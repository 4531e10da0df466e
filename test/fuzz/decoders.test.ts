import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fuzzRound } from './target';
import { FUZZ_TARGETS } from './targets';

const ROUNDS = 18;
const MIN_INPUTS = 200_000;

describe('any input leaves every decoder standing', () => {
  let total = 0;
  for (const target of FUZZ_TARGETS) {
    test(`${target.name}: random, bent and half-right inputs do no harm`, () => {
      let sound = 0;
      let inputs = 0;
      for (let seed = 1; seed <= ROUNDS; seed++) {
        const counts = fuzzRound(target, seed);
        inputs += counts.inputs;
        sound += counts.sound;
      }
      total += inputs;
      // Inputs that are all refused, or all taken, would test one half of a decoder.
      assert.ok(sound > inputs / 50 && sound < inputs * 0.98, `${sound} of ${inputs} inputs were sound`);
    });
  }

  test(`all targets together saw at least ${MIN_INPUTS} inputs`, () => {
    assert.ok(total >= MIN_INPUTS, `${total} inputs`);
  });
});
