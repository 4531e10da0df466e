import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createModuleOwner } from '../../../store/module-owner';
import type { PlayErrorDetail } from '../../../store/player/player-emission';
import { FakeModule } from '../support/fake-module';
import { PlayerWorld, makeTarget } from '../support/player-world';
import { VirtualEnvironment, settled } from '../support/virtual-environment';

const TEST_XP2P_INFO = 'ticket';

describe('playing', () => {
  test('a snapshot that live-player never answers fails after a while, and with the player', async () => {
    const world = new PlayerWorld();
    await world.play();
    const told: string[] = [];
    const ask = (): void => world.store.snapshot(({ errMsg }) => told.push(errMsg));
    ask();
    ask();
    await world.environment.advance(6000);
    assert.equal(told.length, 2);
    for (const answer of world.player.snapshots) answer({ tempImagePath: 'late.jpg', errMsg: '' });
    assert.ok(
      told.every((errMsg) => errMsg !== ''),
      'once each',
    );
    ask();
    world.store.destroy();
    assert.equal(told.length, 3);
    assert.equal(world.environment.pendingTimers, 0);
  });

  test('passes through the states of the guide, in order', async () => {
    const world = new PlayerWorld();
    await world.play();
    assert.deepEqual(
      world.named('p2pStateChange').map((detail) => Object.values(detail as object)[0]),
      ['P2PIniting', 'P2PInited', 'ServicePreparing', 'ServiceStarted'],
    );
    assert.deepEqual(
      world.named('playerStateChange').map((detail) => Object.values(detail as object)[0]),
      ['PlayerPreparing', 'PlayerReady'],
    );
    assert.deepEqual(
      world.named('streamStateChange').map((detail) => Object.values(detail as object)[0]),
      [
        'StreamWaitPull',
        'StreamReceivePull',
        'StreamPreparing',
        'StreamStarted',
        'StreamRequest',
        'StreamHeaderParsed',
        'StreamDataReceived',
      ],
    );
  });

  test('a startStream that resolves after the first data does not go back', async () => {
    const world = new PlayerWorld();
    await world.start();
    await world.ready();
    world.module.hold();
    await world.picture();
    world.module.settle('startStream');
    await settled();
    assert.equal(world.state.stream, 'StreamDataReceived');
  });

  test('playStart comes once per pull, with the first frame', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.code(2003);
    assert.equal(world.named('playStart').length, 1);
    assert.equal(world.store.view.isPlaying, true);
  });

  test('chunks go to the player one by one and change nothing else', async () => {
    const world = new PlayerWorld();
    await world.play();
    const { state } = world;
    const emissionCount = world.emissions.length;
    for (let i = 0; i < 500; i++) world.data(i + 1);
    assert.equal(world.player.chunks.length, 501);
    assert.equal(world.player.chunks.at(-1)?.byteLength, 500);
    assert.equal(world.state, state);
    assert.equal(world.emissions.length, emissionCount);
  });

  test('no event carries the xp2pInfo', async () => {
    const world = new PlayerWorld();
    await world.play(
      makeTarget({ streamInfo: { url: 'http://x.xnet/ipc.flv', xp2pInfo: `SECRET-${TEST_XP2P_INFO}` } }),
    );
    world.module.notify('cam', 'disconnect', {});
    assert.doesNotMatch(JSON.stringify(world.emissions), /SECRET/);
    assert.doesNotMatch(JSON.stringify(world.store.view), /SECRET/);
  });

  test('a normal end emits playEnd, is no error and is not retried', async () => {
    const world = new PlayerWorld();
    world.store.dispatch({ type: 'setAutoRetry', isOn: true });
    await world.play();
    world.module.notify('cam', 'eof');
    await world.environment.advance(60_000);
    assert.equal(world.state.stream, 'StreamDataEnd');
    assert.equal(world.store.view.phase, 'ended');
    assert.equal(world.named('playEnd').length, 1);
    assert.deepEqual(world.errors, []);
    assert.deepEqual(world.player.calls, ['stop']);
    world.store.dispatch({ type: 'play' });
    assert.deepEqual(world.player.calls, ['stop', 'play']);
  });
});

