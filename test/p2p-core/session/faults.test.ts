import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/index';
import { presenceTopic } from '../../../p2p-core/signaling/topics';
import { inWorld } from '../../sim/session-world';
import type { SessionWorld } from '../../sim/session-world';
import type { StreamSink } from '../../sim/session-world-app';
import type { Heard, SimViewer } from '../../sim/session-world-viewer';

const HOUR_MS = 3_600_000;
/** Of the transport: nothing heard for the idle timeout; a ping after this long without a word. */
const IDLE_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 5_000;

async function playing(world: SessionWorld): Promise<{ viewer: SimViewer; heard: Heard; sink: StreamSink }> {
  const viewer = world.addViewer();
  await viewer.getReady();
  const sink = viewer.newSink();
  const { heard } = viewer.start('a', sink);
  await world.until('media', () => sink.bytes > 10_000);
  return { viewer, heard, sink };
}

/** Fails unless media comes in every second of `forMs`. */
async function assertFlows(world: SessionWorld, sink: StreamSink, forMs: number): Promise<void> {
  for (let leftMs = forMs; leftMs > 0; leftMs -= 1000) {
    const before = sink.bytes;
    await world.run(1000);
    assert.ok(sink.bytes > before, `no media in the second before ${world.nowMs} ms`);
  }
}

describe('a lossy path', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    test(`10 % loss with bursts and jitter: 400 000 bytes arrive exact and in order, seed ${seed}`, async () => {
      const link = {
        lossRate: 0.04,
        burst: { enterRate: 0.02, leaveRate: 0.3, lossRate: 0.8 },
        jitterMs: 15,
      };
      await inWorld({ seed, rttMs: 60, link }, async (world) => {
        const viewer = world.addViewer();
        await viewer.getReady();
        const { heard } = viewer.start('a');
        const sink = viewer.newSink();
        const call = viewer.pull('a', sink, `tag=${sink.tag}&bytes=400000`);
        await world.until('the end', () => heard.count('eof') === 1, 30_000);
        assert.equal(call.value, 0);
        assert.equal(sink.bytes, 400_000);
        assert.equal(heard.count('disconnect'), 0);
      });
    });
  }
});

describe('the camera goes away', () => {
  test('without a word: -2806 within 15 s and one keep-alive, once', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const { heard, sink } = await playing(world);
      world.camera.crash();
      const crashMs = world.nowMs;
      await world.until('disconnect', () => heard.count('disconnect') === 1, IDLE_TIMEOUT_MS + KEEP_ALIVE_MS);
      const { detail, atMs } = heard.events.find((event) => event.subtype === 'disconnect')!;
      assert.equal(detail.errcode, ErrCode.LinkLost);
      assert.ok(atMs - crashMs >= IDLE_TIMEOUT_MS - KEEP_ALIVE_MS, 'a short silence is no loss');
      const { bytes } = sink;
      await world.run(60_000);
      assert.equal(heard.count('disconnect'), 1);
      assert.equal(sink.bytes, bytes);
      world.camera.boot();
    });
  });

  test('in an orderly way: -2807 as soon as the word arrives', async () => {
    await inWorld({ seed: 1, rttMs: 50 }, async (world) => {
      const { heard } = await playing(world);
      world.camera.stop();
      await world.until('disconnect', () => heard.count('disconnect') === 1, 30);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.ClosedByPeer);
    });
  });

  test('and comes back with another port: the service works again after stop and start', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const { viewer, heard } = await playing(world);
      world.camera.crash();
      await world.run(2000);
      world.camera.boot();
      await world.until('disconnect', () => heard.count('disconnect') === 1, 20_000);
      viewer.stop('a');
      const sink = viewer.newSink();
      const { call } = viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0, 1000);
      assert.equal(call.value, 0);
    });
  });

  test('before the call: the retained word of the broker ends the call with -2803 after its grace of 0.7 s', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      world.camera.stop();
      await world.run(1000);
      const { heard } = viewer.start('a');
      await world.until('disconnect', () => heard.count('disconnect') === 1, 800);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.DeviceOffline);
    });
  });

  test('before the call and without a word: the will tells it, -2803', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      world.camera.crash();
      await world.run(61_000); // one and a half times the keep-alive
      const { heard } = viewer.start('a');
      await world.until('disconnect', () => heard.count('disconnect') === 1, 800);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.DeviceOffline);
      world.camera.boot();
    });
  });

  test('while it is called: the call ends as soon as the word comes, not at its timeout', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      world.broker.filter = (message) => message.isRetained;
      const { heard } = viewer.start('a');
      await world.run(3000);
      assert.equal(heard.count('disconnect'), 0);
      world.camera.stop();
      await world.until('disconnect', () => heard.count('disconnect') === 1, 800);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.DeviceOffline);
    });
  });

  test('together with a broker that remembers it as online: its old word is not believed, -2803 within 3 s', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const { topic, payload } = world.broker.retainedOf(presenceTopic(world.camera.ticket.peerName))!;
      world.camera.crash();
      world.broker.stop(); // no will of the camera any more
      world.broker.start();
      world.broker.publish({ topic, payload, qos: 1, isRetained: true });
      await world.run(6.1 * 60_000);
      const { heard } = viewer.start('a');
      await world.until('disconnect', () => heard.count('disconnect') === 1, 3100);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.DeviceOffline);
      world.camera.boot();
    });
  });

  test('and is back before its old connection is missed: the late will does not stay as the last word', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      world.camera.crash();
      await world.run(5000);
      world.camera.boot();
      await world.run(90_000);
      const viewer = world.addViewer();
      await viewer.getReady();
      let words = 0;
      world.broker.filter = (message) => {
        // Only presence: nothing but the word itself can keep the call from ending.
        words += Number(message.isRetained);
        return message.isRetained;
      };
      const { heard } = viewer.start('a');
      await world.run(9000);
      assert.equal(heard.count('disconnect'), 0, 'the broker says that the camera is online');
      assert.ok(words <= 1);
      world.broker.filter = () => true;
    });
  });

  test('before the call and back within the grace: the call is answered all the same', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      world.camera.stop();
      await world.run(1000);
      const sink = viewer.newSink();
      const { heard } = viewer.start('a', sink);
      await world.run(300);
      world.camera.boot();
      await world.until('media', () => sink.bytes > 0, 2000);
      assert.equal(heard.count('disconnect'), 0);
    });
  });
});

