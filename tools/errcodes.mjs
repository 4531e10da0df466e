// Writes the table of error codes into both READMEs.
// usage: node tools/errcodes.mjs [--check]      --check writes nothing and fails when a table is out of date
import fs from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { readErrCodes, renderTable, replaceTable } from './lib/errcode-table.mjs';
import { root } from './lib/files.mjs';

const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
const rows = readErrCodes(read('p2p-core/errors.ts'));
const DOCUMENTS = [
  { file: 'README.md', heading: ['errcode', 'name', 'meaning'] },
  {
    file: 'README.zh-CN.md',
    heading: ['errcode', '名称', '说明'],
    translations: JSON.parse(read('tools/errcodes.zh-CN.json')),
  },
];

let isStale = false;
for (const { file, heading, translations } of DOCUMENTS) {
  const before = read(file);
  const replaced = replaceTable(before, renderTable(rows, heading, translations));
  const after = await prettier.format(replaced, {
    parser: 'markdown',
    ...(await prettier.resolveConfig(file)),
  });
  if (after === before) continue;
  isStale = true;
  if (process.argv.includes('--check'))
    console.error(`${file}: its table of error codes is out of date: node tools/errcodes.mjs`);
  else fs.writeFileSync(path.join(root, file), after);
}
process.exit(isStale && process.argv.includes('--check') ? 1 : 0);
