import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrCode } from '../../../p2p-core/index';
import type { TracedModuleOptions } from '../../../p2p-core/api/module';
import type { CommandOptions, CommandResult } from '../../../p2p-core/index';
import { openEnvelope, sealEnvelope, signalingKeys } from '../../../p2p-core/signaling/envelope';
import { createRendezvous } from '../../../p2p-core/signaling/rendezvous';
import { decodeSignalMessage, encodeSignalMessage } from '../../../p2p-core/signaling/signal-message';
import { formatXp2pInfo } from '../../../p2p-core/signaling/ticket';
import { cameraTopic } from '../../../p2p-core/signaling/topics';
import { createTransport } from '../../../p2p-core/transport/transport';
import { inWorld } from '../../sim/session-world';
import type { SessionWorld, SessionWorldOptions } from '../../sim/session-world';
import { SIGNALING_URL } from '../../sim/session-world-app';
import type { SimViewer } from '../../sim/session-world-viewer';
import { CommandClient } from '../../../store/command/command-client';
import { DeviceCommands } from '../../../store/command/device-commands';
import { PlayerWorld } from '../../store/support/player-world';
import { LiveServer } from '../swarm/support/live-server';
import { publish } from '../swarm/support/publisher';
import { FakeRecorder } from './support/fake-recorder';

/**
 * Every code of the table, by the cause that it has in the field. One test each, named by the code; the last test sees to
 * it that none is missing.
 */
const shown = new Set<number>();

type Body = (viewer: SimViewer, world: SessionWorld) => Promise<void>;

function code(
  errcode: ErrCode,
  sentence: string,
  body: Body,
  options: Partial<SessionWorldOptions> = {},
  moduleOptions: TracedModuleOptions = {},
): void {
  shown.add(errcode);
  test(`${errcode}: ${sentence}`, () =>
    inWorld({ seed: 1, isPinned: false, ...options }, async (world) => {
      await body(world.addViewer(moduleOptions), world);
    }));
}

/** A service that is connected. */
async function connect(viewer: SimViewer, world: SessionWorld) {
  await viewer.getReady();
  const { heard } = viewer.start('a');
  await world.until('connected', () => heard.count('connected') === 1);
  return heard;
}

/** The code with which a service is told that its link is gone, or could not be made. */
async function disconnected(viewer: SimViewer, world: SessionWorld, xp2pInfo?: string): Promise<number> {
  const { heard, call } = viewer.start('a', null, xp2pInfo);
  await world.until('disconnect', () => heard.count('disconnect') === 1, 20_000);
  assert.equal(call.value, ErrCode.Ok);
  return heard.events.find((event) => event.subtype === 'disconnect')!.detail.errcode;
}

const started = async (
  viewer: SimViewer,
  world: SessionWorld,
  xp2pInfo?: string,
): Promise<number | undefined> => {
  const { call } = viewer.start('a', null, xp2pInfo);
  await world.run(1);
  return call.value;
};

