/** One allocation on a TURN server (RFC 8656) over UDP, on a socket that it shares with everything else. Sans-IO. */
import { equalBytes } from '../bytes/concat';
import { utf8Decode } from '../bytes/utf8';
import type { FillRandom } from '../port/port';
import { canonicalIp } from './ip-address';
import type { TransportAddress } from './ip-address';
import { StunAttribute, StunClass, StunErrorCode, StunMethod, TRANSACTION_ID_BYTES } from './stun-attributes';
import { hasValidIntegrity, parseStunMessage, stunAttribute, stunU32, stunXorAddress } from './stun-message';
import type { StunMessage } from './stun-message';
import {
  buildTurnRequest,
  CHANNEL_HEADER_BYTES,
  channelDataBytes,
  channelOf,
  longTermKey,
  METHODS,
  writeChannelData,
  writeSendIndication,
} from './turn-messages';
import type { TurnAuth, TurnRequest } from './turn-messages';
import { PeerTable } from './turn-peers';
import type { OutgoingDatagram, TurnServer } from './types';

export interface TurnClientOptions {
  /** `address` is an IP or a DNS name; with a name, the address that answers first is kept to. */
  server: TransportAddress;
  credentials: Pick<TurnServer, 'username' | 'password'>;
  fillRandom: FillRandom;
  nowMs: number;
  handler: TurnHandler;
}

/** Called from inside `receive` and `wake`. */
export interface TurnHandler {
  /** The relay may be offered to peers. */
  onAllocated(relayed: TransportAddress): void;
  /** Once, instead of or after `onAllocated`: no relay here (any more). A STUN error code, 0 for silence. */
  onEnded(code: number): void;
}

type State =
  | { readonly kind: 'allocating' }
  | { readonly kind: 'allocated'; readonly refreshAtMs: number }
  | { readonly kind: 'releasing' }
  | { readonly kind: 'ended' };

interface Transaction {
  readonly request: TurnRequest;
  id: Uint8Array;
  bytes: Uint8Array;
  sendCount: number;
  sendAtMs: number;
  /** How often the server wanted other credentials or another nonce for it. */
  refusals: number;
}

/** As for STUN (stun-client.ts): 250 ms and then twice as long each time; here up to 2 s. */
const INITIAL_RTO_MS = 250;
const MAX_RTO_MS = 2000;
/** About 8 s, the time of a search for a path. */
const MAX_SENDS = 7;
const MAX_RELEASE_SENDS = 3;
/** 401 for the first request, then perhaps 438 for a nonce that has just become stale. */
const MAX_REFUSALS = 3;
const LIFETIME_S = 600;
/** Before the end of a lifetime (§3.2): room for all retransmissions. */
const REFRESH_EARLY_S = 60;
const MIN_LIFETIME_S = 10;
const MAX_LIFETIME_S = 3600;
/** What is longer travels on no path. */
const MAX_MESSAGE_BYTES = 2048;

export class TurnClient {
  private state: State = { kind: 'allocating' };
  /** Where peers reach us; null until allocated. */
  relayed: TransportAddress | null = null;
  /** Who sent what `unwrap` gave out last. */
  from: TransportAddress = { address: '', port: 0 };
  private auth: TurnAuth | null = null;
  /** Literal; null while only a DNS name is known. */
  private serverAddress: string | null;
  private readonly transactions: Transaction[] = [];
  private readonly peers = new PeerTable();
  private readonly out = new Uint8Array(MAX_MESSAGE_BYTES);
  private readonly sendId = new Uint8Array(TRANSACTION_ID_BYTES);

  constructor(private readonly options: TurnClientOptions) {
    this.serverAddress = canonicalIp(options.server.address);
    this.ask({ kind: 'allocate' }, options.nowMs);
  }

  get isUsable(): boolean {
    return this.state.kind === 'allocated';
  }

  get hasEnded(): boolean {
    return this.state.kind === 'ended';
  }

  // Data

  /**
   * What has to be sent to the server (`destination`) so that `data` reaches the peer; borrowed until the next call. Null
   * when there is no relay, the server does not permit the peer, or `data` is too long. The first datagram to an address
   * also asks for the permission: send what `poll` gives before it.
   */
  wrap(data: Uint8Array, address: string, port: number, nowMs: number): Uint8Array | null {
    if (this.state.kind !== 'allocated') return null;
    const peer = this.peers.find(address, port);
    let size: number;
    if (peer !== null && peer.isBound) {
      peer.usedMs = nowMs;
      size = writeChannelData(peer.channel, data, this.out);
    } else {
      if (!this.permit(address, nowMs)) return null;
      this.options.fillRandom(this.sendId);
      size = writeSendIndication({ address, port }, data, this.sendId, this.out);
    }
    return size === 0 ? null : this.out.subarray(0, size);
  }

