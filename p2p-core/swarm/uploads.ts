import { TokenBucket } from '../signaling/token-bucket';
import { bitCount, SUB_STREAMS, subStreamOf } from './segment';
import type { SegmentStore, StoredSegment } from './segment-store';
import { encodeLinkMessage, LinkKind, PIECE_HEADER_BYTES, RefuseWhy } from './link-messages';
import type { LinkMessage } from './link-messages';
import type { LinkId } from './peer-types';
import type { PeerId } from './tracker-types';

/** Children and who wants to be one. */
const MAX_CHILDREN = 32;
/** A sub-stream without a slot, because its parent failed: so long, and so often, then again once in a while. */
const EMERGENCY_MS = 3000;
const EMERGENCY_BURST = 2;
const EMERGENCIES_PER_SECOND = 1 / 15;
/** What waits for one child; more means that it is too slow, and the oldest is of no use to it any more. */
const MAX_QUEUE_MS = 2500;
const MIN_QUEUE_BYTES = 64 * 1024;
/** Repairs, and what was sent before a subscription, that one child may ask for in a while. */
const REPAIR_CREDIT_MS = 3000;
const GAP_REPEAT_MS = 300;
const MAX_BANNED = 256;
/** What a child may say: far above what it has to, far below what would keep a phone busy. */
const MESSAGE_BURST = 150;
const MESSAGES_PER_SECOND = 50;
/** Each may queue all that is kept. */
const SUB_BURST = 20;
const SUBS_PER_SECOND = 4;
/** Slots are given out by the tracker up to the budget; heads, repairs and emergencies come on top. */
const BUDGET_SLACK = 1.3;
/** While somebody is in need. */
const EMERGENCY_SLACK = 2;
/**
 * The budget is kept over a few GOPs, not within each: a key frame is as much as a second of the rest, and all below wait
 * for it.
 */
const MAX_BURST_MS = 6000;

interface Child {
  link: LinkId;
  peer: PeerId;
  /** What its passes grant. */
  granted: number;
  /** What it gets. */
  mask: number;
  wantsHeads: boolean;
  emergencyUntilMs: number;
  /** Heads and repairs, which go out before pieces that are not late yet. */
  urgent: Uint8Array[];
  queue: Uint8Array[];
  /** Of both. */
  queuedBytes: number;
  /** Bytes of what was sent before, to it or to others, that it may ask for yet. */
  credit: number;
  creditMs: number;
  gapMs: number;
  readonly messages: TokenBucket;
  readonly subs: TokenBucket;
  readonly emergencies: TokenBucket;
}

export interface UploadsEnv {
  send(link: LinkId, message: Uint8Array): boolean;
  disconnect(link: LinkId): void;
  isPassValid(child: PeerId, mask: number, pass: Uint8Array): boolean;
}

/** What others are sent: every true piece of the sub-streams they asked for, once, as soon as it is here. */
export class Uploads {
  /** 0: nobody is sent anything. */
  upKbps = 0;
  rateKbps = 500;
  sentBytes = 0;
  controlBytes = 0;
  private readonly children = new Map<LinkId, Child>();
  private readonly banned = new Set<PeerId>();
  private tokens = 0;
  private tokensMs = 0;

  constructor(
    private readonly env: UploadsEnv,
    private readonly store: SegmentStore,
  ) {}

  get count(): number {
    return this.children.size;
  }

  has(link: LinkId): boolean {
    return this.children.has(link);
  }

  /** Whether a child may say one more thing now. Others may always: they have but one word. */
  mayTalk(nowMs: number, link: LinkId): boolean {
    const child = this.children.get(link);
    return !child || child.messages.take(nowMs);
  }

  /** What a viewer gets from here. */
  maskOf(peer: PeerId): number {
    let all = 0;
    for (const child of this.children.values()) if (child.peer === peer) all |= child.mask;
    return all;
  }

  list(): { peer: PeerId; mask: number }[] {
    const all: { peer: PeerId; mask: number }[] = [];
    for (const { peer, mask } of this.children.values()) all.push({ peer, mask });
    return all;
  }