describe('what the camera answers', () => {
  for (const [status, message] of [
    [404, 'The camera has no such picture'],
    [405, 'Too many people are watching'],
    [503, 'The camera is in standby. Try again later.'],
    [418, 'The camera answered with an error'],
  ] as const) {
    test(`HTTP status ${status} is one error with that status, whatever startStream says later`, async () => {
      const world = new PlayerWorld();
      await world.start();
      await world.ready();
      world.module.hold();
      await world.pull();
      world.module.notify('cam', 'request');
      world.module.notify('cam', 'parsed', { status });
      world.module.settle('startStream', -2402);
      await settled();
      assert.deepEqual(
        world.errors.map(({ errType, errMsg, errDetail }) => [errType, errMsg, errDetail.errcode]),
        [['StreamError', message, -2811]],
      );
      assert.equal(world.state.stream, 'StreamError');
      assert.match(world.errors[0]?.errDetail.errmsg ?? '', new RegExp(String(status)));
    });
  }

  test('a fail of the stream is an error with its cause', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.module.notify('cam', 'fail', { errcode: -2808, errmsg: 'bent' });
    assert.deepEqual(world.errors[0]?.errDetail, { errcode: -2808, errmsg: 'bent' });
    assert.equal(world.state.p2p, 'ServiceStarted');
  });

  test('a close that nobody asked for is an error, and the stream can be played again', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.module.notify('cam', 'close');
    assert.equal(world.errors[0]?.errType, 'StreamError');
    world.store.dispatch({ type: 'play' });
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
  });

  for (const cause of [-2402, { errcode: -2402, errmsg: 'why' }, new Error('why')]) {
    test(`a startStream that rejects with ${cause instanceof Error ? 'an Error' : JSON.stringify(cause)} is a StreamStartError`, async () => {
      const world = new PlayerWorld();
      await world.start();
      await world.ready();
      world.module.hold();
      await world.pull();
      world.module.settle('startStream', { reject: cause });
      await settled();
      assert.equal(world.state.stream, 'StreamStartError');
      assert.equal(world.errors[0]?.errDetail.errcode, -2402);
    });
  }

  test('a stream without a service (-2403) starts with the service at the next play', async () => {
    const world = new PlayerWorld();
    await world.start();
    await world.ready();
    world.module.hold();
    await world.pull();
    world.module.settle('startStream', -2403);
    await settled();
    assert.equal(world.state.p2p, 'ServiceError');
    world.store.dispatch({ type: 'play' });
    await settled();
    assert.equal(world.state.p2p, 'ServicePreparing');
  });

  test('a service that never answers is a timeout, and is stopped should it start after all', async () => {
    const world = new PlayerWorld();
    await world.start();
    world.store.dispatch({ type: 'stopAll' });
    world.module.hold();
    world.store.dispatch({ type: 'play' });
    await world.environment.advance(20_000);
    assert.equal(world.errors[0]?.errDetail.errcode, -2809);
    const stops = world.module.count('stopP2PService');
    world.module.settle('startP2PService');
    await settled();
    assert.equal(world.state.p2p, 'ServiceStartError');
    assert.equal(world.module.count('stopP2PService'), stops + 1);
  });

  test('no guard gives up before the waits that the app has set for the module', async () => {
    const environment = new VirtualEnvironment();
    const module = new FakeModule();
    const timeouts = { initMs: 40_000, connectMs: 50_000, streamMs: 60_000 };
    const owner = createModuleOwner({ module, appParams: {}, environment, timeouts });
    const world = new PlayerWorld({ module, environment, owner });
    module.hold();
    await world.start();
    await environment.advance(40_000);
    assert.equal(world.state.p2p, 'P2PIniting');
    module.settle('init');
    await settled();
    await environment.advance(50_000);
    assert.equal(world.state.p2p, 'ServicePreparing');
    module.settle('startP2PService');
    await world.ready();
    await world.pull();
    await environment.advance(60_000);
    assert.equal(world.state.stream, 'StreamPreparing');
    assert.deepEqual(world.errors, []);
    await environment.advance(2_000);
    assert.deepEqual(
      world.named('playError').map((detail) => (detail as PlayErrorDetail).errDetail.errcode),
      [-2809],
    );
    assert.equal(environment.pendingTimers, 0);
  });

  test('a second picture that the module refuses says so, to the user and to the app, and the first plays on', async () => {
    const module = new FakeModule();
    const first = new PlayerWorld({ module });
    const second = new PlayerWorld({ module, owner: first.owner, environment: first.environment });
    await first.play();
    await second.start();
    await second.ready();
    module.hold();
    await second.pull();
    module.settle('startP2PService cam~2', -2401);
    await settled();
    const [error] = second.errors;
    assert.equal(error?.errType, 'StreamStartError');
    assert.equal(error.errMsg, 'This camera is playing already. Stop that picture first.');
    assert.equal(error.errDetail.errcode, -2401);
    assert.match(error.errDetail.errmsg, /no second picture of this camera/);
    assert.equal(error.isFatalError, false);
    first.data();
    assert.equal(first.player.chunks.length, 2);
    assert.equal(first.store.view.isPlaying, true);
  });

  test('a check that refuses without words is shown in words of ours', async () => {
    const world = new PlayerWorld({ checkStream: () => Promise.reject(7) });
    await world.start(makeTarget({ hasStreamCheck: true }));
    await world.ready();
    await world.pull();
    assert.equal(world.errors[0]?.errMsg, 'Cannot play right now');
    assert.equal(world.errors[0]?.errDetail.errcode, 7);
  });

  test('the host may refuse a pull, and its reason is shown', async () => {
    const world = new PlayerWorld({ checkStream: () => Promise.reject({ errcode: 7, errmsg: 'not now' }) });
    await world.start(makeTarget({ hasStreamCheck: true }));
    await world.ready();
    await world.pull();
    assert.equal(world.state.stream, 'StreamCheckError');
    assert.equal(world.store.view.message, 'not now');
    assert.equal(world.module.count('startStream'), 0);
    assert.equal(world.errors[0]?.errType, 'StreamCheckError');
  });
});

