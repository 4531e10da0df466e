import { createNodePort } from '../../devkit/port/node-port';
import type { Clock, NetworkChange, Port, UdpHandlers, UdpSocket } from '../../p2p-core/port/port';

/** The address of this machine that the phone has next. */
let lastHost = 1;

/**
 * A phone that changes its network, over real sockets of this machine: in each network it has another address, and what
 * was connected in the one before hears nothing any more and is not told so, at either end.
 */
export class MovingPhone {
  readonly port: Port;
  private address = nextAddress();
  private networkType = 'wifi';
  private networkNo = 0;
  private readonly listeners = new Set<(change: NetworkChange) => void>();
  private readonly udpSockets = new Set<MovingUdp>();

  constructor(clock: Clock) {
    const inner = createNodePort();
    this.port = {
      ...inner,
      clock,
      openUdp: (handlers) => {
        const socket = new MovingUdp(handlers, this.address, () => this.udpSockets.delete(socket));
        this.udpSockets.add(socket);
        return socket;
      },
      openWebSocket: (url, protocol, handlers) => {
        const isHere = this.stillHere();
        let isClosed = false;
        const link = inner.openWebSocket(url, protocol, {
          onOpen: () => isHere() && handlers.onOpen(),
          onMessage: (bytes) => isHere() && handlers.onMessage(bytes),
          onClose: (reason) => (isHere() || isClosed) && handlers.onClose(reason),
        });
        return {
          send: (bytes) => isHere() && link.send(bytes),
          close: () => {
            isClosed = true;
            link.close();
          },
        };
      },
      openHttp: (url, handlers) => {
        const isHere = this.stillHere();
        return inner.openHttp!(url, {
          onHead: (status, headers) => isHere() && handlers.onHead(status, headers),
          onChunk: (bytes) => isHere() && handlers.onChunk(bytes),
          onEnd: (errmsg) => isHere() && handlers.onEnd(errmsg),
        });
      },
      localAddresses: (done) => queueMicrotask(() => done([this.address])),
      networkType: (done) => queueMicrotask(() => done(this.networkType)),
      onNetworkChange: (listener) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      },
    };
  }

  /** As wx names networks. */
  move(networkType: string): void {
    this.networkNo++;
    this.networkType = networkType;
    this.address = nextAddress();
    for (const socket of this.udpSockets) socket.move(this.address);
    for (const listener of [...this.listeners]) listener({ isConnected: true, networkType });
  }

  private stillHere(): () => boolean {
    const { networkNo } = this;
    return () => networkNo === this.networkNo;
  }
}

/** All of 127.0.0.0/8 is this machine. */
const nextAddress = (): string => `127.0.0.${++lastHost}`;

/** What the platform calls one socket, in whichever network it is. */
class MovingUdp implements UdpSocket {
  private inner: UdpSocket;

  constructor(
    private readonly handlers: UdpHandlers,
    address: string,
    private readonly onClose: () => void,
  ) {
    this.inner = createNodePort({ bindAddress: address }).openUdp(handlers);
  }

  get localPort(): number {
    return this.inner.localPort;
  }

  move(address: string): void {
    this.inner.close();
    this.inner = createNodePort({ bindAddress: address }).openUdp(this.handlers);
  }

  send(datagram: Uint8Array, address: string, port: number): void {
    this.inner.send(datagram, address, port);
  }

  close(): void {
    this.inner.close();
    this.onClose();
  }
}
