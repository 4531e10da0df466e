// What ten viewers cost a camera agent, that the eleventh is refused at once, and how soon a viewer has a picture.
// usage: npm run bench:camera
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from '../tools/lib/builds.mjs';
import { root } from '../tools/lib/files.mjs';
import { freePort } from './lib/free-port.mjs';
import { bundle } from './lib/bundle.mjs';

console.log(await ensureBuilt('devkit'));
const cli = path.join(root, 'devkit', 'dist', 'cli.mjs');
const { main } = await import(pathToFileURL(await bundle('bench/camera/main.ts', 'node', false, 'esm')));
await main(cli, await freePort());
