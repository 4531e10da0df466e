import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/index';
import type { ServiceCallbacks } from '../../../p2p-core/index';
import { formatXp2pInfo } from '../../../p2p-core/signaling/ticket';
import { inWorld } from '../../sim/session-world';
import type { Heard } from '../../sim/session-world-viewer';

describe('services of one device', () => {
  test('share one session: the camera sees one viewer, and the last service to stop ends it', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const sinks = [viewer.newSink(), viewer.newSink()];
      viewer.start('a', sinks[0]);
      viewer.start('b', sinks[1]);
      await world.until('media of both', () => sinks.every((sink) => sink.bytes > 10_000));
      assert.equal(world.camera.agent.viewerCount, 1);
      viewer.stop('a');
      const { bytes } = sinks[0]!;
      await world.run(1000);
      assert.equal(sinks[0]!.bytes, bytes, 'nothing comes after the stop');
      assert.ok(sinks[1]!.bytes > 20_000, 'the other one goes on');
      assert.equal(world.camera.agent.viewerCount, 1);
      viewer.stop('b');
      await world.run(100);
      assert.equal(world.camera.agent.viewerCount, 0);
    });
  });

  test('are all told that the link is lost, each once', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const heards = ['a', 'b', 'c'].map((id) => viewer.start(id).heard);
      await world.until('connected', () => heards.every((heard) => heard.count('connected') === 1));
      world.camera.stop();
      await world.run(30_000);
      for (const heard of heards) assert.equal(heard.count('disconnect'), 1);
    });
  });

  test('do not hear of a loss when the callback of another one has stopped them', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const [first, second] = ['a', 'b'].map((id) => viewer.start(id).heard);
      await world.until('connected', () => second!.count('connected') === 1);
      viewer.onCallback = (what) => {
        if (what.startsWith('disconnect of a')) viewer.stop('b');
      };
      world.camera.stop();
      await world.run(1000);
      assert.equal(first!.count('disconnect'), 1);
      assert.equal(second!.count('disconnect'), 0);
    });
  });

  test('leave no subscription at the broker when they stop', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const before = world.broker.subscriptionCount;
      const { heard } = viewer.start('a');
      await world.until('connected', () => heard.count('connected') === 1);
      assert.ok(world.broker.subscriptionCount > before);
      viewer.stop('a');
      await world.run(1000);
      assert.equal(world.broker.subscriptionCount, before);
    });
  });

  test('one that joins a live session is not told `connected` again, and works', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const { heard } = viewer.start('a');
      await world.until('connected', () => heard.count('connected') === 1);
      viewer.start('b');
      const result = await world.result('command', viewer.module.sendCommand('b', 'cmd=echo-1'));
      assert.deepEqual([result.type, result.status, result.data], ['success', 200, 'echo-1']);
    });
  });
});

describe('a device whose link is being lost', () => {
  test('is called anew by an app that starts a service from the callback of a download that broke off', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const heards = ['a', 'b'].map((id) => viewer.start(id).heard);
      await world.until('connected', () => heards.every((heard) => heard.count('connected') === 1));
      const sink = viewer.newSink();
      let fresh: Heard | null = null;
      void viewer.module.startLocalDownload(
        'a',
        { urlParams: 'file_name=never' },
        {
          onChunkReceived: () => {},
          onComplete: () => {},
          onError: () => {
            viewer.stop('a');
            fresh = viewer.start('a', sink).heard;
          },
        },
      );
      await world.run(100);
      // The other service keeps the link that is lost for a moment longer.
      world.camera.stop();
      await world.run(100);
      assert.equal(heards[1]!.count('disconnect'), 1);
      world.camera.boot();
      await world.until('media', () => sink.bytes > 0, 30_000);
      assert.equal((fresh as Heard | null)!.count('disconnect'), 0);
    });
  });
});

