import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { createNodePort } from '../../../devkit/port/node-port';
import { startBroker } from '../../../devkit/servers/broker';
import type { Broker } from '../../../devkit/servers/broker';
import type { Port } from '../../../p2p-core/port/port';
import { createRendezvous } from '../../../p2p-core/signaling/rendezvous';
import type { RendezvousOptions } from '../../../p2p-core/signaling/rendezvous';
import { presenceTopic, viewerTopic } from '../../../p2p-core/signaling/topics';
import type { Rendezvous } from '../../../p2p-core/signaling/types';
import { TestRandom, fillRandom } from './support';

const opened: Rendezvous[] = [];
const brokers: Broker[] = [];
after(async () => {
  for (const rendezvous of opened) rendezvous.close();
  for (const broker of brokers) await broker.close();
});

async function broker(port = 0, login?: { user: string; password: string }): Promise<Broker> {
  const started = await startBroker({ host: '127.0.0.1', port, ...(login ? { login } : {}) });
  brokers.push(started);
  return started;
}

function connect(port: number, options: Partial<RendezvousOptions> = {}): Rendezvous {
  const rendezvous = createRendezvous({
    url: `ws://127.0.0.1:${port}/mqtt`,
    clientId: `t${new TestRandom().below(1e9)}${opened.length}`,
    port: createNodePort(),
    fillRandom,
    ...options,
  });
  opened.push(rendezvous);
  return rendezvous;
}

/** The next state change to `state`; fails the test after 10 s. */
function until(rendezvous: Rendezvous, state: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ${state} within 10 s`)), 10_000);
    rendezvous.onStateChange = (now, reason) => {
      if (now !== state) return;
      clearTimeout(timer);
      resolve(reason);
    };
  });
}

/** The first message on the topic for which `isIt`. */
function message(
  rendezvous: Rendezvous,
  topic: string,
  isIt: (text: string, isRetained: boolean) => boolean = () => true,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no message within 10 s')), 10_000);
    rendezvous.subscribe(topic, (payload, isRetained) => {
      const text = Buffer.from(payload).toString();
      if (!isIt(text, isRetained)) return;
      clearTimeout(timer);
      resolve(text);
    });
  });
}

const utf8 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const topicOf = (seed: number): string => viewerTopic(new TestRandom(seed).bytes(16));
const presence = presenceTopic(new TestRandom(9).bytes(16));

/** A port whose sockets can be cut without any goodbye. */
function cuttablePort(): { port: Pick<Port, 'clock' | 'openWebSocket' | 'log'>; cut(): void } {
  const { clock, log } = createNodePort();
  const sockets: WebSocket[] = [];
  return {
    port: {
      clock,
      log,
      openWebSocket(url, protocol, handlers) {
        const socket = new WebSocket(url, protocol);
        sockets.push(socket);
        socket.binaryType = 'nodebuffer';
        socket.on('open', () => handlers.onOpen());
        socket.on('message', (data: Buffer) => handlers.onMessage(Uint8Array.from(data)));
        socket.on('error', () => undefined);
        socket.on('close', () => handlers.onClose('closed'));
        return {
          send: (bytes) => {
            if (socket.readyState === WebSocket.OPEN) socket.send(Buffer.from(bytes));
          },
          close: () => socket.close(),
        };
      },
    },
    cut: () => sockets.forEach((socket) => socket.terminate()),
  };
}

describe('a rendezvous at a real broker', () => {
  test('carries messages both ways, with QoS 0 and 1, without waiting to be online first', async () => {
    const { port } = await broker();
    const camera = connect(port);
    const viewer = connect(port);
    const atCamera = message(camera, topicOf(1));
    const atViewer = message(viewer, topicOf(2));
    await Promise.all([until(camera, 'online'), until(viewer, 'online')]);
    viewer.publish(topicOf(1), utf8('offer'));
    camera.publish(topicOf(2), utf8('answer'), { qos: 1 });
    assert.deepEqual(await Promise.all([atCamera, atViewer]), ['offer', 'answer']);
    const late = connect(port);
    const again = message(camera, topicOf(1), (text) => text === 'at once');
    late.publish(topicOf(1), utf8('at once'));
    assert.equal(await again, 'at once');
  });

  test('carries a message of 12 KB', async () => {
    const { port } = await broker();
    const one = connect(port);
    const big = 'x'.repeat(12_000);
    const heard = message(one, topicOf(3));
    await until(one, 'online');
    one.publish(topicOf(3), utf8(big), { qos: 1 });
    assert.equal(await heard, big);
  });

  test('keeps a retained message for those who come later', async () => {
    const { port } = await broker();
    const camera = connect(port);
    camera.publish(presence, utf8('online'), { qos: 1, isRetained: true });
    await message(camera, presence);
    assert.equal(await message(connect(port), presence, (_, isRetained) => isRetained), 'online');
  });

  test('publishes the will when its socket is cut, and not when it is closed', async () => {
    const { port } = await broker();
    const watcher = connect(port);
    await until(watcher, 'online');
    const heard: string[] = [];
    watcher.subscribe(presence, (payload) => heard.push(Buffer.from(payload).toString()));
    const will = { topic: presence, payload: utf8('vanished'), isRetained: true };

    const closed = connect(port, { will: { ...will, payload: utf8('closed') } });
    await until(closed, 'online');
    closed.close();

    const cuttable = cuttablePort();
    const cut = connect(port, { will, port: cuttable.port });
    await until(cut, 'online');
    const offline = message(watcher, presence, (text) => text === 'vanished');
    cuttable.cut();
    await offline;
    cut.close();
    assert.ok(!heard.includes('closed'), heard.join());
  });

  test('comes back with its subscriptions when the broker restarts', async () => {
    const first = await broker();
    const rendezvous = connect(first.port);
    const other = connect(first.port);
    const heard: string[] = [];
    rendezvous.subscribe(topicOf(4), (payload) => heard.push(Buffer.from(payload).toString()));
    await Promise.all([until(rendezvous, 'online'), until(other, 'online')]);
    const lost = [until(rendezvous, 'connecting'), until(other, 'connecting')];
    await first.close();
    await Promise.all(lost);
    const back = [until(rendezvous, 'online'), until(other, 'online')];
    const second = await broker(first.port);
    assert.equal(second.port, first.port);
    await Promise.all(back);
    const again = message(rendezvous, topicOf(4), (text) => text === 'after');
    other.publish(topicOf(4), utf8('after'), { qos: 1 });
    await again;
    assert.deepEqual(heard, ['after']);
  });

  test('says that the login was refused, and comes in with the right one', async () => {
    const login = { user: 'app', password: 'correct' };
    const { port } = await broker(0, login);
    const wrong = connect(port, { login: { user: 'app', password: 'guess' } });
    assert.equal(await until(wrong, 'connecting'), 'login-refused');
    assert.equal(await until(connect(port), 'connecting'), 'login-refused');
    assert.equal(await until(connect(port, { login }), 'online'), 'connected');
  });
});
