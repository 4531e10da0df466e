// Writes the documents as a site, for any web server. The preview serves the same pages at /docs/.
// usage: node tools/docs.mjs [--out FOLDER]      default: .build/docs
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';
import { root } from './lib/files.mjs';

const { values } = parseArgs({
  options: { out: { type: 'string', default: path.join('.build', 'docs') } },
});
const outfile = path.join(root, '.build', 'tools', 'serve.mjs');
await esbuild.build({
  absWorkingDir: root,
  entryPoints: ['devkit/docs/serve.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
const { writeSite } = await import(pathToFileURL(outfile).href);
const folder = path.resolve(root, values.out);
fs.mkdirSync(folder, { recursive: true });
console.log(`${writeSite(root, folder)} files in ${path.relative(process.cwd(), folder)}`);
