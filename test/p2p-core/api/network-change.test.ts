import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/index';
import { inWorld } from '../../sim/session-world';
import type { SessionWorldOptions } from '../../sim/session-world';

const BEHIND_NAT: SessionWorldOptions = { seed: 1, rttMs: 50, viewerNat: 'full cone' };
/** A change counts as settled after this. */
const SETTLE_MS = 500;
const CHANGE = { isConnected: true, networkType: '4g' };

describe('init', () => {
  test('-2202 when no STUN server answers for 3 s; then it may be tried again', async () => {
    await inWorld(BEHIND_NAT, async (world) => {
      const viewer = world.addViewer();
      viewer.host.isOffline = true;
      const call = world.call('init', viewer.init());
      await world.run(2990);
      assert.equal(call.isSettled, false);
      await world.run(20);
      assert.equal(call.value, ErrCode.ProbeFailed);
      viewer.host.isOffline = false;
      await viewer.getReady();
    });
  });

  test('-2202 when the platform refuses a socket, -2404 when it has no secure random', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      viewer.sim.refusesUdp = true;
      assert.equal(await world.result('init', viewer.init()), ErrCode.ProbeFailed);
      viewer.sim.refusesUdp = false;
      viewer.sim.hasSecureRandom = false;
      assert.equal(await world.result('init', viewer.init()), ErrCode.EnvironmentUnsupported);
      viewer.sim.hasSecureRandom = true;
      await viewer.getReady();
    });
  });

  test('gives two modules on two hosts different UUIDs, and one module another one each time', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewers = [world.addViewer(), world.addViewer()];
      assert.equal(viewers[0]!.module.getUUID(), '');
      for (const viewer of viewers) await viewer.getReady();
      const [first, second] = viewers.map((viewer) => viewer.module.getUUID());
      assert.notEqual(first, second);
      viewers[0]!.destroy();
      await viewers[0]!.getReady();
      assert.notEqual(viewers[0]!.module.getUUID(), first);
    });
  });
});

describe('a change of network', () => {
  test('gives one natChanged when the NAT sees us elsewhere, after a burst of events has settled', async () => {
    await inWorld(BEHIND_NAT, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const told: string[] = [];
      viewer.onCallback = (what) => told.push(what);
      viewer.host.nat!.reboot();
      for (let i = 0; i < 5; i++) {
        viewer.sim.changeNetwork(CHANGE);
        await world.run(100);
      }
      assert.deepEqual(told, []);
      await world.run(SETTLE_MS);
      assert.deepEqual(told, ['natChanged']);
    });
  });

  test('gives nothing when the NAT sees us where it did', async () => {
    await inWorld(BEHIND_NAT, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const told: string[] = [];
      viewer.onCallback = (what) => told.push(what);
      viewer.sim.changeNetwork(CHANGE);
      await world.run(10_000);
      assert.deepEqual(told, []);
    });
  });

  test('gives natError when no STUN server answers', async () => {
    await inWorld(BEHIND_NAT, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const told: string[] = [];
      viewer.onCallback = (what) => told.push(what);
      viewer.host.isOffline = true;
      viewer.sim.changeNetwork({ isConnected: false, networkType: 'none' });
      await world.run(10_000);
      assert.deepEqual(told, ['natError']);
    });
  });

  test('gives nothing when the network is back, and the same, before a probe without it has ended', async () => {
    await inWorld(BEHIND_NAT, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const told: string[] = [];
      viewer.onCallback = (what) => told.push(what);
      viewer.host.isOffline = true;
      viewer.sim.changeNetwork({ isConnected: false, networkType: 'none' });
      await world.run(SETTLE_MS + 500);
      viewer.sim.changeNetwork({ isConnected: true, networkType: 'wifi' });
      await world.run(SETTLE_MS - 10);
      viewer.host.isOffline = false;
      await world.run(10_000);
      assert.deepEqual(told, []);
    });
  });

  test('is none when the platform takes the socket from an app in the background: nothing is told', async () => {
    await inWorld(BEHIND_NAT, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const told: string[] = [];
      viewer.onCallback = (what) => told.push(what);
      viewer.host.closeSockets();
      await world.run(300_000);
      assert.deepEqual(told, []);
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0, 1000);
    });
  });

  test('of another type makes the connection to the broker anew at once, though it may seem to live', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      await world.run(15_000);
      viewer.sim.killWebSockets();
      viewer.sim.changeNetwork(CHANGE);
      // The first delay of the back-off, at most, and the start of a connection.
      await world.run(SETTLE_MS + 300 + 200);
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0, 200);
    });
  });

  test('and back within half a second, or the same type told again, leaves the connection to the broker alone', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.sim.changeNetwork(CHANGE);
      await world.run(15_000);
      const opened = viewer.sim.webSocketCount;
      viewer.sim.changeNetwork({ isConnected: false, networkType: 'none' });
      await world.run(100);
      viewer.sim.changeNetwork(CHANGE);
      await world.run(5_000);
      viewer.sim.changeNetwork(CHANGE);
      await world.run(5_000);
      assert.equal(viewer.sim.webSocketCount, opened);
    });
  });

  test('makes a connection to the broker that died with the old network anew within seconds', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.sim.changeNetwork(CHANGE);
      await world.run(15_000);
      viewer.sim.killWebSockets();
      viewer.sim.changeNetwork(CHANGE); // of the same type: another access point
      // The ping of the doubtful connection has 3 s.
      await world.run(SETTLE_MS + 3400);
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0, 200);
    });
  });
});

