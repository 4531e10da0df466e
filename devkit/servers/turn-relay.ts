import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalIp, ipFamily, ipReach, parseIp } from '../../p2p-core/path/ip-address';
import type { TransportAddress } from '../../p2p-core/path/ip-address';
import { StunAttribute, StunClass, StunErrorCode, StunMethod } from '../../p2p-core/path/stun-attributes';
import { StunBuilder } from '../../p2p-core/path/stun-builder';
import {
  hasValidIntegrity,
  parseStunMessage,
  stunAttribute,
  stunU32,
  stunXorAddress,
} from '../../p2p-core/path/stun-message';
import type { StunMessage } from '../../p2p-core/path/stun-message';
import {
  CHANNEL_HEADER_BYTES,
  channelDataBytes,
  channelOf,
  longTermKey,
  writeChannelData,
} from '../../p2p-core/path/turn-messages';
import type { Clock } from '../../p2p-core/port/port';
import { Allocation } from './turn-allocation';
import type { RelaySocket } from './turn-allocation';

export interface TurnRelayOptions {
  /** REST credentials are made with it (`restCredentials`); at least 16 characters. */
  secret: string;
  /** Where relays are reached from outside. */
  relayAddress: string;
  clock: Clock;
  /** Opens a UDP socket at the relay address; resolves with null when none is to be had. */
  openRelay(
    onMessage: (data: Uint8Array, address: string, port: number) => void,
  ): Promise<RelaySocket | null>;
  /** Of all users, default 256; and of one, default 16. */
  maxAllocations?: number;
  maxAllocationsOfUser?: number;
}

/** Datagrams back to who sent one; borrowed until the call returns. */
export type Reply = (bytes: Uint8Array) => void;

const REALM = 'iot-p2p';
const NONCE_LIFETIME_MS = 600_000;
const NONCE_BYTES = 24;
const MAX_AMPLIFICATION = 3;
const DEFAULT_LIFETIME_S = 600;
const MAX_LIFETIME_S = 3600;
const DEFAULT_MAX_ALLOCATIONS = 256;
const DEFAULT_MAX_ALLOCATIONS_OF_USER = 16;
const REQUESTED_TRANSPORT_UDP = 17;
/** What the client keeps out of its unknown attributes: this server knows them. */
const KNOWN = new Set<number>([
  StunAttribute.ChannelNumber,
  StunAttribute.Lifetime,
  StunAttribute.XorPeerAddress,
  StunAttribute.Data,
  StunAttribute.RequestedTransport,
  StunAttribute.RequestedAddressFamily,
]);
const METHODS = new Set<number>([
  StunMethod.Allocate,
  StunMethod.Refresh,
  StunMethod.CreatePermission,
  StunMethod.ChannelBind,
]);

/**
 * A TURN server (RFC 8656) over UDP for IPv4, for development and small installations; coturn takes its place where many
 * use it. It relays for holders of REST credentials only, and never to addresses that are nearer than its own: a relay
 * with a public address reaches no private ones, and none but a loopback one reaches loopback. Every table is bounded.
 */
export class TurnRelay {
  private readonly allocations = new Map<string, Allocation>();
  /** Being opened: a repeated request gets its answer when the socket is there. */
  private readonly opening = new Set<string>();
  private readonly relayReach: number;
  private isClosed = false;

  constructor(private readonly options: TurnRelayOptions) {
    this.relayReach = ipReach(parseIp(options.relayAddress)!);
  }

  get allocationCount(): number {
    return this.allocations.size;
  }

  /** One datagram from a client, not of Binding. Answers with `reply`, now or when a socket was opened. */
  receive(datagram: Uint8Array, address: string, port: number, reply: Reply): void {
    const client = `${address}:${port}`;
    const channel = channelOf(datagram);
    if (channel !== 0) return this.onChannelData(client, channel, datagram);
    const message = parseStunMessage(datagram);
    if (message === null) return;
    if (message.messageClass === StunClass.Indication && message.method === StunMethod.Send) {
      return this.onSend(client, message);
    }
    if (message.messageClass === StunClass.Request && METHODS.has(message.method)) {
      this.onRequest(client, message, reply);
    }
  }

  close(): void {
    this.isClosed = true;
    for (const allocation of this.allocations.values()) allocation.close();
    this.allocations.clear();
  }

