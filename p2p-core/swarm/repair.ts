import type { ParentLink, Parents } from './parents';
import { pieceCountOf, SUB_STREAMS, subStreamOf } from './segment';
import type { StoredSegment } from './segment-store';

/** A pull that brought nothing within this time is tried with another link. */
const PULL_TIMEOUT_MS = 220;
const MIN_GRACE_MS = 120;
const MAX_GRACE_MS = 450;
/** For the first piece of a sub-stream. */
const MIN_SILENCE_MS = 80;
const MAX_SILENCE_MS = 250;
/** Where nobody is to send the sub-stream, only so long as others may have it by then. */
const ORPHAN_GRACE_MS = 80;
/** Segments in a row with a late part, and the parent is given up. */
const MAX_LATE = 4;
const SILENT_MS = 200;
/** A parent that said that it waits itself is waited for. */
const GAP_GRACE_MS = 200;
/** Of the grace. */
const TELL_SHARE = 0.5;

export interface RepairEnv {
  pull(
    link: ParentLink,
    segment: StoredSegment,
    wantsHead: boolean,
    wantsAll: boolean,
    indexes: number[],
  ): void;
  onRepair(): void;
  /** These sub-streams are late, and will be late for those who get them from here. */
  onDelay(mask: number): void;
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
  /** How long after the first sign of a segment all of it is here, and something of every sub-stream. */
  private readonly usual = { whole: new Usual(150, 60), heard: new Usual(60, 40) };
  /** Of the first segment of a GOP, that takes longer. */
  private readonly usualFirst = { whole: new Usual(250, 60), heard: new Usual(100, 40) };

  constructor(
    private readonly parents: Parents,
    private readonly env: RepairEnv,
  ) {}

  /** Longer than this after its first sign, a part of a segment is late. */
  private graceMs(segment: StoredSegment): number {
    return clamp(this.usualOf(segment).whole.limitMs, MIN_GRACE_MS, MAX_GRACE_MS);
  }

  /** Longer than this, a sub-stream of which nothing came is silent. */
  private silenceMs(segment: StoredSegment): number {
    return clamp(this.usualOf(segment).heard.limitMs, MIN_SILENCE_MS, MAX_SILENCE_MS);
  }

  private usualOf({ segNo }: StoredSegment): { whole: Usual; heard: Usual } {
    return segNo === 0 ? this.usualFirst : this.usual;
  }

  /** Parents have sent all of a segment. */
  onSent(segment: StoredSegment): void {
    // Those that were repaired count too: without them the usual would be what came before anybody asked.
    const { whole, heard } = this.usualOf(segment);
    whole.add(segment.sentMs - segment.bornMs);
    heard.add(segment.heardMs - segment.bornMs);
    const { head } = segment;
    const pull = this.pulls.get(segment);
    for (let sub = 0; sub < Math.min(SUB_STREAMS, pieceCountOf(head!.byteCount)); sub++) {
      const link = this.parents.sourceOf(sub);
      if (!link || (pull && (pull.blamed >> sub) & 1)) continue;
      link.late = 0;
      if (link.excused > 0) link.excused--;
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
    if (ageMs < TELL_SHARE * MIN_SILENCE_MS || segment.isRumoured) return;
    let pull = this.pulls.get(segment);
    if (pull && nowMs - pull.atMs < PULL_TIMEOUT_MS) return;
    const missing = missingSubs(segment);
    // Before those below lose patience: what they wait for is not this viewer's fault.
    if (ageMs >= TELL_SHARE * this.silenceMs(segment)) this.env.onDelay(missing & ~segment.heardMask);
    const late = this.lateSubs(nowMs, ageMs, missing, segment);
    if (late === 0) return;
    if (!pull) this.pulls.set(segment, (pull = { atMs: nowMs, tried: new Set(), blamed: 0 }));
    this.blame(nowMs, segment, pull, late);
    if (!isNeeded) return;
    pull.atMs = nowMs;
    const link = this.choose(nowMs, pull, late);
    if (!link) return;
    pull.tried.add(link);
    this.env.onRepair();
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

  /** Those of `missing` that should be here. */
  private lateSubs(nowMs: number, ageMs: number, missing: number, segment: StoredSegment): number {
    const heard = segment.heardMask;
    let late = 0;
    for (let sub = 0; sub < SUB_STREAMS; sub++) {
      if (((missing >> sub) & 1) === 0) continue;
      const source = this.parents.sourceOf(sub);
      const patienceMs = source && source.gapUntilMs > nowMs ? GAP_GRACE_MS : 0;
      const ownMs = (heard >> sub) & 1 ? this.graceMs(segment) : this.silenceMs(segment);
      const graceMs = source ? ownMs + patienceMs : ORPHAN_GRACE_MS;
      if (ageMs >= graceMs) late |= 1 << sub;
    }
    return late;
  }

  private blame(nowMs: number, segment: StoredSegment, pull: Pull, late: number): void {
    const { head, bornMs } = segment;
    const blamed = new Set<ParentLink>();
    for (let sub = 0; sub < SUB_STREAMS; sub++) {
      if (((late & ~pull.blamed) >> sub) & 1) {
        const link = this.parents.sourceOf(sub);
        if (link) blamed.add(link);
      }
    }
    if (head) pull.blamed |= late;
    for (const link of blamed) {
      if (link.gapUntilMs > nowMs && this.isExcused(segment, link)) continue;
      // Nothing at all since before this segment: it is gone, and others know no sooner.
      const isSilent =
        link.heardMs < bornMs &&
        nowMs - link.heardMs > SILENT_MS &&
        nowMs - bornMs > this.graceMs(segment) + 50;
      if (isSilent || (head && ++link.late >= MAX_LATE)) this.parents.giveUp(nowMs, link);
    }
  }

  /** Of who waits himself: nobody else has anything of the segment either, or it does not happen too often. */
  private isExcused({ head, heardMask, ownMs }: StoredSegment, link: ParentLink): boolean {
    const isElsewhere = ownMs > 0 || (heardMask & ~this.parents.maskOf(link.peer)) !== 0;
    return !head || !isElsewhere || this.parents.excuse(link);
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

/** Mean and deviation of a time, as RFC 6298 has them for round trips. */
class Usual {
  constructor(
    private meanMs: number,
    private deviationMs: number,
  ) {}

  add(sampleMs: number): void {
    // One segment that was held up somewhere says little.
    const tookMs = Math.min(sampleMs, this.limitMs);
    this.deviationMs += (Math.abs(tookMs - this.meanMs) - this.deviationMs) / 16;
    this.meanMs += (tookMs - this.meanMs) / 16;
  }

  get limitMs(): number {
    return this.meanMs + 4 * this.deviationMs;
  }
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** Sub-streams of which something is missing. Without a head nothing can be told apart: all. */
function missingSubs({ head, pieces, arrived, ownRoot }: StoredSegment): number {
  if (!head) return 15;
  let missing = 0;
  for (let index = 0; index < pieces.length; index++) {
    if (ownRoot ? arrived[index] === 0 : pieces[index] === null) missing |= 1 << subStreamOf(head, index);
  }
  return missing;
}
