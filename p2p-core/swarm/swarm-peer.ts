import { equalBytes } from '../bytes/concat';
import type { CanonicalTag, GopHead, StreamInit } from './canonical-stream';
import { FeedControl } from './feed-control';
import { GopNumbers } from './gop-numbers';
import { LinkInbox } from './link-inbox';
import { encodeLinkMessage } from './link-messages';
import { isPassValid } from './link-pass';
import { Parents } from './parents';
import type { LinkId, SwarmPeerEnv, SwarmPeerOptions, SwarmPeerStats } from './peer-types';
import { PlayerFeed } from './player-feed';
import { Repair } from './repair';
import { Segmenter } from './segment';
import type { Segment } from './segment';
import { SegmentStore } from './segment-store';
import type { StoredSegment, StoreHandler } from './segment-store';
import { segmentWork } from './segment-work';
import { StreamClock } from './stream-clock';
import { FLV_TAG_BYTES, StreamRate } from './stream-rate';
import { TrackerTalk } from './tracker-talk';
import type { TrackerTalkEnv } from './tracker-talk';
import { ALL_SUBSTREAMS } from './tracker-types';
import type { PeerId, TrackerMessage } from './tracker-types';
import { Uploads } from './uploads';

const TICK_MS = 25;
const IDLE_TICK_MS = 500;
const BLOCKED_TICK_MS = 20;
/** An origin that ended while parents feed this viewer well. */
const MAX_LAG_WITHOUT_ORIGIN_MS = 3000;
const REOPEN_MS = 1000;
/** Heads that do not fit their roots, and the link is cut. */
const MAX_STRIKES = 3;
const MAX_UP_KBPS = 2000;
/** Of the stream's rate. */
const UPLOAD_BUDGET = 1.5;
const BYE_GRACE_MS = 1000;

/**
 * One viewer of a stream that many watch. It plays from the origin at once, like any other viewer. When its tracker has
 * found parents, and these have delivered the same stream for a while, it leaves the origin; it comes back to it, beside
 * the parents, before the player runs dry. What it has it hands on.
 *
 * Sans-IO: time and bytes come in, effects go out through the environment. After `stop` nothing goes out.
 */
export class SwarmPeer {
  private readonly store: SegmentStore;
  private readonly feed: PlayerFeed;
  private readonly clock = new StreamClock();
  private readonly uploads: Uploads;
  private readonly parents: Parents;
  private readonly repair: Repair;
  private readonly numbers = new GopNumbers((fromGopNo, delta) => this.feed.renumber(fromGopNo, delta));
  private readonly tracker: TrackerTalk;
  private readonly segmenter: Segmenter;
  private readonly control: FeedControl;
  private readonly inbox: LinkInbox;
  private readonly drawn = new Uint8Array(2);
  private nowMs = 0;
  private isStarted = false;

  private init: StreamInit | null = null;
  private isLoose = true;
  /** The GOP of the origin in which it differs from what the tracker says. */
  private oddGopNo = -1;
  private reopenMs = Infinity;

  private nextTickMs = Infinity;
  private upKbps = 0;
  private readonly rate = new StreamRate();
  private originBytes = 0;
  private controlBytes = 0;
  private repairs = 0;
  private reported = { up: 0, peer: 0, origin: 0, repairs: 0 };

