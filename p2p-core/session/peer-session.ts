import { ErrCode } from '../errors';
import { createIceAgent } from '../path/ice-agent';
import type { Candidate, IceAgent, PathPolicy, SelectedPair } from '../path/types';
import type { Clock, FillRandom, Log } from '../port/port';
import type { CallDescription } from '../signaling/types';
import { MAX_DATAGRAM_BYTES } from '../transport/constants';
import { CloseCode as TransportCloseCode } from '../transport/close-codes';
import { packetNumberOf } from '../transport/packet-codec';
import type {
  Transport,
  TransportCloseReason,
  TransportFactory,
  TransportHandler,
  TransportStats,
} from '../transport/types';
import { AddressFollower } from './address-follower';
import { guarded, logThrown } from './guard';
import { UpdatingOpener, UpdatingSealer } from './packet-keys';
import { SessionStream } from './session-stream';
import { ResetVerifier } from './stateless-reset';
import { PathWatch } from './path-watch';
import { SessionTimer } from './session-timer';
import type { ByteStream, Session, SessionHandler, SessionPath, SessionState, StreamHandler } from './types';

/** What a session needs of the endpoint that owns the socket. */
export interface SessionEnv {
  clock: Clock;
  log: Log;
  fillRandom: FillRandom;
  createTransport: TransportFactory;
  /** `datagram` is borrowed until the call returns. `via` 0: from the socket itself; else through that relay. */
  send(datagram: Uint8Array, address: string, port: number, via: number): void;
  /** Much will be sent to this peer through the relay. */
  bindRelay(via: number, address: string, port: number): void;
  /** Finds our addresses and relays anew, for a session that looks for another path, and names them to it. */
  gather(session: PeerSession): void;
  /** The session needs no relay any more, unless it asks again. */
  releaseRelays(session: PeerSession): void;
  /** Once: the session wants no datagram any more. */
  release(session: PeerSession): void;
}

export interface PeerSessionOptions {
  role: 'client' | 'server';
  /** 24 bits; the peer puts it into every packet for us. */
  connectionId: number;
  localCandidates: readonly Candidate[];
  /** Default false. */
  hasIpv6?: boolean;
  /** Default 'all'. */
  policy?: PathPolicy;
}

/** Bytes one stream may hold before keys exist: enough for any request head. */
const EARLY_STREAM_BYTES = 32 * 1024;
/**
 * Silence after which a connection is asked whether it lives: a link without streams costs few packets, and the probe
 * timeouts still have 3 to 5 s to prove it before the idle timeout. The camera waits longer, so that only one end asks.
 */
const KEEP_ALIVE_MS = { client: 10_000, server: 12_000 } as const;
/**
 * Silence that ends the session. A viewer sees at once that the picture stands, and is told within this time that it will
 * not come back. A camera waits for viewers whose app was in the background for half a minute.
 */
const IDLE_TIMEOUT_MS = { client: 15_000, server: 45_000 } as const;
/**
 * What a viewer lets a camera send ahead: a download over a satellite, 0.7 MB in a round trip, waits for what was lost for a
 * round trip more. The rest of the connection's window is for live video beside it. A camera, to which nothing large is
 * sent, keeps the transport's windows: it has many viewers.
 */
const WINDOWS = {
  client: { streamWindowBytes: 2 * 1024 * 1024, connectionWindowBytes: 2.5 * 1024 * 1024 },
  server: {},
} as const;
/** Application close codes on the wire (transport CLOSE frame). */
export const CloseCode = { Normal: 0, Refused: 1, Protocol: 2 } as const;

/**
 * One secure session: an ICE agent that finds the path, a transport that runs over it, and the streams of both ends.
 * It owns one timer and does all its sending from `drive`.
 */
