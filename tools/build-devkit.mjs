// Bundles the devkit's programs: TypeScript of devkit/ and p2p-core/ into ES modules, npm packages left outside. What only the
// preview needs is in modules of its own, so that the other commands run without its packages.
import fs from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';
import { root } from './lib/files.mjs';

const { metafile } = await esbuild.build({
  absWorkingDir: root,
  entryPoints: { cli: './devkit/cli/main.ts' },
  outdir: 'devkit/dist',
  outExtension: { '.js': '.mjs' },
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  metafile: true,
  platform: 'node',
  format: 'esm',
  target: 'node18.20',
  packages: 'external',
  sourcemap: true,
  tsconfig: 'tsconfig.node.json',
  logLevel: 'warning',
});

// Names carry hashes: what an earlier build left is in nobody's way, but would be packed.
const outdir = path.join(root, 'devkit', 'dist');
for (const name of fs.readdirSync(outdir)) {
  if (!(`devkit/dist/${name}` in metafile.outputs)) fs.rmSync(path.join(outdir, name));
}