describe('a start and its stop', () => {
  for (const gapMs of [0, 1, 12, 30, 49, 74, 99, 124, 149, 151, 180]) {
    test(`stop ${gapMs} ms after the start and start again at once: old data never reach the new callback`, async () => {
      await inWorld({ seed: 1, rttMs: 50 }, async (world) => {
        const viewer = world.addViewer();
        await viewer.getReady();
        const old = viewer.newSink();
        const first = viewer.start('a', old);
        await world.run(gapMs);
        viewer.stop('a');
        const { bytes } = old;
        const fresh = viewer.newSink();
        const second = viewer.start('a', fresh);
        await world.until('media', () => fresh.bytes > 10_000, 1000);
        assert.equal(old.bytes, bytes);
        assert.equal(first.call.isSettled, true);
        assert.equal(second.call.value, 0);
        assert.equal(world.camera.agent.viewerCount, 1);
      });
    });

    test(`stop the stream after ${gapMs} ms and start one again: old data never reach the new callback`, async () => {
      await inWorld({ seed: 1, rttMs: 50 }, async (world) => {
        const viewer = world.addViewer();
        await viewer.getReady();
        viewer.start('a');
        const old = viewer.newSink();
        const first = viewer.pull('a', old);
        await world.run(gapMs);
        viewer.module.stopStream('a');
        const { bytes } = old;
        const fresh = viewer.newSink();
        const second = viewer.pull('a', fresh);
        await world.until('media', () => fresh.bytes > 10_000, 1000);
        assert.equal(old.bytes, bytes);
        assert.equal(first.value, gapMs < 150 ? ErrCode.StreamStartFailed : 0);
        assert.equal(second.value, 0);
      });
    });
  }

  test('updateServiceCallbacks while data flow: the next byte goes to the new callback, none is lost', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const sink = viewer.newSink();
      const { heard } = viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 10_000);
      const { dataCallback } = sink;
      let passed = 0;
      const takeOver = (data: ArrayBuffer): void => {
        passed += data.byteLength;
        dataCallback(data);
      };
      const before = sink.bytes;
      assert.equal(viewer.module.updateServiceCallbacks('a', { dataCallback: takeOver }), 0);
      await world.run(1000);
      assert.ok(passed > 10_000);
      assert.equal(sink.bytes - before, passed, 'the old callback gets nothing any more');
      const told: string[] = [];
      viewer.module.updateServiceCallbacks('a', { msgCallback: (_event, subtype) => told.push(subtype) });
      world.camera.stop();
      await world.run(100);
      assert.ok(told.includes('disconnect'));
      assert.equal(heard.count('disconnect'), 0);
    });
  });

  test('an xp2pInfo whose static key is no key is -2001, and nothing of the call is left', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const before = viewer.port.use();
      const forged = formatXp2pInfo({ ...world.camera.ticket, staticKey: new Uint8Array(32) });
      const { call, heard } = viewer.start('a', null, forged);
      await world.run(20_000);
      assert.equal(call.value, ErrCode.BadXp2pInfo);
      assert.deepEqual(heard.events, []);
      assert.deepEqual(viewer.port.use(), before);
    });
  });

  test('the broker of an xp2pInfo is left with the last service, also when the call could not be made', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      assert.equal(await world.result('init', viewer.init({})), 0);
      const forged = formatXp2pInfo({ ...world.camera.ticket, staticKey: new Uint8Array(32) });
      viewer.start('a', null, forged);
      await world.run(1000);
      assert.equal(viewer.port.use().webSockets, 0);
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0);
      assert.equal(viewer.port.use().webSockets, 1);
      viewer.stop('a');
      await world.run(100);
      assert.equal(viewer.port.use().webSockets, 0);
    });
  });

  test('-2404 when the platform gives no socket again', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.host.closeSockets();
      viewer.sim.refusesUdp = true;
      const { call } = viewer.start('a');
      await world.run(0);
      assert.equal(call.value, ErrCode.EnvironmentUnsupported);
      viewer.sim.refusesUdp = false;
      const sink = viewer.newSink();
      viewer.start('a', sink);
      await world.until('media', () => sink.bytes > 0, 1000);
    });
  });
});

describe('commands', () => {
  test('one without an answer gives `timeout` when its time is over, not earlier', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.start('a');
      const call = world.call('command', viewer.module.sendCommand('a', 'cmd=silent', { timeoutMs: 3000 }));
      await world.run(2999);
      assert.equal(call.isSettled, false);
      await world.run(2);
      assert.deepEqual([call.value!.type, call.value!.errcode], ['timeout', ErrCode.Timeout]);
      const other = await world.result('command', viewer.module.sendCommand('a', 'cmd=echo-2'));
      assert.equal(other.data, 'echo-2', 'the session does not suffer');
    });
  });

  test('a hundred at once, more than a peer may have streams open, are all answered with their own answer', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const sink = viewer.newSink();
      viewer.start('a', sink);
      const calls = Array.from({ length: 100 }, (_, i) =>
        world.call(`command ${i}`, viewer.module.sendCommand('a', `cmd=echo-${i}`)),
      );
      await world.until('all answers', () => calls.every((call) => call.isSettled), 5000);
      calls.forEach((call, i) => assert.equal(call.value!.data, `echo-${i}`));
      assert.ok(sink.bytes > 0);
    });
  });

  test('those under way when the service stops are -2810, when the link is lost its code', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      viewer.start('a');
      viewer.start('b');
      const stopped = world.call('command a', viewer.module.sendCommand('a', 'cmd=silent'));
      const lost = world.call('command b', viewer.module.sendCommand('b', 'cmd=silent'));
      await world.run(1000);
      viewer.stop('a');
      await world.run(0);
      assert.deepEqual([stopped.value!.type, stopped.value!.errcode], ['error', ErrCode.Aborted]);
      world.camera.stop();
      await world.run(100);
      assert.deepEqual([lost.value!.type, lost.value!.errcode], ['error', ErrCode.ClosedByPeer]);
      const late = await world.result('command', viewer.module.sendCommand('b', 'cmd=echo-3'));
      assert.equal(late.errcode, ErrCode.ClosedByPeer);
    });
  });
});

