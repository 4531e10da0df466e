import { timingSafeEqual } from 'node:crypto';
import dgram from 'node:dgram';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { decodeUdpFrame, encodeUdpFrame, type UdpBound } from './udp-frame';

export interface UdpBridgeOptions {
  /** Secret of this start; the page gives it back in `?token=`. */
  token: string;
  /** Whether a page of this origin may open sockets. */
  allowsOrigin(origin: string): boolean;
  maxSockets?: number;
  /** Which datagrams get lost. Default: Math.random. */
  random?: () => number;
}

export interface UdpBridge {
  /** Takes over an HTTP upgrade: answers 403 or 503, or opens a socket. */
  handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void;
  readonly socketCount: number;
  /** Makes the network between page and peers worse, or good again with `GOOD_NETWORK`. */
  impair(network: Impairment): void;
  /** Gives every socket another port, as a NAT does that forgot a mapping. */
  rebind(): void;
  close(): void;
}

/** A network as it is both ways. */
export interface Impairment {
  /** Share of datagrams that get lost, 0 to 1. */
  lossRate: number;
  /** Bytes a second each way, with a queue of half a second before it; 0: no limit. */
  bytesPerSecond: number;
}

export const GOOD_NETWORK: Impairment = { lossRate: 0, bytesPerSecond: 0 };
const MAX_QUEUE_MS = 500;

/** A page opens one socket per module and one per probe; more is a leak. */
const MAX_SOCKETS = 32;
/** WeChat's own limit for a datagram to receive; what a page may send fits a path without fragments. */
const MAX_DATAGRAM_BYTES = 4096;
const MAX_SENT_BYTES = 1472;
/** A page that stopped reading loses datagrams, as a full receive buffer does. */
const MAX_WAITING_BYTES = 1 << 20;
const LOOPBACK = '127.0.0.1';

/**
 * UDP for a page: one WebSocket is one socket, bound to the loopback address. Whoever may open one can send datagrams from
 * this machine, so a request needs both the token and the preview's own origin.
 */
export function createUdpBridge({
  token,
  allowsOrigin,
  maxSockets = MAX_SOCKETS,
  random = Math.random,
}: UdpBridgeOptions): UdpBridge {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_DATAGRAM_BYTES + 512 });
  const sockets = new Set<BridgedSocket>();
  let network = GOOD_NETWORK;
  return {
    handleUpgrade(request, stream, head) {
      // A peer that resets the connection during the handshake must not end the process.
      stream.on('error', () => stream.destroy());
      if (!mayOpen(request, token, allowsOrigin)) return refuse(stream, '403 Forbidden');
      if (server.clients.size >= maxSockets) return refuse(stream, '503 Service Unavailable');
      server.handleUpgrade(request, stream, head, (webSocket) => {
        const socket = new BridgedSocket(webSocket, () => network, random);
        sockets.add(socket);
        webSocket.on('close', () => sockets.delete(socket));
      });
    },
    get socketCount() {
      return server.clients.size;
    },
    impair(next) {
      network = next;
    },
    rebind() {
      for (const socket of sockets) socket.rebind();
    },
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

function mayOpen(
  { headers, url }: IncomingMessage,
  token: string,
  allowsOrigin: (origin: string) => boolean,
): boolean {
  if (headers.origin === undefined || !allowsOrigin(headers.origin)) return false;
  const given = new URL(url ?? '/', 'http://preview').searchParams.get('token') ?? '';
  const expectedBytes = Buffer.from(token);
  const givenBytes = Buffer.from(given);
  return givenBytes.length === expectedBytes.length && timingSafeEqual(givenBytes, expectedBytes);
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** One WebSocket of the page, and the UDP socket behind it. */
class BridgedSocket {
  private udp: dgram.Socket;
  private isOpen = true;
  private readonly outward: Line;
  private readonly inward: Line;

  constructor(
    private readonly webSocket: WebSocket,
    network: () => Impairment,
    random: () => number,
  ) {
    this.outward = new Line(network, random);
    this.inward = new Line(network, random);
    webSocket.on('close', () => this.end());
    webSocket.on('error', () => this.end());
    webSocket.on('message', (message: Buffer, isBinary) => {
      const frame = isBinary ? decodeUdpFrame(message) : null;
      if (!frame || frame.port === 0 || frame.datagram.length > MAX_SENT_BYTES) return;
      this.outward.pass(frame.datagram.length, () => {
        // A datagram that cannot be sent is lost, as on any network.
        if (this.isOpen) this.udp.send(frame.datagram, frame.port, frame.address, () => {});
      });
    });
    this.udp = this.openUdp(() => {
      const bound: UdpBound = { address: LOOPBACK, port: this.udp.address().port };
      webSocket.send(JSON.stringify(bound));
    });
  }

  rebind(): void {
    if (!this.isOpen) return;
    const old = this.udp;
    this.udp = this.openUdp(() => old.close());
  }

  private openUdp(onBound: () => void): dgram.Socket {
    const udp = dgram.createSocket('udp4');
    udp.on('error', () => this.end());
    udp.on('message', (datagram, { port, address }) => {
      if (datagram.length > MAX_DATAGRAM_BYTES) return;
      this.inward.pass(datagram.length, () => {
        if (this.webSocket.bufferedAmount > MAX_WAITING_BYTES) return;
        this.webSocket.send(encodeUdpFrame({ port, address, datagram }));
      });
    });
    udp.bind(0, LOOPBACK, () => {
      if (this.isOpen) onBound();
      else udp.close();
    });
    return udp;
  }

  private end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.udp.close();
    this.webSocket.terminate();
  }
}

/** One direction of an impaired network. */
class Line {
  private freeAtMs = 0;

  constructor(
    private readonly network: () => Impairment,
    private readonly random: () => number,
  ) {}

  pass(byteCount: number, deliver: () => void): void {
    const { lossRate, bytesPerSecond } = this.network();
    if (lossRate > 0 && this.random() < lossRate) return;
    if (bytesPerSecond === 0) return deliver();
    const nowMs = performance.now();
    const startMs = Math.max(nowMs, this.freeAtMs);
    if (startMs - nowMs > MAX_QUEUE_MS) return;
    this.freeAtMs = startMs + (byteCount / bytesPerSecond) * 1000;
    setTimeout(deliver, this.freeAtMs - nowMs);
  }
}