describe('the broker goes away', () => {
  test('while media flows: nothing of it is felt, and new services share the session', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const { viewer, heard, sink } = await playing(world);
      world.broker.stop();
      await assertFlows(world, sink, 20_000);
      assert.equal(heard.count('disconnect'), 0);
      const second = viewer.newSink();
      viewer.start('b', second);
      await world.until('media of a second service', () => second.bytes > 0, 100);
      viewer.stop('b');
      await assertFlows(world, sink, 2000);
    });
  });

  for (const seed of [1, 2, 3, 4, 5]) {
    test(`and comes back: the next call does not wait for the backoff, seed ${seed}`, async () => {
      await inWorld({ seed }, async (world) => {
        const viewer = world.addViewer();
        await viewer.getReady();
        world.broker.stop();
        // Long enough for waits of up to 30 s between the attempts.
        await world.run(200_000);
        world.broker.start();
        await world.until('the camera is back', () => world.camera.isOnline, 31_000);
        const sink = viewer.newSink();
        viewer.start('a', sink);
        await world.until('media', () => sink.bytes > 0, 500);
      });
    });
  }

  test('before the call: -2802 after 5 s', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      world.broker.stop();
      await world.run(1000);
      const { heard } = viewer.start('a');
      await world.until('disconnect', () => heard.count('disconnect') === 1, 5001);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.SignalingUnreachable);
    });
  });

  test('its connection is dead without a word: a call notices, connects anew and succeeds', async (t) => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.sim.killWebSockets();
      const startMs = world.nowMs;
      const sink = viewer.newSink();
      viewer.start('a', sink);
      // 3 s for the answer to a ping, up to 0.3 s until the next attempt, and the offer at once.
      await world.until('media', () => sink.bytes > 0, 3600);
      t.diagnostic(`${world.nowMs - startMs} ms`);
    });
  });
});

describe('the wall clock is wrong', () => {
  for (const [who, jumpMs] of [
    ['viewer', HOUR_MS],
    ['viewer', -HOUR_MS],
    ['camera', HOUR_MS],
    ['camera', -HOUR_MS],
  ] as const) {
    test(`of the ${who}, by ${jumpMs} ms: the offer is refused once and corrected`, async (t) => {
      await inWorld({ seed: 1, rttMs: 50 }, async (world) => {
        const viewer = world.addViewer();
        await viewer.getReady();
        (who === 'viewer' ? viewer.sim : world.camera.sim).wallOffsetMs = jumpMs;
        const startMs = world.nowMs;
        const sink = viewer.newSink();
        const before = world.broker.publishCount;
        viewer.start('a', sink);
        await world.until('media', () => sink.bytes > 0, 10_000);
        t.diagnostic(`${sink.firstMs - startMs} ms`);
        assert.ok(sink.firstMs - startMs <= 4 * 50 + 5, 'one more round trip');
        assert.equal(world.broker.publishCount - before, 4, 'offer, refuse, offer, answer');
      });
    });
  }

  test('and the path to the camera so slow that the offer is repeated first: the late refusal does not end the call', async () => {
    await inWorld({ seed: 1, rttMs: 1000 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.sim.wallOffsetMs = HOUR_MS;
      const sink = viewer.newSink();
      const { heard } = viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0, 10_000);
      assert.equal(heard.count('disconnect'), 0);
    });
  });

  test('a jump while media flows is not felt', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const { viewer, heard, sink } = await playing(world);
      viewer.sim.wallOffsetMs = HOUR_MS;
      world.camera.sim.wallOffsetMs = -HOUR_MS;
      await assertFlows(world, sink, 40_000);
      assert.equal(heard.count('disconnect'), 0);
    });
  });
});