describe('a module that is destroyed and begun anew from the `disconnect` of its reset', () => {
  test('has a socket, also on a platform that gives random bytes at once', async () => {
    await inWorld({ seed: 1, hasStun: true }, async (world) => {
      const viewer = world.addViewer();
      viewer.port.randomBytes = (byteCount, done) => {
        const bytes = new Uint8Array(byteCount);
        world.random.fill(bytes);
        done(bytes);
      };
      await viewer.getReady();
      const { heard } = viewer.start('a');
      await world.until('connected', () => heard.count('connected') === 1);
      let init: Promise<number> | null = null;
      viewer.onCallback = (what) => {
        if (!what.startsWith('disconnect of a')) return;
        viewer.destroy();
        init = viewer.init();
      };
      viewer.reset();
      assert.equal(await world.result('init', init!), 0);
    });
  });
});

describe('updateServiceCallbacks', () => {
  test('leaves what it is given as undefined as it was', async () => {
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      await viewer.getReady();
      const sink = viewer.newSink();
      const { heard } = viewer.start('a', sink);
      // As destructuring in an app leaves them, against the types.
      const callbacks = {
        msgCallback: undefined,
        dataCallback: undefined,
      } as unknown as Partial<ServiceCallbacks>;
      assert.equal(viewer.module.updateServiceCallbacks('a', callbacks), 0);
      await world.until('media', () => sink.bytes > 10_000);
      assert.equal(heard.count('connected'), 1);
    });
  });
});

describe('the login of init', () => {
  const login = { appKey: 'app', appSecretKey: 'the password of the app' };
  const ownBroker = 'wss://broker.example/mqtt';

  /** The brokers that got the login for a camera of `ticketUrl`. */
  async function brokersThatGotIt(ticketUrl: string, signalingUrl?: string): Promise<string[]> {
    const urls = new Set<string>();
    await inWorld({ seed: 1 }, async (world) => {
      const viewer = world.addViewer();
      const { openWebSocket } = viewer.port;
      viewer.port.openWebSocket = (url, protocol, handlers) => {
        const link = openWebSocket(url, protocol, handlers);
        const send = link.send.bind(link);
        link.send = (bytes) => {
          if (Buffer.from(bytes).includes(login.appSecretKey)) urls.add(url);
          send(bytes);
        };
        return link;
      };
      const servers = signalingUrl === undefined ? {} : { signalingUrl };
      assert.equal(await world.result('init', viewer.module.init({ appParams: login, servers })), 0);
      const xp2pInfo = formatXp2pInfo({ ...world.camera.ticket, signalingUrl: ticketUrl });
      const { heard } = viewer.start('a', null, xp2pInfo);
      await world.until('connected', () => heard.count('connected') === 1);
    });
    return [...urls].sort();
  }

  test('goes to the broker that init names, and to no other that an xp2pInfo names', async () => {
    assert.deepEqual(await brokersThatGotIt('wss://else.example/mqtt', ownBroker), [ownBroker]);
    // The same host in clear text is another one, too.
    assert.deepEqual(await brokersThatGotIt('ws://broker.example/mqtt', ownBroker), [ownBroker]);
    const otherPath = 'wss://Broker.example/other?token=1';
    assert.deepEqual(await brokersThatGotIt(otherPath, ownBroker), [otherPath, ownBroker].sort());
  });

  test('goes to the broker of the xp2pInfo where init names none', async () => {
    assert.deepEqual(await brokersThatGotIt(ownBroker), [ownBroker]);
  });
});
