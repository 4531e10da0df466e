import { createHash, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import type { AedesOptions, Client, PublishPacket, Subscription } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

export interface Login {
  user: string;
  password: string;
}

export interface BrokerOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  /** Default: anyone may connect. */
  login?: Login;
}

export interface Broker {
  readonly port: number;
  close(): Promise<void>;
}

const PATH = '/mqtt';
const SUBPROTOCOL = 'mqtt';
/** All that peers say to each other lies under this; the version is the wire protocol's. */
const TOPIC_ROOT = 'iotp2p/1/';
/** The largest message of ours is an offer with its candidates, about 1 KB. */
const MAX_MESSAGE_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 1000;
/** One each camera: its presence. */
const MAX_RETAINED_TOPICS = 1000;
/** RFC 6455 §7.4.1: protocol error, and try again later. */
const CLOSE_PROTOCOL_ERROR = 1002;
const CLOSE_TRY_AGAIN_LATER = 1013;
/** MQTT 3.1.1 §3.2.2.3, the return codes of CONNACK. */
const CONNACK_IDENTIFIER_REJECTED = 2;
const CONNACK_BAD_LOGIN = 4;

/**
 * An MQTT 3.1.1 broker over WebSocket at `/mqtt`, for development and small installations; any MQTT cluster can take its
 * place. It keeps no state for a client that left, and clients can neither leave `iotp2p/1/` nor listen to topics whose
 * names they do not know. Rejects with the system's error when the port is taken.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const aedes = await Aedes.createBroker(policy(options.login));
  // A client that breaks the protocol or its connection is dropped by aedes; there is nothing to do but not to crash.
  aedes.on('clientError', () => {});
  aedes.on('connectionError', () => {});

  const server = http.createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' });
    response.end('This is an MQTT broker: connect with WebSocket.\n');
  });
  const sockets = new WebSocketServer({
    server,
    path: PATH,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  sockets.on('connection', (socket, request) => {
    if (socket.protocol !== SUBPROTOCOL) return refuse(socket, CLOSE_PROTOCOL_ERROR);
    if (sockets.clients.size > MAX_CONNECTIONS) return refuse(socket, CLOSE_TRY_AGAIN_LATER);
    const stream = createWebSocketStream(socket);
    stream.on('error', () => {});
    aedes.handle(stream, request);
  });
  sockets.on('error', () => {}); // the same as the server's, which `listen` reports

  try {
    await listen(server, options.host, options.port);
  } catch (error) {
    await closeAedes(aedes);
    throw error;
  }
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      await closeAedes(aedes);
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function policy(login: Login | undefined): AedesOptions {
  const retainedTopics = new Set<string>();
  return {
    preConnect(_client, packet, done) {
      // A session kept for a client that is away would be a queue that grows.
      if (packet.clean === false)
        done(connackError('sessions are not kept', CONNACK_IDENTIFIER_REJECTED), false);
      else done(null, true);
    },
    authenticate(_client, user, password, done) {
      if (!login || (sameText(user ?? '', login.user) && sameText(password ?? '', login.password)))
        done(null, true);
      else done(connackError('wrong user or password', CONNACK_BAD_LOGIN), false);
    },
    authorizePublish(_client: Client | null, packet: PublishPacket, done) {
      done(publishRefusal(packet, retainedTopics));
    },
    authorizeSubscribe(_client: Client, subscription: Subscription, done) {
      // Null refuses this one subscription: return code 128 in SUBACK.
      done(null, isPermittedTopic(subscription.topic) ? subscription : null);
    },
  };
}

function publishRefusal(packet: PublishPacket, retainedTopics: Set<string>): Error | null {
  if (!isPermittedTopic(packet.topic)) return new Error('topic not permitted');
  if (!packet.retain) return null;
  if (packet.payload.length === 0) {
    retainedTopics.delete(packet.topic);
    return null;
  }
  if (retainedTopics.size >= MAX_RETAINED_TOPICS && !retainedTopics.has(packet.topic)) {
    return new Error('too many retained messages');
  }
  retainedTopics.add(packet.topic);
  return null;
}

/** No wildcards, neither `#` nor `+`: an inbox is found by its name only, which derives from a secret. */
function isPermittedTopic(topic: string): boolean {
  return topic.startsWith(TOPIC_ROOT) && topic.length <= 256 && !/[#+]/.test(topic);
}

function connackError(message: string, returnCode: number): Error & { returnCode: number } {
  return Object.assign(new Error(message), { returnCode });
}

/** Compares digests, so that neither length nor content shows in the time. */
function sameText(given: string | Buffer, expected: string): boolean {
  const digest = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function refuse(socket: WebSocket, code: number): void {
  socket.on('error', () => {});
  socket.close(code);
}

function listen(server: http.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeAedes(aedes: Aedes): Promise<void> {
  return new Promise((resolve) => aedes.close(() => resolve()));
}
