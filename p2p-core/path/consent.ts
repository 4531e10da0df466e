/**
 * Consent freshness (RFC 7675 §5.1) as a pure machine: the peer agreed to receive as long as it answers checks. Each check
 * is a transaction of its own; the checks also keep NAT mappings open.
 *
 * Two steps away from the RFC. Checks are 12 s apart, not 5: what protects a stranger is that consent ends after 30 s, and
 * NATs keep a mapping for 30 s at least. And after a check without an answer the next one follows in a second: there are 14
 * or more before the end, where the RFC has six. With 30 % loss each way six all fail once in ten minutes.
 */

/** No answer for this long: consent is gone. */
export const CONSENT_EXPIRY_MS = 30_000;
/** Between checks: 12 s times 0.8 to 1.2, so that agents do not fall into step. */
const MIN_INTERVAL_MS = 9600;
const INTERVAL_SPREAD_MS = 4800;
const UNANSWERED_INTERVAL_MS = 1000;
const UNANSWERED_SPREAD_MS = 200;
/** Checks that may still be answered: those of the last eight seconds. */
const MAX_OUTSTANDING = 8;

export interface ConsentCheck {
  readonly transactionId: Uint8Array;
  readonly sentMs: number;
}

export interface Consent {
  readonly checkAtMs: number;
  readonly expiresAtMs: number;
  readonly outstanding: readonly ConsentCheck[];
}

/** Consent was just given, by a valid check. `jitter` is 0 to 255, random, as in the other functions. */
export function startConsent(nowMs: number, jitter: number): Consent {
  return { checkAtMs: nowMs + intervalMs(jitter), expiresAtMs: nowMs + CONSENT_EXPIRY_MS, outstanding: [] };
}

export function consentCheckSent(consent: Consent, check: ConsentCheck, jitter: number): Consent {
  const outstanding = consent.outstanding.slice(1 - MAX_OUTSTANDING).concat(check);
  const checkAtMs = check.sentMs + UNANSWERED_INTERVAL_MS + spread(UNANSWERED_SPREAD_MS, jitter);
  return { ...consent, checkAtMs, outstanding };
}

/** An authentic answer to `check` arrived: it and everything older is settled. */
export function consentAnswered(
  consent: Consent,
  check: ConsentCheck,
  nowMs: number,
  jitter: number,
): Consent {
  return {
    checkAtMs: nowMs + intervalMs(jitter),
    expiresAtMs: nowMs + CONSENT_EXPIRY_MS,
    outstanding: consent.outstanding.filter((other) => other.sentMs > check.sentMs),
  };
}

function intervalMs(jitter: number): number {
  return MIN_INTERVAL_MS + spread(INTERVAL_SPREAD_MS, jitter);
}

function spread(rangeMs: number, jitter: number): number {
  return Math.round((rangeMs * jitter) / 255);
}
