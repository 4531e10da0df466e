/** Permissions and channels of one TURN allocation (RFC 8656 §9, §12). Knows when they have to be renewed; sends nothing. */
import type { TransportAddress } from './ip-address';
import type { TurnRequest } from './turn-messages';

/** A permission ends after 300 s (§9), a channel after 600 s; both are renewed with time for every retransmission. */
const RENEW_MS = 240_000;
/** One session has at most 48 addresses of its peer; more than this is no honest use. */
const MAX_PERMISSIONS = 128;
const MAX_CHANNELS = 128;
/** §12: 0x4000 to 0x4FFF. A number may not be given to another peer until 5 minutes after its end; so they go round. */
const FIRST_CHANNEL = 0x4000;
const LAST_CHANNEL = 0x4fff;

export interface Permission {
  readonly address: string;
  usedMs: number;
  renewAtMs: number;
  isDenied: boolean;
  /** Made by this very call. */
  isNew: boolean;
}

export interface BoundPeer extends TransportAddress {
  readonly channel: number;
  isBound: boolean;
  usedMs: number;
  renewAtMs: number;
}

export class PeerTable {
  private permissions: Permission[] = [];
  private channels: BoundPeer[] = [];
  private nextChannel = FIRST_CHANNEL;

  /** The permission for an address, a new one where there is none; null when there are too many. */
  permit(address: string, nowMs: number): Permission | null {
    const known = this.permissions.find((one) => one.address === address);
    if (known !== undefined) {
      known.usedMs = nowMs;
      known.isNew = false;
      return known;
    }
    if (this.permissions.length >= MAX_PERMISSIONS) return null;
    const permission = { address, usedMs: nowMs, renewAtMs: Infinity, isDenied: false, isNew: true };
    this.permissions.push(permission);
    return permission;
  }

  onPermitted(address: string, nowMs: number): void {
    const permission = this.permissions.find((one) => one.address === address);
    if (permission !== undefined) permission.renewAtMs = nowMs + RENEW_MS;
  }

  /** The server refuses the address: nothing is sent there any more. */
  onDenied(address: string): void {
    const permission = this.permissions.find((one) => one.address === address);
    if (permission === undefined) return;
    permission.isDenied = true;
    permission.renewAtMs = Infinity;
  }

  /** A new channel to ask for; null when the peer has one, or there are too many. */
  bind(address: string, port: number, nowMs: number): BoundPeer | null {
    if (this.find(address, port) !== null || this.channels.length >= MAX_CHANNELS) return null;
    const channel = this.nextChannel;
    this.nextChannel = channel === LAST_CHANNEL ? FIRST_CHANNEL : channel + 1;
    const peer = { address, port, channel, isBound: false, usedMs: nowMs, renewAtMs: Infinity };
    this.channels.push(peer);
    return peer;
  }

  onBound(channel: number, nowMs: number): void {
    const peer = this.byChannel(channel);
    if (peer === null) return;
    peer.isBound = true;
    peer.renewAtMs = nowMs + RENEW_MS;
    // A binding is a permission too (§12.2).
    this.onPermitted(peer.address, nowMs);
  }

  onUnbound(channel: number): void {
    this.channels = this.channels.filter((peer) => peer.channel !== channel);
  }

  find(address: string, port: number): BoundPeer | null {
    for (const peer of this.channels) if (peer.port === port && peer.address === address) return peer;
    return null;
  }

  byChannel(channel: number): BoundPeer | null {
    for (const peer of this.channels) if (peer.channel === channel) return peer;
    return null;
  }

  /** What to ask for now; what was not used since the last time is forgotten instead, by the server as well. */
  refresh(nowMs: number): TurnRequest[] {
    const requests: TurnRequest[] = [];
    const isKept = (one: { usedMs: number; renewAtMs: number }): boolean => {
      if (one.renewAtMs > nowMs) return true;
      if (one.usedMs + RENEW_MS < nowMs) return false;
      one.renewAtMs = Infinity;
      return true;
    };
    const due = (one: { renewAtMs: number }): boolean => one.renewAtMs <= nowMs;
    const duePermissions = this.permissions.filter(due);
    const dueChannels = this.channels.filter(due);
    this.permissions = this.permissions.filter(isKept);
    this.channels = this.channels.filter(isKept);
    for (const peer of dueChannels) {
      if (this.channels.indexOf(peer) >= 0) requests.push({ kind: 'bind', peer, channel: peer.channel });
    }
    for (const permission of duePermissions) {
      if (this.permissions.indexOf(permission) >= 0)
        requests.push({ kind: 'permit', address: permission.address });
    }
    return requests;
  }

  nextRefreshMs(): number {
    let next = Infinity;
    for (const { renewAtMs } of this.permissions) next = Math.min(next, renewAtMs);
    for (const { renewAtMs } of this.channels) next = Math.min(next, renewAtMs);
    return next;
  }
}
