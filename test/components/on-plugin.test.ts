import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuidePlugin } from '../contract/guide-plugin';
import { strictGuide } from '../contract/strict-guide';
import { tick } from '../support/component-host';
import { CAMERA, IPC, PlayerHost, found, nativePlayer } from './support/player-host';

const ANSWERED_MS = 60;

test('the built components play on a plugin that has nothing but what the guide has', async () => {
  const clock = {
    setTimer: (fire: () => void, delayMs: number) => setTimeout(fire, delayMs),
    clearTimer: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
  };
  const { module, violations, calls } = strictGuide(
    (violate) => new GuidePlugin({ clock, failsBy: 'reject', violate }),
  );
  const world = new PlayerHost([IPC]);
  try {
    world.host
      .require<{ configureP2P(config: object): void }>('store/index.js')
      .configureP2P({ module, appParams: { appid: '1' } });
    const ipc = world.render(IPC, { ...CAMERA, xp2pInfo: 'XP2PzK7/x3Jk+0PlSx2nWQ==%2.4.29' });
    const common = found(ipc, '.picture');
    await tick(ANSWERED_MS);
    nativePlayer(common).trigger('playerReady', world.readyDetail());
    await tick(ANSWERED_MS);
    nativePlayer(common).trigger('playerStartPull', {});
    await tick(2 * ANSWERED_MS);
    nativePlayer(common).trigger('statechange', { code: 2003, message: '' });
    await tick();
    assert.ok(world.native.chunks.length > 0, calls.join(', '));
    nativePlayer(common).trigger('playerClose', {});
    await tick();
    assert.deepEqual(violations, []);
    assert.deepEqual(calls.slice(0, 3), ['init', 'startP2PService', 'startStream']);
  } finally {
    world.dispose();
    module.destroy();
  }
  assert.deepEqual(violations, []);
});
