import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeStreamToken } from '../../devkit/tracker/token';
import { startTrackerWorker } from '../../devkit/tracker/worker';
import { XP2PDevNotify_SubType } from '../../p2p-core/index';
import type { OurP2PModule, SwarmOptions } from '../../p2p-core/index';
import '../../p2p-core/swarm/index';
import { LiveServer } from '../p2p-core/swarm/support/live-server';
import { publish } from '../p2p-core/swarm/support/publisher';
import { Prng } from '../sim/prng';
import { inWorld } from '../sim/session-world';
import type { SessionWorld } from '../sim/session-world';
import { SIGNALING_URL } from '../sim/session-world-app';
import type { SimViewer } from '../sim/session-world-viewer';

const URL = 'https://live.example/room/7.flv';
const SECRET = new Uint8Array(32).fill(1);

type Detail = Record<string, unknown>;

/** One viewer, and what its app hears as 'devNotify'. */
interface Watcher {
  viewer: SimViewer;
  module: OurP2PModule;
  notices: { subtype: string; detail: Detail; atMs: number }[];
  of(subtype: string): Detail[];
}

/** What the detail of each kind holds. */
const SHAPES: Record<string, Record<string, 'number' | 'string' | 'boolean'>> = {
  p2p: { p2pBytes: 'number', cdnBytes: 'number', uploadBytes: 'number' },
  peers: { parentSize: 'number', standbySize: 'number', childrenSize: 'number', childrenStr: 'string' },
  parent: { parent: 'string', isOnPeers: 'boolean', why: 'string' },
  peerlist: { candidateSize: 'number', peerlist: 'string' },
  subscribe: { isJoined: 'boolean', why: 'string' },
  err: { peer: 'string', errmsg: 'string' },
};

async function watch(
  world: SessionWorld,
  origin: LiveServer,
  swarm: Partial<SwarmOptions> = {},
): Promise<Watcher> {
  const viewer = world.addViewer();
  viewer.sim.httpServer = origin.serve;
  await viewer.getReady();
  const notices: Watcher['notices'] = [];
  const expiryS = Math.floor(world.clock.wallMs() / 1000) + 3600;
  const account = new Uint8Array(8).fill(world.viewers.length);
  const token = makeStreamToken(SECRET, URL, { expiryS, account });
  const start = viewer.module.startP2PService(
    'room',
    { url: URL, swarm: { token, upKbps: 4000, ...swarm } },
    {
      msgCallback: (event, subtype, detail) => {
        if (event === 'devNotify') notices.push({ subtype, detail: detail as Detail, atMs: world.nowMs });
      },
      dataCallback: () => undefined,
    },
  );
  assert.equal(await world.result('start', start), 0);
  const of = (subtype: string): Detail[] =>
    notices.filter((notice) => notice.subtype === subtype).map(({ detail }) => detail);
  return { viewer, module: viewer.module as OurP2PModule, notices, of };
}

/** Four viewers of one stream, its server and its tracker, in virtual time. */
async function inRoom(
  body: (world: SessionWorld, watchers: Watcher[], origin: LiveServer) => Promise<void>,
  swarms: Partial<SwarmOptions>[] = [{}, {}, {}, {}],
): Promise<void> {
  await inWorld({ seed: 1 }, async (world) => {
    const origin = new LiveServer(world.clock, publish({ seed: 5, seconds: 90 }));
    const port = world.newPort('tracker', world.network.addHost('9.9.9.30'));
    port.httpServer = origin.serve;
    const fillRandom = new Prng(1).fill;
    const tracker = startTrackerWorker({ port, url: SIGNALING_URL, secret: SECRET, fillRandom });
    const watchers: Watcher[] = [];
    for (const swarm of swarms) {
      watchers.push(await watch(world, origin, swarm));
      await world.run(1500);
    }
    await body(world, watchers, origin);
    for (const { module } of watchers) module.destroy();
    const closed = world.call('tracker', tracker.close());
    await world.until('the tracker has ended', () => closed.isSettled);
  });
}

const isOnPeers = ({ module }: Watcher): boolean => module.getStats('room')?.swarm?.isOnPeers === true;

