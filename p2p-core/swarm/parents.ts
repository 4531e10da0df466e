import type { encodeLinkMessage } from './link-messages';
import { bitCount, SUB_STREAMS } from './segment';
import { ALL_SUBSTREAMS } from './tracker-types';
import type { PeerId, PeerOffer } from './tracker-types';

/** A call that takes longer finds no way through the NATs between. */
const CALL_TIMEOUT_MS = 2000;
const GREETING_TIMEOUT_MS = 1500;
/** A parent that announced a gap is waited for this long. */
const GAP_MS = 600;
/**
 * Five seconds of segments. With fewer, all below somebody who fails would look for others at once instead of waiting until
 * he is mended: two seconds cost six points of offload.
 */
const MAX_EXCUSED = 20;
/** Without a slot a sub-stream is sent this long by who is kind enough. */
const EMERGENCY_MS = 3000;
const REFUSED_MS = 3000;
/** How long a peer that failed is not asked for again. */
const AVOID_MS = 60_000;
/** One that was late may do better under another parent of its own. */
const AVOID_LATE_MS = 20_000;
const MAX_AVOIDED = 16;
/** Segments of which a piece came before the head, more than others, and heads are asked of who sent the pieces. */
const MAX_LATE_HEADS = 3;
/** Links to parents and standbys at a time. */
const MAX_PARENTS = 12;

type LinkState = 'calling' | 'greeting' | 'up';

export interface ParentLink {
  readonly peer: PeerId;
  state: LinkState;
  sinceMs: number;
  /** Anything came over it. */
  heardMs: number;
  pass: Uint8Array;
  /** Sub-streams that are reserved for us there. */
  granted: number;
  /** What was asked for last. */
  asked: number;
  askedHeads: boolean;
  gapUntilMs: number;
  /** Segments that it announced as late and that others had, less those that it sent in time. */
  excused: number;
  refusedUntilMs: number;
  /** Segments in a row of which it sent its part too late. */
  late: number;
  /** Heads that did not fit the root. */
  strikes: number;
}

export interface ParentsEnv {
  connect(peer: PeerId, ticket: string): void;
  disconnect(peer: PeerId): void;
  /** Small messages only: what cannot be sent is lost, and said again. */
  say(peer: PeerId, message: Parameters<typeof encodeLinkMessage>[0]): void;
  /** The segment that a new subscription begins with. */
  place(): { gopNo: number; segNo: number };
  /** The sub-streams that `peer` gets from here. */
  childMask(peer: PeerId): number;
  /** A parent was lost or found. */
  onChange(): void;
}

/**
 * Links to parents and standbys, and who of them sends which sub-stream. A sub-stream whose parent fails is asked of
 * another link for some seconds, until the tracker has found a parent with a slot.
 */
export class Parents {
  private readonly links = new Map<PeerId, ParentLink>();
  /** Who sends a sub-stream; null: nobody. */
  private readonly source: (PeerId | null)[] = [null, null, null, null];
  /** Who is to take over once it delivers. */
  private readonly heir: (PeerId | null)[] = [null, null, null, null];
  /** When the sub-stream's emergency ends; 0: it has a slot. */
  private readonly borrowedUntilMs = [0, 0, 0, 0];
  /**
   * One of them sends heads too: the one nearest to the origin, since nothing can be handed on without them, and a viewer
   * is near to it in the tree in which others live on it.
   */
  private headsFrom: PeerId | null = null;
  private lateHeads = 0;
  /** The player needs parents: what one of them does not send any more is asked of another. */
  mayBorrow = false;
  private readonly avoided = new Map<PeerId, number>();

  constructor(
    private readonly env: ParentsEnv,
    private readonly selfId: PeerId,
  ) {}

  get(peer: PeerId): ParentLink | undefined {
    return this.links.get(peer);
  }

  all(): IterableIterator<ParentLink> {
    return this.links.values();
  }

