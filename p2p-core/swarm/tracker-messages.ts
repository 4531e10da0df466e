import { fromBase64Url, toBase64Url } from '../bytes/base64url';
import { ByteReader } from '../bytes/reader';
import { utf8Decode, utf8Encode } from '../bytes/utf8';
import { ByteWriter } from '../bytes/writer';
import { ROOT_BYTES } from './segment';
import { ALL_SUBSTREAMS } from './tracker-types';
import type {
  LinkReport,
  PeerId,
  PeerOffer,
  RefuseReason,
  SegmentRoot,
  TrackerMessage,
  TrackerRequest,
} from './tracker-types';

/**
 * message = kind (1) | fields, big endian; a list is its count (1) and its entries; a peer is the 9 bytes of its id
 *
 *   1 join     variant 8 | link key 16 | cellular 1 | up kbit/s 4 | rate kbit/s 4 | length 2 ticket | length 2 url |
 *              length 1 region
 *   2 anchor   known 1 | gop 4 (0 when not known) | list of (gop id 16 | body hash 8)
 *   3 want     mask 1 | list of peers
 *   4 report   lag ms 2 | loss 2 | on origin 1 | up kbit/s 4 | rate kbit/s 4 | up 4 | peer 4 | origin bytes 4 |
 *              list of parents (peer 9 | mask 1) | list of children (the same)
 *   5 root     gop 4 | segment 2 | root 12
 *   6 bad      peer 9 | gop 4 | piece 4
 *   7 leave    grace ms 2
 *
 *   17 welcome epoch 4 | now ms 6 | report ms 4 | max lag ms 2 | parts 1
 *   18 anchor  known 1 | gop 4 (0 when not known)
 *   19 offer   hold ms 4 | list of slots | list of standbys (peer 9 | mask 1 | pass 20 | length 2 ticket)
 *   20 move    hold ms 4 | list of slots
 *   21 roots   list of (gop 4 | segment 2 | root 12)
 *   22 ask     roots 1
 *   23 ban     peer 9
 *   24 ok
 *   25 refuse  why 1 | retry ms 4 | now ms 6
 */
const Kind = {
  Join: 1,
  Anchor: 2,
  Want: 3,
  Report: 4,
  Root: 5,
  Bad: 6,
  Leave: 7,
  Welcome: 17,
  Anchored: 18,
  Offer: 19,
  Move: 20,
  Roots: 21,
  Ask: 22,
  Ban: 23,
  Ok: 24,
  Refuse: 25,
} as const;

/** First byte of a message `roots`. */
export const ROOTS_KIND = Kind.Roots;

const PEER_BYTES = 9;
export const VARIANT_BYTES = 8;
export const LINK_KEY_BYTES = 16;
export const GOP_ID_BYTES = 16;
export const GOP_BODY_BYTES = 8;
export const PASS_BYTES = 20;
const MAX_TICKET_BYTES = 400;
const MAX_URL_BYTES = 1000;
/** Sixteen characters. */
const MAX_REGION_BYTES = 48;
export const MAX_ANCHOR_GOPS = 8;
export const MAX_REFUSED_PEERS = 16;
export const MAX_REPORTED_PARENTS = 8;
export const MAX_REPORTED_CHILDREN = 32;
/** Addresses that one answer may tell, slots and standbys together. */
export const MAX_OFFERED_PEERS = 8;
/** Eight seconds of segments. */
export const MAX_ROOTS = 48;

const REFUSE_REASONS: RefuseReason[] = ['unknown', 'clock', 'expired', 'full', 'banned', 'unshareable'];
const TWO_POW_32 = 0x100000000;

/** The result is the caller's. Numbers are rounded and kept within their width, lists are cut to their most. */
export function encodeTrackerRequest(message: TrackerRequest): Uint8Array {
  const to = new ByteWriter(256);
  switch (message.kind) {
    case 'join': {
      const region = utf8Encode(message.region);
      to.u8(Kind.Join)
        .bytes(message.variant)
        .bytes(message.linkKey)
        .u8(message.isCellular ? 1 : 0);
      to.u32(u32(message.upKbps)).u32(u32(message.rateKbps));
      block(to, utf8Encode(message.ticket));
      block(to, utf8Encode(message.url));
      to.u8(region.length).bytes(region);
      break;
    }
    case 'anchor':
      to.u8(Kind.Anchor)
        .u8(message.gopNo === null ? 0 : 1)
        .u32(message.gopNo || 0);
      list(to, message.gops, MAX_ANCHOR_GOPS, (gop, i) => to.bytes(gop).bytes(message.bodies[i]!));
      break;
    case 'want':
      to.u8(Kind.Want).u8(message.mask);
      list(to, message.not, MAX_REFUSED_PEERS, (peer) => to.bytes(fromBase64Url(peer)!));
      break;
    case 'report':
      to.u8(Kind.Report).u16(u16(message.lagMs)).u16(u16(message.lossPermille));
      to.u8(message.isOnOrigin ? 1 : 0);
      to.u32(u32(message.upKbps)).u32(u32(message.rateKbps));
      to.u32(u32(message.upBytes)).u32(u32(message.peerBytes)).u32(u32(message.originBytes));
      list(to, message.parents, MAX_REPORTED_PARENTS, (link) => writeLink(to, link));
      list(to, message.children, MAX_REPORTED_CHILDREN, (link) => writeLink(to, link));
      break;
    case 'root':
      writeRoot(to.u8(Kind.Root), message);
      break;
    case 'bad':
      to.u8(Kind.Bad).bytes(fromBase64Url(message.peer)!).u32(message.gopNo).u32(message.pieceNo);
      break;
    case 'leave':
      to.u8(Kind.Leave).u16(u16(message.graceMs));
      break;
  }
  return to.finish();
}