describe('resetP2P', () => {
  test('called again while it runs, also from inside its own `disconnect`: all have its outcome', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const { heard } = viewer.start('a');
      await world.until('connected', () => heard.count('connected') === 1);
      const resets: { value: number | undefined }[] = [];
      viewer.onCallback = (what) => {
        if (what.startsWith('disconnect')) resets.push(world.call('inner', viewer.module.resetP2P()));
      };
      resets.push(world.call('first', viewer.module.resetP2P()));
      resets.push(world.call('second', viewer.module.resetP2P()));
      await world.run(100);
      assert.deepEqual(
        resets.map((reset) => reset.value),
        [0, 0, 0],
      );
    });
  });

  test('while playing: every service hears one disconnect, the module is ready again, and a new start plays', async () => {
    await inWorld(BEHIND_NAT, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const sinks = [viewer.newSink(), viewer.newSink()];
      const heards = [viewer.start('a', sinks[0]).heard, viewer.start('b', sinks[1]).heard];
      await world.until('media', () => sinks.every((sink) => sink.bytes > 10_000));
      const reset = viewer.reset();
      for (const heard of heards) assert.equal(heard.count('disconnect'), 1);
      const early = viewer.start('c');
      await world.until('reset', () => reset.isSettled, 200);
      assert.equal(reset.value, 0);
      assert.equal(early.call.value, ErrCode.NotInitialized);
      await world.run(1000);
      assert.equal(world.camera.agent.viewerCount, 0, 'the camera has learned it');
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0, 200);
    });
  });

  for (const leadMs of [499, 460, 440, 300]) {
    test(`${leadMs} ms after a change of network: its own probe is not taken over by that of the change`, async () => {
      await inWorld(BEHIND_NAT, async (world) => {
        const viewer = world.addViewer();
        await viewer.getReady();
        const told: string[] = [];
        viewer.onCallback = (what) => told.push(what);
        viewer.sim.changeNetwork(CHANGE);
        await world.run(leadMs);
        const reset = viewer.reset();
        await world.until('reset', () => reset.isSettled, 1000);
        assert.equal(reset.value, 0);
        await world.run(10_000);
        assert.deepEqual(told, [], 'the reset has found out all there is');
      });
    });
  }

  test('while the probe of a change is under way: no natError for what the reset cancelled', async () => {
    await inWorld(BEHIND_NAT, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const told: string[] = [];
      viewer.onCallback = (what) => told.push(what);
      viewer.sim.changeNetwork(CHANGE);
      await world.run(SETTLE_MS + 10);
      const reset = viewer.reset();
      await world.run(10_000);
      assert.equal(reset.value, 0);
      assert.deepEqual(told, []);
    });
  });

  test('a change of network during the reset is looked at afterwards', async () => {
    await inWorld(BEHIND_NAT, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const told: string[] = [];
      viewer.onCallback = (what) => told.push(what);
      const reset = viewer.reset();
      await world.run(40);
      viewer.sim.changeNetwork(CHANGE);
      await world.until('reset', () => reset.isSettled, 1000);
      viewer.host.nat!.reboot();
      await world.run(SETTLE_MS + 100);
      assert.deepEqual(told, ['natChanged']);
    });
  });

  test('-2202 without a network: nothing is left, and init may be called again', async () => {
    await inWorld(BEHIND_NAT, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.sim.goOffline();
      const reset = viewer.reset();
      await world.until('reset', () => reset.isSettled, 3100);
      assert.equal(reset.value, ErrCode.ProbeFailed);
      await world.run(1000);
      assert.deepEqual(viewer.port.use(), {
        timers: 0,
        udpSockets: 0,
        webSockets: 0,
        networkListeners: 0,
        httpRequests: 0,
      });
      viewer.sim.goOnline();
      await viewer.getReady();
    });
  });
});