  private onRequest(client: string, message: StunMessage, reply: Reply): void {
    const refuse = (code: number, key: Uint8Array | null): void => {
      const answer = new StunBuilder(StunClass.Error, message.transactionId, message.method as StunMethod);
      answer.errorCode(code);
      if (key === null) {
        answer.text(StunAttribute.Realm, REALM).text(StunAttribute.Nonce, this.newNonce(client));
      } else answer.integrity(key);
      const bytes = answer.fingerprint().finish();
      // A forged source address gets no more than this.
      if (key !== null || bytes.length <= MAX_AMPLIFICATION * message.bytes.length) reply(bytes);
    };
    const user = this.authenticate(client, message);
    if (typeof user === 'number') return refuse(user, null);
    const { key, username } = user;
    if (message.unknownRequired.some((type) => !KNOWN.has(type))) {
      return refuse(StunErrorCode.UnknownAttribute, key);
    }
    const allocation = this.allocations.get(client);
    const succeed = (build: (answer: StunBuilder) => void = () => {}): void => {
      const answer = new StunBuilder(StunClass.Success, message.transactionId, message.method as StunMethod);
      build(answer);
      reply(answer.integrity(key).fingerprint().finish());
    };
    if (message.method === StunMethod.Allocate) {
      if (allocation !== undefined || this.opening.has(client)) {
        if (allocation === undefined) return; // its answer comes
        return isSame(allocation.transactionId, message.transactionId)
          ? succeed((answer) => describe(answer, allocation, client))
          : refuse(StunErrorCode.AllocationMismatch, key);
      }
      const code = this.allocationRefusal(message, username);
      if (code !== 0) return refuse(code, key);
      return void this.allocate(client, username, message, reply).then((made) => {
        if (made === null) refuse(StunErrorCode.InsufficientCapacity, key);
        else succeed((answer) => describe(answer, made, client));
      });
    }
    if (allocation === undefined) return refuse(StunErrorCode.AllocationMismatch, key);
    if (allocation.username !== username) return refuse(StunErrorCode.WrongCredentials, key);
    const nowMs = this.options.clock.nowMs();
    switch (message.method) {
      case StunMethod.Refresh: {
        const lifetimeS = lifetimeOf(message);
        if (lifetimeS === 0) allocation.close();
        else allocation.extend(lifetimeS);
        return succeed((answer) => answer.u32(StunAttribute.Lifetime, lifetimeS));
      }
      case StunMethod.CreatePermission: {
        const peer = this.peerOf(message);
        if (typeof peer === 'number') return refuse(peer, key);
        return allocation.permit(peer.address, nowMs)
          ? succeed()
          : refuse(StunErrorCode.InsufficientCapacity, key);
      }
      default: {
        const peer = this.peerOf(message);
        if (typeof peer === 'number') return refuse(peer, key);
        const channel = (stunU32(message, StunAttribute.ChannelNumber) ?? 0) >>> 16;
        return allocation.bind(channel, peer, nowMs) ? succeed() : refuse(StunErrorCode.BadRequest, key);
      }
    }
  }

  private async allocate(
    client: string,
    username: string,
    message: StunMessage,
    reply: Reply,
  ): Promise<Allocation | null> {
    const holder: { allocation: Allocation | null } = { allocation: null };
    const transactionId = message.transactionId.slice();
    const lifetimeS = lifetimeOf(message);
    this.opening.add(client);
    const socket = await this.options.openRelay((data, address, port) => {
      if (holder.allocation !== null) this.onPeerData(holder.allocation, data, address, port);
    });
    this.opening.delete(client);
    if (socket === null) return null;
    if (this.isClosed) {
      socket.close();
      return null;
    }
    const relayed = { address: this.options.relayAddress, port: socket.port };
    const allocation = new Allocation(
      this.options.clock,
      { username, transactionId, relayed, socket, reply },
      () => this.allocations.delete(client),
    );
    allocation.extend(lifetimeS);
    holder.allocation = allocation;
    this.allocations.set(client, allocation);
    return allocation;
  }

  private allocationRefusal(message: StunMessage, username: string): number {
    const transport = stunAttribute(message, StunAttribute.RequestedTransport);
    if (transport === null || transport.length !== 4) return StunErrorCode.BadRequest;
    if (transport[0] !== REQUESTED_TRANSPORT_UDP) return StunErrorCode.UnsupportedTransport;
    const { maxAllocations, maxAllocationsOfUser } = this.options;
    if (this.allocations.size + this.opening.size >= (maxAllocations ?? DEFAULT_MAX_ALLOCATIONS)) {
      return StunErrorCode.InsufficientCapacity;
    }
    let own = 0;
    for (const allocation of this.allocations.values()) if (allocation.username === username) own++;
    const isOverQuota = own >= (maxAllocationsOfUser ?? DEFAULT_MAX_ALLOCATIONS_OF_USER);
    return isOverQuota ? StunErrorCode.AllocationQuotaReached : 0;
  }

  /** Who sent a request, or the error code that it deserves. */
  private authenticate(client: string, message: StunMessage): { username: string; key: Uint8Array } | number {
    const { username } = message;
    const nonce = stunAttribute(message, StunAttribute.Nonce);
    if (message.integrityOffset < 0 || username === null || nonce === null)
      return StunErrorCode.Unauthenticated;
    if (!this.isFreshNonce(client, Buffer.from(nonce).toString('latin1'))) return StunErrorCode.StaleNonce;
    const expiryS = /^\d{1,12}(?=:|$)/.exec(username)?.[0];
    if (expiryS === undefined || Number(expiryS) * 1000 < this.options.clock.wallMs()) {
      return StunErrorCode.Unauthenticated;
    }
    const key = longTermKey(username, REALM, restPassword(this.options.secret, username));
    return hasValidIntegrity(message, key) ? { username, key } : StunErrorCode.Unauthenticated;
  }