export class PeerSession implements Session {
  readonly connectionId: number;
  readonly ice: IceAgent;
  /** What the peer has to know of our addresses. */
  readonly localCandidates: Candidate[];
  state: SessionState = 'calling';
  private readonly timer: SessionTimer;
  private readonly streams = new Map<number, SessionStream>();
  private readonly earlyStreams: SessionStream[] = [];
  private readonly packet = new Uint8Array(MAX_DATAGRAM_BYTES);
  private transport: Transport | null = null;
  private sealer: UpdatingSealer | null = null;
  private opener: UpdatingOpener | null = null;
  /** Knows a stateless reset of the camera; null where the peer gave no token. */
  private resetVerifier: ResetVerifier | null = null;
  private pair: SelectedPair | null = null;
  private readonly follower = new AddressFollower();
  private readonly watch = new PathWatch();
  private seenSleepCount = 0;
  /** Above 0 while a datagram or timer is being handled: sending waits until it is done. */
  private busy = 0;

  constructor(
    private readonly env: SessionEnv,
    private readonly options: PeerSessionOptions,
    private readonly handler: SessionHandler,
  ) {
    this.connectionId = options.connectionId;
    this.localCandidates = [...options.localCandidates];
    this.timer = new SessionTimer(env.clock, () => this.onTimer());
    this.ice = createIceAgent({
      role: options.role === 'client' ? 'controlling' : 'controlled',
      fillRandom: env.fillRandom,
      localCandidates: options.localCandidates,
      hasIpv6: options.hasIpv6 === true,
      ...(options.policy === undefined ? {} : { policy: options.policy }),
      nowMs: this.timer.nowMs(),
      handler: {
        onSelected: (pair) => this.onSelected(pair),
        onFinal: () => env.releaseRelays(this),
        onLost: () => {
          this.pair = null;
        },
        onFailed: () => this.fail(ErrCode.NoPath, 'no network path to the peer was found'),
      },
    });
  }

  get path(): SessionPath | null {
    return this.pair && { kind: this.pair.kind, rttMs: this.pair.rttMs };
  }

  get hasKeys(): boolean {
    return this.transport !== null;
  }

  stats(): TransportStats | null {
    return this.transport && this.transport.stats();
  }

  /**
   * The handshake is done: makes the transport and starts checking the peer's candidates. The keys belong to the session
   * from now on, which overwrites them when they are not needed any more.
   */
  start(sendKey: Uint8Array, receiveKey: Uint8Array, remote: CallDescription): void {
    const sealer = new UpdatingSealer(sendKey);
    const opener = new UpdatingOpener(receiveKey);
    if (this.state === 'closed' || this.transport !== null) {
      sealer.erase();
      opener.erase();
      return;
    }
    this.sealer = sealer;
    this.opener = opener;
    if (remote.resetToken !== undefined) this.resetVerifier = new ResetVerifier(remote.resetToken);
    const nowMs = this.timer.nowMs();
    this.transport = this.env.createTransport(
      {
        role: this.options.role,
        remoteConnectionId: remote.connectionId,
        sealer,
        opener,
        keepAliveMs: KEEP_ALIVE_MS[this.options.role],
        ...WINDOWS[this.options.role],
        idleTimeoutMs: IDLE_TIMEOUT_MS[this.options.role],
      },
      this.transportHandler(),
      nowMs,
    );
    this.ice.setRemote(remote.ice, remote.candidates, nowMs);
    const waiting: SessionStream[] = [];
    for (const stream of this.earlyStreams.splice(0)) {
      if (stream.bind(this.transport)) waiting.push(stream);
      if (stream.handler !== null) this.streams.set(stream.id, stream);
    }
    // Last, so that they may do anything.
    for (const { handler } of waiting) {
      if (handler !== null) guarded(this.env.log, 'stream onWritable', () => handler.onWritable());
    }
    this.drive();
  }

  addRemoteCandidate(candidate: Candidate): void {
    if (this.state === 'closed') return;
    this.ice.addRemoteCandidate(candidate, this.timer.nowMs());
    this.drive();
  }

