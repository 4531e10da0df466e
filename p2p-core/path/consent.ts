/**
 * Consent freshness (RFC 7675 §5.1) as a pure machine: the peer agreed to receive as long as it answers checks. Each check
 * is a transaction of its own and is not repeated; the checks also keep NAT mappings open.
 */

/** No answer for this long: consent is gone. */
export const CONSENT_EXPIRY_MS = 30_000;
/** Between checks, times 0.8 to 1.2, so that agents do not fall into step. */
const CONSENT_INTERVAL_MS = 5000;
/** Checks that may still be answered: those of one expiry at the shortest interval. */
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
  return { ...consent, checkAtMs: check.sentMs + intervalMs(jitter), outstanding };
}

/** An authentic answer to `check` arrived: it and everything older is settled. */
export function consentAnswered(consent: Consent, check: ConsentCheck, nowMs: number): Consent {
  return {
    ...consent,
    expiresAtMs: nowMs + CONSENT_EXPIRY_MS,
    outstanding: consent.outstanding.filter((other) => other.sentMs > check.sentMs),
  };
}

function intervalMs(jitter: number): number {
  return CONSENT_INTERVAL_MS * (0.8 + (0.4 * jitter) / 255);
}
