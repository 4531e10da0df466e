import { equalBytes } from '../bytes/concat';
import { encodeHead, PIECE_HEADER_BYTES } from './link-messages';
import {
  decodeSegmentHead,
  isPieceOf,
  PIECE_BYTES,
  pieceCountOf,
  segmentRoot,
  SUB_STREAMS,
  subStreamOf,
} from './segment';
import type { Segment, SegmentHead } from './segment';
import { segmentWork } from './segment-work';
import type { SegmentWork } from './segment-work';
import type { PeerId } from './tracker-types';

/** Kept to hand on and to repair others. */
const KEEP_MS = 8000;
const MAX_BYTES = 4 * 1024 * 1024;
/** Pieces whose head or root is not here yet, of all segments together. */
const MAX_EARLY_BYTES = 1024 * 1024;
const MAX_SEGMENTS = 160;
/** Segments that only links speak of: the root is late, or there is no such segment. */
const MAX_RUMOURS = 32;
/** Of them, and of early pieces, what one link may fill: the others' must have room. */
const MAX_RUMOURS_OF_LINK = 12;
const MAX_EARLY_BYTES_OF_LINK = 512 * 1024;
/** What an early piece counts at least: many small ones are slow to look through. */
const MIN_EARLY_BYTES = 256;
const MAX_RUMOUR_MS = 3000;
/** What one link may have said of the head of a segment before the root tells who is right. */
const MAX_HEADS = 3;
/** Further from the newest root than this is nothing that a parent can have. */
const MAX_GOPS_AHEAD = 8;

/** One segment, as far as it is here. */
export interface StoredSegment {
  readonly gopNo: number;
  readonly segNo: number;
  /** When the first sign of it came. */
  readonly bornMs: number;
  /** Only links speak of it. */
  isRumoured: boolean;
  /** The first link that did. */
  readonly rumouredBy: PeerId | null;
  /** What the tracker says. */
  root: Uint8Array | null;
  /** True: it fits the root, or came from our own origin. */
  head: SegmentHead | null;
  headMessage: Uint8Array | null;
  /** When our own origin had given all of it; 0 while not. */
  ownMs: number;
  /** Of the segment as our own origin has it; null when it was not cut from there. */
  ownRoot: Uint8Array | null;
  /** Messages, by index; null where the piece is missing. Empty without a head. */
  pieces: (Uint8Array | null)[];
  /** Pieces that are missing. */
  leftCount: number;
  /** Pieces that no parent has sent yet, also where we have them ourselves. */
  unsentCount: number;
  /** Sub-streams that have a piece in it. */
  subMask: number;
  /** Sub-streams of which links have sent anything, and when that was true of all; 0 while not. */
  heardMask: number;
  heardMs: number;
  /** When links had sent all of it; 0 while not. */
  sentMs: number;
  /** Held for it, besides `early`. */
  byteCount: number;
  early: EarlyPiece[];
  heads: EarlyHead[];
  /** Bits of the pieces that links sent; by index. */
  arrived: Uint8Array;
}

interface EarlyPiece {
  from: PeerId;
  index: number;
  message: Uint8Array;
}
interface EarlyHead {
  from: PeerId;
  message: Uint8Array;
}

export interface StoreHandler {
  /** The head is here and true. */
  onHead(segment: StoredSegment): void;
  /** A true piece that may be handed on is here, for the first time. */
  onPiece(segment: StoredSegment, index: number): void;
  /** All of it is here. */
  onComplete(segment: StoredSegment): void;
  /** Links have sent all of it, whether or not it was needed. */
  onSent(segment: StoredSegment): void;
  /** The tracker's root and our own origin's are not the same: what came from there is for nobody else. */
  onOdd(segment: StoredSegment): void;
  /** `from` sent a piece that the root refuses; `index` is -1 for a head. */
  onBad(from: PeerId, segment: StoredSegment, index: number): void;
}

/**
 * The segments of the last seconds, from parents and from the origin. What a parent sent counts from the moment when the
 * tracker's root says that it is true; before that it is kept apart, within limits, and nobody is given it.
 */