describe('late answers', () => {
  test('a service that starts after stopAll changes nothing', async () => {
    const world = new PlayerWorld();
    world.module.hold();
    await world.start();
    world.module.settle('init');
    await settled();
    world.store.dispatch({ type: 'stopAll' });
    world.module.settle('startP2PService');
    await settled();
    assert.equal(world.state.p2p, 'P2PUnknown');
    assert.equal(world.module.services.size, 0);
  });

  test('an init that ends after destroy starts no service', async () => {
    const world = new PlayerWorld();
    world.module.hold();
    await world.start();
    world.store.destroy();
    world.module.settle('init');
    await settled();
    assert.equal(world.module.count('startP2PService'), 0);
  });

  test('chunks of a stopped pull reach neither the old nor the new player', async () => {
    const world = new PlayerWorld();
    await world.play();
    const oldPlayer = world.player;
    const oldStream = world.module.streams.get('cam');
    world.code(-2301);
    world.store.dispatch({ type: 'play' });
    await world.ready();
    await world.pull();
    oldStream?.(new ArrayBuffer(9));
    assert.equal(oldPlayer.chunks.length, 1);
    assert.equal(world.player.chunks.length, 0);
    assert.equal(world.state.stream, 'StreamStarted');
  });

  test('events of a replaced player are ignored', async () => {
    const world = new PlayerWorld();
    await world.play();
    const playerEpoch = world.state.playerEpoch;
    world.code(-2301);
    world.store.dispatch({ type: 'play' });
    world.store.dispatch({ type: 'livePlayerState', playerEpoch, code: -2301, message: '' });
    world.store.attachPlayer(playerEpoch, world.player);
    assert.equal(world.state.player, 'PlayerPreparing');
    assert.equal(world.errors.length, 1);
  });

  test('a close of the old pull that comes after the new pull began does not hurt it', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.closePull();
    world.module.hold();
    await world.pull();
    world.module.notify('cam', 'close');
    assert.equal(world.state.stream, 'StreamPreparing');
    assert.deepEqual(world.errors, []);
  });
});

describe('changing what is played', () => {
  test('another quality stops the stream, waits for the player and plays again, once', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.player.isObliging = false;
    world.module.calls.length = 0;
    for (const quality of ['standard', 'high', 'super']) {
      world.store.dispatch({ type: 'changeFlv', filename: 'ipc.flv', params: `quality=${quality}` });
    }
    assert.deepEqual(world.module.calls, ['stopStream cam']);
    assert.deepEqual(world.player.calls, ['stop']);
    world.closePull();
    world.player.stopAnswers.shift()?.(null);
    assert.deepEqual(world.player.calls, ['stop', 'play']);
    await world.picture();
    assert.deepEqual(world.module.calls, ['stopStream cam', 'startStream cam ipc.flv?quality=super']);
    assert.equal(world.module.count('startP2PService'), 0);
    assert.deepEqual(world.errors, []);
  });

  test('a player that never answers stop() is played again after 2 s', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.player.isObliging = false;
    world.store.dispatch({ type: 'changeFlv', filename: 'ipc.flv', params: 'quality=super' });
    await world.environment.advance(1999);
    assert.deepEqual(world.player.calls, ['stop']);
    await world.environment.advance(1);
    assert.deepEqual(world.player.calls, ['stop', 'play']);
    world.player.stopAnswers.shift()?.(null);
    assert.deepEqual(world.player.calls, ['stop', 'play']);
  });

  test('an empty file name stops the picture only', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.store.dispatch({ type: 'changeFlv', filename: '', params: '' });
    assert.equal(world.state.stream, 'StreamIdle');
    assert.equal(world.state.p2p, 'ServiceStarted');
    assert.deepEqual(world.player.calls, ['stop']);
  });

  test('another camera stops the old service by its own id before the new one starts', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.module.calls.length = 0;
    await world.start(makeTarget({ id: 'garden' }));
    assert.deepEqual(world.module.calls, ['stopStream cam', 'stopP2PService cam', 'startP2PService garden']);
    await world.picture('garden');
    assert.equal(world.store.view.isPlaying, true);
  });

  test('stop keeps the link; the next play needs no new service', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.store.dispatch({ type: 'stop' });
    assert.equal(world.store.view.phase, 'stopped');
    world.store.dispatch({ type: 'play' });
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
    assert.equal(world.module.count('startP2PService'), 1);
  });
});

