import type { FeedEvent, FeedState } from './feed-mode';
import { firstFeedState, stepFeed } from './feed-mode';
import type { Parents } from './parents';
import type { PlayerFeed } from './player-feed';
import type { Repair } from './repair';
import { SEGMENT_MS } from './segment';
import type { SegmentStore, StoredSegment } from './segment-store';
import type { StreamClock } from './stream-clock';
import type { TrackerTalk } from './tracker-talk';
import { ALL_SUBSTREAMS } from './tracker-types';

const MAX_RESERVE_MS = 3000;
/** What is left of the player's reserve when parents feed it as usual: as much as the origin takes to open, within limits. */
const MIN_SPARE_MS = 300;
const MAX_SPARE_MS = 750;
/** Parents that are later than this are no parents, whatever the player could bear: it is the sum of all above them. */
const MAX_USUAL_LAG_MS = 700;
/** How much later than usual parents may be before the origin is opened beside them. */
const MIN_SLACK_MS = 150;
const MAX_SLACK_MS = 900;
/** On top of the time that the origin usually takes. */
const OPENING_MARGIN_MS = 200;
/** What all viewers see at once does not make all of them open the origin at once. */
const HERD_SPREAD = 0.3;
/** Sub-streams without a parent that has a slot. */
const MAX_UNHELD_MS = 8000;
/** A set of parents that does not become whole. */
const MAX_INCOMPLETE_MS = 15_000;
/** The origin has what comes next, and what is in front of it may come yet. */
const MAX_WAIT_MS = 3000;
/** But not so long that the player runs dry. */
const LAST_MS = 100;
/** Nothing was played, and parents had all the time in the world. */
const MAX_STILL_MS = 2000;
/** By which viewers differ in patience with a tracker that is away; of it, as much as HERD_SPREAD. */
const ROOTS_SPREAD_MS = 300;

export interface FeedControlEnv {
  openOrigin(): void;
  closeOrigin(): void;
  chance(): number;
  /** The origin was left, or is back. */
  onChange(isOnPeers: boolean, why: string): void;
}

export interface FeedParts {
  feed: PlayerFeed;
  clock: StreamClock;
  store: SegmentStore;
  parents: Parents;
  repair: Repair;
  tracker: TrackerTalk;
}

/** Decides from whom the player gets its stream: watches how late it is, and acts before the player notices. */
export class FeedControl {
  mode: FeedState;
  rescues = 0;
  /** Media that nobody had in time, so the picture jumped over it. */
  skips = 0;
  /** How far behind the origin parents usually are, at their worst. */
  usualLagMs = 500;
  private readonly patience: number;
  private waitingSinceMs = 0;
  /** Segments that parents did not deliver in time, while they are compared. */
  private readonly missed = new WeakSet<StoredSegment>();
  /** Since when some sub-streams have slots and others have none; 0: not so. */
  private unheldMs = 0;
  /** Time on the feed, and when it was another one. */
  private playedMs = 0;
  private movedMs = 0;

  constructor(
    private readonly env: FeedControlEnv,
    private readonly parts: FeedParts,
    /** Media that the player keeps in front of what it shows, at least. */
    private readonly minReserveMs: number,
  ) {
    this.mode = firstFeedState(0);
    this.patience = 1 - HERD_SPREAD * env.chance();
  }

  restart(nowMs: number): void {
    this.mode = firstFeedState(nowMs);
    this.unheldMs = 0;
  }

  /** Enough time is left of a hold that slots would be of no use. */
  isHeld(nowMs: number): boolean {
    return nowMs + MAX_UNHELD_MS < this.mode.holdUntilMs;
  }

  /** Plays what is whole, as long as it is the next. */
  drain(nowMs: number): void {
    const { feed, store, clock } = this.parts;
    for (;;) {
      const segment = store.get(feed.next.gopNo, feed.next.segNo);
      if (!segment || segment.leftCount !== 0) return;
      if (this.mode.kind === 'peers') this.noteLag(clock.lagMs(nowMs, feed.streamMs));
      feed.segment(segment);
    }
  }

