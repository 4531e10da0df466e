import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inWorld } from '../../sim/session-world';

const RTT_MS = 50;

describe('getStats', () => {
  test('is null for an id that is not started, or not any more', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      assert.equal(viewer.module.getStats('a'), null);
      viewer.start('a');
      assert.notEqual(viewer.module.getStats('a'), null);
      viewer.stop('a');
      assert.equal(viewer.module.getStats('a'), null);
    });
  });

  test('tells when each step to the first picture was done, and null for those that are not', async () => {
    await inWorld({ seed: 1, rttMs: RTT_MS }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const sink = viewer.newSink();
      const startMs = world.nowMs;
      viewer.start('a', sink);
      const steps = () => viewer.module.getStats('a')!.startSteps;
      const nothing = { handshakeMs: null, pathMs: null, requestMs: null, headerMs: null, firstByteMs: null };
      assert.deepEqual(steps(), { signalingMs: 0, ...nothing });
      assert.equal(viewer.module.getStats('a')!.pathKind, null);
      assert.equal(viewer.module.getStats('a')!.rttMs, null);
      await world.until('media', () => sink.bytes > 0);
      const { handshakeMs, pathMs, requestMs, headerMs, firstByteMs } = steps();
      // Offer and answer, check and answer, request and media.
      assert.ok(Math.abs(handshakeMs! - RTT_MS) < 2, `${handshakeMs}`);
      assert.ok(Math.abs(pathMs! - 2 * RTT_MS) < 2, `${pathMs}`);
      assert.equal(requestMs, pathMs);
      assert.ok(Math.abs(headerMs! - 3 * RTT_MS) < 6, `${headerMs}`);
      assert.equal(firstByteMs, sink.firstMs - startMs);
    });
  });

  test('names the step that a start hangs in: no broker, no answer, no path', async () => {
    await inWorld({ seed: 1, rttMs: RTT_MS }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      world.camera.crash();
      viewer.start('a');
      await world.run(1000);
      assert.deepEqual(
        [
          viewer.module.getStats('a')!.startSteps.signalingMs,
          viewer.module.getStats('a')!.startSteps.handshakeMs,
        ],
        [0, null],
      );
      viewer.stop('a');
      world.camera.boot();
      await world.until('the camera is online', () => world.camera.isOnline);
      world.network.filter = () => false;
      viewer.start('b');
      await world.run(1000);
      const { handshakeMs, pathMs } = viewer.module.getStats('b')!.startSteps;
      assert.ok(handshakeMs !== null && pathMs === null);
      viewer.stop('b');
      world.broker.stop();
      await world.run(1000);
      viewer.start('c');
      await world.run(1000);
      assert.equal(viewer.module.getStats('c')!.startSteps.signalingMs, null);
    });
  });

  test('a service that joins a live session has its path at once, and its own stream', async () => {
    await inWorld({ seed: 1, rttMs: RTT_MS }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const first = viewer.newSink();
      viewer.start('a', first);
      await world.until('media', () => first.bytes > 50_000);
      const sink = viewer.newSink();
      viewer.start('b', sink);
      const { startSteps, pathKind } = viewer.module.getStats('b')!;
      assert.deepEqual([startSteps.signalingMs, startSteps.handshakeMs, startSteps.pathMs], [0, 0, 0]);
      assert.equal(pathKind, 'host');
      await world.until('media', () => sink.bytes > 0);
      const { stream } = viewer.module.getStats('b')!;
      assert.ok(stream!.firstByteMs! >= RTT_MS && stream!.firstByteMs! < RTT_MS + 20);
      assert.equal(stream!.receivedBytes, sink.bytes);
    });
  });

  test('measures rates between one call and the next: 2000 bytes every 40 ms are 400 kbit/s', async () => {
    await inWorld({ seed: 1, rttMs: RTT_MS, feed: { frameBytes: 2000, frameMs: 40 } }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.run(2000);
      viewer.module.getStats('a');
      for (let i = 0; i < 3; i++) {
        await world.run(1000);
        const { stream, bitrateKbps, rttMs, lossRate } = viewer.module.getStats('a')!;
        assert.ok(Math.abs(stream!.bitrateKbps - 400) <= 16, `${stream!.bitrateKbps}`);
        assert.ok(
          bitrateKbps > stream!.bitrateKbps && bitrateKbps < 1.1 * stream!.bitrateKbps,
          `${bitrateKbps}`,
        );
        assert.ok(Math.abs(rttMs! - RTT_MS) < 5, `${rttMs}`);
        assert.equal(lossRate, 0);
      }
      await world.run(10);
      assert.ok(viewer.module.getStats('a')!.stream!.bitrateKbps > 380, 'too soon for another interval');
      viewer.stopStream('a');
      await world.run(1000);
      assert.equal(viewer.module.getStats('a')!.stream, null);
      assert.ok(viewer.module.getStats('a')!.bitrateKbps < 50);
    });
  });

  test('counts what was lost on the way from the camera', async () => {
    await inWorld({ seed: 1, link: { lossRate: 0.1 } }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.run(2000);
      viewer.module.getStats('a');
      await world.run(30_000);
      const { lossRate } = viewer.module.getStats('a')!;
      assert.ok(lossRate > 0.06 && lossRate < 0.14, `${lossRate}`);
    });
  });

  test('times the second stream from its own start, and keeps the steps of the first', async () => {
    await inWorld({ seed: 1, rttMs: RTT_MS }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.start('a');
      const refused = viewer.newSink();
      viewer.pull('a', refused, 'status=503');
      await world.run(500);
      const first = viewer.newSink();
      viewer.pull('a', first);
      await world.until('media', () => first.bytes > 0);
      const { startSteps } = viewer.module.getStats('a')!;
      assert.ok(startSteps.firstByteMs! > 500, 'the stream that was refused gave no picture');
      viewer.stopStream('a');
      await world.run(1000);
      const second = viewer.newSink();
      viewer.pull('a', second);
      await world.until('media', () => second.bytes > 0);
      const after = viewer.module.getStats('a')!;
      assert.deepEqual(after.startSteps, startSteps);
      assert.ok(after.stream!.firstByteMs! < RTT_MS + 20);
    });
  });

  test('costs nothing between two calls: no timer of its own', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.start('a');
      await world.run(1000);
      const before = viewer.port.use();
      for (let i = 0; i < 100; i++) viewer.module.getStats('a');
      assert.deepEqual(viewer.port.use(), before);
    });
  });

  test('after the link was lost it says so: no path, and the counts of the end', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const sink = viewer.newSink();
      const { heard } = viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 10_000);
      world.camera.stop();
      await world.until('disconnect', () => heard.count('disconnect') === 1);
      const { pathKind, stream, receivedBytes } = viewer.module.getStats('a')!;
      assert.deepEqual([pathKind, stream], [null, null]);
      assert.ok(receivedBytes > 10_000);
    });
  });
});
