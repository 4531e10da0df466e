import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CORE_VERSION, ErrCode } from '../../../p2p-core/index';
import { inWorld } from '../../sim/session-world';
import type { SessionWorld } from '../../sim/session-world';
import type { SimViewer } from '../../sim/session-world-viewer';

/** Everything the app's log callbacks and the port's log were told from here on. */
function listen(world: SessionWorld, viewer: SimViewer): { toApp: string[]; toPort: string[] } {
  const heard = { toApp: [] as string[], toPort: [] as string[] };
  viewer.onCallback = (what) => {
    if (what.startsWith('log ')) heard.toApp.push(what.slice(4));
  };
  const { trace } = world;
  world.trace = (who, what) => {
    if (who === viewer.name) heard.toPort.push(what);
    trace(who, what);
  };
  return heard;
}

describe('the members that demos use although the guide does not list them', () => {
  test('are there before init, and hold what they should', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const { module } = world.addViewer();
      assert.equal(module.XP2PVersion, CORE_VERSION);
      assert.deepEqual(module.XP2PEventEnum, { Notify: 'notify', Log: 'log', DevNotify: 'devNotify' });
      assert.deepEqual(module.XP2PLocalEventEnum, { natChanged: 'natChanged', natError: 'natError' });
      const { Request, Parsed, Close, Eof, Disconnect } = module.XP2PNotify_SubType;
      assert.deepEqual(
        [Request, Parsed, Close, Eof, Disconnect],
        ['request', 'parsed', 'close', 'eof', 'disconnect'],
      );
      for (const name of ['P2P', 'Peers', 'Parent', 'Peerlist', 'Subscribe', 'Err', 'RTLog'] as const) {
        assert.equal(typeof module.XP2PDevNotify_SubType[name], 'string', name);
      }
      assert.equal(module.getLocalXp2pInfo(), '');
    });
  });

  test('getLocalXp2pInfo names this side after init, by no secret', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      assert.equal(viewer.module.getLocalXp2pInfo(), `viewer-${viewer.module.getUUID()}`);
    });
  });

  test('getServiceInitInfo gives back what was started, and hides the xp2pInfo from logs and JSON', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      assert.equal(viewer.module.getServiceInitInfo('a'), null);
      viewer.start('a');
      const info = viewer.module.getServiceInitInfo('a')!;
      assert.equal(info.id, 'a');
      assert.equal(info.streamInfo.url, 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?tag=0');
      assert.equal(info.streamInfo.xp2pInfo, world.camera.xp2pInfo, 'a page can start it again');
      assert.doesNotMatch(JSON.stringify(info), /xp2pInfo|XP2PAQ/);
      assert.deepEqual(Object.keys(info.streamInfo), ['url']);
      viewer.stop('a');
      assert.equal(viewer.module.getServiceInitInfo('a'), null);
    });
  });
});

describe('the log switches', () => {
  test('are off at first: a run tells the app nothing of requests, connections and probes', async () => {
    await inWorld({ seed: 1, hasStun: true }, async (world) => {
      const viewer = world.addViewer();
      const heard = listen(world, viewer);
      await viewer.getReady();
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 10_000);
      assert.deepEqual(heard.toApp, []);
      assert.ok(!heard.toPort.some((line) => /\[(?:http|net|xntp)\]/.test(line)));
    });
  });

  test('enableHttpLog tells requests and answers, and of parameters only what is no secret', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.module.enableHttpLog(true);
      const heard = listen(world, viewer);
      viewer.start('a');
      const secret = 'action=user_define&channel=0&cmd={"wifi_password":"hunter2"}&token=t0psecret';
      await world.result('command', viewer.module.sendCommand('a', secret));
      const sink = viewer.newSink();
      viewer.pull('a', sink, 'action=live&tag=1&bytes=5000');
      await world.run(1000);
      assert.ok(heard.toApp.includes('[http] GET /command?action=user_define&channel=0&cmd=…&token=…'));
      assert.ok(
        heard.toApp.includes('[http] GET /ipc.flv?action=live&tag=…&bytes=…: 200 OK'),
        String(heard.toApp),
      );
      assert.ok(heard.toApp.includes('[http] GET /ipc.flv?action=live&tag=…&bytes=…: complete, 5000 bytes'));
      const all = [...heard.toApp, ...heard.toPort].join('\n');
      assert.doesNotMatch(all, /hunter2|t0psecret/);
      viewer.module.enableHttpLog(false);
      const count = heard.toApp.length;
      await world.result('command', viewer.module.sendCommand('a', 'cmd=echo'));
      assert.equal(heard.toApp.length, count);
    });
  });

  test('enableNetLog tells rendezvous, connection and loss; enableXNTPLog what a probe found', async () => {
    await inWorld({ seed: 1, hasStun: true }, async (world) => {
      const viewer = world.addViewer();
      viewer.module.enableNetLog(true);
      viewer.module.enableXNTPLog(true);
      const heard = listen(world, viewer);
      await viewer.getReady();
      const { heard: service } = viewer.start('a');
      await world.until('connected', () => service.count('connected') === 1);
      world.camera.stop();
      await world.until('disconnect', () => service.count('disconnect') === 1);
      const portSaid = (pattern: RegExp): boolean => heard.toPort.some((line) => pattern.test(line));
      assert.ok(portSaid(/\[xntp\] mapped to 3\.3\.3\.2:\d+/));
      assert.ok(portSaid(/\[net\] rendezvous: online/));
      assert.ok(heard.toApp.some((line) => /^\[net\] connected: host, round trip \d+ ms$/.test(line)));
      assert.ok(
        heard.toApp.some((line) => line.startsWith(`[net] the link is lost: ${ErrCode.ClosedByPeer}`)),
      );
      const secret = world.camera.xp2pInfo.slice(4, 60);
      assert.ok(![...heard.toApp, ...heard.toPort].some((line) => line.includes(secret)));
    });
  });
});

describe('a refused start', () => {
  test('tells its cause to the log callback it was given', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const heard = listen(world, viewer);
      viewer.start('a', null, 'XP2PnotOneOfOurs%2.4.0');
      await world.run(0);
      assert.equal(heard.toApp.length, 1);
      assert.match(heard.toApp[0]!, /^-2001 bad xp2pInfo: /);
    });
  });

  for (const [form, info] of [
    ['base64 with its own signs', 'XP2PzK7/x3Jk+0PlSx2nWQ==%2.4.29'],
    ['base64 that could be ours', 'XP2PRwdNMGkGzWZkJhqYnVjSGUtTWVuc2NoZW4%2.3.5'],
  ]) {
    test(`the xp2pInfo of a plugin's device is -2001 and told which module it is for: ${form}`, async () => {
      await inWorld({ seed: 1 }, async (world) => {
        const viewer = world.addViewer();
        await viewer.getReady();
        const heard = listen(world, viewer);
        const { call } = viewer.start('a', null, info);
        await world.run(0);
        assert.equal(call.value, ErrCode.BadXp2pInfo);
        assert.match(heard.toApp[0]!, /xp2p plugin.*configureP2P\(\{ module: the p2p of that plugin \}\)/);
        const all = [...heard.toApp, ...heard.toPort].join('\n');
        assert.ok(!all.includes(info!.slice(6, 14)), 'no part of it is told');
      });
    });
  }
});
