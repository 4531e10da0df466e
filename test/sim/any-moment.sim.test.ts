import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CountingPort } from '../../devkit/port/counting-port';
import { inWorld } from './session-world';
import type { SessionWorld } from './session-world';
import type { StreamSink } from './session-world-app';
import type { SimViewer } from './session-world-viewer';

/**
 * One ordinary run, with everything in it: init with a STUN probe, a start that pulls, a second service with two streams
 * after each other and commands, a reset, a start after it. It is repeated for every event of it, and at that event
 * something happens.
 */
const OPTIONS = {
  seed: 1,
  rttMs: 50,
  hasStun: true,
  isPinned: false,
  feed: { frameBytes: 2000, frameMs: 100 },
};
const START_MS = 300;
const PART_MS = 300;
/** What a call after destroy() is told about itself: why it was refused. */
const REFUSAL = 'log -2002 init has not succeeded yet';
const NOTHING = { timers: 0, udpSockets: 0, webSockets: 0, networkListeners: 0, httpRequests: 0 };

async function ordinaryRun(world: SessionWorld): Promise<void> {
  const viewer = world.viewers[0]!;
  world.call('init', viewer.init());
  await world.run(START_MS);
  viewer.start('a', viewer.newSink());
  viewer.start('b');
  viewer.pull('b', viewer.newSink());
  world.call('command', viewer.module.sendCommand('b', 'cmd=echo'));
  world.call('silent command', viewer.module.sendCommand('b', 'cmd=silent', { timeoutMs: 350 }));
  await world.run(PART_MS);
  viewer.module.stopStream('b');
  viewer.pull('b', viewer.newSink());
  await world.run(PART_MS);
  world.call('resetP2P', viewer.module.resetP2P());
  await world.run(PART_MS);
  viewer.start('c', viewer.newSink());
  await world.run(PART_MS);
}

const totalBytes = (sinks: StreamSink[]): number => sinks.reduce((sum, sink) => sum + sink.bytes, 0);

/** Only a WebSocket may still be there, until its `onClose`. */
function assertIdle(port: CountingPort, when: string): void {
  assert.deepEqual({ ...port.use(), webSockets: 0 }, NOTHING, when);
}

/** How many events the port of viewer or camera has in the ordinary run. */
async function countEvents(of: (world: SessionWorld) => { onEvent: (() => void) | null }): Promise<number> {
  let count = 0;
  await inWorld(OPTIONS, async (world) => {
    world.addViewer();
    of(world).onEvent = () => count++;
    await ordinaryRun(world);
    assert.ok(world.viewers[0]!.sinks.every((sink) => sink.bytes > 2000));
    of(world).onEvent = null;
  });
  return count;
}

describe('whatever the app does at whatever event', () => {
  const actions: [string, (viewer: SimViewer, world: SessionWorld) => void][] = [
    ['destroy', (viewer) => viewer.module.destroy()],
    [
      'destroy and init',
      (viewer, world) => {
        viewer.module.destroy();
        world.call('init again', viewer.init());
      },
    ],
    ['resetP2P', (viewer, world) => void world.call('resetP2P', viewer.module.resetP2P())],
    ['stopP2PService', (viewer) => viewer.stop('a')],
    [
      'stop and start again',
      (viewer) => {
        viewer.stop('a');
        viewer.start('a', viewer.newSink());
      },
    ],
    [
      'updateServiceCallbacks, after which the old ones are told nothing',
      (viewer) => {
        const olds = viewer.services.filter((heard) => heard.id === 'a');
        const res = viewer.module.updateServiceCallbacks('a', { msgCallback: () => undefined });
        if (res === 0) for (const heard of olds) heard.isStopped = true;
      },
    ],
    ['the platform closes the socket', (viewer) => viewer.host.closeSockets()],
  ];
  for (const [name, act] of actions) {
    test(`${name}: every promise settles and nothing is left`, async (t) => {
      const eventCount = await countEvents((world) => world.viewers[0]!.sim);
      t.diagnostic(`${eventCount} events`);
      for (let k = 1; k <= eventCount; k += name === 'destroy' ? 1 : 2) {
        await inWorld(OPTIONS, async (world) => {
          const viewer = world.addViewer();
          let count = 0;
          let callbacksAfter = 0;
          viewer.sim.onEvent = () => {
            if (++count !== k) return;
            world.trace('test', `event ${k}: ${name}`);
            act(viewer, world);
            if (name !== 'destroy') return;
            viewer.onCallback = (what) => (callbacksAfter += Number(what !== REFUSAL));
            assertIdle(viewer.port, `destroy at event ${k}`);
          };
          await ordinaryRun(world);
          if (name !== 'destroy') return;
          await world.run(15_000);
          assert.deepEqual(viewer.port.use(), NOTHING, `destroy at event ${k}`);
          assert.equal(callbacksAfter, 0, `destroy at event ${k}`);
        });
      }
    });
  }
});

