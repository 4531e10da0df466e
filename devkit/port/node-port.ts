import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';
import os from 'node:os';
import { performance } from 'node:perf_hooks';
import { WebSocket } from 'ws';
import { openHttp } from './node-http';
import type {
  Clock,
  Log,
  NetworkChange,
  Port,
  UdpHandlers,
  UdpSocket,
  WebSocketHandlers,
  WebSocketLink,
} from '../../p2p-core/port/port';

export interface NodePortOptions {
  /** Default: nothing is logged. */
  log?: Log;
  /** Offers 127.0.0.1 and ::1 as well, for peers on this very host (and hosts without any other network). */
  includeLoopback?: boolean;
  /** The local IPv4 address of the UDP sockets, which have no IPv6 then. Default: 0.0.0.0, all of them, and IPv6. */
  bindAddress?: string;
  /** The local port of the UDP socket, for a camera that has to be found again after a restart. Default: a free one. */
  bindPort?: number;
  /** Where a change of network is seen; default: the addresses of this machine's interfaces. */
  networkAddresses?: () => string[];
}

const ANY_IPV4 = '0.0.0.0';
/** setTimeout fires at once for anything longer. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Signaling messages are a few hundred bytes; a broker that sends more than this is broken or hostile. */
const MAX_WEBSOCKET_MESSAGE_BYTES = 64 * 1024;
const NETWORK_POLL_MS = 2_000;
const WEBSOCKET_HANDSHAKE_TIMEOUT_MS = 10_000;
/** How long a closed WebSocket may wait for the other side's goodbye before its TCP connection is dropped. */
const WEBSOCKET_CLOSE_TIMEOUT_MS = 1_000;

/**
 * The Port of Node.js: what `wx-port` is to WeChat. DNS names are looked up for IPv4 only. Node does not report changes of the network, so the
 * addresses of its interfaces are compared every 2 s while somebody listens.
 */
export function createNodePort(options: NodePortOptions = {}): Port {
  const { bindAddress = ANY_IPV4 } = options;
  return {
    clock: nodeClock,
    log: options.log ?? (() => {}),
    randomBytes(byteCount, done) {
      const bytes = plainBytes(randomBytes(byteCount));
      // As on WeChat, the answer never comes from inside the call.
      queueMicrotask(() => done(bytes));
    },
    openUdp: (handlers) => openUdp(handlers, bindAddress, options.bindPort ?? 0),
    openWebSocket,
    openHttp,
    localAddresses(done) {
      const addresses = localAddresses(options.includeLoopback ?? false, bindAddress === ANY_IPV4);
      queueMicrotask(() => done(addresses));
    },
    onNetworkChange: (listener) => watchAddresses(listener, options.networkAddresses ?? networkAddresses),
  };
}

export const nodeClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer: (fire, delayMs) => setTimeout(fire, Math.min(Math.max(0, delayMs), MAX_TIMER_MS)),
  clearTimer: (id) => clearTimeout(id as NodeJS.Timeout),
};

/** An IPv4 socket, and beside it an IPv6 one where this machine speaks IPv6 and no IPv4 address is named to bind to. */
function openUdp(handlers: UdpHandlers, bindAddress: string, bindPort: number): UdpSocket {
  let isClosed = false;
  const reportError = (error: Error | null): void => {
    if (error && !isClosed) handlers.onError(error.message);
  };
  const open = (type: 'udp4' | 'udp6', address: string, onError: (error: Error) => void): BoundSocket => {
    // An IPv6 socket that took IPv4 too would write those addresses in another way than the IPv4 one.
    const socket = dgram.createSocket({ type, lookup: lookupIpv4, ipv6Only: type === 'udp6' });
    const bound: BoundSocket = { socket, localPort: 0 };
    socket.on('message', (datagram, sender) => {
      if (!isClosed) handlers.onMessage(plainBytes(datagram), sender.address, sender.port);
    });
    socket.on('error', onError);
    socket.on('listening', () => {
      bound.localPort = socket.address().port;
    });
    socket.bind(bindPort, address);
    return bound;
  };
  const ipv4 = open('udp4', bindAddress, reportError);
  const ipv6 = bindAddress === ANY_IPV4 && hasIpv6() ? open('udp6', '::', reportError) : null;

  return {
    get localPort() {
      return ipv4.localPort;
    },
    get localPort6() {
      return ipv6 === null ? 0 : ipv6.localPort;
    },
    send(datagram, address, port) {
      const socket = net.isIPv6(address) ? ipv6?.socket : ipv4.socket;
      if (isClosed || socket === undefined) return;
      try {
        // Copied because Node keeps the bytes until the kernel, and before it a DNS query, has taken them.
        socket.send(Buffer.from(datagram), port, address, reportError);
      } catch (error) {
        // Node throws on a port outside 1-65535, which a peer's candidate can hold.
        reportError(error as Error);
      }
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      ipv4.socket.close();
      ipv6?.socket.close();
    },
  };
}

