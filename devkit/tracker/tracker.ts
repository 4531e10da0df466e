import { toHex } from '../../p2p-core/bytes/hex';
import { streamIdOf } from '../../p2p-core/swarm/stream-token';
import type { PeerId, SegmentRoot, TrackerMessage, TrackerRequest } from '../../p2p-core/swarm/tracker-types';
import { createMember, introduce } from './member';
import type { Member } from './member';
import { DEFAULT_SETTINGS } from './settings';
import type { TrackerSettings } from './settings';
import { Stream } from './stream';
import type { Swarm, SwarmEnv, TrackerCounters } from './swarm';

/** Who says something: the channel has made sure of it. */
export interface Sender {
  peer: PeerId;
  /** Hexadecimal, of the stream that its token is for. */
  stream: string;
  /** Hexadecimal; whom the app's server gave the token. */
  account: string;
  /** Of the token. */
  expiryS: number;
  isAuditor?: boolean;
}

/** What a tracker does to the world. Nothing here may call back into it. */
export interface TrackerEnv {
  /** In [0, 1); nobody can guess it. */
  random(): number;
  send(peer: PeerId, message: TrackerMessage): void;
  /** The same to many, four times a second for each stream: worth being quick. */
  sendRoots(peers: readonly PeerId[], roots: readonly SegmentRoot[]): void;
  /**
   * Someone should look at the origin at `url`, and say what he sees as a viewer that `isAuditor`, or need not any more.
   * Missing: no auditors here.
   */
  audit?(stream: string, url: string, isWanted: boolean): void;
}

export interface TrackerStats extends TrackerCounters {
  streams: number;
  swarms: number;
  members: number;
  /** Of them: fed by others alone. */
  onPeers: number;
  waiting: number;
  /** Streams whose viewers share nothing, since all have one account and no auditor looks at the origin. */
  undecided: number;
  reserved: number;
  /** Quarters of a stream that members could send beside what they do. */
  spareQuarters: number;
  banned: number;
  requests: number;
  refusals: number;
  /** Dropped, since their sender said too much. */
  flooded: number;
}

const MISSED_REPORTS = 3.5;
const FULL_RETRY_MS = 60_000;
const UNSHAREABLE_RETRY_MS = 600_000;
const BAN_MS = 3_600_000;
const MAX_BANNED = 10_000;
/** An account with more viewers than this is a token that many share: only the viewer is banned, not all of them. */
const MAX_VIEWERS_OF_PERSON = 3;
/** Auditors look at streams with this many viewers. */
const AUDIT_FROM = 2;
const EXPIRY_CHECK_MS = 1000;

interface Place {
  stream: Stream;
  member: Member;
}

/**
 * The tracker as a machine: requests and the time go in, messages come out; it reads no clock and has no sockets. `nowMs` is
 * wall time, ms since 1970, and does not go back. Its state is soft: viewers tell it all again, so a tracker that is
 * started anew knows them after one report each. A request costs the same however many viewers a stream has.
 */
export class Tracker {
  readonly epoch: number;
  private readonly settings: TrackerSettings;
  private readonly streams = new Map<string, Stream>();
  private readonly places = new Map<PeerId, Place>();
  private readonly busy = new Set<Swarm>();
  /** Peers and accounts, by stream; when they were banned. */
  private readonly banned = new Map<string, number>();
  /** Viewers of each stream, whatever the variant. */
  private readonly crowds = new Map<string, { viewers: number; url: string; isAudited: boolean }>();
  private readonly counters = {
    ...{ offers: 0, emptyOffers: 0, moves: 0, roots: 0, wrongRoots: 0, accusations: 0, bans: 0, expired: 0 },
    ...{ requests: 0, refusals: 0, flooded: 0 },
  };
  private checkedMs = -Infinity;
  private readonly swarmEnv: SwarmEnv;

  constructor(
    private readonly env: TrackerEnv,
    settings: Partial<TrackerSettings> = {},
  ) {
    this.settings = { ...DEFAULT_SETTINGS, ...settings };
    this.epoch = Math.floor(env.random() * 0xffffffff);
    this.swarmEnv = {
      settings: this.settings,
      counters: this.counters,
      random: () => env.random(),
      send: (member, message) => {
        if (!member.isAuditor || message.kind !== 'ok') env.send(member.id, message);
      },
      sendRoots: (members, roots) =>
        env.sendRoots(
          members.map(({ id }) => id),
          roots,
        ),
      ban: (member, nowMs) => this.ban(member, nowMs),
    };
  }