  /** An address of ours was found. */
  onLocalCandidate(candidate: Candidate): void {
    if (this.isClosed()) return;
    this.localCandidates.push(candidate);
    guarded(this.env.log, 'session onLocalCandidate', () => this.handler.onLocalCandidate?.(candidate));
  }

  /**
   * Looks for a path anew, because this end's network has changed or because the path is silent: every pair is checked,
   * and the peer is told where we can be reached now. The session goes on over what it has until something better answers.
   */
  restartPath(): void {
    if (this.isClosed() || this.transport === null) return;
    const nowMs = this.timer.nowMs();
    this.busy++;
    this.watch.onRestart(nowMs);
    this.ice.restart(nowMs);
    guarded(this.env.log, 'session onPathDoubtful', () => this.handler.onPathDoubtful?.());
    this.env.gather(this);
    this.busy--;
    this.drive();
  }

  /** How long the peer has been silent; 0 before it was connected. */
  silentMs(): number {
    return this.state === 'connected' ? this.timer.nowMs() - this.watch.silentSinceMs : 0;
  }

  /** All that are known now, instead of those before; the peer is told of them again. */
  setLocalCandidates(candidates: readonly Candidate[]): void {
    this.localCandidates.length = 0;
    for (const candidate of candidates) this.onLocalCandidate(candidate);
  }

  /** A relay of ours is ready. */
  onRelay(via: number, candidate: Candidate): void {
    if (this.isClosed()) return;
    this.ice.addRelay(via, candidate.address, this.timer.nowMs());
    this.onLocalCandidate(candidate);
    this.drive();
  }

  onRelayGone(via: number): void {
    if (this.state === 'closed') return;
    this.ice.removeRelay(via, this.timer.nowMs());
    this.drive();
  }

  receiveStun(message: Uint8Array, address: string, port: number, via: number): boolean {
    if (this.state === 'closed') return false;
    this.busy++;
    const isOurs = this.ice.receive(message, address, port, this.timer.nowMs(), via);
    this.busy--;
    this.drive();
    return isOurs;
  }

  receivePacket(datagram: Uint8Array, address: string, port: number, via: number): void {
    if (this.transport === null || this.isClosed()) return;
    const nowMs = this.timer.nowMs();
    const packetNumber = packetNumberOf(datagram);
    this.busy++;
    const isAuthentic = this.transport.receive(datagram, nowMs);
    this.busy--;
    if (isAuthentic && !this.isClosed()) {
      this.watch.onHeard(nowMs);
      const { pair } = this;
      const isElsewhere = pair === null || port !== pair.port || address !== pair.address || via !== pair.via;
      if (this.follower.onPacket(packetNumber, datagram.length, isElsewhere, address, port)) {
        this.ice.follow(address, port, nowMs, via);
      }
    }
    this.drive();
  }

  /** A datagram in the form of a stateless reset; ends the session when it is one of its camera (RFC 9000 §10.3.1). */
  receiveReset(datagram: Uint8Array): void {
    if (this.resetVerifier === null || this.isClosed() || !this.resetVerifier.isGenuine(datagram)) return;
    this.pair = null; // nothing more is sent, not even CLOSE: nobody there could read it
    this.fail(
      ErrCode.ClosedByPeer,
      'the camera has restarted, or given the session up: it does not know it any more',
    );
  }

  openStream(priority: number, handler: StreamHandler): ByteStream {
    const stream = new SessionStream(this, priority, EARLY_STREAM_BYTES);
    stream.handler = handler;
    if (this.state === 'closed') {
      stream.end();
    } else if (this.transport === null) {
      this.earlyStreams.push(stream);
    } else {
      stream.bind(this.transport);
      this.streams.set(stream.id, stream);
    }
    return stream;
  }

  /** Called by streams after they queued something. */
  flush(): void {
    this.drive();
  }

