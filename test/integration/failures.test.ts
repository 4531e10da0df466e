import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createCountingPort } from '../../devkit/port/counting-port';
import { createNodePort } from '../../devkit/port/node-port';
import type { HttpServerHandler } from '../../p2p-core/http/types';
import { ErrCode } from '../../p2p-core/index';
import type { P2PModule } from '../../p2p-core/index';
import type { Port, TimerId } from '../../p2p-core/port/port';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { until } from '../devkit/until';
import { createSteppedPort, createTappedPort } from '../support/tapped-port';
import type { UdpTap } from '../support/tapped-port';
import { LIVE_URL, startLoopbackWorld, xp2pInfoOf } from '../support/loopback-world';
import type { LoopbackWorld } from '../support/loopback-world';
import { startProcessClock } from '../support/process-clock';
import type { ProcessClock } from '../support/process-clock';

/**
 * What ends in which code, and when, by the clock of the viewer: it stands still while a busy machine lets the test wait, and
 * where a timeout has to pass (signaling 5 s, connect 10 s, silence 15 s) it runs ten times as fast.
 */
const clock = startProcessClock();
const fastClock = startProcessClock(10);
/** What sockets and the turns of the process may add to any of it; the next longer bound is further away. */
const SLACK_MS = 1500;
const viewerPort = (by = clock): Port => ({ ...createNodePort({ includeLoopback: true }), clock: by });
const fastPort = (): Port => viewerPort(fastClock);
const init = { appParams: {} };

let world: LoopbackWorld;
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
before(async () => {
  world = await startLoopbackWorld();
});
after(async () => {
  await world.close();
  for (const each of [clock, fastClock]) each.stop();
  assert.deepEqual(unhandled, []);
});

/** A camera that answers commands with `ok` and live with a steady stream of numbered bytes. */
function steadyCamera(): HttpServerHandler {
  return (request, response) => {
    if (request.path === '/command') {
      response.start(200, { 'content-length': '2' });
      response.write(Uint8Array.of(0x6f, 0x6b));
      response.end();
      return;
    }
    if (/quality=none/.test(request.query)) {
      response.start(404, { 'content-length': '0' });
      response.end();
      return;
    }
    response.start(200, { 'content-type': 'video/x-flv' });
    let sent = 0;
    const timer = setInterval(() => {
      const bytes = new Uint8Array(2000);
      for (let i = 0; i < bytes.length; i++) bytes[i] = (sent + i) % 251;
      sent += bytes.length;
      response.write(bytes);
    }, 10);
    request.onAbort = () => clearInterval(timer);
  };
}

interface Heard {
  msgCallback(event: string, subtype: string, detail: unknown): void;
  count(subtype: string): number;
  when(subtype: string): Promise<{ errcode: number; errmsg: string }>;
}

function listen(): Heard {
  const heard: { subtype: string; detail: unknown }[] = [];
  const waiting: { subtype: string; resolve(detail: unknown): void }[] = [];
  return {
    msgCallback(event, subtype, detail) {
      if (event !== 'notify') return;
      heard.push({ subtype, detail });
      for (const waiter of waiting.filter((each) => each.subtype === subtype)) waiter.resolve(detail);
    },
    count: (subtype) => heard.filter((each) => each.subtype === subtype).length,
    when(subtype) {
      const already = heard.find((each) => each.subtype === subtype);
      if (already) return Promise.resolve(already.detail as { errcode: number; errmsg: string });
      return new Promise((resolve) =>
        waiting.push({ subtype, resolve: resolve as (detail: unknown) => void }),
      );
    },
  };
}

/** `timeoutMs` by the clock of the viewer. */
const within = <T>(timeoutMs: number, what: string, promise: Promise<T>, by = clock): Promise<T> => {
  let timer: TimerId;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(new Error(`${what}: nothing within ${timeoutMs} ms`));
    timer = by.setTimer(fail, timeoutMs);
  });
  return Promise.race([promise, late]).finally(() => by.clearTimer(timer));
};

async function readyModule(module: P2PModule): Promise<P2PModule> {
  assert.equal(await module.init(init), 0);
  return module;
}

