/**
 * The whole receive path of a viewer: from the socket's datagram through demultiplexing, cipher, transport, session and
 * HTTP to the bytes that an app's `dataCallback` gets, and the acknowledgements back. Live video of 2 Mbit/s, RTT 40 ms.
 * Milliseconds of computing for each second of video. The socket and the bridge of a mini program's host come on top.
 */
import { StreamPull } from '../../p2p-core/api/stream-pull';
import type { DeviceLink } from '../../p2p-core/api/device-link';
import { openExchange } from '../../p2p-core/http/client';
import { serveExchange } from '../../p2p-core/http/server';
import type { HttpServerResponse } from '../../p2p-core/http/types';
import { Endpoint } from '../../p2p-core/session/endpoint';
import type { PeerSession } from '../../p2p-core/session/peer-session';
import type { CallDescription } from '../../p2p-core/signaling/types';
import { createTransport } from '../../p2p-core/transport/transport';
import type { TransportFactory } from '../../p2p-core/transport/types';
import { nullSealer } from '../../test/sim/null-aead';
import type { LinkOptions } from '../../test/sim/link';
import { VideoSource } from '../../test/sim/video-source';
import { World } from '../../test/sim/world';
import { blindOpener } from './blind-opener';
import { best, nowMs, tell } from './engine';
import { StopwatchPort } from './stopwatch-port';

const BITS_PER_SECOND = 2e6;
const WARM_UP_MS = 1000;
// Short stretches in many rounds: one of them has a good chance to run undisturbed.
const MEASURED_SECONDS = 2;
const ROUNDS = 8;
const CAMERA = '10.0.0.1';
const VIEWER = '10.0.0.2';

function describe(endpoint: Endpoint, session: PeerSession): CallDescription {
  return {
    version: 1,
    ice: session.ice.local,
    connectionId: session.connectionId,
    candidates: endpoint.candidates(),
  };
}

/** Leaves out the cipher and nothing else. */
const withoutCipher: TransportFactory = (options, handler, nowMs) =>
  createTransport({ ...options, sealer: nullSealer, opener: blindOpener }, handler, nowMs);

/** For each second of video. */
interface Cost {
  cpuMs: number;
  datagramsSent: number;
  timersArmed: number;
}

function watch(lossRate: number, newTransport: TransportFactory): Cost {
  const world = new World(1);
  const link: LinkOptions = { delayMs: 20, lossRate, bitsPerSecond: 20e6, queueBytes: 256 * 1024 };
  const cameraPort = new StopwatchPort(CAMERA, VIEWER, world.clock, world.random);
  const viewerPort = new StopwatchPort(VIEWER, CAMERA, world.clock, world.random);
  cameraPort.out = world.link(link, (datagram) => viewerPort.receive(datagram));
  viewerPort.out = world.link(link, (datagram) => cameraPort.receive(datagram));
  const camera = new Endpoint(cameraPort, newTransport);
  const viewer = new Endpoint(viewerPort, newTransport);
  camera.open(() => undefined);
  viewer.open(() => undefined);

  const untilMs = WARM_UP_MS + MEASURED_SECONDS * 1000;
  const serve = (response: HttpServerResponse): void => {
    response.start(200, { 'content-type': 'video/x-flv' });
    const write = (_streamId: number, bytes: Uint8Array): number => {
      response.write(bytes);
      return bytes.length;
    };
    new VideoSource(world, { write }, 0, BITS_PER_SECOND).start(untilMs);
  };
  const cameraSession = camera.createSession('server', {
    onConnected: () => undefined,
    onStream: (stream) => serveExchange(stream, (_request, response) => serve(response)),
    onClosed: (_errcode, errmsg) => fail(errmsg),
  });
  const viewerSession = viewer.createSession('client', {
    onConnected: () => undefined,
    onStream: () => null,
    onClosed: (_errcode, errmsg) => fail(errmsg),
  });
  const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
  const ofCamera = describe(camera, cameraSession);
  const ofViewer = describe(viewer, viewerSession);
  cameraSession.start(keys[0].slice(), keys[1].slice(), ofViewer);
  viewerSession.start(keys[1].slice(), keys[0].slice(), ofCamera);

  let bytes = 0;
  const dataCallback = (data: ArrayBuffer): void => {
    bytes += data.byteLength;
  };
  // What StreamPull asks of a DeviceLink; the rest of one is about making the call.
  const deviceLink: Pick<DeviceLink, 'get' | 'isConnected'> = {
    isConnected: true,
    get: (target, priority, handler) =>
      openExchange(
        (streamHandler) => viewerSession.openStream(priority, streamHandler),
        { method: 'GET', target },
        handler,
      ),
  };
  const pull = new StreamPull(
    deviceLink as DeviceLink,
    viewerPort.clock,
    { filename: 'ipc.flv', params: 'action=live', dataCallback, headTimeoutMs: 5000 },
    {
      onRequest: () => undefined,
      onParsed: () => undefined,
      onStarted: (errcode, errmsg) => (errcode === 0 ? undefined : fail(errmsg)),
      onSkipped: () => fail('the camera left pictures out'),
      onEnded: (_errcode, errmsg) => fail(errmsg),
    },
  );
  pull.start();

  world.run(WARM_UP_MS);
  const before = {
    bytes,
    cpuMs: viewerPort.cpuMs,
    datagramsSent: viewerPort.datagramsSent,
    timersArmed: viewerPort.timersArmed,
  };
  world.run(untilMs);
  const expectedBytes = (BITS_PER_SECOND / 8) * MEASURED_SECONDS;
  if (Math.abs(bytes - before.bytes - expectedBytes) > expectedBytes * 0.05) {
    throw new Error(`${bytes - before.bytes} bytes arrived instead of ${expectedBytes}`);
  }
  return {
    cpuMs: (viewerPort.cpuMs - before.cpuMs) / MEASURED_SECONDS,
    datagramsSent: (viewerPort.datagramsSent - before.datagramsSent) / MEASURED_SECONDS,
    timersArmed: (viewerPort.timersArmed - before.timersArmed) / MEASURED_SECONDS,
  };
}

function fail(errmsg: string): never {
  throw new Error(errmsg);
}

/** What reading the clock costs an engine: the stopwatch does it several times for a packet. */
function clockMs(): number {
  const reads = 2000;
  const start = nowMs();
  for (let i = 0; i < reads; i++) nowMs();
  return (nowMs() - start) / reads;
}

const { datagramsSent, timersArmed } = watch(0, withoutCipher);
tell({
  cleanMs: best(ROUNDS, () => watch(0, createTransport).cpuMs),
  lossyMs: best(ROUNDS, () => watch(0.05, createTransport).cpuMs),
  withoutCipherMs: best(ROUNDS, () => watch(0, withoutCipher).cpuMs),
  clockMicroseconds: best(5, clockMs) * 1000,
  datagramsSent,
  timersArmed,
});
