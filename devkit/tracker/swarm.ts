import { makePass } from '../../p2p-core/swarm/link-pass';
import { MAX_REFUSED_PEERS } from '../../p2p-core/swarm/tracker-messages';
import { ALL_SUBSTREAMS } from '../../p2p-core/swarm/tracker-types';
import type {
  PeerId,
  PeerOffer,
  SegmentRoot,
  TrackerMessage,
  TrackerRequest,
} from '../../p2p-core/swarm/tracker-types';
import {
  addFault,
  addMerit,
  depthOf,
  fedMask,
  isAncestor,
  quartersOf,
  sendsOn,
  setBudget,
  spareOf,
} from './member';
import type { Member } from './member';
import { Numbering } from './numbering';
import { chooseLeaf, chooseParents, chooseStandbys, partsOf } from './parent-choice';
import type { ChoiceRules, Plan } from './parent-choice';
import { Reporters } from './reporters';
import { RootVotes } from './root-votes';
import type { TrackerSettings } from './settings';
import { Trees } from './trees';

/** What a swarm does to the world, and what it may know of it. */
export interface SwarmEnv {
  readonly settings: TrackerSettings;
  /** In [0, 1). */
  random(): number;
  send(member: Member, message: TrackerMessage): void;
  sendRoots(members: readonly Member[], roots: readonly SegmentRoot[]): void;
  /** Nobody may have anything to do with it any more. */
  ban(member: Member, nowMs: number): void;
  readonly counters: TrackerCounters;
}

/** Since the start. */
export interface TrackerCounters {
  offers: number;
  emptyOffers: number;
  moves: number;
  roots: number;
  wrongRoots: number;
  accusations: number;
  bans: number;
  expired: number;
}

/** Up to so many viewers, and up to this rate, a parent sends half of the stream, else a quarter. */
const SMALL_SWARM = 50;
const LOW_RATE_KBPS = 1000;
/** A child is given so much time to be known to its parent. */
const DENIAL_GRACE_MS = 15_000;
const MAX_DENIALS = 2;
/** How often one member is told to move, or to take a child. */
const MOVE_GAP_MS = 20_000;
/** How many links nearer to the origin a change of places must bring its viewer. */
const MIN_RISE = 2;
/** Roots that a newcomer is told: of the last eight seconds. */
const RECENT_ROOTS = 32;
/** Those who wait that are looked at when a place has become free. */
const SERVED_AT_ONCE = 2;
/** Two reports of independent viewers end a polluter. */
const ACCUSERS_FOR_BAN = 2;
/** How long after the link a child may complain. */
const ACCUSATION_MS = 60_000;
const MAX_SHUNNED = 32;

/**
 * Whom the origin feeds alone has nothing to check. Of him who has said nothing yet, nobody knows: he may have parents that
 * a tracker before this one gave him.
 */
const needsRoots = (member: Member): boolean =>
  !member.isOnOrigin || member.up.length > 0 || !member.hasReported;

/** The viewers of one stream whose GOPs have the same numbers: who feeds whom, and what is true. */
export class Swarm {
  readonly trees: Trees;
  readonly reporters: Reporters;
  readonly numbering: Numbering;
  private readonly votes: RootVotes;
  private readonly members = new Map<PeerId, Member>();
  /** Who got no parents: those who would pass something on, and those who would not. */
  private readonly waiting = [new Set<Member>(), new Set<Member>()] as const;
  private pendingRoots: SegmentRoot[] = [];
  private rootsSentMs = -Infinity;

  constructor(
    private readonly env: SwarmEnv,
    firstGopNo: number,
  ) {
    this.trees = new Trees(env.settings.maxLagMs);
    this.numbering = new Numbering(firstGopNo);
    this.votes = new RootVotes(env.settings.quorum);
    this.reporters = new Reporters(env, this.trees);
  }

  get size(): number {
    return this.members.size;
  }

  get waitingCount(): number {
    return this.waiting[0].size + this.waiting[1].size;
  }

  /** Whether `tick` has something to do. */
  get isBusy(): boolean {
    return this.pendingRoots.length > 0 || this.trees.reservedCount > 0 || this.trees.hasGrown;
  }

  parts(rateKbps: number): number {
    return this.env.settings.parts || (this.members.size < SMALL_SWARM || rateKbps <= LOW_RATE_KBPS ? 2 : 4);
  }

