import { describe, test } from 'node:test';
import { runCoreWorld } from './core-world';
import { PRESET_NAMES } from './presets';

const SEEDS_EACH = 4;

describe('live, a download and commands at once through the whole core', () => {
  for (const preset of PRESET_NAMES) {
    test(`keep every promise over ${preset}, seeds 1 to ${SEEDS_EACH}`, async () => {
      for (let seed = 1; seed <= SEEDS_EACH; seed++) await runCoreWorld({ preset, seed });
    });
  }
});