describe('codes of wrong use', () => {
  test('-2000: init without appParams, with a wrong field, with a server that is no URL', async () => {
    const module = world.newModule(viewerPort());
    assert.equal(await module.init(undefined as never), ErrCode.BadArgument);
    assert.equal(await module.init({} as never), ErrCode.BadArgument);
    assert.equal(await module.init({ appParams: { appKey: 5 } } as never), ErrCode.BadArgument);
    assert.equal(
      await module.init({ appParams: {}, servers: { signalingUrl: 'mqtt.example.com' } }),
      ErrCode.BadArgument,
    );
    assert.equal(await module.init(init), 0, 'bad calls lose nothing: the module can still be started');
  });

  test('-2000: services and streams without id, url, callbacks or with parameters that no URL may have', async () => {
    const module = await readyModule(world.newModule(viewerPort()));
    const xp2pInfo = xp2pInfoOf(world.newTicket());
    const { msgCallback } = listen();
    assert.equal(await module.startP2PService('', { url: LIVE_URL, xp2pInfo }, { msgCallback }), -2000);
    assert.equal(await module.startP2PService('a', { url: 'nonsense', xp2pInfo }, { msgCallback }), -2000);
    assert.equal(await module.startP2PService('a', { url: LIVE_URL, xp2pInfo }, {} as never), -2000);
    assert.equal(await module.startStream('a', {} as never), -2000);
    assert.equal(
      await module.startStream('a', {
        dataCallback: () => {},
        flv: { filename: 'a.flv', params: 'x=1\r\nHost: evil' },
      }),
      -2000,
    );
    assert.equal(module.updateServiceCallbacks('nobody', { msgCallback }), -2000);
    assert.equal((await module.sendCommand('a', '')).errcode, -2000);
  });

  test('-2001 and -2005: an xp2pInfo that is broken, and one of an old device', async () => {
    const module = await readyModule(world.newModule(viewerPort()));
    const { msgCallback } = listen();
    const good = xp2pInfoOf(world.newTicket());
    for (const broken of ['', 'XP2P', 'XP2Pabc%2.4.0', good.slice(0, 30), `X${good}`]) {
      assert.equal(
        await module.startP2PService('a', { url: LIVE_URL, xp2pInfo: broken }, { msgCallback }),
        ErrCode.BadXp2pInfo,
      );
    }
    const old = formatXp2pInfo({ ...world.newTicket(), deviceVersion: '2.2.9' });
    assert.equal(
      await module.startP2PService('a', { url: LIVE_URL, xp2pInfo: old }, { msgCallback }),
      ErrCode.DeviceVersionTooLow,
    );
  });

  test('-2002: everything before init and after destroy', async () => {
    const module = world.newModule(viewerPort());
    const xp2pInfo = xp2pInfoOf(world.newTicket());
    const { msgCallback } = listen();
    const check = async (): Promise<void> => {
      assert.equal(await module.startP2PService('a', { url: LIVE_URL, xp2pInfo }, { msgCallback }), -2002);
      assert.equal(await module.startStream('a', { dataCallback: () => {} }), -2002);
      assert.equal(await module.resetP2P(), -2002);
      assert.equal((await module.sendCommand('a', 'action=x')).errcode, -2002);
    };
    await check();
    await module.init(init);
    module.destroy();
    await check();
  });

  test('-2003: a second init, also while the first is under way', async () => {
    const module = world.newModule(viewerPort());
    const first = module.init(init);
    assert.equal(await module.init(init), ErrCode.AlreadyInitialized);
    assert.equal(await first, 0);
    assert.equal(await module.init(init), ErrCode.AlreadyInitialized);
  });

  test('-2202: no STUN server answers, within the probe timeout of 3 s', async () => {
    const module = world.newModule(fastPort());
    const res = await within(
      3000 + SLACK_MS,
      'init',
      module.init({ appParams: {}, servers: { stunServers: ['127.0.0.1:9'] } }),
      fastClock,
    );
    assert.equal(res, ErrCode.ProbeFailed);
    assert.notEqual(module.getUUID(), '', 'a failed init has a UUID');
    assert.equal(await module.init(init), 0, 'and init may be tried again');
  });

  test('-2401: a second service or stream of one id; -2403: a stream or command without service', async () => {
    const ticket = world.newTicket();
    await world.startCamera(ticket, steadyCamera());
    const module = await readyModule(world.newModule(viewerPort()));
    const info = { url: LIVE_URL, xp2pInfo: xp2pInfoOf(ticket) };
    const { msgCallback } = listen();
    const dataCallback = (): void => {};
    assert.equal(await module.startStream('a', { dataCallback }), ErrCode.ServiceNotStarted);
    assert.equal((await module.sendCommand('a', 'action=x')).errcode, ErrCode.ServiceNotStarted);
    assert.equal(await module.startP2PService('a', info, { msgCallback }), 0);
    assert.equal(await module.startP2PService('a', info, { msgCallback }), ErrCode.AlreadyStarted);
    const first = module.startStream('a', { dataCallback });
    assert.equal(await module.startStream('a', { dataCallback }), ErrCode.AlreadyStarted);
    assert.equal(await first, 0);
    module.stopP2PService('a');
    assert.equal(await module.startP2PService('a', info, { msgCallback }), 0, 'after a stop the id is free');
  });

  test('-2402: the camera answers the stream with an error status, which `parsed` tells', async () => {
    const ticket = world.newTicket();
    await world.startCamera(ticket, steadyCamera());
    const module = await readyModule(world.newModule(viewerPort()));
    const heard = listen();
    await module.startP2PService('a', { url: LIVE_URL, xp2pInfo: xp2pInfoOf(ticket) }, heard);
    const res = await module.startStream('a', {
      dataCallback: () => {},
      flv: { filename: 'ipc.flv', params: 'action=live&quality=none' },
    });
    assert.equal(res, ErrCode.StreamStartFailed);
    assert.equal(((await heard.when('parsed')) as unknown as { status: number }).status, 404);
    const command = await module.sendCommand('a', 'action=inner_define&cmd=x');
    assert.deepEqual(
      [command.type, command.status, command.data],
      ['success', 200, 'ok'],
      'the link still lives',
    );
  });
});

