/** The pairs of an agent, best first (RFC 8445 §6.1.2). Knows no time and sends nothing. */
import { equalBytes } from '../bytes/concat';
import { createPair, reopenPair, settlePair } from './candidate-pair';
import type { CandidatePair } from './candidate-pair';
import {
  candidatePriority,
  comparePairPriority,
  isCandidatePriority,
  isRelayPriority,
  pairPriority,
} from './candidate-priority';
import type { PairPriority } from './candidate-priority';
import { isSameAddress, usableRemoteCandidate } from './candidates';
import { ipFamily, ipReach, parseIp } from './ip-address';
import type { IceRole } from './ice-messages';
import type { Candidate, PathPolicy } from './types';

/** Candidates a peer may name. */
export const MAX_REMOTE_CANDIDATES = 32;
/** Addresses that may be learned from a peer's own checks beside them. */
export const MAX_PEER_REFLEXIVE = 16;
/** §6.1.2.5. Without relays the limits above stay below it. */
const MAX_PAIRS = 100;

/** One way out: the socket (via 0), or a relay of ours. */
interface Route {
  readonly via: number;
  /** Priority of our side of a pair, by address family; null where the route has no address of it. */
  readonly priority: { 4: number | null; 6: number | null };
  /** From how far a peer must be reachable: a public relay has no way to private addresses. */
  readonly minReach: number;
}

export class CheckList {
  readonly pairs: CandidatePair[] = [];
  private role: IceRole;
  private readonly routes: Route[] = [];
  /** What signaling named, the oldest first; new routes make pairs with them too. */
  private readonly signalled: Candidate[] = [];

  constructor(
    role: IceRole,
    localCandidates: readonly Candidate[],
    private readonly policy: PathPolicy = 'all',
    hasIpv6 = false,
  ) {
    this.role = role;
    if (policy === 'relay-only') return;
    const priority: Route['priority'] = { 4: null, 6: null };
    for (const one of localCandidates) {
      if (one.kind === 'relay') continue;
      const family = ipFamily(one.address);
      priority[family] = Math.max(priority[family] ?? 0, one.priority);
    }
    // A platform that hides its addresses still has an IPv4 socket, and tells when it has an IPv6 one.
    if (priority[4] === null && (priority[6] === null || hasIpv6)) priority[4] = candidatePriority('host');
    if (priority[6] === null && hasIpv6) priority[6] = candidatePriority('host', 0);
    this.routes.push({ via: 0, priority, minReach: 0 });
  }

  /** Pairs of all candidates with a relay of ours, whose address at the server is `relayedAddress`. */
  addRelay(via: number, relayedAddress: string): void {
    const bytes = parseIp(relayedAddress);
    if (this.policy === 'direct-only' || bytes === null || this.hasRoute(via)) return;
    const priority: Route['priority'] = { 4: null, 6: null };
    priority[ipFamily(relayedAddress)] = candidatePriority('relay');
    const route = { via, priority, minReach: ipReach(bytes) };
    this.routes.push(route);
    for (const remote of this.signalled) this.pairWith(route, remote);
  }

  /** Forgets the pairs of the relay. */
  removeRelay(via: number): void {
    const at = this.routes.findIndex((route) => route.via === via);
    if (via === 0 || at < 0) return;
    this.routes.splice(at, 1);
    for (const pair of this.pairs.filter((one) => one.via === via)) this.remove(pair);
  }

  /** Whether checks from and to this way out are taken at all. */
  hasRoute(via: number): boolean {
    return this.routes.some((route) => route.via === via);
  }

  /** A candidate from signaling; the pairs it has now. None when it is unusable, or the policy forbids it. */
  addSignalled(candidate: Candidate): CandidatePair[] {
    const usable = usableRemoteCandidate(candidate);
    if (usable === null) return [];
    let remote = this.signalled.find((one) => isSameAddress(one, usable));
    if (remote === undefined) {
      if (this.signalled.length >= MAX_REMOTE_CANDIDATES && !this.forgetDeadCandidate()) return [];
      remote = usable;
      this.signalled.push(remote);
    }
    const pairs = [];
    for (const route of this.routes) {
      const pair = this.pairWith(route, remote);
      if (pair !== null) pairs.push(pair);
    }
    return pairs;
  }

