import { candidatePriority } from '../path/candidate-priority';
import type { TransportAddress } from '../path/ip-address';
import { StunErrorCode } from '../path/stun-attributes';
import { TurnClient } from '../path/turn-client';
import type { Candidate, TurnServer } from '../path/types';
import type { Clock, FillRandom, Log } from '../port/port';
import { parseHostPort } from './host-port';
import { TimerSlot } from './timer-slot';

/** Who may need a relay: a session. */
export interface RelayUser {
  /** A relay can be used; not called for those that `acquire` returned. */
  onRelay(via: number, candidate: Candidate): void;
  onRelayGone(via: number): void;
}

export interface ReadyRelay {
  via: number;
  candidate: Candidate;
}

interface Relay {
  readonly via: number;
  readonly server: TurnServer;
  client: TurnClient;
  candidate: Candidate | null;
  readonly users: Set<RelayUser>;
  /** When the last user left; Infinity while there are some. */
  idleSinceMs: number;
  /** When to try again what failed; Infinity when not. */
  retryAtMs: number;
  attempts: number;
  /** False once it was given back. */
  isKept: boolean;
}

/** More allocations in parallel find no better path. */
const MAX_SERVERS = 2;
/** A relay is given back when nobody has used it for this long: a start beside another one finds it ready. */
const LINGER_MS = 10_000;
/** After an answer that may be another one soon: an earlier allocation of this port that the server still holds, say. */
const RETRY_MS = 1000;
const MAX_ATTEMPTS = 3;

/**
 * The relays of one socket, shared by its sessions: a server gives one socket one allocation only (RFC 8656 §7.2). What
 * goes through a relay is known by its `via`, a number from 1 that is never used again.
 */
