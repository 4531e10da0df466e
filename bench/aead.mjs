// AEAD without a JIT: time to open packets, ours against noble-ciphers, in V8 and, where its shell is installed, in
// JavaScriptCore (Debian: libjavascriptcoregtk-4.0-bin). usage: node bench/aead.mjs
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import esbuild from 'esbuild';

const MAX_RATIO = 0.45;
const root = path.resolve(import.meta.dirname, '..');
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-aead-'));
const script = path.join(directory, 'rounds.js');
const engines = [
  { name: 'node --jitless', command: process.execPath, args: ['--jitless', script], env: {} },
  { name: 'jsc without JIT', command: 'jsc', args: [script], env: { JSC_useJIT: '0' } },
];
const round = (value) => Math.round(value * 100) / 100;

const rows = [];
try {
  await esbuild.build({
    entryPoints: [path.join(root, 'bench/aead-rounds.ts')],
    outfile: script,
    bundle: true,
    format: 'iife',
    target: 'es2020',
    logLevel: 'warning',
    absWorkingDir: root,
  });
  for (const { name, command, args, env } of engines) {
    const run = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });
    if (run.error?.code === 'ENOENT') {
      console.log(`${name}: not installed, skipped`);
      continue;
    }
    if (run.status !== 0) throw new Error(`${name} failed:\n${run.stdout}${run.stderr}`);
    const { oursMs, nobleMs, x25519Ms } = JSON.parse(run.stdout.trim().split('\n').pop());
    const ratio = round(oursMs / nobleMs);
    console.log(
      `${name}: ours ${round(oursMs)} ms/MB, noble ${round(nobleMs)} ms/MB, X25519 ${round(x25519Ms)} ms`,
    );
    rows.push(
      {
        what: `open, ours / noble, ${name}`,
        value: ratio,
        unit: '',
        target: `<=${MAX_RATIO}`,
        ok: ratio <= MAX_RATIO,
      },
      { what: `open, ours, ${name}`, value: round(oursMs), unit: 'ms/MB' },
      { what: `X25519, ours, ${name}`, value: round(x25519Ms), unit: 'ms' },
    );
  }
} finally {
  fs.rmSync(directory, { recursive: true, force: true });
}
console.log(JSON.stringify({ bench: 'aead', rows }));
process.exitCode = rows.every((row) => row.ok !== false) ? 0 : 1;
