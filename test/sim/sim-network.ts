import type { UdpHandlers } from '../../p2p-core/port/port';
import { TurnRelay } from '../../devkit/servers/turn-relay';
import { answerBindingRequest } from '../../p2p-core/path/stun-server';
import type { Nat } from '../p2p-core/path/support/nat';
import { Link } from './link';
import type { LinkOptions } from './link';
import { Prng } from './prng';
import type { VirtualClock } from './virtual-clock';

const STUN_PORT = 3478;
/** Source and destination port travel in front of every datagram: about the size of a UDP header. */
const PORTS_BYTES = 4;
const FIRST_PORT = 50_000;

/**
 * Datagrams between hosts, in virtual time. A host with a NAT is reached through the NAT's public address. Between
 * two public addresses there is one Link for each direction, made at the first datagram and shared by all sockets.
 */
export class SimNetwork {
  private readonly hosts: SimHost[] = [];
  private readonly links = new Map<string, Link>();
  /** Sees every datagram that leaves a host; returns false to lose it. */
  filter: (datagram: Uint8Array, from: SimHost) => boolean = () => true;
  /** Sees the public addresses of every datagram between sites; returns false to lose it. */
  passes: (from: string, to: string) => boolean = () => true;
  watch: (from: string, to: string) => void = () => undefined;

  constructor(
    private readonly clock: VirtualClock,
    private readonly random: Prng,
    private linkOptions: LinkOptions,
  ) {}

  addHost(address: string, nat: Nat | null = null): SimHost {
    const host = new SimHost(this, address, nat);
    this.hosts.push(host);
    return host;
  }

  addStunServer(address: string): SimHost {
    const host = this.addHost(address);
    const socket = host.open(
      {
        onMessage: (request, from, port) => {
          const answer = answerBindingRequest(request, from, port);
          if (answer !== null) socket.send(answer, from, port);
        },
        onError: () => undefined,
        onClose: () => undefined,
      },
      STUN_PORT,
    );
    return host;
  }

  /** A relay for who has REST credentials made with `secret`; also a STUN server. */
  addTurnServer(address: string, secret: string): TurnRelay {
    const host = this.addHost(address);
    const { clock } = this;
    const relay = new TurnRelay({
      secret,
      relayAddress: address,
      clock,
      openRelay: (onMessage) =>
        Promise.resolve(host.open({ onMessage, onError: () => undefined, onClose: () => undefined })),
    });
    const socket = host.open(
      {
        onMessage: (datagram, from, port) => {
          const answer = answerBindingRequest(datagram, from, port);
          if (answer !== null) socket.send(answer, from, port);
          else relay.receive(datagram, from, port, (bytes) => socket.send(bytes, from, port));
        },
        onError: () => undefined,
        onClose: () => undefined,
      },
      STUN_PORT,
    );
    return relay;
  }

  /** Of all links, from now on. */
  setLinks(options: LinkOptions): void {
    this.linkOptions = options;
    for (const link of this.links.values()) link.options = options;
  }

  send(from: SimHost, fromPort: number, datagram: Uint8Array, toAddress: string, toPort: number): void {
    if (from.isOffline || !this.filter(datagram, from)) return;
    const packet = new Uint8Array(PORTS_BYTES + datagram.length);
    packet.set(datagram, PORTS_BYTES);
    if (toAddress.includes(':')) return this.sendIpv6(from, packet, fromPort, toAddress, toPort);
    const { nat } = from;
    const neighbour =
      nat === null ? null : this.hosts.find((host) => host.nat === nat && host.address === toAddress);
    if (neighbour) {
      this.clock.at(this.clock.nowMs() + 1, () =>
        neighbour.deliver(packet.subarray(PORTS_BYTES), from.address, fromPort, toPort),
      );
      return;
    }
    if (!this.hosts.some((host) => host.publicAddress === toAddress)) return;
    const outsidePort =
      nat === null ? fromPort : nat.outbound(`${from.address}:${fromPort}`, toAddress, toPort);
    this.watch(from.publicAddress, toAddress);
    if (!this.passes(from.publicAddress, toAddress)) return;
    const view = new DataView(packet.buffer);
    view.setUint16(0, outsidePort);
    view.setUint16(2, toPort);
    this.link(from.publicAddress, toAddress).send(packet);
  }