  /** Its GOPs have numbers from now on. `greet` follows, once it knows them. */
  add(member: Member, nowMs: number): void {
    member.isNumbered = true;
    this.members.set(member.id, member);
    this.trees.add(member, nowMs);
  }

  /** `viewerCount`: of the stream. */
  greet(member: Member, viewerCount: number): void {
    const roots = this.votes.recent(RECENT_ROOTS);
    if (roots.length > 0 && !member.isAuditor) this.env.sendRoots([member], roots);
    this.reporters.onMember(member);
    this.reporters.setCrowd(viewerCount);
  }

  remove(member: Member, nowMs: number): void {
    if (!this.members.delete(member.id)) return;
    this.trees.remove(member, nowMs);
    this.unqueue(member);
    member.isNumbered = false;
    this.reporters.onGone(member);
  }

  want(member: Member, mask: number, not: readonly PeerId[], nowMs: number): void {
    const { trees } = this;
    member.refused = not.slice(0, MAX_REFUSED_PEERS);
    for (const link of [...member.up]) {
      if (not.includes(link.parent.id)) {
        addFault(link.parent, member.account, nowMs);
        trees.drop(link, nowMs);
      } else if (link.mask & mask) {
        trees.shrink(link, link.mask & ~mask, nowMs);
      }
    }
    member.wanted = mask;
    if (!this.serve(member, nowMs)) {
      this.env.counters.emptyOffers++;
      this.env.send(member, { kind: 'offer', slots: [], standbys: [], holdMs: this.env.settings.holdMs });
    }
    this.serveWaiting(nowMs);
  }

  report(member: Member, report: Extract<TrackerRequest, { kind: 'report' }>, nowMs: number): void {
    const { trees } = this;
    const wasOnOrigin = member.isOnOrigin;
    trees.refresh(member, nowMs, () => setBudget(member, report.upKbps, report.rateKbps));
    member.hasReported = true;
    member.lagMs = report.lagMs;
    member.lossPermille = report.lossPermille;
    member.isOnOrigin = report.isOnOrigin;
    member.saidChildren = report.children;
    this.heedParents(member, report, nowMs);
    this.heedChildren(member, nowMs);
    trees.refresh(member, nowMs);
    if (wasOnOrigin !== member.isOnOrigin) this.reporters.onMember(member);
    if (fedMask(member) === ALL_SUBSTREAMS) this.unqueue(member);
    if (member.wanted !== 0) this.serve(member, nowMs);
    this.improve(member, nowMs);
    this.serveWaiting(nowMs);
  }

  vote(member: Member, { gopNo, segNo, root: bytes }: SegmentRoot, nowMs: number): void {
    const root = { gopNo, segNo, root: bytes };
    if (!member.isAsked && !member.isAuditor) return;
    const verdict = this.votes.vote(root, member.account, member.isAuditor);
    if (verdict === 'wrong') this.distrust(member.account);
    if (verdict !== 'decided') return;
    for (const account of this.votes.wrongVoters(root)) this.distrust(account);
    this.env.counters.roots++;
    this.pendingRoots.push(root);
    this.publishRoots(nowMs);
  }

  /** A piece that `by` got from `accused` is not what its root says. Only from a child of his, or who was one. */
  accuse(by: Member, accused: PeerId, nowMs: number): void {
    const parent = this.members.get(accused);
    if (parent === undefined) return;
    const link = parent.down.get(by.id);
    // It may have asked for another parent before it complained.
    if (link === undefined && !(nowMs - (parent.past.get(by.id) ?? -Infinity) < ACCUSATION_MS)) return;
    this.env.counters.accusations++;
    if (link !== undefined) this.trees.drop(link, nowMs);
    if (by.shunned.size < MAX_SHUNNED) by.shunned.add(accused);
    if (by.account !== parent.account) parent.accusers.add(by.account);
    if (parent.accusers.size < ACCUSERS_FOR_BAN) return;
    const neighbours = [
      ...parent.up.map((each) => each.parent),
      ...[...parent.down.values()].map((each) => each.child),
    ];
    for (const neighbour of [by, ...neighbours]) this.env.send(neighbour, { kind: 'ban', peer: accused });
    this.env.ban(parent, nowMs);
  }

  /** Every quarter of a second or so, while `isBusy`. */
  tick(nowMs: number): void {
    this.trees.expire(nowMs);
    this.publishRoots(nowMs);
    this.serveWaiting(nowMs);
  }