/** Null when the bytes are no request, to the last byte. What is in it are copies. */
export function decodeTrackerRequest(bytes: Uint8Array): TrackerRequest | null {
  const from = new ByteReader(bytes);
  const message = readRequest(from);
  return from.failed || from.remaining > 0 ? null : message;
}

function readRequest(from: ByteReader): TrackerRequest | null {
  switch (from.u8()) {
    case Kind.Join:
      return {
        kind: 'join',
        variant: copy(from, VARIANT_BYTES),
        linkKey: copy(from, LINK_KEY_BYTES),
        isCellular: flag(from),
        upKbps: from.u32(),
        rateKbps: from.u32(),
        ticket: text(from, MAX_TICKET_BYTES),
        url: text(from, MAX_URL_BYTES),
        region: readRegion(from),
      };
    case Kind.Anchor: {
      const isKnown = flag(from);
      const gopNo = from.u32();
      const gops: Uint8Array[] = [];
      const bodies = readList(from, MAX_ANCHOR_GOPS, () => {
        gops.push(copy(from, GOP_ID_BYTES));
        return copy(from, GOP_BODY_BYTES);
      });
      if (gops.length === 0) from.fail();
      return { kind: 'anchor', gopNo: isKnown ? gopNo : null, gops, bodies };
    }
    case Kind.Want: {
      const mask = readMask(from);
      if (mask === 0) from.fail();
      return { kind: 'want', mask, not: readList(from, MAX_REFUSED_PEERS, () => readPeer(from)) };
    }
    case Kind.Report:
      return {
        kind: 'report',
        lagMs: from.u16(),
        lossPermille: from.u16(),
        isOnOrigin: flag(from),
        upKbps: from.u32(),
        rateKbps: from.u32(),
        upBytes: from.u32(),
        peerBytes: from.u32(),
        originBytes: from.u32(),
        parents: readList(from, MAX_REPORTED_PARENTS, () => readLink(from)),
        children: readList(from, MAX_REPORTED_CHILDREN, () => readLink(from)),
      };
    case Kind.Root:
      return { kind: 'root', ...readRoot(from) };
    case Kind.Bad:
      return { kind: 'bad', peer: readPeer(from), gopNo: from.u32(), pieceNo: from.u32() };
    case Kind.Leave:
      return { kind: 'leave', graceMs: from.u16() };
    default:
      return null;
  }
}

/** The result is the caller's. */
export function encodeTrackerMessage(message: TrackerMessage): Uint8Array {
  const to = new ByteWriter(256);
  switch (message.kind) {
    case 'welcome':
      writeTime(to.u8(Kind.Welcome).u32(message.epoch), message.nowMs);
      to.u32(message.reportMs).u16(message.maxLagMs).u8(message.parts);
      break;
    case 'anchor':
      to.u8(Kind.Anchored)
        .u8(message.gopNo === null ? 0 : 1)
        .u32(message.gopNo || 0);
      break;
    case 'offer':
      to.u8(Kind.Offer).u32(message.holdMs);
      list(to, message.slots, MAX_OFFERED_PEERS, (offer) => writeOffer(to, offer));
      list(to, message.standbys, MAX_OFFERED_PEERS, (offer) => writeOffer(to, offer));
      break;
    case 'move':
      to.u8(Kind.Move).u32(message.holdMs);
      list(to, message.slots, MAX_OFFERED_PEERS, (offer) => writeOffer(to, offer));
      break;
    case 'roots':
      to.u8(Kind.Roots);
      list(to, message.roots, MAX_ROOTS, (root) => writeRoot(to, root));
      break;
    case 'ask':
      to.u8(Kind.Ask).u8(message.wantsRoots ? 1 : 0);
      break;
    case 'ban':
      to.u8(Kind.Ban).bytes(fromBase64Url(message.peer)!);
      break;
    case 'ok':
      to.u8(Kind.Ok);
      break;
    case 'refuse':
      to.u8(Kind.Refuse).u8(REFUSE_REASONS.indexOf(message.why)).u32(message.retryMs);
      writeTime(to, message.nowMs);
      break;
  }
  return to.finish();
}

