import { Drbg } from '../crypto/drbg';
import { eraseKeyPair, generateKeyPair } from '../crypto/noise';
import type { KeyPair } from '../crypto/noise';
import { ErrCode, P2PError } from '../errors';
import { gatherCandidates, isSameAddress } from '../path/candidates';
import { SenderText } from '../path/ip-address';
import type { TransportAddress } from '../path/ip-address';
import { NatBehaviourTest } from '../path/nat-behaviour';
import type { NatBehaviour } from '../path/nat-behaviour';
import { createStunProbe } from '../path/stun-client';
import type { StunProbe, StunProbeResult } from '../path/stun-client';
import { isStunMessage, stunUsernameTarget } from '../path/stun-message';
import type { Candidate, PathPolicy, TurnServer } from '../path/types';
import type { FillRandom, Port, UdpSocket } from '../port/port';
import { createTransport } from '../transport/transport';
import type { TransportFactory } from '../transport/types';
import { PeerSession } from './peer-session';
import type { SessionEnv } from './peer-session';
import { logThrown } from './guard';
import { parseHostPort } from './host-port';
import { Relays } from './relays';
import { isReset } from './stateless-reset';
import type { ResetSender } from './stateless-reset';
import { TimerSlot } from './timer-slot';
import type { SessionHandler } from './types';

const SEED_BYTES = 32;
/** Packet header: flags, 24-bit connection id, packet number (docs/transport.md). */
const PACKET_HEADER_BYTES = 8;
const CONNECTION_ID_ATTEMPTS = 16;
/** Many NATs forget a mapping after 30 s of silence (RFC 4787 §4.3 asks for two minutes). */
const FRESH_MAPPING_MS = 15_000;
/** The same for a session whose path is doubtful: the mapping is what may have changed. */
const REFRESH_MAPPING_MS = 500;
/** Between two sockets: a platform that closes each one at once gets no more of them than this. */
const MIN_REVIVE_MS = 1000;

/** How a session may find its path. */
export interface PathOptions {
  /** Default 'all'. */
  policy?: PathPolicy;
  /** `host:port`; asked for our address as others see it. Default none. */
  stunServers?: readonly string[];
  /** Relays are allocated on them at once, unless the policy is 'direct-only'. Default none. */
  turnServers?: readonly TurnServer[];
}

interface Probe {
  readonly run: StunProbe;
  /** Null once it was called. */
  done: ((mapped: TransportAddress | null) => void) | null;
  hasIpv6: boolean;
}

/**
 * The one UDP socket of a module and everything that shares it: NAT probe, relays, connectivity checks, packets of all
 * sessions. The first byte tells them apart (RFC 7983): 0-3 is STUN, 64-79 a relay's channel, 128 and above is ours.
 */
export class Endpoint {
  private readonly sessions = new Map<number, PeerSession>();
  private readonly probeTimer: TimerSlot;
  private drbg: Drbg | null = null;
  private udp: UdpSocket | null = null;
  private localAddresses: string[] = [];
  private probe: Probe | null = null;
  private behaviourTest: NatBehaviourTest | null = null;
  /** Of the newest probe that ended. */
  private testedMapping: TransportAddress | null = null;
  /** What the network before us does with UDP, as far as servers could tell; null before, and where none could. */
  natBehaviour: Partial<NatBehaviour> | null = null;
  private mappedAtMs = -Infinity;
  /** Who waits for the probe that runs, besides the one that started it. */
  private mappingListeners: ((mapped: TransportAddress) => void)[] = [];
  private spareKeyPair: KeyPair | null = null;
  private readonly spareTimer: TimerSlot;
  private readonly relays: Relays;
  private readonly reviveTimer: TimerSlot;
  private readonly senderText = new SenderText();
  private revivedMs = -Infinity;
  /** Bumped by open and close, so that late answers of an earlier opening change nothing. */
  private epoch = 0;

  /** The server-reflexive address, of IPv4 where there is one, once a probe found it. */
  mapped: TransportAddress | null = null;
  private mapped6: TransportAddress | null = null;