  private heedParents(
    member: Member,
    { parents }: Extract<TrackerRequest, { kind: 'report' }>,
    nowMs: number,
  ): void {
    const { trees } = this;
    // A sub-stream comes from one of them: who names two would keep a place that he was moved away from.
    let open = ALL_SUBSTREAMS;
    for (const link of [...member.up]) {
      const mask = (parents.find(({ peer }) => peer === link.parent.id)?.mask ?? 0) & open;
      if (mask !== 0) {
        open &= ~mask;
        if (!link.isConfirmed) addMerit(link.parent, nowMs);
        trees.confirm(link, mask, nowMs);
      } else if (link.isConfirmed) {
        trees.drop(link, nowMs);
      }
    }
    for (const { peer, mask } of parents) {
      const parent = this.members.get(peer);
      if (parent === undefined || mask === 0 || parent.down.has(member.id)) continue;
      const isMutual = parent.saidChildren.some(
        (said) => said.peer === member.id && (said.mask & mask) === mask,
      );
      const fits = spareOf(parent) >= quartersOf(mask) && (fedMask(member) & mask) === 0;
      if (isMutual && fits && !isAncestor(member, parent, mask)) trees.adopt(parent, member, mask, nowMs);
    }
  }

  private heedChildren(member: Member, nowMs: number): void {
    if (member.down.size === 0) return;
    const said = new Set(member.saidChildren.map(({ peer }) => peer));
    for (const link of [...member.down.values()]) {
      if (said.has(link.child.id)) link.denials = 0;
      else if (link.isConfirmed && nowMs - link.madeMs > DENIAL_GRACE_MS && ++link.denials >= MAX_DENIALS) {
        this.trees.drop(link, nowMs);
      }
    }
  }

  /** Offers parents for all that `member` waits for; false, and it goes on waiting, when there are none. */
  private serve(member: Member, nowMs: number): boolean {
    const plan = this.mayBeServed(member) ? this.plan(member, nowMs) : null;
    if (plan === null) {
      this.waiting[member.capacity > 0 ? 0 : 1].add(member);
      return false;
    }
    this.unqueue(member);
    const rules = this.rules(member, nowMs);
    const standbys = chooseStandbys(this.trees, member, plan, rules);
    const slots = this.reserve(member, plan, nowMs);
    this.env.counters.offers++;
    this.env.send(member, {
      kind: 'offer',
      slots,
      standbys: standbys.map((standby) => this.offerOf(standby, member, 0, nowMs)),
      holdMs: this.env.settings.holdMs,
    });
    return true;
  }

  /**
   * Those who tell us roots stay with the origin. Who passes nothing on comes after those who do: what is left for it must
   * be more than they would need.
   */
  private mayBeServed(member: Member): boolean {
    if (!this.reporters.canDecide || this.reporters.isNeeded(member)) return false;
    return member.capacity > 0 || this.trees.spare - quartersOf(member.wanted) >= 4 * this.waiting[0].size;
  }

  private serveWaiting(nowMs: number): void {
    if (!this.trees.hasGrown) return;
    this.trees.hasGrown = false;
    let tries = SERVED_AT_ONCE;
    for (const queue of this.waiting) {
      for (const member of queue) {
        if (tries-- === 0 || this.trees.spare === 0) return;
        // To the end of the queue, where it stays if it gets nothing.
        queue.delete(member);
        if (this.serve(member, nowMs)) this.trees.hasGrown = true;
      }
    }
  }

  /** Brings those who pass much on nearer to the origin. */
  private improve(member: Member, nowMs: number): void {
    if (member.used > member.capacity) this.relieve(member, nowMs);
    if (member.capacity < 4 || nowMs - member.movedMs < MOVE_GAP_MS) return;
    if (member.isOnOrigin && this.waiting[0].has(member)) this.takeLeaf(member, nowMs);
    else if (!member.isOnOrigin && fedMask(member) === ALL_SUBSTREAMS) this.raise(member, nowMs);
  }

  /** A child that was to leave could not, or the line has become thinner: a leaf goes to whoever has room. */
  private relieve(member: Member, nowMs: number): void {
    for (const { child, mask, isConfirmed } of member.down.values()) {
      if (!isConfirmed || sendsOn(child, mask) || nowMs - child.movedMs < MOVE_GAP_MS) continue;
      const parts = partsOf(this.parts(child.rateKbps), mask);
      const plan = chooseParents(this.trees, child, parts, this.rules(child, nowMs));
      if (plan === null) return;
      child.movedMs = nowMs;
      return this.move(child, plan, nowMs);
    }
  }