  sourceOf(sub: number): ParentLink | undefined {
    const peer = this.source[sub];
    return peer ? this.links.get(peer) : undefined;
  }

  list(): { peer: PeerId; mask: number }[] {
    const all: { peer: PeerId; mask: number }[] = [];
    for (const { peer, state } of this.links.values()) {
      if (state === 'up') all.push({ peer, mask: this.maskOf(peer) });
    }
    return all;
  }

  /** Sub-streams that somebody sends, with a slot or without. */
  get fedMask(): number {
    const { source } = this;
    let mask = 0;
    for (let sub = 0; sub < SUB_STREAMS; sub++) if (source[sub] !== null) mask |= 1 << sub;
    return mask;
  }

  /** Sub-streams that somebody sends who has a slot for us. */
  get heldMask(): number {
    const { source, borrowedUntilMs } = this;
    let mask = 0;
    for (let sub = 0; sub < SUB_STREAMS; sub++)
      if (source[sub] !== null && borrowedUntilMs[sub] === 0) mask |= 1 << sub;
    return mask;
  }

  /** Sub-streams for which the tracker has to find somebody. */
  get wantedMask(): number {
    let coming = this.heldMask;
    for (const { granted } of this.links.values()) coming |= granted;
    return ALL_SUBSTREAMS & ~coming;
  }

  avoid(nowMs: number): PeerId[] {
    const peers: PeerId[] = [];
    for (const [peer, untilMs] of this.avoided) {
      if (untilMs > nowMs) peers.push(peer);
      else this.avoided.delete(peer);
    }
    return peers.slice(-MAX_AVOIDED);
  }

  onOffer(nowMs: number, slots: readonly PeerOffer[], standbys: readonly PeerOffer[]): void {
    for (const offer of [...slots, ...standbys]) {
      const { peer, mask, pass, ticket } = offer;
      if (peer === this.selfId) continue;
      const link = this.links.get(peer);
      if (link) {
        if (mask === 0) continue;
        link.pass = pass;
        link.granted |= mask;
        if (link.state !== 'calling') this.greet(nowMs, link, mask);
        continue;
      }
      if (this.links.size >= MAX_PARENTS && !this.dropStandby(mask)) continue;
      this.links.set(peer, {
        peer,
        state: 'calling',
        sinceMs: nowMs,
        heardMs: nowMs,
        pass,
        granted: mask,
        asked: 0,
        askedHeads: false,
        gapUntilMs: 0,
        excused: 0,
        refusedUntilMs: 0,
        late: 0,
        strikes: 0,
      });
      this.env.connect(peer, ticket);
    }
  }

  onUp(nowMs: number, peer: PeerId): void {
    const link = this.links.get(peer);
    if (link) this.greet(nowMs, link, link.granted);
  }

  onWelcome(nowMs: number, link: ParentLink): void {
    if (link.state === 'up' && link.granted === 0) return;
    link.state = 'up';
    link.sinceMs = nowMs;
    for (let sub = 0; sub < SUB_STREAMS; sub++) {
      if (((link.granted >> sub) & 1) === 0 || this.source[sub] === link.peer) {
        if (this.source[sub] === link.peer && (link.granted >> sub) & 1) this.borrowedUntilMs[sub] = 0;
        continue;
      }
      if (this.source[sub] === null) {
        this.source[sub] = link.peer;
        this.borrowedUntilMs[sub] = 0;
        continue;
      }
      const passedOver = this.links.get(this.heir[sub]!);
      if (passedOver && passedOver !== link) passedOver.granted &= ~(1 << sub);
      this.heir[sub] = link.peer;
    }
    this.subscribe();
    this.env.onChange();
  }

  onRefuse(nowMs: number, link: ParentLink): void {
    if (link.state !== 'up') {
      this.lose(nowMs, link.peer, true);
      return;
    }
    // It has no room for what it did not reserve.
    link.refusedUntilMs = nowMs + REFUSED_MS;
    link.asked = -1;
    for (let sub = 0; sub < SUB_STREAMS; sub++) {
      if (this.source[sub] === link.peer && this.borrowedUntilMs[sub]! > 0) this.source[sub] = null;
    }
    this.borrow(nowMs);
  }