describe('the camera cannot be reached', () => {
  const fails = async (
    module: P2PModule,
    xp2pInfo: string,
    boundMs: number,
    by: ProcessClock,
  ): Promise<number> => {
    await readyModule(module);
    const heard = listen();
    assert.equal(await module.startP2PService('a', { url: LIVE_URL, xp2pInfo }, heard), 0);
    const stream = module.startStream('a', { dataCallback: () => {} });
    const { errcode, errmsg } = await within(boundMs, 'disconnect', heard.when('disconnect'), by);
    assert.ok(errmsg.length > 0);
    assert.equal(await within(SLACK_MS, 'startStream', stream, by), ErrCode.StreamStartFailed);
    assert.equal(await module.startStream('a', { dataCallback: () => {} }), ErrCode.StreamStartFailed);
    await by.pause(500);
    assert.equal(heard.count('disconnect'), 1, 'exactly once');
    return errcode;
  };
  const failsFast = (xp2pInfo: string, boundMs: number): Promise<number> =>
    fails(world.newModule(fastPort()), xp2pInfo, boundMs + SLACK_MS, fastClock);

  test('unknown peer: -2801 within the connect timeout of 10 s', async () => {
    assert.equal(await failsFast(xp2pInfoOf(world.newTicket()), 10_000), ErrCode.ConnectTimeout);
  });

  test('wrong secret: the camera does not answer, -2801 within 10 s', async () => {
    const ticket = world.newTicket();
    await world.startCamera(ticket, steadyCamera());
    const forged = { ...ticket, secret: new Uint8Array(32).fill(7) };
    assert.equal(await failsFast(formatXp2pInfo(forged), 10_000), ErrCode.ConnectTimeout);
  });

  test('wrong pinned key: the handshake fails, and the viewer gives up within 10 s', async () => {
    const ticket = world.newTicket();
    await world.startCamera(ticket, steadyCamera());
    const forged = { ...ticket, staticKey: world.newTicket().staticKey };
    assert.equal(await failsFast(formatXp2pInfo(forged), 10_000), ErrCode.ConnectTimeout);
  });

  test('camera switched off: -2803 in less than a second, since it left word', async () => {
    const ticket = world.newTicket();
    const cameraPort = createCountingPort(createNodePort({ includeLoopback: true }));
    const camera = await world.startCamera(ticket, steadyCamera(), cameraPort);
    camera.stop();
    await until(() => cameraPort.use().webSockets === 0, 'the broker has answered its goodbye');
    assert.equal(
      await fails(world.newModule(viewerPort()), xp2pInfoOf(ticket), 1000, clock),
      ErrCode.DeviceOffline,
    );
  });

  test('broker down: -2802 within the signaling timeout of 5 s', async () => {
    const ticket = world.newTicket({ signalingUrl: 'ws://127.0.0.1:9/mqtt' });
    assert.equal(await failsFast(xp2pInfoOf(ticket), 5_000), ErrCode.SignalingUnreachable);
  });

  test('no path: the camera answers but no datagram passes, -2805 within 10 s', async () => {
    const ticket = world.newTicket();
    await world.startCamera(ticket, steadyCamera());
    const walled = createTappedPort(fastPort(), { incoming: () => null });
    const module = world.newModule(walled);
    assert.equal(await fails(module, xp2pInfoOf(ticket), 10_000 + SLACK_MS, fastClock), ErrCode.NoPath);
  });
});

