import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CommandClient } from '../../store/command/command-client';
import { createModuleOwner } from '../../store/module-owner';
import { PlayerWorld, makeTarget } from '../store/support/player-world';
import { VirtualEnvironment } from '../store/support/virtual-environment';
import { GuidePlugin } from './guide-plugin';
import { strictGuide } from './strict-guide';

/**
 * The stores on a plugin that has nothing but what the guide has: a use of anything else throws inside the store, and is
 * counted here also where the store survives it.
 */
function worldOnPlugin(failsBy: 'resolve' | 'reject') {
  const environment = new VirtualEnvironment();
  const made: { plugin?: GuidePlugin } = {};
  const strict = strictGuide((violate) => {
    made.plugin = new GuidePlugin({ clock: environment, failsBy, violate });
    return made.plugin;
  });
  const owner = createModuleOwner({
    module: strict.module,
    appParams: { appid: '1', appOauthId: 'o', appKey: 'k', appSecretKey: 's', appPackage: 'p' },
    environment,
  });
  const world = new PlayerWorld({ environment, owner });
  const xp2pInfo = 'XP2PzK7/x3Jk+0PlSx2nWQ==%2.4.29';
  const url = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0&quality=high';
  const target = makeTarget({ streamInfo: { url, xp2pInfo, productId: 'p', deviceName: 'd' } });
  return { world, owner, environment, target, strict, plugin: made.plugin! };
}
type OnPlugin = ReturnType<typeof worldOnPlugin>;

/** The player component is there, the service is started, live-player pulls: to the first picture. */
async function play({ world, environment, target }: OnPlugin): Promise<void> {
  await world.start(target);
  await world.ready();
  await environment.advance(200);
  await world.pull();
  await environment.advance(300);
  world.code(2003);
  assert.equal(world.store.view.isPlaying, true, JSON.stringify(world.errors));
}

for (const failsBy of ['resolve', 'reject'] as const) {
  const scenes: [string, (on: OnPlugin) => Promise<void>][] = [
    ['plays', play],
    [
      'is paused and resumed by live-player, which pulls anew',
      async (on) => {
        await play(on);
        on.world.closePull();
        await on.environment.advance(200);
        await on.world.pull();
        await on.environment.advance(300);
        assert.ok(on.world.player.chunks.length > 5);
      },
    ],
    [
      'says that the link was lost, tries again and plays',
      async (on) => {
        await play(on);
        on.world.store.dispatch({ type: 'setAutoRetry', isOn: true });
        on.plugin.disconnect();
        await on.environment.advance(5000);
        assert.equal(on.world.errors.length, 1);
        await on.world.ready();
        await on.world.pull();
        await on.environment.advance(1000);
        assert.ok(on.plugin.serviceCount >= 1);
      },
    ],
    [
      'says why a refused stream failed',
      async (on) => {
        await on.world.start({
          ...on.target,
          flv: { filename: 'ipc.flv', params: 'action=live&mode=refused' },
        });
        await on.world.ready();
        await on.environment.advance(200);
        await on.world.pull();
        await on.environment.advance(500);
        assert.equal(on.world.errors[0]!.errDetail.errcode, -2402);
      },
    ],
    [
      'ends normally with the stream',
      async (on) => {
        await on.world.start({ ...on.target, flv: { filename: 'ipc.flv', params: 'action=live&mode=ends' } });
        await on.world.ready();
        await on.environment.advance(200);
        await on.world.pull();
        await on.environment.advance(1000);
        assert.equal(on.world.named('playEnd').length, 1);
        assert.deepEqual(on.world.errors, []);
      },
    ],
    [
      'lives through a change of the network, and resets when the page is left',
      async (on) => {
        await play(on);
        on.plugin.changeNat('natChanged');
        await on.environment.advance(6000);
        on.world.store.destroy();
        await on.environment.advance(1000);
        const error = await new Promise((resolve) => on.owner.checkReset(resolve));
        assert.equal(error, null);
      },
    ],
    [
      'sends commands while it plays',
      async (on) => {
        await play(on);
        const { module } = on.strict;
        const client = new CommandClient({ id: 'cam', module, environment: on.environment });
        const ask = async (cmd: string): Promise<string> => {
          const result = client.sendCommand(`action=inner_define&channel=0&cmd=${cmd}`);
          await on.environment.advance(15_000);
          return (await result).type;
        };
        assert.deepEqual(
          [await ask('get_device_st'), await ask('fail'), await ask('silent')],
          ['success', 'failure', 'timeout'],
        );
        client.close();
      },
    ],
  ];

  describe(`on the guide's plugin, whose failures ${failsBy}, the player`, () => {
    for (const [name, scene] of scenes) {
      test(`${name}, with nothing but what the guide has`, async () => {
        const on = worldOnPlugin(failsBy);
        await scene(on);
        on.world.store.destroy();
        await on.environment.advance(60_000);
        on.owner.destroy();
        await on.environment.advance(60_000);
        assert.deepEqual(on.strict.violations, []);
        assert.equal(on.plugin.serviceCount, 0);
        assert.equal(on.environment.pendingTimers, 0);
      });
    }
  });
}
