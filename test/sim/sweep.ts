import fs from 'node:fs';
import path from 'node:path';
import { QlogFileWriter } from '../../devkit/trace/qlog-file';
import { traceTransports } from '../../devkit/trace/qlog-trace';
import type { QlogEvent } from '../../devkit/trace/qlog-trace';
import { createTransport } from '../../p2p-core/transport/transport';
import type { TransportFactory } from '../../p2p-core/transport/types';
import { runCoreWorld } from './core-world';
import { PRESET_NAMES } from './presets';
import type { PresetName } from './presets';
import { runTransportWorld } from './transport-world';
import type { WorldResult, WorldRun } from './transport-world';
import type { Side } from './world';

export const WORLD_KINDS = { transport: runTransportWorld, core: runCoreWorld };
export type WorldKind = keyof typeof WORLD_KINDS;

export interface SweepOptions {
  kinds: readonly WorldKind[];
  presets: readonly PresetName[];
  firstSeed: number;
  seedCount: number;
  /** Where to put a trace of each world; must exist. */
  qlogFolder?: string;
}

/** Runs worlds until one fails, and says what was run. Resolves with whether all of them held. */
export async function sweep(options: SweepOptions): Promise<boolean> {
  const { kinds, presets, firstSeed, seedCount } = options;
  const startedMs = performance.now();
  const total = { worlds: 0, starts: 0, packets: 0, virtualMs: 0 };
  let failed: string | null = null;
  // Seed by seed, so that a short run has met every preset.
  for (let seed = firstSeed; seed < firstSeed + seedCount && failed === null; seed++) {
    for (const kind of kinds) {
      for (const preset of presets) {
        if (failed !== null) break;
        try {
          const result = await runTraced(kind, { preset, seed }, options.qlogFolder);
          total.worlds++;
          total.starts += result.starts;
          total.packets += result.packets;
          total.virtualMs += result.virtualMs;
        } catch (error) {
          failed = error instanceof Error ? error.message : String(error);
        }
      }
    }
  }
  if (failed !== null) console.error(failed);
  const hours = (total.virtualMs / 3_600_000).toFixed(2);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(
    `${failed === null ? 'ok' : 'FAILED'}: ${total.worlds} worlds, ${total.starts} requests, ${total.packets} packets, ` +
      `${hours} h of virtual time in ${seconds} s`,
  );
  return failed === null;
}

export const isPreset = (name: string): name is PresetName => (PRESET_NAMES as string[]).includes(name);
export { PRESET_NAMES };

/** Writes the trace also when the world fails: then it is wanted most. */
async function runTraced(kind: WorldKind, run: WorldRun, folder: string | undefined): Promise<WorldResult> {
  if (folder === undefined) return WORLD_KINDS[kind](run);
  const traces = new WorldTraces();
  try {
    return await WORLD_KINDS[kind]({ ...run, createTransport: traces.createTransport });
  } finally {
    const name = `${kind}-${run.preset}-${run.seed}`;
    fs.writeFileSync(path.join(folder, `${name}.qlog`), traces.toFile(name));
  }
}

/** What both sides of a world saw, as one file. */
export class WorldTraces {
  readonly events: Record<Side, QlogEvent[]> = { client: [], server: [] };

  readonly createTransport = (side: Side): TransportFactory =>
    traceTransports(createTransport, (event) => this.events[side].push(event));

  toFile(title: string): string {
    const parts: string[] = [];
    const writer = new QlogFileWriter((text) => parts.push(text));
    for (const vantagePoint of ['client', 'server'] as const) {
      if (this.events[vantagePoint].length === 0) continue;
      writer.beginTrace({ title, vantagePoint, referenceTimeMs: 0 });
      for (const event of this.events[vantagePoint]) writer.event(event);
    }
    writer.end();
    return parts.join('');
  }
}
