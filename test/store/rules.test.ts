import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { PlayerWorld, makeTarget } from './support/player-world';
import { settled } from './support/virtual-environment';

/**
 * What the player of Tencent's demo does, trigger by trigger, as far as apps rely on it: the rule, and the test that
 * holds it (here, or in the file that is named). The table is checked: every test exists.
 */
const RULES: [rule: string, test: string, file?: string][] = [
  // transitions
  ['attached', 'module and player are prepared at the same time', 'test/store/player/faq.test.ts'],
  [
    'init answers 0, the service starts',
    'passes through the states of the guide, in order',
    'test/store/player/player-store.test.ts',
  ],
  ['init fails', 'an init that takes longer than 10 s is a timeout (-2809)', 'test/store/player/faq.test.ts'],
  ['the service starts without a stream', 'a service is started without a data callback'],
  [
    'the service fails',
    'a service that never answers is a timeout, and is stopped should it start after all',
    'test/store/player/player-store.test.ts',
  ],
  [
    'playerReady',
    'autoplay turns true when the player is ready and the service has started, whichever comes last',
    'test/store/player/faq.test.ts',
  ],
  ['the first play', 'later plays call play()', 'test/store/player/faq.test.ts'],
  ['playerStartPull that cannot be served', 'a pull that nobody can serve stops live-player'],
  [
    'startStream after a check',
    'the host may refuse a pull, and its reason is shown',
    'test/store/player/player-store.test.ts',
  ],
  [
    'startStream',
    'a startStream that resolves after the first data does not go back',
    'test/store/player/player-store.test.ts',
  ],
  [
    'chunks',
    'chunks go to the player one by one and change nothing else',
    'test/store/player/player-store.test.ts',
  ],
  ['playerClose', 'a close of live-player stops the stream, and only one that runs'],
  [
    'request, parsed',
    'passes through the states of the guide, in order',
    'test/store/player/player-store.test.ts',
  ],
  [
    'eof',
    'a normal end emits playEnd, is no error and is not retried',
    'test/store/player/player-store.test.ts',
  ],
  ['fail', 'a fail of the stream is an error with its cause', 'test/store/player/player-store.test.ts'],
  [
    'close while playing',
    'a close that nobody asked for is an error, and the stream can be played again',
    'test/store/player/player-store.test.ts',
  ],
  [
    'close while not playing',
    'a close of the old pull that comes after the new pull began does not hurt it',
    'test/store/player/player-store.test.ts',
  ],
  [
    'disconnect',
    'disconnect stops stream and service and is reported once with its cause',
    'test/store/player/faq.test.ts',
  ],
  ['connected', 'connected moves no axis'],
  ['stopAll', 'stopAll without anything to stop does nothing'],
  [
    'changeFlv',
    'another quality stops the stream, waits for the player and plays again, once',
    'test/store/player/player-store.test.ts',
  ],
  [
    'changeFlv with an invalid stream',
    'an empty file name stops the picture only',
    'test/store/player/player-store.test.ts',
  ],
  ['page exit', 'the last player that leaves resets what is marked', 'test/store/player/faq.test.ts'],
  // codes of live-player
  ['2005, 2006, 6000 and others', 'codes that mean nothing to a player change nothing'],
  ['2003', 'playStart comes once per pull, with the first frame', 'test/store/player/player-store.test.ts'],
  [
    '2103 of a dead local server',
    '2103 with errCode:-10045 is another error',
    'test/store/player/faq.test.ts',
  ],
  [
    '2103 otherwise',
    'a 2103 without a change leaves it to live-player, which pulls again',
    'test/store/player/faq.test.ts',
  ],
  ['-2301', 'a live-player that gave up (-2301) is not the end', 'test/store/defects.test.ts'],
  [
    'WECHAT_SERVER_ERROR',
    'a retry recovers with a new player on a reset module',
    'test/store/player/faq.test.ts',
  ],
  [
    'system permission denied',
    'a permission that the system denies is told by its own event, not by playError',
    'test/store/player/faq.test.ts',
  ],
  ['the sequence of iOS', 'the order of events on iOS plays'],
  ['the sequence of Android', 'the order of events on Android plays'],
  // retries
  [
    'no retry of what is fatal',
    'an error that would come again is left to the app',
    'test/store/player/retry.test.ts',
  ],
  [
    'automatic retry',
    'a failure is retried by itself when that is switched on, and told once per failure',
    'test/store/player/retry.test.ts',
  ],
  [
    'retry by tap from any state',
    'from every failure that is not fatal, one tap prepares everything that a picture needs',
    'test/store/player/step.test.ts',
  ],
  [
    'a change of the network',
    'natChanged of the module counts as a change of the network',
    'test/store/player/faq.test.ts',
  ],
  [
    'timeout of init and reset',
    'an init that answers after its timeout is not taken for the next one',
    'test/store/module-owner.test.ts',
  ],
  ['checkReset', 'checkReset waits for both resets and tells what failed', 'test/store/module-owner.test.ts'],
  [
    'single flight of init',
    'callers that come while init runs share its outcome',
    'test/store/module-owner.test.ts',
  ],
  // quality, which is all of the playback rules that a live picture knows
  [
    'quality by changeFlv',
    'choosing a quality changes the url, keeps the other parameters and closes the menu',
    'test/store/small-parts.test.ts',
  ],
];

