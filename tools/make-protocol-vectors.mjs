// Writes test/vectors/protocol.json from our own code with fixed keys, salts and times. The file is committed; run this
// when the protocol changes, and change docs/protocol.md and the decoder in test/p2p-core/protocol-vectors.test.ts first.
// usage: node tools/make-protocol-vectors.mjs
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import esbuild from 'esbuild';
import prettier from 'prettier';
import { root } from './lib/files.mjs';

const bundle = path.join(root, '.build', `protocol-vectors-${process.pid}.mjs`);
process.on('exit', () => fs.rmSync(bundle, { force: true }));
await esbuild.build({
  entryPoints: [path.join(root, 'test/support/protocol-vectors/index.ts')],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
  absWorkingDir: root,
});
const { makeProtocolVectors } = await import(pathToFileURL(bundle).href);
const file = path.join(root, 'test/vectors/protocol.json');
const options = await prettier.resolveConfig(file);
const text = await prettier.format(JSON.stringify(makeProtocolVectors()), { ...options, parser: 'json' });
fs.writeFileSync(file, text);
console.log(`${path.relative(root, file)}: ${text.length} bytes`);
