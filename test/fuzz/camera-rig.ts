import { toHex } from '../../p2p-core/bytes/hex';
import { Drbg } from '../../p2p-core/crypto/drbg';
import { generateKeyPair } from '../../p2p-core/crypto/noise';
import type { KeyPair } from '../../p2p-core/crypto/noise';
import type { Port, UdpHandlers } from '../../p2p-core/port/port';
import { Endpoint } from '../../p2p-core/session/endpoint';
import { createCallHandshake } from '../../p2p-core/session/handshake';
import type { IceCredentials } from '../../p2p-core/path/types';
import { IncomingCalls } from '../../p2p-core/session/incoming-calls';
import type { PeerSession } from '../../p2p-core/session/peer-session';
import type { Session } from '../../p2p-core/session/types';
import { encodeCallDescription } from '../../p2p-core/signaling/call-description';
import { openEnvelope, sealEnvelope, signalingKeys } from '../../p2p-core/signaling/envelope';
import { decodeSignalMessage, encodeSignalMessage } from '../../p2p-core/signaling/signal-message';
import { newTicket } from '../../p2p-core/signaling/ticket';
import type { CallDescription, PeerTicket, Rendezvous, SignalMessage } from '../../p2p-core/signaling/types';
import { Prng } from '../sim/prng';
import { VirtualClock } from '../sim/virtual-clock';
import { randomBytes } from './mutate';

export interface SentDatagram {
  bytes: Uint8Array;
  to: string;
}

/** A camera's endpoint and calls in virtual time, between a broker and a network that we play. */
export class CameraRig {
  readonly clock = new VirtualClock();
  readonly random: Prng;
  readonly ticket: PeerTicket;
  readonly staticKeyPair: KeyPair | null;
  readonly endpoint: Endpoint;
  readonly calls: IncomingCalls;
  readonly sessions: Session[] = [];
  /** What the camera published and sent. */
  readonly published: { topic: string; payload: Uint8Array }[] = [];
  readonly datagrams: SentDatagram[] = [];
  private deliver: (payload: Uint8Array) => void = () => {};
  private udp: UdpHandlers | null = null;

  constructor(options: { seed: number; isPinned: boolean; maxViewers?: number }) {
    this.random = new Prng(options.seed);
    const drbg = new Drbg(randomBytes(this.random, 32));
    this.staticKeyPair = options.isPinned ? generateKeyPair(drbg.fill) : null;
    this.ticket = newTicket(drbg.fill, {
      staticKey: this.staticKeyPair && this.staticKeyPair.publicKey,
      deviceVersion: '2.4.0',
    });
    this.endpoint = new Endpoint(this.port());
    this.endpoint.open(() => {});
    const rendezvous: Rendezvous = {
      state: 'online',
      onlineSinceMs: 0,
      onStateChange: null,
      subscribe: (_topic, onMessage) => {
        this.deliver = (payload) => onMessage(payload, false);
        return () => (this.deliver = () => {});
      },
      publish: (topic, payload) => void this.published.push({ topic, payload: payload.slice() }),
      checkNow() {},
      reconnect() {},
      close() {},
    };
    this.calls = new IncomingCalls(this.endpoint, this.clock, () => {}, {
      ticket: this.ticket,
      staticKeyPair: this.staticKeyPair,
      rendezvous,
      maxViewers: options.maxViewers ?? 4,
      onSession: (session) => {
        this.sessions.push(session);
        return { onConnected() {}, onStream: () => null, onClosed() {} };
      },
      onCountChange() {},
    });
  }

  /** A payload from the broker. */
  receive(payload: Uint8Array): void {
    this.deliver(payload);
  }

  datagram(bytes: Uint8Array, address: string, port: number): void {
    this.udp!.onMessage(bytes.slice(), address, port);
  }

  seal(message: SignalMessage): Uint8Array {
    return sealEnvelope(signalingKeys(this.ticket).toCamera, encodeSignalMessage(message), this.random.fill);
  }

  offer(overrides: Partial<Extract<SignalMessage, { kind: 'offer' }>> = {}): SignalMessage {
    return {
      kind: 'offer',
      callId: randomBytes(this.random, 8),
      replyTopic: `iotp2p/1/${toHex(randomBytes(this.random, 16))}`,
      sentAtMs: this.clock.wallMs(),
      handshake: new Uint8Array(0),
      ...overrides,
    };
  }

  /** A genuine offer, as any holder of the ticket can make it. */
  genuineOffer(description: Partial<CallDescription> = {}): SignalMessage {
    const callId = randomBytes(this.random, 8);
    const handshake = createCallHandshake({
      role: 'initiator',
      secret: this.ticket.secret,
      callId,
      remoteStatic: this.ticket.staticKey,
      localStatic: null,
      ephemeral: null,
      fillRandom: this.random.fill,
    });
    const payload = encodeCallDescription({
      version: 1,
      ice: { ufrag: 'attacker', password: 'attackerattackerattacker' },
      connectionId: 7,
      candidates: [],
      ...description,
    });
    return this.offer({ callId, handshake: handshake.writeMessage(payload) });
  }

  /** A message 1 that opens where no key is pinned, with a key that makes every shared secret zero. */
  lowOrderOffer(): SignalMessage {
    const callId = randomBytes(this.random, 8);
    const handshake = createCallHandshake({
      role: 'initiator',
      secret: this.ticket.secret,
      callId,
      remoteStatic: null,
      localStatic: null,
      ephemeral: { privateKey: new Uint8Array(32), publicKey: new Uint8Array(32) },
      fillRandom: this.random.fill,
    });
    const ice = { ufrag: 'attacker', password: 'attackerattackerattacker' };
    const payload = encodeCallDescription({ version: 1, ice, connectionId: 7, candidates: [] });
    return this.offer({ callId, handshake: handshake.writeMessage(payload) });
  }

  /** ICE credentials of the first call, as its caller learns them from the answer. */
  localCredentials(): IceCredentials {
    return (this.sessions[0] as PeerSession).ice.local;
  }

  /** Of the first call, as its caller learns it and everybody on the path sees it. */
  get connectionId(): number {
    return (this.sessions[0] as PeerSession).connectionId;
  }

  /** Sessions that still want datagrams. */
  get sessionCount(): number {
    return (this.endpoint as unknown as { sessions: Map<number, unknown> }).sessions.size;
  }

  /** What was published, opened. */
  replies(): (SignalMessage | null)[] {
    const { toViewer } = signalingKeys(this.ticket);
    return this.published.map(({ payload }) => {
      const plain = openEnvelope(toViewer, payload);
      return plain && decodeSignalMessage(plain);
    });
  }

  get openSessions(): number {
    return this.sessions.filter((session) => session.state !== 'closed').length;
  }

  pass(ms: number): void {
    this.clock.run(this.clock.nowMs() + ms);
  }

  private port(): Port {
    return {
      clock: this.clock,
      log: () => {},
      randomBytes: (count, done) => done(randomBytes(this.random, count)),
      localAddresses: (done) => done(['192.0.2.1']),
      onNetworkChange: () => () => {},
      openWebSocket: () => {
        throw new Error('not used');
      },
      openUdp: (handlers) => {
        this.udp = handlers;
        return {
          localPort: 40_000,
          send: (bytes, address, port) =>
            void this.datagrams.push({ bytes: bytes.slice(), to: `${address}:${port}` }),
          close() {},
        };
      },
    };
  }
}
