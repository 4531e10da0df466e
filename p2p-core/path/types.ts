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

export interface IceAgent {
  readonly local: IceCredentials;
  /** Starts (or adds to) the checks towards the peer. Checks received before are answered and remembered. */
  setRemote(credentials: IceCredentials, candidates: readonly Candidate[], nowMs: number): void;
  addRemoteCandidate(candidate: Candidate, nowMs: number): void;
  /**
   * A STUN message from the socket. Returns false when it is not this agent's (other ufrag, unknown transaction);
   * true when consumed, also when it was consumed by being refused.
   */
  receive(message: Uint8Array, address: string, port: number, nowMs: number): boolean;
  /**
   * The newest authentic packet of the peer came from this address: when it is not the selected one, it is checked, and
   * selected when the check succeeds. Only after nomination. One check a call: the caller limits the amplification.
   */
  follow(address: string, port: number, nowMs: number): void;
  /** The peer has gone quiet: checks the selected pair now instead of when consent needs it. */
  checkSelected(nowMs: number): void;
  wake(nowMs: number): void;
  nextWakeMs(): number;
  /** The next STUN message to send, null when there is none now. */
  poll(nowMs: number): OutgoingDatagram | null;
  /** The pair in use; null until one is valid. Early use: the first valid pair counts before nomination (RFC 8445 §8.1.1). */
  readonly selected: SelectedPair | null;
  close(): void;
}

export interface OutgoingDatagram {
  bytes: Uint8Array;
  address: string;
  port: number;
}

export interface SelectedPair {
  kind: CandidateKind;
  address: string;
  port: number;
  rttMs: number;
}

/** Called from inside `receive` and `wake`. */
export interface IceHandler {
  /** The first valid pair, and every change to a better one. */
  onSelected(pair: SelectedPair): void;
  /** No pair became valid in time, or consent expired (RFC 7675). Once. */
  onFailed(reason: 'no-path' | 'consent-expired'): void;
}
