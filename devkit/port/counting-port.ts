import type { Port, TimerId } from '../../p2p-core/port/port';

/** What was taken from a port and not given back yet. */
export interface PortUse {
  timers: number;
  udpSockets: number;
  webSockets: number;
  networkListeners: number;
  httpRequests: number;
}

export interface CountingPort extends Port {
  /** A copy of the counts of this moment. All 0 means that whoever used the port has left nothing behind. */
  use(): PortUse;
}

/**
 * Wraps a port and counts what is in use through it. A timer counts until it fired or was cleared, a UDP socket or a
 * request until its end, a WebSocket until its `onClose` was delivered.
 */
export function createCountingPort(port: Port): CountingPort {
  const timers = new Set<TimerId>();
  let udpSockets = 0;
  let webSockets = 0;
  let networkListeners = 0;
  let httpRequests = 0;

  return {
    log: port.log,
    clock: {
      nowMs: () => port.clock.nowMs(),
      wallMs: () => port.clock.wallMs(),
      setTimer(fire, delayMs) {
        const id = port.clock.setTimer(() => {
          timers.delete(id);
          fire();
        }, delayMs);
        timers.add(id);
        return id;
      },
      clearTimer(id) {
        timers.delete(id);
        port.clock.clearTimer(id);
      },
    },
    randomBytes: (byteCount, done) => port.randomBytes(byteCount, done),
    localAddresses: (done) => port.localAddresses(done),
    ...(port.networkType && { networkType: (done: (type: string) => void) => port.networkType!(done) }),
    openUdp(handlers) {
      const release = once(() => udpSockets--);
      const socket = port.openUdp({
        onMessage: (datagram, address, portNumber) => handlers.onMessage(datagram, address, portNumber),
        onError: (errmsg) => handlers.onError(errmsg),
        onClose() {
          release();
          handlers.onClose();
        },
      });
      udpSockets++;
      return {
        get localPort() {
          return socket.localPort;
        },
        get localPort6() {
          return socket.localPort6 ?? 0;
        },
        send: (datagram, address, portNumber) => socket.send(datagram, address, portNumber),
        close() {
          release();
          socket.close();
        },
      };
    },
    openWebSocket(url, protocol, handlers) {
      const release = once(() => webSockets--);
      webSockets++;
      return port.openWebSocket(url, protocol, {
        onOpen: () => handlers.onOpen(),
        onMessage: (bytes) => handlers.onMessage(bytes),
        onClose(reason) {
          release();
          handlers.onClose(reason);
        },
      });
    },
    openHttp(url, handlers) {
      const release = once(() => httpRequests--);
      httpRequests++;
      const request = port.openHttp?.(url, {
        ...handlers,
        onEnd(errmsg) {
          release();
          handlers.onEnd(errmsg);
        },
      });
      if (!request) {
        release();
        return null;
      }
      return {
        abort() {
          release();
          request.abort();
        },
      };
    },
    onNetworkChange(listener) {
      networkListeners++;
      const unsubscribe = port.onNetworkChange(listener);
      const release = once(() => networkListeners--);
      return () => {
        release();
        unsubscribe();
      };
    },
    use: () => ({ timers: timers.size, udpSockets, webSockets, networkListeners, httpRequests }),
  };
}

function once(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    run();
  };
}