  /** Parents have sent all of a segment. */
  onSent(nowMs: number, segment: StoredSegment): void {
    this.parts.repair.onSent(segment);
    const { ownMs, sentMs } = segment;
    if (this.mode.kind !== 'trial' || ownMs <= this.mode.sinceMs) return;
    const spanMs = this.spanOf(segment);
    const lagMs = sentMs - ownMs + spanMs;
    this.noteLag(Math.max(0, lagMs));
    if (lagMs <= this.allowedLagMs && this.parts.clock.pace === 'real')
      this.step(nowMs, { kind: 'delivered', mediaMs: spanMs });
    else this.step(nowMs, { kind: 'missed' });
  }

  /** How long the origin took to give a segment of which it has given all: its media. */
  private spanOf({ gopNo, segNo, ownMs }: StoredSegment): number {
    const before = this.parts.store.get(gopNo, segNo - 1);
    return before && before.ownMs > 0 ? Math.min(SEGMENT_MS, ownMs - before.ownMs) : SEGMENT_MS;
  }

  private get reserveMs(): number {
    return Math.min(MAX_RESERVE_MS, Math.max(this.minReserveMs, this.parts.clock.burstMs));
  }

  /** How much later than usual parents may be, and the origin can still be opened before the player runs dry. */
  private get slackMs(): number {
    return this.reserveMs - OPENING_MARGIN_MS - this.parts.clock.originOpenMs - this.usualLagMs;
  }

  /** With more, nothing would be left of the player's reserve for what goes wrong, or every viewer below would lag too much. */
  private get allowedLagMs(): number {
    const openMs = this.parts.clock.originOpenMs + MIN_SLACK_MS;
    const spareMs = Math.min(MAX_SPARE_MS, Math.max(MIN_SPARE_MS, openMs));
    return Math.min(MAX_USUAL_LAG_MS, this.parts.tracker.maxLagMs, this.reserveMs - spareMs);
  }

  private noteLag(lagMs: number): void {
    this.usualLagMs = Math.max(lagMs, this.usualLagMs + (lagMs - this.usualLagMs) / 64);
  }

  step(nowMs: number, event: FeedEvent): void {
    // Nobody but the origin knows what follows in a GOP without a number.
    if ((event.kind === 'recovered' || event.kind === 'delivered') && !this.parts.feed.isPlaceSure) return;
    const before = this.mode.kind;
    const [next, effects] = stepFeed(this.mode, event, nowMs, this.env.chance());
    this.mode = next;
    if (before === 'peers' && (event.kind === 'late' || event.kind === 'uncovered')) this.rescues++;
    for (const effect of effects) {
      if (effect === 'open') this.env.openOrigin();
      else if (effect === 'close') this.env.closeOrigin();
      else this.parts.parents.release();
    }
    if (next.holdUntilMs > nowMs && next.kind === 'origin') this.parts.tracker.rest(next.holdUntilMs);
    this.parts.parents.mayBorrow = next.kind !== 'origin';
    if (before === next.kind) return;
    this.unheldMs = 0;
    const isReleased = effects.includes('release');
    if ((before === 'peers') !== (next.kind === 'peers'))
      this.env.onChange(next.kind === 'peers', event.kind);
    if (before === 'peers' || next.kind === 'peers' || isReleased) this.parts.tracker.reportNow(nowMs);
  }

  tick(nowMs: number): void {
    this.watchFeed(nowMs);
    this.watchParents(nowMs);
  }