  constructor(
    private readonly env: SwarmPeerEnv,
    private readonly options: SwarmPeerOptions,
  ) {
    const { work = segmentWork } = options;
    this.store = new SegmentStore(this.storeHandler(), work);
    this.feed = new PlayerFeed(work.join, {
      onInit: (init) => env.player.onInit(init),
      onGop: (head) => env.player.onGop(head),
      onTag: (tag) => {
        this.rate.onTag(tag.data.length);
        env.player.onTag(tag);
      },
      onGopEnd: () => undefined,
    });
    this.segmenter = new Segmenter((segment) => this.onOwnSegment(segment), work.make);
    this.uploads = new Uploads(
      {
        send: (link, message) => env.send(link, message),
        disconnect: (link) => env.disconnect(link),
        isPassValid: (child, mask, pass) =>
          isPassValid(options.linkKey, child, mask, pass, this.tracker.wallMs(this.nowMs)),
      },
      this.store,
    );
    this.parents = new Parents(
      {
        connect: (peer, ticket) => env.connect(peer, ticket),
        disconnect: (peer) => env.disconnect(peer),
        say: (peer, message) => this.say(peer, message),
        place: () => this.feed.next,
        childMask: (peer) => this.uploads.maskOf(peer),
        onChange: () => {
          env.report({ kind: 'peers' });
          this.control.onParentsChange(this.nowMs);
        },
      },
      options.peerId,
    );
    this.repair = new Repair(this.parents, {
      pull: (link, { gopNo, segNo }, wantsHead, wantsAll, indexes) =>
        this.say(link.peer, { kind: 'pull', gopNo, segNo, wantsHead, wantsAll, indexes }),
      onRepair: () => void this.repairs++,
      onDelay: (mask) => this.uploads.tellGap(this.nowMs, mask),
    });
    this.tracker = new TrackerTalk(this.trackerEnv(), this.numbers, this.parents);
    const { store, feed, clock, uploads, parents, repair, tracker } = this;
    this.control = new FeedControl(
      {
        openOrigin: () => this.openOrigin(),
        closeOrigin: () => this.closeOrigin(),
        chance: () => this.chance(),
        onChange: (isOnPeers, why) => env.report({ kind: 'feed', isOnPeers, why }),
      },
      { store, feed, clock, parents, repair, tracker },
      options.reserveMs,
    );
    this.inbox = new LinkInbox(
      { disconnect: (link) => env.disconnect(link), onChild: () => env.report({ kind: 'peers' }) },
      { store, parents, repair, uploads },
    );
    this.setUpload();
  }

  start(nowMs: number): void {
    this.nowMs = nowMs;
    this.isStarted = true;
    this.control.restart(nowMs);
    this.openOrigin();
  }

  /** Says good-bye; no effect follows. */
  stop(nowMs: number): void {
    if (!this.isStarted) return;
    this.nowMs = nowMs;
    this.leave(0);
    this.env.closeOrigin();
    this.isStarted = false;
    this.nextTickMs = Infinity;
  }

  // The origin.

  onOriginInit(nowMs: number, init: StreamInit): void {
    this.nowMs = nowMs;
    const known = this.init;
    this.init = init;
    if (known && !equalBytes(known.variantId, init.variantId)) this.changeStream();
    this.feed.onInit(init);
  }

  onOriginGop(nowMs: number, head: GopHead): void {
    this.nowMs = nowMs;
    this.clock.onArrival(nowMs);
    const { numbers, segmenter, feed } = this;
    if (!this.isLoose) {
      segmenter.gopEnd(head.gapMs);
      if (numbers.gopEnd()) this.tracker.onWholeGop(nowMs);
      this.tracker.step(nowMs, { kind: 'ready' });
    }
    this.isLoose = head.gopId === null;
    if (head.gopId === null) {
      feed.looseGop(head);
      return;
    }
    numbers.gopStart(head.gopId, Math.max(this.store.newestGopNo, feed.lastGopNo));
    segmenter.isSharing = this.tracker.isPossible;
    segmenter.gopStart(head.gopId);
    feed.originGopStart(head);
  }

  onOriginTag(nowMs: number, tag: CanonicalTag): void {
    this.nowMs = nowMs;
    this.clock.onArrival(nowMs);
    this.originBytes += tag.data.length + FLV_TAG_BYTES;
    if (this.isLoose) {
      this.feed.looseTag(tag);
      return;
    }
    const { feed, segmenter } = this;
    segmenter.tag(tag);
    const before = this.rate.bytes;
    feed.originTag({ gopNo: this.numbers.gopNo, segNo: segmenter.segNo, tagNo: segmenter.tagNo }, tag);
    if (this.rate.bytes > before) {
      this.clock.onTag(nowMs, feed.streamMs);
      if (this.control.mode.isOpening) this.control.step(nowMs, { kind: 'opened' });
    }
    this.nextTickMs = Math.min(this.nextTickMs, nowMs + (feed.isWaiting ? TICK_MS : IDLE_TICK_MS));
  }

