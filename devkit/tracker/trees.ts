import { isUsable, quartersOf, spareOf } from './member';
import type { Link, Member } from './member';
import { Sampler } from './sampler';

/** Former children whose word about a parent still counts. */
const MAX_PAST = 64;

/**
 * Who feeds whom in one swarm: four trees, one for each sub-stream, of links that are in use or reserved. A parent has no
 * more links than it can send, one aside while two viewers change places, and nobody feeds himself through others. All
 * questions take constant time, whatever the size.
 */
export class Trees {
  /** Members that have room, by the sub-stream that they send by preference. */
  readonly byHome = [0, 1, 2, 3].map(() => new Sampler<Member>());
  /** Those of them that the origin feeds. */
  readonly seeds = new Sampler<Member>();
  /** Those that could repair, with room or without. */
  readonly helpers = new Sampler<Member>();
  readonly onOrigin = new Sampler<Member>();
  /** Fed by others, and of no use to others. */
  readonly leaves = new Sampler<Member>();
  /** Quarters that members have room for. */
  spare = 0;
  /** There is room where there was none. */
  hasGrown = false;

  /** Links that wait to be confirmed, in the order of their ends. */
  private readonly reserved = new Set<Link>();
  private readonly counted = new Map<Member, number>();
  private readonly homeCapacity = [0, 0, 0, 0];

  constructor(readonly maxLagMs: number) {}

  get reservedCount(): number {
    return this.reserved.size;
  }

  /** Chooses the sub-stream of which there is least. */
  add(member: Member, nowMs: number): void {
    member.home = this.homeCapacity.indexOf(Math.min(...this.homeCapacity));
    this.homeCapacity[member.home]! += member.capacity;
    this.counted.set(member, 0);
    this.refresh(member, nowMs);
  }

  remove(member: Member, nowMs: number): void {
    for (const link of [...member.up, ...member.down.values()]) this.drop(link, nowMs);
    this.homeCapacity[member.home]! -= member.capacity;
    this.spare -= this.counted.get(member) ?? 0;
    this.counted.delete(member);
    for (const pool of [...this.byHome, this.seeds, this.helpers, this.onOrigin, this.leaves])
      pool.set(member, false);
  }

  /** Something of it has changed. `change` makes the change, where it is one of the capacity. */
  refresh(member: Member, nowMs: number, change?: () => void): void {
    const capacity = member.capacity;
    change?.();
    this.homeCapacity[member.home]! += member.capacity - capacity;
    const before = this.counted.get(member);
    if (before === undefined) return;
    const usable = isUsable(member, nowMs, this.maxLagMs);
    const spare = usable ? spareOf(member) : 0;
    this.spare += spare - before;
    if (spare > before) this.hasGrown = true;
    this.counted.set(member, spare);
    this.byHome[member.home]!.set(member, spare > 0);
    this.seeds.set(member, spare > 0 && member.isOnOrigin);
    this.helpers.set(member, usable);
    this.onOrigin.set(member, member.isOnOrigin && !member.isAuditor);
    this.leaves.set(member, member.capacity === 0 && !member.isOnOrigin);
  }

  /** A place at `parent` that waits for the child until `untilMs`; the caller has made sure that it may be. */
  reserve(parent: Member, child: Member, mask: number, untilMs: number, nowMs: number): void {
    this.reserved.add(
      this.insert({ parent, child, mask, isConfirmed: false, untilMs, madeMs: nowMs, denials: 0 }, nowMs),
    );
  }

  /** Both ends say that there is a link of which we know nothing: we were restarted. */
  adopt(parent: Member, child: Member, mask: number, nowMs: number): void {
    this.insert({ parent, child, mask, isConfirmed: true, untilMs: nowMs, madeMs: nowMs, denials: 0 }, nowMs);
  }

  /** The child says that it gets `mask` from there; what it does not use is free again. */
  confirm(link: Link, mask: number, nowMs: number): void {
    this.reserved.delete(link);
    link.isConfirmed = true;
    const kept = link.mask & mask;
    if (kept === 0) return this.drop(link, nowMs);
    this.shrink(link, kept, nowMs);
    this.refresh(link.child, nowMs);
  }

  shrink(link: Link, mask: number, nowMs: number): void {
    if (mask === 0) return this.drop(link, nowMs);
    link.parent.used -= quartersOf(link.mask) - quartersOf(mask);
    link.mask = mask;
    this.refresh(link.parent, nowMs);
  }

  drop(link: Link, nowMs: number): void {
    const { parent, child } = link;
    const place = child.up.indexOf(link);
    if (place < 0) return;
    child.up.splice(place, 1);
    parent.down.delete(child.id);
    parent.past.delete(child.id);
    parent.past.set(child.id, nowMs);
    if (parent.past.size > MAX_PAST) parent.past.delete(parent.past.keys().next().value!);
    parent.used -= quartersOf(link.mask);
    this.reserved.delete(link);
    this.refresh(parent, nowMs);
    this.refresh(child, nowMs);
  }

  /** Frees what was reserved and not taken. */
  expire(nowMs: number): void {
    for (const link of this.reserved) {
      if (link.untilMs > nowMs) break;
      this.drop(link, nowMs);
    }
  }

  private insert(link: Link, nowMs: number): Link {
    const { parent, child, mask } = link;
    child.up.push(link);
    parent.down.set(child.id, link);
    parent.used += quartersOf(mask);
    this.refresh(parent, nowMs);
    this.refresh(child, nowMs);
    return link;
  }
}
