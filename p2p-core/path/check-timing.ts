/** When checks leave (RFC 8445 §14). Pure. */

/** Ta (§14.2). */
export const PACING_MS = 50;
/**
 * The first checks leave faster, so that a good pair behind a few dead ones starts within a tenth of a second; §14.2
 * forbids less than 5 ms. NATs take eight new mappings in such a time without trouble.
 */
export const OPENING_PACING_MS = 10;
export const OPENING_CHECKS = 8;
/** A late timer may catch up with checks it owes, but only with those of this span. */
export const PACING_CATCH_UP_MS = 30;
/** A triggered check leaves at once, but never sooner than this after the last request on the same pair. */
export const TRIGGERED_GAP_MS = 20;
/**
 * First retransmission. §14.3 suggests 500 ms; a hole in a NAT that opened just after the first request was dropped should
 * not cost that much. Doubles every fourth time, up to the largest: with 30 % loss each way half of
 * all checks fail, and a path should get its tries within the first second. The pacing bounds the sum over all pairs.
 */
const INITIAL_RTO_MS = 250;
const MAX_RTO_MS = 1000;
/** Requests of one check: they fill eleven seconds, more than the default bound of the whole search. */
export const MAX_CHECK_SENDS = 16;
/** A nomination that was not answered this often goes to the next valid pair, if there is one. */
export const MAX_NOMINATION_SENDS = 5;
/** How long nomination waits, after the first valid pair, for better pairs that are still being checked. */
const NOMINATION_WAIT_MS = 150;
/** The same when all that is valid is a relay: restricted-to-symmetric NAT pairs were seen to need 0.4 s. */
const RELAY_NOMINATION_WAIT_MS = 1000;

export function pacingMs(checksSent: number): number {
  return checksSent < OPENING_CHECKS ? OPENING_PACING_MS : PACING_MS;
}

/** The pause after the `sendCount`-th request of a check. */
export function retransmitDelayMs(sendCount: number): number {
  return Math.min(MAX_RTO_MS, INITIAL_RTO_MS * (1 << Math.min((sendCount - 1) >> 2, 8)));
}

export function nominationWaitMs(isRelay: boolean): number {
  return isRelay ? RELAY_NOMINATION_WAIT_MS : NOMINATION_WAIT_MS;
}
