import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { createCameraHost } from '../../devkit/camera/camera-host';
import type { CameraHost } from '../../devkit/camera/camera-host';
import { newIdentity, ticketOf } from '../../devkit/camera/identity';
import { createNodePort } from '../../devkit/port/node-port';
import type { KeyPair } from '../../p2p-core/crypto/noise';
import { createP2PModule } from '../../p2p-core/index';
import type { P2PModule } from '../../p2p-core/index';
import type { Port } from '../../p2p-core/port/port';
import { openEnvelope, signalingKeys } from '../../p2p-core/signaling/envelope';
import { decodePresence } from '../../p2p-core/signaling/presence';
import { createRendezvous } from '../../p2p-core/signaling/rendezvous';
import type { RendezvousOptions } from '../../p2p-core/signaling/rendezvous';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { presenceTopic, viewerTopic } from '../../p2p-core/signaling/topics';
import type { PeerTicket, Rendezvous } from '../../p2p-core/signaling/types';
import { TestRandom, fillRandom } from '../p2p-core/signaling/support';
import { freePort } from '../support/free-port';

export { freePort };

export interface Login {
  user: string;
  password: string;
}

/** A broker that can be started and killed. */
export interface Engine {
  name: string;
  /** Listens on 127.0.0.1:`port` and accepts nobody without this login. Resolves when it accepts connections. */
  start(options: { port: number; login: Login }): Promise<RunningBroker>;
}

export interface RunningBroker {
  /** Of MQTT over WebSocket. */
  url: string;
  /** Ends at once, without a goodbye to anybody. */
  kill(): Promise<void>;
}

const LOGIN: Login = { user: 'contract', password: 'a password with spaces: and ü' };
/** Nothing takes so long: it will never come true. */
const WAIT_MS = 60_000;
const LIVE_URL = 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0';

