import type { Member } from './member';
import type { Trees } from './trees';

interface ReportersEnv {
  readonly settings: { quorum: number };
  random(): number;
  send(member: Member, message: { kind: 'ask'; wantsRoots: boolean }): void;
}

/** How many are looked at. */
const DRAWS = 12;
/** From so many viewers on, one more than the quorum is asked: one may go, or lie. */
const SPARE_FROM = 30;
const MAX_DISTRUSTED = 1000;

/**
 * Who tells the roots of what comes from the origin: the auditor where there is one, else as many viewers that the origin
 * feeds, of different accounts, as a root needs. Without them nobody could check what he gets from others, so they are
 * kept with the origin.
 */
export class Reporters {
  private readonly asked = new Set<Member>();
  private readonly distrusted = new Set<string>();
  private auditor: Member | null = null;
  private viewerCount = 0;

  constructor(
    private readonly env: ReportersEnv,
    private readonly trees: Trees,
  ) {}

  get count(): number {
    return this.asked.size;
  }

  get hasAuditor(): boolean {
    return this.auditor !== null;
  }

  /** Whether roots can become true: without, parents would be of no use to anybody. */
  get canDecide(): boolean {
    return this.auditor !== null || this.asked.size >= this.env.settings.quorum;
  }

  /** Whether it has to stay with the origin. */
  isNeeded(member: Member): boolean {
    return this.auditor === null && this.asked.has(member);
  }

  /** How many viewers the stream has, those included whose GOPs have no numbers yet. */
  setCrowd(viewerCount: number): void {
    this.viewerCount = viewerCount;
    this.fill();
  }

  onMember(member: Member): void {
    if (member.isAuditor) this.auditor = member;
    else if (!member.isOnOrigin) this.release(member);
    this.fill();
  }

  /** The auditor has lost its place in the stream. */
  dismissAuditor(member: Member): void {
    if (this.auditor !== member) return;
    this.auditor = null;
    this.fill();
  }

  onGone(member: Member): void {
    if (this.auditor === member) this.auditor = null;
    this.asked.delete(member);
    member.isAsked = false;
    this.fill();
  }

  /** Its word was not what others found. */
  distrust(account: string): void {
    if (this.distrusted.size < MAX_DISTRUSTED) this.distrusted.add(account);
    for (const member of [...this.asked]) if (member.account === account) this.release(member);
    this.fill();
  }

  private fill(): void {
    // A viewer alone has nobody to check anything for.
    if (this.auditor !== null || this.viewerCount < 2) {
      for (const member of [...this.asked]) this.release(member);
      return;
    }
    const wanted = this.env.settings.quorum + (this.viewerCount >= SPARE_FROM ? 1 : 0);
    for (const member of this.trees.onOrigin.drawSome(DRAWS, () => this.env.random())) {
      if (this.asked.size >= wanted) return;
      if (this.asked.has(member) || this.distrusted.has(member.account)) continue;
      if ([...this.asked].some(({ account }) => account === member.account)) continue;
      this.asked.add(member);
      member.isAsked = true;
      this.env.send(member, { kind: 'ask', wantsRoots: true });
    }
  }

  private release(member: Member): void {
    if (!this.asked.delete(member)) return;
    member.isAsked = false;
    this.env.send(member, { kind: 'ask', wantsRoots: false });
  }
}