export class SegmentStore {
  /** Of the newest segment that is true or has a root; -1 before any. */
  newestGopNo = -1;
  private readonly segments = new Map<number, StoredSegment>();
  /** Those that are not whole, or that links have not sent all of. */
  private readonly open = new Set<StoredSegment>();
  /** What was asked for last: pieces of one segment come one after the other. */
  private last: StoredSegment | undefined;
  private bytes = 0;
  private earlyBytes = 0;
  private rumours = 0;
  /** Of each link that has any: rumours, and bytes of early pieces. */
  private readonly unproven = new Map<PeerId, { rumours: number; bytes: number }>();

  constructor(
    private readonly handler: StoreHandler,
    private readonly work: Pick<SegmentWork, 'encode' | 'hash'> = segmentWork,
  ) {}

  get(gopNo: number, segNo: number): StoredSegment | undefined {
    const { last } = this;
    if (last && last.segNo === segNo && last.gopNo === gopNo) return last;
    const segment = this.segments.get(keyOf(gopNo, segNo));
    if (segment) this.last = segment;
    return segment;
  }

  /** Those of `all` that are not whole, or that links have not sent all of: few, however much is kept. */
  unfinished(): IterableIterator<StoredSegment> {
    return this.open.values();
  }

  /** In the order in which they were first heard of, nearly that of the stream. */
  all(): IterableIterator<StoredSegment> {
    return this.segments.values();
  }

  /** The GOP's whole number from its last 16 bits; -1 when it is nowhere near. */
  gopNoOf(gop16: number): number {
    const { newestGopNo } = this;
    if (newestGopNo < 0) return -1;
    const gopNo = newestGopNo + (((gop16 - newestGopNo) << 16) >> 16);
    return gopNo >= 0 && Math.abs(gopNo - newestGopNo) <= MAX_GOPS_AHEAD ? gopNo : -1;
  }

  /** A segment from our own origin. */
  addOwn(nowMs: number, gopNo: number, own: Segment): void {
    const { head, headBytes, root, bytes } = own;
    const segment = this.obtain(nowMs, gopNo, head.segNo);
    if (!segment || segment.ownRoot) return;
    if (segment.root && !equalBytes(segment.root, root)) {
      this.handler.onOdd(segment);
      return;
    }
    this.markKnown(segment);
    segment.ownRoot = root;
    segment.ownMs = nowMs;
    if (!segment.head) this.takeHead(segment, encodeHead(gopNo, headBytes), head);
    for (let index = 0, at = 0; index < segment.pieces.length; index++, at += PIECE_BYTES) {
      if (segment.pieces[index] !== null) continue;
      this.put(
        segment,
        index,
        this.work.encode(gopNo, head.segNo, index, bytes.subarray(at, at + PIECE_BYTES)),
      );
    }
    this.settle(nowMs, segment);
  }

  /** What the tracker says of a segment. */
  addRoot(nowMs: number, gopNo: number, segNo: number, root: Uint8Array): void {
    if (this.newestGopNo >= 0 && Math.abs(gopNo - this.newestGopNo) > MAX_GOPS_AHEAD) return;
    const segment = this.obtain(nowMs, gopNo, segNo);
    if (!segment || segment.root) return;
    this.markKnown(segment);
    segment.root = root;
    if (segment.ownRoot && !equalBytes(segment.ownRoot, root)) {
      this.empty(segment);
      this.handler.onOdd(segment);
    }
    const { heads } = segment;
    segment.heads = [];
    for (const { from, message } of heads) this.judgeHead(nowMs, segment, from, message);
    this.settle(nowMs, segment);
  }

  /** `message` is kept. */
  addHead(nowMs: number, from: PeerId, gopNo: number, message: Uint8Array): void {
    const segment = this.obtain(nowMs, gopNo, (message[3]! << 8) | message[4]!, from);
    if (!segment) return;
    if (segment.root) this.judgeHead(nowMs, segment, from, message);
    else if (segment.heads.length < MAX_HEADS && !segment.heads.some((head) => head.from === from))
      segment.heads.push({ from, message });
  }

