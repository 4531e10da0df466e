import type { Port, WebSocketLink } from '../../../p2p-core/port/port';

/** A port whose owner can die as a camera does that loses its power: nobody hears a goodbye. */
export interface MortalPort extends Port {
  /** From now on nothing leaves and nothing arrives; connections hang as they do when a cable is pulled. */
  die(): void;
  /** Ends what hangs: the other side notices. */
  bury(): void;
}

export function createMortalPort(port: Port): MortalPort {
  const hanging = new Set<WebSocketLink>();
  let isDead = false;
  return {
    ...port,
    openUdp(handlers) {
      const socket = port.openUdp({
        ...handlers,
        onMessage: (datagram, address, from) => {
          if (!isDead) handlers.onMessage(datagram, address, from);
        },
      });
      return {
        get localPort() {
          return socket.localPort;
        },
        get localPort6() {
          return socket.localPort6 ?? 0;
        },
        send: (datagram, address, to) => {
          if (!isDead) socket.send(datagram, address, to);
        },
        close: () => socket.close(),
      };
    },
    openWebSocket(url, protocol, handlers) {
      const link = port.openWebSocket(url, protocol, {
        onOpen: () => isDead || handlers.onOpen(),
        onMessage: (bytes) => isDead || handlers.onMessage(bytes),
        onClose: (reason) => {
          hanging.delete(link);
          handlers.onClose(reason);
        },
      });
      hanging.add(link);
      return {
        send: (bytes) => {
          if (!isDead) link.send(bytes);
        },
        close: () => {
          if (!isDead) link.close();
        },
      };
    },
    die() {
      isDead = true;
    },
    bury() {
      for (const link of hanging) link.close();
    },
  };
}
