/**
 * What the receiving transport allocates for each packet of live video, in bytes. A view of the payload is the only object;
 * beyond it there are numbers with a fraction (times, rates), which V8 without a JIT keeps in 16 bytes each.
 */
import { tell } from './engine';
import { record, replay } from './replay';

const ROUNDS = 5;
const VIEWS = 1000;

/** Bytes that are in use; what was allocated between two calls, as long as no collection comes between. */
const usedBytes = (): number => process.memoryUsage().heapUsed;

/** The run without a collection is the one with the most. */
function most(run: () => number): number {
  let bytes = -Infinity;
  for (let i = 0; i < ROUNDS; i++) {
    (globalThis as { gc?: () => void }).gc!();
    bytes = Math.max(bytes, run());
  }
  return bytes;
}

const packet = new Uint8Array(1200);
const views: Uint8Array[] = new Array<Uint8Array>(VIEWS).fill(packet);
const viewBytes = most(() => {
  const before = usedBytes();
  for (let i = 0; i < VIEWS; i++) views[i] = packet.subarray(8);
  return (usedBytes() - before) / VIEWS;
});
const clean = record(0);
const lossy = record(0.05);
tell({
  viewBytes,
  cleanBytes: most(() => replay(clean, usedBytes) / clean.arrivals.length),
  lossyBytes: most(() => replay(lossy, usedBytes) / lossy.arrivals.length),
});
