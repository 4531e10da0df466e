import { concatBytes } from '../bytes/concat';
import { ByteReader } from '../bytes/reader';
import { ByteWriter } from '../bytes/writer';
import { sha256 } from '../crypto/sha256';
import type { CanonicalTag } from './canonical-stream';

/**
 * How a GOP is cut for viewers that hand it to each other. Everybody who reads the same GOP finds the same cuts:
 *
 *   canonical bytes = tags, each: type 1 | size 3 | dt 4, signed | data
 *   segment         = tags of a GOP up to the first one beyond the next multiple of SEGMENT_MS: 250 ms of sound and picture;
 *                     a first tag of ALONE_BYTES or more, which is a key frame, is one by itself
 *   piece           = PIECE_BYTES of a segment, the last one shorter; numbered through the GOP
 *   sub-stream      = pieces whose number is the same modulo 4
 *   head            = segment 2 | flags 1 | bytes 3 | first segment: GOP id 16 | last one: ms to the next GOP 4 |
 *                     hash of each piece 8
 *   root            = the first 12 bytes of SHA-256 of the head
 *
 * flags: bits 0 and 1 the number of the first piece modulo 4, bit 2 the GOP's last segment. Who trusts the root can tell
 * of every single piece whether it is true, so pieces are handed on one by one.
 */
export const SEGMENT_MS = 250;
export const PIECE_BYTES = 1100;
export const SUB_STREAMS = 4;
/** A larger one is not shared; a receiver takes no larger one. Several times the key frame of a 4K camera. */
export const MAX_SEGMENT_BYTES = 1024 * 1024;
const TAG_HEADER_BYTES = 8;
const HASH_BYTES = 8;
/** Who would bend a piece has to find another one with its 8 bytes of hash; roots are not what he would begin with. */
export const ROOT_BYTES = 12;
/** It is most of what a quarter of a second has to send, and need not wait for the rest. */
const ALONE_BYTES = 4096;
const GOP_ID_BYTES = 16;
const LAST_FLAG = 4;

export interface SegmentHead {
  /** 0 to 65535, within the GOP. */
  segNo: number;
  /** Number of the first piece within the GOP, modulo SUB_STREAMS. */
  phase: number;
  byteCount: number;
  /** Of the GOP's first segment. */
  gopId: Uint8Array | null;
  /** Of the GOP's last segment: from the beginning of this GOP to that of the next one, which nobody knows earlier. */
  gopMs: number | null;
  /** The first 8 bytes of SHA-256 of each piece. */
  hashes: Uint8Array;
}

/** A segment as it was cut from tags. Its arrays are never written again. */
export interface Segment {
  head: SegmentHead;
  headBytes: Uint8Array;
  root: Uint8Array;
  bytes: Uint8Array;
}

export const pieceCountOf = (byteCount: number): number => Math.ceil(byteCount / PIECE_BYTES);

export const subStreamOf = (head: SegmentHead, index: number): number => (head.phase + index) % SUB_STREAMS;

/** Sub-streams in a mask. */
export const bitCount = (mask: number): number =>
  (mask & 1) + ((mask >> 1) & 1) + ((mask >> 2) & 1) + ((mask >> 3) & 1);

/** Bytes of one piece. */
export const pieceBytesOf = (head: SegmentHead, index: number): number =>
  Math.min(PIECE_BYTES, head.byteCount - index * PIECE_BYTES);

export function encodeSegmentHead(head: SegmentHead): Uint8Array {
  const { gopId, gopMs } = head;
  const to = new ByteWriter(26 + head.hashes.length).u16(head.segNo);
  to.u8(head.phase | (gopMs === null ? 0 : LAST_FLAG)).u24(head.byteCount);
  if (gopId) to.bytes(gopId);
  if (gopMs !== null) to.u32(gopMs);
  return to.bytes(head.hashes).finish();
}

/** Null when it is broken. The hashes and the GOP's id are views of `bytes`. */
export function decodeSegmentHead(bytes: Uint8Array): SegmentHead | null {
  const from = new ByteReader(bytes);
  const segNo = from.u16();
  const flags = from.u8();
  const byteCount = from.u24();
  if (flags > 7 || byteCount < TAG_HEADER_BYTES || byteCount > MAX_SEGMENT_BYTES) return null;
  const gopId = segNo === 0 ? from.bytes(GOP_ID_BYTES) : null;
  const gopMs = (flags & LAST_FLAG) === 0 ? null : from.u32();
  const hashes = from.bytes(HASH_BYTES * pieceCountOf(byteCount));
  if (from.failed || from.remaining > 0) return null;
  return { segNo, phase: flags & 3, byteCount, gopId, gopMs, hashes };
}

/** What tells whole GOPs with equal key frames apart: the first 8 bytes of SHA-256 of the roots of its segments. */
export const gopBody = (roots: readonly Uint8Array[]): Uint8Array =>
  sha256(concatBytes(...roots)).slice(0, HASH_BYTES);