  /** Whoever answers calls here: they answer packets of sessions that this end does not know. */
  readonly resetSenders = new Set<ResetSender>();

  constructor(
    private readonly port: Port,
    private readonly newTransport: TransportFactory = createTransport,
  ) {
    this.probeTimer = new TimerSlot(port.clock, () => this.driveProbe());
    this.spareTimer = new TimerSlot(port.clock, () => this.makeSpareKeyPair());
    this.reviveTimer = new TimerSlot(port.clock, () => this.reviveSocket());
    this.relays = new Relays(port.clock, port.log, this.fillRandom, (datagram, address, toPort) =>
      this.sendDirect(datagram, address, toPort),
    );
  }

  get isOpen(): boolean {
    return this.udp !== null;
  }

  /**
   * Seeds the generator, opens the socket and learns the local addresses. `done` gets null, or the error:
   * -2404 where the platform has no secure random or no UDP, -2202 where the socket is refused.
   * Not called when `close` came first.
   */
  open(done: (error: P2PError | null) => void): void {
    const epoch = ++this.epoch;
    this.port.randomBytes(SEED_BYTES, (seed) => {
      if (epoch !== this.epoch) return;
      if (seed === null || seed.length < SEED_BYTES) {
        return done(
          new P2PError(ErrCode.EnvironmentUnsupported, 'the platform gives no secure random bytes'),
        );
      }
      if (this.drbg === null) this.drbg = new Drbg(seed);
      else this.drbg.reseed(seed);
      try {
        this.openSocket();
      } catch (error) {
        return done(new P2PError(ErrCode.ProbeFailed, 'the platform refused a UDP socket', error));
      }
      this.spareTimer.arm(this.port.clock.nowMs());
      this.port.localAddresses((addresses) => {
        if (epoch !== this.epoch) return;
        this.localAddresses = addresses;
        done(null);
      });
    });
  }

  /** Synchronous secure random. @throws -2002 before `open`. */
  readonly fillRandom: FillRandom = (bytes) => {
    if (this.drbg === null)
      throw new P2PError(ErrCode.NotInitialized, 'random bytes were asked for before open');
    this.drbg.fill(bytes);
  };

  /**
   * Asks STUN servers (`host:port`, with or without `stun:`) for our mapped address. `done` gets the first answer, or null
   * when nobody answered within the probe's 3 s. A probe already running is replaced and its `done` gets null.
   */
  probeNat(servers: readonly string[], done: (mapped: TransportAddress | null) => void): void {
    this.cancelProbe();
    if (this.udp === null || servers.length === 0) return done(null);
    const run = createStunProbe({
      servers: servers.map(parseHostPort),
      fillRandom: this.fillRandom,
      nowMs: this.port.clock.nowMs(),
    });
    this.probe = { run, done, hasIpv6: false };
    this.behaviourTest = null;
    this.driveProbe();
  }

  /**
   * For a call that is being made: what was found earlier may be forgotten by the NAT, so unless it is fresh, the servers
   * are asked again. `onCandidate` gets the server-reflexive candidate when it is another than before.
   */
  private refreshMapping(
    servers: readonly string[],
    onCandidate: (candidate: Candidate) => void,
    freshMs = FRESH_MAPPING_MS,
  ): void {
    const { mapped, mapped6 } = this;
    if (this.udp === null || servers.length === 0) return;
    if (mapped !== null && this.port.clock.nowMs() - this.mappedAtMs < freshMs) return;
    const known = [mapped, mapped6];
    this.mappingListeners.push((found) => {
      if (known.some((one) => one !== null && isSameAddress(one, found))) return;
      known.push(found);
      const candidate = this.candidates().find((one) => one.kind === 'srflx' && isSameAddress(one, found));
      if (candidate !== undefined) onCandidate(candidate);
    });
    if (this.probe === null || this.probe.done === null) this.probeNat(servers, () => undefined);
  }

  /** Host and server-reflexive candidates known now. */
  candidates(): Candidate[] {
    if (this.udp === null) return [];
    return gatherCandidates({
      localAddresses: this.localAddresses,
      localPort: this.udp.localPort,
      localPort6: this.udp.localPort6 ?? 0,
      mapped: this.mapped,
      mapped6: this.mapped6,
      includeLoopback: true, // the port lists loopback only where a peer may be on this machine
    });
  }

