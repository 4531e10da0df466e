import { TokenBucket } from './token-bucket';

/** A viewer sends five offers in the ten seconds that a call may take. */
const VIEWER_BURST = 8;
const VIEWER_PER_SECOND = 1;
/** Each offer costs three X25519 operations, or an answer. */
const OVERALL_BURST = 64;
const OVERALL_PER_SECOND = 16;
/** Candidates of a call: 32 at the start, a few when a network changes. */
const MESSAGE_BURST = 64;
const MESSAGES_PER_SECOND = 4;
/** The oldest is forgotten; the overall limit holds all the same. */
const MAX_VIEWERS = 256;

/**
 * How often a camera listens to those who have its secret: to the offers of one viewer, known by its inbox, and to all
 * offers together. What is above is dropped without an answer; a genuine viewer repeats its offer. Strangers do not count:
 * their messages do not open, and must not use up the share of viewers.
 */
export class CallLimiter {
  private readonly overall: TokenBucket;
  private readonly viewers = new Map<string, TokenBucket>();

  constructor(nowMs: number) {
    this.overall = new TokenBucket(OVERALL_BURST, OVERALL_PER_SECOND, nowMs);
  }

  admitsOffer(replyTopic: string, nowMs: number): boolean {
    let viewer = this.viewers.get(replyTopic);
    if (viewer === undefined) viewer = new TokenBucket(VIEWER_BURST, VIEWER_PER_SECOND, nowMs);
    else this.viewers.delete(replyTopic);
    // Behind the others again: the first one is always the one that was silent for the longest time.
    this.viewers.set(replyTopic, viewer);
    if (this.viewers.size > MAX_VIEWERS) this.viewers.delete(this.viewers.keys().next().value as string);
    return viewer.take(nowMs) && this.overall.take(nowMs);
  }

  /** What one call may say besides its offers. */
  newCallBucket(nowMs: number): TokenBucket {
    return new TokenBucket(MESSAGE_BURST, MESSAGES_PER_SECOND, nowMs);
  }

  /** How many viewers are remembered. */
  get size(): number {
    return this.viewers.size;
  }
}