  onOriginGopEnd(nowMs: number): void {
    this.nowMs = nowMs;
    if (!this.isLoose) this.feed.originGopEnd(this.numbers.gopNo);
  }

  /** The origin ended or failed. True: parents go on, and it is opened again when it is needed. */
  onOriginEnd(nowMs: number): boolean {
    this.nowMs = nowMs;
    this.endSource();
    const { fedMask } = this.parents;
    if (fedMask !== ALL_SUBSTREAMS || this.clock.lagMs(nowMs, this.feed.streamMs) > MAX_LAG_WITHOUT_ORIGIN_MS)
      return false;
    this.reopenMs = nowMs + REOPEN_MS;
    return true;
  }

  // The tracker.

  onTrackerState(nowMs: number, isUp: boolean): void {
    this.nowMs = nowMs;
    if (this.isStarted) this.tracker.onState(nowMs, isUp);
  }

  onTracker(nowMs: number, message: TrackerMessage): void {
    this.nowMs = nowMs;
    if (!this.isStarted) return;
    this.tracker.onMessage(nowMs, message);
    switch (message.kind) {
      case 'offer':
      case 'move': {
        const standbys = message.kind === 'offer' ? message.standbys : [];
        this.env.report({ kind: 'offer', slots: message.slots.length, standbys: standbys.length });
        this.parents.onOffer(nowMs, message.slots, standbys);
        break;
      }
      case 'roots':
        for (const { gopNo, segNo, root } of message.roots) this.store.addRoot(nowMs, gopNo, segNo, root);
        break;
      case 'ban':
        this.parents.lose(nowMs, message.peer, true);
        this.uploads.ban(message.peer);
        break;
      case 'refuse':
        this.env.report({ kind: 'tracker', isJoined: false, why: message.why });
        break;
      default:
        break;
    }
    this.pump();
  }

  // Links.

  onLink(nowMs: number, link: LinkId, isUp: boolean): void {
    this.nowMs = nowMs;
    if (!this.isStarted) return;
    if (this.parents.get(link)) {
      if (isUp) this.parents.onUp(nowMs, link);
      else this.parents.lose(nowMs, link, true);
    } else if (!isUp && this.uploads.remove(link)) this.env.report({ kind: 'peers' });
  }

  /** One whole message, unframed; it is the peer's from now on. */
  onLinkMessage(nowMs: number, link: LinkId, message: Uint8Array): void {
    this.nowMs = nowMs;
    if (!this.isStarted) return;
    const parent = this.parents.get(link);
    if (parent) this.inbox.onParentMessage(nowMs, parent, message);
    else this.inbox.onChildMessage(nowMs, link, message);
    this.pump();
  }

  // The world.

  onNetwork(nowMs: number, { isCellular, changed }: { isCellular: boolean; changed: boolean }): void {
    this.nowMs = nowMs;
    this.options.isCellular = isCellular;
    this.setUpload();
    if (!changed || !this.isStarted) return;
    // Every link and the origin's connection were on the old network.
    this.leave(0);
    this.closeOrigin();
    this.control.step(nowMs, { kind: 'restart' });
  }

  /** The network is about to be another one, and nobody knows yet what of the old one goes on: the origin is asked anew now. */
  onNetworkMoving(nowMs: number): void {
    this.nowMs = nowMs;
    if (!this.isStarted) return;
    if (this.control.mode.kind === 'peers') return this.control.step(nowMs, { kind: 'uncovered' });
    this.closeOrigin();
    this.openOrigin();
  }