/** What our signaling needs of a broker. An engine that passes can take the place of the embedded one. */
export function signalingContract(engine: Engine): void {
  describe(`the rendezvous through ${engine.name}`, () => {
    const closers: (() => unknown)[] = [];
    after(async () => {
      for (const close of closers.reverse()) await close();
    });
    let port = 0;
    let broker: RunningBroker;
    const startBroker = async (): Promise<void> => {
      broker = await engine.start({ port, login: LOGIN });
    };
    let count = 0;
    const connect = (options: Partial<RendezvousOptions> = {}): Rendezvous => {
      const rendezvous = createRendezvous({
        url: broker.url,
        login: LOGIN,
        clientId: `contract-${process.pid}-${count++}`,
        port: createNodePort(),
        fillRandom,
        ...options,
      });
      closers.push(() => rendezvous.close());
      return rendezvous;
    };

    test('starts', async () => {
      port = await freePort();
      await startBroker();
      closers.push(() => broker.kill());
    });

    test('carries messages both ways with QoS 0 and 1, also those that were said before it was online', async () => {
      const [camera, viewer] = [connect(), connect()];
      const atCamera = hear(camera, topicOf(1));
      const atViewer = hear(viewer, topicOf(2));
      await Promise.all([listening(camera), listening(viewer)]);
      viewer.publish(topicOf(1), utf8('offer'));
      await atCamera.until('offer');
      camera.publish(topicOf(2), utf8('answer'), { qos: 1 });
      await atViewer.until('answer');
      connect().publish(topicOf(1), utf8('at once'));
      await atCamera.until('at once');
      assert.deepEqual(atCamera.words, ['offer', 'at once']);
    });

    test('keeps the order of what one peer says with one QoS', async () => {
      const [speaker, listener] = [connect(), connect()];
      const heard = hear(listener, topicOf(3));
      await Promise.all([state(speaker, 'online'), listening(listener)]);
      const words = Array.from({ length: 20 }, (_, i) => `word ${i}`);
      for (const word of words) speaker.publish(topicOf(3), utf8(word), { qos: 1 });
      await heard.until('word 19');
      assert.deepEqual(heard.words, words);
    });

    test('carries the largest envelope', async () => {
      const [speaker, listener] = [connect(), connect()];
      const heard = hear(listener, topicOf(4));
      await Promise.all([state(speaker, 'online'), listening(listener)]);
      speaker.publish(topicOf(4), utf8('x'.repeat(8192)), { qos: 1 });
      await heard.until('x'.repeat(8192));
    });

    test('gives a retained message to everyone who subscribes later, and to who subscribes again', async () => {
      const topic = `${topicOf(5)}/presence`;
      const camera = connect();
      await state(camera, 'online');
      const live = hear(camera, topic);
      camera.publish(topic, utf8('old'), { qos: 1, isRetained: true });
      camera.publish(topic, utf8('new'), { qos: 1, isRetained: true });
      await live.until('new');
      const viewer = connect();
      const first = hear(viewer, topic);
      await first.until('new');
      assert.deepEqual([first.words, first.retained], [['new'], [true]]);
      await hear(viewer, topic).until('new');
      camera.publish(topic, utf8(''), { qos: 1, isRetained: true });
      await first.until('');
      const latest = connect();
      const late = hear(latest, topic);
      latest.publish(topic, utf8('after'), { qos: 1 });
      await late.until('after');
      assert.deepEqual(late.words, ['after'], 'an empty message has cleared what was retained');
    });

    test('publishes the will, retained, when a connection breaks, and not after a goodbye', async () => {
      const topic = `${topicOf(6)}/presence`;
      const watcher = connect();
      const heard = hear(watcher, topic);
      await listening(watcher);
      const polite = connect({ will: { topic, payload: utf8('not this'), isRetained: true } });
      await state(polite, 'online');
      polite.close();
      const cuttable = cuttablePort();
      const cut = connect({ will: { topic, payload: utf8('gone'), isRetained: true }, port: cuttable.port });
      await state(cut, 'online');
      cuttable.cut();
      await heard.until('gone');
      cut.close();
      assert.deepEqual(heard.words, ['gone']);
      const late = hear(connect(), topic);
      await late.until('gone');
      assert.deepEqual(late.retained, [true]);
    });

    test('refuses a wrong login and none, says so, and lets the right one in', async () => {
      const wrong = connect({ login: { ...LOGIN, password: 'guess' } });
      assert.equal(await state(wrong, 'connecting'), 'login-refused');
      const none = createRendezvous({
        ...{ url: broker.url, clientId: 'contract-nameless', port: createNodePort(), fillRandom },
      });
      closers.push(() => none.close());
      assert.equal(await state(none, 'connecting'), 'login-refused');
      assert.equal(await state(connect(), 'online'), 'connected');
    });

    test('tells whether a camera is there: after its start, a goodbye, a cut, and while an old will is late', async () => {
      const { ticket, staticKeyPair } = identityFor(broker.url);
      const cuttable = cuttablePort();
      const camera = (cameraPort: Port): CameraHost =>
        createCameraHost(cameraPort, { ticket, staticKeyPair, login: LOGIN, onRequest: () => {} });
      const watcher = connect();
      const { presence, until } = watchPresence(watcher, ticket);

      const first = camera(createNodePort());
      await first.start();
      await until('online');
      first.stop();
      await until('offline');

      const second = camera({ ...createNodePort(), ...cuttable.port });
      await second.start();
      await until('online');
      cuttable.cut();
      await until('offline');
      await until('online'); // it connects again by itself
      // A will of an older connection that the broker misses only now.
      const late = cuttablePort();
      const older = connect({
        will: { topic: presenceTopic(ticket.peerName), payload: presence.offline!, isRetained: true },
        port: late.port,
      });
      await state(older, 'online');
      late.cut();
      await until('offline');
      older.close();
      await until('online');
      second.stop();
      await until('offline');
    });

    test('plays a camera, and the session goes on while the broker is dead and after it is back', async () => {
      const { ticket, staticKeyPair } = identityFor(broker.url);
      const camera = createCameraHost(createNodePort({ includeLoopback: true }), {
        ...{ ticket, staticKeyPair, login: LOGIN },
        onRequest(request, response) {
          response.start(200, { 'content-type': 'video/x-flv' });
          const timer = setInterval(() => response.write(new Uint8Array(1000)), 10);
          request.onAbort = () => clearInterval(timer);
        },
      });
      closers.push(() => camera.stop());
      const first = await viewer(ticket);
      await camera.start();
      await first.untilBytes(10_000);

      await broker.kill();
      const atDeath = first.bytes();
      await first.untilBytes(atDeath + 50_000);
      assert.deepEqual(first.disconnects, []);

      await startBroker();
      const watched = watchPresence(connect(), ticket);
      await watched.until('online');
      const second = await viewer(ticket);
      await second.untilBytes(10_000);
      assert.deepEqual(first.disconnects, []);
      first.module.destroy();
      second.module.destroy();
    });

    test('comes back with its subscriptions after the broker was killed', async () => {
      const [speaker, listener] = [connect(), connect()];
      const heard = hear(listener, topicOf(7));
      await Promise.all([state(speaker, 'online'), listening(listener)]);
      const lost = [state(speaker, 'connecting'), state(listener, 'connecting')];
      await broker.kill();
      await Promise.all(lost);
      speaker.publish(topicOf(7), utf8('said while it was down'), { qos: 1, expiryMs: 1 });
      const back = [state(speaker, 'online'), state(listener, 'online')];
      await new Promise((resolve) => setTimeout(resolve, 20));
      await startBroker();
      await Promise.all(back);
      await listening(listener);
      speaker.publish(topicOf(7), utf8('after'), { qos: 1 });
      await heard.until('after');
      assert.deepEqual(heard.words, ['after'], 'what has expired is not sent');
    });

    async function viewer(ticket: PeerTicket): Promise<Viewer> {
      const module = createP2PModule(createNodePort({ includeLoopback: true }));
      closers.push(() => module.destroy());
      // The login as an app gives it.
      const appParams = { appKey: LOGIN.user, appSecretKey: LOGIN.password };
      assert.equal(await module.init({ appParams }), 0);
      let byteCount = 0;
      const disconnects: unknown[] = [];
      const info = { url: LIVE_URL, xp2pInfo: formatXp2pInfo(ticket) };
      // Not awaited: it answers when the stream has begun, and the camera may start after it.
      void module.startP2PService('a', info, {
        msgCallback: (_event, subtype, detail) => {
          if (subtype === 'disconnect') disconnects.push(detail);
        },
        dataCallback: (data) => (byteCount += data.byteLength),
      });
      return {
        module,
        disconnects,
        bytes: () => byteCount,
        untilBytes: (bytes) =>
          poll(
            () => byteCount >= bytes,
            () => `${byteCount} of ${bytes} bytes, ${JSON.stringify(disconnects)}`,
          ),
      };
    }
  });
}