  /** What a peer sent, a view of `datagram`; `from` tells who. Null when it is no data of this relay. */
  unwrap(datagram: Uint8Array, address: string, port: number): Uint8Array | null {
    if (this.state.kind !== 'allocated' || !this.isServer(address, port)) return null;
    const channel = channelOf(datagram);
    if (channel !== 0) {
      const peer = this.peers.byChannel(channel);
      if (peer === null) return null;
      this.from = peer;
      return datagram.subarray(CHANNEL_HEADER_BYTES, CHANNEL_HEADER_BYTES + channelDataBytes(datagram));
    }
    // The type first: everything else on the socket is looked at by somebody else.
    if (datagram[0] !== 0 || datagram[1] !== (StunMethod.Data | StunClass.Indication)) return null;
    const message = parseStunMessage(datagram);
    const data = message && stunAttribute(message, StunAttribute.Data);
    const from = message && stunXorAddress(message, StunAttribute.XorPeerAddress);
    if (!data || !from) return null;
    this.from = { address: canonicalIp(from.address) ?? from.address, port: from.port };
    return data;
  }

  /** Asks for a channel to a peer that will be sent much: 4 bytes around each datagram instead of 36. */
  bind(address: string, port: number, nowMs: number): void {
    if (this.state.kind !== 'allocated') return;
    const peer = this.peers.bind(address, port, nowMs);
    if (peer !== null) this.ask({ kind: 'bind', peer, channel: peer.channel }, nowMs);
  }

  /** Peers at this address may reach us from now on (§9). False when the server refuses, or there are too many. */
  permit(address: string, nowMs: number): boolean {
    if (this.state.kind !== 'allocated') return false;
    const permission = this.peers.permit(address, nowMs);
    if (permission === null) return false;
    if (permission.isNew) this.ask({ kind: 'permit', address }, nowMs);
    return !permission.isDenied;
  }

  /** Asks the server whether the allocation is still there, after a change of network, say. */
  check(nowMs: number): void {
    if (this.state.kind === 'allocated') this.ask({ kind: 'refresh', lifetimeS: LIFETIME_S }, nowMs);
  }

  /** Gives the relay back; nobody is told. `hasEnded` when that is done. */
  release(nowMs: number): void {
    const wasAllocated = this.state.kind === 'allocated';
    this.transactions.length = 0;
    this.relayed = null;
    this.state = { kind: wasAllocated ? 'releasing' : 'ended' };
    if (wasAllocated) this.ask({ kind: 'refresh', lifetimeS: 0 }, nowMs);
  }

  // Requests and answers

  /** True when the message answers one of our requests. */
  receive(datagram: Uint8Array, address: string, port: number, nowMs: number): boolean {
    if (this.hasEnded) return false;
    const message = parseStunMessage(datagram);
    if (message === null || message.method === StunMethod.Binding) return false;
    const at = this.transactions.findIndex((one) => equalBytes(one.id, message.transactionId));
    const transaction = this.transactions[at];
    if (transaction === undefined || message.method !== METHODS[transaction.request.kind]) return false;
    if (this.serverAddress === null) this.serverAddress = canonicalIp(address);
    if (!this.isServer(address, port)) return true;
    if (message.messageClass === StunClass.Success) {
      // A stranger cannot know the transaction, but somebody on the way could.
      if (this.auth === null || !hasValidIntegrity(message, this.auth.key)) return true;
      this.transactions.splice(at, 1);
      this.onSuccess(transaction.request, message, nowMs);
    } else if (message.messageClass === StunClass.Error && message.error !== null) {
      this.transactions.splice(at, 1);
      this.onError(transaction, message, message.error.code, nowMs);
    }
    return true;
  }

  wake(nowMs: number): void {
    for (const one of [...this.transactions]) {
      const maxSends = this.state.kind === 'releasing' ? MAX_RELEASE_SENDS : MAX_SENDS;
      if (one.sendAtMs > nowMs || one.sendCount < maxSends) continue;
      this.drop(one);
      this.onRefused(one.request, 0);
    }
    if (this.state.kind !== 'allocated') return;
    if (nowMs >= this.state.refreshAtMs) {
      this.state = { kind: 'allocated', refreshAtMs: Infinity };
      this.check(nowMs);
    }
    for (const request of this.peers.refresh(nowMs)) this.ask(request, nowMs);
  }

  nextWakeMs(): number {
    let next = Infinity;
    for (const one of this.transactions) next = Math.min(next, one.sendAtMs);
    if (this.state.kind !== 'allocated') return next;
    return Math.min(next, this.state.refreshAtMs, this.peers.nextRefreshMs());
  }

