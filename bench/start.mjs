// From startP2PService to the first media byte in dataCallback, with the whole core in virtual time.
// usage: npm run bench:start
import { bundle } from './lib/bundle.mjs';

await import(await bundle('bench/start/main.ts'));
