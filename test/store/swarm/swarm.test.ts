import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { P2PModule, SwarmStats } from '../../../p2p-core/index';
import { createLocale } from '../../../store/index';
import type { ModuleOwner } from '../../../store/index';
import { SwarmStore } from '../../../store/swarm/index';
import { VirtualEnvironment } from '../support/virtual-environment';

const STATS: SwarmStats = {
  ...{ isOnPeers: false, isJoined: true, lagMs: 0, serverBytes: 1_000_000, peerBytes: 0, uploadBytes: 0 },
  ...{ parents: [], children: [], standbys: 0, rescues: 0 },
};

function open(stats: SwarmStats | null = STATS) {
  const environment = new VirtualEnvironment();
  const told: [string, boolean][] = [];
  const world = { stats, told, environment };
  const module = {
    getStats: () => ({ swarm: world.stats }),
    setUpload: (id: string, isOn: boolean) => told.push([id, isOn]),
  } as unknown as P2PModule;
  const owner = { module, environment } as unknown as ModuleOwner;
  const store = new SwarmStore({ owner, locale: createLocale('en'), isUploadOn: true });
  return { store, world };
}

describe('the store of a shared stream', () => {
  test('tells the share of the last seconds, and where the picture comes from', async () => {
    const { store, world } = open();
    assert.equal(store.view.isShown, false);
    store.watch('room', true);
    assert.deepEqual([store.view.isShown, store.view.shareText], [true, '0 %']);
    assert.match(store.view.stateText, /looking/);
    world.stats = { ...STATS, children: ['c'] };
    await world.environment.advance(1000);
    assert.match(store.view.stateText, /you pass it on/);
    world.stats = { ...STATS, peerBytes: 300_000, serverBytes: 1_100_000, parents: ['a', 'b'] };
    await world.environment.advance(1000);
    assert.equal(store.view.sharePercent, 75);
    assert.match(store.view.stateText, /Comparing/);
    assert.deepEqual(
      store.view.parents.map(({ isActive }) => isActive),
      [true, true],
    );
    world.stats = { ...world.stats, isOnPeers: true, peerBytes: 900_000, children: ['c'], uploadBytes: 5 };
    await world.environment.advance(1000);
    assert.equal(store.view.sharePercent, 90);
    assert.match(store.view.stateText, /Other viewers/);
    assert.equal(store.view.children.length, 1);
    store.destroy();
    assert.equal(world.environment.pendingTimers, 0);
  });

  test('counts another pull from its beginning, and shows nothing where nothing is shared', async () => {
    const { store, world } = open();
    store.watch('room', true);
    world.stats = { ...STATS, serverBytes: 100 };
    await world.environment.advance(1000);
    assert.equal(store.view.sharePercent, 0);
    world.stats = null;
    await world.environment.advance(1000);
    assert.equal(store.view.isShown, false);
    store.watch('room', false);
    assert.equal(world.environment.pendingTimers, 0);
  });

  test('tells the switch to the module at once, and to every later pull', async () => {
    const { store, world } = open();
    store.watch('room', true);
    store.setUpload(false);
    assert.deepEqual(world.told.at(-1), ['room', false]);
    world.stats = { ...STATS, serverBytes: 1 };
    await world.environment.advance(1000);
    assert.deepEqual(world.told.at(-1), ['room', false]);
    assert.equal(world.told.length, 3);
    store.destroy();
  });
});
