import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { test } from 'node:test';
import { createNodePort } from '../../devkit/port/node-port';
import { makeStreamToken } from '../../devkit/tracker/token';
import { startTrackerWorker } from '../../devkit/tracker/worker';
import { createRendezvous } from '../../p2p-core/signaling/rendezvous';
import { parseStreamToken, streamIdOf } from '../../p2p-core/swarm/stream-token';
import { TrackerChannel } from '../../p2p-core/swarm/tracker-channel';
import { freePort } from '../support/free-port';
import type { Engine } from '../contract/signaling.contract';
import { until } from '../devkit/until';
import { findProgram } from './daemon';
import { mosquitto, natsServer } from './engines';

const SECRET = new Uint8Array(32).fill(3);
const URL = 'https://live.example.com/a.flv';
const fillRandom = (bytes: Uint8Array): void => void randomFillSync(bytes);

const engines: [program: string, engine: Engine][] = [
  ['mosquitto', mosquitto],
  ['nats-server', natsServer()],
];
for (const [program, engine] of engines) {
  const skip = findProgram(program) === null && `${program} is not installed`;
  test(
    `the tracker of shared streams works through ${engine.name}, also after it was killed`,
    { skip },
    async () => {
      const login = { user: 'app', password: 'one for the test' };
      const port = await freePort();
      let broker = await engine.start({ port, login });
      const { url } = broker;
      const node = createNodePort();
      const worker = startTrackerWorker({ port: node, url, login, secret: SECRET, audit: null });
      const rendezvous = createRendezvous({ url, login, clientId: 'viewer', port: node, fillRandom });
      const heard: string[] = [];
      const channel = new TrackerChannel({
        ...{ rendezvous, clock: node.clock, log: node.log, fillRandom, streamId: streamIdOf(URL)! },
        token: parseStreamToken(
          makeStreamToken(SECRET, URL, { account: new Uint8Array(8), expiryS: 4_000_000_000 }),
        )!,
        onMessage: ({ kind }) => heard.push(kind),
      });
      const isOnline = (): boolean => worker.stats().isOnline && rendezvous.state === 'online';
      try {
        await until(isOnline, 'both are online');
        const secrets = { ticket: 'ticket', linkKey: new Uint8Array(16), url: '', region: '' };
        const rates = { isCellular: false, upKbps: 0, rateKbps: 0 };
        channel.send({ kind: 'join', variant: new Uint8Array(8), ...secrets, ...rates });
        await until(() => heard.includes('welcome'));
        await broker.kill();
        await until(() => !isOnline(), 'the broker is gone');
        broker = await engine.start({ port, login });
        await until(isOnline, 'both are back');
        channel.send({ kind: 'want', mask: 15, not: [] });
        await until(() => heard.includes('offer'), 'it is known yet');
        assert.equal(worker.stats().members, 1);
      } finally {
        channel.close();
        rendezvous.close();
        await worker.close();
        await broker.kill();
      }
    },
  );
}
