// Skips a build whose inputs have not changed: one hash over their names and contents, kept under .build/stamps.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { root, walkFiles } from './files.mjs';

const stampFile = (name) => path.join(root, '.build', 'stamps', `${name}.sha256`);

/** Hash of the given files and directories (relative to the root); a missing one counts as empty. */
export function hashInputs(entries) {
  const hash = crypto.createHash('sha256');
  for (const entry of entries) {
    for (const file of walkFiles(path.join(root, entry))) {
      hash.update(path.relative(root, file)).update('\0').update(fs.readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

/**
 * Runs `build` unless the last success had the same inputs and its output still exists.
 * Returns whether it had to build. A failed build leaves no stamp behind.
 */
export async function buildIfChanged({ name, inputs, output }, build) {
  const hash = hashInputs(inputs);
  const file = stampFile(name);
  const isFresh =
    fs.existsSync(path.join(root, output)) && fs.existsSync(file) && fs.readFileSync(file, 'utf8') === hash;
  if (isFresh) return false;
  fs.rmSync(file, { force: true });
  await build();
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, hash);
  return true;
}
