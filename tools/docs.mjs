// Makes the documents that come from sources, and the site of all documents.
// usage: node tools/docs.mjs [--update] [--out FOLDER]
//   --update  writes the parts that are made from sources anew; without it a difference fails
//   --out     where the site goes, for any web server; default: .build/docs
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';
import prettier from 'prettier';
import { componentsDocument } from './lib/components-document.mjs';
import { root } from './lib/files.mjs';
import { textsDocument } from './lib/texts-document.mjs';

const { values } = parseArgs({
  options: { update: { type: 'boolean' }, out: { type: 'string', default: path.join('.build', 'docs') } },
});

let isStale = false;
const { ZH_CN } = await load('store/locale/zh-cn.ts');
const { EN } = await load('store/locale/en.ts');
const documents = [
  ['docs/components.md', componentsDocument(root)],
  ['docs/texts.md', textsDocument(ZH_CN, EN)],
];
for (const [file, text] of documents) {
  const full = path.join(root, file);
  const after = await prettier.format(text, {
    parser: 'markdown',
    ...(await prettier.resolveConfig(full)),
  });
  const before = fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : '';
  if (after === before) continue;
  if (values.update) {
    fs.writeFileSync(full, after);
    console.log(`${file} written`);
  } else {
    isStale = true;
    console.error(`${file} is not what the sources say: node tools/docs.mjs --update`);
  }
}

const { writeSite } = await load('devkit/docs/serve.ts');
const folder = path.resolve(root, values.out);
fs.rmSync(folder, { recursive: true, force: true });
console.log(`${writeSite(root, folder)} files in ${path.relative(root, folder)}`);
process.exitCode = isStale ? 1 : 0;

/** A TypeScript module of the repository, with what it imports. */
async function load(file) {
  const outfile = path.join(root, '.build', 'tools', `${path.basename(file, '.ts')}.mjs`);
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}
