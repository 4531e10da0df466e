import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLocale } from '../../../store/locale/locale';
import { IpcControlsStore } from '../../../store/player/ipc-controls-store';
import type { ServiceStats } from '../../../p2p-core/api/stats';
import { FakeModule } from '../support/fake-module';
import { PlayerWorld } from '../support/player-world';
import { VirtualEnvironment, settled } from '../support/virtual-environment';

describe('a failure that is retried by itself', () => {
  async function failing(delayMs: number): Promise<PlayerWorld> {
    const world = new PlayerWorld({ retryPolicy: () => delayMs });
    world.store.dispatch({ type: 'setAutoRetry', isOn: true });
    await world.play();
    world.module.notify('cam', 'disconnect', { errcode: -2806, errmsg: 'silent' });
    return world;
  }

  test('keeps its cause on the screen, counts the seconds down, and may be retried by a tap', async () => {
    const world = await failing(2400);
    const seen: unknown[] = [];
    for (const waitMs of [0, 400, 1000]) {
      await world.environment.advance(waitMs);
      const { phase, message, retrySeconds, retryText, action, canRetry, canStop } = world.store.view;
      assert.equal(message, 'Nothing came from the camera for a while');
      seen.push([phase, retrySeconds, retryText, action, canRetry, canStop]);
    }
    assert.deepEqual(seen, [
      ['error', 3, 'Next attempt in 3 s', 'retry', true, true],
      ['error', 2, 'Next attempt in 2 s', 'retry', true, true],
      ['error', 1, 'Next attempt in 1 s', 'retry', true, true],
    ]);
    world.store.dispatch({ type: 'play' });
    assert.equal(world.store.view.phase, 'loading');
  });

  test('says during the next attempt why it is made, until the picture is back', async () => {
    const world = await failing(1000);
    await world.environment.advance(1000);
    assert.deepEqual(
      [world.store.view.message, world.store.view.reason],
      ['Reconnecting…', 'Nothing came from the camera for a while'],
    );
    await world.picture();
    assert.equal(world.store.view.reason, '');
    world.store.dispatch({ type: 'changeFlv', filename: 'ipc.flv', params: '' });
    assert.equal(world.store.view.reason, '');
  });

  test('may be stopped while it counts', async () => {
    const world = await failing(5000);
    world.store.dispatch({ type: 'stop' });
    assert.equal(world.store.view.phase, 'stopped');
    assert.equal(world.environment.pendingTimers, 0);
  });
});

describe('the one button of a failure', () => {
  const table: [string, (world: PlayerWorld) => void, string][] = [
    ['a lost link', (world) => world.module.notify('cam', 'disconnect', {}), 'retry'],
    ['a dead local server', (world) => world.code(2103, 'Failed to connect to'), 'reset'],
    ['a player that gave up', (world) => world.code(-2301), 'retry'],
    [
      'a camera too old',
      (world) => world.module.notify('cam', 'disconnect', { errcode: -2005, errmsg: 'old' }),
      'none',
    ],
  ];
  for (const [name, break_, action] of table) {
    test(`is '${action}' after ${name}`, async () => {
      const world = new PlayerWorld();
      await world.play();
      break_(world);
      const { view } = world.store;
      assert.equal(view.action, action);
      assert.equal(view.isFatal, action === 'none');
      assert.equal(view.actionText !== '', action !== 'none');
    });
  }
});

describe('a camera that has its fill of viewers', () => {
  for (const [how, errcode, errmsg, message] of [
    [
      'refuses the call',
      -2804,
      'the camera refused the call: 405 too many viewers',
      'Too many people are watching',
    ],
    ['ends one link too many', -2807, 'too many viewers', 'Too many people are watching'],
    [
      'refuses for another reason',
      -2804,
      'the camera refused the call: 403 ',
      'The camera refused the connection',
    ],
    ['goes for another reason', -2807, 'restart', 'The camera closed the connection'],
  ] as const) {
    test(`is told as such when it ${how}`, async () => {
      const world = new PlayerWorld();
      await world.start();
      world.module.notify('cam', 'disconnect', { errcode, errmsg });
      assert.equal(world.store.view.message, message);
      assert.equal(world.store.view.errorCode, String(errcode));
    });
  }
});

describe('a start that takes long', () => {
  test('shows its steps after 2.5 s, each with its time, and counts the one that it waits for', async () => {
    const world = new PlayerWorld();
    await world.start();
    await world.environment.advance(600);
    await world.ready();
    await world.pull();
    await world.environment.advance(1400);
    assert.equal(world.store.view.steps.length, 0);
    await world.environment.advance(3000);
    const stepsOf = (): string[] =>
      world.store.view.steps.map(({ name, state, time }) => `${name} ${state} ${time}`.trim());
    assert.deepEqual(stepsOf(), [
      'prepare done 0.6 s',
      'connect active 4 s',
      'request waiting',
      'picture waiting',
    ]);
    world.module.notify('cam', 'connected', { pathKind: 'host' });
    world.module.notify('cam', 'request');
    await world.environment.advance(1000);
    assert.deepEqual(stepsOf().slice(1), ['connect done 4.4 s', 'request active 1 s', 'picture waiting']);
    world.module.notify('cam', 'parsed', { status: 200 });
    world.data();
    assert.equal(world.store.view.steps[3]?.state, 'active');
    world.code(2003);
    assert.deepEqual(world.store.view.steps, []);
    assert.equal(world.environment.pendingTimers, 0);
  });

  test('tells with playStart when each step was done', async () => {
    const world = new PlayerWorld();
    await world.start();
    await world.environment.advance(100);
    await world.ready();
    await world.pull();
    await world.environment.advance(200);
    await world.picture();
    assert.deepEqual(world.named('playStart'), [
      {
        times: {
          module: 0,
          service: 0,
          player: 100,
          pull: 100,
          request: 300,
          header: 300,
          firstByte: 300,
          picture: 300,
        },
      },
    ]);
  });

  test('a hidden page counts nothing', async () => {
    const world = new PlayerWorld();
    await world.start();
    world.store.dispatch({ type: 'pageHide' });
    assert.equal(world.environment.pendingTimers, 0);
  });
});

