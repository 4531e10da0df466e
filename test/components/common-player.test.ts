import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Environment, TimerHandle } from '../../store/environment';
import { click, tick } from '../support/component-host';
import type { TestComponent } from '../support/component-host';
import { CAMERA, COMMON, PlayerHost, found, nativePlayer } from './support/player-host';

let world: PlayerHost;
beforeEach(() => {
  world = new PlayerHost([COMMON]);
});
afterEach(() => world.dispose());

/** How many timers of the stores run, from now on. */
function countTimers(environment: Environment): () => number {
  const running = new Set<TimerHandle>();
  const { setTimer, clearTimer } = environment;
  environment.setTimer = (fire, delayMs) => {
    const timer = setTimer(() => {
      running.delete(timer);
      fire();
    }, delayMs);
    running.add(timer);
    return timer;
  };
  environment.clearTimer = (timer) => {
    running.delete(timer);
    clearTimer(timer);
  };
  return () => running.size;
}

describe('iot-p2p-common-player', () => {
  test('plays: waits for both sides, starts by autoplay, feeds the native player', async () => {
    const player = world.render(COMMON);
    await tick();
    assert.deepEqual(world.module.calls, ['init', 'startP2PService cam']);
    assert.equal(nativePlayer(player).data['autoplay'], false);
    nativePlayer(player).trigger('playerReady', world.readyDetail());
    await tick();
    assert.equal(nativePlayer(player).data['autoplay'], true);
    await world.pull(player);
    assert.equal(world.native.chunks.length, 1);
    assert.equal(player.find('.veil'), null);
  });

  test('shows what is going on until the picture is there', async () => {
    const player = world.render(COMMON);
    await tick();
    assert.match(player.text(), /Getting ready…/);
    nativePlayer(player).trigger('playerReady', world.readyDetail());
    await tick();
    assert.match(player.text(), /Connecting to the camera…/);
    nativePlayer(player).trigger('playerStartPull', {});
    world.module.notify('cam', 'request');
    await tick();
    assert.match(player.text(), /Asking for the picture…/);
    world.module.notify('cam', 'parsed', { status: 200 });
    await tick();
    assert.match(player.text(), /Loading the picture…/);
    assert.notEqual(player.find('.spinner'), null);
  });

  test('calls setData for no chunk: 500 of them change no data and trigger no event', async () => {
    const player = world.render(COMMON);
    await world.picture(player);
    let calls = 0;
    const instance = player.instance as { setData: (change: object) => void };
    const { setData } = instance;
    instance.setData = function count(change) {
      calls++;
      setData.call(this, change);
    };
    const names = ['viewChange', 'streamStateChange', 'p2pStateChange', 'playerStateChange', 'netStatus'];
    const events = names.map((name) => player.record(name));
    const sink = world.module.streams.get('cam');
    for (let i = 0; i < 500; i++) sink?.(new ArrayBuffer(1000));
    await tick(5);
    assert.equal(world.native.chunks.length, 501);
    assert.equal(calls, 0);
    assert.deepEqual(events.flat(), []);
    world.module.notify('cam', 'disconnect', {});
    await tick(5);
    assert.ok(calls > 0, 'the counter counts');
  });

  test('calls setData at most twice a second in steady live, with the panel of statistics open', async () => {
    const player = world.render(COMMON, { ...CAMERA, showStats: true });
    await world.picture(player);
    let calls = 0;
    const instance = player.instance as { setData: (change: object) => void };
    const { setData } = instance;
    instance.setData = function count(change) {
      calls++;
      setData.call(this, change);
    };
    const beganMs = performance.now();
    for (let i = 0; i < 44; i++) {
      world.module.streams.get('cam')?.(new ArrayBuffer(1000));
      if (i % 20 === 0) nativePlayer(player).trigger('netstatus', { info: { videoCache: 300 + i } });
      await tick(50);
    }
    const seconds = (performance.now() - beganMs) / 1000;
    assert.ok(calls >= 1, 'the panel moves');
    assert.ok(calls <= 2 * seconds, `${calls} calls in ${seconds} s`);
  });

  test('shows an error with a way out, tells it once, and plays again after a tap', async () => {
    const player = world.render(COMMON);
    const errors = player.record('playError');
    await world.picture(player);
    world.module.notify('cam', 'disconnect', { errcode: -2803, errmsg: 'offline' });
    await tick();
    assert.match(player.text(), /The camera is offline/);
    assert.match(player.text(), /-2803/);
    assert.equal(errors.length, 1);
    assert.deepEqual((errors[0] as { errDetail: object }).errDetail, { errcode: -2803, errmsg: 'offline' });
    click(found(player, '.button'));
    await tick();
    await world.pull(player);
    assert.equal(player.find('.veil'), null);
    assert.equal(errors.length, 1);
  });

  test('an error that no retry cures has no button', async () => {
    const player = world.render(COMMON);
    await world.picture(player);
    world.module.notify('cam', 'disconnect', { errcode: -2005, errmsg: 'old' });
    await tick();
    assert.notEqual(player.find('.card'), null);
    assert.equal(player.find('.button'), null);
  });

  test('creates the native player anew after live-player gave up', async () => {
    const player = world.render(COMMON);
    await world.picture(player);
    const before = nativePlayer(player).element;
    nativePlayer(player).trigger('statechange', { code: -2301, message: 'gave up' });
    await tick();
    assert.match(player.text(), /Playback was interrupted/);
    click(found(player, '.button'));
    await tick();
    assert.notEqual(nativePlayer(player).element, before);
    await world.picture(player);
    assert.equal(player.find('.veil'), null);
  });

  test('waits until both id and ticket are there', async () => {
    const player = world.render(COMMON, { targetId: 'cam', language: 'en' });
    await tick();
    assert.deepEqual(world.module.calls, []);
    assert.match(player.text(), /No camera selected/);
    await player.setProperties({ xp2pInfo: 'ticket' });
    assert.deepEqual(world.module.calls, ['init', 'startP2PService cam']);
  });

  test('another camera stops the first one cleanly; the same properties again change nothing', async () => {
    const player = world.render(COMMON);
    await world.picture(player);
    world.module.calls.length = 0;
    await player.setProperties({ ...CAMERA });
    assert.deepEqual(world.module.calls, []);
    await player.setProperties({ targetId: 'garden' });
    assert.deepEqual(world.module.calls, ['stopStream cam', 'stopP2PService cam', 'startP2PService garden']);
    await player.setProperties({ targetId: '' });
    assert.equal(world.module.services.size, 0);
    assert.match(player.text(), /No camera selected/);
  });

  test('a hidden page stops the pull; showing it plays again', async () => {
    const player = world.render(COMMON);
    await world.picture(player);
    const lifetimes = player.component as unknown as {
      triggerPageLifetime(name: string, args: unknown[]): void;
    };
    lifetimes.triggerPageLifetime('hide', []);
    assert.equal(world.module.streams.size, 0);
    lifetimes.triggerPageLifetime('show', []);
    await world.pull(player);
    assert.equal(world.module.streams.size, 1);
    assert.deepEqual(world.native.calls, ['stop', 'play']);
  });

  test('detaching stops everything, and a flush that comes late writes nothing', async () => {
    const player = world.render(COMMON);
    await world.picture(player);
    let lateCalls = 0;
    const events = ['p2pStateChange', 'viewChange', 'playError'].map((name) => player.record(name));
    world.module.notify('cam', 'disconnect', {});
    const countBefore = events.flat().length;
    player.detach();
    (player.instance as { setData: unknown }).setData = () => {
      lateCalls++;
    };
    await tick(5);
    assert.equal(lateCalls, 0);
    assert.equal(events.flat().length, countBefore);
    assert.equal(world.module.services.size, 0);
  });

  test('detached at any moment of a start, it leaves no timer, no service and no late setData', async () => {
    const { getModuleOwner } = world.host.require<{
      getModuleOwner(): { environment: Environment; sessions: { size: number } };
    }>('store/index.js');
    const { environment, sessions } = getModuleOwner();
    const running = countTimers(environment);
    const moments: ((player: TestComponent) => unknown)[] = [
      () => {},
      () => tick(),
      (player) => nativePlayer(player).trigger('playerReady', world.readyDetail()),
      () => tick(),
      (player) => nativePlayer(player).trigger('playerStartPull', {}),
      () => world.module.notify('cam', 'request'),
      () => world.module.notify('cam', 'parsed', { status: 200 }),
      () => world.module.streams.get('cam')?.(new ArrayBuffer(10)),
      (player) => nativePlayer(player).trigger('statechange', { code: 2003 }),
      (player) => nativePlayer(player).trigger('netstatus', { info: { videoCache: 900 } }),
      (player) => nativePlayer(player).trigger('playerClose', {}),
      () => world.module.notify('cam', 'disconnect', { errcode: -2806, errmsg: 'silent' }),
      () => tick(),
    ];
    for (let last = 0; last < moments.length; last++) {
      const player = world.render(COMMON, { ...CAMERA, autoReplay: true, showStats: true });
      for (const moment of moments.slice(0, last + 1)) await moment(player);
      let lateCalls = 0;
      player.detach();
      (player.instance as { setData: unknown }).setData = () => lateCalls++;
      world.module.notify('cam', 'disconnect', {});
      await tick(5);
      assert.deepEqual(
        { timers: running(), services: world.module.services.size, sessions: sessions.size, lateCalls },
        { timers: 0, services: 0, sessions: 0, lateCalls: 0 },
        `after moment ${last}`,
      );
    }
  });

  test('the host may leave out our messages', async () => {
    const player = world.render(COMMON, { ...CAMERA, hideMessage: true });
    await tick();
    assert.equal(player.find('.veil'), null);
  });

  test('speaks the language of the property, and single texts can be replaced', async () => {
    const player = world.render(COMMON, { ...CAMERA, language: 'zh-CN' });
    await tick();
    assert.match(player.text(), /正在准备/);
    await player.setProperties({ language: 'en', texts: { 'status.preparing': 'One moment' } });
    assert.match(player.text(), /One moment/);
  });

  test('no setData carries bytes, functions or instances', async () => {
    const player = world.render(COMMON, { ...CAMERA, checkFunctions: {} });
    const seen: object[] = [];
    const instance = player.instance as { setData: (change: object) => void };
    const { setData } = instance;
    instance.setData = function record(change) {
      seen.push(change);
      setData.call(this, change);
    };
    await world.picture(player);
    world.module.notify('cam', 'disconnect', {});
    await tick(5);
    assert.ok(seen.length > 2);
    for (const change of seen) assert.deepEqual(JSON.parse(JSON.stringify(change)), change);
  });

  test('asks the host before a pull and shows its reason', async () => {
    const asked: unknown[] = [];
    const checkFunctions = {
      checkCanStartStream: (flv: unknown) => {
        asked.push(flv);
        return Promise.reject({ errcode: 1, errmsg: 'sleeping' });
      },
    };
    const player = world.render(COMMON, { ...CAMERA, checkFunctions });
    await tick();
    nativePlayer(player).trigger('playerReady', world.readyDetail());
    await tick();
    nativePlayer(player).trigger('playerStartPull', {});
    await tick();
    assert.deepEqual(asked, [{ filename: 'ipc.flv', params: 'action=live&channel=0&quality=high' }]);
    assert.match(player.text(), /sleeping/);
  });

  test('asks first whether the stream is one of the app, as the demo did, and pulls nothing else', async () => {
    const checkFunctions = {
      checkIsFlvValid: ({ params }: { params: string }) => params.includes('channel=1'),
      checkCanStartStream: () => Promise.resolve(),
    };
    const player = world.render(COMMON, { ...CAMERA, checkFunctions });
    const errors = player.record('playError');
    await world.picture(player);
    const [error] = errors as { errType: string; errMsg: string; isFatalError: boolean }[];
    assert.deepEqual(
      [error?.errType, error?.errMsg, error?.isFatalError],
      ['StreamCheckError', 'A parameter is missing or wrong', true],
    );
    assert.equal(world.module.count('startStream'), 0);
    await player.setProperties({ flvUrl: 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=1' });
    await world.pull(player);
    assert.equal(world.module.count('startStream'), 1);
  });

  test('restarts the local server of the plugin before the next start, without a word of the app', async () => {
    const player = world.render(COMMON);
    await world.picture(player);
    nativePlayer(player).trigger('statechange', { code: 2103, message: 'Failed to connect to 127.0.0.1' });
    await tick();
    assert.ok(!world.native.calls.includes('reset'));
    click(found(player, '.button'));
    await tick(5);
    await world.picture(player);
    assert.deepEqual(
      world.native.calls.filter((call) => call === 'reset'),
      ['reset'],
    );
    assert.equal(world.module.count('resetP2P'), 1);
    assert.equal(player.find('.card'), null);
  });
});
