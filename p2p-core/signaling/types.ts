import type { Candidate, IceCredentials } from '../path/types';

/** What two peers say to each other through the rendezvous, inside a sealed envelope (docs/protocol.md). */
export type SignalMessage =
  /** Viewer → camera. `handshake` is Noise message 1; repeated unchanged until answered. */
  | { kind: 'offer'; callId: Uint8Array; replyTopic: string; sentAtMs: number; handshake: Uint8Array }
  /** Camera → viewer. `handshake` is Noise message 2. */
  | { kind: 'answer'; callId: Uint8Array; handshake: Uint8Array }
  /** Either way: a candidate found later. */
  | { kind: 'candidate'; callId: Uint8Array; candidate: Candidate }
  /** Camera → viewer. `code` as HTTP: 403, 405 viewer limit, 408 clock (detail: camera's time in ms), 503. */
  | { kind: 'refuse'; callId: Uint8Array; code: number; detail: string }
  /** Either way: the call is over. */
  | { kind: 'bye'; callId: Uint8Array };

/** Payload of both Noise messages: everything needed to reach and recognise the sender. */
export interface CallDescription {
  version: number;
  ice: IceCredentials;
  /** 24 bits: what the receiver of this description puts into the headers of its packets. */
  connectionId: number;
  candidates: Candidate[];
}

/** What an xp2pInfo says, parsed. A secret: who has it may view. */
export interface PeerTicket {
  /** 16 bytes. */
  peerName: Uint8Array;
  /** 32 bytes. */
  secret: Uint8Array;
  /** X25519 public key of the camera, where it is pinned. */
  staticKey: Uint8Array | null;
  signalingUrl: string | null;
  stunServers: string[];
  /** Device version after `%`, e.g. `2.4.0`. */
  deviceVersion: string;
}

export type RendezvousState = 'connecting' | 'online' | 'closed';

/** One connection to one broker, shared by all calls through it. Reconnects by itself until closed. */
export interface Rendezvous {
  readonly state: RendezvousState;
  /** Subscribed now and again after every reconnect. Returns the unsubscribe function. */
  subscribe(topic: string, onMessage: (payload: Uint8Array, isRetained: boolean) => void): () => void;
  /** Sent at once when online, else after the next connect if that comes within `expiryMs` (default 5 000). */
  publish(topic: string, payload: Uint8Array, options?: PublishOptions): void;
  onStateChange: ((state: RendezvousState, reason: string) => void) | null;
  close(): void;
}

export interface PublishOptions {
  qos?: 0 | 1;
  isRetained?: boolean;
  expiryMs?: number;
}
