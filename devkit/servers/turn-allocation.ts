import type { TransportAddress } from '../../p2p-core/path/ip-address';
import type { Clock, TimerId } from '../../p2p-core/port/port';

/** The relay's side of an allocation. */
export interface RelaySocket {
  readonly port: number;
  /** `data` is borrowed until the call returns. */
  send(data: Uint8Array, address: string, port: number): void;
  close(): void;
}

export interface AllocationOptions {
  username: string;
  /** Of the request that made it: the same one again gets the same answer. */
  transactionId: Uint8Array;
  relayed: TransportAddress;
  socket: RelaySocket;
  /** To the client. */
  reply(bytes: Uint8Array): void;
}

/** RFC 8656 §9, §12. */
const PERMISSION_MS = 300_000;
const CHANNEL_MS = 600_000;
const MAX_PERMISSIONS = 128;
const MAX_CHANNELS = 128;
const FIRST_CHANNEL = 0x4000;
const LAST_CHANNEL = 0x4fff;

/** One client's relay: its socket, whom it may talk with, and when it ends. */
export class Allocation {
  readonly username: string;
  readonly transactionId: Uint8Array;
  readonly relayed: TransportAddress;
  readonly socket: RelaySocket;
  readonly reply: AllocationOptions['reply'];
  lifetimeS = 0;
  private readonly permissions = new Map<string, number>();
  private readonly channels = new Map<number, TransportAddress & { untilMs: number }>();
  private timer: TimerId | null = null;

  constructor(
    private readonly clock: Clock,
    options: AllocationOptions,
    private readonly onEnd: () => void,
  ) {
    this.username = options.username;
    this.transactionId = options.transactionId;
    this.relayed = options.relayed;
    this.socket = options.socket;
    this.reply = options.reply;
  }

  extend(lifetimeS: number): void {
    this.lifetimeS = lifetimeS;
    if (this.timer !== null) this.clock.clearTimer(this.timer);
    this.timer = this.clock.setTimer(() => this.close(), lifetimeS * 1000);
  }

  /** False when there are too many. */
  permit(address: string, nowMs: number): boolean {
    if (this.permissions.size >= MAX_PERMISSIONS && !this.permissions.has(address)) {
      for (const [other, untilMs] of this.permissions) if (untilMs <= nowMs) this.permissions.delete(other);
      if (this.permissions.size >= MAX_PERMISSIONS) return false;
    }
    this.permissions.set(address, nowMs + PERMISSION_MS);
    return true;
  }

  isPermitted(address: string, nowMs: number): boolean {
    return (this.permissions.get(address) ?? 0) > nowMs;
  }

  /** False when the number or the peer is taken (§12.2), or there are too many. */
  bind(channel: number, peer: TransportAddress, nowMs: number): boolean {
    if (channel < FIRST_CHANNEL || channel > LAST_CHANNEL || peer.port === 0) return false;
    for (const [number, one] of this.channels) if (one.untilMs <= nowMs) this.channels.delete(number);
    const bound = this.channels.get(channel);
    const isOthers = bound !== undefined && (bound.address !== peer.address || bound.port !== peer.port);
    const already = this.channelTo(peer.address, peer.port, nowMs);
    if (isOthers || (already !== 0 && already !== channel)) return false;
    if (bound === undefined && this.channels.size >= MAX_CHANNELS) return false;
    if (!this.permit(peer.address, nowMs)) return false;
    this.channels.set(channel, { address: peer.address, port: peer.port, untilMs: nowMs + CHANNEL_MS });
    return true;
  }

  peerOf(channel: number, nowMs: number): TransportAddress | null {
    const peer = this.channels.get(channel);
    return peer !== undefined && peer.untilMs > nowMs ? peer : null;
  }

  /** 0 when no channel is bound to the peer. */
  channelTo(address: string, port: number, nowMs: number): number {
    for (const [channel, peer] of this.channels) {
      if (peer.port === port && peer.address === address && peer.untilMs > nowMs) return channel;
    }
    return 0;
  }

  close(): void {
    if (this.timer !== null) this.clock.clearTimer(this.timer);
    this.timer = null;
    this.socket.close();
    this.onEnd();
  }
}
