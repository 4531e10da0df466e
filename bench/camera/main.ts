/** Ten viewers of one camera agent, over sockets of loopback and in real time: what each of them costs the agent. */
import { atLeast, atMost, finish, median, printTable, round } from '../lib/report';
import type { Row } from '../lib/report';
import { sleep, startCameraRig, watch } from './rig';

const BITS_PER_SECOND = 2e6;
const VIEWERS = 10;
const MEASURED_S = 10;
/** A key picture every 2 s: who would wait for the next one would wait a second on average. */
const GOP_MS = 2_000;

/** The agent's computing time of `seconds`, in percent of one core. */
async function measure(metrics: () => Promise<Record<string, number>>, seconds: number): Promise<number> {
  const before = await metrics();
  const startMs = performance.now();
  await sleep(seconds * 1000);
  const after = await metrics();
  return (
    (100 * (after['cpu_seconds_total']! - before['cpu_seconds_total']!)) /
    ((performance.now() - startMs) / 1000)
  );
}

export async function main(cli: string, healthPort: number): Promise<void> {
  const rig = await startCameraRig(cli, { bitsPerSecond: BITS_PER_SECOND, maxViewers: VIEWERS, healthPort });
  // Since it was started, and the first group of pictures is whole.
  await sleep(GOP_MS + 500);
  const idle = await measure(() => rig.metrics(), MEASURED_S / 2);
  const viewers = [];
  for (let i = 0; i < VIEWERS; i++) {
    viewers.push(await watch(rig.xp2pInfo));
    await sleep(150);
  }
  const bytesBefore = viewers.map(({ bytes }) => bytes);
  const startMs = performance.now();
  const busy = await measure(() => rig.metrics(), MEASURED_S);
  const seconds = (performance.now() - startMs) / 1000;
  const rates = viewers.map(({ bytes }, i) => ((bytes - bytesBefore[i]!) * 8) / seconds / 1e6);
  const refusedMs = performance.now();
  const eleventh = await watch(rig.xp2pInfo);
  const tookMs = performance.now() - refusedMs;
  const firstMs = viewers.map(({ firstPictureMs }) => firstPictureMs ?? Infinity);
  const { resident_bytes: residentBytes } = await rig.metrics();
  for (const { module } of [...viewers, eleventh]) module.destroy();
  await rig.close();

  const isRefused = eleventh.failure?.includes('405') === true;
  const rows: Row[] = [
    { what: 'agent without viewers, its source running', value: round(idle), unit: '% of a core' },
    { what: `agent with ${VIEWERS} viewers`, value: round(busy), unit: '% of a core' },
    { what: 'each viewer', value: round((busy - idle) / VIEWERS), unit: '% of a core' },
    { what: 'memory of the agent', value: round(residentBytes! / 1e6, 0), unit: 'MB' },
    atLeast('slowest viewer', Math.min(...rates), 'Mbit/s', (0.97 * BITS_PER_SECOND) / 1e6),
    { what: 'request to first key picture, warm, median', value: round(median(firstMs)), unit: 'ms' },
    atMost('request to first key picture, warm, slowest', Math.max(...firstMs), 'ms', GOP_MS / 4),
    atMost(`viewer ${VIEWERS + 1} is refused with 405 after`, isRefused ? tookMs : Infinity, 'ms', 1_000),
  ];
  printTable(
    `One camera, ${VIEWERS} viewers at ${BITS_PER_SECOND / 1e6} Mbit/s`,
    ['', 'value', 'unit'],
    rows.map(({ what, value, unit }) => [what, String(value), unit]),
  );
  finish('camera', rows);
}