  forget(stream: SessionStream): void {
    if (stream.id >= 0) this.streams.delete(stream.id);
    const at = this.earlyStreams.indexOf(stream);
    if (at >= 0) this.earlyStreams.splice(at, 1);
  }

  close(code: number, reason: string): void {
    if (this.state === 'closed') return;
    if (this.transport !== null && !this.transport.isClosed) this.transport.close(code, reason);
    this.end(ErrCode.Aborted, 'the session was closed by this side');
  }

  /** Ends the session for a cause of our side or of the network; the handler is told. */
  fail(errcode: number, errmsg: string): void {
    if (this.state === 'closed') return;
    if (this.transport !== null && !this.transport.isClosed) this.transport.close(CloseCode.Normal, errmsg);
    this.end(errcode, errmsg);
    guarded(this.env.log, 'session onClosed', () => this.handler.onClosed(errcode, errmsg));
  }

  /** A method, so that the compiler does not narrow `state` across calls that change it. */
  private isClosed(): boolean {
    return this.state === 'closed';
  }

  private end(errcode: number, errmsg: string): void {
    this.state = 'closed';
    this.sendPackets(this.timer.nowMs()); // the CLOSE
    this.sealer?.erase();
    this.opener?.erase();
    this.resetVerifier?.erase();
    this.timer.clear();
    this.ice.close();
    const streams = [...this.streams.values(), ...this.earlyStreams];
    this.streams.clear();
    this.earlyStreams.length = 0;
    this.env.release(this);
    for (const stream of streams) {
      const handler = stream.handler;
      stream.end();
      if (handler) guarded(this.env.log, 'stream onReset', () => handler.onReset(errcode, errmsg));
    }
  }

  private onSelected(pair: SelectedPair): void {
    const before = this.pair;
    this.pair = pair;
    if (pair.via !== 0) this.env.bindRelay(pair.via, pair.address, pair.port);
    if (this.transport === null) return;
    const isMove = before !== null && !isSamePath(before, pair);
    if (pair.rttMs > 0) this.transport.hintRtt(pair.rttMs);
    if (isMove) this.transport.pathChanged(this.timer.nowMs());
    if (this.state !== 'calling') {
      if (before?.kind !== pair.kind) {
        const path = { kind: pair.kind, rttMs: pair.rttMs };
        guarded(this.env.log, 'session onPathChanged', () => this.handler.onPathChanged?.(path));
      }
      return;
    }
    this.state = 'connected';
    this.watch.onConnected(this.timer.nowMs());
    guarded(this.env.log, 'session onConnected', () =>
      this.handler.onConnected({ kind: pair.kind, rttMs: pair.rttMs }),
    );
  }

  private onTimer(): void {
    if (this.state === 'closed') return;
    const nowMs = this.timer.nowMs();
    this.busy++;
    this.watchPath(nowMs);
    this.ice.wake(nowMs);
    if (!this.isClosed()) this.transport?.wake(nowMs);
    this.busy--;
    this.drive();
  }

  private drive(): void {
    if (this.busy > 0 || this.isClosed()) return;
    const nowMs = this.timer.nowMs();
    let check;
    while ((check = this.ice.poll(nowMs)) !== null) {
      this.env.send(check.bytes, check.address, check.port, check.via);
    }
    this.sendPackets(nowMs);
    if (this.isClosed()) return;
    // Packets wait for a path, and so does all that the transport has to say but that it gives up.
    const transportWakeMs = this.transport && this.pair ? this.transport.nextWakeMs() : this.idleAtMs();
    const watchMs = Math.min(this.watch.quietAtMs(this.streams.size > 0), this.doubtAtMs());
    this.timer.arm(Math.min(this.ice.nextWakeMs(), transportWakeMs, watchMs));
  }

  /** When the transport gives a session up that has no path any more. */
  private idleAtMs(): number {
    if (this.state !== 'connected') return Infinity;
    return this.watch.silentSinceMs + IDLE_TIMEOUT_MS[this.options.role];
  }