  onUpload(nowMs: number, isAllowed: boolean): void {
    this.nowMs = nowMs;
    this.options.canUpload = isAllowed;
    this.setUpload();
    if (this.isStarted) this.tracker.reportNow(nowMs);
  }

  wakeAtMs(): number {
    return this.nextTickMs;
  }

  onWake(nowMs: number): void {
    this.nowMs = nowMs;
    if (!this.isStarted || nowMs < this.nextTickMs) return;
    if (this.rate.measure(this.feed.streamMs)) this.setUpload();
    this.store.trim(nowMs);
    this.parents.tick(nowMs);
    this.control.tick(nowMs);
    this.tracker.tick(nowMs);
    if (nowMs >= this.reopenMs && this.control.mode.kind !== 'peers') this.openOrigin();
    const isBusy = this.uploads.count > 0 || this.parents.fedMask > 0 || this.feed.isWaiting;
    this.nextTickMs = nowMs + (isBusy ? TICK_MS : IDLE_TICK_MS);
    this.pump();
  }

  stats(): SwarmPeerStats {
    const parents = this.parents.list();
    return {
      feed: this.control.mode.kind,
      isJoined: this.tracker.isIn,
      lagMs: this.clock.isKnown ? Math.max(0, this.clock.lagMs(this.nowMs, this.feed.streamMs)) : -1,
      originBytes: this.originBytes,
      peerBytes: this.inbox.peerBytes,
      upBytes: this.uploads.sentBytes,
      controlBytes: this.controlBytes + this.inbox.controlBytes + this.uploads.controlBytes,
      duplicateBytes: this.inbox.duplicateBytes,
      repairs: this.repairs,
      rescues: this.control.rescues,
      skips: this.control.skips,
      parents: parents.filter(({ mask }) => mask !== 0),
      children: this.uploads.list(),
      standbys: parents.filter(({ mask }) => mask === 0).length,
    };
  }

  // Origin: what is behind the inputs.

  private openOrigin(): void {
    this.reopenMs = Infinity;
    this.endSource();
    this.clock.onOpen(this.nowMs);
    this.env.openOrigin();
  }

  private closeOrigin(): void {
    this.reopenMs = Infinity;
    this.env.closeOrigin();
    this.endSource();
  }

  private endSource(): void {
    this.isLoose = true;
    this.segmenter.drop();
    this.numbers.sourceStart();
    this.feed.originStart();
  }

  private onOwnSegment(segment: Segment): void {
    const { numbers, nowMs } = this;
    const { gopNo } = numbers;
    numbers.segment(segment.root);
    if (!numbers.isSure || gopNo === this.oddGopNo || !this.tracker.isIn) return;
    const { segNo } = segment.head;
    if (this.tracker.wantsRoots) this.env.toTracker({ kind: 'root', gopNo, segNo, root: segment.root });
    this.store.addOwn(nowMs, gopNo, segment);
    this.pump();
  }

  /** Other headers: another stream, with a swarm of its own. */
  private changeStream(): void {
    this.leave(BYE_GRACE_MS);
    this.numbers.clear();
    this.feed.restart();
    this.clock.reset();
    this.isLoose = true;
    this.segmenter.drop();
    this.control.restart(this.nowMs);
  }

  // Segments.

  private storeHandler(): StoreHandler {
    return {
      onHead: (segment) => {
        const { head, gopNo } = segment;
        if (head!.gopId) this.numbers.learn(gopNo, head!.gopId);
        this.uploads.onHead(segment);
      },
      onPiece: (segment, index) => this.uploads.onPiece(segment, index),
      onComplete: () => this.control.drain(this.nowMs),
      onSent: (segment) => this.control.onSent(this.nowMs, segment),
      onOdd: ({ gopNo, segNo }) => {
        if (gopNo !== this.numbers.gopNo) return;
        this.oddGopNo = gopNo;
        this.numbers.segment(null);
        // A hole in the origin is a hole; another beginning means that the count is wrong.
        if (segNo === 0) this.numbers.doubt();
      },
      onBad: (from, segment, index) => this.onBad(from, segment, index),
    };
  }

