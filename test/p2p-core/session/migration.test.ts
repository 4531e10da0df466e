/** The network changes while live plays: the session moves to where a path is, or ends within its bound. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/index';
import { Nat } from '../path/support/nat';
import type { NatType } from '../path/support/nat';
import { inWorld } from '../../sim/session-world';
import type { NatKind, SessionWorld, SessionWorldOptions } from '../../sim/session-world';
import type { StreamSink } from '../../sim/session-world-app';
import type { Heard, SimViewer } from '../../sim/session-world-viewer';

/** From the last word of the camera to `disconnect`, while the app is in the foreground. */
const BOUND_MS = 15_100;
const CELLULAR = { isConnected: true, networkType: '4g' };

async function playing(world: SessionWorld): Promise<{ viewer: SimViewer; heard: Heard; sink: StreamSink }> {
  const viewer = world.addViewer();
  await viewer.getReady();
  const sink = viewer.newSink();
  const { heard } = viewer.start('a', sink);
  await world.until('media', () => sink.bytes > 50_000);
  await world.run(3000);
  return { viewer, heard, sink };
}

/** Runs until video flows again, and says how long it took. */
async function recovery(world: SessionWorld, sink: StreamSink, withinMs: number): Promise<number> {
  const [fromMs, before] = [world.nowMs, sink.bytes];
  await world.until('video again', () => sink.bytes > before + 20_000, withinMs);
  const tookMs = world.nowMs - fromMs;
  for (let seconds = 0; seconds < 20; seconds++) {
    const { bytes } = sink;
    await world.run(1000);
    assert.ok(sink.bytes > bytes, `video in second ${seconds} after the change`);
  }
  return tookMs;
}

const world = (options: Partial<SessionWorldOptions>): SessionWorldOptions => ({
  seed: 1,
  rttMs: 80,
  hasStun: true,
  ...options,
});

const KINDS: NatType[] = ['full cone', 'restricted', 'port-restricted', 'symmetric'];
const isPicky = (place: NatKind): boolean => place === 'symmetric' || place === 'port-restricted';

describe('Wi-Fi to cellular: another address behind another NAT', () => {
  for (const cameraNat of ['direct', 'restricted', 'port-restricted'] as const) {
    for (const to of KINDS) {
      const hasTurn = isPicky(to) && cameraNat === 'port-restricted' && to === 'symmetric';
      test(`viewer to ${to}, camera ${cameraNat}${hasTurn ? ', over the relay' : ''}: video goes on within 2 s`, async (t) => {
        await inWorld(world({ viewerNat: 'port-restricted', cameraNat, hasTurn }), async (sim) => {
          const { viewer, heard, sink } = await playing(sim);
          viewer.host.moveTo('10.20.30.40', new Nat('7.7.7.7', to));
          viewer.sim.breakWebSockets();
          viewer.sim.changeNetwork(CELLULAR);
          t.diagnostic(`${(await recovery(sim, sink, hasTurn ? 3500 : 2500)).toFixed(0)} ms`);
          assert.equal(heard.count('disconnect'), 0);
          assert.equal(heard.count('connected'), 1);
        });
      });
    }
  }

  test('without a word of the platform, and a broker connection that is dead without a word', async (t) => {
    await inWorld(world({ viewerNat: 'restricted', cameraNat: 'restricted' }), async (sim) => {
      const { viewer, heard, sink } = await playing(sim);
      viewer.host.moveTo('10.20.30.40', new Nat('7.7.7.7', 'restricted'));
      viewer.sim.killWebSockets();
      t.diagnostic(`${(await recovery(sim, sink, 8000)).toFixed(0)} ms`);
      assert.equal(heard.count('disconnect'), 0);
    });
  });

  test('there and back again, five times', async () => {
    await inWorld(world({ viewerNat: 'port-restricted', cameraNat: 'port-restricted' }), async (sim) => {
      const { viewer, heard, sink } = await playing(sim);
      const { address, nat } = viewer.host;
      for (let round = 0; round < 5; round++) {
        viewer.host.moveTo('10.20.30.40', new Nat(`7.7.7.${round}`, 'port-restricted'));
        viewer.sim.changeNetwork(CELLULAR);
        await recovery(sim, sink, 2500);
        viewer.host.moveTo(address, nat);
        viewer.sim.changeNetwork({ isConnected: true, networkType: 'wifi' });
        await recovery(sim, sink, 2500);
      }
      assert.equal(heard.count('disconnect'), 0);
    });
  });

  test('to a network that lets no UDP through: one disconnect within the bound', async () => {
    await inWorld(world({ viewerNat: 'restricted', cameraNat: 'restricted' }), async (sim) => {
      const { viewer, heard } = await playing(sim);
      sim.network.passes = () => false;
      viewer.sim.changeNetwork(CELLULAR);
      const changeMs = sim.nowMs;
      await sim.until('disconnect', () => heard.count('disconnect') > 0, BOUND_MS);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.LinkLost);
      assert.ok(sim.nowMs - changeMs > 14_000, 'it was not given up early');
      await sim.run(60_000);
      assert.equal(heard.count('disconnect'), 1);
      sim.network.passes = () => true;
    });
  });

  test('a change that changes nothing costs no picture', async () => {
    await inWorld(world({ viewerNat: 'port-restricted', cameraNat: 'port-restricted' }), async (sim) => {
      const { viewer, heard, sink } = await playing(sim);
      viewer.sim.changeNetwork({ isConnected: true, networkType: 'wifi' });
      for (let i = 0; i < 15; i++) {
        const before = sink.bytes;
        await sim.run(200);
        assert.ok(sink.bytes > before, `a gap ${200 * i} ms after it`);
      }
      assert.equal(heard.count('disconnect'), 0);
      assert.equal(heard.count('path'), 0);
    });
  });
});

