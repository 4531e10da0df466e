/** The pairs of an agent, best first (RFC 8445 §6.1.2). Knows no time and sends nothing. */
import { equalBytes } from '../bytes/concat';
import { createPair } from './candidate-pair';
import type { CandidatePair } from './candidate-pair';
import {
  candidatePriority,
  comparePairPriority,
  isCandidatePriority,
  pairPriority,
} from './candidate-priority';
import type { PairPriority } from './candidate-priority';
import { usableRemoteCandidate } from './candidates';
import { ipFamily } from './ip-address';
import type { IceRole } from './ice-messages';
import type { Candidate } from './types';

/** Candidates a peer may name. Together with the next limit it stays below the 100 pairs of §6.1.2.5. */
export const MAX_REMOTE_CANDIDATES = 32;
/** Addresses that may be learned from a peer's own checks beside them. */
export const MAX_PEER_REFLEXIVE = 16;

export class CheckList {
  readonly pairs: CandidatePair[] = [];
  private role: IceRole;
  private signalledCount = 0;
  private reflexiveCount = 0;
  /** Priority of our side of a pair, by address family; null where we have no address of it. */
  private readonly localPriority: { 4: number | null; 6: number | null } = { 4: null, 6: null };

  constructor(role: IceRole, localCandidates: readonly Candidate[]) {
    this.role = role;
    for (const { address, priority } of localCandidates) {
      const family = ipFamily(address);
      this.localPriority[family] = Math.max(this.localPriority[family] ?? 0, priority);
    }
    // A platform that hides its addresses still has an IPv4 socket.
    if (localCandidates.length === 0) this.localPriority[4] = candidatePriority('host');
  }

  /** A candidate from signaling. Null when it is unusable, of a family we have no address of, or one too many. */
  addSignalled(candidate: Candidate): CandidatePair | null {
    const remote = usableRemoteCandidate(candidate);
    if (remote === null || this.localPriority[ipFamily(remote.address)] === null) return null;
    const known = this.find(remote.address, remote.port);
    if (known !== null) {
      if (known.remote.kind === 'prflx' && remote.kind !== 'prflx') this.replaceRemote(known, remote);
      return known;
    }
    if (this.signalledCount >= MAX_REMOTE_CANDIDATES) return null;
    this.signalledCount++;
    return this.insert(remote);
  }

  /** Where an authentic check came from (§7.3.1.3); `priority` as its PRIORITY says. Null when it is one too many. */
  addPeerReflexive(address: string, port: number, priority: number): CandidatePair | null {
    if (this.reflexiveCount >= MAX_PEER_REFLEXIVE) return null;
    this.reflexiveCount++;
    const usable = isCandidatePriority(priority) ? priority : candidatePriority('prflx');
    return this.insert({ kind: 'prflx', address, port, priority: usable });
  }

  /** Forgets the peer-reflexive address that was checked longest ago, other than `keep`, when there is no room for one more. */
  makeRoomForReflexive(keep: CandidatePair | null): void {
    if (this.reflexiveCount < MAX_PEER_REFLEXIVE) return;
    let oldest: CandidatePair | null = null;
    for (const pair of this.pairs) {
      if (pair.remote.kind !== 'prflx' || pair === keep) continue;
      if (oldest === null || pair.lastSentMs < oldest.lastSentMs) oldest = pair;
    }
    if (oldest === null) return;
    this.pairs.splice(this.pairs.indexOf(oldest), 1);
    this.reflexiveCount--;
  }

  /** `address` is in canonical form. */
  find(address: string, port: number): CandidatePair | null {
    for (const pair of this.pairs) {
      if (pair.remote.port === port && pair.remote.address === address) return pair;
    }
    return null;
  }

  findByTransaction(transactionId: Uint8Array): CandidatePair | null {
    for (const pair of this.pairs) {
      if (pair.check !== null && equalBytes(pair.check.transactionId, transactionId)) return pair;
    }
    return null;
  }

  /** The best pair that was validated, other than `except`. */
  bestValid(except: CandidatePair | null = null): CandidatePair | null {
    for (const pair of this.pairs) if (pair.state === 'succeeded' && pair !== except) return pair;
    return null;
  }

  /** How many pairs, best first, are worth checking: those better than `selected`, or all. */
  openCount(selected: CandidatePair | null): number {
    return selected === null ? this.pairs.length : this.pairs.indexOf(selected);
  }

  /** Whether a pair better than `pair` may still turn out valid. */
  hasOpenBefore(pair: CandidatePair): boolean {
    for (const other of this.pairs) {
      if (other === pair) return false;
      if (other.state === 'waiting' || other.state === 'in-progress') return true;
    }
    return false;
  }

  isBetter(a: CandidatePair, b: CandidatePair): boolean {
    return comparePairPriority(a.priority, b.priority) < 0;
  }

  /** Priorities depend on who controls (§7.3.1.1). */
  setRole(role: IceRole): void {
    this.role = role;
    for (const pair of this.pairs) pair.priority = this.priorityWith(pair.remote);
    this.sort();
  }

  private insert(remote: Candidate): CandidatePair {
    const pair = createPair(remote, this.priorityWith(remote));
    this.pairs.push(pair);
    this.sort();
    return pair;
  }

  private replaceRemote(pair: CandidatePair, remote: Candidate): void {
    pair.remote = remote;
    pair.priority = this.priorityWith(remote);
    this.sort();
  }

  private priorityWith(remote: Candidate): PairPriority {
    const local = this.localPriority[ipFamily(remote.address)] ?? candidatePriority('host');
    return this.role === 'controlling'
      ? pairPriority(local, remote.priority)
      : pairPriority(remote.priority, local);
  }

  private sort(): void {
    this.pairs.sort((a, b) => comparePairPriority(a.priority, b.priority));
  }
}
