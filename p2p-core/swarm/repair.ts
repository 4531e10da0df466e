import type { ParentLink, Parents } from './parents';
import { pieceCountOf, SUB_STREAMS, subStreamOf } from './segment';
import type { StoredSegment } from './segment-store';

/** A pull that brought nothing within this time is tried with another link. */
const PULL_TIMEOUT_MS = 220;
const MIN_GRACE_MS = 150;
const MAX_GRACE_MS = 600;
/** Where nobody is to send the sub-stream, only so long as others may have it by then. */
const ORPHAN_GRACE_MS = 80;
/** Segments in a row with a late part, and the parent is given up. */
const MAX_LATE = 4;
const SILENT_MS = 300;

export interface RepairEnv {
  pull(
    link: ParentLink,
    segment: StoredSegment,
    wantsHead: boolean,
    wantsAll: boolean,
    indexes: number[],
  ): void;
  /** Sub-streams of which pieces are asked for again. */
  onRepair(mask: number): void;
}

/** What is being asked for again of one segment. */
interface Pull {
  atMs: number;
  tried: Set<ParentLink>;
  /** Sub-streams whose parents were blamed. */
  blamed: number;
}

/** Notices what is late and asks another link for it. */
export class Repair {
  private readonly pulls = new WeakMap<StoredSegment, Pull>();
  /** How long after its first sign a segment is usually whole: mean and deviation. */
  private meanMs = 150;
  private deviationMs = 60;

  constructor(
    private readonly parents: Parents,
    private readonly env: RepairEnv,
  ) {}

  /** Longer than this after its first sign, a part of a segment is late. */
  get graceMs(): number {
    return Math.min(MAX_GRACE_MS, Math.max(MIN_GRACE_MS, this.meanMs + 4 * this.deviationMs));
  }

  /** Parents have sent all of a segment. */
  onSent(segment: StoredSegment): void {
    const tookMs = segment.sentMs - segment.bornMs;
    // One that was repaired says nothing of the usual.
    if (!this.pulls.has(segment)) {
      this.deviationMs += (Math.abs(tookMs - this.meanMs) - this.deviationMs) / 16;
      this.meanMs += (tookMs - this.meanMs) / 16;
    }
    const { head } = segment;
    const pull = this.pulls.get(segment);
    for (let sub = 0; sub < Math.min(SUB_STREAMS, pieceCountOf(head!.byteCount)); sub++) {
      const link = this.parents.sourceOf(sub);
      if (link && !(pull && (pull.blamed >> sub) & 1)) link.late = 0;
    }
  }

  /** The link does not have it. */
  onMiss(segment: StoredSegment): void {
    const pull = this.pulls.get(segment);
    if (pull) pull.atMs = -Infinity;
  }

  /** Looks after one segment that is not whole; `isNeeded`: it is to be played, else parents are only judged. */
  check(nowMs: number, segment: StoredSegment, isNeeded: boolean): void {
    const ageMs = nowMs - segment.bornMs;
    if (ageMs < ORPHAN_GRACE_MS || segment.isRumoured) return;
    let pull = this.pulls.get(segment);
    if (pull && nowMs - pull.atMs < PULL_TIMEOUT_MS) return;
    const late = this.lateSubs(nowMs, ageMs, segment);
    if (late === 0) return;
    if (!pull) this.pulls.set(segment, (pull = { atMs: nowMs, tried: new Set(), blamed: 0 }));
    this.blame(nowMs, segment, pull, late);
    if (!isNeeded) return;
    pull.atMs = nowMs;
    const link = this.choose(nowMs, pull, late);
    if (!link) return;
    pull.tried.add(link);
    this.env.onRepair(late);
    const { head, pieces } = segment;
    if (!head) {
      this.env.pull(link, segment, true, this.parents.fedMask === 0, []);
      return;
    }
    const indexes: number[] = [];
    pieces.forEach((piece, index) => {
      if (piece === null && (late >> subStreamOf(head, index)) & 1) indexes.push(index);
    });
    this.env.pull(link, segment, false, false, indexes);
  }

  /** Sub-streams of which something is missing that should be here. Without a head nothing can be told apart: all. */
  private lateSubs(nowMs: number, ageMs: number, { head, pieces, arrived, ownRoot }: StoredSegment): number {
    let missing = 0;
    if (!head) missing = 15;
    else if (ownRoot) arrived.forEach((has, index) => (missing |= has ? 0 : 1 << subStreamOf(head, index)));
    else pieces.forEach((piece, index) => (missing |= piece ? 0 : 1 << subStreamOf(head, index)));
    let late = 0;
    for (let sub = 0; sub < SUB_STREAMS; sub++) {
      if (((missing >> sub) & 1) === 0) continue;
      const source = this.parents.sourceOf(sub);
      const graceMs = !source ? ORPHAN_GRACE_MS : source.gapUntilMs > nowMs ? MAX_GRACE_MS : this.graceMs;
      if (ageMs >= graceMs) late |= 1 << sub;
    }
    return late;
  }

  private blame(nowMs: number, { head, bornMs }: StoredSegment, pull: Pull, late: number): void {
    const blamed = new Set<ParentLink>();
    for (let sub = 0; sub < SUB_STREAMS; sub++) {
      if (((late & ~pull.blamed) >> sub) & 1) {
        const link = this.parents.sourceOf(sub);
        if (link && link.gapUntilMs <= nowMs) blamed.add(link);
      }
    }
    if (head) pull.blamed |= late;
    for (const link of blamed) {
      // Nothing at all since before this segment: it is gone, and others know no sooner.
      const isSilent = link.heardMs < bornMs && nowMs - link.heardMs > SILENT_MS;
      if (isSilent || (head && ++link.late >= MAX_LATE)) this.parents.giveUp(nowMs, link);
    }
  }

  /** A link that was not tried yet, rather a standby or the parent of another sub-stream. */
  private choose(nowMs: number, pull: Pull, late: number): ParentLink | null {
    let best: ParentLink | null = null;
    let bestScore = -Infinity;
    for (const link of this.parents.all()) {
      if (link.state !== 'up') continue;
      let score = pull.tried.has(link) ? -4 : 0;
      if (link.asked & late) score -= 2;
      if (link.gapUntilMs > nowMs) score -= 1;
      if (link.asked === 0) score += 1;
      if (score > bestScore) [best, bestScore] = [link, score];
    }
    if (best && pull.tried.has(best)) pull.tried.clear();
    return best;
  }
}
