import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AddressFollower } from '../../../p2p-core/session/address-follower';
import { inWorld } from '../../sim/session-world';
import type { SessionWorld } from '../../sim/session-world';
import type { StreamSink } from '../../sim/session-world-app';
import type { Heard, SimViewer } from '../../sim/session-world-viewer';

async function playing(world: SessionWorld): Promise<{ viewer: SimViewer; heard: Heard; sink: StreamSink }> {
  const viewer = world.addViewer();
  await viewer.getReady();
  const sink = viewer.newSink();
  const { heard } = viewer.start('a', sink);
  await world.until('media', () => sink.bytes > 100_000);
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

describe('a NAT gives its host a new address while live plays', () => {
  for (const [viewerNat, cameraNat] of [
    ['full cone', 'direct'],
    ['restricted', 'direct'],
    ['port-restricted', 'direct'],
    ['symmetric', 'direct'],
    ['port-restricted', 'full cone'],
    ['port-restricted', 'restricted'],
  ] as const) {
    for (const seed of [1, 2, 3]) {
      test(`viewer ${viewerNat}, camera ${cameraNat}: video goes on within 2 s and the session is the same, seed ${seed}`, async (t) => {
        await inWorld({ seed, viewerNat, cameraNat, rttMs: 80 }, async (world) => {
          const { viewer, heard, sink } = await playing(world);
          await world.run(3000 + 7 * seed);
          for (let times = 1; times <= 3; times++) {
            viewer.host.nat!.reboot();
            const [rebootMs, before] = [world.nowMs, sink.bytes];
            // Frames under way to the old mapping are lost; everything in the stream arrives all the same.
            await world.until('media', () => sink.bytes > before + 20_000, 2000);
            t.diagnostic(`${(world.nowMs - rebootMs).toFixed(0)} ms`);
            await assertFlows(world, sink, 5000);
          }
          assert.equal(heard.count('disconnect'), 0);
          assert.equal(heard.count('connected'), 1);
        });
      });
    }
  }

  for (const [viewerNat, cameraNat] of [
    ['direct', 'port-restricted'],
    ['full cone', 'port-restricted'],
  ] as const) {
    test(`of the camera (${cameraNat}, viewer ${viewerNat}): the viewer follows, and video goes on`, async (t) => {
      await inWorld({ seed: 1, viewerNat, cameraNat, rttMs: 80 }, async (world) => {
        const { heard, sink } = await playing(world);
        await world.run(3000);
        world.camera.host.nat!.reboot();
        const [rebootMs, before] = [world.nowMs, sink.bytes];
        await world.until('media', () => sink.bytes > before + 20_000, 2000);
        t.diagnostic(`${(world.nowMs - rebootMs).toFixed(0)} ms`);
        await assertFlows(world, sink, 20_000);
        assert.equal(heard.count('disconnect'), 0);
      });
    });
  }

  test('forty times in a session: addresses of the past take no room', async () => {
    await inWorld({ seed: 1, viewerNat: 'port-restricted' }, async (world) => {
      const { viewer, heard, sink } = await playing(world);
      for (let times = 0; times < 40; times++) {
        viewer.host.nat!.reboot();
        const before = sink.bytes;
        await world.until('media', () => sink.bytes > before + 20_000, 2500);
      }
      assert.equal(heard.count('disconnect'), 0);
    });
  });
});

describe('packets of a session that somebody sends on from his own address', () => {
  test('bring him connectivity checks, three times the bytes at most, and no video', async (t) => {
    await inWorld({ seed: 1 }, async (world) => {
      const { viewer, heard, sink } = await playing(world);
      const stranger = world.network.addHost('8.8.8.8');
      const got = { packets: 0, bytes: 0, datagrams: 0 };
      let sentBytes = 0;
      const socket = stranger.open({
        onMessage: (datagram) => {
          got.datagrams++;
          got.bytes += datagram.length;
          if (datagram[0]! >= 0x80) got.packets++;
        },
        onError() {},
        onClose() {},
      });
      let isRelaying = true;
      // He is faster than the viewer: the camera takes his copy, and the viewer's own comes too late.
      world.network.filter = (datagram, from) => {
        if (!isRelaying || from !== viewer.host || datagram[0]! < 0x80) return true;
        sentBytes += datagram.length;
        socket.send(datagram.slice(), world.camera.host.address, 50_000);
        return false;
      };
      await assertFlows(world, sink, 10_000);
      isRelaying = false;
      await assertFlows(world, sink, 5000);
      t.diagnostic(JSON.stringify({ ...got, sentBytes }));
      assert.ok(got.datagrams > 0, 'the address was checked');
      assert.equal(got.packets, 0);
      assert.ok(got.bytes <= 3 * sentBytes, `${got.bytes} for ${sentBytes}`);
      assert.equal(heard.count('disconnect'), 0);
    });
  });
});

describe('where a peer seems to be', () => {
  const HERE = false;
  const ELSEWHERE = true;

  test('is worth a check when three times the bytes from there pay for it, again and again', () => {
    const follower = new AddressFollower();
    const asked = [1, 2, 3, 4, 5, 6].map((number) => follower.onPacket(number, 25, ELSEWHERE, '1.1.1.1', 5));
    assert.deepEqual(asked, [false, true, false, true, false, true]);
    assert.equal(follower.onPacket(7, 34, ELSEWHERE, '1.1.1.1', 5), true);
  });

  test('is told by the newest packet only', () => {
    const follower = new AddressFollower();
    assert.equal(follower.onPacket(10, 1200, HERE, '1.1.1.1', 5), false);
    assert.equal(follower.onPacket(9, 1200, ELSEWHERE, '2.2.2.2', 5), false);
    assert.equal(follower.onPacket(11, 1200, ELSEWHERE, '2.2.2.2', 5), true);
  });

  test('pays for itself: bytes from one address buy no check of another', () => {
    const follower = new AddressFollower();
    assert.equal(follower.onPacket(1, 30, ELSEWHERE, '1.1.1.1', 5), false);
    assert.equal(follower.onPacket(2, 30, ELSEWHERE, '1.1.1.1', 6), false);
    assert.equal(follower.onPacket(3, 30, HERE, '3.3.3.3', 5), false);
    assert.equal(follower.onPacket(4, 30, ELSEWHERE, '1.1.1.1', 6), false);
  });
});
