/** A camera agent for as long as is wanted, with all that happens to one: what it holds, over time. */
import { atMost, finish, median, round } from '../lib/report';
import { sleep, startCameraRig, watch } from './rig';
import type { Metrics, Viewer } from './rig';

const BITS_PER_SECOND = 1e6;
const MAX_VIEWERS = 4;
/** One viewer comes and the oldest goes. */
const STEP_MS = 2_000;
const SAMPLE_MS = 5_000;
const BREAK_EVERY = 10;
const MB = 1e6;
const TURN = 'action=user_define&channel=0&cmd={"topic":"ptz","data":{"cmd":"ptz_left_press"}}';

export async function soak(cli: string, healthPort: number, minutes: number): Promise<void> {
  const rig = await startCameraRig(cli, {
    bitsPerSecond: BITS_PER_SECOND,
    maxViewers: MAX_VIEWERS,
    healthPort,
  });
  await sleep(3_000);
  const rest = await rig.metrics();
  const firstMs: number[] = [];
  const samples: Metrics[] = [];
  const viewers: Viewer[] = [];
  const startMs = performance.now();
  const elapsedMs = (): number => performance.now() - startMs;
  console.log('   time   heap  buffers  resident  handles  viewers  starts of the source');
  for (let step = 0, nextSampleMs = SAMPLE_MS; elapsedMs() < minutes * 60_000; step++) {
    const viewer = await watch(rig.xp2pInfo);
    viewers.push(viewer);
    // It turns, and is left without a release.
    await viewer.module.sendCommand('camera', TURN);
    await sleep(STEP_MS);
    if (viewer.failure !== null) throw new Error(`a viewer was refused: ${viewer.failure}`);
    if (viewer.firstPictureMs !== null) firstMs.push(viewer.firstPictureMs);
    if (viewers.length >= MAX_VIEWERS - 1) viewers.shift()!.module.destroy();
    if (step % BREAK_EVERY === BREAK_EVERY - 1) rig.breakSource();
    if (elapsedMs() < nextSampleMs) continue;
    nextSampleMs += SAMPLE_MS;
    const now = await rig.metrics();
    samples.push(now);
    print(elapsedMs(), now);
  }
  for (const { module } of viewers) module.destroy();
  await sleep(3_000);
  const end = await rig.metrics();
  print(elapsedMs(), end);
  const { moves, isTurning } = { ...rig.ptz };
  await rig.close();

  const third = Math.max(1, Math.floor(samples.length / 3));
  const least = (of: readonly Metrics[]): number => Math.min(...of.map((sample) => sample['heap_bytes']!));
  const growth = least(samples.slice(-third)) / least(samples.slice(0, third));
  finish('camera-soak', [
    { what: 'viewers that came and went', value: firstMs.length, unit: '' },
    { what: 'starts of the source', value: end['source_starts_total']!, unit: '' },
    { what: 'request to first key picture, median', value: round(median(firstMs)), unit: 'ms' },
    { what: 'request to first key picture, slowest', value: round(Math.max(...firstMs)), unit: 'ms' },
    atMost('least heap, last third to first third', growth, 'x', 1.5),
    atMost('handles at rest, end to beginning', end['handles']! - rest['handles']!, '', 2),
    { what: 'turns that nobody ended', value: moves, unit: '' },
    atMost('cameras that still turn', Number(isTurning), '', 0),
  ]);
}

function print(ms: number, metrics: Metrics): void {
  const megabytes = (name: string): string => (metrics[name]! / MB).toFixed(1).padStart(6);
  console.log(
    `${(ms / 1000).toFixed(0).padStart(5)} s ${megabytes('heap_bytes')}   ${megabytes('external_bytes')}    ${megabytes('resident_bytes')}` +
      `  ${String(metrics['handles']).padStart(7)}  ${String(metrics['viewers']).padStart(7)}  ${String(metrics['source_starts_total']).padStart(8)}`,
  );
}
