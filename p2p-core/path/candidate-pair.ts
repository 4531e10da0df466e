/** One pair of a check list: a remote address, and how it is reached: from the one local socket, or through a relay. */
import type { IceRole } from './ice-messages';
import type { PairPriority } from './candidate-priority';
import type { Candidate } from './types';

/**
 * States of RFC 8445 §6.1.2.6 without Frozen: with one component no pair has anything to learn from another one's
 * result, so all start as Waiting.
 */
export type PairState = 'waiting' | 'in-progress' | 'succeeded' | 'failed';

/**
 * sent: the first request of a check left · answered: a success response arrived that keeps all rules · broken: the check
 * ended without one · triggered: the peer's own check arrived on this pair · conflicted: 487, the check has to be repeated.
 */
export type PairEvent = 'sent' | 'answered' | 'broken' | 'triggered' | 'conflicted';

const TRANSITIONS: Readonly<Record<PairState, Partial<Record<PairEvent, PairState>>>> = {
  waiting: { sent: 'in-progress', answered: 'succeeded', broken: 'failed' },
  'in-progress': { answered: 'succeeded', broken: 'failed', conflicted: 'waiting' },
  succeeded: { broken: 'failed' },
  failed: { answered: 'succeeded', triggered: 'waiting' },
};

/** An event that a state does not name changes nothing. */
export function nextPairState(state: PairState, event: PairEvent): PairState {
  return TRANSITIONS[state][event] ?? state;
}

/** One STUN transaction on a pair. */
export interface Check {
  readonly transactionId: Uint8Array;
  readonly request: Uint8Array;
  readonly role: IceRole;
  readonly nominates: boolean;
  readonly firstSentMs: number;
  sendCount: number;
  /** When the request is due again; Infinity when it is not. */
  resendMs: number;
}

export interface CandidatePair {
  /** 0: from the socket itself; else the number of our relay that it goes through. */
  readonly via: number;
  /** Replaced when signaling names a candidate that was peer-reflexive before. */
  remote: Candidate;
  priority: PairPriority;
  state: PairState;
  /** The transaction in flight. */
  check: Check | null;
  /** When a triggered check has to leave, past the pacing; Infinity when none waits. */
  triggeredMs: number;
  lastSentMs: number;
  rttMs: number;
  /** The controlling peer sent USE-CANDIDATE on it. */
  isNominatedByPeer: boolean;
}

export function createPair(via: number, remote: Candidate, priority: PairPriority): CandidatePair {
  return {
    via,
    remote,
    priority,
    state: 'waiting',
    check: null,
    triggeredMs: Infinity,
    lastSentMs: -Infinity,
    rttMs: 0,
    isNominatedByPeer: false,
  };
}

/** A relay is on the way, ours or the peer's. */
export function isRelayed(pair: CandidatePair): boolean {
  return pair.via !== 0 || pair.remote.kind === 'relay';
}

/** Whether a datagram from there, through that way in, belongs to the pair. */
export function isFrom(pair: CandidatePair, address: string | null, port: number, via: number): boolean {
  return pair.remote.address === address && pair.remote.port === port && pair.via === via;
}

/** What was found out about the pair counts no more: it is checked from the start. */
export function reopenPair(pair: CandidatePair): void {
  pair.state = 'waiting';
  pair.check = null;
  pair.triggeredMs = Infinity;
  pair.isNominatedByPeer = false;
}

/** The check ended, however it did. */
export function settlePair(pair: CandidatePair, event: PairEvent): void {
  pair.state = nextPairState(pair.state, event);
  pair.check = null;
  pair.triggeredMs = Infinity;
}
