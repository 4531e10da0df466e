import type { GopNumbers } from './gop-numbers';
import { stepMember } from './membership';
import type { MemberEvent, Membership } from './membership';
import type { Parents } from './parents';
import { ALL_SUBSTREAMS } from './tracker-types';
import type { TrackerMessage, TrackerRequest } from './tracker-types';

const REPORT_MS = 10_000;
const MAX_LAG_MS = 1500;
/** A lost parent is asked for again soon, a whole set when there may be more viewers. */
const WANT_MS = 1500;
const IDLE_WANT_MS = 12_000;
const ALONE_MS = 5000;
/** Roots that are so much later than usual will not come. */
const MIN_ROOTS_SLACK_MS = 225;

export interface TrackerTalkEnv {
  send(message: TrackerRequest): void;
  /** Number in [0, 1). */
  chance(): number;
  join(): void;
  report(): void;
  onJoined(): void;
  /** Everything agreed with the tracker is void. */
  onLeft(): void;
  /** Parents may be asked for: this viewer could leave the origin. */
  canWant(): boolean;
}

/** What this viewer and its tracker say to each other, and when. */
export class TrackerTalk {
  isUp = true;
  /** Tell the roots of what comes from the origin. */
  wantsRoots = false;
  maxLagMs = MAX_LAG_MS;
  private member: Membership = { kind: 'out' };
  private offsetMs = 0;
  private epoch = -1;
  private reportEveryMs = REPORT_MS;
  private reportMs = Infinity;
  private wantMs = 0;
  /** The first GOP that the tracker was asked about. */
  private asked: { gopNo: number; sourceNo: number } | null = null;
  private rootsMs = -Infinity;
  /** Between messages of roots, and how far that is from the mean. */
  private gapMs = 0;
  private gapDeviationMs = 0;

  constructor(
    private readonly env: TrackerTalkEnv,
    private readonly numbers: GopNumbers,
    private readonly parents: Parents,
  ) {}

  get isIn(): boolean {
    return this.member.kind === 'in';
  }

  /** There may be somebody to share the stream with, now or soon. */
  get isPossible(): boolean {
    return this.isUp && this.member.kind !== 'never';
  }

  /**
   * By how much roots are later than they ever should be; below 0: not so. Without them nothing that others send can be
   * played, so this tells sooner than the stream's own lag that the tracker is away.
   */
  rootsLateMs(nowMs: number): number {
    return nowMs - this.rootsMs - this.gapMs - Math.max(MIN_ROOTS_SLACK_MS, 4 * this.gapDeviationMs);
  }

  private noteRoots(nowMs: number): void {
    const gapMs = nowMs - this.rootsMs;
    this.rootsMs = nowMs;
    if (gapMs === Infinity) return;
    this.gapDeviationMs += (Math.abs(gapMs - this.gapMs) - this.gapDeviationMs) / 4;
    this.gapMs += (gapMs - this.gapMs) / 4;
  }

  /** The tracker's clock. */
  wallMs(nowMs: number): number {
    return nowMs + this.offsetMs;
  }

  step(nowMs: number, event: MemberEvent): void {
    const [next, effects] = stepMember(this.member, event, nowMs, this.env.chance());
    this.member = next;
    for (const effect of effects) {
      if (effect === 'join') this.env.join();
      else if (effect === 'number') this.askNumbers();
      else if (effect === 'joined') {
        this.wantMs = nowMs;
        this.reportMs = nowMs + this.reportEveryMs * (0.5 + 0.5 * this.env.chance());
        this.env.onJoined();
      } else this.env.onLeft();
    }
  }

  onState(nowMs: number, isUp: boolean): void {
    this.isUp = isUp;
    if (!isUp) this.step(nowMs, { kind: 'lost' });
  }

  /** The parts of a message that are not about parents or pieces. */
  onMessage(nowMs: number, message: TrackerMessage): void {
    this.step(nowMs, { kind: 'answered' });
    switch (message.kind) {
      case 'welcome':
        this.offsetMs = message.nowMs - nowMs;
        this.reportEveryMs = Math.max(1000, message.reportMs);
        this.maxLagMs = Math.min(MAX_LAG_MS, message.maxLagMs);
        if (this.epoch >= 0 && this.epoch !== message.epoch) this.env.onLeft();
        this.epoch = message.epoch;
        this.step(nowMs, { kind: 'welcome' });
        return;
      case 'anchor':
        this.onNumbers(nowMs, message.gopNo);
        return;
      case 'offer':
        this.wantMs =
          nowMs + (message.slots.length > 0 ? WANT_MS : IDLE_WANT_MS * (0.75 + 0.5 * this.env.chance()));
        return;
      case 'roots':
        this.noteRoots(nowMs);
        return;
      case 'ask':
        this.wantsRoots = message.wantsRoots;
        return;
      case 'refuse':
        this.step(nowMs, { kind: 'refused', retryMs: message.retryMs, isUnknown: message.why === 'unknown' });
        return;
      default:
        return;
    }
  }

  /**
   * A GOP of the origin is whole. Its number is asked for; or told, where the tracker relies on us, and by a viewer that
   * hears of no roots: it is alone, and who comes next has only newer GOPs to ask about.
   */
  onWholeGop(nowMs: number): void {
    if (!this.isIn || !this.numbers.isSure) return this.askNumbers();
    const isAlone = nowMs - this.rootsMs > ALONE_MS;
    if (this.wantsRoots || isAlone) this.sendGops(false);
  }

  private askNumbers(): void {
    const { kind } = this.member;
    if (kind === 'numbering' || (kind === 'in' && !this.numbers.isSure)) this.sendGops(true);
  }

  private sendGops(isQuestion: boolean): void {
    const { numbers } = this;
    const question = numbers.question();
    if (!question) return;
    const { gops, bodies, firstGopNo } = question;
    if (isQuestion) this.asked = { gopNo: firstGopNo, sourceNo: numbers.sourceNo };
    this.env.send({ kind: 'anchor', gopNo: numbers.isSure ? firstGopNo : null, gops, bodies });
  }

  /** A parent was lost: another one is asked for now. */
  hurry(nowMs: number): void {
    this.wantMs = Math.min(this.wantMs, nowMs + 50);
  }

  /** Nobody is asked before. */
  rest(untilMs: number): void {
    this.wantMs = Math.max(this.wantMs, untilMs);
  }

  tick(nowMs: number): void {
    this.step(nowMs, { kind: 'tick' });
    if (!this.isIn) return;
    if (nowMs >= this.reportMs) this.reportNow(nowMs);
    if (nowMs < this.wantMs) return;
    const mask = this.parents.wantedMask;
    if (mask === 0 || !this.env.canWant()) return;
    this.wantMs = nowMs + (mask === ALL_SUBSTREAMS ? IDLE_WANT_MS : WANT_MS);
    this.env.send({ kind: 'want', mask, not: this.parents.avoid(nowMs) });
  }

  reportNow(nowMs: number): void {
    if (!this.isIn) return;
    this.reportMs = nowMs + this.reportEveryMs;
    this.env.report();
  }

  private onNumbers(nowMs: number, gopNo: number | null): void {
    const { asked, numbers } = this;
    if (gopNo !== null && asked && asked.sourceNo === numbers.sourceNo) {
      this.asked = null;
      const delta = gopNo - asked.gopNo;
      if (!numbers.isSure) numbers.settle(delta);
      else if (delta !== 0) numbers.doubt();
    }
    this.step(nowMs, { kind: 'numbered', isKnown: gopNo !== null });
  }
}
