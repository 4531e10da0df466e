// Bundles the devkit's programs: TypeScript of devkit/ and p2p-core/ into one ES module, npm packages left outside.
import esbuild from 'esbuild';
import { root } from './lib/files.mjs';

await esbuild.build({
  absWorkingDir: root,
  entryPoints: { cli: './devkit/cli/main.ts' },
  outdir: 'devkit/dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  tsconfig: 'tsconfig.node.json',
  logLevel: 'warning',
});