describe('codes of the guide', () => {
  code(ErrCode.Ok, 'everything works', async (viewer, world) => {
    assert.equal(await world.result('init', viewer.init()), ErrCode.Ok);
    const sink = viewer.newSink();
    const { call } = viewer.start('a', sink);
    await world.until('media', () => sink.bytes > 0);
    assert.equal(call.value, ErrCode.Ok);
  });

  code(ErrCode.BadArgument, 'init is given no appParams', async (viewer, world) => {
    assert.equal(await world.result('init', viewer.module.init({} as never)), ErrCode.BadArgument);
  });

  code(ErrCode.BadXp2pInfo, 'the xp2pInfo was cut off when it was copied', async (viewer, world) => {
    await viewer.getReady();
    assert.equal(await started(viewer, world, world.camera.xp2pInfo.slice(0, 40)), ErrCode.BadXp2pInfo);
  });

  code(ErrCode.NotInitialized, 'a service is started before init', async (viewer, world) => {
    assert.equal(await started(viewer, world), ErrCode.NotInitialized);
  });

  code(ErrCode.AlreadyInitialized, 'init is called twice, as by two pages', async (viewer, world) => {
    await viewer.getReady();
    assert.equal(await world.result('init', viewer.init()), ErrCode.AlreadyInitialized);
  });

  code(
    ErrCode.Unsupported,
    'a command for a stream that is shared by many viewers',
    async (viewer, world) => {
      await viewer.getReady();
      const info = { url: 'https://example.com/live.flv' };
      const callbacks = { msgCallback: () => undefined };
      const promise = viewer.module.startP2PService('a', info, callbacks);
      assert.equal(await world.result('start', promise), ErrCode.Ok);
      const { type, errcode } = await world.result('command', viewer.module.sendCommand('a', 'cmd=x'));
      assert.deepEqual([type, errcode], ['error', ErrCode.Unsupported]);
    },
  );

  code(ErrCode.BadArgument, 'a command with options that are none', async (viewer, world) => {
    await connect(viewer, world);
    for (const options of [null, { timeoutMs: 0 }, { timeoutMs: NaN }, { responseType: 'json' }]) {
      const promise = viewer.module.sendCommand('a', 'cmd=x', options as CommandOptions);
      const { type, errcode } = await world.result('command', promise);
      assert.deepEqual([type, errcode], ['error', ErrCode.BadArgument]);
    }
  });

  code(ErrCode.DeviceVersionTooLow, 'the camera has a version before 2.3.0', async (viewer, world) => {
    await viewer.getReady();
    const old = formatXp2pInfo({ ...world.camera.ticket, deviceVersion: '2.2.1' });
    assert.equal(await started(viewer, world, old), ErrCode.DeviceVersionTooLow);
  });

  code(
    ErrCode.ProbeAlreadyRunning,
    'init while the probe of a reset runs; the reset itself goes on',
    async (viewer, world) => {
      await viewer.getReady();
      const reset = viewer.reset();
      assert.equal(await world.result('init', viewer.init()), ErrCode.ProbeAlreadyRunning);
      await world.until('reset', () => reset.isSettled);
      assert.equal(reset.value, ErrCode.Ok);
    },
    { hasStun: true },
  );

  code(
    ErrCode.ProbeFailed,
    'no STUN server answers: the phone has no network',
    async (viewer, world) => {
      viewer.host.isOffline = true;
      assert.equal(await world.result('init', viewer.init()), ErrCode.ProbeFailed);
      assert.notEqual(viewer.module.getUUID(), '', 'its logs can be found all the same');
    },
    { hasStun: true },
  );

  // The core runs no server: live-player fetches from that of the player plugin, and the store reports what became of it.
  shown.add(ErrCode.LocalServerFailed);
  test(`${ErrCode.LocalServerFailed}: the local server of the player is dead, as after a while in the background`, async () => {
    const world = new PlayerWorld();
    await world.play();
    world.code(2103, 'errCode:-1004 errMsg:Failed to connect to /127.0.0.1:1234');
    assert.equal(world.errors[0]!.errDetail.errcode, ErrCode.LocalServerFailed);
    world.store.destroy();
  });

  code(ErrCode.AlreadyStarted, 'a service is started again without a stop', async (viewer, world) => {
    await connect(viewer, world);
    assert.equal(await started(viewer, world), ErrCode.AlreadyStarted);
  });

  code(ErrCode.StreamStartFailed, 'the camera has no such stream', async (viewer, world) => {
    const heard = await connect(viewer, world);
    const call = viewer.pull('a', viewer.newSink(), 'status=404');
    await world.run(1000);
    assert.equal(call.value, ErrCode.StreamStartFailed);
    const parsed = heard.events.find((event) => event.subtype === 'parsed');
    assert.equal((parsed!.detail as unknown as { status: number }).status, 404, 'which says why');
  });

  code(ErrCode.ServiceNotStarted, 'a stream is started on a service that is not', async (viewer, world) => {
    await viewer.getReady();
    const call = viewer.pull('nobody', viewer.newSink());
    await world.run(1);
    assert.equal(call.value, ErrCode.ServiceNotStarted);
  });

  code(ErrCode.EnvironmentUnsupported, 'the platform has no secure random', async (viewer, world) => {
    viewer.sim.hasSecureRandom = false;
    assert.equal(await world.result('init', viewer.init()), ErrCode.EnvironmentUnsupported);
  });

  code(
    ErrCode.EncryptFailed,
    'the packet numbers under the keys of a session are used up, so that nothing may be sealed any more',
    async (viewer, world) => {
      await viewer.getReady();
      viewer.start('b', viewer.newSink());
      assert.equal(await disconnected(viewer, world), ErrCode.EncryptFailed);
    },
    {},
    // 2^32 packets are three months of video; the limit is the transport's own, only lower.
    {
      createTransport: (options, handler, nowMs) =>
        createTransport({ ...options, packetNumberLimit: 20 }, handler, nowMs),
    },
  );

  code(
    ErrCode.DecryptFailed,
    'somebody who has the xp2pInfo, but not the private key of the camera, answers in its place',
    async (viewer, world) => {
      await viewer.getReady();
      world.camera.crash();
      const { ticket } = world.camera;
      const keys = signalingKeys(ticket);
      const port = world.newPort('impostor', world.network.addHost('6.6.6.6'));
      const { fill: fillRandom } = world.random;
      const rendezvous = createRendezvous({ url: SIGNALING_URL, clientId: 'impostor', port, fillRandom });
      rendezvous.subscribe(cameraTopic(ticket.peerName), (payload) => {
        const plain = openEnvelope(keys.toCamera, payload);
        const message = plain && decodeSignalMessage(plain);
        if (!message || message.kind !== 'offer') return;
        const handshake = new Uint8Array(200);
        fillRandom(handshake);
        const answer = encodeSignalMessage({ kind: 'answer', callId: message.callId, handshake });
        rendezvous.publish(message.replyTopic, sealEnvelope(keys.toViewer, answer, fillRandom));
      });
      await world.run(500);
      assert.equal(await disconnected(viewer, world), ErrCode.DecryptFailed);
      rendezvous.close();
    },
    { isPinned: true },
  );

  code(
    ErrCode.VoiceStartFailed,
    'somebody else talks to the camera',
    async (viewer, world) => {
      await connect(viewer, world);
      const recorder = new FakeRecorder(world.clock);
      const promise = viewer.module.startVoice('a', recorder, {});
      assert.equal(await world.result('startVoice', promise), ErrCode.VoiceStartFailed);
    },
    {
      onRequest: () => (_request, response) => {
        response.start(409, { 'content-length': '0' });
        response.end();
      },
    },
  );

  code(ErrCode.DownloadFailed, 'the camera has no such file', async (viewer, world) => {
    await connect(viewer, world);
    const callbacks = { onChunkReceived: () => undefined, onComplete: () => undefined };
    const options = { urlParams: 'channel=0&file_name=a.mp4&offset=0&status=404' };
    const promise = viewer.module.startLocalDownload('a', options, callbacks);
    assert.equal(await world.result('startLocalDownload', promise), ErrCode.DownloadFailed);
  });
});

