// Bundles TypeScript tests with esbuild (no type check: `npm run check:types` does that) and runs them with node --test.
// usage: node tools/run-tests.mjs [--built-core] [--concurrency N] [--timeout MS] [--summary FILE] <file-or-directory>...
//   --built-core  modules under test come from miniprogram_dist, as apps get them, instead of the sources
//   --timeout  what one test file may take at most; a file that leaves a timer or socket open ends here
//   --summary  also writes the results there, as TAP
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';
import { root, walkFiles } from './lib/files.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string', default: '2' },
    timeout: { type: 'string', default: '120000' },
    summary: { type: 'string' },
    'built-core': { type: 'boolean', default: false },
  },
});
const filesOf = (entry) => {
  const full = path.resolve(root, entry);
  return walkFiles(full).filter((file) => file === full || file.endsWith('.test.ts'));
};
// A folder without tests is a mistake in its name, or tests that were lost.
const empty = positionals.filter((entry) => filesOf(entry).length === 0);
if (positionals.length === 0 || empty.length > 0) {
  console.error(`no *.test.ts under ${empty.join(', ') || 'no given path'}`);
  process.exit(2);
}
const files = [...new Set(positionals.flatMap(filesOf))];

/** The two source files that the core's API is imported from. */
const CORE_API = ['p2p-core/index', 'p2p-core/api/module'].map((name) => path.join(root, name));
const useBuiltCore = {
  name: 'use-built-core',
  setup(build) {
    build.onResolve({ filter: /\/(index|module)$/ }, ({ path: request, resolveDir }) => {
      if (!CORE_API.includes(path.resolve(resolveDir, request))) return undefined;
      return { path: path.join(root, 'miniprogram_dist/p2p-core/index.js') };
    });
  },
};

// One output tree per invocation, so that two runs side by side do not overwrite each other.
const outdir = path.join(root, '.build', 'tests', String(process.pid));
const cleanUp = () => fs.rmSync(outdir, { recursive: true, force: true });
process.on('exit', cleanUp);
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
  plugins: values['built-core'] ? [useBuiltCore] : [],
});
const outputs = files.map((file) => path.join(outdir, path.relative(root, file).replace(/\.ts$/, '.mjs')));
const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
if (values.summary) reporters.push('--test-reporter=tap', `--test-reporter-destination=${values.summary}`);
const child = spawn(
  process.execPath,
  [
    '--enable-source-maps',
    '--test',
    `--test-concurrency=${values.concurrency}`,
    `--test-timeout=${values.timeout}`,
    ...reporters,
    ...outputs,
  ],
  { cwd: root, stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code) => process.exit(code ?? 1));
