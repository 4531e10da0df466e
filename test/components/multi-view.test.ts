import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { tick } from '../support/component-host';
import type { TestComponent, TestNode } from '../support/component-host';
import { CAMERA, PlayerHost, found, nativePlayer } from './support/player-host';

const MULTI = 'components/iot-p2p-multi-view/iot-p2p-multi-view';
const TILES = [0, 1, 2].map((channel) => ({ ...CAMERA, channel, name: `Lens ${channel}` }));

let world: PlayerHost;
beforeEach(() => {
  world = new PlayerHost([MULTI]);
});
afterEach(() => world.dispose());

const players = (view: TestComponent): TestNode[] => view.findAll('.picture');
const muted = (view: TestComponent): unknown[] =>
  players(view).map((player) => nativePlayer(player).data['muted']);

/** All tiles play, each over a service of its own beside the first. */
async function playing(properties: Record<string, unknown> = {}): Promise<TestComponent> {
  const view = world.render(MULTI, { tiles: TILES, language: 'en', ...properties });
  await tick(5);
  for (const player of players(view)) {
    nativePlayer(player).trigger('playerReady', world.readyDetail());
    await tick(5);
    await pull(player);
  }
  return view;
}

async function pull(player: TestNode): Promise<void> {
  nativePlayer(player).trigger('playerStartPull', {});
  await tick(5);
  for (const send of world.module.streams.values()) send(new ArrayBuffer(10));
  nativePlayer(player).trigger('statechange', { code: 2003, message: '' });
  await tick(5);
}

describe('iot-p2p-multi-view', () => {
  test('plays every tile in the small quality, and the chosen one is heard', async () => {
    const view = await playing();
    assert.deepEqual(
      world.module.calls.filter((call) => call.startsWith('startStream')),
      ['cam', 'cam~2', 'cam~3'].map(
        (id, channel) => `startStream ${id} ipc.flv?action=live&channel=${channel}&quality=standard`,
      ),
    );
    assert.deepEqual(muted(view), [false, true, true]);
    const changes = view.record('focusChange');
    view.findAll('.tile')[1]!.trigger('tap');
    await tick();
    assert.deepEqual(muted(view), [true, false, true]);
    assert.deepEqual(changes, [{ index: 1 }]);
    found(view, '.mute').trigger('tap');
    await tick();
    assert.deepEqual(muted(view), [true, true, true]);
  });

  test('a tile with all the room gets the large picture, and the others pull nothing until they are back', async () => {
    const view = await playing();
    const services = world.module.count('startP2PService');
    found(view, '.full').trigger('tap');
    await tick(5);
    await world.drawn(players(view)[0]!);
    await pull(players(view)[0]!);
    assert.equal(world.module.streams.size, 1);
    assert.match(world.module.calls.at(-1) ?? '', /startStream cam .*channel=0&quality=high/);
    assert.equal(view.findAll('.tile-away').length, 2);
    found(view, '.full').trigger('tap');
    await tick(5);
    await world.drawn(players(view)[0]!);
    for (const player of players(view)) await pull(player);
    assert.equal(world.module.streams.size, 3);
    assert.equal(view.find('.tile-away'), null);
    assert.equal(world.module.count('startP2PService'), services + 2, 'of the lanes beside the first alone');
  });

  test('a tile with all the room lies over the page where the app says so, and beside others only', async () => {
    const view = await playing({ fills: 'screen' });
    assert.equal(view.find('.over-page'), null);
    found(view, '.full').trigger('tap');
    await tick(5);
    assert.notEqual(view.find('.over-page'), null);
    found(view, '.full').trigger('tap');
    await tick(5);
    assert.equal(view.find('.over-page'), null);
    const inBox = world.render(MULTI, { tiles: TILES, single: true });
    const alone = world.render(MULTI, { tiles: TILES.slice(0, 1), fills: 'screen' });
    await tick(5);
    assert.deepEqual([inBox.find('.over-page'), alone.find('.over-page')], [null, null]);
  });

  test('cameras of their own have links of their own, which they keep while they are not seen', async () => {
    const cameras = ['door', 'garden'].map((targetId) => ({
      ...CAMERA,
      targetId,
      xp2pInfo: `ticket ${targetId}`,
    }));
    const view = await playing({ tiles: cameras });
    assert.deepEqual([...world.module.services.keys()], ['door', 'garden']);
    found(view, '.full').trigger('tap');
    await tick(5);
    await pull(players(view)[0]!);
    assert.deepEqual([...world.module.streams.keys()], ['door']);
    assert.deepEqual([...world.module.services.keys()], ['door', 'garden']);
    view.detach();
    await tick(5);
    assert.equal(world.module.services.size, 0);
  });

  test('a tile that fails says so in a few words, and a tap tries again', async () => {
    const view = await playing({ autoReplay: false, tiles: TILES.slice(0, 2) });
    const errors = view.record('playError');
    world.module.notify('cam~2', 'fail', { errcode: -2811, errmsg: 'no such channel' });
    await tick(5);
    assert.equal((errors[0] as { index: number }).index, 1);
    assert.notEqual(found(view, '.message').element.textContent, '');
    assert.equal(view.find('.card'), null);
    view.findAll('.tile')[1]!.trigger('tap');
    await tick(5);
    await pull(players(view)[1]!);
    assert.equal(world.module.streams.size, 2);
    assert.equal(view.find('.message'), null);
  });

  test('what it shows can be changed, and it lets go of everything when it is removed', async () => {
    const view = await playing();
    await view.setProperties({ tiles: TILES.slice(0, 1) });
    await tick(5);
    await world.drawn(players(view)[0]!);
    await pull(players(view)[0]!);
    assert.deepEqual([...world.module.streams.keys()], ['cam']);
    assert.match(world.module.calls.at(-1) ?? '', /quality=high/, 'one picture has all the room');
    assert.equal(view.find('.full'), null, 'one picture has no grid');
    view.detach();
    await tick(5);
    assert.equal(world.module.services.size, 0);
    assert.equal(world.module.streams.size, 0);
  });
});