  poll(nowMs: number): OutgoingDatagram | null {
    const maxSends = this.state.kind === 'releasing' ? MAX_RELEASE_SENDS : MAX_SENDS;
    for (const one of this.transactions) {
      if (one.sendAtMs > nowMs || one.sendCount >= maxSends) continue;
      one.sendAtMs = nowMs + Math.min(MAX_RTO_MS, INITIAL_RTO_MS * (1 << one.sendCount));
      one.sendCount++;
      return { bytes: one.bytes, ...this.destination };
    }
    return null;
  }

  /** Where the server is, as far as it is known. */
  get destination(): TransportAddress {
    const { address, port } = this.options.server;
    return { address: this.serverAddress ?? address, port };
  }

  private isServer(address: string, port: number): boolean {
    if (port !== this.options.server.port) return false;
    return address === this.serverAddress || canonicalIp(address) === this.serverAddress;
  }

  private ask(request: TurnRequest, nowMs: number, refusals = 0): void {
    const same = this.transactions.find((one) => isSameRequest(one.request, request));
    if (same !== undefined) return;
    const id = new Uint8Array(TRANSACTION_ID_BYTES);
    this.options.fillRandom(id);
    const bytes = buildTurnRequest(request, id, this.auth);
    this.transactions.push({ request, id, bytes, sendCount: 0, sendAtMs: nowMs, refusals });
  }

  private drop(transaction: Transaction): void {
    const at = this.transactions.indexOf(transaction);
    if (at >= 0) this.transactions.splice(at, 1);
  }

  private onSuccess(request: TurnRequest, message: StunMessage, nowMs: number): void {
    if (this.state.kind === 'releasing') return this.end();
    if (request.kind === 'bind') return this.peers.onBound(request.channel, nowMs);
    if (request.kind === 'permit') return this.peers.onPermitted(request.address, nowMs);
    const lifetimeS = stunU32(message, StunAttribute.Lifetime) ?? LIFETIME_S;
    const usableS = Math.min(MAX_LIFETIME_S, Math.max(MIN_LIFETIME_S, lifetimeS));
    const afterS = Math.max(usableS - REFRESH_EARLY_S, usableS / 2);
    if (request.kind === 'refresh') {
      this.state = { kind: 'allocated', refreshAtMs: nowMs + 1000 * afterS };
      return;
    }
    const relayed = stunXorAddress(message, StunAttribute.XorRelayedAddress);
    if (relayed === null) return this.onRefused(request, StunErrorCode.BadRequest);
    this.relayed = { address: canonicalIp(relayed.address) ?? relayed.address, port: relayed.port };
    this.state = { kind: 'allocated', refreshAtMs: nowMs + 1000 * afterS };
    this.options.handler.onAllocated(this.relayed);
  }

  private onError(transaction: Transaction, message: StunMessage, code: number, nowMs: number): void {
    const { request, refusals } = transaction;
    const wantsAuth = code === StunErrorCode.Unauthenticated || code === StunErrorCode.StaleNonce;
    if (wantsAuth && refusals < MAX_REFUSALS && this.learnAuth(message, code)) {
      return this.ask(request, nowMs, refusals + 1);
    }
    this.onRefused(request, code);
  }

  /** Takes realm and nonce of a refusal; false when another try would be refused again. */
  private learnAuth(message: StunMessage, code: number): boolean {
    const nonce = stunAttribute(message, StunAttribute.Nonce);
    const realmBytes = stunAttribute(message, StunAttribute.Realm);
    if (nonce === null || (realmBytes === null && this.auth === null)) return false;
    const realm = realmBytes === null ? this.auth!.realm : utf8Decode(realmBytes);
    // Refused although it had the credentials for this realm: they are wrong.
    if (code === StunErrorCode.Unauthenticated && this.auth !== null && this.auth.realm === realm)
      return false;
    const { username, password } = this.options.credentials;
    const key = longTermKey(username, realm, password);
    this.auth = { username, realm, nonce: nonce.slice(), key };
    return true;
  }

  private onRefused(request: TurnRequest, code: number): void {
    if (this.state.kind === 'releasing') return this.end();
    const isGone = code === StunErrorCode.AllocationMismatch;
    if (request.kind === 'permit') this.peers.onDenied(request.address);
    else if (request.kind === 'bind') this.peers.onUnbound(request.channel);
    if (!isGone && (request.kind === 'permit' || request.kind === 'bind')) return;
    this.end();
    this.options.handler.onEnded(code);
  }

  private end(): void {
    this.state = { kind: 'ended' };
    this.relayed = null;
    this.transactions.length = 0;
  }
}

function isSameRequest(a: TurnRequest, b: TurnRequest): boolean {
  if (a.kind === 'permit' && b.kind === 'permit') return a.address === b.address;
  if (a.kind === 'bind' && b.kind === 'bind') return a.channel === b.channel;
  return a.kind === b.kind && a.kind !== 'permit' && a.kind !== 'bind';
}