  /** False: the link is of no use and may be cut. */
  onHello(
    nowMs: number,
    from: LinkId,
    { child, mask, pass }: Extract<LinkMessage, { kind: 'hello' }>,
  ): boolean {
    let why = 0;
    if (this.banned.has(child) || !this.env.isPassValid(child, mask, pass)) why = RefuseWhy.Pass;
    else if (this.upKbps <= 0) why = RefuseWhy.NoUpload;
    else if (!this.children.has(from) && this.children.size >= MAX_CHILDREN) why = RefuseWhy.Full;
    if (why > 0) {
      this.say(from, { kind: 'refuse', why });
      return false;
    }
    for (const { peer, link } of [...this.children.values()]) {
      // It calls anew: the link before is dead.
      if (peer === child && link !== from) this.cut(link);
    }
    const known = this.children.get(from);
    if (known) known.granted |= mask;
    else {
      this.children.set(from, {
        link: from,
        peer: child,
        granted: mask,
        mask: 0,
        wantsHeads: false,
        emergencyUntilMs: 0,
        urgent: [],
        queue: [],
        queuedBytes: 0,
        credit: this.repairCredit,
        creditMs: nowMs,
        gapMs: 0,
        messages: new TokenBucket(MESSAGE_BURST, MESSAGES_PER_SECOND, nowMs),
        subs: new TokenBucket(SUB_BURST, SUBS_PER_SECOND, nowMs),
        emergencies: new TokenBucket(EMERGENCY_BURST, EMERGENCIES_PER_SECOND, nowMs),
      });
    }
    this.say(from, { kind: 'welcome' });
    return true;
  }

  onSub(nowMs: number, from: LinkId, sub: Extract<LinkMessage, { kind: 'sub' }>): void {
    const child = this.children.get(from);
    if (!child || !child.subs.take(nowMs)) return;
    const added = sub.mask & ~child.mask;
    const extra = sub.mask & ~child.granted;
    const isFull = (extra & added) !== 0 && this.subCount + bitCount(extra & added) > this.maxSubs;
    if (isFull || (extra !== 0 && child.emergencyUntilMs === 0 && !child.emergencies.take(nowMs))) {
      this.say(from, { kind: 'refuse', why: RefuseWhy.Full });
      return;
    }
    if (extra === 0) child.emergencyUntilMs = 0;
    else if (child.emergencyUntilMs === 0) child.emergencyUntilMs = nowMs + EMERGENCY_MS;
    const addsHeads = sub.wantsHeads && !child.wantsHeads;
    child.mask = sub.mask;
    child.wantsHeads = sub.wantsHeads;
    if (added === 0 && !addsHeads) return;
    this.refill(nowMs, child);
    for (const segment of this.store.all()) {
      const { gopNo, segNo, head } = segment;
      if (!head || gopNo < sub.gopNo || (gopNo === sub.gopNo && segNo < sub.segNo)) continue;
      if (addsHeads && this.charge(child, segment.headMessage!)) this.queue(child, segment.headMessage!);
      segment.pieces.forEach((message, index) => {
        const isAdded = (added >> subStreamOf(head, index)) & 1;
        if (isAdded && message && this.charge(child, message)) this.queue(child, message);
      });
    }
  }

  onPull(nowMs: number, from: LinkId, pull: Extract<LinkMessage, { kind: 'pull' }>): void {
    const child = this.children.get(from);
    if (!child || this.upKbps <= 0) return;
    const segment = this.store.get(pull.gopNo, pull.segNo);
    this.refill(nowMs, child);
    let found = 0;
    let hasAnswer = false;
    if (segment && segment.head) {
      const add = (message: Uint8Array | null | undefined): void => {
        if (!message || !this.charge(child, message)) return;
        this.hurry(child, message);
        hasAnswer = true;
        found++;
      };
      if (pull.wantsHead) {
        add(segment.headMessage);
        found = 0;
      }
      if (pull.wantsAll) segment.pieces.forEach(add);
      else for (const index of pull.indexes) add(segment.pieces[index]);
    }
    if (found < pull.indexes.length || !hasAnswer) {
      this.say(from, { kind: 'miss', gopNo: pull.gopNo, segNo: pull.segNo });
    }
  }

  onHead(segment: StoredSegment): void {
    for (const child of this.children.values()) {
      // It is small, and without it none of its pieces can be handed on.
      if (child.wantsHeads) this.hurry(child, segment.headMessage!);
    }
  }

  onPiece(segment: StoredSegment, index: number): void {
    if (this.children.size === 0) return;
    const bit = 1 << subStreamOf(segment.head!, index);
    for (const child of this.children.values()) {
      if (child.mask & bit) this.queue(child, segment.pieces[index]!);
    }
  }

  /** These sub-streams are being repaired here. */
  tellGap(nowMs: number, mask: number): void {
    if (mask === 0) return;
    for (const child of this.children.values()) {
      const late = child.mask & mask;
      if (late === 0 || nowMs - child.gapMs < GAP_REPEAT_MS) continue;
      child.gapMs = nowMs;
      this.say(child.link, { kind: 'gap', mask: late });
    }
  }

