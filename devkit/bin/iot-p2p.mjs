#!/usr/bin/env node
import fs from 'node:fs';

const bundle = new URL('../dist/cli.mjs', import.meta.url);
if (!fs.existsSync(bundle)) {
  console.error(
    'iot-p2p is not built yet. Run in the repository: npm install && node tools/build-devkit.mjs',
  );
  process.exit(1);
}
await import(bundle.href);