interface Viewer {
  module: P2PModule;
  disconnects: unknown[];
  bytes(): number;
  untilBytes(bytes: number): Promise<void>;
}

interface Hearing {
  words: string[];
  /** The retain flag of each word. */
  retained: boolean[];
  until(word: string): Promise<void>;
}

function hear(rendezvous: Rendezvous, topic: string): Hearing {
  const words: string[] = [];
  const retained: boolean[] = [];
  rendezvous.subscribe(topic, (payload, isRetained) => {
    words.push(Buffer.from(payload).toString());
    retained.push(isRetained);
  });
  return {
    words,
    retained,
    until: (word) =>
      poll(
        () => words.includes(word),
        () => `heard ${JSON.stringify(words).slice(0, 200)}, not ${word.slice(0, 30)}`,
      ),
  };
}

/** `until` waits for a word that came after the one it waited for before. */
function watchPresence(
  rendezvous: Rendezvous,
  ticket: PeerTicket,
): { presence: { offline?: Uint8Array }; until(state: 'online' | 'offline'): Promise<void> } {
  const presence: { offline?: Uint8Array } = {};
  let words: string[] = [];
  rendezvous.subscribe(presenceTopic(ticket.peerName), (payload) => {
    const said = decodePresence(openEnvelope(signalingKeys(ticket).presence, payload)!)!;
    words.push(said.state);
    if (said.state === 'offline') presence.offline = payload.slice();
  });
  return {
    presence,
    async until(state) {
      await poll(
        () => words.includes(state),
        () => `heard ${words.join()}, not ${state}`,
      );
      words = words.slice(words.indexOf(state) + 1);
    },
  };
}

/** The next change to `wanted`, with its reason; at once when it is in that state. */
function state(rendezvous: Rendezvous, wanted: 'online' | 'connecting'): Promise<string> {
  if (rendezvous.state === 'online' && wanted === 'online') return Promise.resolve('');
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ${wanted} within ${WAIT_MS} ms`)), WAIT_MS);
    rendezvous.onStateChange = (now, reason) => {
      if (now !== wanted) return;
      clearTimeout(timer);
      resolve(reason);
    };
  });
}

let echoCount = 0;

/** It is online, and the broker knows what it has subscribed to: a word to itself comes after that. */
async function listening(rendezvous: Rendezvous): Promise<void> {
  const topic = topicOf(1_000_000 + echoCount++);
  const heard = hear(rendezvous, topic);
  await state(rendezvous, 'online');
  rendezvous.publish(topic, utf8('echo'), { qos: 1 });
  await heard.until('echo');
}

async function poll(isDone: () => boolean, describe: () => string): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS;
  while (!isDone()) {
    if (performance.now() > deadlineMs) assert.fail(`${describe()} within ${WAIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function identityFor(signalingUrl: string): { ticket: PeerTicket; staticKeyPair: KeyPair } {
  const identity = newIdentity();
  return { ticket: ticketOf(identity, { signalingUrl, stunServers: [] }), staticKeyPair: identity.keyPair };
}

/** A port whose sockets can be cut without any goodbye. */
function cuttablePort(): { port: Pick<Port, 'clock' | 'openWebSocket' | 'log'>; cut(): void } {
  const { clock, log } = createNodePort();
  const sockets = new Set<WebSocket>();
  return {
    port: {
      clock,
      log,
      openWebSocket(url, protocol, handlers) {
        const socket = new WebSocket(url, protocol);
        sockets.add(socket);
        socket.binaryType = 'nodebuffer';
        socket.on('open', () => handlers.onOpen());
        socket.on('message', (data: Buffer) => handlers.onMessage(Uint8Array.from(data)));
        socket.on('error', () => undefined);
        socket.on('close', () => {
          sockets.delete(socket);
          handlers.onClose('closed');
        });
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

const utf8 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const topicOf = (seed: number): string => viewerTopic(new TestRandom(1000 + seed).bytes(16));
