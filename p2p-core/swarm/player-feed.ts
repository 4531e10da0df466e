import type { CanonicalHandler, CanonicalTag, GopHead, StreamInit } from './canonical-stream';
import { readSegmentTags } from './segment';
import type { StoredSegment } from './segment-store';
import type { SegmentWork } from './segment-work';

/** Where a tag lies in the stream. */
export interface Place {
  gopNo: number;
  segNo: number;
  tagNo: number;
}

interface AheadTag extends Place {
  /** In front of the GOP's first tag. */
  gop: GopHead | null;
  tag: CanonicalTag;
}

/** Of the origin, while something in front of it is missing. As much as the player could need to catch up. */
const MAX_AHEAD_BYTES = 2 * 1024 * 1024;
const UNKNOWN_GAP_MS = 40;

const isBefore = (a: Place, b: Place): boolean =>
  a.gopNo !== b.gopNo ? a.gopNo < b.gopNo : a.segNo !== b.segNo ? a.segNo < b.segNo : a.tagNo < b.tagNo;

/**
 * One stream out of two sources: tags of the origin at once, segments of parents when they are whole, whichever has the
 * next tag first. Every tag is played once and in order. It jumps over what nobody has only when told to, and only to a
 * key frame.
 */
export class PlayerFeed {
  /** The next to be played. */
  readonly next: Place = { gopNo: -1, segNo: 0, tagNo: 0 };
  /** Of the last tag, on the feed's own time: what it played, without jumps. */
  streamMs = 0;
  private gopMs = 0;
  /** From the beginning of the GOP that was played to that of the next one; 0: unknown. */
  private nextGapMs = 0;
  /** The origin's tags that cannot be played yet. */
  private ahead: AheadTag[] = [];
  private aheadBytes = 0;
  /** The last tag of the origin; what it gives next follows without a gap. */
  private readonly origin: Place = { gopNo: -1, segNo: 0, tagNo: 0 };
  private originGop: GopHead | null = null;

  constructor(
    private readonly join: SegmentWork['join'],
    private readonly player: CanonicalHandler,
  ) {}

  /** Anything was played yet. */
  get hasBegun(): boolean {
    return this.next.gopNo >= 0;
  }

  /** The origin is there, and something in front of it is missing. */
  get isWaiting(): boolean {
    return this.ahead.length > 0;
  }

  /** The GOP that is played has a number of the swarm. */
  get isPlaceSure(): boolean {
    return this.next.gopNo % 1 === 0;
  }

  /** Of the last GOP of which anything was played; -1 before any. */
  get lastGopNo(): number {
    const { gopNo, segNo, tagNo } = this.next;
    return segNo + tagNo === 0 ? gopNo - 1 : gopNo;
  }

  /** Another stream begins: places of the one before mean nothing. */
  restart(): void {
    this.originStart();
    this.moveTo(-1, 0);
    this.nextGapMs = 0;
  }

  /** The origin's connection ended, or begins anew. */
  originStart(): void {
    this.origin.gopNo = -1;
    this.ahead = [];
    this.aheadBytes = 0;
  }

  onInit(init: StreamInit): void {
    this.player.onInit(init);
  }

  /** Of a part of the stream that has no place: it is played where it comes. */
  looseGop(head: GopHead): void {
    if (!this.isWaiting) this.player.onGop(head);
  }
  looseTag(tag: CanonicalTag): void {
    if (!this.isWaiting) this.player.onTag(tag);
  }

  originGopStart(head: GopHead): void {
    this.originGop = head;
  }

  /** The next tag of the origin; `tag` is borrowed. Returns the feed's time of it, played or not. */
  originTag(place: Readonly<Place>, tag: CanonicalTag): void {
    const { next, origin } = this;
    const gop = place.segNo === 0 && place.tagNo === 0 ? this.originGop : null;
    // All that lies between the origin's last tag and this one is nothing.
    const isNext =
      !isBefore(next, place) || (origin.gopNo >= 0 && isBefore(origin, next)) || (!this.hasBegun && gop);
    this.moveOrigin(place);
    if (isBefore(place, next)) return;
    if (isNext && !this.isWaiting) {
      this.play(place, gop, tag);
      return;
    }
    this.aheadBytes += tag.data.length;
    this.ahead.push({ ...place, gop, tag: { ...tag, data: tag.data.slice() } });
    if (this.aheadBytes > MAX_AHEAD_BYTES) this.jump();
  }

