/** Which of our addresses are offered to a peer (RFC 8445 §5.1.1), and which of a peer's are checked. */
import { candidatePriority, isCandidatePriority, MAX_LOCAL_PREFERENCE } from './candidate-priority';
import { canonicalIp, ipFamily, ipScope, isPort, parseIp } from './ip-address';
import type { TransportAddress } from './ip-address';
import type { Candidate, CandidateKind } from './types';

/** More interfaces than this add checks, not paths. */
export const MAX_LOCAL_CANDIDATES = 16;

export interface GatherOptions {
  /** IP addresses of this host; what is no usable address is skipped. */
  localAddresses: readonly string[];
  /** Port of the one socket; 0 when the platform has not told: then there is no host candidate. */
  localPort: number;
  /** The port of IPv6 addresses, where it is another one. */
  localPort6?: number;
  /** The server-reflexive addresses that a probe found, one of each family. */
  mapped?: TransportAddress | null;
  mapped6?: TransportAddress | null;
  /** Offers loopback addresses beside others, for a peer on the same machine; they come last. */
  includeLoopback?: boolean;
}

/**
 * Host candidates in the order of `localAddresses` (earlier is preferred), then the server-reflexive ones that equal no host
 * candidate. Loopback is offered when there is nothing else, or on request. Never offered: unspecified,
 * multicast and broadcast addresses, and IPv6 link-local ones, which mean nothing without their zone (§5.1.1.1).
 */
export function gatherCandidates(options: GatherOptions): Candidate[] {
  const ordinary: string[] = [];
  const loopback: string[] = [];
  for (const text of options.localAddresses) {
    const address = offerableAddress(text);
    if (address === null) continue;
    const list = ipScope(parseIp(address)!) === 'loopback' ? loopback : ordinary;
    if (list.indexOf(address) < 0) list.push(address);
  }
  const useLoopback = ordinary.length === 0 || options.includeLoopback === true;
  const addresses = useLoopback ? ordinary.concat(loopback) : ordinary;
  const candidates: Candidate[] = [];
  const { localPort, localPort6 = localPort } = options;
  for (const address of addresses.slice(0, MAX_LOCAL_CANDIDATES - (options.mapped6 ? 2 : 1))) {
    const port = ipFamily(address) === 4 ? localPort : localPort6;
    if (isPort(port)) candidates.push(makeCandidate('host', address, port, candidates.length));
  }
  for (const mapped of [options.mapped, options.mapped6]) {
    const address = !mapped || !isPort(mapped.port) ? null : offerableAddress(mapped.address);
    if (address === null) continue;
    const srflx = makeCandidate('srflx', address, mapped!.port, 0);
    if (!candidates.some((one) => isSameAddress(one, srflx))) candidates.push(srflx);
  }
  return candidates;
}

/**
 * A candidate from signaling made safe: its address in canonical form, its priority replaced by the kind's when it is
 * out of range. Null when no check may go there.
 */
export function usableRemoteCandidate(candidate: Candidate): Candidate | null {
  const { kind, port, priority } = candidate;
  const address = offerableAddress(candidate.address);
  if (address === null || !isPort(port)) return null;
  if (kind !== 'host' && kind !== 'srflx' && kind !== 'prflx' && kind !== 'relay') return null;
  return {
    kind,
    address,
    port,
    priority: isCandidatePriority(priority) ? priority : candidatePriority(kind),
  };
}

export function isSameAddress(a: TransportAddress, b: TransportAddress): boolean {
  return a.port === b.port && a.address === b.address;
}

function offerableAddress(text: string): string | null {
  const address = canonicalIp(text);
  if (address === null) return null;
  const scope = ipScope(parseIp(address)!);
  if (scope === 'link-local') return ipFamily(address) === 4 ? address : null;
  return scope === 'unicast' || scope === 'loopback' ? address : null;
}

function makeCandidate(kind: CandidateKind, address: string, port: number, rank: number): Candidate {
  return { kind, address, port, priority: candidatePriority(kind, MAX_LOCAL_PREFERENCE - rank) };
}
