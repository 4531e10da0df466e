import { inWorld } from '../sim/session-world';
import { SIGNALING_URL } from '../sim/session-world-app';
import { LiveServer } from '../p2p-core/swarm/support/live-server';
import { publish } from '../p2p-core/swarm/support/publisher';
import { appParams, codeOf, withGuideRig } from './guide-rig';
import { testSharedStreams } from './shared.contract';

const LONG = publish({ seed: 5, seconds: 60 });
const SHORT = publish({ seed: 6, seconds: 3 });

testSharedStreams({
  name: 'our core',
  withRig: (body) =>
    inWorld({ seed: 1, viewerNat: 'full cone' }, async (world) => {
      const viewer = world.addViewer();
      let server = new LiveServer(world.clock, LONG);
      viewer.sim.httpServer = (url, response) => server.serve(url, response);
      await body({
        module: viewer.module,
        initOptions: {
          appParams,
          servers: { signalingUrl: SIGNALING_URL, stunServers: world.stunServers },
        },
        setServer: (does) => {
          server = new LiveServer(world.clock, does === 'ends' ? SHORT : LONG);
          if (does === 'refuses') server.status = 404;
        },
        openCount: () => server.openCount,
        changeNetwork: () => {
          viewer.host.nat!.reboot();
          server.breakAll();
          viewer.sim.changeNetwork({ isConnected: true, networkType: '4g' });
        },
        run: (forMs) => world.run(forMs),
        code: (promise) => world.result('code', codeOf(promise)),
      });
      viewer.module.destroy();
      await world.run(1000);
    }),
});

for (const failsBy of ['resolve', 'reject'] as const) {
  testSharedStreams({
    name: `the guide's plugin, whose failures ${failsBy}`,
    withRig: (body) =>
      withGuideRig(failsBy, ({ module, plugin, run, code }) =>
        body({
          module,
          initOptions: { appParams },
          setServer: (does) => {
            plugin.server = does;
          },
          openCount: () => null,
          changeNetwork: () => plugin.changeNat('natChanged'),
          run,
          code,
        }),
      ),
  });
}
