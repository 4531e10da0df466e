import net from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP forwarder in front of a server, which can be shut or slowed down. */
export interface ServerGate {
  readonly port: number;
  /** Drops every connection, and accepts none until it is opened. */
  setOpen(isOpen: boolean): void;
  /** Holds every byte back for this long, both ways. */
  setDelay(delayMs: number): void;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

export async function openServerGate(targetPort: number): Promise<ServerGate> {
  const sockets = new Set<net.Socket>();
  let isOpen = true;
  let delayMs = 0;
  const server = net.createServer((near) => {
    if (!isOpen) return near.destroy();
    const far = net.connect(targetPort, LOOPBACK);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {}); // the other half ends with it
      from.on('data', (bytes) => later(() => to.writable && to.write(bytes)));
      from.on('close', () => {
        sockets.delete(from);
        later(() => to.destroy());
      });
    }
  });
  // Timers of one delay fire in order, so bytes stay in order while the delay stays.
  const later = (run: () => void): void => void (delayMs === 0 ? run() : setTimeout(run, delayMs));
  const dropAll = (): void => sockets.forEach((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    setOpen(next) {
      isOpen = next;
      if (!isOpen) dropAll();
    },
    setDelay(next) {
      delayMs = next;
      // A connection keeps its speed; what is slow from now on connects anew.
      dropAll();
    },
    close() {
      dropAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