export class Relays {
  private relays: Relay[] = [];
  private readonly timer: TimerSlot;
  private lastVia = 0;
  /** Of what `unwrap` gave out last. */
  from: TransportAddress = { address: '', port: 0 };
  via = 0;

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly fillRandom: FillRandom,
    /** `datagram` is borrowed until the call returns. */
    private readonly send: (datagram: Uint8Array, address: string, port: number) => void,
  ) {
    this.timer = new TimerSlot(clock, () => this.onTimer());
  }

  /** Starts allocations on these servers, unless they are there, and keeps them for `user`. Those that are ready now. */
  acquire(servers: readonly TurnServer[], user: RelayUser): ReadyRelay[] {
    const ready: ReadyRelay[] = [];
    for (const server of servers.slice(0, MAX_SERVERS)) {
      const relay = this.living(server) ?? this.allocate(server);
      relay.users.add(user);
      relay.idleSinceMs = Infinity;
      if (relay.candidate !== null) ready.push({ via: relay.via, candidate: relay.candidate });
    }
    this.drive();
    return ready;
  }

  release(user: RelayUser): void {
    const nowMs = this.clock.nowMs();
    for (const relay of this.relays) {
      if (relay.users.delete(user) && relay.users.size === 0) relay.idleSinceMs = nowMs;
    }
    this.drive();
  }

  /** The socket is another one, or its address may be: allocations are made anew for those who hold them. */
  restart(): void {
    const before = this.relays;
    this.relays = [];
    for (const relay of before) {
      relay.client.release(this.clock.nowMs());
      this.flush(relay);
      if (relay.candidate !== null) for (const user of [...relay.users]) user.onRelayGone(relay.via);
      if (relay.users.size === 0) continue;
      const anew = this.allocate(relay.server);
      for (const user of relay.users) anew.users.add(user);
    }
    this.drive();
  }

  /** Asks the servers whether they still know us. */
  check(): void {
    for (const relay of this.relays) relay.client.check(this.clock.nowMs());
    this.drive();
  }

  /** Gives everything back without waiting for answers. */
  close(): void {
    const nowMs = this.clock.nowMs();
    for (const relay of this.relays) {
      relay.client.release(nowMs);
      this.flush(relay);
    }
    this.relays = [];
    this.timer.clear();
  }

  /** What came out of a relay, a view of `datagram`; `from` and `via` tell from where. Null when it is something else. */
  unwrap(datagram: Uint8Array, address: string, port: number): Uint8Array | null {
    for (const relay of this.relays) {
      const data = relay.client.unwrap(datagram, address, port);
      if (data === null) continue;
      this.from = relay.client.from;
      this.via = relay.via;
      return data;
    }
    return null;
  }

  /** A STUN message from the socket; true when it was the answer to one of ours. */
  receive(message: Uint8Array, address: string, port: number): boolean {
    const nowMs = this.clock.nowMs();
    if (!this.relays.some((relay) => relay.client.receive(message, address, port, nowMs))) return false;
    this.drive();
    return true;
  }

  sendThrough(via: number, datagram: Uint8Array, address: string, port: number): void {
    const relay = this.find(via);
    if (relay === null) return;
    const wrapped = relay.client.wrap(datagram, address, port, this.clock.nowMs());
    // The permission that the first datagram needs goes before it.
    this.flush(relay);
    if (wrapped === null) return;
    const { destination } = relay.client;
    this.send(wrapped, destination.address, destination.port);
  }

  /** Much will be sent to this peer. */
  bind(via: number, address: string, port: number): void {
    const relay = this.find(via);
    if (relay === null) return;
    relay.client.bind(address, port, this.clock.nowMs());
    this.drive();
  }

  /** One socket has one allocation on a server, whoever asks for it. */
  private living({ server }: TurnServer): Relay | undefined {
    return this.relays.find(
      (relay) =>
        relay.server.server === server &&
        relay.isKept &&
        (!relay.client.hasEnded || relay.retryAtMs !== Infinity),
    );
  }

  private find(via: number): Relay | null {
    for (const relay of this.relays) if (relay.via === via) return relay;
    return null;
  }

  private allocate(server: TurnServer): Relay {
    const relay: Relay = {
      via: ++this.lastVia,
      server,
      client: this.newClient(server, () => relay),
      candidate: null,
      users: new Set(),
      idleSinceMs: Infinity,
      retryAtMs: Infinity,
      attempts: 1,
      isKept: true,
    };
    this.relays.push(relay);
    return relay;
  }

  private newClient(server: TurnServer, relay: () => Relay): TurnClient {
    return new TurnClient({
      server: parseHostPort(server.server),
      credentials: server,
      fillRandom: this.fillRandom,
      nowMs: this.clock.nowMs(),
      handler: {
        onAllocated: (relayed) => this.onAllocated(relay(), relayed),
        onEnded: (code) => this.onEnded(relay(), code),
      },
    });
  }

  private onAllocated(relay: Relay, { address, port }: TransportAddress): void {
    const candidate: Candidate = { kind: 'relay', address, port, priority: candidatePriority('relay') };
    relay.candidate = candidate;
    relay.attempts = 1;
    for (const user of [...relay.users]) user.onRelay(relay.via, candidate);
  }

  private onEnded(relay: Relay, code: number): void {
    this.log('warn', `relay: ${code === 0 ? 'the server does not answer' : `the server refused: ${code}`}`);
    const hadCandidate = relay.candidate !== null;
    relay.candidate = null;
    const mayRecover = hadCandidate || code === StunErrorCode.AllocationMismatch;
    if (mayRecover && relay.attempts < MAX_ATTEMPTS) relay.retryAtMs = this.clock.nowMs() + RETRY_MS;
    if (hadCandidate) for (const user of [...relay.users]) user.onRelayGone(relay.via);
  }

  private onTimer(): void {
    const nowMs = this.clock.nowMs();
    for (const relay of [...this.relays]) {
      relay.client.wake(nowMs);
      if (nowMs >= relay.retryAtMs) this.retry(relay);
      if (nowMs < relay.idleSinceMs + LINGER_MS) continue;
      relay.idleSinceMs = Infinity;
      relay.candidate = null;
      relay.isKept = false;
      relay.client.release(nowMs);
    }
    this.drive();
  }

  /** Under another number: nothing that was said of the old one is true of it. */
  private retry(relay: Relay): void {
    this.relays.splice(this.relays.indexOf(relay), 1);
    if (relay.users.size === 0) return;
    const anew = this.allocate(relay.server);
    anew.attempts = relay.attempts + 1;
    for (const user of relay.users) anew.users.add(user);
  }

  private drive(): void {
    let nextMs = Infinity;
    for (const relay of this.relays) {
      this.flush(relay);
      const lingerMs = relay.idleSinceMs + LINGER_MS;
      nextMs = Math.min(nextMs, relay.client.nextWakeMs(), relay.retryAtMs, lingerMs);
    }
    // Released, and nobody came back: forgotten with the server's answer.
    this.relays = this.relays.filter((relay) => relay.users.size > 0 || !relay.client.hasEnded);
    this.timer.arm(nextMs);
  }

  private flush(relay: Relay): void {
    const nowMs = this.clock.nowMs();
    let out;
    while ((out = relay.client.poll(nowMs)) !== null) this.send(out.bytes, out.address, out.port);
  }
}