  private watchFeed(nowMs: number): void {
    if (this.parts.clock.pace === 'slow') this.step(nowMs, { kind: 'uncovered' });
    const { mode } = this;
    const { feed, clock, parents } = this.parts;
    const lagMs = clock.lagMs(nowMs, feed.streamMs);
    if (feed.streamMs !== this.playedMs) {
      this.playedMs = feed.streamMs;
      this.movedMs = nowMs;
    }
    const isBlind = this.parts.tracker.rootsLateMs(nowMs) > (1 - this.patience) * ROOTS_SPREAD_MS;
    if (mode.kind === 'peers') {
      // Whatever the clock says.
      if (nowMs - this.movedMs > MAX_STILL_MS) this.step(nowMs, { kind: 'late' });
      if (isBlind) this.step(nowMs, { kind: 'late' });
      const { slackMs } = this;
      const allowedMs = this.patience * Math.min(MAX_SLACK_MS, Math.max(MIN_SLACK_MS, slackMs));
      if (lagMs > this.usualLagMs + allowedMs) this.step(nowMs, { kind: 'late' });
    } else if (mode.isOpening && !isBlind && lagMs < this.usualLagMs && parents.fedMask === ALL_SUBSTREAMS) {
      // Not while nothing can be checked: what it has is played soon, and nothing would follow.
      this.step(nowMs, { kind: 'recovered' });
    }
    if (!feed.isWaiting) {
      this.waitingSinceMs = nowMs;
      return;
    }
    // Nobody sends it, and nobody is asked for it.
    const isLost = mode.kind === 'origin' && parents.fedMask === 0;
    if (!isLost && nowMs - this.waitingSinceMs < MAX_WAIT_MS && lagMs < this.reserveMs - LAST_MS) return;
    if (!feed.jump()) return;
    this.skips++;
    clock.reset();
    this.step(nowMs, { kind: 'opened' });
    this.drain(nowMs);
  }

  private watchParents(nowMs: number): void {
    const { mode } = this;
    const { parents, store, repair, feed, tracker } = this.parts;
    if (mode.kind !== 'origin') {
      // The origin begins with its newest GOP: what is missing in front of that can only come from others.
      const isNeeded = mode.kind === 'peers' || mode.isOpening || feed.isWaiting;
      const { next } = feed;
      for (const segment of store.unfinished()) {
        const isWhole = isNeeded ? segment.leftCount === 0 : segment.sentMs > 0;
        if (isWhole || segment.bornMs < mode.sinceMs - MAX_RESERVE_MS) continue;
        const isPast =
          segment.gopNo < next.gopNo || (segment.gopNo === next.gopNo && segment.segNo < next.segNo);
        if (isNeeded && isPast) continue;
        if (!isNeeded && (segment.ownMs === 0 || segment.ownMs <= mode.sinceMs)) continue;
        repair.check(nowMs, segment, isNeeded);
        if (
          !isNeeded &&
          nowMs - segment.ownMs + this.spanOf(segment) > this.allowedLagMs &&
          !this.missed.has(segment)
        ) {
          this.missed.add(segment);
          this.step(nowMs, { kind: 'missed' });
        }
      }
    }
    const held = parents.heldMask;
    const isPartial = held !== ALL_SUBSTREAMS && parents.wantedMask !== ALL_SUBSTREAMS;
    if (!isPartial && !(held === 0 && mode.kind !== 'origin')) this.unheldMs = 0;
    else if (this.unheldMs === 0) this.unheldMs = nowMs;
    else if (nowMs - this.unheldMs > (mode.kind === 'origin' ? MAX_INCOMPLETE_MS : MAX_UNHELD_MS)) {
      this.unheldMs = 0;
      if (mode.kind === 'origin') {
        parents.release();
        tracker.reportNow(nowMs);
        tracker.rest(nowMs + MAX_INCOMPLETE_MS);
      } else this.step(nowMs, { kind: 'uncovered' });
    }
  }

  onParentsChange(nowMs: number): void {
    const { parents, tracker } = this.parts;
    if (parents.heldMask === ALL_SUBSTREAMS) this.step(nowMs, { kind: 'covered' });
    else if (parents.wantedMask !== 0 && this.mode.kind !== 'origin') tracker.hurry(nowMs);
    // Nobody is left to ask: there is nothing to wait for.
    if (this.mode.kind === 'peers' && parents.fedMask !== ALL_SUBSTREAMS) this.step(nowMs, { kind: 'late' });
  }
}
