// The two builds of the repository, and what each depends on.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from './files.mjs';
import { buildIfChanged } from './stamp.mjs';

const BUILDS = {
  library: {
    title: 'library → miniprogram_dist',
    inputs: [
      'index.ts',
      'p2p-core',
      'store',
      'components',
      'examples',
      'tsconfig.json',
      'gulpfile.js',
      'tools/lib/reachable.cjs',
      'tools/lib/internal-names.cjs',
      'tools/lib/shipped-scripts.cjs',
      'package-lock.json',
    ],
    output: 'miniprogram_dist/index.js',
    script: path.join('node_modules', 'gulp', 'bin', 'gulp.js'),
  },
  devkit: {
    title: 'devkit → devkit/dist',
    inputs: ['devkit', 'p2p-core', 'tools/build-devkit.mjs', 'package-lock.json'],
    output: 'devkit/dist/cli.mjs',
    script: path.join('tools', 'build-devkit.mjs'),
  },
};

/** A build that failed; its output says why. */
export class BuildError extends Error {}

function runScript(name, script, onChild) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    onChild?.(child);
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      reject(new BuildError(`building ${name} failed:\n${Buffer.concat(output).toString()}`));
    });
  });
}

/** Builds `name` ('library' | 'devkit') when its inputs changed. Returns a line for people. */
export async function ensureBuilt(name, onChild) {
  const { title, inputs, output, script } = BUILDS[name];
  const startedAt = performance.now();
  const hasBuilt = await buildIfChanged({ name, inputs, output }, () => runScript(name, script, onChild));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  return hasBuilt ? `built ${title} in ${seconds} s` : `${title} is up to date`;
}
