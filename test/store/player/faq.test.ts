import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createModuleOwner } from '../../../store/module-owner';
import { FakeModule } from '../support/fake-module';
import { PlayerWorld, makeTarget } from '../support/player-world';
import { VirtualEnvironment, settled } from '../support/virtual-environment';

describe('guide, FAQ 1: the p2p module does not start', () => {
  for (const [code, cause] of [
    [-2000, 'a bad parameter'],
    [-2202, 'a failed probe'],
  ] as const) {
    test(`an init that answers ${code} (${cause}) is a P2PInitError with that code`, async () => {
      const world = new PlayerWorld();
      world.module.hold();
      await world.start();
      world.module.settle('init', code);
      await settled();
      assert.equal(world.state.p2p, 'P2PInitError');
      assert.deepEqual(
        world.errors.map(({ errType, errDetail }) => [errType, errDetail.errcode]),
        [['P2PInitError', code]],
      );
    });
  }

  test('a module that somebody else initialised (-2003) is used as it is', async () => {
    const world = new PlayerWorld();
    world.module.hold();
    await world.start();
    world.module.settle('init', -2003);
    await settled();
    assert.equal(world.state.p2p, 'ServicePreparing');
    assert.deepEqual(world.errors, []);
  });

  test('an init that takes longer than 10 s is a timeout (-2809)', async () => {
    const world = new PlayerWorld();
    world.module.hold();
    await world.start();
    await world.environment.advance(9_999);
    assert.equal(world.state.p2p, 'P2PIniting');
    await world.environment.advance(1);
    assert.equal(world.state.p2p, 'P2PInitError');
    assert.equal(world.errors[0]?.errDetail.errcode, -2809);
  });

  for (const rejection of [-2401, { errcode: -2401, errmsg: 'running' }]) {
    test(`a service that rejects with ${JSON.stringify(rejection)} is a ServiceStartError with -2401, and is stopped before the retry`, async () => {
      const world = new PlayerWorld();
      await world.start();
      world.store.dispatch({ type: 'stopAll' });
      world.module.hold();
      world.store.dispatch({ type: 'play' });
      await settled();
      const before = world.module.count('stopP2PService');
      world.module.settle('startP2PService', { reject: rejection });
      await settled();
      assert.equal(world.state.p2p, 'ServiceStartError');
      assert.equal(world.errors[0]?.errDetail.errcode, -2401);
      assert.equal(world.module.count('stopP2PService'), before + 1);
    });
  }
});

describe('guide, FAQ 2: the player does not start', () => {
  test('playerError is a PlayerError; a retry creates a new player', async () => {
    const world = new PlayerWorld();
    await world.start();
    const [first] = world.store.playerKeys;
    world.store.dispatch({
      type: 'playerError',
      playerEpoch: world.state.playerEpoch,
      code: 'OTHER',
      message: 'm',
    });
    assert.equal(world.state.player, 'PlayerError');
    assert.equal(world.errors[0]?.errType, 'PlayerError');
    world.store.dispatch({ type: 'play' });
    assert.equal(world.state.player, 'PlayerPreparing');
    assert.notEqual(world.store.playerKeys[0], first);
    await world.ready();
    assert.equal(world.state.stream, 'StreamWaitPull');
  });

  test('an error of live-player is a LivePlayerError with its text', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.store.dispatch({
      type: 'livePlayerError',
      playerEpoch: world.state.playerEpoch,
      code: 10,
      message: 'broken',
    });
    assert.equal(world.state.player, 'LivePlayerError');
    assert.match(world.errors[0]?.errDetail.errmsg ?? '', /10 broken/);
  });

  test('a permission that the system denies is told by its own event, not by playError', async () => {
    const world = new PlayerWorld();
    await world.play();
    const message = 'fail: system permission denied';
    world.store.dispatch({ type: 'livePlayerError', playerEpoch: world.state.playerEpoch, code: 1, message });
    assert.deepEqual(world.named('systemPermissionDenied'), [{ errcode: 1, errmsg: message }]);
    assert.deepEqual(world.errors, []);
    assert.equal(world.store.view.canRetry, true);
  });
});

