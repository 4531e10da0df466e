import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlayerWorld, makeTarget } from '../support/player-world';

test('the last picture stays until the first one of the next stream, where the player gives one', async () => {
  const world = new PlayerWorld();
  await world.play();
  const { store, player } = world;
  const { snapshots } = player;
  store.changeFlv({ filename: 'ipc.flv', params: 'channel=1' });
  store.changeFlv({ filename: 'ipc.flv', params: 'channel=2' });
  assert.deepEqual(player.calls.includes('stop'), false, 'it plays on until the picture is taken');
  snapshots[0]!({ tempImagePath: 'last.jpg', errMsg: '' });
  assert.equal(snapshots.length, 1);
  assert.equal(store.still, 'last.jpg');
  assert.deepEqual(player.calls.includes('stop'), false, 'and until it is drawn');
  store.stillShown();
  assert.equal(store.view.isLoading, true);
  await world.picture();
  assert.equal(store.still, '');
  assert.equal(world.module.calls.at(-1), 'startStream cam ipc.flv?channel=2');

  store.changeFlv({ filename: 'ipc.flv', params: 'channel=3' });
  await world.environment.advance(250);
  assert.equal(store.view.isLoading, true, 'a player that gives none holds up nothing');
  snapshots[1]!({ tempImagePath: 'late.jpg', errMsg: '' });
  assert.equal(store.still, '');
  await world.picture();

  store.changeFlv({ filename: 'ipc.flv', params: 'channel=4' });
  store.dispatch({ type: 'start', target: makeTarget({ id: 'other' }) });
  snapshots[2]!({ tempImagePath: 'late.jpg', errMsg: '' });
  await world.environment.advance(250);
  assert.equal(store.still, '');
  assert.deepEqual(store.state.target?.flv.params, 'action=live&quality=high');
});
