/** Decides which check leaves next (RFC 8445 §6.1.4.2): triggered ones past the pacing, all others one per Ta. */
import { nextPairState, settlePair } from './candidate-pair';
import type { CandidatePair } from './candidate-pair';
import type { CheckList } from './check-list';
import { MAX_CHECK_SENDS, PACING_CATCH_UP_MS, pacingMs, TRIGGERED_GAP_MS } from './check-timing';

export class CheckScheduler {
  private nextSlotMs = 0;
  private checksSent = 0;

  /** `send` sends the pair's check, again or for the first time. */
  constructor(
    private readonly list: CheckList,
    private readonly send: (pair: CandidatePair, nowMs: number) => void,
  ) {}

  start(nowMs: number): void {
    this.nextSlotMs = nowMs;
  }

  /** The peer's check arrived on `pair`: answer with our own (§7.3.1.4), again if one is in flight. */
  trigger(pair: CandidatePair, nowMs: number): void {
    pair.state = nextPairState(pair.state, 'triggered');
    pair.triggeredMs = Math.min(pair.triggeredMs, Math.max(nowMs, pair.lastSentMs + TRIGGERED_GAP_MS));
  }

  runTriggered(nowMs: number): void {
    for (const pair of this.list.pairs) if (pair.triggeredMs <= nowMs) this.send(pair, nowMs);
  }

  /** First checks, best pair first, then retransmissions; only of pairs better than `selected`. */
  runPaced(selected: CandidatePair | null, nowMs: number): void {
    while (this.nextSlotMs <= nowMs) {
      const pair = this.nextPaced(selected, nowMs);
      if (pair === null) return;
      this.send(pair, nowMs);
      this.nextSlotMs = Math.max(this.nextSlotMs, nowMs - PACING_CATCH_UP_MS) + pacingMs(this.checksSent);
      this.checksSent++;
    }
  }

  nextTriggeredMs(): number {
    let next = Infinity;
    for (const pair of this.list.pairs) next = Math.min(next, pair.triggeredMs);
    return next;
  }

  nextPacedMs(selected: CandidatePair | null): number {
    let next = Infinity;
    for (let i = this.list.openCount(selected) - 1; i >= 0; i--)
      next = Math.min(next, dueMs(this.list.pairs[i]!));
    return Math.max(next, this.nextSlotMs);
  }

  private nextPaced(selected: CandidatePair | null, nowMs: number): CandidatePair | null {
    let chosen: CandidatePair | null = null;
    const openCount = this.list.openCount(selected);
    for (let i = 0; i < openCount; i++) {
      const pair = this.list.pairs[i]!;
      const due = dueMs(pair);
      if (due > nowMs) continue;
      if (pair.check !== null && pair.check.sendCount >= MAX_CHECK_SENDS) settlePair(pair, 'broken');
      else if (chosen === null || due < dueMs(chosen)) chosen = pair;
    }
    return chosen;
  }
}

/** When a pair's ordinary check is due; a first check is due always, so before every retransmission. */
function dueMs(pair: CandidatePair): number {
  if (pair.triggeredMs !== Infinity) return Infinity;
  if (pair.state === 'waiting') return -Infinity;
  return pair.state === 'in-progress' && pair.check !== null ? pair.check.resendMs : Infinity;
}