describe('codes beyond the guide, with which a link ends', () => {
  code(ErrCode.ConnectTimeout, 'the xp2pInfo is of a camera that was never here', async (viewer, world) => {
    await viewer.getReady();
    const peerName = new Uint8Array(16).fill(9);
    const stranger = formatXp2pInfo({ ...world.camera.ticket, peerName });
    assert.equal(await disconnected(viewer, world, stranger), ErrCode.ConnectTimeout);
  });

  code(ErrCode.SignalingUnreachable, 'the rendezvous server is down', async (viewer, world) => {
    await viewer.getReady();
    world.broker.stop();
    await world.run(1000);
    assert.equal(await disconnected(viewer, world), ErrCode.SignalingUnreachable);
  });

  code(ErrCode.DeviceOffline, 'the camera was switched off', async (viewer, world) => {
    await viewer.getReady();
    world.camera.stop();
    await world.run(1000);
    assert.equal(await disconnected(viewer, world), ErrCode.DeviceOffline);
  });

  code(
    ErrCode.Refused,
    'the camera has as many viewers as it takes',
    async (viewer, world) => {
      await connect(viewer, world);
      const second = world.addViewer();
      await second.getReady();
      assert.equal(await disconnected(second, world), ErrCode.Refused);
    },
    { maxViewers: 1 },
  );

  code(ErrCode.NoPath, 'no datagram passes between viewer and camera', async (viewer, world) => {
    await viewer.getReady();
    world.network.filter = () => false;
    assert.equal(await disconnected(viewer, world), ErrCode.NoPath);
  });

  code(ErrCode.LinkLost, 'the network is gone for longer than the idle timeout', async (viewer, world) => {
    const heard = await connect(viewer, world);
    viewer.sim.goOffline();
    await world.until('disconnect', () => heard.count('disconnect') === 1, 60_000);
    assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.LinkLost);
    viewer.sim.goOnline();
  });

  code(ErrCode.ClosedByPeer, 'the camera is switched off while it plays', async (viewer, world) => {
    const heard = await connect(viewer, world);
    world.camera.stop();
    await world.until('disconnect', () => heard.count('disconnect') === 1);
    assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.ClosedByPeer);
  });
});