  onGap(nowMs: number, link: ParentLink, mask: number): void {
    link.gapUntilMs = nowMs + GAP_MS;
    // Who helps out and has nothing hangs on what failed us, or on us: somebody else may have it.
    let isLeft = false;
    for (let sub = 0; sub < SUB_STREAMS; sub++) {
      if (((mask >> sub) & 1) === 0 || this.source[sub] !== link.peer || this.borrowedUntilMs[sub] === 0)
        continue;
      this.source[sub] = null;
      isLeft = true;
    }
    if (!isLeft) return;
    this.borrow(nowMs);
    this.env.onChange();
  }

  /** Whether a gap is a reason for one more late segment that other parents have: not for who sends less than it excuses. */
  excuse(link: ParentLink): boolean {
    return ++link.excused < MAX_EXCUSED;
  }

  /** The first piece of a segment came from `peer`, and no head yet. */
  onHeadless(peer: PeerId): void {
    if (peer === this.headsFrom || ++this.lateHeads <= MAX_LATE_HEADS) return;
    this.headsFrom = peer;
    this.lateHeads = 0;
    this.subscribe();
  }

  /** A head came, and no piece before it. */
  onTimelyHead(): void {
    if (this.lateHeads > 0) this.lateHeads--;
  }

  /** Somebody is to take a sub-stream over. */
  get hasHeirs(): boolean {
    const { heir } = this;
    return heir[0] !== null || heir[1] !== null || heir[2] !== null || heir[3] !== null;
  }

  /** A true piece of a sub-stream came from `peer`. */
  onPiece(peer: PeerId, sub: number): void {
    if (this.heir[sub] !== peer) return;
    this.heir[sub] = null;
    const old = this.links.get(this.source[sub]!);
    this.source[sub] = peer;
    this.borrowedUntilMs[sub] = 0;
    if (old) old.granted &= ~(1 << sub);
    this.subscribe();
  }

  /** The link is gone, or has to go. `isBad`: the tracker is asked for others. */
  lose(nowMs: number, peer: PeerId, isBad: boolean): void {
    if (!this.links.delete(peer)) return;
    if (isBad) this.avoided.set(peer, nowMs + AVOID_MS);
    this.env.disconnect(peer);
    this.forgetSource(peer);
    this.borrow(nowMs);
    this.env.onChange();
  }

  /** It does not send what it should: somebody else has to. */
  giveUp(nowMs: number, link: ParentLink): void {
    // All of it, also what it was to take over: the tracker takes that back when it hears whom we avoid.
    link.granted = 0;
    link.late = link.excused = 0;
    link.refusedUntilMs = nowMs + REFUSED_MS;
    this.avoided.set(link.peer, nowMs + AVOID_LATE_MS);
    this.forgetSource(link.peer);
    this.borrow(nowMs);
    this.env.onChange();
  }

  /** Ends all subscriptions; links stay as standbys. */
  release(): void {
    for (let sub = 0; sub < SUB_STREAMS; sub++) {
      this.source[sub] = this.heir[sub] = null;
      this.borrowedUntilMs[sub] = 0;
    }
    for (const link of this.links.values()) link.granted = 0;
    this.subscribe();
  }

  clear(): void {
    this.release();
    for (const { peer } of [...this.links.values()]) {
      this.links.delete(peer);
      this.env.disconnect(peer);
    }
  }

  tick(nowMs: number): void {
    for (const link of this.links.values()) {
      const limitMs = link.state === 'calling' ? CALL_TIMEOUT_MS : GREETING_TIMEOUT_MS;
      if (link.state !== 'up' && nowMs - link.sinceMs > limitMs) this.lose(nowMs, link.peer, true);
    }
    for (let sub = 0; sub < SUB_STREAMS; sub++) {
      const untilMs = this.borrowedUntilMs[sub]!;
      if (untilMs > 0 && nowMs >= untilMs) this.source[sub] = null;
    }
    this.borrow(nowMs);
  }

