import { equalBytes } from '../bytes/concat';
import { gopBody } from './segment';
import { MAX_ANCHOR_GOPS } from './tracker-messages';

const MAX_KNOWN = 24;

interface KnownGop {
  gopNo: number;
  gopId: Uint8Array;
}

/** A whole GOP of the origin, as the tracker is asked about it. */
interface WholeGop extends KnownGop {
  body: Uint8Array;
}

/**
 * Which GOP of the origin is which number of the swarm. A source of the origin begins somewhere: its first GOP is known by
 * its id, or somebody tells; from there everybody counts. Until then its numbers are halves, so that nothing of the swarm
 * is taken for the same GOP.
 */
export class GopNumbers {
  /** Of the origin's GOP that is open; a half while not sure. */
  gopNo = -1;
  /** The number is the swarm's. */
  isSure = false;
  /** Counts sources: what was asked about one says nothing of the next. */
  sourceNo = 0;
  /** Of the first GOP of this source; -1 before it. */
  private firstGopNo = -1;
  /** Ids of this source's GOPs, while they are not sure. */
  private unsure: Uint8Array[] = [];
  /** GOPs of the last seconds whose numbers are sure, the newest last. */
  private known: KnownGop[] = [];
  private whole: WholeGop[] = [];
  private roots: Uint8Array[] | null = null;
  private gopId: Uint8Array | null = null;

  /** `onSettled`: the GOPs from that number on are `delta` further than was thought, and sure now. */
  constructor(private readonly onSettled: (fromGopNo: number, delta: number) => void) {}

  /** A new source: nothing of the one before follows on it. */
  sourceStart(): void {
    this.sourceNo++;
    this.firstGopNo = -1;
    this.isSure = false;
    this.unsure = [];
    this.whole = [];
    this.roots = null;
    this.gopId = null;
  }

  /** Another stream. */
  clear(): void {
    this.sourceStart();
    this.known = [];
    this.gopNo = -1;
  }

  /**
   * A GOP of the origin begins.
   * @param newestGopNo of those that this viewer has heard of or played: what is unknown is newer
   */
  gopStart(gopId: Uint8Array, newestGopNo: number): void {
    this.gopId = gopId;
    this.roots = [];
    if (this.firstGopNo >= 0) this.gopNo++;
    else {
      const places = this.known.filter((one) => equalBytes(one.gopId, gopId));
      this.isSure = places.length === 1;
      this.gopNo = this.isSure ? places[0]!.gopNo : Math.floor(Math.max(-1, newestGopNo)) + 1.5;
      this.firstGopNo = this.gopNo;
    }
    if (this.isSure) this.learn(this.gopNo, gopId);
    else {
      this.unsure.push(gopId);
      if (this.unsure.length > MAX_ANCHOR_GOPS) this.doubt();
    }
  }

  /** A segment of the GOP that is open, in order; null when one is missing, and the GOP will not be whole. */
  segment(root: Uint8Array | null): void {
    if (root && this.roots) this.roots.push(root);
    else this.roots = null;
  }

  /** The GOP that is open is whole; false when not all of it could be seen. */
  gopEnd(): boolean {
    const { roots, gopId } = this;
    this.roots = null;
    if (!roots || roots.length === 0 || !gopId) {
      this.whole = [];
      return false;
    }
    this.whole.push({ gopNo: this.gopNo, gopId, body: gopBody(roots) });
    if (this.whole.length > MAX_ANCHOR_GOPS) this.whole.shift();
    return true;
  }

  /** What the tracker is asked or told, of the last GOPs; null when there is nothing to say. */
  question(): { gops: Uint8Array[]; bodies: Uint8Array[]; firstGopNo: number } | null {
    const { whole } = this;
    if (whole.length === 0) return null;
    return {
      gops: whole.map(({ gopId }) => gopId),
      bodies: whole.map(({ body }) => body),
      firstGopNo: whole[0]!.gopNo,
    };
  }

  /** All numbers of this source are off by `delta`, and sure now. */
  settle(delta: number): void {
    const { firstGopNo, unsure } = this;
    if (firstGopNo < 0) return;
    this.gopNo += delta;
    this.firstGopNo += delta;
    for (const gop of this.whole) gop.gopNo += delta;
    this.isSure = true;
    this.unsure = [];
    unsure.forEach((gopId, i) => this.learn(this.firstGopNo + i, gopId));
    this.onSettled(firstGopNo, delta);
  }

  /** The count was wrong: somewhere the origin left GOPs out. */
  doubt(): void {
    const { gopId, gopNo } = this;
    this.sourceStart();
    if (gopId) this.gopStart(gopId, Math.floor(gopNo));
    this.roots = null;
  }

  /** A GOP of the swarm, from a head that is true. */
  learn(gopNo: number, gopId: Uint8Array): void {
    if (this.known.some((one) => one.gopNo === gopNo)) return;
    this.known.push({ gopNo, gopId });
    this.known.sort((a, b) => a.gopNo - b.gopNo);
    if (this.known.length > MAX_KNOWN) this.known.shift();
    if (this.isSure || this.unsure.length === 0) return;
    const isOne = this.known.filter((one) => equalBytes(one.gopId, gopId)).length === 1;
    const index = this.unsure.findIndex((one) => equalBytes(one, gopId));
    if (isOne && index >= 0) this.settle(gopNo - (this.firstGopNo + index));
  }
}