  /** Needs no memory: the time, and a MAC over it and the client. */
  private newNonce(client: string, issuedMs = Math.floor(this.options.clock.nowMs())): string {
    const time = issuedMs.toString(16);
    const mac = createHmac('sha256', this.options.secret).update(`nonce ${time} ${client}`).digest('base64');
    return `${time}-${mac}`.slice(0, NONCE_BYTES);
  }

  private isFreshNonce(client: string, nonce: string): boolean {
    const issuedMs = parseInt(nonce, 16);
    const nowMs = this.options.clock.nowMs();
    if (!(issuedMs <= nowMs && issuedMs > nowMs - NONCE_LIFETIME_MS)) return false;
    const expected = this.newNonce(client, issuedMs);
    return nonce.length === expected.length && timingSafeEqual(Buffer.from(nonce), Buffer.from(expected));
  }

  private peerOf(message: StunMessage): TransportAddress | number {
    const peer = stunXorAddress(message, StunAttribute.XorPeerAddress);
    const address = peer && canonicalIp(peer.address);
    if (!peer || address === null) return StunErrorCode.BadRequest;
    return this.isPermitted(address) ? { address, port: peer.port } : StunErrorCode.Forbidden;
  }

  private isPermitted(address: string): boolean {
    return ipFamily(address) === 4 && ipReach(parseIp(address)!) >= this.relayReach;
  }

  private onSend(client: string, message: StunMessage): void {
    const allocation = this.allocations.get(client);
    const data = stunAttribute(message, StunAttribute.Data);
    const peer = this.peerOf(message);
    if (allocation === undefined || data === null || typeof peer === 'number') return;
    if (allocation.isPermitted(peer.address, this.options.clock.nowMs())) {
      allocation.socket.send(data, peer.address, peer.port);
    }
  }

  private onChannelData(client: string, channel: number, datagram: Uint8Array): void {
    const allocation = this.allocations.get(client);
    const peer = allocation?.peerOf(channel, this.options.clock.nowMs());
    if (!allocation || !peer) return;
    const data = datagram.subarray(CHANNEL_HEADER_BYTES, CHANNEL_HEADER_BYTES + channelDataBytes(datagram));
    allocation.socket.send(data, peer.address, peer.port);
  }

  private onPeerData(allocation: Allocation, data: Uint8Array, address: string, port: number): void {
    const nowMs = this.options.clock.nowMs();
    if (!allocation.isPermitted(address, nowMs)) return;
    const channel = allocation.channelTo(address, port, nowMs);
    if (channel !== 0) {
      const out = new Uint8Array(CHANNEL_HEADER_BYTES + data.length);
      writeChannelData(channel, data, out);
      return allocation.reply(out);
    }
    // With room for the attributes around it.
    if (data.length > 1400) return;
    const id = createHmac('sha1', this.options.secret).update(data).digest().subarray(0, 12);
    allocation.reply(
      new StunBuilder(StunClass.Indication, id, StunMethod.Data)
        .xorAddress(StunAttribute.XorPeerAddress, { address, port })
        .attribute(StunAttribute.Data, data)
        .finish(),
    );
  }
}

/**
 * Credentials for `lifetimeS` seconds (draft-uberti-behave-turn-rest-00 §2.2), as coturn takes them with
 * `use-auth-secret`. Who has the secret makes them without asking the server.
 */
export function restCredentials(
  secret: string,
  user: string,
  lifetimeS: number,
  wallMs = Date.now(),
): { username: string; password: string } {
  const username = `${Math.floor(wallMs / 1000) + lifetimeS}:${user}`;
  return { username, password: restPassword(secret, username) };
}

function restPassword(secret: string, username: string): string {
  return createHmac('sha1', secret).update(username).digest('base64');
}

function describe(answer: StunBuilder, allocation: Allocation, client: string): void {
  const colon = client.lastIndexOf(':');
  answer
    .xorAddress(StunAttribute.XorRelayedAddress, allocation.relayed)
    .u32(StunAttribute.Lifetime, allocation.lifetimeS)
    .xorMappedAddress({ address: client.slice(0, colon), port: Number(client.slice(colon + 1)) });
}

/** As the client asks, within bounds; 0 only for a release. */
function lifetimeOf(message: StunMessage): number {
  const asked = stunU32(message, StunAttribute.Lifetime) ?? DEFAULT_LIFETIME_S;
  if (asked === 0 && message.method === StunMethod.Refresh) return 0;
  return Math.min(MAX_LIFETIME_S, Math.max(DEFAULT_LIFETIME_S, asked));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