interface BoundSocket {
  readonly socket: dgram.Socket;
  localPort: number;
}

function hasIpv6(): boolean {
  return Object.values(os.networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'));
}

/** dgram asks for every send. Literal addresses need no resolver, whose answer comes a turn of the loop later. */
function lookupIpv4(
  hostname: string,
  options: dns.LookupOneOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  const family = net.isIP(hostname);
  if (family !== 0) callback(null, hostname, family);
  else dns.lookup(hostname, { ...options, family: 4 }, callback);
}

function openWebSocket(url: string, protocol: string, handlers: WebSocketHandlers): WebSocketLink {
  let isReported = false;
  let reason = '';
  const reportClose = (text: string): void => {
    if (isReported) return;
    isReported = true;
    handlers.onClose(text);
  };
  let socket: WebSocket;
  try {
    socket = new WebSocket(url, protocol, {
      perMessageDeflate: false,
      maxPayload: MAX_WEBSOCKET_MESSAGE_BYTES,
      handshakeTimeout: WEBSOCKET_HANDSHAKE_TIMEOUT_MS,
    });
  } catch (error) {
    // A url that is none. The caller gets its link first and the bad news after.
    queueMicrotask(() => reportClose((error as Error).message));
    return { send() {}, close() {} };
  }
  let closeTimer: NodeJS.Timeout | null = null;
  socket.on('open', () => {
    if (closeTimer === null) handlers.onOpen();
  });
  socket.on('message', (data, isBinary) => {
    if (isBinary && closeTimer === null) handlers.onMessage(plainBytes(data as Buffer));
  });
  socket.on('error', (error) => {
    reason = error.message;
  });
  socket.on('close', (code, text) => {
    if (closeTimer !== null) clearTimeout(closeTimer);
    reportClose(reason || text.toString() || `closed with code ${code}`);
  });

  return {
    send(bytes) {
      // Copied: ws masks and queues the bytes after the call.
      if (socket.readyState === WebSocket.OPEN) socket.send(Buffer.from(bytes), { binary: true });
    },
    close() {
      if (closeTimer !== null || isReported) return;
      closeTimer = setTimeout(() => socket.terminate(), WEBSOCKET_CLOSE_TIMEOUT_MS);
      socket.close(1000);
    },
  };
}

/** IPv4 first: what is earlier is preferred, and its paths are the ones that home networks are made for. */
function localAddresses(includeLoopback: boolean, hasIpv6Socket: boolean): string[] {
  const all = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
  const usable = all.filter(({ internal }) => includeLoopback || !internal);
  const ofFamily = (family: string): string[] =>
    usable.filter((entry) => entry.family === family).map(({ address }) => address);
  const ipv4 = ofFamily('IPv4');
  return hasIpv6Socket ? [...ipv4, ...ofFamily('IPv6')] : ipv4;
}

/** All but loopback and link-local ones, which say nothing of a network. */
function networkAddresses(): string[] {
  return Object.values(os.networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => !entry.internal && !entry.address.startsWith('fe80:'))
    .map((entry) => entry.address);
}

/** Node does not tell the type of a network. The timer does not keep the process alive. */
function watchAddresses(listener: (change: NetworkChange) => void, addressesNow: () => string[]): () => void {
  const textOf = (addresses: string[]): string => [...addresses].sort().join();
  let before = textOf(addressesNow());
  const timer = setInterval(() => {
    const addresses = addressesNow();
    const now = textOf(addresses);
    if (now === before) return;
    before = now;
    const isConnected = addresses.length > 0;
    listener({ isConnected, networkType: isConnected ? 'unknown' : 'none' });
  }, NETWORK_POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Buffer.slice makes a view where Uint8Array.slice makes a copy; the core must see the latter only. */
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
