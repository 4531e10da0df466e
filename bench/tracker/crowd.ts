import { randomFillSync } from 'node:crypto';
import { Tracker } from '../../devkit/tracker/tracker';
import { toBase64Url } from '../../p2p-core/bytes/base64url';
import type { LinkReport, PeerId, TrackerMessage } from '../../p2p-core/swarm/tracker-types';
import { Prng } from '../../test/sim/prng';

/** Of this process, whatever else the machine does. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const START_MS = 1_790_000_000_000;
const CELLULAR_SHARE = 0.3;

interface Viewer {
  peer: PeerId;
  isCellular: boolean;
  isOnOrigin: boolean;
  lagMs: number;
  parents: LinkReport[];
  children: LinkReport[];
}

/** A stream of `count` viewers that believe what they are offered; only the tracker's own time counts. */
export class BenchCrowd {
  readonly tracker: Tracker;
  readonly viewers = new Map<PeerId, Viewer>();
  requests = 0;
  messages = 0;
  /** Spent inside the tracker. */
  busyMs = 0;
  private nowMs = START_MS;
  private readonly random: Prng;
  private outbox: { peer: PeerId; message: TrackerMessage }[] = [];

  constructor(seed: number) {
    this.random = new Prng(seed);
    this.tracker = new Tracker({
      random: () => this.random.next(),
      send: (peer, message) => this.outbox.push({ peer, message }),
      sendRoots: () => {},
    });
    // The auditor lets everybody leave the origin.
    const auditor = this.enter(true);
    this.say(auditor, { kind: 'report', ...this.report(auditor) });
  }

  get onPeers(): number {
    return this.tracker.stats().onPeers;
  }

  enter(isAuditor = false): Viewer {
    const bytes = new Uint8Array(9);
    randomFillSync(bytes);
    const viewer: Viewer = {
      peer: toBase64Url(bytes),
      isCellular: this.random.chance(CELLULAR_SHARE),
      isOnOrigin: true,
      lagMs: 0,
      parents: [],
      children: [],
    };
    this.viewers.set(viewer.peer, viewer);
    const join = {
      kind: 'join',
      variant: new Uint8Array(8),
      ticket: `XP2P${viewer.peer.repeat(6)}%2.4.0`,
      linkKey: new Uint8Array(16).fill(1),
      isCellular: viewer.isCellular,
      upKbps: isAuditor || viewer.isCellular ? 0 : 1500,
      rateKbps: 1000,
      url: '',
      region: '',
    } as const;
    this.say(viewer, join, isAuditor);
    const gops = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
    const bodies = [new Uint8Array(8), new Uint8Array(8)];
    this.say(viewer, { kind: 'anchor', gopNo: null, gops, bodies }, isAuditor);
    if (isAuditor) this.viewers.delete(viewer.peer);
    return viewer;
  }

  /** One report interval of everybody; a tenth of the viewers is replaced meanwhile. */
  round(): void {
    for (const viewer of [...this.viewers.values()]) {
      this.nowMs += 10_000 / this.viewers.size;
      if (this.random.chance(0.1)) {
        this.leave(viewer);
        this.want(this.enter());
      } else if (viewer.isOnOrigin) this.want(viewer);
      else this.say(viewer, { kind: 'report', ...this.report(viewer) });
    }
    const beforeMs = cpuMs();
    for (let i = 0; i < 40; i++) this.tracker.tick(this.nowMs);
    this.busyMs += cpuMs() - beforeMs;
  }

  private want(viewer: Viewer): void {
    this.say(viewer, { kind: 'want', mask: 15, not: [] });
    for (const { peer, message } of this.outbox.splice(0)) {
      const child = this.viewers.get(peer);
      if (child === undefined || (message.kind !== 'offer' && message.kind !== 'move')) continue;
      for (const slot of message.slots) this.link(child, slot);
      this.say(child, { kind: 'report', ...this.report(child) });
    }
  }

  private link(child: Viewer, { peer, mask }: LinkReport): void {
    this.unlink(child, mask);
    if (child.parents.length === 0) child.lagMs = 0;
    child.parents.push({ peer, mask });
    const parent = this.viewers.get(peer);
    parent?.children.push({ peer: child.peer, mask });
    child.lagMs = Math.max(child.lagMs, (parent?.lagMs ?? 0) + 60);
    child.isOnOrigin = child.parents.reduce((all, each) => all | each.mask, 0) !== 15;
  }

  private unlink(child: Viewer, mask: number): void {
    for (const link of child.parents.filter((each) => each.mask & mask)) {
      child.parents.splice(child.parents.indexOf(link), 1);
      const parent = this.viewers.get(link.peer);
      if (parent) parent.children = parent.children.filter(({ peer }) => peer !== child.peer);
    }
  }

  private leave(viewer: Viewer): void {
    this.viewers.delete(viewer.peer);
    this.say(viewer, { kind: 'leave', graceMs: 0 });
    this.unlink(viewer, 15);
    for (const { peer } of viewer.children) {
      const child = this.viewers.get(peer);
      if (child === undefined) continue;
      child.parents = child.parents.filter((each) => each.peer !== viewer.peer);
      child.isOnOrigin = true;
    }
  }

  private report({ lagMs, isOnOrigin, isCellular, parents, children }: Viewer) {
    return {
      ...{ lagMs, lossPermille: 3, isOnOrigin, upKbps: isCellular ? 0 : 1500, rateKbps: 1000 },
      ...{ upBytes: 0, peerBytes: 0, originBytes: 0, parents, children },
    };
  }

  private say(viewer: Viewer, request: Parameters<Tracker['receive']>[2], isAuditor = false): void {
    const from = {
      peer: viewer.peer,
      stream: 'ab'.repeat(16),
      account: viewer.peer,
      expiryS: 4e9,
      isAuditor,
    };
    const length = this.outbox.length;
    const beforeMs = cpuMs();
    this.tracker.receive(this.nowMs, from, request);
    this.busyMs += cpuMs() - beforeMs;
    this.requests++;
    this.messages += this.outbox.length - length;
  }
}
