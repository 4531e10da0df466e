import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeRecorder } from '../p2p-core/api/support/fake-recorder';
import { inWorld } from '../sim/session-world';
import { SIGNALING_URL } from '../sim/session-world-app';
import { VirtualClock } from '../sim/virtual-clock';
import { contractCamera } from './contract-camera';
import { GuidePlugin } from './guide-plugin';
import { appParams, codeOf, withGuideRig } from './guide-rig';
import { ARGUMENTS } from './guide-shapes';
import { testP2PModule } from './p2p-module.contract';
import { GuideViolation, strictGuide } from './strict-guide';

testP2PModule({
  name: 'our core',
  extraSubtypes: ['connected', 'fail'],
  withRig: (body) =>
    inWorld(
      { seed: 1, isPinned: false, onRequest: contractCamera, viewerNat: 'full cone' },
      async (world) => {
        await world.until('the camera is online', () => world.camera.isOnline);
        const viewer = world.addViewer();
        await body({
          module: viewer.module,
          initOptions: {
            appParams,
            servers: { signalingUrl: SIGNALING_URL, stunServers: world.stunServers },
          },
          xp2pInfo: world.camera.xp2pInfo,
          recorder: new FakeRecorder(world.clock),
          setOffline: (isOffline) => {
            viewer.host.isOffline = isOffline;
          },
          changeNetwork: () => {
            viewer.host.nat!.reboot();
            viewer.sim.changeNetwork({ isConnected: true, networkType: '4g' });
          },
          loseCamera: () => world.camera.crash(),
          run: (forMs) => world.run(forMs),
          code: (promise) => world.result('code', codeOf(promise)),
        });
        viewer.module.destroy();
        await world.run(1000);
      },
    ),
});

for (const failsBy of ['resolve', 'reject'] as const) {
  testP2PModule({
    name: `the guide's plugin, whose failures ${failsBy}`,
    extraSubtypes: [],
    withRig: (body) =>
      withGuideRig(failsBy, ({ module, plugin, clock, run, code }) =>
        body({
          module,
          initOptions: { appParams, eventHandler: () => undefined },
          xp2pInfo: 'XP2PzK7/x3Jk+0PlSx2nWQ==%2.4.29',
          recorder: new FakeRecorder(clock),
          setOffline: (isOffline) => {
            plugin.isOffline = isOffline;
          },
          changeNetwork: () => plugin.changeNat(plugin.isOffline ? 'natError' : 'natChanged'),
          loseCamera: () => plugin.disconnect(),
          run,
          code,
        }),
      ),
  });
}

describe('the strict stand-in', () => {
  const make = () =>
    strictGuide((violate) => new GuidePlugin({ clock: new VirtualClock(), failsBy: 'resolve', violate }));

  test('refuses members, arguments, properties and enum members that the guide does not have, and keeps them', () => {
    const { module, violations } = make();
    const callbacks = { msgCallback: () => undefined };
    const misuses: [string, () => unknown][] = [
      ['member getVersion', () => (module as never as Record<string, unknown>).getVersion],
      ['property servers in init argument 1', () => module.init({ appParams: {}, servers: {} })],
      ['property region in init argument 1.appParams', () => module.init({ appParams: { region: 'x' } })],
      ['argument 3 of sendCommand', () => module.sendCommand('a', 'b', { responseType: 'text' })],
      [
        'property codeUrl in startP2PService argument 2',
        () => module.startP2PService('a', { url: 'http://a/b', codeUrl: '' } as never, callbacks),
      ],
      [
        'property urlParams in startVoice argument 3',
        () => module.startVoice('a', {} as never, { urlParams: 'channel=1' }, {}),
      ],
      ['XP2PNotify_SubType.Connected', () => module.XP2PNotify_SubType.Connected],
      ['member init to be set', () => ((module as { init: unknown }).init = null)],
    ];
    for (const [what, misuse] of misuses) {
      assert.throws(misuse, new GuideViolation(`the guide has no ${what}`));
    }
    assert.deepEqual(
      violations,
      misuses.map(([what]) => what),
    );
  });

  test('says that members of our own core are not there, and that somebody asked', () => {
    const { module, violations, askedFor } = make();
    assert.equal(module.getStats, undefined);
    assert.equal('startVoiceData' in module, false);
    assert.deepEqual([violations, [...askedFor]], [[], ['getStats']]);
  });

  test('refuses to be read for what a result of the guide does not have', async () => {
    const { module, violations } = make();
    const result = (await module.sendCommand('a', '')) as unknown as Record<string, unknown>;
    assert.equal(result.errcode, -2000);
    assert.throws(() => result.receivedBytes, /the guide has no sendCommand result.receivedBytes/);
    assert.deepEqual(violations, ['sendCommand result.receivedBytes']);
  });

  test('has every function that the guide names', () => {
    const plugin = new GuidePlugin({ clock: new VirtualClock(), failsBy: 'resolve', violate: assert.fail });
    for (const name of Object.keys(ARGUMENTS)) {
      assert.equal(typeof (plugin as never as Record<string, unknown>)[name], 'function', name);
    }
  });
});
