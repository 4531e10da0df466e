// Feeds random, bent and half-right inputs to every decoder until the time is over; the first failure ends it.
// usage: npm run fuzz -- [--seconds N] [--seed S] [--only TARGET]
//   --seconds  default 60; with 0 one round of each target, which is how a printed failure is repeated
//   --seed     of the first round; default: the time
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';
import { root } from './lib/files.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1e9);
const seconds = Number(values.seconds ?? (values.seed === undefined ? 60 : 0));
if (!Number.isInteger(seed) || !(seconds >= 0)) {
  console.error('--seed takes a whole number, --seconds a number from 0');
  process.exit(2);
}

const outfile = path.join(root, '.build', `fuzz-${process.pid}.mjs`);
process.on('exit', () => fs.rmSync(outfile, { force: true }));
await esbuild.build({
  entryPoints: [path.join(root, 'test/fuzz/open-ended.ts')],
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
const { fuzzFor } = await import(pathToFileURL(outfile).href);
process.exitCode = fuzzFor({ seed, seconds, only: values.only }) ? 0 : 1;