  /**
   * A viewer that others live on changes places with one that nobody lives on, nearer to the origin: newcomers find room
   * only below others, so without this a swarm grows downwards. Both have two parents until the new one delivers.
   */
  private raise(member: Member, nowMs: number): void {
    const { trees } = this;
    if (member.up.some(({ isConfirmed }) => !isConfirmed)) return;
    for (const part of partsOf(this.parts(member.rateKbps), ALL_SUBSTREAMS)) {
      const above = member.up.filter(({ mask }) => mask & part);
      const old = above[0]?.parent;
      if (above.length !== 1 || old === undefined || above[0]!.mask !== part) continue;
      if (old.used > old.capacity || ![...member.down.values()].some(({ mask }) => mask & part)) continue;
      const depth = depthOf(member, part);
      if (depth <= MIN_RISE) continue;
      const mayMove = (leaf: Member): boolean =>
        nowMs - leaf.movedMs >= MOVE_GAP_MS &&
        leaf !== old &&
        !old.down.has(leaf.id) &&
        !leaf.down.has(old.id) &&
        !leaf.refused.includes(old.id) &&
        !isAncestor(leaf, old, part);
      const link = chooseLeaf(trees, member, part, depth - MIN_RISE, {
        ...this.rules(member, nowMs),
        mayMove,
      });
      if (link === null) continue;
      member.movedMs = link.child.movedMs = nowMs;
      this.move(member, new Map([[link.parent, part]]), nowMs);
      this.move(link.child, new Map([[old, part]]), nowMs);
      return;
    }
  }

  /** A leaf changes to a viewer that waits for a place; the place it leaves is for those who wait. */
  private takeLeaf(member: Member, nowMs: number): void {
    const leaf = this.trees.leaves.draw(() => this.env.random());
    if (leaf === undefined || nowMs - leaf.movedMs < MOVE_GAP_MS) return;
    if (leaf.up.some(({ isConfirmed }) => !isConfirmed) || member.down.has(leaf.id)) return;
    if (leaf.down.size > 0) return;
    if (spareOf(member) < 4 || leaf.refused.includes(member.id)) return;
    member.movedMs = leaf.movedMs = nowMs;
    this.move(leaf, new Map([[member, ALL_SUBSTREAMS]]), nowMs);
  }

  private move(member: Member, plan: Plan, nowMs: number): void {
    this.env.counters.moves++;
    const slots = this.reserve(member, plan, nowMs);
    this.env.send(member, { kind: 'move', slots, holdMs: this.env.settings.holdMs });
  }

  private plan(member: Member, nowMs: number): Plan | null {
    const parts = partsOf(this.parts(member.rateKbps), member.wanted);
    return chooseParents(this.trees, member, parts, this.rules(member, nowMs));
  }

  private rules(member: Member, nowMs: number): ChoiceRules {
    return {
      nowMs,
      random: () => this.env.random(),
      not: new Set([...member.refused, ...member.shunned]),
    };
  }

  private reserve(child: Member, plan: Plan, nowMs: number): PeerOffer[] {
    const untilMs = nowMs + this.env.settings.holdMs;
    return [...plan].map(([parent, mask]) => {
      this.trees.reserve(parent, child, mask, untilMs, nowMs);
      return this.offerOf(parent, child, mask, nowMs);
    });
  }

  private offerOf(parent: Member, child: Member, mask: number, nowMs: number): PeerOffer {
    const expiryS = Math.ceil((nowMs + this.env.settings.holdMs) / 1000);
    const pass = makePass(parent.linkKey, child.id, mask, expiryS);
    return { peer: parent.id, mask, ticket: parent.ticket, pass };
  }

  private unqueue(member: Member): void {
    member.wanted = 0;
    for (const queue of this.waiting) queue.delete(member);
  }

  private distrust(account: string): void {
    this.env.counters.wrongRoots++;
    this.reporters.distrust(account);
  }

  private publishRoots(nowMs: number): void {
    if (this.pendingRoots.length === 0 || nowMs - this.rootsSentMs < this.env.settings.rootsMs) return;
    const roots = this.pendingRoots;
    this.pendingRoots = [];
    this.rootsSentMs = nowMs;
    const isFirst = roots.some(({ segNo }) => segNo === 0);
    this.env.sendRoots(
      [...this.members.values()].filter((member) => !member.isAuditor && (isFirst || needsRoots(member))),
      roots,
    );
  }
}