describe('the viewer limit', () => {
  test('the viewer above it is told -2804, and gets in when another one has left', async () => {
    await inWorld({ seed: 1, maxViewers: 2 }, async (world) => {
      const { viewer: first } = await playing(world);
      await playing(world);
      const third = world.addViewer();
      await third.getReady();
      const sink = third.newSink();
      const { heard, call } = third.start('a', sink);
      await world.until('disconnect', () => heard.count('disconnect') === 1, 1000);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.Refused);
      assert.match(heard.events.at(-1)!.detail.errmsg, /405/);
      assert.equal(call.value, ErrCode.StreamStartFailed);
      assert.equal(world.camera.agent.viewerCount, 2);
      third.stop('a');
      first.stop('a');
      await world.run(100);
      const again = third.newSink();
      third.start('a', again);
      await world.until('media', () => again.bytes > 0, 1000);
      assert.equal(world.camera.agent.viewerCount, 2);
    });
  });

  test('two that call at the same moment for one place: one plays, one is refused', async () => {
    await inWorld({ seed: 1, maxViewers: 1 }, async (world) => {
      const viewers = [world.addViewer(), world.addViewer()];
      for (const viewer of viewers) await viewer.getReady();
      const sinks = viewers.map((viewer) => viewer.newSink());
      const heards = viewers.map((viewer, i) => viewer.start('a', sinks[i]).heard);
      await world.run(5000);
      assert.equal(sinks.filter((sink) => sink.bytes > 0).length, 1);
      const refused = heards.filter((heard) => heard.count('disconnect') === 1);
      assert.equal(refused.length, 1);
      assert.equal(world.camera.agent.viewerCount, 1);
    });
  });
});

describe('the path changes', () => {
  test('the NAT of the viewer restarts: the session ends in -2806 or goes on, and a new one works', async () => {
    await inWorld({ seed: 1, viewerNat: 'port-restricted' }, async (world) => {
      const { viewer, heard } = await playing(world);
      viewer.host.nat!.reboot();
      await world.run(25_000);
      if (heard.count('disconnect') === 1) {
        assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.LinkLost);
      }
      viewer.stop('a');
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0, 2000);
    });
  });

  for (const who of ['viewer', 'camera'] as const) {
    test(`the NAT of the ${who} forgets its mapping while nobody watches: the call finds the new one`, async (t) => {
      await inWorld(
        { seed: 1, viewerNat: 'port-restricted', cameraNat: 'port-restricted' },
        async (world) => {
          const viewer = world.addViewer();
          await viewer.getReady();
          await world.run(60_000);
          (who === 'viewer' ? viewer.host : world.camera.host).nat!.reboot();
          const startMs = world.nowMs;
          const sink = viewer.newSink();
          viewer.start('a', sink);
          await world.until('media', () => sink.bytes > 0, 1000);
          t.diagnostic(`${sink.firstMs - startMs} ms`);
          assert.ok(sink.firstMs - startMs <= 6 * 50 + 50);
        },
      );
    });
  }

  test('ten seconds without network: the session survives and delivers what was missed', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const { viewer, heard, sink } = await playing(world);
      viewer.sim.goOffline();
      await world.run(10_000);
      viewer.sim.goOnline();
      await world.run(4000);
      await assertFlows(world, sink, 5000);
      assert.equal(heard.count('disconnect'), 0);
    });
  });

  test('the platform closes the UDP socket: the session goes on over another one', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const { viewer, heard, sink } = await playing(world);
      viewer.host.closeSockets();
      await assertFlows(world, sink, 5000);
      assert.equal(heard.count('disconnect'), 0);
    });
  });

  test('the platform closes the UDP socket, and gives no other one: -2806 at once, once', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const { viewer, heard } = await playing(world);
      viewer.sim.refusesUdp = true;
      viewer.host.closeSockets();
      assert.equal(heard.count('disconnect'), 1);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.LinkLost);
      assert.match(world.story(), /log error: openUdp threw: createUDPSocket:fail/, 'the cause is kept');
      viewer.sim.refusesUdp = false;
      viewer.stop('a');
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0, 1000);
    });
  });

  test('a platform that closes every socket is given one a second, and the session ends by its silence', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const { viewer, heard } = await playing(world);
      let opened = 0;
      viewer.sim.onUdpOpened = () => {
        opened++;
        world.clock.setTimer(() => viewer.host.closeSockets(), 1);
      };
      viewer.host.closeSockets();
      await world.until('disconnect', () => heard.count('disconnect') === 1, 15_100);
      assert.ok(opened >= 10 && opened <= 17, `${opened} sockets`);
    });
  });
});
