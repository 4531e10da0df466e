import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The repository's root, from wherever the devkit runs: its bundle, a test bundle, or the sources. */
export function findRepositoryRoot(start: string = process.cwd()): string {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    if (isRepository(folder)) return folder;
    if (folder === path.dirname(folder)) {
      throw new Error(`no iot-p2p-player repository at or above ${path.resolve(start)}`);
    }
  }
}

/** Whether a folder is the root of a repository, and not of an installed devkit. */
export function isRepository(folder: string): boolean {
  const file = path.join(folder, 'package.json');
  return fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).name === 'iot-p2p-player';
}

/**
 * `require` as seen from devkit/: the tools of the preview (esbuild, the template compiler, postcss) load when a preview is
 * built, not with every command of the devkit, and in devkit's own versions.
 */
export function devkitRequire(root: string): NodeJS.Require {
  return createRequire(path.join(root, 'devkit', 'package.json'));
}
