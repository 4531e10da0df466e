/** Candidates and connectivity checks (RFC 8445 subset); sans-IO like the transport. */
export type CandidateKind = 'host' | 'srflx' | 'prflx' | 'relay';

export interface Candidate {
  kind: CandidateKind;
  /** IPv4 dotted or IPv6 text. */
  address: string;
  port: number;
  priority: number;
}

export interface IceCredentials {
  ufrag: string;
  password: string;
}

/** A TURN server and what it wants to know of us; a secret. */
export interface TurnServer {
  /** `host:port`; the host is a name, an IPv4 address, or an IPv6 address in brackets. */
  server: string;
  /** Of REST credentials: `expiry:user`, the expiry in unix seconds (draft-uberti-behave-turn-rest-00). */
  username: string;
  /** Of REST credentials: base64 of HMAC-SHA1 over the username with the server's secret. */
  password: string;
}

/** Which paths may be used: `relay-only` shows the peer no address of ours, `direct-only` pays for no relay. */
export type PathPolicy = 'all' | 'direct-only' | 'relay-only';

export interface IceAgent {
  readonly local: IceCredentials;
  /** Starts (or adds to) the checks towards the peer. Checks received before are answered and remembered. */
  setRemote(credentials: IceCredentials, candidates: readonly Candidate[], nowMs: number): void;
  /** Also after nomination: a peer that moves names where it is now. */
  addRemoteCandidate(candidate: Candidate, nowMs: number): void;
  /** A relay of ours can be used, with this address at the server. Checks of its pairs go out with its `via`. */
  addRelay(via: number, relayedAddress: string, nowMs: number): void;
  /** The relay is gone, and what is selected through it as well. */
  removeRelay(via: number, nowMs: number): void;
  /**
   * This end, or the network between, has changed: every pair is checked anew, and the first that answers is used. What is
   * selected stays so until then. Credentials stay the same: the keys of the session do not depend on addresses.
   */
  restart(nowMs: number): void;
  /**
   * A STUN message from the socket. Returns false when it is not this agent's (other ufrag, unknown transaction);
   * true when consumed, also when it was consumed by being refused.
   */
  receive(message: Uint8Array, address: string, port: number, nowMs: number, via?: number): boolean;
  /**
   * The newest authentic packet of the peer came from this address: when it is not the selected one, it is checked, and
   * selected when the check succeeds. Only after nomination. One check a call: the caller limits the amplification.
   */
  follow(address: string, port: number, nowMs: number, via?: number): void;
  /** The peer has gone quiet: checks the selected pair now instead of when consent needs it. */
  checkSelected(nowMs: number): void;
  wake(nowMs: number): void;
  nextWakeMs(): number;
  /** The next STUN message to send, null when there is none now. */
  poll(nowMs: number): OutgoingCheck | null;
  /** When the first check of the selected pair left that is not answered yet; Infinity when all is well. */
  unansweredSinceMs(): number;
  /**
   * The pair in use; null until one is valid, and when its consent has expired. Early use: the first valid pair counts
   * before nomination (RFC 8445 §8.1.1).
   */
  readonly selected: SelectedPair | null;
  close(): void;
}

export interface OutgoingDatagram {
  bytes: Uint8Array;
  address: string;
  port: number;
}

export interface OutgoingCheck extends OutgoingDatagram {
  /** 0: from the socket itself; else the relay of this number. */
  via: number;
}

export interface SelectedPair {
  /** Of the remote candidate; 'relay' also when the relay is ours. */
  kind: CandidateKind;
  address: string;
  port: number;
  rttMs: number;
  /** As in OutgoingCheck. */
  via: number;
}

/** Called from inside `receive` and `wake`. */
export interface IceHandler {
  /** The first valid pair, every change to another one, and when signaling tells of which kind it is. */
  onSelected(pair: SelectedPair): void;
  /** Both ends have agreed on the selected pair, and it is direct: relays are not needed any more. */
  onFinal(): void;
  /** Consent expired (RFC 7675), or its relay is gone: nothing may be sent until a pair is selected again. */
  onLost(): void;
  /** No pair became valid in time. Once, last. */
  onFailed(): void;
}
