// What receiving costs a phone's CPU, in engines without a JIT: V8, and where its shell is installed JavaScriptCore
// (Debian: libjavascriptcoregtk-4.0-bin), which is what iPhones run. Ratios are taken within one run.
// usage: npm run bench:cpu -- [--only aead,protocol,session,allocations,handshake]
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { bundle } from './lib/bundle.mjs';
import { ensurePeers } from './lib/peers.mjs';

const ENGINES = [
  { name: 'node --jitless', command: process.execPath, args: ['--jitless'], env: {} },
  { name: 'jsc without JIT', command: 'jsc', args: [], env: { JSC_useJIT: '0' } },
];

/** Rows of each script from the numbers it told. */
const SCRIPTS = {
  aead: ({ oursMs, nobleMs, naclMs }) => [
    { what: 'AEAD open, ours / noble-ciphers', value: oursMs / nobleMs, unit: '', limit: 0.45 },
    { what: 'AEAD open, ours / tweetnacl secretbox', value: oursMs / naclMs, unit: '' },
    { what: 'AEAD open, ours', value: oursMs, unit: 'ms/MB' },
    { what: 'AEAD open, noble-ciphers', value: nobleMs, unit: 'ms/MB' },
    { what: 'AEAD open, tweetnacl secretbox', value: naclMs, unit: 'ms/MB' },
  ],
  protocol: ({ cleanMs, lossyMs }) => [
    { what: 'transport alone, no loss', value: cleanMs, unit: 'ms/MB', limit: 6 },
    { what: 'transport alone, loss 5 %', value: lossyMs, unit: 'ms/MB', limit: 15 },
  ],
  session: ({ cleanMs, lossyMs, withoutCipherMs, clockMicroseconds, datagramsSent, timersArmed }) => [
    { what: 'whole receive path at 2 Mbit/s, no loss', value: cleanMs / 10, unit: '% of a core', limit: 35 },
    { what: 'whole receive path at 2 Mbit/s, loss 5 %', value: lossyMs / 10, unit: '% of a core' },
    { what: 'the same without the cipher, no loss', value: withoutCipherMs / 10, unit: '% of a core' },
    { what: 'reading the clock', value: clockMicroseconds, unit: 'us' },
    { what: 'datagrams a viewer sends', value: datagramsSent, unit: '/s' },
    { what: 'timers a viewer arms', value: timersArmed, unit: '/s' },
  ],
  allocations: ({ viewBytes, cleanBytes, lossyBytes }) => [
    {
      what: 'allocated for a packet, beyond the view of its payload',
      value: cleanBytes - viewBytes,
      unit: 'bytes',
      limit: 400,
    },
    { what: 'the same, loss 5 %', value: lossyBytes - viewBytes, unit: 'bytes', limit: 400 },
  ],
  handshake: ({ x25519Ms, viewerMs, cameraMs }) => [
    { what: 'X25519', value: x25519Ms, unit: 'ms' },
    { what: 'handshake, viewer, ephemeral key made ahead', value: viewerMs, unit: 'ms' },
    { what: 'handshake, camera, ephemeral key made ahead', value: cameraMs, unit: 'ms' },
  ],
};

/** Only V8 says how much memory is in use. Its young generation has room for a run, so that none is collected meanwhile. */
const ONLY_NODE = {
  allocations: ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'],
};

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } });
const names = values.only?.split(',') ?? Object.keys(SCRIPTS);
const unknown = names.filter((name) => !(name in SCRIPTS));
if (unknown.length > 0) {
  console.error(`no script ${unknown.join(', ')}: there are ${Object.keys(SCRIPTS).join(', ')}`);
  process.exit(2);
}
await ensurePeers();
const { atMost, finish, printTable, round } = createRequire(import.meta.url)(
  await bundle('bench/lib/report.ts'),
);

/** The numbers a script told, null where the engine is not installed. */
function run({ name, command, args, env }, script, moreArgs = []) {
  const child = spawnSync(command, [...args, ...moreArgs, script], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 1 << 26,
  });
  if (child.error?.code === 'ENOENT') return null;
  if (child.status !== 0)
    throw new Error(`${path.basename(script)} in ${name}:\n${child.stdout}${child.stderr}`);
  return JSON.parse(child.stdout.trim().split('\n').pop());
}

const rows = [];
const lines = new Map();
for (const script of names) {
  const file = await bundle(`bench/cpu/${script}.ts`, 'neutral');
  for (const engine of script in ONLY_NODE ? ENGINES.slice(0, 1) : ENGINES) {
    const numbers = run(engine, file, ONLY_NODE[script]);
    if (numbers === null) console.log(`${engine.name}: not installed, skipped`);
    for (const { what, value, unit, limit } of numbers === null ? [] : SCRIPTS[script](numbers)) {
      const label = `${what}, ${engine.name}`;
      rows.push(
        limit === undefined ? { what: label, value: round(value), unit } : atMost(label, value, unit, limit),
      );
      const line = lines.get(what) ?? { unit, limit, values: {} };
      line.values[engine.name] = String(round(value));
      lines.set(what, line);
    }
  }
}
printTable(
  'CPU without a JIT (best of several rounds)',
  ['', ...ENGINES.map(({ name }) => name), 'unit', 'target'],
  [...lines].map(([what, line]) => [
    what,
    ...ENGINES.map(({ name }) => line.values[name] ?? '-'),
    line.unit,
    line.limit === undefined ? '' : `<=${line.limit}`,
  ]),
);
finish('cpu', rows);
