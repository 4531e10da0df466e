import type { Candidate, IceCredentials, TurnServer } from '../path/types';

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
  /** 16 bytes, of a camera: with it the viewer knows a stateless reset (session/stateless-reset.ts). */
  resetToken?: Uint8Array;
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
  turnServers: TurnServer[];
  /** Device version after `%`, e.g. `2.4.0`. */
  deviceVersion: string;
}

export type RendezvousState = 'connecting' | 'online' | 'closed';

/** One connection to one broker, shared by all calls through it. Reconnects by itself until closed. */
export interface Rendezvous {
  readonly state: RendezvousState;
  /** When the broker accepted this connection, on the port's clock; null while not online. */
  readonly onlineSinceMs: number | null;
  /**
   * Subscribed now and again after every reconnect. Returns the unsubscribe function. `payload` is borrowed until
   * `onMessage` returns. A retained message comes after every subscription to its topic, so perhaps more than once.
   * `topic` has no wildcards, else P2PError BadArgument.
   */
  subscribe(topic: string, onMessage: (payload: Uint8Array, isRetained: boolean) => void): () => void;
  /**
   * `payload` is copied. QoS 1 is sent again after a reconnect until the broker acknowledges or it expires.
   * Sent at once when online, else after the next connect if that comes within `expiryMs` (default 5 000).
   */
  publish(topic: string, payload: Uint8Array, options?: PublishOptions): void;
  /**
   * Called when `state` changes, and with 'connecting' again for every attempt that failed. `reason` is one of
   * RendezvousReason. Not called for our own `close`.
   */
  onStateChange: ((state: RendezvousState, reason: string) => void) | null;
  /**
   * The network may have changed, or the app came back to the front: a waiting retry is made now, a connection that
   * seems to be alive is asked to prove it soon.
   */
  checkNow(): void;
  /**
   * The network under the connection is another one: the connection is given up, also when it seems to be alive, and
   * another one made after a first delay of the usual back-off, which grows when networks change all the time.
   */
  reconnect(): void;
  /** No callback follows; no timer or socket is left. */
  close(): void;
}

export const RendezvousReason = {
  /** The broker has accepted us. */
  Connected: 'connected',
  /** No connection, or no answer of the broker to our login, within 5 s. */
  ConnectTimeout: 'connect-timeout',
  /** The socket could not be opened or was closed. */
  SocketClosed: 'socket-closed',
  /** The broker does not answer pings any more. */
  PingTimeout: 'ping-timeout',
  /** Wrong user or password (CONNACK 4 or 5). Tried again slowly, since only a new password helps. */
  LoginRefused: 'login-refused',
  /** Given up by this side: the network has changed. */
  NetworkChanged: 'network-changed',
  /** The broker does not want us for another reason (CONNACK 1 to 3). */
  BrokerRefused: 'broker-refused',
  /** The other end does not speak MQTT 3.1.1. */
  ProtocolError: 'protocol-error',
} as const;
export type RendezvousReason = (typeof RendezvousReason)[keyof typeof RendezvousReason];

export interface PublishOptions {
  qos?: 0 | 1;
  isRetained?: boolean;
  expiryMs?: number;
  /** Another publication follows at once: this one waits for it, so that they leave in one piece. */
  hasMore?: boolean;
}