export const segmentRoot = (headBytes: Uint8Array): Uint8Array => sha256(headBytes).slice(0, ROOT_BYTES);

/** The 8 bytes that a head holds of each piece. */
export const pieceHash = (piece: Uint8Array): Uint8Array => sha256(piece).subarray(0, HASH_BYTES);

/** Whether a piece of this size and hash is piece `index`. */
export function isPieceOf(head: SegmentHead, index: number, byteCount: number, hash: Uint8Array): boolean {
  if (byteCount !== pieceBytesOf(head, index)) return false;
  for (let i = 0, at = HASH_BYTES * index; i < HASH_BYTES; i++, at++) {
    if (hash[i] !== head.hashes[at]) return false;
  }
  return true;
}

/** The tags of a segment; `tag` is one object for all, borrowed until the call returns. False when the bytes are broken. */
export function readSegmentTags(bytes: Uint8Array, onTag: (tag: CanonicalTag) => void): boolean {
  const from = new ByteReader(bytes);
  const tag: CanonicalTag = { type: 0, dtMs: 0, data: bytes };
  while (from.remaining > 0) {
    tag.type = from.u8();
    const dataBytes = from.u24();
    tag.dtMs = from.u32() | 0;
    tag.data = from.bytes(dataBytes);
    if (from.failed) return false;
    onTag(tag);
  }
  return true;
}

/** Cuts GOPs into segments. Where a tag lies is known at once, a segment when the first tag behind it comes. */
export class Segmenter {
  /** Where the last tag lies. */
  segNo = 0;
  tagNo = -1;
  /** Segments are made; else only places are counted. Takes effect at the next GOP. */
  isSharing = true;
  private isMaking = false;
  private gopId: Uint8Array | null = null;
  private bytes: ByteWriter | null = null;
  /** Of the segment that is open. */
  private byteCount = 0;
  private endMs = 0;
  private phase = 0;

  /** `onSegment` is called from inside `tag` and `gopEnd`. */
  constructor(
    private readonly onSegment: (segment: Segment) => void,
    private readonly make: MakeSegment = makeSegment,
  ) {}

  /** `gopId` is kept. */
  gopStart(gopId: Uint8Array): void {
    this.gopId = gopId;
    this.isMaking = this.isSharing;
    this.segNo = 0;
    this.tagNo = -1;
    this.byteCount = 0;
    this.endMs = SEGMENT_MS;
    this.phase = 0;
    this.bytes = null;
  }

  /** `tag` is borrowed. */
  tag({ type, dtMs, data }: CanonicalTag): void {
    const isAlone = this.segNo === 0 && this.tagNo === 0 && this.byteCount >= ALONE_BYTES;
    if ((dtMs >= this.endMs || isAlone) && this.byteCount > 0) {
      this.close(null);
      this.segNo++;
      this.tagNo = -1;
      this.endMs = SEGMENT_MS * (Math.floor(Math.max(0, dtMs) / SEGMENT_MS) + 1);
    }
    this.tagNo++;
    this.byteCount += TAG_HEADER_BYTES + data.length;
    // A GOP of which one segment cannot be shared cannot be shared from there on.
    if (this.byteCount > MAX_SEGMENT_BYTES || this.segNo > 0xffff) this.isMaking = false;
    if (!this.isMaking) return;
    this.bytes ??= new ByteWriter(2048);
    this.bytes.u8(type).u24(data.length).u32(dtMs).bytes(data);
  }

  /** The next GOP begins `gopMs` after this one. */
  gopEnd(gopMs: number): void {
    if (this.byteCount > 0) this.close(Math.max(0, gopMs));
    this.drop();
  }

  /** The source has ended somewhere in the GOP: its last segment is nothing to share. */
  drop(): void {
    this.isMaking = false;
    this.byteCount = 0;
    this.bytes = null;
  }

  private close(gopMs: number | null): void {
    const { bytes: writer, byteCount, phase, segNo } = this;
    this.bytes = null;
    this.byteCount = 0;
    if (!this.isMaking || !writer) return;
    this.phase = (phase + pieceCountOf(byteCount)) % SUB_STREAMS;
    const gopId = segNo === 0 ? this.gopId : null;
    this.onSegment(this.make({ segNo, phase, byteCount, gopId, gopMs }, writer.finish()));
  }
}

/** Hashes a segment. `bytes` is kept. */
export type MakeSegment = (head: Omit<SegmentHead, 'hashes'>, bytes: Uint8Array) => Segment;

export function makeSegment(head: Omit<SegmentHead, 'hashes'>, bytes: Uint8Array): Segment {
  const hashes = new Uint8Array(HASH_BYTES * pieceCountOf(bytes.length));
  for (let at = 0, to = 0; at < bytes.length; at += PIECE_BYTES, to += HASH_BYTES) {
    hashes.set(pieceHash(bytes.subarray(at, at + PIECE_BYTES)), to);
  }
  const full: SegmentHead = { ...head, hashes };
  const headBytes = encodeSegmentHead(full);
  return { head: full, headBytes, root: segmentRoot(headBytes), bytes };
}
