// Downloads of a recorded file by the API, with the devkit's camera, in virtual time: rate, memory, exactness.
// usage: npm run bench:download
import v8 from 'node:v8';
import vm from 'node:vm';
import { bundle } from './lib/bundle.mjs';

v8.setFlagsFromString('--expose-gc');
globalThis.gc = vm.runInNewContext('gc');
await import(await bundle('bench/download/main.ts'));