describe('whatever the app does inside whatever callback', () => {
  const actions: [string, (viewer: SimViewer, world: SessionWorld) => void][] = [
    ['destroy', (viewer) => viewer.module.destroy()],
    ['resetP2P', (viewer, world) => void world.call('resetP2P', viewer.module.resetP2P())],
    ['stop all services', (viewer) => ['a', 'b', 'c'].forEach((id) => viewer.stop(id))],
    ['stop all streams', (viewer) => ['a', 'b', 'c'].forEach((id) => viewer.module.stopStream(id))],
    [
      'stop and start',
      (viewer) => {
        viewer.stop('a');
        viewer.start('a', viewer.newSink());
      },
    ],
    [
      'throw',
      () => {
        throw new Error('thrown by the app');
      },
    ],
  ];
  for (const [name, act] of actions) {
    test(`${name}: it takes effect at once and nothing is left`, async (t) => {
      for (let k = 1; ; k++) {
        let count = 0;
        await inWorld(OPTIONS, async (world) => {
          const viewer = world.addViewer();
          let pulled: StreamSink[] = [];
          let bytesAfter = 0;
          let countAfter = 0;
          viewer.onCallback = (what) => {
            if (what === REFUSAL || ++count !== k) return;
            world.trace('test', `inside ${what}: ${name}`);
            pulled = [...viewer.sinks];
            act(viewer, world);
            bytesAfter = totalBytes(pulled);
            countAfter = count;
          };
          await ordinaryRun(world);
          world.camera.stop();
          await world.run(20_000);
          if (count < k || name === 'throw') return;
          if (name !== 'stop and start') assert.equal(totalBytes(pulled), bytesAfter, `callback ${k}`);
          if (name === 'destroy') {
            assert.deepEqual(viewer.port.use(), NOTHING, `callback ${k}`);
            assert.equal(count, countAfter, `callback ${k}: there is another one after destroy`);
          }
        });
        if (count < k) {
          t.diagnostic(`${k - 1} callbacks`);
          return;
        }
      }
    });
  }
});

describe('the camera', () => {
  test('stops at every event of a run: nothing of it is left, and every promise of the viewer settles', async (t) => {
    const eventCount = await countEvents((world) => world.camera.sim);
    t.diagnostic(`${eventCount} events`);
    for (let k = 1; k <= eventCount; k++) {
      await inWorld(OPTIONS, async (world) => {
        world.addViewer();
        let count = 0;
        world.camera.sim.onEvent = () => {
          if (++count !== k) return;
          world.camera.stop();
          assertIdle(world.camera.port, `stop at event ${k}`);
        };
        await ordinaryRun(world);
        await world.run(15_000);
        assert.deepEqual(world.camera.port.use(), NOTHING, `stop at event ${k}`);
      });
    }
  });

  test('loses power at every event of a run: every promise of the viewer settles, and the next start plays', async () => {
    const eventCount = await countEvents((world) => world.camera.sim);
    for (let k = 1; k <= eventCount; k += 3) {
      await inWorld(OPTIONS, async (world) => {
        const viewer = world.addViewer();
        let count = 0;
        world.camera.sim.onEvent = () => {
          if (++count === k) world.camera.crash();
        };
        await ordinaryRun(world);
        await world.run(25_000);
        world.camera.boot();
        await world.run(1000);
        for (const id of ['a', 'b']) viewer.stop(id);
        const sink = viewer.newSink();
        viewer.start('a', sink);
        await world.until('media', () => sink.bytes > 0, 2000);
      });
    }
  });
});
