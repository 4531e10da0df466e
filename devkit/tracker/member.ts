import { TokenBucket } from '../../p2p-core/signaling/token-bucket';
import { ALL_SUBSTREAMS } from '../../p2p-core/swarm/tracker-types';
import type { LinkReport, PeerId, TrackerRequest } from '../../p2p-core/swarm/tracker-types';

/** One edge of the trees: a parent that sends a child some sub-streams, or is to. */
export interface Link {
  readonly parent: Member;
  readonly child: Member;
  mask: number;
  /** Named by a report of the child; before that it is a reservation that ends at `untilMs`. */
  isConfirmed: boolean;
  readonly untilMs: number;
  readonly madeMs: number;
  /** Reports of the parent in a row that do not know the child. */
  denials: number;
}

/** What the tracker knows of one viewer of a swarm. */
export interface Member {
  readonly id: PeerId;
  readonly account: string;
  /** The tracker's own reader of the origin: believed alone, parent of nobody. */
  readonly isAuditor: boolean;
  ticket: string;
  linkKey: Uint8Array;
  isCellular: boolean;
  /** In the words of its app; '' is nowhere. */
  region: string;
  upKbps: number;
  rateKbps: number;
  joinedMs: number;
  heardMs: number;
  /** Its GOPs have numbers: it is in a swarm. */
  isNumbered: boolean;
  /** Rows of GOPs that fitted nowhere. */
  misplaced: number;
  isOnOrigin: boolean;
  /** Anything of all this since it joined. */
  hasReported: boolean;
  lagMs: number;
  lossPermille: number;
  /** The sub-stream that it sends on by preference, so that it is a leaf of the other trees. */
  home: number;
  /** Quarters of the stream that it can send, and those of them that are given away. */
  capacity: number;
  used: number;
  readonly up: Link[];
  readonly down: Map<PeerId, Link>;
  /** Children that it had, and when it lost them; the last of them. */
  readonly past: Map<PeerId, number>;
  /** What it last said of its children. */
  saidChildren: readonly LinkReport[];
  /** What it asked for and did not get yet; 0: nothing. */
  wanted: number;
  /** Whom it does not want as a parent. */
  refused: readonly PeerId[];
  /** Who sent it bent pieces: whether or not that makes a ban, it is not offered them again. */
  readonly shunned: Set<PeerId>;
  /** Children that it failed and that it served, faded out over time. */
  faults: number;
  merits: number;
  fadedMs: number;
  /** Whose complaint was counted, and when: the same one's counts once in a while. */
  readonly complainers: Map<string, number>;
  /** Accounts of children whose pieces from it were bad. */
  readonly accusers: Set<string>;
  /** It tells us the roots of what comes from the origin. */
  isAsked: boolean;
  /** When it was last told to move, or to take a child. */
  movedMs: number;
  /** How much it may say, of roots, and how often it may ask for parents. */
  readonly messages: TokenBucket;
  readonly roots: TokenBucket;
  readonly wants: TokenBucket;
}

const QUARTERS = 4;
/** As many children as a report can name. */
const MAX_CAPACITY = 32;
const DEFAULT_RATE_KBPS = 1000;
/** Of a quarter, by how much a budget may fall short of it: measured rates are that far off. To get it, and to keep it. */
const LEAST_SHORT = 0.1;
const MOST_SHORT = 0.4;
/** A report each ten seconds and two when something changes. */
const MESSAGE_BURST = 30;
const MESSAGES_PER_SECOND = 2;
/** A segment each 250 ms. */
const ROOT_BURST = 40;
const ROOTS_PER_SECOND = 10;
/** Answers tell addresses: nobody shall collect them. */
const WANT_BURST = 12;
const WANTS_PER_SECOND = 0.5;
const HALF_LIFE_MS = 60_000;
/**
 * Whoever fails so many children, and most of them, serves nobody until that has faded. Three of ten pairs of networks let
 * nothing through, so failures alone tell little.
 */
const MAX_FAULTS = 3;
const MAX_FAULT_SHARE = 0.8;
const MAX_COMPLAINERS = 16;
/** Links that are followed upwards; nobody is that deep who does not lag. */
const MAX_STEPS = 128;
/** Deeper than this is deep, however deep. */
const MAX_DEPTH = 32;

const BITS = Array.from({ length: 16 }, (_, mask) => [0, 1, 2, 3].filter((bit) => mask & (1 << bit)).length);

/** How many quarters of the stream a mask is. */
export const quartersOf = (mask: number): number => BITS[mask & ALL_SUBSTREAMS]!;

export function createMember(id: PeerId, account: string, isAuditor: boolean, nowMs: number): Member {
  return {
    ...{ id, account, isAuditor, ticket: '', linkKey: new Uint8Array(0), isCellular: false, region: '' },
    ...{ upKbps: 0, rateKbps: 0, joinedMs: nowMs, heardMs: nowMs, isNumbered: false, misplaced: 0 },
    ...{ isOnOrigin: true, hasReported: false, lagMs: 0, lossPermille: 0, home: 0, capacity: 0, used: 0 },
    ...{
      up: [],
      down: new Map(),
      past: new Map(),
      saidChildren: [],
      wanted: 0,
      refused: [],
      shunned: new Set(),
    },
    ...{
      faults: 0,
      merits: 0,
      fadedMs: nowMs,
      complainers: new Map(),
      accusers: new Set(),
      isAsked: false,
      movedMs: nowMs,
    },
    messages: new TokenBucket(MESSAGE_BURST, MESSAGES_PER_SECOND, nowMs),
    roots: new TokenBucket(ROOT_BURST, ROOTS_PER_SECOND, nowMs),
    wants: new TokenBucket(WANT_BURST, WANTS_PER_SECOND, nowMs),
  };
}