describe('while it plays', () => {
  const play = async (
    tap: UdpTap,
    by = clock,
  ): Promise<{ module: P2PModule; heard: Heard; received: () => Uint8Array }> => {
    const ticket = world.newTicket();
    await world.startCamera(ticket, steadyCamera());
    const port = createTappedPort(viewerPort(by), tap);
    const module = await readyModule(world.newModule(port));
    const heard = listen();
    const chunks: Uint8Array[] = [];
    const start = await module.startP2PService(
      'a',
      { url: LIVE_URL, xp2pInfo: xp2pInfoOf(ticket) },
      { ...heard, dataCallback: (data) => chunks.push(new Uint8Array(data)) },
    );
    assert.equal(start, 0);
    return { module, heard, received: () => new Uint8Array(Buffer.concat(chunks)) };
  };

  test('bent packets are refused and repeated: the stream stays byte exact', async () => {
    let seen = 0;
    let bent = 0;
    const { module, received } = await play({
      incoming(datagram) {
        if (datagram[0]! >= 0x80 && ++seen % 7 === 0) {
          bent++;
          const at = 8 + (seen % (datagram.length - 8));
          datagram[at] = datagram[at]! ^ (1 << (seen % 8));
        }
        return datagram;
      },
    });
    await until(() => bent > 10 && received().length > 200_000, 'enough has been bent, and has arrived');
    module.destroy();
    const bytes = received();
    for (let i = 0; i < bytes.length; i++) assert.equal(bytes[i], i % 251, `byte ${i}`);
  });

  test('a camera that never answers a request: `fail` with -2809 and -2402 within 12 s; the link lives on', async () => {
    const ticket = world.newTicket();
    await world.startCamera(ticket, (request, response) => {
      if (request.path !== '/command') return;
      response.start(204, {});
      response.end();
    });
    const module = await readyModule(world.newModule(fastPort()));
    const heard = listen();
    await module.startP2PService('a', { url: LIVE_URL, xp2pInfo: xp2pInfoOf(ticket) }, heard);
    assert.equal(await module.startStream('a', { dataCallback: () => {} }), ErrCode.StreamStartFailed);
    assert.equal(
      (await within(12_000 + SLACK_MS, 'fail', heard.when('fail'), fastClock)).errcode,
      ErrCode.Timeout,
    );
    assert.equal((await module.sendCommand('a', 'action=x')).type, 'success');
  });

  test('the network dies: -2806 within the idle timeout of 15 s, exactly once', async () => {
    const tap: UdpTap = {};
    const { heard, received } = await play(tap, fastClock);
    await until(() => received().length >= 20_000, 'media');
    tap.incoming = () => null;
    const { errcode } = await within(15_000 + SLACK_MS, 'disconnect', heard.when('disconnect'), fastClock);
    assert.equal(errcode, ErrCode.LinkLost);
    await fastClock.pause(1000);
    assert.equal(heard.count('disconnect'), 1);
  });

  test('the camera goes away: -2807 at once', async () => {
    const ticket = world.newTicket();
    const camera = await world.startCamera(ticket, steadyCamera());
    const module = await readyModule(world.newModule(viewerPort()));
    const heard = listen();
    await module.startP2PService('a', { url: LIVE_URL, xp2pInfo: xp2pInfoOf(ticket) }, heard);
    await heard.when('connected');
    camera.stop();
    const { errcode } = await within(SLACK_MS, 'disconnect', heard.when('disconnect'));
    assert.equal(errcode, ErrCode.ClosedByPeer);
  });

  test('two services of one camera share its session; stopping one leaves the other playing', async () => {
    const ticket = world.newTicket();
    const camera = await world.startCamera(ticket, steadyCamera());
    const module = await readyModule(world.newModule(viewerPort()));
    const info = { url: LIVE_URL, xp2pInfo: xp2pInfoOf(ticket) };
    let bytesOfB = 0;
    const dataCallback = (data: ArrayBuffer): void => {
      bytesOfB += data.byteLength;
    };
    assert.equal(await module.startP2PService('a', info, { ...listen(), dataCallback: () => {} }), 0);
    assert.equal(await module.startP2PService('b', info, { ...listen(), dataCallback }), 0);
    await until(() => bytesOfB > 0, 'media of the second');
    assert.equal(camera.viewerCount, 1);
    module.stopP2PService('a');
    const before = bytesOfB;
    await until(() => bytesOfB > before + 20_000, 'the second goes on');
    module.stopP2PService('b');
    await until(() => camera.viewerCount === 0, 'the last service out closes the session');
  });
});

