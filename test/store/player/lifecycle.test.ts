import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeModule } from '../support/fake-module';
import { PlayerWorld, makeTarget } from '../support/player-world';
import { settled } from '../support/virtual-environment';

describe('coming back to the page', () => {
  async function back(): Promise<PlayerWorld> {
    const world = new PlayerWorld();
    await world.play();
    world.store.dispatch({ type: 'pageHide' });
    await world.environment.advance(60_000);
    world.store.dispatch({ type: 'pageShow' });
    await settled();
    return world;
  }

  test('a link that died in the background is rebuilt once without a word, and plays', async () => {
    const world = await back();
    world.module.notify('cam', 'disconnect', { errcode: -2806, errmsg: 'silent' });
    assert.equal(world.store.view.phase, 'loading');
    await world.environment.advance(0);
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
    assert.deepEqual(world.errors, []);
  });

  test('a local server that died in the background is restarted before the next play', async () => {
    const world = await back();
    world.code(2103, 'errCode:-1004');
    await world.environment.advance(0);
    assert.equal(world.module.count('resetP2P'), 1);
    await world.ready();
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
    assert.deepEqual(world.errors, []);
  });

  test('what fails again after the rebuild is told', async () => {
    const world = await back();
    world.module.notify('cam', 'disconnect', {});
    await world.environment.advance(0);
    world.module.notify('cam', 'disconnect', { errcode: -2803, errmsg: 'offline' });
    assert.deepEqual(
      world.errors.map(({ errDetail }) => errDetail.errcode),
      [-2803],
    );
  });

  test('a failure while the page is hidden is repaired by coming back, whatever autoReplay says', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.store.dispatch({ type: 'pageHide' });
    world.module.notify('cam', 'disconnect', {});
    assert.equal(world.errors[0]?.action, 'autoRetry');
    world.store.dispatch({ type: 'pageShow' });
    await settled();
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
  });

  test('an error that needs other properties is told at once also after coming back', async () => {
    const world = await back();
    world.module.notify('cam', 'disconnect', { errcode: -2005, errmsg: 'old' });
    assert.equal(world.errors[0]?.action, 'waitForChange');
  });
});

describe('what hangs without a report', () => {
  test('a live-player that asks for no stream for 12 s is created anew by the retry', async () => {
    const world = new PlayerWorld();
    await world.start();
    await world.ready();
    const [first] = world.store.playerKeys;
    await world.environment.advance(12_000);
    assert.equal(world.errors[0]?.errType, 'LivePlayerStateError');
    world.store.dispatch({ type: 'play' });
    assert.notEqual(world.store.playerKeys[0], first);
  });

  test('a camera that answers and sends no byte for 12 s is an error', async () => {
    const world = new PlayerWorld();
    await world.start();
    await world.ready();
    await world.pull();
    world.module.notify('cam', 'request');
    world.module.notify('cam', 'parsed', { status: 200 });
    await world.environment.advance(12_000);
    assert.deepEqual(
      world.errors.map(({ errType, errMsg }) => [errType, errMsg]),
      [['StreamError', 'The picture was interrupted']],
    );
    assert.equal(world.module.streams.size, 0);
  });

  test('nothing is watched once bytes flow', async () => {
    const world = new PlayerWorld();
    await world.play();
    assert.equal(world.environment.pendingTimers, 0);
  });
});

describe("live-player's own flow control", () => {
  async function paused(cacheMs: number, checkStream?: () => Promise<void>): Promise<PlayerWorld> {
    const world = new PlayerWorld(checkStream ? { checkStream } : {});
    await world.play(makeTarget({ hasStreamCheck: checkStream !== undefined }));
    world.store.onNetStatus({ videoCache: cacheMs });
    world.closePull();
    return world;
  }

  test('a close while it holds more than 500 ms goes on playing, and its next pull needs no check', async () => {
    let checks = 0;
    const world = await paused(800, () => Promise.resolve(void (checks += 1)));
    assert.equal(world.state.stream, 'StreamDataPause');
    assert.equal(world.store.view.isPlaying, true);
    assert.equal(world.module.streams.size, 0);
    await world.pull();
    assert.equal(world.module.streams.size, 1);
    assert.equal(world.store.view.isPlaying, true);
    assert.equal(checks, 1);
    assert.equal(world.module.count('startP2PService'), 1);
    assert.equal(world.named('playStart').length, 1);
  });

  test('a close while it holds less has run dry', async () => {
    const world = await paused(300);
    assert.equal(world.state.stream, 'StreamIdle');
    assert.equal(world.store.view.isPlaying, false);
  });

  test('a paused pull that breaks is waited for again', async () => {
    const world = await paused(800);
    world.code(2103, 'no data');
    assert.equal(world.state.stream, 'StreamWaitPull');
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
  });
});

describe('a player that lags behind', () => {
  test('pulls anew when it holds more than the app allows, and not again at once', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.store.setCacheThreshold(2000);
    world.store.onNetStatus({ videoCache: 2500 });
    assert.deepEqual(world.player.calls, [], 'a picture that just came is left alone');
    await world.environment.advance(10_000);
    world.store.onNetStatus({ videoCache: 1900 });
    assert.deepEqual(world.player.calls, []);
    world.store.onNetStatus({ videoCache: 2500 });
    world.store.onNetStatus({ videoCache: 2500 });
    assert.deepEqual(world.player.calls, ['stop', 'play']);
    await world.picture();
    assert.equal(world.module.count('startStream'), 2);
    assert.equal(world.module.count('startP2PService'), 1);
    assert.deepEqual(world.errors, []);
  });

  test('is left alone without a limit', async () => {
    const world = new PlayerWorld();
    await world.play();
    await world.environment.advance(10_000);
    world.store.onNetStatus({ videoCache: 60_000 });
    assert.deepEqual(world.player.calls, []);
  });
});

test('after a talk the sound mode is switched away and back, and a destroyed player does nothing', async () => {
  const world = new PlayerWorld();
  await world.play();
  world.store.repairSound();
  assert.equal(world.store.isSoundFlipped, true);
  await world.environment.advance(300);
  assert.equal(world.store.isSoundFlipped, false);
  world.store.repairSound();
  world.store.destroy();
  assert.equal(world.environment.pendingTimers, 0);
  world.store.repairSound();
  assert.equal(world.environment.pendingTimers, 0);
});

describe('several players on a page', () => {
  test('six cameras play beside each other, and one that fails stops nobody', async () => {
    const module = new FakeModule();
    const first = new PlayerWorld({ module });
    const others = Array.from(
      { length: 5 },
      () => new PlayerWorld({ module, owner: first.owner, environment: first.environment }),
    );
    const all = [first, ...others];
    for (const [index, world] of all.entries()) await world.play(makeTarget({ id: `cam-${index}` }));
    module.notify('cam-2', 'disconnect', {});
    assert.deepEqual(
      all.map(({ store }) => store.view.isPlaying),
      [true, true, false, true, true, true],
    );
    assert.equal(module.count('init'), 1);
    for (const world of all) world.store.destroy();
    assert.equal(module.services.size, 0);
    assert.equal(first.environment.pendingTimers, 0);
  });
});