describe('codes beyond the guide, of shared streams', () => {
  code(
    ErrCode.OriginLost,
    'the server of the stream went away and did not come back',
    async (viewer, world) => {
      await viewer.getReady();
      const heard = viewer.listen('a');
      const server = new LiveServer(world.clock, publish({ seed: 1, seconds: 60 }));
      viewer.sim.httpServer = server.serve;
      const callbacks = { msgCallback: heard.msgCallback, dataCallback: () => undefined };
      const promise = viewer.module.startP2PService('a', { url: 'https://example.com/live.flv' }, callbacks);
      assert.equal(await world.result('start', promise), ErrCode.Ok);
      await world.run(3000);
      server.isSilent = true;
      server.breakAll();
      await world.until('disconnect', () => heard.count('disconnect') === 1, 20_000);
      assert.equal(heard.events.at(-1)!.detail.errcode, ErrCode.OriginLost);
    },
  );
});

describe('codes beyond the guide, with which a request ends', () => {
  const ask = (viewer: SimViewer, world: SessionWorld, command: string): Promise<CommandResult> =>
    world.result('command', viewer.module.sendCommand('a', command, { timeoutMs: 2000 }));

  code(
    ErrCode.ProtocolViolation,
    'the camera answers a command with more than an answer may have',
    async (viewer, world) => {
      await connect(viewer, world);
      const { type, errcode } = await ask(viewer, world, 'cmd=all');
      assert.deepEqual([type, errcode], ['error', ErrCode.ProtocolViolation]);
    },
    {
      onRequest: () => (_request, response) => {
        response.start(200, {});
        for (let i = 0; i < 20; i++) response.write(new Uint8Array(65_536));
        response.end();
      },
    },
  );

  code(ErrCode.Timeout, 'the camera does not answer a command', async (viewer, world) => {
    await connect(viewer, world);
    const { type, errcode } = await ask(viewer, world, 'cmd=silent');
    assert.deepEqual([type, errcode], ['timeout', ErrCode.Timeout]);
  });

  code(
    ErrCode.Aborted,
    'the service is stopped while a command waits for its answer',
    async (viewer, world) => {
      await connect(viewer, world);
      const answer = ask(viewer, world, 'cmd=silent');
      viewer.stop('a');
      const { type, errcode } = await answer;
      assert.deepEqual([type, errcode], ['error', ErrCode.Aborted]);
    },
  );

  code(ErrCode.HttpStatus, 'the camera answers a command with an error', async (viewer, world) => {
    await connect(viewer, world);
    const { type, status, errcode } = await ask(viewer, world, 'cmd=fail');
    assert.deepEqual([type, status, errcode], ['failure', 500, ErrCode.HttpStatus]);
  });

  code(
    ErrCode.CommandRefused,
    'the camera understands a command and does not carry it out',
    async (viewer, world) => {
      await connect(viewer, world);
      const { nowMs, wallMs, setTimer, clearTimer } = world.clock;
      const environment = {
        ...{ nowMs, wallMs, setTimer, clearTimer },
        random: () => 0.5,
        onNetworkChange: () => () => undefined,
      };
      const client = new CommandClient({ id: 'a', module: viewer.module, environment });
      const asked = new DeviceCommands(client).getRecordedDays(2026, 11).catch((error: unknown) => error);
      assert.equal(
        ((await world.result('command', asked)) as { errcode: number }).errcode,
        ErrCode.CommandRefused,
      );
    },
    {
      onRequest: () => (_request, response) => {
        response.start(200, { 'content-type': 'application/json' });
        response.write(new TextEncoder().encode('{"status":"1"}'));
        response.end();
      },
    },
  );
});

test('every code of the table has its test', () => {
  assert.deepEqual(
    [...shown].sort((a, b) => b - a),
    Object.values(ErrCode).sort((a, b) => b - a),
  );
});