  receive(nowMs: number, from: Sender, request: TrackerRequest): void {
    this.counters.requests++;
    const place = this.places.get(from.peer);
    const refusal = this.refusalOf(nowMs, from);
    if (refusal !== null) {
      if (place !== undefined) this.remove(place, nowMs);
      return this.refuse(nowMs, from.peer, refusal);
    }
    if (request.kind === 'join') return this.join(nowMs, from, request, place);
    if (place === undefined) {
      if (request.kind !== 'leave') this.refuse(nowMs, from.peer, 'unknown');
      return;
    }
    const { member } = place;
    const bucket = request.kind === 'root' ? member.roots : member.messages;
    if (!member.isAuditor && !bucket.take(nowMs)) return void this.counters.flooded++;
    member.heardMs = nowMs;
    place.stream.touch(member);
    this.handle(nowMs, place, request);
    const swarm = place.stream.swarmOf(member);
    if (swarm?.isBusy) this.busy.add(swarm);
  }

  /** Call it each 100 to 300 ms. */
  tick(nowMs: number): void {
    for (const swarm of this.busy) {
      swarm.tick(nowMs);
      if (!swarm.isBusy) this.busy.delete(swarm);
    }
    if (nowMs - this.checkedMs < EXPIRY_CHECK_MS) return;
    this.checkedMs = nowMs;
    const oldestMs = nowMs - MISSED_REPORTS * this.settings.reportMs;
    for (const stream of this.streams.values()) {
      for (const member of stream.members.values()) {
        if (member.heardMs > oldestMs) break;
        this.counters.expired++;
        this.remove({ stream, member }, nowMs);
      }
    }
    for (const [name, sinceMs] of this.banned) {
      if (nowMs - sinceMs < BAN_MS && this.banned.size <= MAX_BANNED) break;
      this.banned.delete(name);
    }
  }

  /** Forgets every viewer of a stream: all have to join again, with tokens that are still good. */
  evict(nowMs: number, stream: string): void {
    for (const each of [...this.streams.values()].filter(({ name }) => name.startsWith(`${stream} `))) {
      for (const member of [...each.members.values()]) {
        this.remove({ stream: each, member }, nowMs);
        this.refuse(nowMs, member.id, 'unknown');
      }
    }
  }

  stats(): TrackerStats {
    let [swarms, onPeers, waiting, reserved, spareQuarters, undecided] = [0, 0, 0, 0, 0, 0];
    for (const stream of this.streams.values()) {
      if (stream.isUndecided(this.settings.quorum)) undecided++;
      for (const member of stream.members.values()) if (!member.isOnOrigin) onPeers++;
      for (const swarm of stream.allSwarms) {
        if (swarm.size > 0) swarms++;
        waiting += swarm.waitingCount;
        reserved += swarm.trees.reservedCount;
        spareQuarters += swarm.trees.spare;
      }
    }
    return {
      ...{ streams: this.streams.size, swarms, members: this.places.size, onPeers, waiting, reserved },
      ...{ spareQuarters, undecided, banned: this.banned.size, ...this.counters },
    };
  }

  private handle(nowMs: number, place: Place, request: TrackerRequest): void {
    const { stream, member } = place;
    const swarm = stream.swarmOf(member);
    const { env } = this;
    switch (request.kind) {
      case 'anchor': {
        const gopNo = stream.anchor(member, request, nowMs);
        if (gopNo === 'unshareable') {
          this.remove(place, nowMs);
          return this.refuse(nowMs, member.id, 'unshareable', UNSHAREABLE_RETRY_MS);
        }
        const home = stream.swarmOf(member);
        this.swarmEnv.send(member, { kind: 'anchor', gopNo });
        if (swarm === undefined) home?.greet(member, stream.members.size);
        return;
      }
      case 'want':
        if (swarm === undefined || !member.wants.take(nowMs))
          return env.send(member.id, {
            kind: 'offer',
            slots: [],
            standbys: [],
            holdMs: this.settings.holdMs,
          });
        return swarm.want(member, request.mask, request.not, nowMs);
      case 'report':
        this.swarmEnv.send(member, { kind: 'ok' });
        return swarm?.report(member, request, nowMs);
      case 'root':
        return swarm?.vote(member, request, nowMs);
      case 'bad':
        return swarm?.accuse(member, request.peer, nowMs);
      case 'leave':
        return this.remove(place, nowMs);
      case 'join':
        return;
    }
  }

