import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export interface PackedFile {
  path: string;
  size: number;
}

export interface PackedPackage {
  /** Bytes of the archive, and of what it unpacks to. */
  size: number;
  unpackedSize: number;
  files: PackedFile[];
}

/** What `npm publish` would upload. Nothing is written. */
export function listPacked(): PackedPackage {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--dry-run', '--ignore-scripts'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm pack failed:\n${stderr}`);
  const [packed] = JSON.parse(stdout) as [PackedPackage];
  return packed;
}

/** An app's folder whose node_modules has the packed files, and what an app in TypeScript installs besides. */
export function createConsumer(packed: PackedPackage): { folder: string; remove(): void } {
  fs.mkdirSync('.build', { recursive: true });
  const folder = fs.mkdtempSync(path.resolve('.build', 'consumer-'));
  for (const { path: file } of packed.files) {
    const target = path.join(folder, 'node_modules', 'iot-p2p-player', file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(file, target);
  }
  fs.cpSync('test/release/consumer', folder, { recursive: true });
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}
