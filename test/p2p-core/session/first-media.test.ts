import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inWorld } from '../../sim/session-world';

const RTTS_MS = [20, 50, 100];

describe('time to the first media byte', () => {
  for (const rttMs of RTTS_MS) {
    test(`RTT ${rttMs} ms: startP2PService gives media within 3.5 round trips and 50 ms`, async (t) => {
      await inWorld({ seed: 1, rttMs }, async (world) => {
        const viewer = world.addViewer();
        await viewer.getReady();
        const startMs = world.nowMs;
        const sink = viewer.newSink();
        viewer.start('a', sink);
        await world.until('media', () => sink.bytes > 0);
        const tookMs = sink.firstMs - startMs;
        t.diagnostic(`${tookMs} ms, ${(tookMs / rttMs).toFixed(2)} RTT`);
        // Offer and answer, check and answer, request and media: the rest of the allowance is not needed here.
        assert.ok(tookMs <= 3 * rttMs + 5, `${tookMs} ms`);
      });
    });

    for (const nat of ['full cone', 'restricted', 'port-restricted'] as const) {
      test(`RTT ${rttMs} ms, both ends behind ${nat} NATs: within 3.5 round trips and 50 ms`, async (t) => {
        for (const seed of [1, 2, 3]) {
          await inWorld({ seed, rttMs, viewerNat: nat, cameraNat: nat, hasTurn: true }, async (world) => {
            const viewer = world.addViewer();
            await viewer.getReady();
            const startMs = world.nowMs;
            const sink = viewer.newSink();
            viewer.start('a', sink);
            await world.until('media', () => sink.bytes > 0);
            const tookMs = sink.firstMs - startMs;
            t.diagnostic(`${tookMs.toFixed(0)} ms, ${(tookMs / rttMs).toFixed(2)} RTT`);
            assert.ok(tookMs <= 3.5 * rttMs + 50, `${tookMs} ms`);
          });
        }
      });
    }

    test(`RTT ${rttMs} ms, only a relay connects: allocated beside the call, it gives media within 7 round trips`, async (t) => {
      const symmetric = { viewerNat: 'symmetric', cameraNat: 'symmetric' } as const;
      await inWorld({ seed: 1, rttMs, ...symmetric, hasTurn: true }, async (world) => {
        const viewer = world.addViewer();
        await viewer.getReady();
        const startMs = world.nowMs;
        const sink = viewer.newSink();
        viewer.start('a', sink);
        await world.until('media', () => sink.bytes > 0);
        const tookMs = sink.firstMs - startMs;
        t.diagnostic(`${tookMs.toFixed(0)} ms, ${(tookMs / rttMs).toFixed(2)} RTT`);
        // Each leg through the relay takes a whole round trip here.
        assert.ok(tookMs <= 7 * rttMs + 50, `${tookMs} ms`);
      });
    });

    test(`RTT ${rttMs} ms: a second stream on a live session gives media within a round trip and 20 ms`, async (t) => {
      await inWorld({ seed: 1, rttMs }, async (world) => {
        const viewer = world.addViewer();
        await viewer.getReady();
        const first = viewer.newSink();
        viewer.start('a', first);
        viewer.start('b');
        await world.until('media', () => first.bytes > 20_000);
        for (const pauseMs of [0, 7, 13, 5000]) {
          await world.run(pauseMs);
          const startMs = world.nowMs;
          const sink = viewer.newSink();
          viewer.pull('b', sink);
          await world.until('media', () => sink.bytes > 0);
          const tookMs = sink.firstMs - startMs;
          t.diagnostic(`${tookMs.toFixed(1)} ms, ${(tookMs / rttMs).toFixed(2)} RTT`);
          assert.ok(tookMs <= rttMs + 20, `${tookMs} ms`);
          viewer.module.stopStream('b');
        }
      });
    });

    test(`RTT ${rttMs} ms to the broker for each end, so twice as much between them: 4 round trips`, async (t) => {
      await inWorld({ seed: 1, rttMs }, async (world) => {
        world.signalingDelayMs = rttMs / 2;
        const viewer = world.addViewer();
        await viewer.getReady();
        const startMs = world.nowMs;
        const sink = viewer.newSink();
        viewer.start('a', sink);
        await world.until('media', () => sink.bytes > 0);
        const tookMs = sink.firstMs - startMs;
        t.diagnostic(`${tookMs} ms, ${(tookMs / rttMs).toFixed(2)} RTT`);
        assert.ok(tookMs <= 4 * rttMs + 20, `${tookMs} ms`);
      });
    });
  }

  test('a stream asked for before the link is up rides in the first packet to the camera', async () => {
    await inWorld({ seed: 1, rttMs: 50 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const packets: number[] = [];
      world.network.filter = (datagram, from) => {
        if (from === viewer.host && datagram[0]! >= 0x80) packets.push(datagram.length);
        return true;
      };
      const { heard } = viewer.start('a');
      const sink = viewer.newSink();
      viewer.pull('a', sink);
      await world.until('connected', () => heard.count('connected') === 1);
      await world.run(0);
      const requestBytes = 'GET /ipc.flv?tag=1 HTTP/1.1\r\n\r\n'.length;
      assert.ok(packets[0]! > requestBytes, `the first packet has ${packets[0]} bytes`);
      await world.until('media', () => sink.bytes > 0, 50);
    });
  });

  test('the first packet is lost: it is sent again after three of the round trips that the check took', async (t) => {
    await inWorld({ seed: 1, rttMs: 50 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      let packets = 0;
      world.network.filter = (datagram, from) => from !== viewer.host || datagram[0]! < 0x80 || ++packets > 1;
      const startMs = world.nowMs;
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0);
      t.diagnostic(`${sink.firstMs - startMs} ms`);
      // RFC 9002 §6.2.1: the probe timeout is the round trip and four variations of half of it, and the peer's ack delay.
      assert.ok(sink.firstMs - startMs <= 3 * 50 + 3 * 50 + 30);
    });
  });

  test('a start right after init waits for the broker only', async (t) => {
    await inWorld({ seed: 1, rttMs: 50 }, async (world) => {
      await world.until('the camera is online', () => world.camera.isOnline);
      const viewer = world.addViewer();
      assert.equal(await world.result('init', viewer.init()), 0);
      const startMs = world.nowMs;
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0);
      t.diagnostic(`${sink.firstMs - startMs} ms`);
      // Opening the WebSocket takes two round trips of 25 ms; the offer rides with CONNECT.
      assert.ok(sink.firstMs - startMs <= 3.5 * 50 + 50 + 50);
    });
  });
});
