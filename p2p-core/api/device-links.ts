import { toHex } from '../bytes/hex';
import { ErrCode, P2PError } from '../errors';
import type { PathPolicy } from '../path/types';
import type { Port } from '../port/port';
import type { Endpoint, PathOptions } from '../session/endpoint';
import type { PeerTicket } from '../signaling/types';
import type { Meeting } from '../origin/sharing';
import { DeviceLink } from './device-link';
import type { LogSwitches } from './log-switches';
import { RendezvousPool } from './rendezvous-pool';
import type { ServerOptions } from './types';

/** What `init` says about the way to cameras. */
export interface LinkSetup {
  servers: Required<ServerOptions>;
  pathPolicy: PathPolicy;
  /** At the broker; null for one without login. */
  login: { user: string; password: string } | null;
  connectTimeoutMs: number;
  /** Of the trackers of shared streams. */
  shardCount: number;
}

/** One link for each device, however many services it has, and the broker connections that the links need. */
export class DeviceLinks {
  private readonly links = new Map<string, DeviceLink>();
  private readonly rendezvousPool: RendezvousPool;

  constructor(
    private readonly port: Port,
    private readonly endpoint: Endpoint,
    private readonly switches: LogSwitches,
    /** Of the last `init`. */
    public setup: LinkSetup,
  ) {
    this.rendezvousPool = new RendezvousPool(port, endpoint.fillRandom, switches);
  }

  /** Connects to the broker of `init`, and keeps it until `close`: the next link finds it connected. */
  warmUp(): void {
    const { servers, login } = this.setup;
    if (servers.signalingUrl !== '') this.rendezvousPool.acquire(servers.signalingUrl, login);
  }

  /** The network may have changed; `isOtherNetwork`: it is of another type than before. */
  checkNow(isOtherNetwork: boolean): void {
    this.rendezvousPool.checkNow(isOtherNetwork);
  }

  /** Leaves the brokers. Links end with their last service. */
  close(): void {
    this.rendezvousPool.close();
  }

  /**
   * Where viewers of shared streams meet: the broker of `init`, until `release`, and paths without relays, which would cost as
   * much as the stream's server. Null without a broker.
   */
  meetingPlace(): { meeting: Meeting; release(): void } | null {
    const { servers, login } = this.setup;
    const { signalingUrl: url, stunServers } = servers;
    if (url === '') return null;
    const rendezvous = this.rendezvousPool.acquire(url, login);
    rendezvous.checkNow();
    return {
      meeting: { endpoint: this.endpoint, rendezvous, path: { policy: 'direct-only', stunServers } },
      release: () => this.rendezvousPool.release(url),
    };
  }

  /** The link that lives, or a new call. @throws -2000 when no rendezvous is known. */
  linkTo(ticket: PeerTicket, policy: PathPolicy | undefined): DeviceLink {
    const key = toHex(ticket.peerName);
    const existing = this.links.get(key);
    if (existing && !existing.isLost) return existing;
    const { servers, connectTimeoutMs } = this.setup;
    const url = ticket.signalingUrl ?? servers.signalingUrl;
    if (url === '') {
      throw new P2PError(
        ErrCode.BadArgument,
        'no rendezvous server: name servers.signalingUrl at init, or use an xp2pInfo that carries one',
      );
    }
    const rendezvous = this.rendezvousPool.acquire(url, this.loginAt(url));
    // A retry that waits for its time is made now, and a connection that died without a word is found out.
    rendezvous.checkNow();
    let link: DeviceLink;
    try {
      link = new DeviceLink({
        endpoint: this.endpoint,
        clock: this.port.clock,
        log: this.port.log,
        ticket,
        rendezvous,
        connectTimeoutMs,
        path: this.pathOptions(ticket, policy),
        switches: this.switches,
        onEnd: () => {
          if (this.links.get(key) === link) this.links.delete(key);
          this.rendezvousPool.release(url);
        },
      });
    } catch (error) {
      this.rendezvousPool.release(url);
      throw error;
    }
    this.links.set(key, link);
    return link;
  }

  /**
   * Whoever made an xp2pInfo could name a broker of his own in it, and users paste what they are given: where `init` says which
   * broker the login is for, no other one gets it.
   */
  private loginAt(url: string): LinkSetup['login'] {
    const { servers, login } = this.setup;
    const own = servers.signalingUrl;
    return own === '' || originOf(own) === originOf(url) ? login : null;
  }

  /** Servers of the app first, since they are nearer to its viewers. */
  private pathOptions(ticket: PeerTicket, policy: PathPolicy | undefined): PathOptions {
    const { stunServers, turnServers } = this.setup.servers;
    const otherStun = ticket.stunServers.filter((server) => stunServers.indexOf(server) < 0);
    const otherTurn = ticket.turnServers.filter(
      ({ server }) => !turnServers.some((known) => known.server === server),
    );
    return {
      policy: policy ?? this.setup.pathPolicy,
      stunServers: [...stunServers, ...otherStun],
      turnServers: [...turnServers, ...otherTurn],
    };
  }
}

/** Scheme, host and port: over ws: a password could be read on the way. */
const originOf = (url: string): string => url.replace(/^(\w+:\/\/[^/?#]*)[^]*$/, '$1').toLowerCase();