  /** Where an authentic check came from (§7.3.1.3); `priority` as its PRIORITY says. Null when it is one too many. */
  addPeerReflexive(via: number, address: string, port: number, priority: number): CandidatePair | null {
    const route = this.routes.find((one) => one.via === via);
    const usable = isCandidatePriority(priority) ? priority : candidatePriority('prflx');
    const kind = isRelayPriority(usable) ? 'relay' : 'prflx';
    if (route === undefined || this.isForbidden(kind)) return null;
    if (this.reflexivePairs().length >= MAX_PEER_REFLEXIVE) return null;
    return this.insert(route, { kind, address, port, priority: usable });
  }

  /** Forgets the peer-reflexive address that was checked longest ago, other than `keep`, when there is no room for one more. */
  makeRoomForReflexive(keep: CandidatePair | null): void {
    const reflexive = this.reflexivePairs();
    if (reflexive.length < MAX_PEER_REFLEXIVE) return;
    let oldest: CandidatePair | null = null;
    for (const pair of reflexive) {
      if (pair !== keep && (oldest === null || pair.lastSentMs < oldest.lastSentMs)) oldest = pair;
    }
    if (oldest !== null) this.remove(oldest);
  }

  /** `address` is in canonical form. */
  find(via: number, address: string, port: number): CandidatePair | null {
    for (const pair of this.pairs) {
      if (pair.remote.port === port && pair.remote.address === address && pair.via === via) return pair;
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
    for (const pair of this.pairs) pair.priority = this.priorityWith(pair.via, pair.remote);
    this.sort();
  }

  /**
   * Both ends agree on `pair`: no other one is nominated any more. When that is for good, what is still being checked is
   * not worth it; a check of the peer brings it back.
   */
  onNominated(pair: CandidatePair, isFinal: boolean): void {
    for (const other of this.pairs) {
      if (other === pair) continue;
      other.isNominatedByPeer = false;
      if (isFinal && (other.state === 'waiting' || other.state === 'in-progress'))
        settlePair(other, 'broken');
    }
  }

  /** Everything is checked from the start. */
  reopen(): void {
    for (const pair of this.pairs) reopenPair(pair);
  }

  /** The pair of the two; of what was peer-reflexive signaling knows better what it is. */
  private pairWith(route: Route, remote: Candidate): CandidatePair | null {
    const known = this.find(route.via, remote.address, remote.port);
    if (known === null) return this.isForbidden(remote.kind) ? null : this.insert(route, remote);
    if (this.isForbidden(remote.kind)) {
      this.remove(known);
      return null;
    }
    if (known.remote !== remote) {
      known.remote = remote;
      known.priority = this.priorityWith(known.via, remote);
      this.sort();
    }
    return known;
  }

  private isForbidden(kind: Candidate['kind']): boolean {
    return kind === 'relay' && this.policy === 'direct-only';
  }

  private insert(route: Route, remote: Candidate): CandidatePair | null {
    if (this.pairs.length >= MAX_PAIRS || route.priority[ipFamily(remote.address)] === null) return null;
    if (ipReach(parseIp(remote.address)!) < route.minReach) return null;
    const pair = createPair(route.via, remote, this.priorityWith(route.via, remote));
    this.pairs.push(pair);
    this.sort();
    return pair;
  }

  private remove(pair: CandidatePair): void {
    this.pairs.splice(this.pairs.indexOf(pair), 1);
  }

  private reflexivePairs(): CandidatePair[] {
    return this.pairs.filter((pair) => this.signalled.indexOf(pair.remote) < 0);
  }

  /** Makes room for where a peer is now: the oldest candidate none of whose pairs is of any use goes. */
  private forgetDeadCandidate(): boolean {
    const dead = this.signalled.find((one) =>
      this.pairs.every((pair) => pair.state === 'failed' || pair.remote !== one),
    );
    if (dead === undefined) return false;
    for (const pair of this.pairs.filter((one) => one.remote === dead)) this.remove(pair);
    this.signalled.splice(this.signalled.indexOf(dead), 1);
    return true;
  }

  private priorityWith(via: number, remote: Candidate): PairPriority {
    const route = this.routes.find((one) => one.via === via);
    const local = route?.priority[ipFamily(remote.address)] ?? candidatePriority('host');
    return this.role === 'controlling'
      ? pairPriority(local, remote.priority)
      : pairPriority(remote.priority, local);
  }

  private sort(): void {
    this.pairs.sort((a, b) => comparePairPriority(a.priority, b.priority));
  }
}
