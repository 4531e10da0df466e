import type { HttpProblem } from './problem';
import type { HttpHeaders } from './types';

/** How the end of a body is found (RFC 9112 §6.3). */
export type BodyFraming =
  { kind: 'none' } | { kind: 'length'; byteCount: number } | { kind: 'chunked' } | { kind: 'until-end' };

const DECIMAL = /^[0-9]{1,15}$/; // below 2^53

/** Reads the framing headers. `whenUnstated` is what their absence means: no body in a request, all in a response. */
export function bodyFraming(
  headers: HttpHeaders,
  whenUnstated: 'none' | 'until-end',
): BodyFraming | HttpProblem {
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (coding !== undefined) {
    // Both at once is the classic smuggling attempt; §6.3 rule 3 lets us refuse it.
    if (length !== undefined) return 'malformed';
    return coding.toLowerCase() === 'chunked' ? { kind: 'chunked' } : 'unsupported-coding';
  }
  if (length === undefined) return { kind: whenUnstated };
  return DECIMAL.test(length) ? { kind: 'length', byteCount: Number(length) } : 'malformed';
}
