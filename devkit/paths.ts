import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE_NAME = 'iot-p2p-devkit';

/**
 * The devkit's folder, found from the running file upwards: works for the sources, for the bundle in `dist` and for test
 * bundles anywhere in the repository. Throws when there is none.
 */
export function devkitRoot(start: string = fileURLToPath(new URL('.', import.meta.url))): string {
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (packageName(folder) === PACKAGE_NAME) return folder;
    const inside = path.join(folder, 'devkit');
    if (packageName(inside) === PACKAGE_NAME) return inside;
    if (folder === path.dirname(folder)) throw new Error(`no ${PACKAGE_NAME} at or above ${start}`);
  }
}

export function fixturesFolder(): string {
  return path.join(devkitRoot(), 'fixtures');
}

function packageName(folder: string): unknown {
  try {
    return (JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as { name?: unknown })
      .name;
  } catch {
    return undefined;
  }
}
