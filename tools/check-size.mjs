// Weighs the built package against its budget: WeChat allows 2 MB a (sub)package, and most of it belongs to the app.
// usage: node tools/check-size.mjs      (after npm run build)
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root, toPosix, walkFiles } from './lib/files.mjs';

const PACKED = /\.(js|wxml|wxss|json|wxs)$/;
const DIST = path.join(root, 'miniprogram_dist');
const BYTES_PER_KB = 1024;
const PACKAGE_LIMIT_KB = 300;
const CORE_LIMIT_KB = 150;

/** What the code itself weighs: without its comments, which the app's upload strips too, but with its names. */
function bytesWithoutComments(text) {
  const compilerOptions = { target: ts.ScriptTarget.ES2017, removeComments: true };
  return Buffer.byteLength(ts.transpileModule(text, { compilerOptions }).outputText);
}

const files = walkFiles(DIST).filter((file) => PACKED.test(file));
if (files.length === 0) {
  console.error('miniprogram_dist is empty: run `npm run build` first');
  process.exit(1);
}

/** Folder → what it weighs. p2p-core and components are split once more, since that is where growth hides. */
const folders = new Map();
for (const file of files) {
  const name = toPosix(path.relative(DIST, file));
  const parts = name.split('/');
  const folder = parts.length === 1 ? '.' : parts.slice(0, Math.min(2, parts.length - 1)).join('/');
  const text = fs.readFileSync(file, 'utf8');
  const row = folders.get(folder) ?? { packed: 0, code: 0 };
  row.packed += Buffer.byteLength(text);
  row.code += file.endsWith('.js') ? bytesWithoutComments(text) : Buffer.byteLength(text);
  folders.set(folder, row);
}

const toKb = (bytes) => Math.round((bytes / BYTES_PER_KB) * 10) / 10;
const sum = (key, isCounted = () => true) =>
  [...folders].reduce((total, [folder, row]) => (isCounted(folder) ? total + row[key] : total), 0);
const printRow = (name, packed, code) =>
  console.log(name.padEnd(36) + packed.toFixed(1).padStart(10) + code.toFixed(1).padStart(22));

console.log('folder'.padEnd(36) + 'KB'.padStart(10) + 'KB without comments'.padStart(22));
for (const [folder, row] of [...folders].sort()) printRow(folder, toKb(row.packed), toKb(row.code));
printRow('total', toKb(sum('packed')), toKb(sum('code')));

const measured = [
  { what: 'miniprogram_dist', value: toKb(sum('packed')), limit: PACKAGE_LIMIT_KB },
  {
    what: 'p2p-core without comments',
    value: toKb(sum('code', (folder) => folder.split('/')[0] === 'p2p-core')),
    limit: CORE_LIMIT_KB,
  },
];
const rows = measured.map(({ what, value, limit }) => ({
  what,
  value,
  unit: 'KB',
  target: `<=${limit}`,
  ok: value <= limit,
}));
console.log(JSON.stringify({ bench: 'size', rows }));
process.exit(rows.every((row) => row.ok) ? 0 : 1);