  private onBad(from: PeerId, { gopNo, segNo }: StoredSegment, index: number): void {
    const link = this.parents.get(from);
    if (!link) return;
    // An honest origin-fed parent with a hole in its stream does not know of it before the root.
    if (index < 0 && ++link.strikes < MAX_STRIKES) return;
    this.parents.lose(this.nowMs, from, true);
    this.env.toTracker({ kind: 'bad', peer: from, gopNo, pieceNo: segNo * 0x10000 + Math.max(0, index) });
    this.env.report({ kind: 'bad-peer', peer: from });
  }

  private say(link: LinkId, message: Parameters<typeof encodeLinkMessage>[0]): void {
    const bytes = encodeLinkMessage(message);
    this.controlBytes += bytes.length;
    this.env.send(link, bytes);
  }

  /** Sends to children what may go now. */
  private pump(): void {
    if (this.uploads.count === 0) return;
    if (this.uploads.pump(this.nowMs))
      this.nextTickMs = Math.min(this.nextTickMs, this.nowMs + BLOCKED_TICK_MS);
  }

  // The swarm.

  private trackerEnv(): TrackerTalkEnv {
    return {
      send: (message) => this.env.toTracker(message),
      chance: () => this.chance(),
      join: () => {
        const { ticket, linkKey, isCellular, url, region = '' } = this.options;
        const own = { variant: this.init!.variantId, upKbps: this.upKbps, rateKbps: this.rate.kbps };
        this.env.toTracker({ kind: 'join', ticket, linkKey, isCellular, url, region, ...own });
      },
      report: () => this.sendReport(),
      onJoined: () => this.env.report({ kind: 'tracker', isJoined: true, why: '' }),
      // Links go on: what they bring is judged as before.
      onLeft: () => this.env.report({ kind: 'tracker', isJoined: false, why: 'lost' }),
      canWant: () => this.clock.pace !== 'slow' && !this.control.isHeld(this.nowMs) && !this.isLoose,
    };
  }

  private sendReport(): void {
    const { reported, uploads } = this;
    const stats = this.stats();
    this.env.toTracker({
      kind: 'report',
      lagMs: this.control.mode.kind === 'peers' ? this.control.usualLagMs : 0,
      lossPermille: Math.min(1000, 10 * (this.repairs - reported.repairs)),
      isOnOrigin: this.control.mode.kind !== 'peers',
      upKbps: this.upKbps,
      rateKbps: this.rate.kbps,
      upBytes: uploads.sentBytes - reported.up,
      peerBytes: this.inbox.peerBytes - reported.peer,
      originBytes: this.originBytes - reported.origin,
      parents: this.parents.list(),
      children: stats.children,
    });
    this.reported = {
      up: uploads.sentBytes,
      peer: this.inbox.peerBytes,
      origin: this.originBytes,
      repairs: this.repairs,
    };
  }

  /** All links end, and the tracker hears of it. */
  private leave(graceMs: number): void {
    if (this.tracker.isIn) this.env.toTracker({ kind: 'leave', graceMs });
    this.tracker.step(this.nowMs, { kind: 'reset' });
    this.uploads.dismiss(graceMs);
    this.parents.clear();
    this.store.clear();
  }

  private setUpload(): void {
    const { canUpload, isCellular, upKbps } = this.options;
    const budget = upKbps > 0 ? upKbps : Math.min(MAX_UP_KBPS, Math.ceil(UPLOAD_BUDGET * this.rate.kbps));
    this.upKbps = canUpload && !isCellular ? budget : 0;
    this.uploads.upKbps = this.upKbps;
    this.uploads.rateKbps = this.rate.kbps;
    if (this.upKbps === 0) this.uploads.dismiss(0);
  }

  private chance(): number {
    const bytes = this.drawn;
    this.options.random(bytes);
    return (bytes[0]! * 256 + bytes[1]!) / 65536;
  }
}
