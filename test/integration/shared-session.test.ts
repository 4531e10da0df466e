import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createNodePort } from '../../devkit/port/node-port';
import { createModuleOwner } from '../../store/module-owner';
import { createPortEnvironment } from '../../store/port-environment';
import type { SessionEvent } from '../../store/session/session-state';
import { until } from '../devkit/until';
import { LIVE_URL, startLoopbackWorld, xp2pInfoOf } from '../support/loopback-world';
import type { LoopbackWorld } from '../support/loopback-world';

/** The stores' sessions on the real core: real sockets, a real handshake, two pulls. */
let world: LoopbackWorld;
const targets: string[] = [];

before(async () => {
  world = await startLoopbackWorld();
});
after(() => world.close());

describe('players of one camera, on our core', () => {
  test('share one link opened ahead, each pulls what it asks for, and one that leaves disturbs nobody', async () => {
    const ticket = world.newTicket();
    await world.startCamera(ticket, (request, response) => {
      targets.push(`${request.path}?${request.query}`);
      response.start(200, { 'content-type': 'video/x-flv' });
      const timer = setInterval(() => response.write(new Uint8Array(100)), 5);
      request.onAbort = () => clearInterval(timer);
    });
    const port = createNodePort({ includeLoopback: true });
    const owner = createModuleOwner({
      module: world.newModule(port),
      appParams: {},
      servers: { signalingUrl: world.signalingUrl, stunServers: [world.stunServer] },
      environment: createPortEnvironment(port),
    });
    const target = { id: 'door', streamInfo: { url: LIVE_URL, xp2pInfo: xp2pInfoOf(ticket) } };
    owner.sessions.prestart(target);
    const players = ['standard', 'super'].map((quality) => {
      const events: SessionEvent[] = [];
      const received = { bytes: 0 };
      const lease = owner.sessions.acquire(target, (event) => {
        events.push(event);
        if (event.type !== 'started') return;
        void lease.startStream({
          flv: { filename: 'ipc.flv', params: `action=live&quality=${quality}` },
          dataCallback: (data) => (received.bytes += data.byteLength),
          onNotice: () => {},
        });
      });
      return { events, received, lease };
    });
    const [first, second] = players as [(typeof players)[number], (typeof players)[number]];
    await until(() => first.received.bytes > 500 && second.received.bytes > 500);
    assert.deepEqual(targets.sort(), [
      '/ipc.flv?action=live&quality=standard',
      '/ipc.flv?action=live&quality=super',
    ]);
    assert.equal(first.events.at(-1)?.type, 'connected');
    first.lease.release();
    const before = [first.received.bytes, second.received.bytes];
    await until(() => second.received.bytes > before[1]! + 500);
    assert.equal(first.received.bytes, before[0]);
    second.lease.release();
    owner.destroy();
    assert.equal(owner.sessions.size, 0);
  });
});
