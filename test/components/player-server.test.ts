import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { SwarmStats } from '../../p2p-core/index';
import { tick } from '../support/component-host';
import type { TestComponent } from '../support/component-host';
import { PlayerHost, found } from './support/player-host';

const SERVER = 'components/iot-p2p-player-server/iot-p2p-player-server';
const ROOM = {
  targetId: 'room',
  flvUrl: 'https://live.example/room.flv',
  swarmToken: 'a'.repeat(38),
  language: 'en',
};
const STATS: SwarmStats = {
  ...{ isOnPeers: true, isJoined: true, lagMs: 0, serverBytes: 1, peerBytes: 2, uploadBytes: 3 },
  ...{ parents: ['p', 'q'], children: ['c'], standbys: 1, rescues: 0 },
};

let world: PlayerHost;
let uploads: boolean[];
let stats: SwarmStats | null;
beforeEach(() => {
  world = new PlayerHost([SERVER]);
  uploads = [];
  stats = STATS;
  Object.assign(world.module, {
    getStats: () => ({ swarm: stats }),
    setUpload: (_id: string, isOn: boolean) => uploads.push(isOn),
  });
});
afterEach(() => world.dispose());

async function playing(properties: Record<string, unknown> = {}): Promise<TestComponent> {
  const view = world.render(SERVER, { ...ROOM, ...properties });
  await tick(5);
  await world.picture(found(view, '.picture'));
  await tick(5);
  return view;
}

describe('iot-p2p-player-server', () => {
  test('plays the stream of the server, and shows who brings it', async () => {
    const view = await playing();
    assert.ok(world.module.calls.some((call) => call.startsWith('startStream room')));
    assert.match(view.text(), /Other viewers/);
    assert.equal(view.findAll('.node-peer').length, 3);
  });

  test('lets the player hold what sharing takes for granted, and says how much that is', async () => {
    const [player, patient] = [await playing(), await playing({ targetId: 'other', minCache: 2 })].map(
      (view) => found(view, '.picture').data,
    );
    assert.deepEqual([player!['minCache'], player!['maxCache']], [1.5, 3]);
    assert.equal((player!['swarm'] as { reserveMs: number }).reserveMs, 1500);
    assert.equal((patient!['swarm'] as { reserveMs: number }).reserveMs, 2000);
  });

  test('has no panel where nothing is shared, or where the host wants none', async () => {
    assert.equal((await playing({ showPanel: false })).find('.panel'), null);
    stats = null;
    assert.equal((await playing({ targetId: 'other' })).find('.panel'), null);
  });

  test('tells the module and the host that the user does not want to help', async () => {
    const view = await playing();
    const changes = view.record('uploadChange');
    found(view, '.switch-row').trigger('tap');
    await tick(5);
    assert.equal(uploads.at(-1), false);
    assert.deepEqual(changes, [{ isOn: false }]);
  });

  test('offers to leave when the stream fails, where the host wants that', async () => {
    const view = await playing({ canExit: true, autoReplay: false });
    const exits = view.record('exit');
    assert.equal(view.find('.exit'), null);
    world.module.notify('room', 'disconnect', { errcode: -2813, errmsg: 'gone' });
    await tick(5);
    found(view, '.exit').trigger('tap');
    assert.deepEqual(exits, [{}]);
  });
});
