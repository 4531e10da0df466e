import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { isAncestor, quartersOf, spareOf } from '../../../devkit/tracker/member';
import type { Member } from '../../../devkit/tracker/member';
import type { TrackerSettings } from '../../../devkit/tracker/settings';
import type { Stream } from '../../../devkit/tracker/stream';
import { Tracker } from '../../../devkit/tracker/tracker';
import { toHex } from '../../../p2p-core/bytes/hex';
import { peerIdOf } from '../../../p2p-core/swarm/tracker-sealing';
import { isPassValid } from '../../../p2p-core/swarm/link-pass';
import type {
  LinkReport,
  PeerId,
  PeerOffer,
  SegmentRoot,
  TrackerMessage,
  TrackerRequest,
} from '../../../p2p-core/swarm/tracker-types';
import { Prng } from '../../sim/prng';

export const START_MS = 1_790_000_000_000;
const GOP_MS = 2000;

const hash = (text: string, bytes: number): Uint8Array =>
  new Uint8Array(createHash('sha256').update(text).digest().subarray(0, bytes));
export const gopId = (index: number, content = 'a'): Uint8Array => hash(`gop ${content} ${index}`, 16);
export const gopBody = (index: number, content = 'a'): Uint8Array => hash(`body ${content} ${index}`, 8);
export const rootOf = (index: number, segNo: number): Uint8Array => hash(`root ${index} ${segNo}`, 16);

/** A viewer as the tracker sees it: it believes what it is offered, or not, and says what it has. */
export class Viewer {
  readonly peer: PeerId;
  readonly linkKey: Uint8Array;
  readonly heard: TrackerMessage[] = [];
  parents: LinkReport[] = [];
  children: LinkReport[] = [];
  isOnOrigin = true;
  isAsked = false;
  gopNo: number | null = null;
  upKbps = 1500;
  rateKbps = 1000;
  isCellular = false;
  lagMs = 0;
  account: string;
  content = 'a';
  isAuditor = false;
  url = '';
  region = '';

  constructor(
    readonly crowd: Crowd,
    readonly name: number,
  ) {
    this.peer = peerIdOf(hash(`peer ${name}`, 16));
    this.linkKey = hash(`key ${name}`, 16);
    this.account = toHex(hash(`account ${name}`, 8));
  }

  send(request: TrackerRequest): void {
    const { tracker, nowMs } = this.crowd;
    const { peer, account, isAuditor } = this;
    tracker.receive(
      nowMs,
      { peer, account, stream: this.crowd.stream, expiryS: 4_000_000_000, isAuditor },
      request,
    );
    this.crowd.deliver();
  }

  join(): void {
    this.send({
      kind: 'join',
      variant: new Uint8Array(8),
      ticket: `ticket ${this.name}`,
      linkKey: this.linkKey,
      isCellular: this.isCellular,
      upKbps: this.isCellular ? 0 : this.upKbps,
      rateKbps: this.rateKbps,
      url: this.url,
      region: this.region,
    });
  }

  /** The GOPs that ended before `newest`. */
  anchor(newest = this.crowd.gopIndex, count = 4): void {
    const indexes = Array.from({ length: count }, (_, i) => newest - count + 1 + i);
    this.send({
      kind: 'anchor',
      gopNo: null,
      gops: indexes.map((index) => gopId(index, this.content)),
      bodies: indexes.map((index) => gopBody(index, this.content)),
    });
  }

  enter(): this {
    this.join();
    this.anchor();
    return this;
  }

  want(mask = 15, not: PeerId[] = []): void {
    this.send({ kind: 'want', mask, not });
  }

  report(): void {
    this.send({
      kind: 'report',
      lagMs: this.lagMs,
      lossPermille: 0,
      isOnOrigin: this.isOnOrigin,
      upKbps: this.isCellular ? 0 : this.upKbps,
      rateKbps: this.rateKbps,
      upBytes: 0,
      peerBytes: 0,
      originBytes: 0,
      parents: this.parents,
      children: this.children,
    });
  }

  /** Takes what it is offered, as both ends would. */
  take(slots: readonly PeerOffer[]): void {
    for (const { peer, mask, pass } of slots) {
      const parent = this.crowd.viewers.get(peer)!;
      assert.ok(isPassValid(parent.linkKey, this.peer, mask, pass, this.crowd.nowMs));
      this.crowd.unlink(this, mask);
      this.parents.push({ peer, mask });
      parent.children.push({ peer: this.peer, mask });
      this.lagMs = Math.max(this.lagMs, parent.lagMs + 100);
    }
    if (this.parents.reduce((mask, each) => mask | each.mask, 0) === 15) this.isOnOrigin = false;
    this.report();
  }

  last<K extends TrackerMessage['kind']>(kind: K): Extract<TrackerMessage, { kind: K }> | undefined {
    return this.heard.filter((each) => each.kind === kind).at(-1) as never;
  }
}