  /**
   * A session on the socket; on a new one where the platform has closed it.
   * @throws -2404 when the platform refuses a socket
   */
  createSession(
    role: 'client' | 'server',
    handler: SessionHandler,
    { policy = 'all', stunServers = [], turnServers = [] }: PathOptions = {},
  ): PeerSession {
    this.reopenSocket();
    const env: SessionEnv = {
      clock: this.port.clock,
      log: this.port.log,
      fillRandom: this.fillRandom,
      createTransport: this.newTransport,
      send: (datagram, address, port, via) => this.send(datagram, address, port, via),
      bindRelay: (via, address, port) => this.relays.bind(via, address, port),
      gather: (moving) => this.gather(moving, { policy, stunServers, turnServers }),
      releaseRelays: (session) => this.relays.release(session),
      release: (session) => {
        this.sessions.delete(session.connectionId);
        this.relays.release(session);
      },
    };
    const session = new PeerSession(
      env,
      {
        role,
        policy,
        hasIpv6: this.hasIpv6,
        connectionId: this.freeConnectionId(),
        localCandidates: policy === 'relay-only' ? [] : this.candidates(),
      },
      handler,
    );
    this.sessions.set(session.connectionId, session);
    const ready = policy === 'direct-only' ? [] : this.relays.acquire(turnServers, session);
    for (const { via, candidate } of ready) session.onRelay(via, candidate);
    if (policy !== 'relay-only') this.refreshMapping(stunServers, (one) => session.onLocalCandidate(one));
    return session;
  }

  /**
   * The platform's network is another one than before: addresses, mapping and relays are found out anew, and every session
   * looks for a path from here.
   */
  networkChanged(): void {
    if (this.udp === null) return;
    this.mappedAtMs = -Infinity;
    this.relays.restart();
    const { epoch } = this;
    this.port.localAddresses((addresses) => {
      if (epoch !== this.epoch) return;
      this.localAddresses = addresses;
      for (const session of [...this.sessions.values()]) session.restartPath();
    });
  }

  /** A fresh X25519 key pair; made ahead where there was time. */
  takeKeyPair(): KeyPair {
    const pair = this.spareKeyPair ?? generateKeyPair(this.fillRandom);
    this.spareKeyPair = null;
    this.spareTimer.arm(this.port.clock.nowMs() + 50);
    return pair;
  }

  /** Closes every session (their handlers get -2810) and the socket; `open` may follow. */
  close(): void {
    const epoch = ++this.epoch;
    this.cancelProbe();
    this.mappingListeners = [];
    this.spareTimer.clear();
    if (this.spareKeyPair !== null) eraseKeyPair(this.spareKeyPair);
    this.spareKeyPair = null;
    for (const session of [...this.sessions.values()]) {
      session.fail(ErrCode.Aborted, 'the module was closed');
    }
    if (epoch !== this.epoch) return; // one of their handlers has closed it as well, and perhaps opened it again
    this.relays.close();
    this.reviveTimer.clear();
    this.udp?.close();
    this.udp = null;
    this.mapped = this.mapped6 = null;
    this.testedMapping = null;
    this.natBehaviour = null;
  }

  private get hasIpv6(): boolean {
    return this.udp !== null && (this.udp.localPort6 ?? 0) > 0;
  }

  private reopenSocket(): void {
    if (this.udp !== null) return;
    try {
      this.openSocket();
    } catch (error) {
      throw new P2PError(ErrCode.EnvironmentUnsupported, 'the platform refused a UDP socket', error);
    }
  }

  private openSocket(): void {
    this.udp?.close();
    const socket: { current: UdpSocket | null } = { current: null };
    socket.current = this.port.openUdp({
      onMessage: (datagram, from, port) => {
        const address = this.senderText.of(from);
        // A zone means nothing to a peer, so no path leads there.
        if (address !== null) this.onDatagram(datagram, address, port);
      },
      onError: (errmsg) => this.port.log('warn', `udp: ${errmsg}`),
      onClose: () => {
        if (this.udp !== socket.current) return;
        this.udp = null;
        this.mapped = this.mapped6 = null;
        this.reviveSocket();
      },
    });
    this.udp = socket.current;
  }

