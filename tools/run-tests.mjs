// Bundles TypeScript tests with esbuild (no type check: `npm run check:types` does that) and runs them with node --test.
// usage: node tools/run-tests.mjs [--concurrency N] <file-or-directory>...
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const args = process.argv.slice(2);
let concurrency = '2';
const at = args.indexOf('--concurrency');
if (at >= 0) concurrency = args.splice(at, 2)[1];
const walk = (entry) => {
  if (!fs.statSync(entry).isDirectory()) return [entry];
  return fs
    .readdirSync(entry)
    .sort()
    .filter((name) => name !== 'node_modules')
    .flatMap((name) => walk(path.join(entry, name)));
};
const given = args.flatMap((entry) => walk(path.resolve(root, entry)));
const files = given.filter(
  (file) => /\.test\.ts$/.test(file) || (args.length && args.some((a) => path.resolve(root, a) === file)),
);
if (files.length === 0) {
  console.error('no *.test.ts under', args.join(' '));
  process.exit(2);
}
// One output tree per invocation, so that two runs side by side do not overwrite each other.
const outdir = path.join(root, '.build', 'tests', String(process.pid));
await esbuild.build({
  entryPoints: files,
  outbase: root,
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
  absWorkingDir: root,
});
const outputs = files.map((file) => path.join(outdir, path.relative(root, file).replace(/\.ts$/, '.mjs')));
const result = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', `--test-concurrency=${concurrency}`, ...outputs],
  { cwd: root, stdio: 'inherit' },
);
fs.rmSync(outdir, { recursive: true, force: true });
process.exit(result.status ?? 1);
