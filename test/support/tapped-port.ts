import type { Port } from '../../p2p-core/port/port';

export interface UdpTap {
  /** Returns the datagram to deliver (it may be changed in place), or null to lose it. */
  incoming?: (datagram: Uint8Array) => Uint8Array | null;
  outgoing?: (datagram: Uint8Array) => Uint8Array | null;
}

/** A port whose UDP datagrams pass through `tap`, which may change with time. */
export function createTappedPort(port: Port, tap: UdpTap): Port {
  return {
    ...port,
    openUdp(handlers) {
      const socket = port.openUdp({
        onError: (errmsg) => handlers.onError(errmsg),
        onClose: () => handlers.onClose(),
        onMessage(datagram, address, portNumber) {
          const passed = tap.incoming ? tap.incoming(datagram) : datagram;
          if (passed !== null) handlers.onMessage(passed, address, portNumber);
        },
      });
      return {
        get localPort() {
          return socket.localPort;
        },
        get localPort6() {
          return socket.localPort6 ?? 0;
        },
        send(datagram, address, portNumber) {
          const passed = tap.outgoing ? tap.outgoing(datagram.slice()) : datagram;
          if (passed !== null) socket.send(passed, address, portNumber);
        },
        close: () => socket.close(),
      };
    },
  };
}

/** A port that counts what comes in (datagrams, WebSocket events, timers) and calls `onEvent` after each. */
export function createSteppedPort(port: Port, onEvent: (count: number) => void): Port {
  let count = 0;
  const step = (): void => onEvent(++count);
  return {
    ...port,
    clock: {
      ...port.clock,
      setTimer: (fire, delayMs) =>
        port.clock.setTimer(() => {
          fire();
          step();
        }, delayMs),
    },
    randomBytes: (byteCount, done) =>
      port.randomBytes(byteCount, (bytes) => {
        done(bytes);
        step();
      }),
    localAddresses: (done) =>
      port.localAddresses((addresses) => {
        done(addresses);
        step();
      }),
    openUdp: (handlers) =>
      port.openUdp({
        ...handlers,
        onMessage(datagram, address, portNumber) {
          handlers.onMessage(datagram, address, portNumber);
          step();
        },
      }),
    openWebSocket: (url, protocol, handlers) =>
      port.openWebSocket(url, protocol, {
        onOpen() {
          handlers.onOpen();
          step();
        },
        onMessage(bytes) {
          handlers.onMessage(bytes);
          step();
        },
        onClose(reason) {
          handlers.onClose(reason);
          step();
        },
      }),
  };
}