describe('a NAT restarts between two ends whose filters want the port', () => {
  for (const who of ['viewer', 'camera'] as const) {
    for (const [viewerNat, cameraNat] of [
      ['port-restricted', 'port-restricted'],
      ['restricted', 'port-restricted'],
      ['port-restricted', 'restricted'],
    ] as const) {
      test(`that of the ${who} (viewer ${viewerNat}, camera ${cameraNat}): both name where they are now`, async (t) => {
        await inWorld(world({ viewerNat, cameraNat }), async (sim) => {
          const { viewer, heard, sink } = await playing(sim);
          (who === 'viewer' ? viewer.host : sim.camera.host).nat!.reboot();
          t.diagnostic(`${(await recovery(sim, sink, 3500)).toFixed(0)} ms`);
          assert.equal(heard.count('disconnect'), 0);
        });
      });
    }
  }
});

describe('the camera changes its network', () => {
  for (const to of ['full cone', 'port-restricted'] as const) {
    test(`to one behind a ${to} NAT: video goes on`, async (t) => {
      await inWorld(world({ viewerNat: 'port-restricted', cameraNat: 'port-restricted' }), async (sim) => {
        const { heard, sink } = await playing(sim);
        sim.camera.host.moveTo('10.99.0.2', new Nat('8.8.4.4', to));
        sim.camera.sim.breakWebSockets();
        sim.camera.sim.changeNetwork({ isConnected: true, networkType: 'ethernet' });
        t.diagnostic(`${(await recovery(sim, sink, 4000)).toFixed(0)} ms`);
        assert.equal(heard.count('disconnect'), 0);
      });
    });
  }
});

describe('the camera changes its network while its connection to the broker seems to live', () => {
  test('it notices by its interfaces: paths and broker are made anew at once', async (t) => {
    await inWorld(world({ viewerNat: 'port-restricted', cameraNat: 'port-restricted' }), async (sim) => {
      const { heard, sink } = await playing(sim);
      await sim.run(10_000);
      sim.camera.host.moveTo('10.99.0.2', new Nat('8.8.4.4', 'port-restricted'));
      sim.camera.sim.killWebSockets();
      sim.camera.sim.changeNetwork({ isConnected: true, networkType: 'unknown' });
      t.diagnostic(`${(await recovery(sim, sink, 2500)).toFixed(0)} ms`);
      assert.equal(heard.count('disconnect'), 0);
      const second = sim.addViewer();
      await second.getReady();
      const other = second.newSink();
      second.start('b', other);
      await sim.until('media of a new viewer', () => other.bytes > 0, 1000);
    });
  });
});

describe('an app in the background', () => {
  for (const seconds of [5, 20, 30, 40]) {
    for (const losesSocket of [false, true]) {
      test(`for ${seconds} s${losesSocket ? ', whose socket was taken away' : ''}: the session is the same, and video goes on within 2 s`, async (t) => {
        await inWorld(world({ viewerNat: 'port-restricted', cameraNat: 'port-restricted' }), async (sim) => {
          const { viewer, heard, sink } = await playing(sim);
          viewer.sim.fallAsleep();
          await sim.run(seconds * 1000);
          viewer.sim.awake();
          if (losesSocket) viewer.host.closeSockets();
          t.diagnostic(`${(await recovery(sim, sink, 3500)).toFixed(0)} ms`);
          assert.equal(heard.count('disconnect'), 0);
          assert.equal(heard.count('connected'), 1);
        });
      });
    }
  }

  test('for two minutes: the camera has given the session up, and the app hears it once, at once', async (t) => {
    await inWorld(world({ viewerNat: 'port-restricted', cameraNat: 'port-restricted' }), async (sim) => {
      const { viewer, heard } = await playing(sim);
      viewer.sim.fallAsleep();
      await sim.run(120_000);
      assert.equal(sim.camera.agent.viewerCount, 0);
      viewer.sim.awake();
      const awakeMs = sim.nowMs;
      await sim.until('disconnect', () => heard.count('disconnect') > 0, BOUND_MS);
      t.diagnostic(`${(sim.nowMs - awakeMs).toFixed(0)} ms`);
      await sim.run(30_000);
      assert.equal(heard.count('disconnect'), 1);
    });
  });

  test('holds no place of the camera against a viewer in the foreground', async () => {
    await inWorld(world({ maxViewers: 1 }), async (sim) => {
      const { viewer, heard } = await playing(sim);
      viewer.sim.fallAsleep();
      await sim.run(20_000);
      const second = sim.addViewer();
      await second.getReady();
      const sink = second.newSink();
      second.start('b', sink);
      await sim.until('media', () => sink.bytes > 0, 2000);
      viewer.sim.awake();
      await sim.until('disconnect', () => heard.count('disconnect') === 1, BOUND_MS);
    });
  });
});
