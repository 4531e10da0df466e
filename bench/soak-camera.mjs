// A camera agent with viewers that come and go, turns that nobody ends and a source that breaks: its heap, buffers and handles
// over time, and how soon viewers have a picture.
// usage: npm run soak:camera -- [--minutes N]     default 1; heap and handles are judged at the end
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from '../tools/lib/builds.mjs';
import { root } from '../tools/lib/files.mjs';
import { bundle } from './lib/bundle.mjs';
import { freePort } from './lib/free-port.mjs';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes < 100_000)) {
  console.error('--minutes must be a number above 0');
  process.exit(2);
}
console.log(await ensureBuilt('devkit'));
const cli = path.join(root, 'devkit', 'dist', 'cli.mjs');
const { soak } = await import(pathToFileURL(await bundle('bench/camera/soak.ts', 'node', false, 'esm')));
await soak(cli, await freePort(), minutes);
