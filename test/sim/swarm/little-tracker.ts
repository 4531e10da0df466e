import { toHex } from '../../../p2p-core/bytes/hex';
import { makePass } from '../../../p2p-core/swarm/link-pass';
import { bitCount } from '../../../p2p-core/swarm/segment';
import type { PeerId, PeerOffer, TrackerRequest } from '../../../p2p-core/swarm/tracker-types';
import type { SimTracker, SimTrackerEnv } from './sim-tracker';

const HOLD_MS = 15_000;
const SILENT_MS = 25_000;

interface Member {
  id: PeerId;
  ticket: string;
  linkKey: Uint8Array;
  upKbps: number;
  rateKbps: number;
  isNumbered: boolean;
  /** Sub-stream → parent. */
  up: (PeerId | null)[];
  used: number;
  heardMs: number;
}

/**
 * The least that a tracker has to do, for tests of one or a few viewers: numbers are those of the source, roots come from
 * an auditor at once, and parents are the first that have room. The real one is devkit/tracker.
 */
export class LittleTracker implements SimTracker {
  readonly members = new Map<PeerId, Member>();
  readonly heard: { from: PeerId; request: TrackerRequest }[] = [];
  /** These are offered nothing. */
  readonly lonely = new Set<PeerId>();
  /** Sub-streams of one parent. */
  parts = [3, 12];
  isShareable = true;
  epoch = 1;
  private gop = 0;
  private segment = 0;

  constructor(private readonly env: SimTrackerEnv) {
    this.audit();
  }

  sizeOf(): number {
    return 0;
  }

  onRequest(from: PeerId, request: TrackerRequest): void {
    const { send, clock } = this.env;
    this.heard.push({ from, request });
    const member = this.members.get(from);
    if (request.kind === 'join') {
      if (!this.isShareable)
        return send(from, { kind: 'refuse', why: 'unshareable', retryMs: 0, nowMs: 0 }, 0);
      const { ticket, linkKey, upKbps, rateKbps } = request;
      const up = [null, null, null, null];
      this.drop(from);
      this.members.set(from, {
        id: from,
        ticket,
        linkKey,
        upKbps,
        rateKbps,
        isNumbered: false,
        up,
        used: 0,
        heardMs: clock.nowMs(),
      });
      return send(
        from,
        {
          kind: 'welcome',
          epoch: this.epoch,
          nowMs: clock.wallMs(),
          reportMs: 10_000,
          maxLagMs: 1500,
          parts: 2,
        },
        0,
      );
    }
    if (!member)
      return send(from, { kind: 'refuse', why: 'unknown', retryMs: 1000, nowMs: clock.wallMs() }, 0);
    member.heardMs = clock.nowMs();
    for (const { id, heardMs } of [...this.members.values()])
      if (clock.nowMs() - heardMs > SILENT_MS) this.drop(id);
    switch (request.kind) {
      case 'anchor': {
        const { gops } = this.env.source;
        const places = gops.flatMap(({ gopId }, i) => (toHex(gopId) === toHex(request.gops[0]!) ? [i] : []));
        member.isNumbered = places.length === 1;
        return send(from, { kind: 'anchor', gopNo: places.length === 1 ? 100 + places[0]! : null }, 0);
      }
      case 'want':
        return this.onWant(member, request.mask, request.not);
      case 'report':
        member.upKbps = request.upKbps;
        member.rateKbps = request.rateKbps;
        for (let sub = 0; sub < 4; sub++) {
          const parent = member.up[sub];
          const isTold = request.parents.some(({ peer, mask }) => peer === parent && (mask >> sub) & 1);
          if (parent && !isTold) this.free(member, sub);
        }
        return send(from, { kind: 'ok' }, 0);
      case 'leave':
        return this.drop(from);
      default:
        return undefined;
    }
  }

  private onWant(member: Member, mask: number, not: readonly PeerId[]): void {
    for (let sub = 0; sub < 4; sub++) if ((mask >> sub) & 1) this.free(member, sub);
    const slots = new Map<PeerId, number>();
    for (const part of this.parts.map((one) => one & mask).filter((one) => one !== 0)) {
      const parent = [...this.members.values()].find(
        (one) =>
          !this.lonely.has(member.id) &&
          one !== member &&
          one.isNumbered &&
          !not.includes(one.id) &&
          (4 * one.upKbps) / one.rateKbps >= one.used + bitCount(part) &&
          !this.isFedBy(one, member.id),
      );
      if (!parent)
        return this.env.send(member.id, { kind: 'offer', slots: [], standbys: [], holdMs: HOLD_MS }, 0);
      parent.used += bitCount(part);
      slots.set(parent.id, (slots.get(parent.id) ?? 0) | part);
      for (let sub = 0; sub < 4; sub++) if ((part >> sub) & 1) member.up[sub] = parent.id;
    }
    const standby = [...this.members.values()].find(
      (one) =>
        one !== member && one.isNumbered && one.upKbps > 0 && !slots.has(one.id) && !not.includes(one.id),
    );
    this.env.send(
      member.id,
      {
        kind: 'offer',
        slots: [...slots].map(([id, granted]) => this.offerOf(id, member.id, granted)),
        standbys: standby ? [this.offerOf(standby.id, member.id, 0)] : [],
        holdMs: HOLD_MS,
      },
      0,
    );
  }

  private offerOf(parent: PeerId, child: PeerId, mask: number): PeerOffer {
    const { ticket, linkKey } = this.members.get(parent)!;
    const expiryS = Math.ceil((this.env.clock.wallMs() + HOLD_MS) / 1000);
    return { peer: parent, mask, ticket, pass: makePass(linkKey, child, mask, expiryS) };
  }

  private isFedBy(member: Member, by: PeerId, depth = 0): boolean {
    return member.up.some((id) => {
      const parent = id && this.members.get(id);
      return id === by || (parent && depth < 20 && this.isFedBy(parent, by, depth + 1));
    });
  }

  private free(member: Member, sub: number): void {
    const parent = member.up[sub] && this.members.get(member.up[sub]!);
    if (parent) parent.used--;
    member.up[sub] = null;
  }

  private drop(id: PeerId): void {
    const member = this.members.get(id);
    if (!member) return;
    for (let sub = 0; sub < 4; sub++) this.free(member, sub);
    this.members.delete(id);
  }

  /** Tells the roots of each segment a little after the publisher has closed it. */
  private audit(): void {
    const { source, clock, send } = this.env;
    source.extend(clock.nowMs() + 20_000);
    const { segments } = source.gops[this.gop]!;
    const { closedMs, segment } = segments[this.segment]!;
    const gopNo = 100 + this.gop;
    if (++this.segment === segments.length) {
      this.gop++;
      this.segment = 0;
    }
    clock.at(closedMs + 60, () => {
      const roots = [{ gopNo, segNo: segment.head.segNo, root: segment.root }];
      for (const { id, isNumbered } of this.members.values())
        if (isNumbered) send(id, { kind: 'roots', roots }, 40);
      this.audit();
    });
  }
}