export function introduce(member: Member, join: Extract<TrackerRequest, { kind: 'join' }>): void {
  member.ticket = join.ticket;
  member.linkKey = join.linkKey;
  member.isCellular = join.isCellular;
  member.region = join.region;
  setBudget(member, join.upKbps, join.rateKbps);
}

/** Nothing is asked of a phone on a mobile network, whatever it offers. */
export function setBudget(member: Member, upKbps: number, rateKbps: number): void {
  member.upKbps = upKbps;
  member.rateKbps = rateKbps;
  const quarters = (QUARTERS * upKbps) / (rateKbps || DEFAULT_RATE_KBPS);
  const { capacity } = member;
  // Rates are measured, and go up and down: a place that came and went with them would move its child about.
  const isSame = quarters >= capacity - MOST_SHORT && quarters < capacity + 1 - LEAST_SHORT;
  const room = isSame ? capacity : Math.min(MAX_CAPACITY, Math.floor(quarters + LEAST_SHORT));
  member.capacity = member.isCellular || member.isAuditor ? 0 : room;
}

function fade(member: Member, nowMs: number): void {
  const share = 0.5 ** ((nowMs - member.fadedMs) / HALF_LIFE_MS);
  member.faults *= share;
  member.merits *= share;
  member.fadedMs = nowMs;
}

export function addFault(member: Member, account: string, nowMs: number): void {
  const { complainers } = member;
  const lastMs = complainers.get(account);
  if (lastMs !== undefined && nowMs - lastMs < HALF_LIFE_MS) return;
  complainers.delete(account);
  complainers.set(account, nowMs);
  if (complainers.size > MAX_COMPLAINERS) complainers.delete(complainers.keys().next().value!);
  fade(member, nowMs);
  member.faults++;
}

export function addMerit(member: Member, nowMs: number): void {
  fade(member, nowMs);
  member.merits++;
}

export function isFaulty(member: Member, nowMs: number): boolean {
  if (member.faults < MAX_FAULTS) return false;
  fade(member, nowMs);
  const { faults, merits } = member;
  return faults >= MAX_FAULTS && faults > MAX_FAULT_SHARE * (faults + merits);
}

/** Quarters that can be given away now. */
export const spareOf = (member: Member): number => Math.max(0, member.capacity - member.used);

/** Sub-streams that parents send, by the child's own word. */
export function fedMask(member: Member): number {
  let mask = 0;
  for (const link of member.up) if (link.isConfirmed) mask |= link.mask;
  return mask;
}

/** Whether it may be offered as a parent at all. */
export function isUsable(member: Member, nowMs: number, maxLagMs: number): boolean {
  return (
    member.isNumbered &&
    member.capacity > 0 &&
    member.lagMs <= maxLagMs &&
    // Whoever has left the origin must be fed by others, wholly: what it lacks it cannot give.
    (member.isOnOrigin || fedMask(member) === ALL_SUBSTREAMS) &&
    !isFaulty(member, nowMs)
  );
}

/** Whether `above` sends `below` something, at once or through others. A chain too long to follow counts as one. */
export function isAncestor(above: Member, below: Member, mask: number): boolean {
  if (above.down.size === 0) return above === below;
  let steps = 0;
  const open = [below];
  const seen = new Set<Member>();
  while (open.length > 0) {
    const member = open.pop()!;
    if (member === above || ++steps > MAX_STEPS) return true;
    for (const link of member.up) {
      if ((link.mask & mask) === 0 || seen.has(link.parent)) continue;
      seen.add(link.parent);
      open.push(link.parent);
    }
  }
  return false;
}

/**
 * Links between the origin's own viewers, which have none above them, and `member`, on the longest way of a sub-stream. All
 * that are as far away are looked at once: while viewers change places they have two parents, and ways double with each.
 */
export function depthOf(member: Member, mask: number): number {
  let deepest = 0;
  for (let bit = 1; bit <= mask; bit <<= 1) {
    if (mask & bit) deepest = Math.max(deepest, depthIn(member, bit));
  }
  return deepest;
}

function depthIn(member: Member, bit: number): number {
  let level: ReadonlySet<Member> = new Set([member]);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const above = new Set<Member>();
    for (const each of level) {
      if (each.isOnOrigin) continue;
      for (const link of each.up) if (link.mask & bit) above.add(link.parent);
    }
    if (above.size === 0) return depth;
    level = above;
  }
  return MAX_DEPTH;
}

/** Whether others get `part` from it, or will when there is somebody to send it to. */
export function sendsOn(member: Member, part: number): boolean {
  if (member.capacity > 0 && part & (1 << member.home)) return true;
  for (const { mask } of member.down.values()) if (mask & part) return true;
  return false;
}
