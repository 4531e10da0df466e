// Runs simulated worlds (test/sim) over as many seeds as you like; the first one that fails ends it.
// usage: npm run test:sim -- [--seeds N] [--preset P] [--seed S] [--only transport|core] [--qlog FOLDER]
//   --seeds   worlds of each kind and preset; default 100, with --seed 1
//   --preset  over this network only
//   --seed    the first seed, or the only one; default 1
//   --only    two transports, or the whole core with broker and handshake; default both
//   --qlog    writes a trace of each world there, for https://qvis.quictools.info and other tools
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';
import { root } from './lib/files.mjs';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    preset: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    qlog: { type: 'string' },
  },
});

const outfile = path.join(root, '.build', `test-sim-${process.pid}.mjs`);
process.on('exit', () => fs.rmSync(outfile, { force: true }));
await esbuild.build({
  entryPoints: [path.join(root, 'test/sim/sweep.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
  absWorkingDir: root,
});
process.setSourceMapsEnabled(true);
const { PRESET_NAMES, WORLD_KINDS, isPreset, sweep } = await import(pathToFileURL(outfile).href);

const usage = (message) => {
  console.error(message);
  process.exit(2);
};
const count = (name, fallback) => {
  const value = Number(values[name] ?? fallback);
  return Number.isInteger(value) && value > 0 ? value : usage(`--${name} takes a whole number from 1`);
};
const { preset, only, qlog } = values;
if (preset !== undefined && !isPreset(preset)) usage(`--preset is one of ${PRESET_NAMES.join(', ')}`);
if (only !== undefined && !Object.hasOwn(WORLD_KINDS, only)) {
  usage(`--only is one of ${Object.keys(WORLD_KINDS).join(', ')}`);
}
const firstSeed = count('seed', 1);
const seedCount = count('seeds', values.seed === undefined ? 100 : 1);
const qlogFolder = qlog && path.resolve(qlog);
if (qlogFolder) fs.mkdirSync(qlogFolder, { recursive: true });

const isOk = await sweep({
  kinds: only ? [only] : Object.keys(WORLD_KINDS),
  presets: preset ? [preset] : PRESET_NAMES,
  firstSeed,
  seedCount,
  qlogFolder,
});
process.exitCode = isOk ? 0 : 1;