  /** Asks other links for sub-streams that nobody sends. */
  borrow(nowMs: number): void {
    if (!this.mayBorrow) return;
    for (let sub = 0; sub < SUB_STREAMS; sub++) {
      if (this.source[sub] !== null) continue;
      const heir = this.heir[sub];
      if (heir) {
        this.source[sub] = heir;
        this.heir[sub] = null;
        this.borrowedUntilMs[sub] = 0;
        continue;
      }
      let best: ParentLink | null = null;
      for (const link of this.links.values()) {
        if (link.state !== 'up' || link.refusedUntilMs > nowMs || link.gapUntilMs > nowMs) continue;
        // It would wait for us.
        if ((this.env.childMask(link.peer) >> sub) & 1) continue;
        if (!best || bitCount(this.maskOf(link.peer)) < bitCount(this.maskOf(best.peer))) best = link;
      }
      if (!best) continue;
      const untilMs = this.borrowedUntilMs[sub]!;
      if ((best.granted >> sub) & 1) this.borrowedUntilMs[sub] = 0;
      else if (untilMs === 0) this.borrowedUntilMs[sub] = nowMs + EMERGENCY_MS;
      // The time runs on from the first who helped out. Nobody lives on alms: who helps may hang on us, and then nobody is fed.
      else if (untilMs <= nowMs) continue;
      this.source[sub] = best.peer;
    }
    this.subscribe();
  }

  /** What it sends. */
  maskOf(peer: PeerId): number {
    return maskOf(this.source, peer);
  }

  private forgetSource(peer: PeerId): void {
    for (let sub = 0; sub < SUB_STREAMS; sub++) {
      if (this.heir[sub] === peer) this.heir[sub] = null;
      if (this.source[sub] === peer) this.source[sub] = null;
    }
    if (this.headsFrom === peer) this.headsFrom = null;
  }

  private greet(nowMs: number, link: ParentLink, mask: number): void {
    if (link.state === 'calling') {
      link.state = 'greeting';
      link.sinceMs = nowMs;
    }
    this.env.say(link.peer, { kind: 'hello', child: this.selfId, mask, pass: link.pass });
  }

  /** Tells every link what it is to send, where that has changed. */
  private subscribe(): void {
    const heads = this.headsFrom ? this.links.get(this.headsFrom) : undefined;
    if (!heads || heads.state !== 'up' || this.maskOf(heads.peer) === 0) {
      this.headsFrom = this.source.find((peer) => peer !== null) || null;
    }
    for (const link of this.links.values()) {
      if (link.state !== 'up') continue;
      const mask = this.maskOf(link.peer) | maskOf(this.heir, link.peer);
      const wantsHeads = this.headsFrom === link.peer;
      if (mask === link.asked && wantsHeads === link.askedHeads) continue;
      link.asked = mask;
      link.askedHeads = wantsHeads;
      this.env.say(link.peer, { kind: 'sub', mask, wantsHeads, ...this.env.place() });
    }
  }

  /** Makes room; false when all links are needed. */
  private dropStandby(mask: number): boolean {
    if (mask === 0) return false;
    for (const { peer, granted, asked } of this.links.values()) {
      if (granted !== 0 || asked !== 0) continue;
      this.links.delete(peer);
      this.env.disconnect(peer);
      return true;
    }
    return false;
  }
}

/** Sub-streams that are `peer`'s. */
function maskOf(owners: readonly (PeerId | null)[], peer: PeerId): number {
  let mask = 0;
  for (let sub = 0; sub < SUB_STREAMS; sub++) if (owners[sub] === peer) mask |= 1 << sub;
  return mask;
}
