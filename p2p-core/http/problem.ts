/** Why a received message cannot be used. */
export type HttpProblem =
  | 'malformed'
  | 'head-too-large'
  | 'unsupported-version'
  | 'unsupported-coding'
  | 'unsupported-expectation'
  | 'truncated';

/** The status a server answers a broken request with. */
export function statusOfProblem(problem: HttpProblem): number {
  switch (problem) {
    case 'head-too-large':
      return 431; // RFC 6585 §5
    case 'unsupported-version':
      return 505;
    case 'unsupported-coding':
      return 501; // RFC 9112 §6.1
    case 'unsupported-expectation':
      return 417;
    default:
      return 400;
  }
}

/**
 * Codes given to `ByteStream.abort` when an exchange is given up: those of HTTP/3 (RFC 9114 §8.1), which has the same
 * situation of one exchange on each stream.
 */
export const AbortCode = {
  /** Nothing is wrong; the rest is not wanted. */
  NoError: 0x100,
  /** This side failed, for example its handler threw. */
  InternalError: 0x102,
  /** The caller gave the exchange up. */
  Cancelled: 0x10c,
  /** The other side's message is broken. */
  MessageError: 0x10e,
} as const;
