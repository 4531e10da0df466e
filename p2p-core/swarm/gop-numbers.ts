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
 * its id, or the tracker is asked; from there everybody counts.
 */
export class GopNumbers {
  /** Of the origin's GOP that is open; provisional while not sure. */
  gopNo = -1;
  /** The number is the swarm's. */
  isSure = false;
  /** The number of the first GOP of this source: what is not sure begins there. */
  firstGopNo = -1;
  /** GOPs of the last seconds whose numbers are sure, the newest last. */
  private known: KnownGop[] = [];
  private whole: WholeGop[] = [];
  private roots: Uint8Array[] | null = null;
  private gopId: Uint8Array | null = null;

  /** A new source: nothing of the one before follows on it. */
  sourceStart(): void {
    this.firstGopNo = -1;
    this.isSure = false;
    this.whole = [];
    this.roots = null;
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
      this.gopNo = places.length > 0 ? places[places.length - 1]!.gopNo : newestGopNo + 1;
      this.firstGopNo = this.gopNo;
    }
    if (this.isSure) this.learn(this.gopNo, gopId);
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

  /** What the tracker is asked; null when there is nothing to ask about. */
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
    this.gopNo += delta;
    this.firstGopNo += delta;
    for (const gop of this.whole) {
      gop.gopNo += delta;
      this.learn(gop.gopNo, gop.gopId);
    }
    this.isSure = true;
    if (this.gopId) this.learn(this.gopNo, this.gopId);
  }

  /** The count was wrong: somewhere the origin left GOPs out. */
  doubt(): void {
    this.isSure = false;
    this.firstGopNo = this.gopNo;
    this.whole = [];
    this.roots = null;
  }

  learn(gopNo: number, gopId: Uint8Array): void {
    if (this.known.some((one) => one.gopNo === gopNo)) return;
    this.known.push({ gopNo, gopId });
    this.known.sort((a, b) => a.gopNo - b.gopNo);
    if (this.known.length > MAX_KNOWN) this.known.shift();
  }
}
