import type { PeerId, TrackerRequest } from '../../p2p-core/swarm/tracker-types';
import type { Member } from './member';
import { Swarm } from './swarm';
import type { SwarmEnv } from './swarm';

/** GOP numbers of different swarms of a stream do not meet for years. */
const NUMBERS_OF_SWARM = 0x01000000;
/** Viewers that get different content, each or in groups. More groups than this, and the stream is not for sharing. */
const MAX_SWARMS = 8;
/** Rows of GOPs that fit nowhere, before a viewer starts a swarm of its own. */
const MAX_MISPLACED = 4;
/** GOPs that one row may add to a swarm's numbers. */
const MAX_NEW_GOPS = 4;
/** Numbers that nobody has gone on with for so long are of a stream that began anew. */
const STALE_MS = 15_000;
const GAP_GOPS = 16;

/** One variant of one stream: its viewers, in swarms of those who get the same content. */
export class Stream {
  readonly members = new Map<PeerId, Member>();
  private readonly accounts = new Map<string, number>();
  private readonly swarms: Swarm[] = [];
  private readonly homes = new Map<Member, Swarm>();

  constructor(
    readonly name: string,
    private readonly env: SwarmEnv,
  ) {}

  get allSwarms(): readonly Swarm[] {
    return this.swarms;
  }

  /** Those whose GOPs have the same numbers as this one's; undefined until it has some. */
  swarmOf(member: Member): Swarm | undefined {
    return this.homes.get(member);
  }

  countOf(account: string): number {
    return this.accounts.get(account) ?? 0;
  }

  add(member: Member): void {
    this.members.set(member.id, member);
    this.accounts.set(member.account, this.countOf(member.account) + 1);
    this.tellCrowd();
  }

  /** Behind the others: the first one is always the one that was silent for the longest time. */
  touch(member: Member): void {
    this.members.delete(member.id);
    this.members.set(member.id, member);
  }

  remove(member: Member, nowMs: number): void {
    if (!this.members.delete(member.id)) return;
    const left = this.countOf(member.account) - 1;
    if (left > 0) this.accounts.set(member.account, left);
    else this.accounts.delete(member.account);
    this.homes.get(member)?.remove(member, nowMs);
    this.homes.delete(member);
    this.tellCrowd();
  }

  /**
   * Whether there are viewers who can share nothing, since nobody can tell them what is true: no auditor looks at the origin,
   * and all of them have fewer accounts than must agree. So it is with a token that all users share.
   */
  isUndecided(quorum: number): boolean {
    return (
      this.members.size > 1 &&
      this.accounts.size < quorum &&
      !this.swarms.some(({ reporters }) => reporters.hasAuditor)
    );
  }

  private tellCrowd(): void {
    for (const swarm of this.swarms) swarm.reporters.setCrowd(this.members.size);
  }

  /** Gives the GOPs of a viewer their numbers; `unshareable` when every viewer gets something else. */
  anchor(
    member: Member,
    { gopNo, gops, bodies }: Extract<TrackerRequest, { kind: 'anchor' }>,
    nowMs: number,
  ): number | null | 'unshareable' {
    const swarm = this.homes.get(member);
    if (swarm !== undefined) {
      const placement = swarm.numbering.place(gops, bodies, gopNo);
      if (placement.kind !== 'known') return this.misplace(member, swarm, gops, bodies, nowMs);
      member.misplaced = 0;
      if (member.isAuditor) swarm.reporters.onMember(member);
      // Only those who were asked: others could push the true numbers out.
      const isTrusted =
        member.isAuditor || (member.isAsked && !swarm.reporters.hasAuditor) || swarm.size === 1;
      const newGops = placement.gopNo + gops.length - 1 - swarm.numbering.newestNo;
      if (isTrusted && newGops <= MAX_NEW_GOPS) swarm.numbering.add(nowMs, placement.gopNo, gops, bodies);
      return placement.gopNo;
    }
    for (const candidate of this.swarms) {
      const placement = candidate.numbering.place(gops, bodies, gopNo);
      if (placement.kind === 'many') return null;
      if (placement.kind !== 'known') continue;
      candidate.add(member, nowMs);
      this.homes.set(member, candidate);
      return placement.gopNo;
    }
    return this.found(member, gopNo, gops, bodies, nowMs);
  }

  /** A member whose GOPs do not fit any more: it missed some, or the whole stream began anew. */
  private misplace(
    member: Member,
    swarm: Swarm,
    gops: readonly Uint8Array[],
    bodies: readonly Uint8Array[],
    nowMs: number,
  ): number | null {
    // While it cannot say which GOP is which, viewers tell the roots.
    if (member.isAuditor) swarm.reporters.dismissAuditor(member);
    if (++member.misplaced < MAX_MISPLACED || nowMs - swarm.numbering.grownMs < STALE_MS) return null;
    member.misplaced = 0;
    // Nobody has gone on from where the numbers end: they go on here, behind a gap.
    const firstNo = swarm.numbering.newestNo + GAP_GOPS;
    swarm.numbering.add(nowMs, firstNo, gops, bodies);
    return firstNo;
  }

  private found(
    member: Member,
    gopNo: number | null,
    gops: readonly Uint8Array[],
    bodies: readonly Uint8Array[],
    nowMs: number,
  ): number | null | 'unshareable' {
    // The numbers of an empty swarm stand for nothing any more.
    let index = this.swarms.findIndex((swarm) => swarm.size === 0);
    if (index < 0) {
      // Its GOPs may just be newer than those that others have told us: theirs come too.
      if (this.swarms.length > 0 && ++member.misplaced < MAX_MISPLACED) return null;
      if (this.swarms.length >= MAX_SWARMS) return 'unshareable';
      index = this.swarms.length;
    }
    const firstNo = gopNo ?? (index + 1) * NUMBERS_OF_SWARM;
    const swarm = new Swarm(this.env, firstNo);
    this.swarms[index] = swarm;
    swarm.numbering.add(nowMs, firstNo, gops, bodies);
    swarm.add(member, nowMs);
    this.homes.set(member, swarm);
    return firstNo;
  }
}
