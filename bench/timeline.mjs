// How smoothly the timeline of recordings follows a finger in Chromium: frames a second while it is dragged, zoomed and
// flung, and how long one takes to draw.
// usage: npm run bench:timeline
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from '../tools/lib/builds.mjs';
import { ensureChromium } from '../tools/lib/install.mjs';
import { bundle } from './lib/bundle.mjs';

process.env.CHROMIUM = await ensureChromium();
for (const name of ['library', 'devkit']) await ensureBuilt(name);
const { main } = await import(pathToFileURL(await bundle('bench/timeline/main.ts', 'node', false, 'esm')));
await main();
