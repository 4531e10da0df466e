/** The NAT probe: asks several STUN servers for our mapped address (RFC 8489 §6, mapping test as RFC 5780 §4.3). Sans-IO. */
import { equalBytes } from '../bytes/concat';
import type { FillRandom } from '../port/port';
import { canonicalIp, ipFamily } from './ip-address';
import type { TransportAddress } from './ip-address';
import { StunClass, StunMethod, TRANSACTION_ID_BYTES } from './stun-attributes';
import { buildBindingRequest } from './stun-builder';
import { parseStunMessage } from './stun-message';
import type { StunMessage } from './stun-message';
import type { OutgoingDatagram } from './types';

/** More servers tell nothing new. */
const MAX_SERVERS = 8;
const DEFAULT_TIMEOUT_MS = 3000;
/** First retransmission; doubles (RFC 8489 §6.2.1 starts at 500 ms, which a start-up cannot spare). */
const INITIAL_RTO_MS = 250;

/**
 * Whether the NAT maps our socket to one address for all destinations (RFC 4787 §4.1): with 'address-dependent' the mapped
 * address is of no use to a peer. 'unknown' until two servers with different addresses have answered.
 */
export type MappingBehaviour = 'endpoint-independent' | 'address-dependent' | 'unknown';

export interface StunProbeOptions {
  /** `address` is an IP or a DNS name. */
  servers: readonly TransportAddress[];
  fillRandom: FillRandom;
  nowMs: number;
  /** Default 3000. */
  timeoutMs?: number;
}

export interface ServerAnswer {
  server: TransportAddress;
  /** Null when the server did not answer, or refused. */
  mapped: TransportAddress | null;
  rttMs: number;
}

export interface StunProbeResult {
  outcome: 'mapped' | 'failed';
  /** As the first server in order saw us, over IPv4 if any did. */
  mapped: TransportAddress | null;
  perServer: ServerAnswer[];
  mappingBehaviour: MappingBehaviour;
}

export interface Alternate {
  server: TransportAddress;
  other: TransportAddress;
  mapped: TransportAddress;
}

export interface StunProbe {
  /** True when the message answers one of our requests. The transaction id alone decides: servers may be DNS names. */
  receive(message: Uint8Array, address: string, port: number, nowMs: number): boolean;
  wake(nowMs: number): void;
  nextWakeMs(): number;
  poll(nowMs: number): OutgoingDatagram | null;
  /** Our IPv4 address, as far as it is known now: also while slower servers are still waited for. */
  readonly mapped: TransportAddress | null;
  /** The same of IPv6: servers that are asked over IPv6 tell it. */
  readonly mapped6: TransportAddress | null;
  /** The first answer of a server with two addresses (RFC 5780): what a NatBehaviourTest asks further. Null without one. */
  readonly alternate: Alternate | null;
  /** Null until every server answered or the time is over; all null and 'failed' when nobody answered. */
  readonly result: StunProbeResult | null;
  close(): void;
}

export function createStunProbe(options: StunProbeOptions): StunProbe {
  return new Probe(options);
}

interface Query {
  readonly server: TransportAddress;
  readonly transactionId: Uint8Array;
  readonly request: Uint8Array;
  sendCount: number;
  nextSendMs: number;
  isAnswered: boolean;
  mapped: TransportAddress | null;
  /** Where the answer came from, in canonical form. */
  answeredBy: string | null;
  rttMs: number;
}

class Probe implements StunProbe {
  result: StunProbeResult | null = null;
  alternate: Alternate | null = null;
  private readonly queries: Query[];
  private readonly startMs: number;
  private readonly deadlineMs: number;
  private isClosed = false;

  constructor(options: StunProbeOptions) {
    this.startMs = options.nowMs;
    this.deadlineMs = options.nowMs + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    this.queries = options.servers
      .slice(0, MAX_SERVERS)
      .map((server) => createQuery(server, options.fillRandom, options.nowMs));
    this.finishIfDone();
  }

  get mapped(): TransportAddress | null {
    return this.mappedOf(4);
  }

  get mapped6(): TransportAddress | null {
    return this.mappedOf(6);
  }

