import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLocale } from '../../../store/locale/locale';
import { createModuleOwner } from '../../../store/module-owner';
import { PtzStore } from '../../../store/ptz/ptz-store';
import type { PtzEmission, PtzStoreOptions } from '../../../store/ptz/ptz-store';
import { FeatureModule, failed } from '../support/feature-module';
import { VirtualEnvironment, settled } from '../support/virtual-environment';

const TARGET = {
  id: 'cam',
  streamInfo: { url: 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv', xp2pInfo: 'ticket' },
};

class World {
  readonly environment = new VirtualEnvironment();
  readonly module = new FeatureModule();
  readonly owner = createModuleOwner({
    module: this.module,
    appParams: {},
    environment: this.environment,
  });
  readonly emissions: PtzEmission[] = [];
  readonly vibrations: string[] = [];
  readonly store: PtzStore;

  constructor(options: Partial<PtzStoreOptions> = {}) {
    this.store = new PtzStore({
      owner: this.owner,
      target: TARGET,
      locale: createLocale('en'),
      emit: (emission) => this.emissions.push(emission),
      vibrate: (strength) => this.vibrations.push(strength),
      ...options,
    });
  }

  /** Everything the store may leave: timers, services, network listeners of the owner apart. */
  assertGone(): void {
    assert.equal(this.environment.pendingTimers, 0);
    assert.equal(this.module.services.size, 0);
    assert.equal(this.owner.sessions.size, 0);
  }
}

describe('a pad with its camera', () => {
  test('opens the link, turns while a button is held, and releases 500 ms after the lift', async () => {
    const world = new World();
    assert.equal(world.store.view.isEnabled, false);
    await settled();
    assert.equal(world.store.view.isEnabled, true);
    world.store.press('upLeft');
    assert.equal(world.store.view.activeKey, 'upLeft');
    await settled();
    world.store.lift('upLeft');
    await world.environment.advance(499);
    assert.deepEqual(world.module.commands, ['ptz_up_left_press']);
    await world.environment.advance(1);
    assert.deepEqual(world.module.commands, ['ptz_up_left_press', 'ptz_release_pre']);
    assert.deepEqual(world.vibrations, ['light']);
    assert.deepEqual(world.emissions[0], {
      name: 'ptzAnswer',
      detail: {
        command: 'ptz_up_left_press',
        isDone: true,
        isAtEnd: false,
        position: { x: -15, y: 15, minX: -90, maxX: 90, minY: -45, maxY: 45 },
      },
    });
    world.store.destroy();
    world.assertGone();
  });

  test('a second press within 500 ms goes on without a release between', async () => {
    const world = new World();
    await settled();
    world.store.press('left');
    world.store.lift('left');
    await world.environment.advance(400);
    world.store.press('right');
    await world.environment.advance(1000);
    assert.deepEqual(world.module.commands, ['ptz_left_press', 'ptz_right_press']);
    world.store.lift('right');
    await world.environment.advance(500);
    assert.equal(world.module.commands.at(-1), 'ptz_release_pre');
  });

  test('shows the end of an axis for two seconds', async () => {
    const world = new World();
    await settled();
    for (let i = 0; i < 3; i++) {
      world.store.press('up');
      await settled();
      world.store.lift('up');
      await world.environment.advance(600);
    }
    assert.equal(world.store.view.endKey, 'up');
    assert.equal(world.store.view.message, 'It turns no further');
    assert.equal(world.vibrations.at(-1), 'heavy');
    await world.environment.advance(2000);
    assert.deepEqual([world.store.view.endKey, world.store.view.message], ['', '']);
  });

  test('says what a camera cannot do, and what failed, in the words of its cause', async () => {
    const world = new World({ commandNames: { zoomIn: 'ptz_unheard_of' } });
    await settled();
    world.store.press('zoomIn');
    await settled();
    assert.equal(world.store.view.message, 'The camera cannot do that');
    world.module.answerWith = () => failed(-2806);
    world.store.press('left');
    await settled();
    assert.equal(world.store.view.message, 'Nothing came from the camera for a while');
    assert.equal(world.emissions.at(-1)!.name, 'ptzError');
  });

  test('a camera that does not answer holds nothing up: a release is tried every 3 s', async () => {
    const world = new World();
    world.module.isSlow = true;
    await settled();
    world.store.press('left');
    world.store.lift('left');
    await world.environment.advance(500);
    assert.deepEqual(world.module.commands, ['ptz_left_press']);
    await world.environment.advance(2500);
    assert.deepEqual(world.module.commands, ['ptz_left_press', 'ptz_release_pre']);
    await world.environment.advance(3000);
    assert.equal(world.module.commands.length, 3);
    world.store.destroy();
    await world.environment.advance(3000);
    world.assertGone();
  });

  test('destroyed while a button is held, it stops the camera before the link goes', async () => {
    const world = new World();
    await settled();
    world.store.press('left');
    await settled();
    world.module.isSlow = true;
    world.store.destroy();
    assert.deepEqual(world.module.commands, ['ptz_left_press', 'ptz_release_pre']);
    assert.equal(world.module.services.size, 1);
    const count = world.emissions.length;
    world.module.answerNext();
    await settled();
    world.assertGone();
    assert.equal(world.emissions.length, count, 'nothing is emitted afterwards');
  });

  test('destroyed at any moment of its start, it leaves nothing', async () => {
    for (let ticks = 0; ticks < 4; ticks++) {
      const world = new World();
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      world.store.destroy();
      await settled();
      world.assertGone();
    }
  });

  test('a press without a link opens it again', async () => {
    const world = new World();
    await settled();
    world.module.notify('cam', 'disconnect', { errcode: -2806, errmsg: 'silent' });
    assert.equal(world.store.view.isEnabled, false);
    world.store.press('left');
    await settled();
    assert.equal(world.store.view.isEnabled, true);
    assert.deepEqual(world.module.commands, []);
  });

  test('leaves the link to others who use it', async () => {
    const world = new World();
    const lease = world.owner.sessions.acquire(TARGET, () => {});
    await settled();
    world.store.destroy();
    assert.equal(world.module.services.size, 1);
    lease.release();
    world.assertGone();
  });

  test('without a camera it does nothing', () => {
    const world = new World({ target: null });
    world.store.press('left');
    world.store.destroy();
    world.assertGone();
    assert.deepEqual(world.module.calls, []);
  });
});