  /** `message` is kept. */
  addPiece(
    nowMs: number,
    from: PeerId,
    gopNo: number,
    segNo: number,
    index: number,
    message: Uint8Array,
  ): void {
    const segment = this.obtain(nowMs, gopNo, segNo, from);
    if (!segment) return;
    if (segment.head && segment.root) {
      this.judgePiece(nowMs, segment, from, index, message);
      return;
    }
    const bytes = earlyBytesOf(message);
    const its = this.unprovenOf(from);
    if (this.earlyBytes + bytes > MAX_EARLY_BYTES || its.bytes + bytes > MAX_EARLY_BYTES_OF_LINK) return;
    if (segment.early.some((early) => early.index === index && early.from === from)) return;
    this.earlyBytes += bytes;
    its.bytes += bytes;
    segment.early.push({ from, index, message });
  }

  /** Forgets what is too old, or too much. */
  trim(nowMs: number): void {
    for (const segment of this.segments.values()) {
      const isOver = this.bytes > MAX_BYTES || this.segments.size > MAX_SEGMENTS;
      const ageMs = nowMs - segment.bornMs;
      if (ageMs > KEEP_MS || isOver || (ageMs > MAX_RUMOUR_MS && segment.isRumoured)) this.drop(segment);
      // The oldest come first.
      else if (ageMs <= MAX_RUMOUR_MS || this.rumours === 0) return;
    }
  }

  clear(): void {
    this.segments.clear();
    this.open.clear();
    this.last = undefined;
    this.bytes = 0;
    this.earlyBytes = 0;
    this.rumours = 0;
    this.unproven.clear();
    this.newestGopNo = -1;
  }

  private obtain(
    nowMs: number,
    gopNo: number,
    segNo: number,
    rumouredBy: PeerId | null = null,
  ): StoredSegment | undefined {
    let segment = this.get(gopNo, segNo);
    if (segment || gopNo < 0) return segment;
    if (this.segments.size >= MAX_SEGMENTS || this.bytes > MAX_BYTES) this.trim(nowMs);
    const isRumoured = rumouredBy !== null;
    if (isRumoured) {
      const its = this.unprovenOf(rumouredBy);
      if (this.rumours >= MAX_RUMOURS || its.rumours >= MAX_RUMOURS_OF_LINK) return undefined;
      this.rumours++;
      its.rumours++;
    }
    segment = {
      gopNo,
      segNo,
      bornMs: nowMs,
      isRumoured,
      rumouredBy,
      root: null,
      head: null,
      headMessage: null,
      ownMs: 0,
      ownRoot: null,
      pieces: [],
      leftCount: -1,
      unsentCount: 0,
      arrived: NOTHING,
      subMask: 15,
      heardMask: 0,
      heardMs: 0,
      sentMs: 0,
      byteCount: 0,
      early: [],
      heads: [],
    };
    this.segments.set(keyOf(gopNo, segNo), segment);
    this.open.add(segment);
    return segment;
  }

  private markKnown(segment: StoredSegment): void {
    this.endRumour(segment);
    this.newestGopNo = Math.max(this.newestGopNo, segment.gopNo);
  }

  private drop(segment: StoredSegment): void {
    this.segments.delete(keyOf(segment.gopNo, segment.segNo));
    this.open.delete(segment);
    if (this.last === segment) this.last = undefined;
    this.endRumour(segment);
    this.empty(segment);
    this.forgetEarly(segment);
  }

  private endRumour(segment: StoredSegment): void {
    if (!segment.isRumoured) return;
    segment.isRumoured = false;
    this.rumours--;
    const link = segment.rumouredBy!;
    this.unprovenOf(link).rumours--;
    this.settleAccount(link);
  }

  private unprovenOf(link: PeerId): { rumours: number; bytes: number } {
    let its = this.unproven.get(link);
    if (!its) this.unproven.set(link, (its = { rumours: 0, bytes: 0 }));
    return its;
  }

