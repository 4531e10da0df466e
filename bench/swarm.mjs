// Crowds that share a stream, in virtual time: the engine and the tracker of this project on simulated lines. The same seeds
// make the same figures on every machine.
// usage: npm run bench:swarm -- [--viewers N] [--seconds S] [--seeds 1,2,3] [--only 'CASE;…']
//   --viewers  of the large crowd; default 1000, 3000 take some 6 minutes of a core, 10000 half an hour or more
//   --seconds  measured, after the crowd has come; default 60
//   --seeds    instead of those of each case
//   --only     cases by the beginnings of their names, between semicolons: names have commas
import { bundle } from './lib/bundle.mjs';

await import(await bundle('bench/swarm/main.ts'));