/** A tracker, and viewers that hear it at once. */
export class Crowd {
  readonly viewers = new Map<PeerId, Viewer>();
  readonly tracker: Tracker;
  readonly random: Prng;
  readonly told: { peers: readonly PeerId[]; roots: readonly SegmentRoot[] }[] = [];
  readonly audits: { url: string; isWanted: boolean }[] = [];
  readonly stream = 'ab'.repeat(16);
  nowMs = START_MS;
  /** Tells each GOP that has ended. */
  private eye: Viewer | null = null;
  private outbox: { peer: PeerId; message: TrackerMessage }[] = [];
  private count = 0;

  constructor(seed = 1, settings: Partial<TrackerSettings> = {}, stream?: string) {
    this.random = new Prng(seed);
    if (stream !== undefined) this.stream = stream;
    this.tracker = this.newTracker(settings);
  }

  newTracker(settings: Partial<TrackerSettings>): Tracker {
    return new Tracker(
      {
        random: () => this.random.next(),
        send: (peer, message) => this.outbox.push({ peer, message }),
        sendRoots: (peers, roots) => {
          this.told.push({ peers, roots });
          for (const peer of peers) this.outbox.push({ peer, message: { kind: 'roots', roots: [...roots] } });
        },
        audit: (_stream, url, isWanted) => this.audits.push({ url, isWanted }),
      },
      settings,
    );
  }

  get gopIndex(): number {
    return Math.floor((this.nowMs - START_MS) / GOP_MS) + 100;
  }

  viewer(change: Partial<Viewer> = {}): Viewer {
    const viewer = Object.assign(new Viewer(this, this.count++), change);
    this.viewers.set(viewer.peer, viewer);
    return viewer;
  }

  auditor(): Viewer {
    return (this.eye = this.viewer({ isAuditor: true, upKbps: 0, account: 'auditor' }).enter());
  }

  deliver(): void {
    while (this.outbox.length > 0) {
      const { peer, message } = this.outbox.shift()!;
      const viewer = this.viewers.get(peer);
      if (viewer === undefined) continue;
      viewer.heard.push(message);
      if (message.kind === 'ask') viewer.isAsked = message.wantsRoots;
      if (message.kind === 'anchor' && message.gopNo !== null) viewer.gopNo = message.gopNo;
    }
  }

  /** Ends what goes to `child` in `mask`, at both ends. */
  unlink(child: Viewer, mask: number): void {
    for (const link of [...child.parents]) {
      const parent = this.viewers.get(link.peer);
      const left = link.mask & ~mask;
      child.parents = child.parents.filter((each) => each !== link);
      if (left !== 0) child.parents.push({ peer: link.peer, mask: left });
      if (parent === undefined) continue;
      parent.children = parent.children.filter(({ peer }) => peer !== child.peer);
      if (left !== 0) parent.children.push({ peer: child.peer, mask: left });
    }
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.nowMs < untilMs) {
      const { gopIndex } = this;
      this.nowMs = Math.min(untilMs, this.nowMs + 250);
      if (this.gopIndex > gopIndex) this.eye?.anchor();
      this.tracker.tick(this.nowMs);
      this.deliver();
    }
  }

  get streams(): Stream[] {
    return [...(this.tracker as unknown as { streams: Map<string, Stream> }).streams.values()];
  }

  members(): Member[] {
    return this.streams.flatMap((stream) => [...stream.members.values()]);
  }

  member(viewer: Viewer): Member {
    return this.members().find(({ id }) => id === viewer.peer)!;
  }

  /** What holds after every message, whatever was said. */
  check(): void {
    for (const stream of this.streams) {
      for (const swarm of stream.allSwarms) {
        const members = [...stream.members.values()].filter((member) => stream.swarmOf(member) === swarm);
        let reserved = 0;
        let spare = 0;
        for (const member of members) {
          const given = [...member.down.values()].reduce((sum, link) => sum + quartersOf(link.mask), 0);
          assert.equal(member.used, given, 'what is given away is counted');
          for (const [id, link] of member.down) {
            assert.equal(link.child.id, id);
            assert.ok(link.child.up.includes(link), 'a link that one end has');
            assert.equal(stream.swarmOf(link.child), swarm, 'a link to one who has left');
          }
          for (const link of member.up) {
            assert.equal(link.parent.down.get(member.id), link, 'a link that one end has');
            for (const bit of [1, 2, 4, 8]) {
              if (link.mask & bit) assert.ok(!isAncestor(member, link.parent, bit), 'a circle');
            }
            assert.ok(link.mask > 0 && link.mask < 16);
            if (!link.isConfirmed) reserved++;
          }
          if (swarm.trees.helpers.has(member)) spare += spareOf(member);
        }
        assert.equal(swarm.trees.reservedCount, reserved, 'a reservation that nobody has');
        assert.equal(swarm.trees.spare, spare, 'room that is not there');
        assert.equal(swarm.size, members.length);
      }
    }
  }
}

/** Viewers with an auditor beside them, so that all may leave the origin. */
export function makeCrowd(count: number, change: Partial<Viewer> = {}, seed = 1): [Crowd, Viewer[]] {
  const crowd = new Crowd(seed);
  crowd.auditor();
  return [crowd, Array.from({ length: count }, () => crowd.viewer(change).enter())];
}