  private settleAccount(link: PeerId): void {
    const its = this.unprovenOf(link);
    if (its.rumours <= 0 && its.bytes <= 0) this.unproven.delete(link);
  }

  private empty(segment: StoredSegment): void {
    this.bytes -= segment.byteCount;
    segment.byteCount = 0;
    segment.head = segment.headMessage = segment.ownRoot = null;
    segment.pieces = [];
    segment.leftCount = -1;
  }

  private forgetEarly(segment: StoredSegment): EarlyPiece[] {
    const { early } = segment;
    for (const { from, message } of early) {
      const bytes = earlyBytesOf(message);
      this.earlyBytes -= bytes;
      this.unprovenOf(from).bytes -= bytes;
      this.settleAccount(from);
    }
    segment.early = [];
    return early;
  }

  private judgeHead(nowMs: number, segment: StoredSegment, from: PeerId, message: Uint8Array): void {
    if (segment.head) return;
    const headBytes = message.subarray(3);
    const head = decodeSegmentHead(headBytes);
    if (!head || !equalBytes(segmentRoot(headBytes), segment.root!)) {
      this.handler.onBad(from, segment, -1);
      return;
    }
    this.takeHead(segment, message, head);
    this.settle(nowMs, segment);
  }

  private takeHead(segment: StoredSegment, message: Uint8Array, head: SegmentHead): void {
    const count = pieceCountOf(head.byteCount);
    segment.head = head;
    segment.headMessage = message;
    segment.pieces = new Array<Uint8Array | null>(count).fill(null);
    segment.arrived = new Uint8Array(count);
    segment.leftCount = count;
    segment.unsentCount = count;
    segment.heardMask = segment.subMask = 0;
    for (let index = 0; index < Math.min(count, SUB_STREAMS); index++)
      segment.subMask |= 1 << subStreamOf(head, index);
    this.handler.onHead(segment);
  }

  /** Head and root are here now, perhaps: what came before them is judged. */
  private settle(nowMs: number, segment: StoredSegment): void {
    if (!segment.head || !segment.root) return;
    for (const { from, index, message } of this.forgetEarly(segment))
      this.judgePiece(nowMs, segment, from, index, message);
  }

  private judgePiece(
    nowMs: number,
    segment: StoredSegment,
    from: PeerId,
    index: number,
    message: Uint8Array,
  ): void {
    const { head, pieces, arrived } = segment;
    const own = pieces[index];
    if (
      own === undefined ||
      (own ? own !== message && !equalBytes(own, message) : !this.isTrue(head!, index, message))
    ) {
      this.handler.onBad(from, segment, index);
      return;
    }
    if (arrived[index] === 0) {
      arrived[index] = 1;
      const sub = subStreamOf(head!, index);
      segment.unsentCount--;
      segment.heardMask |= 1 << sub;
      if (segment.heardMs === 0 && segment.heardMask === segment.subMask) segment.heardMs = nowMs;
    }
    if (own === null) this.put(segment, index, message);
    if (segment.sentMs > 0 || segment.unsentCount > 0) return;
    segment.sentMs = nowMs;
    // A true piece that is not here was put here: what links have sent is whole.
    this.open.delete(segment);
    this.handler.onSent(segment);
  }

  private isTrue(head: SegmentHead, index: number, message: Uint8Array): boolean {
    return isPieceOf(head, index, message.length - PIECE_HEADER_BYTES, this.work.hash(message));
  }

  private put(segment: StoredSegment, index: number, message: Uint8Array): void {
    segment.pieces[index] = message;
    segment.leftCount--;
    segment.byteCount += message.length;
    this.bytes += message.length;
    this.handler.onPiece(segment, index);
    if (segment.leftCount === 0) this.handler.onComplete(segment);
  }
}

const NOTHING = new Uint8Array(0);
const earlyBytesOf = (message: Uint8Array): number => Math.max(MIN_EARLY_BYTES, message.length);

/** Segments of a GOP have 16 bits. */
const keyOf = (gopNo: number, segNo: number): number => gopNo * 0x10000 + segNo;