/** Null when the bytes are no message of a tracker, to the last byte. What is in it are copies. */
export function decodeTrackerMessage(bytes: Uint8Array): TrackerMessage | null {
  const from = new ByteReader(bytes);
  const message = readMessage(from);
  return from.failed || from.remaining > 0 ? null : message;
}

function readMessage(from: ByteReader): TrackerMessage | null {
  switch (from.u8()) {
    case Kind.Welcome:
      return {
        kind: 'welcome',
        epoch: from.u32(),
        nowMs: readTime(from),
        reportMs: from.u32(),
        maxLagMs: from.u16(),
        parts: from.u8(),
      };
    case Kind.Anchored: {
      const isKnown = flag(from);
      const gopNo = from.u32();
      return { kind: 'anchor', gopNo: isKnown ? gopNo : null };
    }
    case Kind.Offer: {
      const holdMs = from.u32();
      const slots = readOffers(from);
      const standbys = readOffers(from);
      if (slots.length + standbys.length > MAX_OFFERED_PEERS) from.fail();
      return { kind: 'offer', slots, standbys, holdMs };
    }
    case Kind.Move: {
      const holdMs = from.u32();
      return { kind: 'move', slots: readOffers(from), holdMs };
    }
    case Kind.Roots:
      return { kind: 'roots', roots: readList(from, MAX_ROOTS, () => readRoot(from)) };
    case Kind.Ask:
      return { kind: 'ask', wantsRoots: flag(from) };
    case Kind.Ban:
      return { kind: 'ban', peer: readPeer(from) };
    case Kind.Ok:
      return { kind: 'ok' };
    case Kind.Refuse: {
      const why = REFUSE_REASONS[from.u8()];
      return why === undefined ? null : { kind: 'refuse', why, retryMs: from.u32(), nowMs: readTime(from) };
    }
    default:
      return null;
  }
}

const u16 = (value: number): number => within(value, 0xffff);
const u32 = (value: number): number => within(value, 0xffffffff);
const within = (value: number, max: number): number => Math.min(max, Math.max(0, Math.round(value) || 0));

function writeTime(to: ByteWriter, ms: number): void {
  to.u16(Math.floor(ms / TWO_POW_32)).u32(ms % TWO_POW_32);
}

const readTime = (from: ByteReader): number => from.u16() * TWO_POW_32 + from.u32();

function list<T>(
  to: ByteWriter,
  values: readonly T[],
  max: number,
  write: (value: T, index: number) => void,
): void {
  const count = Math.min(values.length, max);
  to.u8(count);
  for (let i = 0; i < count; i++) write(values[i]!, i);
}

function readList<T>(from: ByteReader, max: number, read: () => T): T[] {
  const count = from.u8();
  if (count > max) from.fail();
  const values: T[] = [];
  while (values.length < count && !from.failed) values.push(read());
  return values;
}

function block(to: ByteWriter, bytes: Uint8Array): void {
  to.u16(bytes.length).bytes(bytes);
}

function readBlock(from: ByteReader, maxBytes: number): Uint8Array {
  const byteCount = from.u16();
  if (byteCount > maxBytes) from.fail();
  return from.bytes(byteCount);
}

const text = (from: ByteReader, maxBytes: number): string => utf8Decode(readBlock(from, maxBytes));
function readRegion(from: ByteReader): string {
  const byteCount = from.u8();
  if (byteCount > MAX_REGION_BYTES) from.fail();
  return utf8Decode(from.bytes(byteCount));
}

const copy = (from: ByteReader, byteCount: number): Uint8Array => from.bytes(byteCount).slice();
const readPeer = (from: ByteReader): PeerId => toBase64Url(from.bytes(PEER_BYTES));

function flag(from: ByteReader): boolean {
  const value = from.u8();
  if (value > 1) from.fail();
  return value === 1;
}

function readMask(from: ByteReader): number {
  const mask = from.u8();
  if (mask > ALL_SUBSTREAMS) from.fail();
  return mask;
}

function writeLink(to: ByteWriter, { peer, mask }: LinkReport): void {
  to.bytes(fromBase64Url(peer)!).u8(mask);
}

const readLink = (from: ByteReader): LinkReport => ({ peer: readPeer(from), mask: readMask(from) });

function writeRoot(to: ByteWriter, { gopNo, segNo, root }: SegmentRoot): void {
  to.u32(gopNo).u16(segNo).bytes(root);
}

const readRoot = (from: ByteReader): SegmentRoot => ({
  gopNo: from.u32(),
  segNo: from.u16(),
  root: copy(from, ROOT_BYTES),
});

function writeOffer(to: ByteWriter, { peer, mask, pass, ticket }: PeerOffer): void {
  block(to.bytes(fromBase64Url(peer)!).u8(mask).bytes(pass), utf8Encode(ticket));
}

const readOffers = (from: ByteReader): PeerOffer[] =>
  readList(from, MAX_OFFERED_PEERS, () => ({
    peer: readPeer(from),
    mask: readMask(from),
    pass: copy(from, PASS_BYTES),
    ticket: text(from, MAX_TICKET_BYTES),
  }));
