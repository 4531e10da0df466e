import { describe, test } from 'node:test';
import { PRESET_NAMES } from './presets';
import { runTransportWorld } from './transport-world';

const SEEDS_EACH = 32;

describe('live, commands, downloads and talk at once on two transports', () => {
  for (const preset of PRESET_NAMES) {
    test(`keep every invariant over ${preset}, seeds 1 to ${SEEDS_EACH}`, () => {
      for (let seed = 1; seed <= SEEDS_EACH; seed++) runTransportWorld({ preset, seed });
    });
  }
});
