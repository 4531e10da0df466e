import { spawn } from 'node:child_process';
import { createHmac, randomFillSync } from 'node:crypto';
import { createNodePort } from '../../devkit/port/node-port';
import { TOLD_TOGETHER } from '../../devkit/tracker/worker';
import { createRendezvous } from '../../p2p-core/signaling/rendezvous';
import { streamInboxTopic } from '../../p2p-core/signaling/topics';
import { INBOX_BYTES, joinRoots } from '../../p2p-core/swarm/tracker-sealing';
import { cpuMs } from './crowd';

/** Takes everything and sends nothing on, in a process of its own: its time does not count. */
const SINK = `
  import { WebSocketServer } from 'ws';
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => console.log(server.address().port));
  server.on('connection', (socket) => socket.once('message', () => socket.send(Uint8Array.of(0x20, 2, 0, 0))));
`;
const VIEWERS = 2000;
const ROUNDS = 20;

/** What it costs the tracker to tell one viewer a root, as the worker does: the MAC, MQTT, WebSocket and the socket. In µs. */
export async function measureRoots(message: Uint8Array): Promise<number> {
  const sink = spawn(process.execPath, ['--input-type=module', '-e', SINK], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const portNo = await new Promise<number>((resolve) =>
    sink.stdout.once('data', (text) => resolve(Number(text))),
  );
  const rendezvous = createRendezvous({
    url: `ws://127.0.0.1:${portNo}/mqtt`,
    clientId: 'tracker',
    port: createNodePort(),
    fillRandom: (bytes) => void randomFillSync(bytes),
  });
  const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
  while (rendezvous.state !== 'online') await pause(5);
  const key = new Uint8Array(32);
  const inboxes = Array.from({ length: VIEWERS }, (_, i) => new Uint8Array(INBOX_BYTES).fill(i));
  const topics = inboxes.map(streamInboxTopic);
  let beforeMs = 0;
  for (let round = -5; round < ROUNDS; round++) {
    if (round === 0) beforeMs = cpuMs();
    for (let i = 0; i < VIEWERS; i++) {
      const mac = createHmac('sha256', key).update(inboxes[i]!).update(message).digest();
      rendezvous.publish(topics[i]!, joinRoots(message, mac), { hasMore: (i + 1) % TOLD_TOGETHER !== 0 });
    }
    await pause(50);
  }
  const micros = (1000 * (cpuMs() - beforeMs)) / ROUNDS / VIEWERS;
  rendezvous.close();
  sink.kill();
  return micros;
}
