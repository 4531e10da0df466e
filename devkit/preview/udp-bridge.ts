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
}

export interface UdpBridge {
  /** Takes over an HTTP upgrade: answers 403 or 503, or opens a socket. */
  handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void;
  readonly socketCount: number;
  close(): void;
}

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
}: UdpBridgeOptions): UdpBridge {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_DATAGRAM_BYTES + 512 });
  return {
    handleUpgrade(request, stream, head) {
      // A peer that resets the connection during the handshake must not end the process.
      stream.on('error', () => stream.destroy());
      if (!mayOpen(request, token, allowsOrigin)) return refuse(stream, '403 Forbidden');
      if (server.clients.size >= maxSockets) return refuse(stream, '503 Service Unavailable');
      server.handleUpgrade(request, stream, head, connect);
    },
    get socketCount() {
      return server.clients.size;
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

function connect(webSocket: WebSocket): void {
  const socket = dgram.createSocket('udp4');
  let isOpen = true;
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    socket.close();
    webSocket.terminate();
  };
  webSocket.on('close', end);
  webSocket.on('error', end);
  socket.on('error', end);
  socket.on('message', (datagram, { port, address }) => {
    if (webSocket.bufferedAmount > MAX_WAITING_BYTES || datagram.length > MAX_DATAGRAM_BYTES) return;
    webSocket.send(encodeUdpFrame({ port, address, datagram }));
  });
  webSocket.on('message', (message: Buffer, isBinary) => {
    const frame = isBinary ? decodeUdpFrame(message) : null;
    if (!frame || frame.port === 0 || frame.datagram.length > MAX_SENT_BYTES) return;
    // A datagram that cannot be sent is lost, as on any network.
    socket.send(frame.datagram, frame.port, frame.address, () => {});
  });
  socket.bind(0, LOOPBACK, () => {
    const bound: UdpBound = { address: LOOPBACK, port: socket.address().port };
    webSocket.send(JSON.stringify(bound));
  });
}
