import type { Nat } from './nat';
import { seededRandom } from './random';

type OnDatagram = (bytes: Uint8Array, address: string, port: number) => void;

/** One socket: on all `addresses` of its host, on one port. */
export interface VirtualSocket {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly nat: Nat | null;
  readonly onDatagram: OnDatagram;
}

export interface NetworkOptions {
  seed: number;
  /** One way. */
  latencyMs?: number;
  lossRate?: number;
}

/**
 * IPv4 datagrams in virtual time. Sockets without a NAT live on the public network; sockets behind one NAT see each other by
 * their private addresses. What cannot be routed is dropped, as real networks do with private addresses.
 */
export class VirtualNetwork {
  nowMs = 0;
  /** True drops everything. */
  isCut = false;
  datagramsSent = 0;
  lossRate: number;
  private readonly sockets: VirtualSocket[] = [];
  private readonly random: () => number;
  private events: { atMs: number; order: number; run: () => void }[] = [];
  private eventCount = 0;
  /** Extra wake-ups: asked for the next time, and run when it is reached. */
  readonly timers: { nextWakeMs(): number; wake(nowMs: number): void }[] = [];

  constructor(private readonly options: NetworkOptions) {
    this.random = seededRandom(options.seed);
    this.lossRate = options.lossRate ?? 0;
  }

  open(addresses: readonly string[], port: number, nat: Nat | null, onDatagram: OnDatagram): VirtualSocket {
    const socket = { addresses, port, nat, onDatagram };
    this.sockets.push(socket);
    return socket;
  }

  send(from: VirtualSocket, datagram: Uint8Array, toAddress: string, toPort: number): void {
    this.datagramsSent++;
    const bytes = datagram.slice();
    const isLocal = from.addresses.includes(toAddress);
    const isLoopback = toAddress.startsWith('127.');
    const sourceAddress = isLocal ? toAddress : from.addresses.find((one) => !one.startsWith('127.'));
    if (isLoopback || isLocal) {
      // The same machine: every socket on it is reached by any of its addresses.
      const near = this.sockets.find((one) => one.port === toPort && one.addresses.includes(toAddress));
      if (near) this.deliver(near, bytes, isLoopback ? toAddress : sourceAddress!, from.port, 0.1);
      return;
    }
    if (sourceAddress === undefined) return;
    const neighbour = this.sockets.find(
      (one) =>
        one.nat !== null && one.nat === from.nat && one.port === toPort && one.addresses.includes(toAddress),
    );
    if (neighbour) return this.deliver(neighbour, bytes, sourceAddress, from.port, 1);
    let address = sourceAddress;
    let port = from.port;
    if (from.nat !== null) {
      port = from.nat.outbound(`${sourceAddress}:${from.port}`, toAddress, toPort);
      address = from.nat.publicAddress;
    }
    this.after(this.options.latencyMs ?? 20, () => this.arrive(bytes, address, port, toAddress, toPort));
  }

  /** Runs until nothing is left to do before `untilMs`, or until `isDone`. */
  run(untilMs: number, isDone: () => boolean = () => false): void {
    for (let steps = 0; !isDone(); steps++) {
      if (steps > 1_000_000) throw new Error('virtual time does not move on');
      const event = this.nextEvent();
      let timer = null;
      let wakeMs = Infinity;
      for (const one of this.timers) {
        const atMs = one.nextWakeMs();
        if (atMs < wakeMs) [timer, wakeMs] = [one, atMs];
      }
      const atMs = Math.min(event?.atMs ?? Infinity, wakeMs);
      if (atMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, untilMs);
        return;
      }
      this.nowMs = Math.max(this.nowMs, atMs);
      if (event !== null && event.atMs <= wakeMs) {
        this.events.splice(this.events.indexOf(event), 1);
        event.run();
      } else {
        timer!.wake(this.nowMs);
      }
    }
  }

  after(delayMs: number, run: () => void): void {
    this.events.push({ atMs: this.nowMs + delayMs, order: this.eventCount++, run });
  }

  private nextEvent() {
    let next = null;
    for (const event of this.events) {
      if (next === null || event.atMs < next.atMs || (event.atMs === next.atMs && event.order < next.order)) {
        next = event;
      }
    }
    return next;
  }

  private arrive(
    bytes: Uint8Array,
    fromAddress: string,
    fromPort: number,
    toAddress: string,
    toPort: number,
  ): void {
    if (this.isCut || this.random() < this.lossRate) return;
    for (const socket of this.sockets) {
      if (socket.nat === null) {
        if (socket.port === toPort && socket.addresses.includes(toAddress)) {
          return socket.onDatagram(bytes, fromAddress, fromPort);
        }
      } else if (socket.nat.publicAddress === toAddress) {
        const internal = socket.nat.inbound(toPort, fromAddress, fromPort);
        if (internal === null) return;
        const inside = this.sockets.find(
          (one) =>
            one.nat === socket.nat && one.addresses.some((address) => `${address}:${one.port}` === internal),
        );
        inside?.onDatagram(bytes, fromAddress, fromPort);
        return;
      }
    }
  }

  private deliver(
    to: VirtualSocket,
    bytes: Uint8Array,
    address: string,
    port: number,
    delayMs: number,
  ): void {
    this.after(delayMs, () => {
      if (!this.isCut && this.random() >= this.lossRate) to.onDatagram(bytes, address, port);
    });
  }
}