describe('stop', () => {
  test('at any moment of a start, nothing is left: no timer, socket or listener', async () => {
    const ticket = world.newTicket();
    await world.startCamera(ticket, steadyCamera());
    const xp2pInfo = xp2pInfoOf(ticket);
    let lastMoment = 0;
    for (let moment = 1; moment <= 60; moment++) {
      const counting = createCountingPort(viewerPort());
      let isStopped = false;
      const ended = new Promise<void>((resolve) => {
        const port = createSteppedPort(counting, (count) => {
          if (count !== moment) return;
          isStopped = true;
          module.destroy();
          resolve();
        });
        const module = world.newModule(port);
        const servers = { signalingUrl: world.signalingUrl, stunServers: [world.stunServer] };
        void module.init({ appParams: {}, servers }).then(async (res) => {
          if (res !== 0) return;
          const callbacks = { ...listen(), dataCallback: () => {} };
          await module.startP2PService('a', { url: LIVE_URL, xp2pInfo }, callbacks);
        });
      });
      await within(60_000, `moment ${moment}`, ended);
      assert.ok(isStopped);
      await until(() => counting.use().webSockets === 0, 'the WebSocket has said goodbye');
      const use = counting.use();
      assert.deepEqual(
        { moment, ...use },
        { moment, timers: 0, udpSockets: 0, webSockets: 0, networkListeners: 0, httpRequests: 0 },
      );
      lastMoment = moment;
    }
    assert.equal(lastMoment, 60);
  });

  test('from inside the data callback, nothing is left and nothing follows', async () => {
    const ticket = world.newTicket();
    await world.startCamera(ticket, steadyCamera());
    const counting = createCountingPort(viewerPort());
    const module = await readyModule(world.newModule(counting));
    let chunksAfterDestroy = 0;
    let isDestroyed = false;
    await new Promise<void>((resolve) => {
      void module.startP2PService(
        'a',
        { url: LIVE_URL, xp2pInfo: xp2pInfoOf(ticket) },
        {
          msgCallback: () => {},
          dataCallback: () => {
            if (isDestroyed) chunksAfterDestroy++;
            isDestroyed = true;
            module.destroy();
            resolve();
          },
        },
      );
    });
    await clock.pause(200);
    assert.equal(chunksAfterDestroy, 0);
    await until(() => counting.use().webSockets === 0, 'the WebSocket has said goodbye');
    assert.deepEqual(counting.use(), {
      timers: 0,
      udpSockets: 0,
      webSockets: 0,
      networkListeners: 0,
      httpRequests: 0,
    });
  });

  test('every promise of a start that is stopped settles', async () => {
    const ticket = world.newTicket();
    await world.startCamera(ticket, steadyCamera());
    const module = world.newModule(viewerPort());
    const pendingInit = module.init(init);
    module.destroy();
    assert.equal(await within(SLACK_MS, 'init', pendingInit), ErrCode.NotInitialized);
    await readyModule(module);
    await module.startP2PService('a', { url: LIVE_URL, xp2pInfo: xp2pInfoOf(ticket) }, listen());
    const stream = module.startStream('a', { dataCallback: () => {} });
    const command = module.sendCommand('a', 'action=x');
    module.stopP2PService('a');
    assert.equal(await within(SLACK_MS, 'startStream', stream), ErrCode.StreamStartFailed);
    assert.equal((await within(SLACK_MS, 'sendCommand', command)).errcode, ErrCode.Aborted);
  });
});