  /** The platform has closed the socket, as iOS does in the background: sessions go on over another one. */
  private reviveSocket(): void {
    if (this.udp !== null || this.sessions.size === 0) return;
    const nowMs = this.port.clock.nowMs();
    if (nowMs < this.revivedMs + MIN_REVIVE_MS) return this.reviveTimer.arm(this.revivedMs + MIN_REVIVE_MS);
    this.revivedMs = nowMs;
    try {
      this.openSocket();
    } catch (error) {
      logThrown(this.port.log, 'openUdp', error);
      for (const session of [...this.sessions.values()]) {
        session.fail(ErrCode.LinkLost, 'the platform closed the UDP socket, and gives no other one');
      }
      return;
    }
    this.networkChanged();
  }

  /** Our addresses, for a session that looks for another path. */
  private gather(session: PeerSession, { policy, stunServers = [], turnServers = [] }: PathOptions): void {
    session.setLocalCandidates(policy === 'relay-only' ? [] : this.candidates());
    if (policy !== 'direct-only') {
      this.relays.check();
      const ready = this.relays.acquire(turnServers, session);
      for (const { via, candidate } of ready) session.onRelay(via, candidate);
    }
    if (policy === 'relay-only') return;
    this.refreshMapping(stunServers, (one) => session.onLocalCandidate(one), REFRESH_MAPPING_MS);
  }

  private onDatagram(datagram: Uint8Array, address: string, port: number): void {
    const first = datagram[0];
    if (first === undefined) return;
    if (first >= 0x80) return this.onPacket(datagram, address, port, 0);
    const relayed = this.relays.unwrap(datagram, address, port);
    if (relayed !== null) {
      const { from, via } = this.relays;
      if (relayed[0]! >= 0x80) this.onPacket(relayed, from.address, from.port, via);
      else if (isStunMessage(relayed)) this.onCheck(relayed, from.address, from.port, via);
    } else if (isStunMessage(datagram)) {
      this.onStun(datagram, address, port);
    }
  }

  private onPacket(datagram: Uint8Array, address: string, port: number, via: number): void {
    if (datagram.length < PACKET_HEADER_BYTES) return;
    if (isReset(datagram)) {
      // It names the connection id of its sender, since the sender knows nothing else.
      for (const session of [...this.sessions.values()]) session.receiveReset(datagram);
      return;
    }
    const connectionId = (datagram[1]! << 16) | (datagram[2]! << 8) | datagram[3]!;
    const session = this.sessions.get(connectionId);
    if (session !== undefined) return session.receivePacket(datagram, address, port, via);
    // Nobody knows whose session it was, and there is one answer for a packet: the next packet is another one's turn.
    const sender = [...this.resetSenders][datagram[7]! % this.resetSenders.size];
    const reset = sender && sender.answer(datagram, this.port.clock.nowMs());
    if (reset) this.send(reset, address, port, via);
  }

  private onStun(message: Uint8Array, address: string, port: number): void {
    const nowMs = this.port.clock.nowMs();
    if (this.probe !== null && this.probe.run.receive(message, address, port, nowMs)) {
      this.driveProbe();
    } else if (this.behaviourTest !== null && this.behaviourTest.receive(message, nowMs)) {
      this.driveBehaviour();
    } else if (!this.relays.receive(message, address, port)) {
      this.onCheck(message, address, port, 0);
    }
  }

  private onCheck(message: Uint8Array, address: string, port: number, via: number): void {
    const ufrag = stunUsernameTarget(message);
    for (const session of this.sessions.values()) {
      if (ufrag !== null && session.ice.local.ufrag !== ufrag) continue;
      if (session.receiveStun(message, address, port, via)) return;
    }
  }