describe('two players', () => {
  test('two players of one camera share its service; the one that leaves does not disturb the other', async () => {
    const module = new FakeModule();
    const first = new PlayerWorld({ module });
    const second = new PlayerWorld({ module, owner: first.owner, environment: first.environment });
    await first.play();
    await second.start();
    await second.ready();
    await second.picture('cam~2');
    assert.equal(second.store.view.isPlaying, true);
    assert.equal(module.count('startP2PService cam'), 2);
    first.data();
    second.data(100, 'cam~2');
    assert.deepEqual([first.player.chunks.length, second.player.chunks.length], [2, 2]);
    second.store.destroy();
    assert.deepEqual([...module.services.keys()], ['cam']);
    first.data();
    assert.equal(first.player.chunks.length, 3);
    assert.deepEqual(first.errors, []);
  });

  test('when the first of two players leaves, the second plays on and keeps the service', async () => {
    const module = new FakeModule();
    const first = new PlayerWorld({ module });
    const second = new PlayerWorld({ module, owner: first.owner, environment: first.environment });
    await first.play();
    await second.start();
    await second.ready();
    await second.picture('cam~2');
    first.store.destroy();
    assert.deepEqual([...module.services.keys()], ['cam', 'cam~2']);
    second.data(100, 'cam~2');
    assert.equal(second.player.chunks.length, 2);
    second.store.destroy();
    assert.deepEqual([...module.services.keys()], []);
  });

  test('an id that is in use for another camera is refused and the first player is left alone', async () => {
    const module = new FakeModule();
    const first = new PlayerWorld({ module });
    const second = new PlayerWorld({ module, owner: first.owner, environment: first.environment });
    await first.play();
    await second.start(makeTarget({ streamInfo: { url: 'http://x.xnet/ipc.flv', xp2pInfo: 'another' } }));
    assert.equal(second.errors[0]?.errDetail.errcode, -2401);
    second.store.dispatch({ type: 'play' });
    await settled();
    second.store.destroy();
    assert.equal(module.count('startP2PService'), 1);
    assert.equal(module.services.size, 1);
    first.data();
    assert.equal(first.player.chunks.length, 2);
  });

  test('a reset of the module for one player is a lost link for the other', async () => {
    const module = new FakeModule();
    const first = new PlayerWorld({ module });
    const second = new PlayerWorld({ module, owner: first.owner, environment: first.environment });
    await first.play();
    await second.play(makeTarget({ id: 'other' }));
    first.environment.changeNetwork();
    first.code(2103);
    first.store.dispatch({ type: 'play' });
    await settled();
    assert.equal(second.errors[0]?.errType, 'ServiceError');
    assert.equal(first.state.p2p, 'ServiceStarted');
  });
});

describe('the driver', () => {
  test('an exception of the module is an error of the call', async () => {
    const module = new FakeModule();
    module.startP2PService = () => {
      throw new Error('boom');
    };
    const world = new PlayerWorld({ module });
    await world.start();
    assert.equal(world.state.p2p, 'ServiceStartError');
    assert.equal(world.errors[0]?.errDetail.errmsg, 'boom');
  });

  test('what a handler of the host throws is thrown after everything is done', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.emissions.push = () => {
      throw new Error('the host broke');
    };
    assert.throws(() => world.store.dispatch({ type: 'stopAll' }), /the host broke/);
    assert.equal(world.state.p2p, 'P2PUnknown');
    assert.equal(world.module.services.size, 0);
  });
});
