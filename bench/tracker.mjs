// What the tracker of shared streams costs: a request by the size of the stream, sealing, memory and bytes of a viewer, and
// a whole worker on the embedded broker.
// usage: npm run bench:tracker
import { bundle } from './lib/bundle.mjs';

await import(await bundle('bench/tracker/main.ts', 'node', false));
