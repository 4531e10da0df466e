// Our transport with each of its controllers, and werift's SCTP, on the same links in virtual time: live video, video
// beside a download, bulk, fairness. The same seeds make the same figures on every machine.
// usage: npm run bench:transport -- [--only live,mixed,bulk,fairness]
import { bundle } from './lib/bundle.mjs';
import { ensurePeers } from './lib/peers.mjs';

await ensurePeers();
await import(await bundle('bench/transport/main.ts'));
