import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createModuleOwner } from '../../store/module-owner';
import { getParam, withParam } from '../../store/player/flv-request';
import { createBackoff } from '../../store/retry-policy';
import { FakeModule } from './support/fake-module';
import { PlayerWorld, makeTarget } from './support/player-world';
import { VirtualEnvironment, settled } from './support/virtual-environment';

/**
 * What apps on X-P2P have suffered from, by number: the name of the test that keeps it out (here, or in the file that
 * is named), or why it cannot happen in this library. The table is checked: it is complete, and every test exists.
 */
type Entry = { test: string; file?: string } | { cannot: string };

const DEFECTS: Record<number, Entry> = {
  1: { test: 'a live-player that pulls although it was stopped is not left running' },
  2: { test: 'a startStream that fails without a code is not swallowed' },
  3: { test: 'a dead local server does not look like an idle stream' },
  4: { test: 'a live-player that gave up (-2301) is not the end' },
  5: { test: 'a close by the module does not leave the stream running or the retry refused' },
  6: { test: 'a refused check is not kept from the app' },
  7: { test: 'a failed stream is not kept from the app' },
  8: { test: 'a fatal error does not lose its cause' },
  9: { test: 'an init that ends after the player is gone starts no service' },
  10: { test: 'a service that comes up after stopAll does not count as started' },
  11: { test: 'an answer to the first start does not act on the second' },
  12: { test: 'a changed stream is not played before the stop has ended, and gets no old data' },
  13: { test: 'retries do not go on for ever, nor without a pause' },
  14: { test: 'a row of 2103 is not a row of errors' },
  15: { test: 'chunks that come before startStream has resolved are not lost' },
  16: { test: 'another camera does not leave the old service behind' },
  17: {
    test: 'calls setData for no chunk: 500 of them change no data and trigger no event',
    file: 'test/components/common-player.test.ts',
  },
  18: {
    test: 'no setData carries bytes, functions or instances',
    file: 'test/components/common-player.test.ts',
  },
  19: { test: 'the reason of a refused check does not disappear' },
  20: {
    test: 'no exported method throws when it is called without arguments',
    file: 'test/components/player-ipc.test.ts',
  },
  21: { cannot: 'stop() reports no success: the stream axis tells what is, by events and getState()' },
  22: { test: 'loading the stores touches neither wx nor a plugin' },
  23: { test: 'an event of the network is no failure while the path works' },
  24: {
    test: 'destroy during init answers the waiting callers with -2810 and leaves no timer',
    file: 'test/store/module-owner.test.ts',
  },
  25: {
    test: 'checkReset waits for both resets and tells what failed',
    file: 'test/store/module-owner.test.ts',
  },
  26: { test: 'a reset that fails does not end another player without a word' },
  27: {
    cannot: 'notices are routed by the session that started the service; no wrapper passes callbacks on',
  },
  28: {
    cannot: 'module calls are settled in one place (store/module-result); no promise is made inside another',
  },
  29: {
    test: 'a rejection keeps its code, and gets the fallback where it has none',
    file: 'test/store/small-parts.test.ts',
  },
  30: {
    test: 'carries any JSON through to the camera',
    file: 'test/store/command/command-client.test.ts',
  },
  31: { test: 'a phone that cannot tell its settings asks the user', file: 'test/components/voice.test.ts' },
  32: {
    test: 'a refusal is explained, and the settings solve it',
    file: 'test/store/voice/voice-store.test.ts',
  },
  33: {
    test: 'does not take the answer of another message for its own',
    file: 'test/store/command/command-client.test.ts',
  },
  34: {
    test: 'a player that is created late is used as soon as it is there',
    file: 'test/components/player-ipc.test.ts',
  },
  35: {
    test: 'six cameras play beside each other, and one that fails stops nobody',
    file: 'test/store/player/lifecycle.test.ts',
  },
  36: {
    test: 'in every order: a talk is started once and stopped once, and no two run',
    file: 'test/store/voice/voice-step.test.ts',
  },
  37: { test: 'a writer that comes after the stop is closed', file: 'test/store/voice/voice-store.test.ts' },
  38: {
    test: 'destroyed while a button is held, it stops the camera before the link goes',
    file: 'test/store/ptz/ptz-store.test.ts',
  },
  39: {
    test: 'stopped at every await, it leaves nothing running and starts anew',
    file: 'test/store/voice/voice-store.test.ts',
  },
  40: {
    test: 'calls say what they are, and ask for what they need',
    file: 'test/store/voice/voice-store.test.ts',
  },
  41: {
    cannot: 'the kinds of talk are a closed type, and no table is looked up by them: nothing is undefined',
  },
  42: {
    test: 'comes about also where the camera tells no progress, or knows no pause',
    file: 'test/store/playback/playback-step.test.ts',
  },
  43: {
    test: 'a seek meanwhile is kept: alive it is made before playing on, gone it is where the pull begins',
    file: 'test/store/playback/playback-step.test.ts',
  },
  44: {
    test: 'what the camera says of its progress does not move the strip under a finger',
    file: 'test/components/playback.test.ts',
  },
  45: {
    test: 'a date that is no day changes nothing, and no command has a time that is no number',
    file: 'test/components/playback.test.ts',
  },
  46: { test: 'no channel and no file name is built in' },
  47: { test: 'the library shows no toast and no modal of its own, and logs nothing' },
  48: { test: 'no event carries the xp2pInfo', file: 'test/store/player/player-store.test.ts' },
  49: {
    test: 'is filled once a second while it is open; closed, nothing is measured',
    file: 'test/store/player/view.test.ts',
  },
  50: {
    test: 'passes the events of the player on, each once',
    file: 'test/components/player-ipc.test.ts',
  },
  51: { cannot: 'nothing of live-pusher’s reports is kept: every talk gets a pusher of its own' },
  52: {
    test: 'ends when the pusher fails, does not come, or the camera ends it',
    file: 'test/store/voice/voice-store.test.ts',
  },
  53: { cannot: 'states are discriminated unions; none begins as another type' },
  54: { test: 'a strange query neither throws nor is taken for a pattern' },
  55: {
    test: 'getState() in the handler of an event is not the old state',
    file: 'test/components/player-ipc.test.ts',
  },
  56: {
    cannot:
      'no credentials are in the repository, and every option has a type: a misspelt one does not compile',
  },
  57: {
    cannot: 'about the repository as a whole: types, tests, languages and licence are part of the checks',
  },
  58: {
    test: 'is no success when the camera ends it short of its length',
    file: 'test/store/download/download-store.test.ts',
  },
};

