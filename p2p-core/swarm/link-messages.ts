import { fromBase64Url, toBase64Url } from '../bytes/base64url';
import { ByteReader } from '../bytes/reader';
import { ByteWriter } from '../bytes/writer';
import { PIECE_BYTES } from './segment';
import type { PeerId } from './tracker-types';

/**
 * What two viewers say to each other, on one reliable stream that the child opens. A child calls its parent; only the
 * child greets, subscribes and pulls, only the parent sends heads and pieces.
 *
 *   on the stream: length 2 | message        message = kind 1 | fields, big endian
 *   1 hello    version 1 (1) | child 9 | mask 1 | pass 20
 *   2 welcome  nothing
 *   3 sub      mask 1 | flags 1 (1 heads) | gop 4 | segment 2
 *   4 refuse   why 1
 *   5 head     gop 2 | segment head
 *   6 piece    gop 2 | segment 2 | index 2 | 1 to 1100 bytes
 *   7 pull     gop 4 | segment 2 | flags 1 (1 head, 2 all pieces) | index 2, up to 256 times
 *   8 miss     gop 4 | segment 2
 *   9 gap      mask 1
 *   10 bye     grace ms 2
 *
 * Heads and pieces are most of the traffic: they name the last 16 bits of the GOP's number. A piece is kept and handed on
 * as the message in which it came.
 */
export const LinkKind = {
  Hello: 1,
  Welcome: 2,
  Sub: 3,
  Refuse: 4,
  Head: 5,
  Piece: 6,
  Pull: 7,
  Miss: 8,
  Gap: 9,
  Bye: 10,
} as const;

/** Why a parent refuses: it knows no such pass, has no room, or sends nothing at all now. */
export const RefuseWhy = { Pass: 1, Full: 2, NoUpload: 3 } as const;

const VERSION = 1;
const PEER_BYTES = 9;
const PASS_BYTES = 20;
export const PIECE_HEADER_BYTES = 7;
const HEAD_HEADER_BYTES = 3;
/** The head of the largest segment has 954 hashes. */
export const MAX_LINK_MESSAGE_BYTES = 8 * 1024;
/** All pieces of some hundred milliseconds; who misses more asks again. */
const MAX_PULLED = 256;

export type LinkMessage =
  | { kind: 'hello'; child: PeerId; mask: number; pass: Uint8Array }
  | { kind: 'welcome' }
  /**
   * Send me these sub-streams and no others; 0 ends it. What is new of them begins at that segment. Those that the pass does
   * not grant are for some seconds, because another parent failed. Heads are asked of one parent only.
   */
  | { kind: 'sub'; mask: number; wantsHeads: boolean; gopNo: number; segNo: number }
  | { kind: 'refuse'; why: number }
  | { kind: 'head'; gop16: number; headBytes: Uint8Array }
  | { kind: 'piece'; gop16: number; segNo: number; index: number; data: Uint8Array }
  /** Send me these now. `wantsAll`: the head is unknown, so are the indexes. */
  | { kind: 'pull'; gopNo: number; segNo: number; wantsHead: boolean; wantsAll: boolean; indexes: number[] }
  | { kind: 'miss'; gopNo: number; segNo: number }
  /** These sub-streams will be late: they are being repaired. Wait, do not change parents. */
  | { kind: 'gap'; mask: number }
  | { kind: 'bye'; graceMs: number };

type Small = Exclude<LinkMessage, { kind: 'head' | 'piece' }>;

const NUMBERS = { hello: 1, welcome: 2, sub: 3, refuse: 4, pull: 7, miss: 8, gap: 9, bye: 10 } as const;

/** All but heads and pieces. The bytes are the caller's. */
export function encodeLinkMessage(message: Small): Uint8Array {
  const to = new ByteWriter(40).u8(NUMBERS[message.kind]);
  switch (message.kind) {
    case 'hello':
      to.u8(VERSION).bytes(fromBase64Url(message.child)!).u8(message.mask).bytes(message.pass);
      break;
    case 'welcome':
      break;
    case 'sub':
      to.u8(message.mask).u8(message.wantsHeads ? 1 : 0);
      to.u32(message.gopNo).u16(message.segNo);
      break;
    case 'refuse':
      to.u8(message.why);
      break;
    case 'pull': {
      const count = Math.min(message.indexes.length, MAX_PULLED);
      to.u32(message.gopNo).u16(message.segNo);
      to.u8((message.wantsHead ? 1 : 0) | (message.wantsAll ? 2 : 0));
      for (let i = 0; i < count; i++) to.u16(message.indexes[i]!);
      break;
    }
    case 'miss':
      to.u32(message.gopNo).u16(message.segNo);
      break;
    case 'gap':
      to.u8(message.mask);
      break;
    case 'bye':
      to.u16(message.graceMs);
      break;
  }
  return to.finish();
}

