import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createNodePort } from '../../devkit/port/node-port';
import type { HttpServerHandler } from '../../p2p-core/http/types';
import { ErrCode } from '../../p2p-core/index';
import type { Port } from '../../p2p-core/port/port';
import { createTappedPort } from '../support/tapped-port';
import { freePort } from '../support/free-port';
import { LIVE_URL, startLoopbackWorld, xp2pInfoOf } from '../support/loopback-world';
import type { LoopbackWorld } from '../support/loopback-world';
import { startProcessClock } from '../support/process-clock';

const IDLE_TIMEOUT_MS = 15_000;

/** Of both ends: it stands still while a busy machine lets them wait, and is quick while they wait for each other. */
const clock = startProcessClock(5);
let world: LoopbackWorld;
before(async () => {
  world = await startLoopbackWorld();
});
after(async () => {
  await world.close();
  clock.stop();
});

const steadyLive: HttpServerHandler = (request, response) => {
  response.start(200, { 'content-type': 'video/x-flv' });
  const timer = setInterval(() => response.write(new Uint8Array(2000)), 10);
  request.onAbort = () => clearInterval(timer);
};

/** A port that falls silent at once and for good: nothing that is sent from then on leaves it. */
function createMortalPort(port: Port): { port: Port; die(): void } {
  let isDead = false;
  const tapped = createTappedPort(port, { outgoing: (datagram) => (isDead ? null : datagram) });
  return {
    port: {
      ...tapped,
      openWebSocket(url, protocol, handlers) {
        const link = port.openWebSocket(url, protocol, handlers);
        return { send: (bytes) => isDead || link.send(bytes), close: () => link.close() };
      },
    },
    die: () => (isDead = true),
  };
}

test('a camera that restarts without a goodbye, on the same UDP port, tells its viewers at once', async () => {
  const ticket = world.newTicket();
  const bindPort = await freePort();
  const nodePort = (): Port => ({ ...createNodePort({ includeLoopback: true, bindPort }), clock });
  const first = createMortalPort(nodePort());
  const camera = await world.startCamera(ticket, steadyLive, first.port);

  const module = world.newModule({ ...createNodePort({ includeLoopback: true }), clock });
  assert.equal(await module.init({ appParams: {} }), 0);
  const disconnects: { errcode: number; errmsg: string }[] = [];
  let bytes = 0;
  const service = { url: LIVE_URL, xp2pInfo: xp2pInfoOf(ticket) };
  const callbacks = {
    msgCallback: (_event: string, subtype: string, detail: unknown) => {
      if (subtype === 'disconnect') disconnects.push(detail as { errcode: number; errmsg: string });
    },
    dataCallback: (data: ArrayBuffer) => void (bytes += data.byteLength),
  };
  assert.equal(await module.startP2PService('a', service, callbacks), 0);
  await until('media', () => bytes > 20_000);

  first.die();
  camera.stop();
  const diedAtMs = clock.nowMs();
  await world.startCamera(ticket, steadyLive, nodePort());
  await until('disconnect', () => disconnects.length > 0);
  const tookMs = clock.nowMs() - diedAtMs;
  assert.equal(disconnects[0]!.errcode, ErrCode.ClosedByPeer);
  assert.match(disconnects[0]!.errmsg, /the camera has restarted/);
  // A viewer without the reset would have to wait for the idle timeout.
  assert.ok(tookMs < IDLE_TIMEOUT_MS - 3000, `${tookMs} ms`);

  module.stopP2PService('a');
  bytes = 0;
  assert.equal(await module.startP2PService('a', service, callbacks), 0);
  await until('media again', () => bytes > 20_000);
  module.stopP2PService('a');
});

async function until(what: string, isDone: () => boolean): Promise<void> {
  const deadlineMs = clock.nowMs() + 12_000;
  while (!isDone()) {
    assert.ok(clock.nowMs() < deadlineMs, `${what}: not within 12 s`);
    await clock.pause(10);
  }
}
