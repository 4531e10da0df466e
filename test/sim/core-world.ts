import assert from 'node:assert/strict';
import { ErrCode } from '../../p2p-core/index';
import { presetOf } from './presets';
import type { PresetName } from './presets';
import { Prng } from './prng';
import { inWorld } from './session-world';
import type { Call, SessionWorld } from './session-world';
import type { StreamSink } from './session-world-app';
import type { SimViewer, Started } from './session-world-viewer';
import { failure } from './transport-world';
import type { WorldResult, WorldRun } from './transport-world';

const KNOWN_CODES = new Set<number>(Object.values(ErrCode));
const BUSY_MS = 6000;
const STEP_MS = 200;
const FRAME_MS = 40;
/** What the slowest preset needs to find the camera again and to download everything. */
const COMPLETION_MS = 120_000;

/**
 * The same traffic through the whole core: a viewer's module and the devkit's camera, who meet through a broker and
 * encrypt, over a preset. A service that the network takes away is started again, as a player would.
 */
export async function runCoreWorld(run: WorldRun): Promise<WorldResult> {
  const { preset, seed, createTransport } = run;
  const { down, rebindEveryMs } = presetOf(preset);
  const bitsPerSecond = Math.min(1.5e6, (down.bitsPerSecond ?? Infinity) * 0.4);
  const frameBytes = Math.round((bitsPerSecond / 8000) * FRAME_MS);
  const result: WorldResult = { virtualMs: 0, starts: 0, packets: 0 };
  const random = new Prng(seed * 7919);
  const options = {
    seed,
    rttMs: down.delayMs * 2,
    link: { ...down, mtuBytes: random.pick([1280, 1400, 1500]) },
    isPinned: false,
    feed: { frameBytes, frameMs: FRAME_MS },
    ...(rebindEveryMs !== undefined && { viewerNat: 'restricted' as const }),
  };
  try {
    await inWorld(options, async (world) => {
      world.network.filter = () => {
        result.packets++;
        return true;
      };
      const viewer = world.addViewer(createTransport ? { createTransport: createTransport('client') } : {});
      await viewer.getReady();
      const traffic = new CoreTraffic(world, viewer, random, run.preset);
      await traffic.run();
      result.starts = traffic.starts;
      result.virtualMs = world.nowMs;
    });
  } catch (error) {
    throw failure(error, run, 'core');
  }
  return result;
}

interface Service {
  readonly id: string;
  /** Of its stream, after the tag. */
  readonly params: string;
  started: Started | null;
  pulled: Call<number> | null;
  sink: StreamSink | null;
}

class CoreTraffic {
  starts = 0;
  private readonly downloadBytes: number;
  private readonly live: Service;
  private readonly download: Service;
  private readonly commands: Call<{ errcode: number }>[] = [];

  constructor(
    private readonly world: SessionWorld,
    private readonly viewer: SimViewer,
    private readonly random: Prng,
    private readonly preset: PresetName,
  ) {
    this.downloadBytes = random.int(50, 400) * 1000;
    const params = `&bytes=${this.downloadBytes}`;
    this.live = { id: 'live', params: '', started: null, pulled: null, sink: null };
    this.download = { id: 'download', params, started: null, pulled: null, sink: null };
  }

  async run(): Promise<void> {
    const { world, viewer, random } = this;
    const outageAtMs = random.chance(0.5) ? random.int(500, BUSY_MS - 1) : Infinity;
    const outageMs = random.int(100, 3000);
    const { down, rebindEveryMs = Infinity } = presetOf(this.preset);
    const mtuAtMs = random.chance(0.5) ? random.int(500, BUSY_MS - 1) : Infinity;
    let rebindMs = rebindEveryMs;
    for (let ms = 0; ms < BUSY_MS; ms += STEP_MS) {
      if (ms >= rebindMs) {
        rebindMs += rebindEveryMs;
        world.trace('nat', 'has forgotten everything');
        viewer.host.nat!.reboot();
      }
      if (ms >= mtuAtMs && ms < mtuAtMs + STEP_MS) {
        const mtuBytes = random.pick([1280, 1400]);
        world.trace('path', `MTU ${mtuBytes}`);
        world.network.setLinks({ ...down, mtuBytes });
      }
      viewer.host.isOffline = ms >= outageAtMs && ms < outageAtMs + outageMs;
      await this.step();
      if (random.chance(0.4)) this.command();
    }
    viewer.host.isOffline = false;
    await this.complete();
  }

  /** Everything that was asked for is had in the end, and the live stream goes on. */
  private async complete(): Promise<void> {
    const { world } = this;
    const liveAtMs = world.nowMs;
    const isDone = (): boolean =>
      this.download.sink?.bytes === this.downloadBytes &&
      (this.live.sink?.lastMs ?? 0) > liveAtMs + STEP_MS &&
      this.commands.every(({ isSettled }) => isSettled);
    for (let ms = 0; ms < COMPLETION_MS && !isDone(); ms += STEP_MS) await this.step();
    assert.ok(isDone(), `not everything has come after ${COMPLETION_MS} ms`);
  }

  private async step(): Promise<void> {
    this.keepStarted(this.live);
    this.keepStarted(this.download);
    await this.world.run(STEP_MS);
    this.check();
  }

  private keepStarted(service: Service): void {
    const { started, pulled, id } = service;
    if (started !== null) {
      const hasFailed = (call: Call<number> | null): boolean => (call?.value ?? ErrCode.Ok) !== ErrCode.Ok;
      const isLost = started.heard.count('disconnect') > 0 || started.heard.count('fail') > 0;
      if (!isLost && !hasFailed(started.call) && !hasFailed(pulled)) return;
      this.viewer.stop(id);
    }
    this.starts++;
    service.started = this.viewer.start(id);
    service.sink = this.viewer.newSink();
    service.pulled = this.viewer.pull(id, service.sink, `tag=${service.sink.tag}${service.params}`);
  }

  private command(): void {
    this.starts++;
    const promise = this.viewer.module.sendCommand(this.live.id, 'cmd=echo-hello', { timeoutMs: 5000 });
    this.commands.push(this.world.call('command', promise));
  }

  private check(): void {
    this.viewer.checkData();
    for (const heard of this.viewer.services) {
      for (const { subtype, detail } of heard.events) {
        if (subtype !== 'disconnect' && subtype !== 'fail') continue;
        assert.ok(detail.errcode !== 0 && KNOWN_CODES.has(detail.errcode), `${subtype}: ${detail.errcode}`);
      }
    }
    for (const { value } of this.commands) {
      if (value !== undefined) assert.ok(KNOWN_CODES.has(value.errcode), `command: ${value.errcode}`);
    }
    assert.ok((this.download.sink?.bytes ?? 0) <= this.downloadBytes, 'more came than was asked for');
  }
}
