import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createBackoff } from '../../../store/retry-policy';
import { PlayerWorld } from '../support/player-world';
import { settled } from '../support/virtual-environment';

describe('retry', () => {
  const policy = createBackoff({ random: () => 0.5 });

  test('a failure is retried by itself when that is switched on, and told once per failure', async () => {
    const world = new PlayerWorld({ retryPolicy: policy });
    world.store.dispatch({ type: 'setAutoRetry', isOn: true });
    await world.play();
    world.module.notify('cam', 'disconnect', { errcode: -2806, errmsg: 'silent' });
    assert.deepEqual(
      world.errors.map(({ action }) => action),
      ['autoRetry'],
    );
    const [error] = world.errors;
    await world.environment.advance(error?.retryDelayMs ?? 0);
    assert.equal(world.store.view.message, 'Reconnecting…');
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
    assert.equal(world.errors.length, 1);
  });

  test('an error that would come again is left to the app', async () => {
    const world = new PlayerWorld({ retryPolicy: policy });
    world.store.dispatch({ type: 'setAutoRetry', isOn: true });
    await world.play();
    world.module.notify('cam', 'disconnect', { errcode: -2005, errmsg: 'old' });
    assert.deepEqual(
      world.errors.map(({ action, isFatalError }) => [action, isFatalError]),
      [['waitForChange', true]],
    );
    assert.equal(world.store.view.canRetry, false);
    assert.equal(world.environment.pendingTimers, 0);
  });

  test('when the policy gives up, the user may go on', async () => {
    const world = new PlayerWorld({ retryPolicy: () => null });
    world.store.dispatch({ type: 'setAutoRetry', isOn: true });
    await world.play();
    world.module.notify('cam', 'disconnect', {});
    assert.equal(world.errors[0]?.action, 'waitForRetry');
    assert.equal(world.store.view.canRetry, true);
  });

  test('attempts count up while failures follow each other, and begin anew after a steady picture', async () => {
    const attempts: number[] = [];
    const world = new PlayerWorld({
      retryPolicy: (attempt) => {
        attempts.push(attempt);
        return 1000;
      },
    });
    world.store.dispatch({ type: 'setAutoRetry', isOn: true });
    await world.play();
    for (const steadyMs of [0, 0, 9999, 10_000, 0]) {
      await world.environment.advance(steadyMs);
      world.module.notify('cam', 'disconnect', {});
      await world.environment.advance(1000);
      await world.picture();
    }
    assert.deepEqual(attempts, [0, 1, 2, 0, 1]);
  });

  test('a hidden page is not retried; it comes back by itself when it is shown', async () => {
    const world = new PlayerWorld();
    world.store.dispatch({ type: 'setAutoRetry', isOn: true });
    await world.play();
    world.store.dispatch({ type: 'pageHide' });
    world.module.notify('cam', 'disconnect', {});
    await world.environment.advance(600_000);
    assert.equal(world.module.count('startP2PService'), 1);
    world.store.dispatch({ type: 'pageShow' });
    await settled();
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
    assert.equal(world.module.count('startP2PService'), 2);
  });

  test('hiding the page while a retry waits takes the timer away', async () => {
    const world = new PlayerWorld();
    world.store.dispatch({ type: 'setAutoRetry', isOn: true });
    await world.play();
    world.module.notify('cam', 'disconnect', {});
    assert.ok(world.environment.pendingTimers > 0);
    world.store.dispatch({ type: 'pageHide' });
    assert.equal(world.environment.pendingTimers, 0);
    world.store.dispatch({ type: 'pageShow' });
    await settled();
    assert.equal(world.state.p2p, 'ServiceStarted');
  });

  test('a handler that stops everything while it hears of the error ends the retry', async () => {
    const world = new PlayerWorld();
    world.store.dispatch({ type: 'setAutoRetry', isOn: true });
    await world.play();
    const push = world.emissions.push.bind(world.emissions);
    world.emissions.push = (...items) => {
      if (items.some(({ name }) => name === 'playError')) world.store.dispatch({ type: 'stopAll' });
      return push(...items);
    };
    world.module.notify('cam', 'disconnect', {});
    assert.equal(world.environment.pendingTimers, 0);
    assert.equal(world.state.p2p, 'P2PUnknown');
  });
});

describe('hiding the page', () => {
  test('stops the pull and keeps the link', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.store.dispatch({ type: 'pageHide' });
    assert.equal(world.module.streams.size, 0);
    assert.equal(world.module.services.size, 1);
    world.store.dispatch({ type: 'pageShow' });
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
    assert.deepEqual(world.errors, []);
  });

  test('a picture that the user stopped stays stopped', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.store.dispatch({ type: 'stop' });
    world.store.dispatch({ type: 'pageHide' });
    world.store.dispatch({ type: 'pageShow' });
    assert.equal(world.state.stream, 'StreamIdle');
  });
});