describe('the table of rules', () => {
  test('names a test for each that exists', () => {
    for (const [rule, name, file = 'test/store/rules.test.ts'] of RULES) {
      const source = fs.readFileSync(path.resolve(file), 'utf8');
      const isThere = [`test('${name}'`, `test("${name}"`].some((text) => source.includes(text));
      assert.ok(isThere, `${rule}: no test "${name}" in ${file}`);
    }
  });
});

describe('the player', () => {
  test('a service is started without a data callback', async () => {
    const world = new PlayerWorld();
    await world.start();
    assert.deepEqual(Object.keys(world.module.services.get('cam') ?? {}), ['msgCallback']);
  });

  test('a pull that nobody can serve stops live-player', async () => {
    for (const unserve of ['pageHide', 'stop', 'stopAll'] as const) {
      const world = new PlayerWorld();
      await world.play();
      world.store.dispatch({ type: unserve });
      await settled();
      world.player.calls.length = 0;
      const starts = world.module.count('startStream');
      await world.pull();
      assert.deepEqual(
        [world.player.calls, world.module.count('startStream') - starts],
        [['stop'], 0],
        unserve,
      );
    }
  });

  test('a close of live-player stops the stream, and only one that runs', async () => {
    const world = new PlayerWorld();
    await world.play();
    world.closePull();
    world.closePull();
    assert.equal(world.module.count('stopStream'), 1);
    assert.equal(world.state.stream, 'StreamIdle');
    assert.equal(world.state.p2p, 'ServiceStarted');
  });

  test('connected moves no axis', async () => {
    const world = new PlayerWorld();
    await world.play();
    const before = world.emissions.length;
    world.module.notify('cam', 'connected', { pathKind: 'relay' });
    assert.equal(world.emissions.length, before);
  });

  test('stopAll without anything to stop does nothing', () => {
    const world = new PlayerWorld();
    world.store.dispatch({ type: 'stopAll' });
    assert.deepEqual([world.module.calls, world.emissions], [[], []]);
  });

  test('codes that mean nothing to a player change nothing', async () => {
    const world = new PlayerWorld();
    await world.play();
    const { state } = world;
    for (const code of [2001, 2004, 2005, 2006, 2007, 2008, 2009, 2026, 2032, 6000, -99]) world.code(code);
    assert.equal(world.state, state);
  });

  for (const [phone, codes] of [
    ['iOS', [2008, 'pull', 2001, 2004, 2026, 2007, 2004, 2008, 2009, 2003]],
    ['Android', ['pull', 2001, 2004, 2026, 2008, 2009, 2003, 2032]],
  ] as const) {
    const play = async (): Promise<void> => {
      const world = new PlayerWorld();
      await world.start(makeTarget());
      await world.ready();
      for (const code of codes) {
        if (code === 'pull') {
          await world.pull();
          world.module.notify('cam', 'request');
          world.module.notify('cam', 'parsed', { status: 200 });
          world.data();
        } else {
          world.code(code);
        }
      }
      assert.equal(world.store.view.isPlaying, true, phone);
      assert.deepEqual(world.errors, []);
    };
    if (phone === 'iOS') test('the order of events on iOS plays', play);
    else test('the order of events on Android plays', play);
  }
});
