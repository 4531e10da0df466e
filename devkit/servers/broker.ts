import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Aedes } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { AddressLimits } from './address-limits';
import { BrokerPolicy, MAX_UNREAD_OF_TRACKER_BYTES } from './broker-policy';
import type { BrokerCounters, Login } from './broker-policy';
import { addOwnBroker } from './own-brokers';

export type { Login } from './broker-policy';

export interface BrokerOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  /** Default: anyone may connect. */
  login?: Login;
  /**
   * Who logs in with this is the tracker, which answers many: it may send as fast as it can. A tracker of the same process
   * knows it by itself. Default: what only that one knows.
   */
  trackerLogin?: Login;
  /** Default 1000. */
  maxClients?: number;
  /** Default 200. */
  maxClientsPerAddress?: number;
  /**
   * The addresses of clients are those in X-Forwarded-For, of which the last is the word of the proxy before us. Only where
   * nobody can come around the proxy.
   */
  isBehindProxy?: boolean;
}

export interface BrokerHealth extends BrokerCounters {
  clients: number;
  retained: number;
}

export interface Broker {
  readonly port: number;
  health(): BrokerHealth;
  close(): Promise<void>;
}

const PATH = '/mqtt';
const HEALTH_PATH = '/healthz';
const SUBPROTOCOL = 'mqtt';
/** The largest message of ours is an offer with its candidates, about 1 KB. */
const MAX_MESSAGE_BYTES = 16 * 1024;
const DEFAULT_MAX_CLIENTS = 1000;
const DEFAULT_MAX_CLIENTS_PER_ADDRESS = 200;
/** Requests that have no business here get little time. */
const HTTP_TIMEOUT_MS = 5_000;
/** RFC 6455 §7.4.1: protocol error, and try again later. */
const CLOSE_PROTOCOL_ERROR = 1002;
const CLOSE_TRY_AGAIN_LATER = 1013;

/**
 * An MQTT 3.1.1 broker over WebSocket at `/mqtt`, for development and small installations; any MQTT cluster can take its
 * place. It keeps no state for a client that left, and clients can neither leave `iotp2p/1/` nor listen to topics whose
 * names they do not know; what one of them can hold or send is bounded (broker-policy, address-limits). `GET /healthz`
 * from this host tells how it is. Rejects with the system's error when the port is taken, and where the broker's library is
 * not installed.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const {
    maxClients = DEFAULT_MAX_CLIENTS,
    maxClientsPerAddress = DEFAULT_MAX_CLIENTS_PER_ADDRESS,
    isBehindProxy = false,
    trackerLogin = { user: 'tracker', password: randomBytes(24).toString('hex') },
  } = options;
  const nowMs = (): number => performance.now();
  const limits = new AddressLimits(maxClientsPerAddress, nowMs);
  const addressOf = (request: http.IncomingMessage): string => {
    const forwarded = isBehindProxy ? String(request.headers['x-forwarded-for'] ?? '') : '';
    return forwarded.split(',').at(-1)!.trim() || (request.socket.remoteAddress ?? '');
  };
  const policy = new BrokerPolicy(
    options.login,
    nowMs,
    ({ req }) => {
      if (req) limits.wrongLogin(addressOf(req));
    },
    trackerLogin,
  );
  const aedes = await createAedes(policy);
  policy.attach(aedes);

  const health = (): BrokerHealth => ({
    clients: aedes.connectedClients,
    retained: policy.retainedCount,
    ...policy.counters,
  });
  const server = http.createServer((request, response) => answerHttp(request, response, health));
  server.headersTimeout = server.requestTimeout = HTTP_TIMEOUT_MS;
  const sockets = new WebSocketServer({
    server,
    path: PATH,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  sockets.on('connection', (socket, request) => {
    if (socket.protocol !== SUBPROTOCOL) return refuse(socket, CLOSE_PROTOCOL_ERROR);
    const address = addressOf(request);
    if (sockets.clients.size > maxClients || !limits.admits(address)) {
      policy.counters.refused++;
      return refuse(socket, CLOSE_TRY_AGAIN_LATER);
    }
    socket.on('close', () => limits.left(address));
    // Twice what the policy lets wait, so that a write never has to: one that waits holds up the messages of others.
    const stream = createWebSocketStream(socket, { writableHighWaterMark: 2 * MAX_UNREAD_OF_TRACKER_BYTES });
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
  const { port } = server.address() as AddressInfo;
  const forget = addOwnBroker({ host: options.host, port, trackerLogin });
  return {
    port,
    health,
    async close() {
      forget();
      await closeAedes(aedes);
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Read when it is needed: the library wants a newer Node.js than the rest, and `npm install` leaves it out on older ones. */
async function createAedes(policy: BrokerPolicy): Promise<Aedes> {
  const library = await import('aedes').catch((cause: NodeJS.ErrnoException): never => {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error(
      `the rendezvous is not installed: its library, aedes, is for Node.js 20 and newer, and this is ${process.version}`,
      { cause },
    );
  });
  return library.Aedes.createBroker(policy.options());
}

function answerHttp(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  health: () => BrokerHealth,
): void {
  const isLocal = /^(?:::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '');
  // What comes through a proxy comes from elsewhere.
  if (request.url === HEALTH_PATH && isLocal && request.headers['x-forwarded-for'] === undefined) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(health())}\n`);
    return;
  }
  response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' });
  response.end('This is an MQTT broker: connect with WebSocket.\n');
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