describe('guide, FAQ 3.1: the first play goes by autoplay', () => {
  test('module and player are prepared at the same time', () => {
    const world = new PlayerWorld();
    world.store.dispatch({ type: 'start', target: makeTarget() });
    assert.equal(world.state.p2p, 'P2PIniting');
    assert.equal(world.state.player, 'PlayerPreparing');
    assert.equal(world.store.isAutoplay, false);
  });

  test('autoplay turns true when the player is ready and the service has started, whichever comes last', async () => {
    const playerLast = new PlayerWorld();
    await playerLast.start();
    assert.equal(playerLast.store.isAutoplay, false);
    await playerLast.ready();
    assert.equal(playerLast.store.isAutoplay, true);

    const serviceLast = new PlayerWorld();
    serviceLast.module.hold();
    await serviceLast.start();
    await serviceLast.ready();
    assert.equal(serviceLast.store.isAutoplay, false);
    serviceLast.module.settle('init');
    await settled();
    serviceLast.module.settle('startP2PService');
    await settled();
    assert.equal(serviceLast.store.isAutoplay, true);
    assert.deepEqual(serviceLast.player.calls, []);
  });

  test('later plays call play()', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.module.notify('cam', 'disconnect', { errcode: -2806, errmsg: 'silent' });
    world.store.dispatch({ type: 'play' });
    await settled();
    assert.deepEqual(world.player.calls, ['stop', 'play']);
    assert.equal(world.state.stream, 'StreamWaitPull');
  });
});

describe('guide, FAQ 3.2: live-player pulls and no data comes', () => {
  const causes: [string, (world: PlayerWorld) => void | Promise<void>, number, RegExp][] = [
    [
      'the camera is offline',
      (world) => world.module.notify('cam', 'disconnect', { errcode: -2803, errmsg: 'offline' }),
      -2803,
      /offline/,
    ],
    [
      'the xp2pInfo is not that of the camera',
      (world) => world.module.notify('cam', 'disconnect', { errcode: -2801, errmsg: 'no answer' }),
      -2801,
      /Is it on and online/,
    ],
    [
      'the camera sends nothing',
      async (world) => world.environment.advance(12_000),
      -2402,
      /picture was interrupted/,
    ],
  ];
  for (const [name, fail, errcode, text] of causes) {
    test(`${name}: one error that says so, and a retry that plays`, async () => {
      const world = new PlayerWorld();
      await world.start();
      await world.ready();
      await world.pull();
      await fail(world);
      assert.deepEqual(
        world.errors.map(({ errDetail }) => errDetail.errcode),
        [errcode],
      );
      assert.match(world.store.view.message, text);
      world.store.dispatch({ type: 'play' });
      await settled();
      await world.picture();
      assert.equal(world.store.view.isPlaying, true);
    });
  }
});

describe('guide, FAQ 3.3: the link is lost', () => {
  test('disconnect stops stream and service and is reported once with its cause', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.module.notify('cam', 'disconnect', { errcode: -2807, errmsg: 'bye' });
    assert.equal(world.state.p2p, 'ServiceError');
    assert.equal(world.module.services.size, 0);
    assert.equal(world.module.streams.size, 0);
    assert.deepEqual(world.errors, [
      {
        errType: 'ServiceError',
        errMsg: 'The camera closed the connection',
        errDetail: { errcode: -2807, errmsg: 'bye' },
        isFatalError: false,
        action: 'waitForRetry',
        retryDelayMs: 0,
      },
    ]);
  });
});

describe('guide, FAQ 3.4: the network changed', () => {
  test('a 2103 after a change of the network is one failure, however often it comes', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.environment.changeNetwork();
    for (let i = 0; i < 3; i++) world.code(2103, 'no data');
    assert.equal(world.state.p2p, 'P2PLocalNATChanged');
    assert.deepEqual(
      world.errors.map(({ errType }) => errType),
      ['P2PLocalNATChanged'],
    );
  });

  test('the retry after it resets the module first', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.environment.changeNetwork();
    world.code(2103, 'no data');
    world.store.dispatch({ type: 'play' });
    await settled();
    assert.deepEqual(world.module.calls.slice(-2), ['resetP2P', 'startP2PService cam']);
    assert.equal(world.state.stream, 'StreamWaitPull');
  });

  test('a path that still brings data after the change needs no reset', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.environment.changeNetwork();
    await world.environment.advance(5000);
    world.data();
    world.code(2103, 'no data');
    assert.deepEqual(world.errors, []);
    assert.equal(world.owner.isNetworkChanged, false);
  });

  test('a stream of many viewers that shall go on (1-to-many) leaves it to live-player', async () => {
    const world = new PlayerWorld();
    await world.play(makeTarget({ survivesNetworkChange: true }));
    world.environment.changeNetwork();
    for (let i = 0; i < 3; i++) world.code(2103, 'no data');
    assert.deepEqual(world.errors, []);
    assert.equal(world.state.p2p, 'ServiceStarted');
  });

  test('a core that follows the network decides by the link: a stall is no failure, a lost link is one', async () => {
    const module = new FakeModule();
    const environment = new VirtualEnvironment();
    const owner = createModuleOwner({ module, appParams: {}, environment, followsNetwork: true });
    const world = new PlayerWorld({ module, environment, owner });
    await world.play();
    environment.changeNetwork();
    world.code(2103, 'no data');
    assert.equal(world.errors.length, 0);
    module.notify('cam', 'disconnect', { errcode: -2806, errmsg: 'silent' });
    assert.equal(world.errors[0]?.errType, 'ServiceError');
    world.store.dispatch({ type: 'play' });
    await settled();
    assert.equal(module.count('resetP2P'), 1);
  });

  test('natChanged of the module counts as a change of the network', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.module.initOptions?.eventHandler?.('natChanged', {});
    assert.equal(world.state.isNetworkChanged, true);
  });

  test('a 2103 without a change leaves it to live-player, which pulls again', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.closePull();
    world.code(2103, 'no data');
    assert.equal(world.state.stream, 'StreamWaitPull');
    await world.picture();
    assert.equal(world.state.stream, 'StreamDataReceived');
    assert.equal(world.module.count('startStream'), 2);
    assert.deepEqual(world.errors, []);
  });
});

