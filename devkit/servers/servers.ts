import { randomBytes } from 'node:crypto';
import os from 'node:os';
import type { Log } from '../../p2p-core/port/port';
import { createNodePort } from '../port/node-port';
import { startTrackerWorker } from '../tracker/worker';
import type { TrackerWorker, TrackerWorkerOptions, WorkerStats } from '../tracker/worker';
import { startBroker } from './broker';
import type { BrokerHealth, BrokerOptions, Login } from './broker';
import { startStunServer } from './stun';
import type { StunServer, StunServerOptions } from './stun';

export type { BrokerHealth, Login } from './broker';

export interface ServersOptions {
  /** Where to listen. Default 127.0.0.1: this host only. 0.0.0.0: all networks. */
  host?: string;
  /** Default 0: any free port. */
  mqttPort?: number;
  stunPort?: number;
  /** A second address of this host, so that clients can tell how their NAT filters (RFC 5780). Default on 127.x: 127.0.0.2. */
  stunAlternateHost?: string;
  /** What credentials for the relay are made with. Default: a new one. */
  turnSecret?: string;
  /** What clients must log in with. Default: nothing. */
  login?: Login;
  /** Limits of the rendezvous. */
  broker?: Pick<BrokerOptions, 'maxClients' | 'maxClientsPerAddress' | 'isBehindProxy' | 'trackerLogin'>;
  /** A tracker in this process, for streams that viewers share. Default: none. */
  tracker?: TrackerOptions;
}

export interface TrackerOptions extends Pick<TrackerWorkerOptions, 'secret' | 'settings' | 'audit'> {
  log?: Log;
}

export interface Servers {
  /** For viewers and cameras: `ws://host:port/mqtt`. */
  readonly signalingUrl: string;
  /** `host:port` */
  readonly stunServer: string;
  /** The relay on the same port, and the secret that makes credentials for it (`restCredentials`). */
  readonly turnSecret: string;
  /** Of the rendezvous. */
  health(): BrokerHealth;
  /** Null without a tracker. */
  trackerStats(): WorkerStats | null;
  close(): Promise<void>;
}

/**
 * Rendezvous, STUN and a relay in this process: all that viewers and cameras need to find each other. Rejects with the system's
 * error, and leaves nothing open, when one of the ports is taken.
 */
export async function startServers(options: ServersOptions = {}): Promise<Servers> {
  const { host = '127.0.0.1', mqttPort = 0, stunPort = 0, login } = options;
  const turnSecret = options.turnSecret ?? randomBytes(24).toString('hex');
  const reachableHost = host === '0.0.0.0' ? firstNetworkAddress() : host;
  const broker = await startBroker({
    ...{ host, port: mqttPort, ...options.broker },
    ...(login ? { login } : {}),
  });
  let stun;
  try {
    stun = await openStun(
      { host, port: stunPort, relay: { secret: turnSecret, address: reachableHost } },
      options,
    );
  } catch (error) {
    await broker.close();
    throw error;
  }
  const { port: stunServerPort, close: closeStun } = stun;
  const worker = options.tracker && startWorker(options.tracker, host, broker.port);
  return {
    signalingUrl: `ws://${reachableHost}:${broker.port}/mqtt`,
    stunServer: `${reachableHost}:${stunServerPort}`,
    turnSecret,
    health: () => broker.health(),
    trackerStats: () => worker?.stats() ?? null,
    async close() {
      await worker?.close();
      await Promise.all([broker.close(), closeStun()]);
    },
  };
}

function startWorker({ log, ...options }: TrackerOptions, host: string, brokerPort: number): TrackerWorker {
  const brokerHost = host === '0.0.0.0' ? '127.0.0.1' : host;
  return startTrackerWorker({
    port: createNodePort(log ? { log } : {}),
    url: `ws://${brokerHost}:${brokerPort}/mqtt`,
    ...options,
  });
}

/** On loopback the second address comes for nothing, on most systems; without it only the filtering test is missing. */
async function openStun(stun: StunServerOptions, options: ServersOptions): Promise<StunServer> {
  const { stunAlternateHost } = options;
  if (stunAlternateHost !== undefined) return startStunServer({ ...stun, alternateHost: stunAlternateHost });
  if (stun.host !== '127.0.0.1') return startStunServer(stun);
  return startStunServer({ ...stun, alternateHost: '127.0.0.2' }).catch(() => startStunServer(stun));
}

/** What other hosts can reach a server by that listens on all networks. */
function firstNetworkAddress(): string {
  const all = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
  return all.find((entry) => entry.family === 'IPv4' && !entry.internal)?.address ?? '127.0.0.1';
}
