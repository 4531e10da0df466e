// Holds the licences of all dependencies to a list of those that may be used.
// usage: node tools/check-licenses.mjs
import process from 'node:process';
import { problemsOf, readLockfile } from './lib/licenses.mjs';
import { root } from './lib/files.mjs';

process.chdir(root);
const problems = [];
for (const lockfile of [
  'package-lock.json',
  'bench/package-lock.json',
  'test/camera/package-lock.json',
  'test/conformance/package-lock.json',
  'test/swarm/package-lock.json',
]) {
  const entries = readLockfile(lockfile);
  problems.push(...problemsOf(lockfile, entries));
  const shipped = entries
    .filter(({ isShipped }) => isShipped)
    .map(({ name, licence }) => `${name} (${licence})`);
  console.log(
    `${lockfile}: ${entries.length} packages${shipped.length > 0 ? `, shipped: ${shipped.join(', ')}` : ''}`,
  );
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