  private send(datagram: Uint8Array, address: string, port: number, via: number): void {
    if (via === 0) this.sendDirect(datagram, address, port);
    else this.relays.sendThrough(via, datagram, address, port);
  }

  private sendDirect(datagram: Uint8Array, address: string, port: number): void {
    if (this.udp === null) return;
    try {
      this.udp.send(datagram, address, port);
    } catch (error) {
      // A lost datagram like any other; the layers above repeat or give up in their time.
      this.port.log('warn', `udp send: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private driveProbe(): void {
    const { probe } = this;
    if (probe === null) return this.driveBehaviour();
    const nowMs = this.port.clock.nowMs();
    const { run, done } = probe;
    run.wake(nowMs);
    let out;
    while ((out = run.poll(nowMs)) !== null) this.sendDirect(out.bytes, out.address, out.port);
    const { mapped, mapped6, result } = run;
    // Who waits is told of the first answer; the others tell how the NAT maps.
    this.probeTimer.arm(run.nextWakeMs());
    if (mapped6 !== null && !probe.hasIpv6) {
      probe.hasIpv6 = true;
      this.mapped6 = mapped6;
      this.tellMapping(mapped6);
    }
    if (result !== null) this.endProbe(result);
    if (done !== null && (mapped !== null || result !== null)) {
      probe.done = null;
      const answer = mapped ?? mapped6;
      if (answer !== null) {
        this.mapped = answer;
        this.mappedAtMs = nowMs;
      }
      done(answer);
      if (answer !== null) this.tellMapping(answer);
    }
    // `done` may have begun another probe, whose answers are theirs too.
    if (result !== null && this.probe === null) this.mappingListeners = [];
  }

  private tellMapping(mapped: TransportAddress): void {
    for (const listener of [...this.mappingListeners]) listener(mapped);
  }

  private cancelProbe(): void {
    const { probe } = this;
    this.probe = null;
    this.behaviourTest = null;
    this.probeTimer.clear();
    probe?.run.close();
    probe?.done?.(null);
  }

  /** Every server has answered, or had its time. One with two addresses is asked further; else their answers are compared. */
  private endProbe({ mapped, mappingBehaviour }: StunProbeResult): void {
    const { alternate } = this.probe!.run;
    this.probe!.run.close();
    this.probe = null;
    this.probeTimer.clear();
    const last = this.testedMapping;
    this.testedMapping = mapped;
    // The same mapping: what was found out is true of it, and its filter is open for the server by now.
    if (mapped === null || (last !== null && isSameAddress(last, mapped))) return;
    this.natBehaviour = null;
    if (mappingBehaviour === 'endpoint-independent') this.natBehaviour = { mapping: 'independent' };
    if (mappingBehaviour === 'address-dependent') this.natBehaviour = { mapping: 'address' };
    if (alternate === null) return;
    const nowMs = this.port.clock.nowMs();
    this.behaviourTest = new NatBehaviourTest({ ...alternate, fillRandom: this.fillRandom, nowMs });
    this.driveBehaviour();
  }

  private driveBehaviour(): void {
    const test = this.behaviourTest;
    if (test === null) return;
    const nowMs = this.port.clock.nowMs();
    test.wake(nowMs);
    let out;
    while ((out = test.poll(nowMs)) !== null) this.sendDirect(out.bytes, out.address, out.port);
    if (test.result !== null) {
      this.natBehaviour = test.result;
      this.port.log('info', `nat: mapping ${test.result.mapping}, filtering ${test.result.filtering}`);
    }
    this.probeTimer.arm(test.nextWakeMs());
  }

  private makeSpareKeyPair(): void {
    if (this.udp !== null && this.spareKeyPair === null) this.spareKeyPair = generateKeyPair(this.fillRandom);
  }

  private freeConnectionId(): number {
    const bytes = new Uint8Array(3);
    for (let attempt = 0; attempt < CONNECTION_ID_ATTEMPTS; attempt++) {
      this.fillRandom(bytes);
      const id = (bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!;
      if (!this.sessions.has(id)) return id;
    }
    throw new P2PError(ErrCode.EnvironmentUnsupported, 'no free connection id: too many sessions');
  }
}
