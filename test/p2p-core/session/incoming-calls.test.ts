import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cameraTopic } from '../../../p2p-core/signaling/topics';
import type { Message } from '../../sim/mini-broker';
import { CameraRig } from '../../fuzz/camera-rig';
import { inWorld } from '../../sim/session-world';
import type { SessionWorld } from '../../sim/session-world';

/** Sorts what the broker passes on: to the camera, its presence, and to viewers. */
function directionOf(world: SessionWorld, { topic }: Message): 'to camera' | 'presence' | 'to viewer' {
  const inbox = cameraTopic(world.camera.ticket.peerName);
  if (topic === inbox) return 'to camera';
  return topic.startsWith(inbox) ? 'presence' : 'to viewer';
}

describe('a camera that is called', () => {
  for (const lost of ['to camera', 'to viewer'] as const) {
    test(`the first message ${lost} is lost: the offer is repeated after 0.7 s, and the call succeeds`, async () => {
      await inWorld({ seed: 1, rttMs: 50 }, async (world) => {
        const viewer = world.addViewer();
        await viewer.getReady();
        let count = 0;
        world.broker.filter = (message) => directionOf(world, message) !== lost || ++count > 1;
        const startMs = world.nowMs;
        const sink = viewer.newSink();
        viewer.start('a', sink);
        await world.until('media', () => sink.bytes > 0);
        assert.ok(sink.firstMs - startMs <= 700 + 3 * 50 + 5, `${sink.firstMs - startMs} ms`);
        assert.equal(world.camera.agent.viewerCount, 1);
      });
    });
  }

  test('is silent when what it was sent is played again: during the call, after it, and when it is too old', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const recorded: Message[] = [];
      world.broker.filter = (message) => {
        if (directionOf(world, message) === 'to camera') recorded.push(message);
        return true;
      };
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0);
      const [offer] = recorded;
      const replay = async (): Promise<void> => {
        const before = world.broker.publishCount;
        world.broker.publish(offer!);
        await world.run(200);
        assert.equal(world.broker.publishCount - before, 1, 'the replay is not answered');
      };
      await replay();
      assert.equal(world.camera.agent.viewerCount, 1);
      viewer.stop('a');
      await world.run(200);
      await replay();
      assert.equal(world.camera.agent.viewerCount, 0);
      world.camera.sim.wallOffsetMs = 4 * 60_000;
      await replay();
    });
  });

  test('drops whatever was not sealed with its secret', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const topic = cameraTopic(world.camera.ticket.peerName);
      const before = world.broker.publishCount;
      for (let length = 0; length < 300; length += 7) {
        const payload = new Uint8Array(length);
        world.random.fill(payload);
        world.broker.publish({ topic, payload, qos: 0, isRetained: false });
      }
      const sent = world.broker.publishCount - before;
      await world.run(1000);
      assert.equal(world.broker.publishCount - before, sent);
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0, 1000);
    });
  });

  test('answers no more than 16 calls that have no path yet, and others again when those have failed', async () => {
    await inWorld({ seed: 1, isPinned: false, maxViewers: 30 }, async (world) => {
      const viewers = Array.from({ length: 19 }, () => world.addViewer());
      for (const viewer of viewers) world.call('init', viewer.init());
      await world.run(1000);
      const answered = new Set<string>();
      world.broker.filter = (message) => {
        if (directionOf(world, message) === 'to viewer') answered.add(message.topic);
        return true;
      };
      world.network.filter = () => false;
      for (const viewer of viewers.slice(1)) viewer.start('a');
      await world.run(5000);
      assert.equal(answered.size, 16);
      // The viewers give up as well, but the camera is not told.
      world.broker.filter = (message) => directionOf(world, message) !== 'to camera';
      await world.run(12_000);
      world.broker.filter = () => true;
      world.network.filter = () => true;
      const sink = viewers[0]!.newSink();
      viewers[0]!.start('a', sink);
      await world.until('media', () => sink.bytes > 0, 1000);
    });
  });

  test('ends a call for which its program has no handler, and answers the next one', () => {
    const rig = new CameraRig({ seed: 1, isPinned: false });
    const closed: string[] = [];
    const { push } = rig.sessions;
    rig.sessions.push = (session) => {
      push.call(rig.sessions, session);
      if (rig.sessions.length === 1) throw new Error('no room for another viewer');
      return 0;
    };
    assert.throws(() => rig.receive(rig.seal(rig.genuineOffer())), /no room for another viewer/);
    closed.push(...rig.sessions.map(({ state }) => state));
    assert.equal(rig.published.length, 0, 'it is not answered');
    rig.receive(rig.seal(rig.genuineOffer()));
    assert.equal(rig.published.length, 1);
    closed.push(rig.sessions[1]!.state);
    assert.deepEqual(closed, ['closed', 'calling']);
    rig.calls.close();
    rig.endpoint.close();
    assert.equal(rig.clock.pendingCount, 0);
  });
});
