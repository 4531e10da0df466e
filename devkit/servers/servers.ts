import os from 'node:os';
import { startBroker } from './broker';
import type { Login } from './broker';
import { startStunServer } from './stun';

export type { Login } from './broker';

export interface ServersOptions {
  /** Where to listen. Default 127.0.0.1: this host only. 0.0.0.0: all networks. */
  host?: string;
  /** Default 0: any free port. */
  mqttPort?: number;
  stunPort?: number;
  /** What clients must log in with. Default: nothing. */
  login?: Login;
}

export interface Servers {
  /** For viewers and cameras: `ws://host:port/mqtt`. */
  readonly signalingUrl: string;
  /** `host:port` */
  readonly stunServer: string;
  close(): Promise<void>;
}

/**
 * Rendezvous and STUN in this process: all that viewers and cameras need to find each other. Rejects with the system's
 * error, and leaves nothing open, when one of the ports is taken.
 */
export async function startServers(options: ServersOptions = {}): Promise<Servers> {
  const { host = '127.0.0.1', mqttPort = 0, stunPort = 0, login } = options;
  const broker = await startBroker({ host, port: mqttPort, ...(login ? { login } : {}) });
  let stun;
  try {
    stun = await startStunServer({ host, port: stunPort });
  } catch (error) {
    await broker.close();
    throw error;
  }
  const { port: stunServerPort, close: closeStun } = stun;
  const reachableHost = host === '0.0.0.0' ? firstNetworkAddress() : host;
  return {
    signalingUrl: `ws://${reachableHost}:${broker.port}/mqtt`,
    stunServer: `${reachableHost}:${stunServerPort}`,
    async close() {
      await Promise.all([broker.close(), closeStun()]);
    },
  };
}

/** What other hosts can reach a server by that listens on all networks. */
function firstNetworkAddress(): string {
  const all = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
  return all.find((entry) => entry.family === 'IPv4' && !entry.internal)?.address ?? '127.0.0.1';
}
