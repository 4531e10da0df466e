import { parseArgs } from 'node:util';
import { finish } from '../lib/report';
import type { Row } from '../lib/report';
import { benchBulk } from './bulk';
import { benchFairness } from './fairness';
import { benchLive } from './live';
import { kcp } from './kcp';
import { benchMixed } from './mixed';
import { CONTROLLERS, ours } from './ours';
import { sctp } from './sctp';

const SEEDS = [1, 2, 3];
/** The first is the default controller: targets are its. */
const contenders = [...Object.keys(CONTROLLERS).map(ours), sctp, kcp];
const PARTS: Record<string, () => Row[] | Promise<Row[]>> = {
  live: () => benchLive(contenders, SEEDS),
  mixed: () => benchMixed(contenders, SEEDS),
  bulk: () => benchBulk(contenders, SEEDS),
  fairness: () => benchFairness(SEEDS),
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } });
  const names = values.only?.split(',') ?? Object.keys(PARTS);
  const rows: Row[] = [];
  for (const name of names) {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`no part ${name}: there are ${Object.keys(PARTS).join(', ')}`);
    rows.push(...(await part()));
  }
  finish('transport', rows);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