  private join(
    nowMs: number,
    from: Sender,
    join: Extract<TrackerRequest, { kind: 'join' }>,
    place: Place | undefined,
  ): void {
    const name = `${from.stream} ${toHex(join.variant)}`;
    if (place !== undefined && place.stream.name !== name) this.remove(place, nowMs);
    let member = this.places.get(from.peer)?.member;
    const stream = this.streams.get(name) ?? new Stream(name, this.swarmEnv);
    if (member === undefined) {
      if (!from.isAuditor && this.isFull(stream, from.account))
        return this.refuse(nowMs, from.peer, 'full', FULL_RETRY_MS);
      member = createMember(from.peer, from.account, from.isAuditor === true, nowMs);
      introduce(member, join);
      this.streams.set(name, stream);
      this.places.set(from.peer, { stream, member });
      stream.add(member);
      if (!member.isAuditor) this.count(from.stream, 1);
    } else {
      if (!member.messages.take(nowMs)) return void this.counters.flooded++;
      const known = member;
      // What it said before the network changed, or its secrets did, is void.
      const swarm = stream.swarmOf(known);
      if (swarm) swarm.trees.refresh(known, nowMs, () => introduce(known, join));
      else introduce(known, join);
      known.heardMs = nowMs;
      stream.touch(known);
    }
    if (!member.isAuditor) this.audit(from.stream, join.url);
    this.swarmEnv.send(member, {
      kind: 'welcome',
      epoch: this.epoch,
      nowMs,
      reportMs: this.settings.reportMs,
      maxLagMs: this.settings.maxLagMs,
      parts: this.settings.parts || (stream.members.size < 50 || join.rateKbps <= 1000 ? 2 : 4),
    });
  }

  /** Has somebody look at the origin from the second viewer on, and not any more when the last one has left. */
  private count(streamId: string, change: 1 | -1): void {
    const crowd = this.crowds.get(streamId) ?? { viewers: 0, url: '', isAudited: false };
    crowd.viewers += change;
    this.crowds.set(streamId, crowd);
    if (crowd.viewers > 0) return;
    this.crowds.delete(streamId);
    if (crowd.isAudited) this.env.audit?.(streamId, crowd.url, false);
  }

  /** The token is for this URL's host and path, so the app's server has vouched for it. */
  private audit(streamId: string, url: string): void {
    const crowd = this.crowds.get(streamId);
    if (this.env.audit === undefined || crowd === undefined || crowd.isAudited) return;
    if (crowd.url === '' && url !== '' && toHex(streamIdOf(url) ?? NOTHING) === streamId) crowd.url = url;
    if (crowd.url === '' || crowd.viewers < AUDIT_FROM) return;
    crowd.isAudited = true;
    this.env.audit(streamId, crowd.url, true);
  }

  private isFull(stream: Stream, account: string): boolean {
    const { maxMembers, maxMembersOfStream, maxMembersOfAccount } = this.settings;
    return (
      this.places.size >= maxMembers ||
      stream.members.size >= maxMembersOfStream ||
      stream.countOf(account) >= maxMembersOfAccount
    );
  }

  private remove({ stream, member }: Place, nowMs: number): void {
    if (!this.places.delete(member.id)) return;
    const swarm = stream.swarmOf(member);
    stream.remove(member, nowMs);
    if (swarm?.isBusy) this.busy.add(swarm);
    if (stream.members.size === 0) this.streams.delete(stream.name);
    if (!member.isAuditor) this.count(streamIdPart(stream), -1);
  }

  private ban(member: Member, nowMs: number): void {
    const place = this.places.get(member.id);
    if (place === undefined) return;
    const streamId = streamIdPart(place.stream);
    this.counters.bans++;
    this.banned.set(`${streamId} ${member.id}`, nowMs);
    if (place.stream.countOf(member.account) <= MAX_VIEWERS_OF_PERSON)
      this.banned.set(`${streamId} ${member.account}`, nowMs);
    this.remove(place, nowMs);
    this.refuse(nowMs, member.id, 'banned');
  }

  private refusalOf(nowMs: number, { stream, peer, account, expiryS }: Sender): 'banned' | 'expired' | null {
    if (expiryS * 1000 < nowMs) return 'expired';
    return this.banned.has(`${stream} ${peer}`) || this.banned.has(`${stream} ${account}`) ? 'banned' : null;
  }

  private refuse(nowMs: number, peer: PeerId, why: RefuseReason, retryMs = 0): void {
    this.counters.refusals++;
    this.env.send(peer, { kind: 'refuse', why, retryMs, nowMs });
  }
}

const NOTHING = new Uint8Array(0);

type RefuseReason = Extract<TrackerMessage, { kind: 'refuse' }>['why'];

const streamIdPart = ({ name }: Stream): string => name.slice(0, name.indexOf(' '));
