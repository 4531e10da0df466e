// Runs every bench (the bench:* scripts of package.json) and ends with what each of them ended with.
// usage: npm run bench
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../tools/lib/files.mjs';
import { runChild } from '../tools/lib/run-child.mjs';

const TIMEOUT_MS = 15 * 60_000;
const { scripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const results = [];
for (const name of Object.keys(scripts).filter((script) => script.startsWith('bench:'))) {
  console.log(`\n━━ ${name}`);
  const { code, isTimedOut } = await runChild('npm', ['run', '--silent', name], { timeoutMs: TIMEOUT_MS });
  results.push([name, isTimedOut ? 'stopped: it took too long' : code, code]);
}
console.log('\n━━ summary\n');
const verdicts = { 0: 'all targets met', 1: 'targets missed' };
for (const [name, result] of results)
  console.log(`${name.padEnd(18)} ${verdicts[result] ?? `failed (${result})`}`);
process.exit(Math.max(0, ...results.map(([, , code]) => code)));
