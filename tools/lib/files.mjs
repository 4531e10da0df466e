// Paths and file walks that the tools share.
import fs from 'node:fs';
import path from 'node:path';

/** The repository. */
export const root = path.resolve(import.meta.dirname, '../..');

const SKIPPED_DIRS = new Set([
  'node_modules',
  '.git',
  '.build',
  'miniprogram_dist',
  'miniprogram_npm',
  'dist',
]);

/** All files under `entry` (or `entry` itself), sorted; [] when it does not exist. Installed and built trees are skipped. */
export function walkFiles(entry) {
  const stat = fs.statSync(entry, { throwIfNoEntry: false });
  if (!stat) return [];
  if (!stat.isDirectory()) return [entry];
  return fs
    .readdirSync(entry, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter((child) => !(child.isDirectory() && SKIPPED_DIRS.has(child.name)))
    .flatMap((child) => walkFiles(path.join(entry, child.name)));
}

/** Forward slashes on every platform, as in import specifiers. */
export const toPosix = (file) => file.split(path.sep).join('/');
