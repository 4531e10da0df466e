// Weighs the built package against its budget: WeChat allows 2 MB a (sub)package, and most of it belongs to the app.
// usage: node tools/check-size.mjs      (after npm run build)
import fs from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';
import ts from 'typescript';
import { root, toPosix, walkFiles } from './lib/files.mjs';

const PACKED = /\.(js|wxml|wxss|json|wxs)$/;
const DIST = path.join(root, 'miniprogram_dist');
const BYTES_PER_KB = 1024;
const PACKAGE_LIMIT_KB = 300;
/** A ratchet: what the core ships today with some air. Growth beyond it is a decision, not an accident. */
const CORE_LIMIT_KB = 220;
/** What the design hoped for. Printed with `ok: false` as long as it is missed; only the limits above fail the check. */
const CORE_HOPE_KB = 150;

/** What the code itself weighs: without its comments, but with its names and lines. */
function bytesWithoutComments(text) {
  const compilerOptions = { target: ts.ScriptTarget.ES2017, removeComments: true };
  return Buffer.byteLength(ts.transpileModule(text, { compilerOptions }).outputText);
}

/** What reaches a phone when the app's upload compresses code, as it does unless told not to. */
function bytesMinified(text) {
  const { code } = esbuild.transformSync(text, { minify: true, target: 'es2017', legalComments: 'none' });
  return Buffer.byteLength(code);
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
  const row = folders.get(folder) ?? { packed: 0, code: 0, minified: 0 };
  row.packed += Buffer.byteLength(text);
  row.code += file.endsWith('.js') ? bytesWithoutComments(text) : Buffer.byteLength(text);
  row.minified += file.endsWith('.js') ? bytesMinified(text) : Buffer.byteLength(text);
  folders.set(folder, row);
}

const toKb = (bytes) => Math.round((bytes / BYTES_PER_KB) * 10) / 10;
const sum = (key, isCounted = () => true) =>
  [...folders].reduce((total, [folder, row]) => (isCounted(folder) ? total + row[key] : total), 0);
const printRow = (name, cells) =>
  console.log(
    name.padEnd(36) +
      cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(1) : cell).padStart(18)).join(''),
  );

printRow('folder', ['KB', 'without comments', 'minified']);
for (const [folder, { packed, code, minified }] of [...folders].sort()) {
  printRow(folder, [packed, code, minified].map(toKb));
}
printRow('total', [sum('packed'), sum('code'), sum('minified')].map(toKb));

const isCore = (folder) => folder.split('/')[0] === 'p2p-core';
const measured = [
  { what: 'miniprogram_dist', value: toKb(sum('packed')), limit: PACKAGE_LIMIT_KB, isBinding: true },
  { what: 'p2p-core as shipped', value: toKb(sum('packed', isCore)), limit: CORE_LIMIT_KB, isBinding: true },
  {
    what: 'p2p-core without comments',
    value: toKb(sum('code', isCore)),
    limit: CORE_HOPE_KB,
    isBinding: false,
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
process.exit(rows.every((row, i) => row.ok || !measured[i].isBinding) ? 0 : 1);