export function encodeHead(gopNo: number, headBytes: Uint8Array): Uint8Array {
  return new ByteWriter(HEAD_HEADER_BYTES + headBytes.length)
    .u8(LinkKind.Head)
    .u16(gopNo)
    .bytes(headBytes)
    .finish();
}

export function encodePiece(gopNo: number, segNo: number, index: number, data: Uint8Array): Uint8Array {
  const to = new ByteWriter(PIECE_HEADER_BYTES + data.length).u8(LinkKind.Piece);
  return to.u16(gopNo).u16(segNo).u16(index).bytes(data).finish();
}

/** The bytes of a piece within its message. A view. */
export const pieceOf = (message: Uint8Array): Uint8Array => message.subarray(PIECE_HEADER_BYTES);

/** Null for anything that is broken. Byte fields are views of `bytes`. */
export function decodeLinkMessage(bytes: Uint8Array): LinkMessage | null {
  const from = new ByteReader(bytes);
  const message = readFields(from);
  return from.failed || from.remaining > 0 ? null : message;
}

function readFields(from: ByteReader): LinkMessage | null {
  switch (from.u8()) {
    case LinkKind.Hello: {
      if (from.u8() !== VERSION) from.fail();
      const child = toBase64Url(from.bytes(PEER_BYTES));
      return { kind: 'hello', child, mask: readMask(from), pass: from.bytes(PASS_BYTES) };
    }
    case LinkKind.Welcome:
      return { kind: 'welcome' };
    case LinkKind.Sub: {
      const mask = readMask(from);
      const flags = from.u8();
      if (flags > 1) from.fail();
      return { kind: 'sub', mask, wantsHeads: flags === 1, gopNo: from.u32(), segNo: from.u16() };
    }
    case LinkKind.Refuse:
      return { kind: 'refuse', why: from.u8() };
    case LinkKind.Head:
      return { kind: 'head', gop16: from.u16(), headBytes: from.bytes(from.remaining) };
    case LinkKind.Piece: {
      const [gop16, segNo, index] = [from.u16(), from.u16(), from.u16()];
      const data = from.bytes(from.remaining);
      return data.length > 0 && data.length <= PIECE_BYTES
        ? { kind: 'piece', gop16, segNo, index, data }
        : null;
    }
    case LinkKind.Pull: {
      const gopNo = from.u32();
      const segNo = from.u16();
      const flags = from.u8();
      if (flags > 3 || from.remaining > 2 * MAX_PULLED) return null;
      const indexes: number[] = [];
      while (from.remaining > 0) indexes.push(from.u16());
      return { kind: 'pull', gopNo, segNo, wantsHead: (flags & 1) !== 0, wantsAll: flags > 1, indexes };
    }
    case LinkKind.Miss:
      return { kind: 'miss', gopNo: from.u32(), segNo: from.u16() };
    case LinkKind.Gap:
      return { kind: 'gap', mask: readMask(from) };
    case LinkKind.Bye:
      return { kind: 'bye', graceMs: from.u16() };
    default:
      return null;
  }
}

function readMask(from: ByteReader): number {
  const mask = from.u8();
  if (mask > 15) from.fail();
  return mask;
}

/** `message` as it goes on the stream: its length in front. */
export function frameLinkMessage(message: Uint8Array): Uint8Array {
  return new ByteWriter(2 + message.length).u16(message.length).bytes(message).finish();
}

/** Finds the messages on a stream, which cuts them anywhere. */
export class LinkMessageReader {
  private header = -1;
  private message: Uint8Array | null = null;
  private filled = 0;
  /** A length that no message has: nothing is read any more. */
  isBroken = false;

  /** `onMessage` owns what it is given. */
  constructor(private readonly onMessage: (message: Uint8Array) => void) {}

  /** `bytes` is borrowed. False when the stream is broken, now or before. */
  feed(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length && !this.isBroken) {
      if (this.message === null) {
        if (this.header < 0) {
          this.header = bytes[at++]!;
          continue;
        }
        const messageBytes = (this.header << 8) | bytes[at++]!;
        this.isBroken = messageBytes === 0 || messageBytes > MAX_LINK_MESSAGE_BYTES;
        if (this.isBroken) break;
        this.message = new Uint8Array(messageBytes);
        this.filled = 0;
        continue;
      }
      const { message } = this;
      const taken = Math.min(message.length - this.filled, bytes.length - at);
      message.set(bytes.subarray(at, at + taken), this.filled);
      this.filled += taken;
      at += taken;
      if (this.filled < message.length) break;
      this.message = null;
      this.header = -1;
      this.onMessage(message);
    }
    return !this.isBroken;
  }
}