  /** Without NATs. */
  private sendIpv6(from: SimHost, packet: Uint8Array, fromPort: number, to: string, toPort: number): void {
    const { address6 } = from;
    if (address6 === null || !this.hosts.some((host) => host.address6 === to)) return;
    this.watch(address6, to);
    if (!this.passes(address6, to)) return;
    const view = new DataView(packet.buffer);
    view.setUint16(0, fromPort);
    view.setUint16(2, toPort);
    this.link(address6, to).send(packet);
  }

  private link(from: string, to: string): Link {
    const key = `${from}>${to}`;
    let link = this.links.get(key);
    if (link === undefined) {
      const random = new Prng(this.random.int(0, 0xffffffff));
      link = new Link(this.clock, random, this.linkOptions, (packet) => this.arrive(packet, from, to));
      this.links.set(key, link);
    }
    return link;
  }

  private arrive(packet: Uint8Array, from: string, to: string): void {
    const view = new DataView(packet.buffer, packet.byteOffset);
    const fromPort = view.getUint16(0);
    const toPort = view.getUint16(2);
    if (to.includes(':')) {
      const host = this.hosts.find((one) => one.address6 === to);
      return host?.deliver(packet.subarray(PORTS_BYTES), from, fromPort, toPort);
    }
    for (const host of this.hosts) {
      if (host.publicAddress !== to) continue;
      const inside = host.nat === null ? `${to}:${toPort}` : host.nat.inbound(toPort, from, fromPort);
      if (inside === null) return;
      const [address, port] = inside.split(':');
      if (host.address !== address) continue;
      return host.deliver(packet.subarray(PORTS_BYTES), from, fromPort, Number(port));
    }
  }
}

/** One machine with one IPv4 address, and perhaps one of IPv6. */
export class SimHost {
  /** Nothing gets in or out. */
  isOffline = false;
  /** Its sockets take IPv6 too, on the same port; null where there is none. */
  address6: string | null = null;
  private readonly sockets = new Map<number, UdpHandlers>();
  private nextPort = FIRST_PORT;

  constructor(
    private readonly network: SimNetwork,
    public address: string,
    public nat: Nat | null,
  ) {}

  /** The machine joins another network; its sockets stay. */
  moveTo(address: string, nat: Nat | null): void {
    this.address = address;
    this.nat = nat;
  }

  get publicAddress(): string {
    return this.nat === null ? this.address : this.nat.publicAddress;
  }

  /** A socket on a port that was never used before, unless `port` says which. */
  open(handlers: UdpHandlers, port = this.nextPort++): SimSocket {
    this.sockets.set(port, handlers);
    return {
      localPort: port,
      localPort6: this.address6 === null ? 0 : port,
      port,
      send: (datagram, address, toPort) => {
        if (this.sockets.get(port) === handlers) this.network.send(this, port, datagram, address, toPort);
      },
      close: () => {
        if (this.sockets.get(port) === handlers) this.sockets.delete(port);
      },
    };
  }

  deliver(datagram: Uint8Array, fromAddress: string, fromPort: number, toPort: number): void {
    if (!this.isOffline) this.sockets.get(toPort)?.onMessage(datagram, fromAddress, fromPort);
  }

  /** The platform takes all sockets away, as iOS does in the background. */
  closeSockets(): void {
    const all = [...this.sockets.values()];
    this.sockets.clear();
    for (const handlers of all) handlers.onClose();
  }

  /** The machine loses power: its sockets vanish and nobody is told. */
  loseSockets(): void {
    this.sockets.clear();
  }
}

export interface SimSocket {
  readonly localPort: number;
  readonly localPort6: number;
  readonly port: number;
  send(datagram: Uint8Array, address: string, port: number): void;
  close(): void;
}