describe('guide, FAQ 3.5: the local server is dead', () => {
  const deaths: [string, (world: PlayerWorld) => void][] = [
    ['2103 with errCode:-1004', (world) => world.code(2103, 'errCode:-1004 could not connect')],
    ['2103 with Failed to connect to', (world) => world.code(2103, 'Failed to connect to 127.0.0.1')],
    [
      'WECHAT_SERVER_ERROR',
      (world) =>
        world.store.dispatch({
          type: 'playerError',
          playerEpoch: world.state.playerEpoch,
          code: 'WECHAT_SERVER_ERROR',
          message: '',
        }),
    ],
  ];
  for (const [name, die] of deaths) {
    test(`${name} removes the player, marks both resets and is reported once`, async () => {
      const world = new PlayerWorld();
      await world.play();
      die(world);
      die(world);
      assert.equal(world.state.player, 'LocalServerError');
      assert.equal(world.state.p2p, 'P2PLocalNATChanged');
      assert.equal(world.state.stream, 'StreamLocalServerError');
      assert.deepEqual(world.store.playerKeys, []);
      assert.equal(world.owner.isLocalServerDead, true);
      assert.equal(world.owner.isNetworkChanged, true);
      assert.deepEqual(
        world.errors.map(({ errType }) => errType),
        ['LocalServerError'],
      );
    });
  }

  test('2103 with errCode:-10045 is another error', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.code(2103, 'errCode:-10045');
    assert.equal(world.state.player, 'PlayerReady');
  });

  test('a retry recovers with a new player on a reset module', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.code(2103, 'Failed to connect to 127.0.0.1');
    world.store.dispatch({ type: 'play' });
    await settled();
    await world.ready();
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
    assert.equal(world.module.count('resetP2P'), 1);
  });
});

describe('guide, FAQ 5: leaving the page', () => {
  test('the last player that leaves resets what is marked', async () => {
    const module = new FakeModule();
    const first = new PlayerWorld({ module });
    const second = new PlayerWorld({ module, owner: first.owner, environment: first.environment });
    await first.play();
    await second.play(makeTarget({ id: 'other' }));
    first.environment.changeNetwork();
    first.store.destroy();
    await settled();
    assert.equal(module.count('resetP2P'), 0);
    second.store.destroy();
    await settled();
    assert.equal(module.count('resetP2P'), 1);
  });

  test('a dead local server is reset too, before the module, and what fails is told by checkReset', async () => {
    const module = new FakeModule();
    const environment = new VirtualEnvironment();
    const order = module.calls;
    const owner = createModuleOwner({
      module,
      appParams: {},
      environment,
      resetLocalServer: () => {
        order.push('reset of the player plugin');
        return Promise.reject(new Error('no port'));
      },
    });
    const world = new PlayerWorld({ module, environment, owner });
    await world.play();
    world.code(2103, 'Failed to connect to 127.0.0.1');
    order.length = 0;
    const errors: unknown[] = [];
    owner.checkReset((error) => errors.push(error));
    await settled();
    assert.deepEqual(order, ['reset of the player plugin', 'resetP2P']);
    assert.deepEqual(errors, [{ errcode: -2301, errmsg: 'no port' }]);
    world.store.destroy();
    await settled();
    assert.deepEqual(order, ['reset of the player plugin', 'resetP2P'], 'it is done');
  });

  test('without a mark nothing is reset, and the module stays for the next page', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.store.destroy();
    await settled();
    assert.equal(world.module.count('resetP2P'), 0);
    assert.equal(world.module.count('destroy'), 0);
  });
});
