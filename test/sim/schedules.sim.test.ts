import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../p2p-core/index';
import { Prng } from './prng';
import { inWorld } from './session-world';
import type { NatKind, SessionWorld, SessionWorldOptions } from './session-world';
import type { SimViewer } from './session-world-viewer';

/** More for a long run: SIM_SEEDS=5000. SIM_SEED=17 runs that one alone. */
const SEED_COUNT = Number(process.env['SIM_SEEDS'] ?? 200);
const ONLY_SEED = Number(process.env['SIM_SEED'] ?? 0);
const SEEDS_EACH = 50;
const STEPS = 16;
const PAUSES_MS = [0, 0, 3, 40, 120, 500, 3000];
/** What the documented timeouts allow: 10 s for init and reset, 12 s for a stream, 2 s for our commands. */
const BOUND_MS = { init: 10_001, resetP2P: 10_001, start: 12_001, command: 2_001 };
const KNOWN_CODES = new Set<number>(Object.values(ErrCode));
const NATS: NatKind[] = ['direct', 'direct', 'full cone', 'restricted', 'port-restricted'];

type Step = (world: SessionWorld, viewer: SimViewer, random: Prng) => void;

const ids = ['a', 'b'];
let tag = 0;

const STEPS_OF_THE_APP: Step[] = [
  (_world, viewer, random) =>
    void viewer.start(random.pick(ids), random.chance(0.7) ? viewer.newSink(++tag) : null),
  (_world, viewer, random) =>
    void viewer.start(random.pick(ids), random.chance(0.7) ? viewer.newSink(++tag) : null),
  (_world, viewer, random) => void viewer.pull(random.pick(ids), viewer.newSink(++tag)),
  (_world, viewer, random) => viewer.stop(random.pick(ids)),
  (_world, viewer, random) => viewer.stopStream(random.pick(ids)),
  (world, viewer, random) => {
    const cmd = random.pick(['cmd=echo-1', 'cmd=silent', 'cmd=fail']);
    world.call(
      `${viewer.name} command ${cmd}`,
      viewer.module.sendCommand(random.pick(ids), cmd, { timeoutMs: 2000 }),
    );
  },
  (_world, viewer) => void viewer.reset(),
  (world, viewer) => {
    viewer.destroy();
    world.call(`${viewer.name} init`, viewer.init());
  },
];

const STEPS_OF_THE_NETWORK: Step[] = [
  (_world, viewer) => viewer.sim.goOffline(),
  (_world, viewer) => viewer.sim.goOnline(),
  (_world, viewer) => viewer.sim.killWebSockets(),
  (_world, viewer) => viewer.sim.breakWebSockets(),
  (_world, viewer) => viewer.host.closeSockets(),
  (_world, viewer) => viewer.host.nat?.reboot(),
  (_world, viewer) => viewer.sim.changeNetwork({ isConnected: true, networkType: 'wifi' }),
  (_world, viewer, random) => {
    viewer.sim.wallOffsetMs = random.pick([0, 3_600_000, -3_600_000, 60_000]);
  },
  (world) => (world.broker.isRunning ? world.broker.stop() : world.broker.start()),
  (world) => world.camera.sim.breakWebSockets(),
  (world) => world.camera.host.nat?.reboot(),
  (world, _viewer, random) => {
    if (random.chance(0.5)) world.camera.crash();
    else world.camera.stop();
    world.camera.boot();
  },
  (world, _viewer, random) => {
    const delayMs = (world.options.rttMs ?? 50) / 2;
    world.network.setLinks({ delayMs, jitterMs: 5, lossRate: random.pick([0, 0.02, 0.1, 0.3, 1]) });
  },
];

function checkInvariants(world: SessionWorld): void {
  for (const viewer of world.viewers) {
    viewer.checkData();
    for (const heard of viewer.services) {
      for (const { subtype, detail } of heard.events) {
        if (subtype !== 'disconnect' && subtype !== 'fail') continue;
        assert.ok(KNOWN_CODES.has(detail.errcode), `${detail.errcode} is no code of ErrCode`);
        assert.ok(detail.errcode !== 0 && detail.errmsg !== '', 'a loss has a cause');
      }
    }
  }
  for (const call of world.calls) {
    const kind = (Object.keys(BOUND_MS) as (keyof typeof BOUND_MS)[]).find((name) =>
      call.what.includes(name),
    );
    const tookMs = Math.min(world.nowMs, call.settledMs) - call.calledMs;
    assert.ok(tookMs <= BOUND_MS[kind!], `${call.what} takes ${tookMs} ms`);
    if (!call.isSettled) continue;
    assert.equal(call.error, undefined, `${call.what} was rejected`);
    const errcode = typeof call.value === 'number' ? call.value : (call.value as { errcode: number }).errcode;
    assert.ok(KNOWN_CODES.has(errcode), `${call.what}: ${errcode} is no code of ErrCode`);
  }
}

/** All faults end; whatever came before, a viewer that starts anew plays. */
async function heal(world: SessionWorld): Promise<void> {
  world.network.setLinks({ delayMs: (world.options.rttMs ?? 50) / 2 });
  world.broker.start();
  for (const viewer of world.viewers) viewer.sim.goOnline();
  // Sessions that are lost end, and with them the places they take at the camera.
  await world.run(35_000);
  await world.until('the camera is online', () => world.camera.isOnline, 61_000);
  for (const viewer of world.viewers) {
    viewer.destroy();
    assert.equal(await world.result(`${viewer.name} init`, viewer.init()), 0);
    const sink = viewer.newSink(++tag);
    viewer.start('a', sink);
    await world.until('media after all faults', () => sink.bytes > 1000, 5000);
  }
}

async function runSchedule(seed: number): Promise<void> {
  const random = new Prng(seed * 7919);
  tag = 0;
  const options: SessionWorldOptions = {
    seed,
    rttMs: random.pick([10, 50, 150]),
    isPinned: false,
    maxViewers: 3,
    hasStun: true,
    viewerNat: random.pick(NATS),
    cameraNat: random.pick(NATS),
    feed: { frameBytes: 500, frameMs: 100 },
  };
  await inWorld(options, async (world) => {
    const viewers = [world.addViewer(), world.addViewer()];
    for (const viewer of viewers) world.call(`${viewer.name} init`, viewer.init());
    await world.run(random.pick([0, 100, 1000]));
    for (let step = 0; step < STEPS; step++) {
      const steps = random.chance(0.65) ? STEPS_OF_THE_APP : STEPS_OF_THE_NETWORK;
      const index = random.int(0, steps.length - 1);
      const viewer = random.pick(viewers);
      world.trace(
        'test',
        `step ${step}: ${steps === STEPS_OF_THE_APP ? 'app' : 'network'} ${index}, ${viewer.name}`,
      );
      steps[index]!(world, viewer, random);
      await world.run(random.pick(PAUSES_MS));
      checkInvariants(world);
    }
    await world.run(16_000);
    checkInvariants(world);
    await heal(world);
    checkInvariants(world);
  });
}

describe('random schedules of calls and faults keep every promise', () => {
  if (ONLY_SEED > 0) {
    test(`seed ${ONLY_SEED} alone`, () => runSchedule(ONLY_SEED));
    return;
  }
  for (let first = 1; first <= SEED_COUNT; first += SEEDS_EACH) {
    const last = Math.min(SEED_COUNT, first + SEEDS_EACH - 1);
    test(`seeds ${first} to ${last}`, async () => {
      for (let seed = first; seed <= last; seed++) await runSchedule(seed);
    });
  }
});