  private watchPath(nowMs: number): void {
    const { sleepCount } = this.timer;
    if (nowMs >= this.watch.quietAtMs(this.streams.size > 0) || sleepCount > this.seenSleepCount) {
      // A camera that has given us up meanwhile answers with a stateless reset.
      if (sleepCount > this.seenSleepCount && this.transport !== null) this.transport.ping();
      this.seenSleepCount = sleepCount;
      this.watch.onQuietChecked();
      this.ice.checkSelected(nowMs);
    }
    if (nowMs >= this.doubtAtMs()) this.restartPath();
  }

  /** When to look for another path than the selected one, or for one at all. */
  private doubtAtMs(): number {
    if (this.state !== 'connected') return Infinity;
    return this.watch.doubtAtMs(this.pair === null ? this.watch.silentSinceMs : this.ice.unansweredSinceMs());
  }

  private sendPackets(nowMs: number): void {
    if (this.transport === null || this.pair === null) return;
    let size;
    while ((size = this.transport.poll(nowMs, this.packet)) > 0) {
      const datagram = this.packet.subarray(0, size);
      if (this.resetVerifier !== null) this.resetVerifier.onSent(datagram);
      this.env.send(datagram, this.pair.address, this.pair.port, this.pair.via);
    }
  }

  private transportHandler(): TransportHandler {
    const { log } = this.env;
    return {
      onStreamOpened: (streamId) => {
        const stream = new SessionStream(this, 0, 0);
        stream.adopt(this.transport!, streamId);
        this.streams.set(streamId, stream);
        let handler: StreamHandler | null = null;
        guarded(log, 'session onStream', () => {
          handler = this.handler.onStream(stream);
        });
        if (handler === null) stream.abort(CloseCode.Refused);
        else stream.handler = handler;
      },
      onStreamData: (streamId, bytes) => {
        const handler = this.streams.get(streamId)?.handler;
        if (!handler) return;
        try {
          handler.onData(bytes);
        } catch (error) {
          logThrown(log, 'stream onData', error);
        }
      },
      onStreamEnd: (streamId) => {
        const stream = this.streams.get(streamId);
        const handler = stream?.handler;
        if (handler) guarded(log, 'stream onEnd', () => handler.onEnd());
        stream?.markPeerFinished();
      },
      onStreamReset: (streamId, code) =>
        this.endStream(streamId, `the peer gave the stream up (code ${code})`),
      onStreamStopped: (streamId, code) =>
        this.endStream(streamId, `the peer does not want the stream any more (code ${code})`),
      onWritable: (streamId) => {
        const handler = this.streams.get(streamId)?.handler;
        if (handler) guarded(log, 'stream onWritable', () => handler.onWritable());
      },
      onClosed: (reason) => this.onTransportClosed(reason),
    };
  }

  private endStream(streamId: number, errmsg: string): void {
    const stream = this.streams.get(streamId);
    if (!stream) return;
    const handler = stream.handler;
    stream.abort(CloseCode.Normal);
    if (handler) guarded(this.env.log, 'stream onReset', () => handler.onReset(ErrCode.ClosedByPeer, errmsg));
  }

  private onTransportClosed(reason: TransportCloseReason): void {
    const errcode = {
      peer: ErrCode.ClosedByPeer,
      idle: ErrCode.LinkLost,
      // Without a number there is no nonce: nothing can be encrypted any more.
      violation:
        reason.code === TransportCloseCode.PacketNumbersUsedUp
          ? ErrCode.EncryptFailed
          : ErrCode.ProtocolViolation,
    };
    this.fail(errcode[reason.kind], reason.message || `session closed (${reason.kind} ${reason.code})`);
  }
}

function isSamePath(a: SelectedPair, b: SelectedPair): boolean {
  return a.port === b.port && a.address === b.address && a.via === b.via;
}