describe('the table of defects', () => {
  test('has all of the 58, and every test that it names', () => {
    assert.deepEqual(
      Object.keys(DEFECTS).map(Number),
      Array.from({ length: 58 }, (_, i) => i + 1),
    );
    for (const [number, entry] of Object.entries(DEFECTS)) {
      if ('cannot' in entry) {
        assert.ok(entry.cannot.length > 20, `${number} says why`);
        continue;
      }
      const file = entry.file ?? 'test/store/defects.test.ts';
      const source = fs.readFileSync(path.resolve(file), 'utf8').split('\ndescribe(').slice(1).join('');
      const isThere = [`test('${entry.test}'`, `test("${entry.test}"`].some((text) => source.includes(text));
      assert.ok(isThere, `${number}: no test "${entry.test}" in ${file}`);
    }
  });
});

describe('what must not happen', () => {
  test('a live-player that pulls although it was stopped is not left running', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.store.dispatch({ type: 'stop' });
    const starts = world.module.count('startStream');
    await world.pull();
    assert.deepEqual(world.player.calls, ['stop', 'stop']);
    assert.equal(world.module.count('startStream'), starts);
  });

  test('a startStream that fails without a code is not swallowed', async () => {
    const world = new PlayerWorld();
    await world.start();
    await world.ready();
    world.module.hold();
    await world.pull();
    world.module.settle('startStream', { reject: undefined });
    await settled();
    assert.deepEqual(
      world.errors.map(({ errType, errDetail }) => [errType, errDetail.errcode]),
      [['StreamStartError', -2402]],
    );
  });

  test('a dead local server does not look like an idle stream', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.code(2103, 'Failed to connect to 127.0.0.1');
    assert.equal(world.state.stream, 'StreamLocalServerError');
  });

  test('a live-player that gave up (-2301) is not the end', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.code(-2301, 'gave up');
    assert.equal(world.store.view.canRetry, true);
    world.store.dispatch({ type: 'play' });
    await world.ready();
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
  });

  test('a close by the module does not leave the stream running or the retry refused', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.module.notify('cam', 'close');
    assert.equal(world.module.streams.size, 0);
    world.store.dispatch({ type: 'play' });
    await world.picture();
    assert.equal(world.store.view.isPlaying, true);
  });

  test('a refused check is not kept from the app', async () => {
    const world = new PlayerWorld({ checkStream: () => Promise.reject({ errcode: 1, errmsg: 'busy' }) });
    await world.start(makeTarget({ hasStreamCheck: true }));
    await world.ready();
    await world.pull();
    assert.deepEqual(world.errors[0]?.errDetail, { errcode: 1, errmsg: 'busy' });
  });

  test('a failed stream is not kept from the app', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.module.notify('cam', 'fail', { errcode: -2808, errmsg: 'bent' });
    assert.deepEqual(world.errors[0]?.errDetail, { errcode: -2808, errmsg: 'bent' });
  });

  test('a fatal error does not lose its cause', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.module.notify('cam', 'disconnect', { errcode: -2005, errmsg: 'version 2.2.9' });
    const [error] = world.errors;
    assert.equal(error?.isFatalError, true);
    assert.equal(error?.errType, 'ServiceError');
    assert.deepEqual(error?.errDetail, { errcode: -2005, errmsg: 'version 2.2.9' });
  });

  test('an init that ends after the player is gone starts no service', async () => {
    const world = new PlayerWorld();
    world.module.hold();
    await world.start();
    world.store.destroy();
    world.module.settle('init');
    await settled();
    assert.equal(world.module.count('startP2PService'), 0);
  });

  test('a service that comes up after stopAll does not count as started', async () => {
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

  test('an answer to the first start does not act on the second', async () => {
    const world = new PlayerWorld();
    world.module.hold();
    await world.start();
    world.module.settle('init');
    await settled();
    await world.start();
    world.module.settle('startP2PService', { reject: { errcode: -2801, errmsg: 'first' } });
    await settled();
    assert.deepEqual(world.errors, []);
    assert.equal(world.state.p2p, 'ServicePreparing');
    world.module.settle('startP2PService');
    await settled();
    assert.equal(world.state.p2p, 'ServiceStarted');
  });

  test('a changed stream is not played before the stop has ended, and gets no old data', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.player.isObliging = false;
    const old = world.module.streams.get('cam');
    world.store.dispatch({ type: 'changeFlv', filename: 'ipc.flv', params: 'quality=super' });
    assert.deepEqual(world.player.calls, ['stop']);
    world.player.stopAnswers.shift()?.(null);
    assert.deepEqual(world.player.calls, ['stop', 'play']);
    await world.pull();
    old?.(new ArrayBuffer(5));
    assert.equal(world.player.chunks.length, 1);
  });

  test('retries do not go on for ever, nor without a pause', () => {
    const policy = createBackoff({ random: () => 0.5 });
    let elapsedMs = 0;
    let attempt = 0;
    for (; attempt < 1000; attempt++) {
      const delayMs = policy(attempt, elapsedMs, { errcode: -2806, errmsg: '' });
      if (delayMs === null) break;
      assert.ok(delayMs >= 500, `${delayMs} ms`);
      elapsedMs += delayMs;
    }
    assert.ok(attempt < 60, `${attempt} attempts`);
    assert.ok(elapsedMs <= 300_000);
  });

  test('a row of 2103 is not a row of errors', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.environment.changeNetwork();
    for (let i = 0; i < 5; i++) world.code(2103, 'no data');
    assert.equal(world.errors.length, 1);
  });

  test('chunks that come before startStream has resolved are not lost', async () => {
    const world = new PlayerWorld();
    await world.start();
    await world.ready();
    world.module.hold();
    await world.pull();
    world.data(13);
    assert.equal(world.player.chunks[0]?.byteLength, 13);
  });

  test('another camera does not leave the old service behind', async () => {
    const world = new PlayerWorld();
    await world.play();
    await world.start(makeTarget({ id: 'garden' }));
    assert.deepEqual([...world.module.services.keys()], ['garden']);
    world.store.destroy();
    assert.equal(world.module.services.size, 0);
  });

  test('the reason of a refused check does not disappear', async () => {
    const world = new PlayerWorld({ checkStream: () => Promise.reject({ errcode: 1, errmsg: 'asleep' }) });
    await world.start(makeTarget({ hasStreamCheck: true }));
    await world.ready();
    await world.pull();
    world.closePull();
    world.code(2004);
    await world.environment.advance(30_000);
    assert.equal(world.store.view.message, 'asleep');
  });

  test('loading the stores touches neither wx nor a plugin', async () => {
    const globals = globalThis as Record<string, unknown>;
    const touched: string[] = [];
    const trap = new Proxy({}, { get: (_, name) => void touched.push(String(name)) });
    globals['wx'] = trap;
    globals['requirePlugin'] = (name: string) => touched.push(name);
    try {
      await import('../../store/index');
    } finally {
      delete globals['wx'];
      delete globals['requirePlugin'];
    }
    assert.deepEqual(touched, []);
  });

  test('an event of the network is no failure while the path works', async () => {
    const module = new FakeModule();
    const environment = new VirtualEnvironment();
    const owner = createModuleOwner({ module, appParams: {}, environment, followsNetwork: true });
    const world = new PlayerWorld({ module, environment, owner });
    await world.play();
    environment.changeNetwork();
    world.module.initOptions?.eventHandler?.('natChanged', {});
    world.code(2103, 'no data');
    assert.deepEqual(world.errors, []);
    assert.equal(owner.isNetworkChanged, false);
    world.store.destroy();
    owner.destroy();
    assert.equal(environment.pendingListeners, 0);
  });

  test('a reset that fails does not end another player without a word', async () => {
    const module = new FakeModule();
    const first = new PlayerWorld({ module });
    const second = new PlayerWorld({ module, owner: first.owner, environment: first.environment });
    await first.play();
    await second.play(makeTarget({ id: 'garden' }));
    first.environment.changeNetwork();
    first.code(2103, 'no data');
    module.hold();
    first.store.dispatch({ type: 'play' });
    module.settle('resetP2P', -2202);
    await settled();
    assert.deepEqual(
      [first, second].map(({ errors }) => errors.map(({ errType }) => errType)),
      [['P2PLocalNATChanged', 'P2PInitError'], ['ServiceError']],
    );
  });

  test('no channel and no file name is built in', async () => {
    const world = new PlayerWorld();
    const flv = { filename: 'nvr.flv', params: 'action=live&channel=7' };
    await world.play(makeTarget({ flv }));
    assert.equal(world.module.calls.at(-1), 'startStream cam nvr.flv?action=live&channel=7');
  });

  test('the library shows no toast and no modal of its own, and logs nothing', () => {
    const found = ['store', 'components'].flatMap((folder) =>
      (fs.readdirSync(folder, { recursive: true }) as string[])
        .filter((name) => name.endsWith('.ts'))
        .filter((name) =>
          /show(Toast|Modal|Loading)|console\./.test(fs.readFileSync(path.join(folder, name), 'utf8')),
        ),
    );
    assert.deepEqual(found, []);
  });

  test('a strange query neither throws nor is taken for a pattern', () => {
    assert.equal(getParam('a.b=1&axb=2', 'a.b'), '1');
    assert.equal(getParam('axb=2', 'a.b'), '');
    assert.equal(getParam('a=%E0%A4%A&b=%', 'a'), '%E0%A4%A');
    assert.equal(withParam('a(=1', 'a(', '2'), 'a(=2');
  });
});