  /** The origin has given all of a GOP. */
  originGopEnd(gopNo: number): void {
    const { next, origin } = this;
    if (this.isWaiting || next.gopNo !== gopNo || !isBefore(origin, next)) return;
    this.moveTo(gopNo + 1, 0);
    this.moveOrigin({ gopNo: gopNo + 1, segNo: 0, tagNo: -1 });
  }

  /** Plays a whole segment if it is the next, and returns whether it was. */
  segment(segment: StoredSegment): boolean {
    const { next } = this;
    if (segment.gopNo !== next.gopNo || segment.segNo !== next.segNo) return false;
    const { head, gopNo, segNo } = segment;
    const place = { gopNo, segNo, tagNo: 0 };
    const first = head!.gopId ? { gopId: head!.gopId, gapMs: this.nextGapMs } : null;
    const skipped = next.tagNo;
    readSegmentTags(this.join(segment.pieces, head!.byteCount), (tag) => {
      if (place.tagNo >= skipped) this.play(place, first && place.tagNo === 0 ? first : null, tag);
      place.tagNo++;
    });
    if (head!.gopMs === null) this.moveTo(gopNo, segNo + 1);
    else {
      this.moveTo(gopNo + 1, 0);
      this.nextGapMs = head!.gopMs;
    }
    this.catchUp();
    return true;
  }

  /** Goes on at the first key frame that the origin has; false when it has none. */
  jump(): boolean {
    const at = this.ahead.findIndex(({ gop }) => gop !== null);
    if (at < 0) return false;
    this.ahead.splice(0, at);
    this.nextGapMs = 0;
    const first = this.ahead[0]!;
    // Its distance is from a GOP that was not played.
    first.gop = { gopId: first.gop!.gopId, gapMs: 0 };
    this.moveTo(first.gopNo, 0);
    this.catchUp();
    return true;
  }

  /** The GOPs from `fromGopNo` on have another number than was thought. */
  renumber(fromGopNo: number, delta: number): void {
    for (const place of [this.next, this.origin, ...this.ahead]) {
      if (place.gopNo >= fromGopNo) place.gopNo += delta;
    }
    this.catchUp();
  }

  private catchUp(): void {
    let played = 0;
    for (const { gop, tag, ...place } of this.ahead) {
      const previous = this.ahead[played - 1];
      if (!isBefore(place, this.next)) {
        if (isBefore(this.next, place) && !(previous && isBefore(previous, this.next))) break;
        this.play(place, gop, tag);
      }
      played++;
    }
    for (const { tag } of this.ahead.splice(0, played)) this.aheadBytes -= tag.data.length;
  }

  private play(place: Readonly<Place>, gop: GopHead | null, tag: CanonicalTag): void {
    if (gop) {
      const gapMs = this.nextGapMs || gop.gapMs;
      this.nextGapMs = 0;
      this.gopMs = gapMs > 0 ? this.gopMs + gapMs : this.streamMs + UNKNOWN_GAP_MS;
      this.player.onGop({ gopId: gop.gopId, gapMs });
    }
    this.streamMs = Math.max(this.streamMs, this.gopMs + tag.dtMs);
    this.player.onTag(tag);
    const { next } = this;
    next.gopNo = place.gopNo;
    next.segNo = place.segNo;
    next.tagNo = place.tagNo + 1;
  }

  private moveTo(gopNo: number, segNo: number): void {
    this.next.gopNo = gopNo;
    this.next.segNo = segNo;
    this.next.tagNo = 0;
  }

  private moveOrigin({ gopNo, segNo, tagNo }: Readonly<Place>): void {
    this.origin.gopNo = gopNo;
    this.origin.segNo = segNo;
    this.origin.tagNo = tagNo;
  }
}
