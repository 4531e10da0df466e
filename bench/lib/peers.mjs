// Installs what the benches compare with (bench/package.json) from its own lockfile, once per lockfile.
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../../tools/lib/files.mjs';
import { runChild } from '../../tools/lib/run-child.mjs';
import { hashInputs } from '../../tools/lib/stamp.mjs';

const INSTALL_TIMEOUT_MS = 2 * 60_000;

export async function ensurePeers() {
  const stamp = path.join(root, 'bench', 'node_modules', '.installed');
  const wanted = hashInputs(['bench/package-lock.json']);
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  console.log('installing the peers of the benches into bench/node_modules (2 MB)');
  const args = ['ci', '--prefix', 'bench', '--no-audit', '--no-fund'];
  const { code } = await runChild('npm', args, { timeoutMs: INSTALL_TIMEOUT_MS });
  if (code !== 0) {
    console.error('The peers could not be installed. Run this with a network: npm ci --prefix bench');
    process.exit(2);
  }
  fs.writeFileSync(stamp, wanted);
}