  receive(datagram: Uint8Array, address: string, port: number, nowMs: number): boolean {
    if (!this.isRunning()) return false;
    const message = parseStunMessage(datagram);
    if (message === null || message.method !== StunMethod.Binding) return false;
    if (message.messageClass !== StunClass.Success && message.messageClass !== StunClass.Error) return false;
    const query = this.queries.find((one) => equalBytes(one.transactionId, message.transactionId));
    if (query === undefined) return false;
    if (!query.isAnswered) {
      query.isAnswered = true;
      query.nextSendMs = Infinity;
      query.rttMs = nowMs - this.startMs;
      query.answeredBy = canonicalIp(address);
      if (message.messageClass === StunClass.Success) query.mapped = mappedAddressOf(message);
      const { mapped, answeredBy } = query;
      const other = message.otherAddress;
      if (this.alternate === null && mapped !== null && answeredBy !== null && other !== null) {
        this.alternate = { server: { address: answeredBy, port }, other, mapped };
      }
      this.finishIfDone();
    }
    return true;
  }

  wake(nowMs: number): void {
    if (this.isRunning() && nowMs >= this.deadlineMs) this.finish();
  }

  nextWakeMs(): number {
    if (!this.isRunning()) return Infinity;
    let next = this.deadlineMs;
    for (const query of this.queries) next = Math.min(next, query.nextSendMs);
    return next;
  }

  poll(nowMs: number): OutgoingDatagram | null {
    if (!this.isRunning()) return null;
    for (const query of this.queries) {
      if (query.nextSendMs > nowMs) continue;
      query.nextSendMs = nowMs + INITIAL_RTO_MS * (1 << query.sendCount);
      query.sendCount++;
      const { address, port } = query.server;
      return { bytes: query.request, address, port };
    }
    return null;
  }

  close(): void {
    this.isClosed = true;
  }

  private mappedOf(family: 4 | 6): TransportAddress | null {
    for (const { mapped } of this.queries) {
      if (mapped !== null && ipFamily(mapped.address) === family) return mapped;
    }
    return null;
  }

  private isRunning(): boolean {
    return !this.isClosed && this.result === null;
  }

  private finishIfDone(): void {
    if (this.queries.every((query) => query.isAnswered)) this.finish();
  }

  private finish(): void {
    const perServer = this.queries.map(({ server, mapped, rttMs }) => ({ server, mapped, rttMs }));
    const mapped = this.mapped ?? this.mapped6;
    const mappingBehaviour = compareMappings(this.queries);
    this.result = { outcome: mapped === null ? 'failed' : 'mapped', mapped, perServer, mappingBehaviour };
  }
}

function createQuery(server: TransportAddress, fillRandom: FillRandom, nowMs: number): Query {
  const transactionId = new Uint8Array(TRANSACTION_ID_BYTES);
  fillRandom(transactionId);
  const request = buildBindingRequest(transactionId);
  return {
    server,
    transactionId,
    request,
    sendCount: 0,
    nextSendMs: nowMs,
    isAnswered: false,
    mapped: null,
    answeredBy: null,
    rttMs: 0,
  };
}

/** XOR-MAPPED-ADDRESS, or what servers of RFC 3489 send; an answer that we cannot process fully counts for nothing. */
function mappedAddressOf(message: StunMessage): TransportAddress | null {
  const mapped = message.xorMappedAddress ?? message.mappedAddress;
  if (mapped === null || message.unknownRequired.length > 0) return null;
  return { address: canonicalIp(mapped.address) ?? mapped.address, port: mapped.port };
}

function compareMappings(queries: readonly Query[]): MappingBehaviour {
  let isIndependent = false;
  for (const a of queries) {
    for (const b of queries) {
      if (a === b || a.mapped === null || b.mapped === null) continue;
      if (ipFamily(a.mapped.address) !== ipFamily(b.mapped.address)) continue;
      if (a.mapped.address !== b.mapped.address || a.mapped.port !== b.mapped.port)
        return 'address-dependent';
      // One mapping for two ports of one server proves nothing about other addresses.
      if (a.answeredBy !== b.answeredBy) isIndependent = true;
    }
  }
  return isIndependent ? 'endpoint-independent' : 'unknown';
}
