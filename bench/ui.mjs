// What showing media costs the UI: setData calls, and CPU for each chunk beside a component that calls setData for every
// chunk, both on WeChat's component framework (glass-easel) in one run; also without a JIT, as on iPhones.
// usage: npm run bench:ui
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ensureBuilt } from '../tools/lib/builds.mjs';
import { root } from '../tools/lib/files.mjs';
import { bundle } from './lib/bundle.mjs';

const load = createRequire(import.meta.url);
await ensureBuilt('library');
const { atMost, finish, printTable, round } = load(await bundle('bench/lib/report.ts'));
const { prepare } = load(await bundle('bench/ui/prepare.ts', 'node', false));
const script = await bundle('bench/ui/measure.ts', 'node', false);

const folder = path.join(path.dirname(script), 'ui');
const file = path.join(folder, 'prepared.json');
fs.mkdirSync(folder, { recursive: true });
fs.writeFileSync(file, JSON.stringify(prepare(root, path.join(folder, 'project'))));

const ENGINES = { 'with a JIT': [], 'node --jitless': ['--jitless'] };
const rows = [];
const lines = [];
for (const [name, flags] of Object.entries(ENGINES)) {
  const child = spawnSync(process.execPath, [...flags, script, file], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`${name}:\n${child.stdout}${child.stderr}`);
  const figures = JSON.parse(child.stdout.trim().split('\n').pop());
  const { oursMicroseconds: ours, naiveMicroseconds: naive } = figures;
  rows.push(
    atMost(`setData calls on the media path, ${name}`, figures.oursSetDataOnMediaPath, '', 0),
    atMost(`setData calls in steady live, ${name}`, figures.steadySetDataPerSecond, '/s', 2),
    atMost(`setData calls with the panel of statistics, ${name}`, figures.panelSetDataPerSecond, '/s', 2),
    atMost(`CPU per chunk, ours / setData for every chunk, ${name}`, ours / naive, '', 0.05),
    { what: `CPU per chunk, ours, ${name}`, value: round(ours), unit: 'us' },
    { what: `CPU per chunk, setData for every chunk, ${name}`, value: round(naive), unit: 'us' },
  );
  lines.push([name, ours, naive].map((cell) => (typeof cell === 'number' ? String(round(cell)) : cell)));
}
printTable('CPU per chunk in µs (best of 5 rounds)', ['', 'ours', 'setData for every chunk'], lines);
finish('ui', rows);
