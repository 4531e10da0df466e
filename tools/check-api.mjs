// Compares the public surface with its golden declarations (test/api), and the documents that are made of sources (docs/api,
// docs/components.md, docs/texts.md; the last three in Chinese too).
// usage: node tools/check-api.mjs [--update]      --update writes them anew; without it a difference fails
import fs from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { docOf, printDeclaration, readSurface } from './lib/api-surface.mjs';
import { componentsDocument } from './lib/components-document.mjs';
import { root } from './lib/files.mjs';
import { renderReference } from './lib/reference-tables.mjs';
import { textsDocument } from './lib/texts-document.mjs';

const isUpdate = process.argv.includes('--update');

const golden = ({ entry, exports }) =>
  [
    `// What an app can import from ${entry}. Made by \`node tools/check-api.mjs --update\`: a change here is a change of the API.`,
    ...exports.map((each) => printDeclaration(each, true)),
    '',
  ].join('\n');

const documentOf = ({ entry, title, exports }) =>
  [
    `# ${title}`,
    `Everything that \`${entry.replace(/\.ts$/, '')}\` exports, from the comments of the source. Made by \`node tools/check-api.mjs --update\`.`,
    ...exports.map((each) => {
      // The comment in front of the declaration is the text above it.
      const code = printDeclaration(each, false).replace(/^(?:\/\*\*[\s\S]*?\*\/\s*)+/, '');
      return [`## ${each.name}`, docOf(each), '```ts\n' + code + '\n```', `Source: \`${each.file}\``]
        .filter((part) => part !== '')
        .join('\n\n');
    }),
    '',
  ].join('\n\n');

const outputs = readSurface().flatMap((surface) => [
  [`test/api/${surface.name}.d.ts`, golden(surface), 'typescript'],
  [`docs/api/${surface.name}.md`, documentOf(surface), 'markdown'],
]);
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
for (const [language, suffix] of [
  ['en', '.md'],
  ['zh-CN', '.zh-CN.md'],
]) {
  outputs.push(
    [`docs/api/errors${suffix}`, renderReference(read, language), 'markdown'],
    [`docs/components${suffix}`, componentsDocument(root, language), 'markdown'],
    [`docs/texts${suffix}`, textsDocument(read, language), 'markdown'],
  );
}

let isStale = false;
for (const [file, text, parser] of outputs) {
  const full = path.join(root, file);
  const after = await prettier.format(text, { parser, ...(await prettier.resolveConfig(full)) });
  const before = fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : '';
  if (after === before) continue;
  if (isUpdate) {
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, after);
    console.log(`${file} written`);
    continue;
  }
  isStale = true;
  const [was, is] = [before.split('\n'), after.split('\n')];
  const at = is.findIndex((line, i) => line !== was[i]);
  console.error(`${file}:${at + 1} is not what the source says: ${is[at] ?? '(less)'}`);
}
if (isStale)
  console.error('If the change is meant: node tools/check-api.mjs --update, and say it in CHANGELOG.md');
process.exit(isStale ? 1 : 0);
