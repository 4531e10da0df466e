// Bundles a bench's TypeScript with the sources it measures into one script under .build.
import fs from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';
import { root } from '../../tools/lib/files.mjs';

/**
 * @param entry relative to the root
 * @param platform `node`, or `neutral` for a script that a bare engine runs as well
 * @param isSelfContained false: npm packages are loaded from node_modules, for those that cannot be bundled
 * @param format `esm` for what asks where it lies
 * @returns the path of the script; it is removed when this process ends
 */
export async function bundle(entry, platform = 'node', isSelfContained = true, format = 'cjs') {
  const name = path.basename(path.dirname(entry)) + '-' + path.basename(entry, '.ts');
  const outfile = path.join(
    root,
    '.build',
    'bench',
    String(process.pid),
    `${name}.${format === 'esm' ? 'mjs' : 'cjs'}`,
  );
  process.on('exit', () => fs.rmSync(path.dirname(outfile), { recursive: true, force: true }));
  await esbuild.build({
    entryPoints: [path.join(root, entry)],
    outfile,
    bundle: true,
    ...(isSelfContained ? {} : { packages: 'external' }),
    platform,
    mainFields: ['module', 'main'],
    // tweetnacl looks for a random generator; the benches give it every nonce.
    alias: platform === 'node' ? {} : { crypto: path.join(root, 'bench/lib/nothing.ts') },
    format: platform === 'node' ? format : 'iife',
    target: 'es2020',
    logLevel: 'warning',
    absWorkingDir: root,
  });
  return outfile;
}