  /** Sends what may be sent now; true when something has to wait. */
  pump(nowMs: number): boolean {
    let slack = BUDGET_SLACK;
    for (const child of this.children.values()) {
      if (child.emergencyUntilMs > 0 && nowMs >= child.emergencyUntilMs) {
        child.emergencyUntilMs = 0;
        child.mask &= child.granted;
      }
      if (child.emergencyUntilMs > 0) slack = EMERGENCY_SLACK;
    }
    const bytesPerMs = (this.upKbps * slack) / 8;
    this.tokens = Math.min(MAX_BURST_MS * bytesPerMs, this.tokens + (nowMs - this.tokensMs) * bytesPerMs);
    this.tokensMs = nowMs;
    // One child after the other: the first ones can hand it on while the last ones wait, and those do not wait longer.
    let isWaiting = false;
    for (const child of this.children.values()) {
      while (child.queuedBytes > 0) {
        const waiting = child.urgent.length > 0 ? child.urgent : child.queue;
        const message = waiting[0]!;
        if (this.tokens <= 0 || !this.env.send(child.link, message)) {
          isWaiting = true;
          break;
        }
        waiting.shift();
        child.queuedBytes -= message.length;
        this.tokens -= message.length;
        this.countSent(message);
      }
    }
    return isWaiting;
  }

  /** Ends everything that is sent, with a last word. */
  dismiss(graceMs: number): void {
    for (const link of [...this.children.keys()]) {
      this.say(link, { kind: 'bye', graceMs });
      this.cut(link);
    }
  }

  /** The link is gone. */
  remove(link: LinkId): boolean {
    return this.children.delete(link);
  }

  ban(peer: PeerId): void {
    if (this.banned.size >= MAX_BANNED) this.banned.clear();
    this.banned.add(peer);
    for (const child of [...this.children.values()]) if (child.peer === peer) this.cut(child.link);
  }

  private cut(link: LinkId): void {
    this.children.delete(link);
    this.env.disconnect(link);
  }

  private get repairCredit(): number {
    return (REPAIR_CREDIT_MS * this.rateKbps) / 8;
  }

  /** Sub-streams that are sent now. */
  private get subCount(): number {
    let count = 0;
    for (const { mask } of this.children.values()) count += bitCount(mask);
    return count;
  }

  private get maxSubs(): number {
    return (SUB_STREAMS * this.upKbps * EMERGENCY_SLACK) / this.rateKbps;
  }

  private refill(nowMs: number, child: Child): void {
    const limit = this.repairCredit;
    const added = ((nowMs - child.creditMs) * limit) / (3 * REPAIR_CREDIT_MS);
    child.credit = Math.min(limit, child.credit + added);
    child.creditMs = nowMs;
  }

  /** Who asks for the same again and again would take what others have slots for. */
  private charge(child: Child, message: Uint8Array): boolean {
    if (child.credit < message.length) return false;
    child.credit -= message.length;
    return true;
  }

  private queue(child: Child, message: Uint8Array): void {
    this.makeRoom(child);
    child.queue.push(message);
    child.queuedBytes += message.length;
  }

  private hurry(child: Child, message: Uint8Array): void {
    this.makeRoom(child);
    child.urgent.push(message);
    child.queuedBytes += message.length;
  }

  private makeRoom(child: Child): void {
    const limit = (MAX_QUEUE_MS * this.rateKbps * Math.max(1, bitCount(child.mask))) / (8 * SUB_STREAMS);
    const most = Math.max(limit, MIN_QUEUE_BYTES);
    while (child.queuedBytes > most && child.queue.length > 0) {
      child.queuedBytes -= child.queue.shift()!.length;
    }
    // Heads go on coming, however long its link takes nothing.
    while (child.queuedBytes > most + this.repairCredit) child.queuedBytes -= child.urgent.shift()!.length;
  }

  private countSent(message: Uint8Array): void {
    const isPiece = message[0] === LinkKind.Piece;
    const mediaBytes = isPiece ? message.length - PIECE_HEADER_BYTES : 0;
    this.sentBytes += mediaBytes;
    this.controlBytes += message.length - mediaBytes;
  }

  private say(to: LinkId, message: Parameters<typeof encodeLinkMessage>[0]): void {
    const bytes = encodeLinkMessage(message);
    this.controlBytes += bytes.length;
    this.env.send(to, bytes);
  }
}
