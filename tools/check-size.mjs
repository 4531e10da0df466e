// Weighs the built package against its budget: WeChat allows 2 MB a (sub)package, and most of it belongs to the app.
// usage: node tools/check-size.mjs      (after npm run build)
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root, toPosix, walkFiles } from './lib/files.mjs';
import { filesOfApp } from './lib/reachable.cjs';
import shippedScripts from './lib/shipped-scripts.cjs';

const { GROUPS, bundleGroup, namesToShorten } = shippedScripts;

const PACKED = /\.(js|wxml|wxss|json|wxs)$/;
const DIST = path.join(root, 'miniprogram_dist');
const BYTES_PER_KB = 1024;
/** Less than a quarter of what one (sub)package may hold, for everything: live, talk, PTZ, recordings, downloads, 1-to-many. */
const PACKAGE_LIMIT_KB = 480;
/** What the design hoped for the whole package. */
const PACKAGE_HOPE_KB = 300;
/** The live picture. */
const LIVE_LIMIT_KB = 270;
/** The live picture and a canvas; no recorder. */
const PICTURES_LIMIT_KB = 285;
/** With talk, PTZ, pictures and recordings around the live one. */
const CAMERA_PAGE_LIMIT_KB = 345;
/** A ratchet: what the core ships today with some air. Growth beyond it is a decision, not an accident. */
const CORE_LIMIT_KB = 186;
/** Has everything that only viewers who share need; an app has it where it asks for it. */
const SWARM = 'p2p-core/swarm/index';
const SWARM_LIMIT_KB = 56;
/** The hopes are printed with `ok: false` as long as they are missed; only the limits fail the check. */
const CORE_HOPE_KB = 150;

/** What the code of a shipped script weighs before it is minified: with its names and lines, without its comments. */
function bytesWithoutComments(name) {
  const source = fs.readFileSync(path.join(root, name.replace(/\.js$/, '.ts')), 'utf8');
  const compilerOptions = {
    target: ts.ScriptTarget.ES2017,
    module: ts.ModuleKind.CommonJS,
    removeComments: true,
  };
  return Buffer.byteLength(ts.transpileModule(source, { compilerOptions }).outputText);
}

const files = walkFiles(DIST).filter((file) => PACKED.test(file));
if (files.length === 0) {
  console.error('miniprogram_dist is empty: run `npm run build` first');
  process.exit(1);
}

/** Folder → what it weighs. p2p-core and components are split once more, since that is where growth hides. */
const folders = new Map();
function weigh(name, packedBytes, codeBytes) {
  const parts = name.split('/');
  const folder = parts.length === 1 ? '.' : parts.slice(0, Math.min(2, parts.length - 1)).join('/');
  const row = folders.get(folder) ?? { packed: 0, code: 0 };
  row.packed += packedBytes;
  row.code += codeBytes;
  folders.set(folder, row);
}

/** A script of many sources is weighed by the folders these come from, as shipped and without minifying. */
async function weighGroup(group) {
  const shipped = (await bundleGroup(root, group, shorten)).scripts;
  const readable = Object.assign({}, ...(await bundleGroup(root, group)).scripts.map(({ inputs }) => inputs));
  for (const { name, inputs } of shipped) {
    const file = path.join(DIST, `${name}.js`);
    const packedBytes = fs.statSync(file).size;
    bundled.add(file);
    // What the parts weigh before the last shrinking tells their shares of what is left.
    const partsBytes = Object.values(inputs).reduce((total, bytes) => total + bytes, 0);
    for (const [source, bytes] of Object.entries(inputs)) {
      weigh(name === SWARM ? name : source, (bytes / partsBytes) * packedBytes, readable[source] ?? 0);
    }
    if (partsBytes === 0) weigh(name, packedBytes, 0);
  }
}

/** What an app uploads that uses one component: WeChat's tools leave out files that nothing requires or names. */
const uploadedBytes = (component) =>
  [...filesOfApp(DIST, [`components/${component}/${component}`])].reduce(
    (total, file) => total + fs.statSync(file).size,
    0,
  );

const shorten = namesToShorten(root);
const bundled = new Set();
for (const group of GROUPS) await weighGroup(group);
for (const file of files) {
  if (bundled.has(file)) continue;
  const name = toPosix(path.relative(DIST, file));
  const packedBytes = fs.statSync(file).size;
  weigh(name, packedBytes, file.endsWith('.js') ? bytesWithoutComments(name) : packedBytes);
}

const toKb = (bytes) => Math.round((bytes / BYTES_PER_KB) * 10) / 10;
const sum = (key, isCounted = () => true) =>
  [...folders].reduce((total, [folder, row]) => (isCounted(folder) ? total + row[key] : total), 0);
const printRow = (name, cells) =>
  console.log(
    name.padEnd(36) +
      cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(1) : cell).padStart(18)).join(''),
  );

printRow('folder', ['KB shipped', 'KB unminified']);
for (const [folder, { packed, code }] of [...folders].sort()) {
  printRow(folder, [packed, code].map(toKb));
}
printRow('total', [sum('packed'), sum('code')].map(toKb));

const isSwarm = (folder) => folder === 'p2p-core/swarm';
const isMjpg = (folder) => folder === 'p2p-core/mjpg';
const isCore = (folder) => folder.split('/')[0] === 'p2p-core' && !isSwarm(folder) && !isMjpg(folder);
const measured = [
  {
    what: 'an app with iot-p2p-common-player',
    value: toKb(uploadedBytes('iot-p2p-common-player')),
    limit: LIVE_LIMIT_KB,
    isBinding: true,
  },
  {
    what: 'an app with iot-p2p-mjpg-player',
    value: toKb(uploadedBytes('iot-p2p-mjpg-player')),
    limit: PICTURES_LIMIT_KB,
    isBinding: true,
  },
  {
    what: 'an app with iot-p2p-player-ipc',
    value: toKb(uploadedBytes('iot-p2p-player-ipc')),
    limit: CAMERA_PAGE_LIMIT_KB,
    isBinding: true,
  },
  { what: 'miniprogram_dist', value: toKb(sum('packed')), limit: PACKAGE_LIMIT_KB, isBinding: true },
  { what: 'miniprogram_dist', value: toKb(sum('packed')), limit: PACKAGE_HOPE_KB, isBinding: false },
  { what: 'p2p-core as shipped', value: toKb(sum('packed', isCore)), limit: CORE_LIMIT_KB, isBinding: true },
  {
    what: 'p2p-core/swarm as shipped',
    value: toKb(sum('packed', isSwarm)),
    limit: SWARM_LIMIT_KB,
    isBinding: true,
  },
  {
    what: 'p2p-core without comments, unminified',
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