describe('the panel of statistics', () => {
  class TellingModule extends FakeModule {
    asked = 0;

    getStats(): ServiceStats {
      this.asked += 1;
      return {
        pathKind: 'srflx',
        rttMs: 41.6,
        lossRate: 0.0123,
        receivedBytes: 0,
        sentBytes: 0,
        bitrateKbps: 0,
        startSteps: {
          signalingMs: 1,
          handshakeMs: 2,
          pathMs: 3,
          requestMs: null,
          headerMs: null,
          firstByteMs: null,
        },
        stream: null,
        swarm: null,
      };
    }
  }

  test('is filled once a second while it is open; closed, nothing is measured', async () => {
    const module = new TellingModule();
    const world = new PlayerWorld({ module });
    await world.play();
    world.store.onNetStatus({ videoCache: 300 });
    await world.environment.advance(3000);
    assert.equal(module.asked, 0);
    assert.equal(world.store.stats.length, 0);
    world.store.setStatsOpen(true);
    world.store.onNetStatus({
      videoCache: 300,
      audioCache: 320,
      videoWidth: 1280,
      videoHeight: 720,
      videoFPS: 15,
    });
    world.data(100_000);
    world.data(25_000);
    await world.environment.advance(1000);
    const rows = new Map(world.store.stats.map(({ label, value }) => [label, value]));
    assert.equal(rows.get('Path'), 'Direct');
    assert.equal(rows.get('Round trip'), '42 ms');
    assert.equal(rows.get('Loss'), '1.2 %');
    assert.equal(rows.get('Bitrate'), '1000 kbit/s');
    assert.equal(rows.get('Size'), '1280×720, 15 fps');
    assert.equal(rows.get('Buffer'), '320 ms');
    assert.equal(rows.get('First picture'), '0 ms');
    assert.ok(rows.has('Connect'));
    await world.environment.advance(2000);
    assert.equal(module.asked, 3);
    world.store.setStatsOpen(false);
    assert.deepEqual(world.store.stats, []);
    assert.equal(world.environment.pendingTimers, 0);
  });

  test('says what it can on a module that tells nothing', async () => {
    const world = new PlayerWorld();
    world.store.setStatsOpen(true);
    await world.environment.advance(1000);
    assert.deepEqual(world.store.stats, [{ label: 'Bitrate', value: '0 kbit/s' }]);
    world.store.destroy();
    world.store.setStatsOpen(true);
    assert.equal(world.environment.pendingTimers, 0);
  });
});

describe('a tap on the media', () => {
  test('sees every chunk of every pull before the player has it, and its starts', async () => {
    const world = new PlayerWorld();
    const seen: string[] = [];
    world.store.setTap({
      onStart: () => seen.push('start'),
      onChunk: (chunk) => seen.push(`${chunk.byteLength} after ${world.player.chunks.length}`),
    });
    await world.play();
    world.data(7);
    world.closePull();
    await world.pull();
    world.store.setTap(null);
    world.data(8);
    assert.deepEqual(seen, ['start', '100 after 0', '7 after 1', 'start']);
    assert.equal(world.player.chunks.length, 3);
  });
});

describe('controls over a picture', () => {
  async function playing() {
    const environment = new VirtualEnvironment();
    const world = new PlayerWorld({ environment });
    const controls = new IpcControlsStore(createLocale('en'), environment);
    controls.setPlayerView(world.store.view);
    await world.play();
    controls.setPlayerView(world.store.view);
    return { environment, world, controls };
  }

  test('go away four seconds after the picture came, and come back by a tap', async () => {
    const { environment, controls } = await playing();
    await environment.advance(3999);
    assert.equal(controls.view.isShown, true);
    await environment.advance(1);
    assert.equal(controls.view.isShown, false);
    controls.tapPicture();
    assert.equal(controls.view.isShown, true);
    controls.tapPicture();
    assert.equal(controls.view.isShown, false);
    assert.equal(environment.pendingTimers, 0);
  });

  test('stay while there is no picture, and while the quality is being chosen', async () => {
    const { environment, world, controls } = await playing();
    controls.toggleMenu('quality');
    await environment.advance(60_000);
    assert.equal(controls.view.isShown, true);
    controls.hideControls();
    world.store.dispatch({ type: 'stop' });
    await settled();
    controls.setPlayerView(world.store.view);
    assert.equal(controls.view.isShown, true);
  });

  test('lie on their side in full view only', async () => {
    const { controls } = await playing();
    controls.setLandscape(true);
    assert.equal(controls.view.isFullView, true);
    controls.setFullView(false);
    assert.equal(controls.view.isLandscape, false);
  });

  test('leave no timer when they are gone', async () => {
    const { environment, controls } = await playing();
    controls.destroy();
    assert.equal(environment.pendingTimers, 0);
  });
});