describe('what an app hears of a shared stream as devNotify', () => {
  test('is of the kinds of the plugin, each with its detail, and agrees with getStats', () =>
    inRoom(async (world, watchers) => {
      await world.until('somebody is on peers', () => watchers.some(isOnPeers), 25_000);
      await world.run(5000);
      const kinds = new Set<string>(Object.values(XP2PDevNotify_SubType));
      for (const { notices } of watchers) {
        for (const { subtype, detail } of notices) {
          assert.ok(kinds.has(subtype), subtype);
          const types = Object.entries(detail).map(([name, value]) => [name, typeof value]);
          assert.deepEqual(Object.fromEntries(types), SHAPES[subtype], subtype);
        }
      }
      for (const { of } of watchers) {
        assert.deepEqual(of('subscribe')[0], { isJoined: true, why: '' });
        assert.ok(of('peerlist').length > 0);
        assert.deepEqual(of('err'), []);
      }
      const peer = watchers.find(isOnPeers)!;
      const { parents, peerBytes } = peer.module.getStats('room')!.swarm!;
      const last = peer.of('parent').at(-1)!;
      assert.deepEqual([last['parent'], last['isOnPeers']], [parents.join(), true]);
      assert.ok(peer.of('peerlist').some(({ candidateSize }) => (candidateSize as number) > 0));
      const bytes = peer.of('p2p').map(({ p2pBytes }) => p2pBytes as number);
      assert.ok(bytes.at(-1)! > 0 && bytes.at(-1)! <= peerBytes);
      assert.deepEqual(
        bytes,
        [...bytes].sort((a, b) => a - b),
      );
      const parent = watchers.find(({ module }) => module.getStats('room')!.swarm!.children.length > 0)!;
      const told = parent.of('peers').at(-1)!;
      const { children } = parent.module.getStats('room')!.swarm!;
      assert.deepEqual([told['childrenSize'], told['childrenStr']], [children.length, children.join()]);
      assert.ok((parent.of('p2p').at(-1)!['uploadBytes'] as number) > 0);
    }));

  test('tells of bytes every two seconds, and of nothing any more after stopStream, resetP2P or destroy', () =>
    inRoom(async (world, watchers) => {
      await world.run(8000);
      const times = watchers[0]!.notices.filter(({ subtype }) => subtype === 'p2p').map(({ atMs }) => atMs);
      for (let i = 1; i < times.length; i++) assert.ok(times[i]! - times[i - 1]! <= 2001, times.join());
      const [first, second, third] = watchers as [Watcher, Watcher, Watcher];
      first.module.stopStream('room');
      assert.equal(await world.result('reset', second.module.resetP2P()), 0);
      third.module.destroy();
      const before = [first, second, third].map(({ notices }) => notices.length);
      await world.run(6000);
      assert.deepEqual(
        [first, second, third].map(({ notices }) => notices.length),
        before,
      );
    }));

  test('is nothing where sharing is switched off, and who gives nothing still takes', () =>
    inRoom(
      async (world, watchers) => {
        const [, off, taker] = watchers as [Watcher, Watcher, Watcher];
        await world.until('the one that gives nothing is on peers', () => isOnPeers(taker), 40_000);
        await world.run(2000);
        assert.deepEqual(off.notices, []);
        assert.equal(off.module.getStats('room')!.swarm, null);
        assert.equal(off.module.getStats('room')!.pathKind, 'server');
        const { uploadBytes, children } = taker.module.getStats('room')!.swarm!;
        assert.deepEqual([uploadBytes, children], [0, []]);
        assert.ok(taker.of('p2p').every((detail) => detail['uploadBytes'] === 0));
      },
      [{}, { enabled: false }, { upload: false }, {}],
    ));

  test('a switch of what is given: children go at once, and may come again', () =>
    inRoom(async (world, watchers) => {
      const giving = (): Watcher | undefined =>
        watchers.find(({ module }) => module.getStats('room')!.swarm!.children.length > 0);
      await world.until('somebody has children', () => giving() !== undefined, 25_000);
      const giver = giving()!;
      const stats = () => giver.module.getStats('room')!.swarm!;
      giver.module.setUpload('room', false);
      const { uploadBytes } = stats();
      assert.deepEqual(stats().children, []);
      await world.run(8000);
      assert.deepEqual([stats().uploadBytes, stats().children], [uploadBytes, []]);
      giver.module.setUpload('room', true);
      await world.until('somebody takes from it again', () => stats().uploadBytes > uploadBytes, 45_000);
    }));

  test('of a change of network is that the server brings it; of a moment without one, nothing', () =>
    inRoom(async (world, watchers) => {
      const tell = (viewer: SimViewer, networkType: string): void =>
        viewer.sim.changeNetwork({ isConnected: networkType !== 'none', networkType });
      for (const { viewer } of watchers) tell(viewer, 'wifi');
      await world.run(1000); // the first that is told counts as another one
      await world.until('somebody is on peers', () => watchers.some(isOnPeers), 30_000);
      const peer = watchers.find(isOnPeers)!;
      const told = peer.of('parent').length;
      const { serverBytes } = peer.module.getStats('room')!.swarm!;
      tell(peer.viewer, 'none');
      await world.run(200);
      tell(peer.viewer, 'wifi');
      await world.run(1000);
      assert.ok(isOnPeers(peer));
      assert.deepEqual(
        peer
          .of('parent')
          .slice(told)
          .filter(({ isOnPeers: isOn }) => isOn === false),
        [],
      );
      assert.equal(peer.module.getStats('room')!.swarm!.serverBytes, serverBytes);
      tell(peer.viewer, '4g');
      assert.equal(isOnPeers(peer), false);
      await world.run(400);
      assert.ok(
        peer.module.getStats('room')!.swarm!.serverBytes > serverBytes,
        'before the change has settled',
      );
      assert.equal(peer.of('parent').at(-1)!['isOnPeers'], false);
    }));
});
