import { toBase64Url } from '../../../p2p-core/bytes/base64url';
import { toHex } from '../../../p2p-core/bytes/hex';
import { segmentWork } from '../../../p2p-core/swarm/segment-work';
import type { SegmentWork } from '../../../p2p-core/swarm/segment-work';
import type { PeerId, TrackerMessage, TrackerRequest } from '../../../p2p-core/swarm/tracker-types';
import { Prng } from '../prng';
import { VirtualClock } from '../virtual-clock';
import { SimLink } from './network';
import type { OriginConnection, OriginOptions } from './origin';
import { sharedWork } from './shared-work';
import { StreamSource } from './source';
import type { SourceGop, SourceOptions } from './source';
import type { SimTracker, SimTrackerFactory } from './sim-tracker';
import { SimViewer } from './viewer';
import type { ViewerOptions } from './viewer';

export interface SwarmWorldOptions {
  seed: number;
  source: SourceOptions;
  origin: OriginOptions;
  /** Of two viewers that try, so many find a way through their NATs. */
  punchRate: number;
  /** On every link between viewers; costs time, since links are reliable. */
  lossRate: number;
  /** Played tags are compared byte by byte with what was published, else by their sizes. */
  comparesAll: boolean;
  /** What many viewers would compute of the same bytes is computed once (shared-work.ts). */
  sharesWork: boolean;
  /** Media that players hold in front of what they show. */
  reserveMs: number;
  /** What apps let viewers send, in kbit/s; 0: what the engine takes by itself, 1.5 times the stream. */
  upKbps: number;
  tracker: SimTrackerFactory;
}

/** A viewer that lost power is noticed when its packets have been missing for this long. */
const SILENT_DEATH_MS = 8000;
const CALL_FAILS_MS = 8000;

/** Many viewers of one stream, their tracker and their origin, in virtual time. */
export class SwarmWorld {
  readonly clock = new VirtualClock();
  readonly random: Prng;
  readonly source: StreamSource;
  readonly origin: OriginOptions;
  readonly viewers: SimViewer[] = [];
  readonly tracker: SimTracker;
  readonly work: SegmentWork;
  trackerIsUp = true;
  calls = 0;
  callsMade = 0;
  trackerMessages = 0;
  /** Pieces that polluters bent. Who hands a piece on hands on the very message in which it came. */
  readonly bent = new WeakSet<Uint8Array>();
  hasPolluters = false;
  /** By others. */
  bentHandedOn = 0;
  private readonly byId = new Map<PeerId, SimViewer>();
  private readonly gops = new Map<string, SourceGop>();
  private knownGops = 0;
  private linkCount = 0;

  constructor(readonly options: SwarmWorldOptions) {
    this.random = new Prng(options.seed);
    this.source = new StreamSource(options.source);
    this.source.extend(0);
    this.origin = { ...options.origin };
    this.work = options.sharesWork ? sharedWork(this.source, !options.comparesAll) : segmentWork;
    this.tracker = options.tracker({
      clock: this.clock,
      random: this.random,
      source: this.source,
      send: (to, message, bytes) => this.fromTracker(to, message, bytes),
    });
  }

  get nowMs(): number {
    return this.clock.nowMs();
  }

  get alive(): SimViewer[] {
    return this.viewers.filter(({ isAlive }) => isAlive);
  }

  addViewer(options: Partial<ViewerOptions> = {}): SimViewer {
    const bytes = new Uint8Array(9);
    this.random.fill(bytes);
    const viewer = new SimViewer(this, toBase64Url(bytes), {
      isCellular: false,
      upKbps: 6000,
      isPolluter: false,
      saysGap: false,
      isLiar: false,
      isAlone: false,
      isStranger: false,
      ...options,
    });
    this.viewers.push(viewer);
    this.byId.set(viewer.id, viewer);
    viewer.start();
    return viewer;
  }

  run(untilMs: number): void {
    this.clock.run(untilMs);
  }

  gopById(gopId: Uint8Array): SourceGop | undefined {
    const { gops } = this.source;
    for (; this.knownGops < gops.length; this.knownGops++) {
      const gop = gops[this.knownGops]!;
      this.gops.set(toHex(gop.gopId), gop);
    }
    return this.gops.get(toHex(gopId));
  }

  linkKeyOf(id: PeerId): Uint8Array {
    const key = new Uint8Array(16);
    for (let i = 0; i < key.length; i++) key[i] = id.charCodeAt(i % id.length) + i;
    return key;
  }

  toTracker(from: SimViewer, message: TrackerRequest): void {
    from.trackerOutBytes += this.tracker.sizeOf(message);
    this.trackerMessages++;
    this.clock.at(this.nowMs + from.brokerDelayMs + 5, () => {
      if (this.trackerIsUp && !from.options.isAlone)
        this.tracker.onRequest(from.id, message, from.options.isStranger);
    });
  }

  connect(child: SimViewer, parentId: PeerId, ticket: string): void {
    this.calls++;
    const parent = this.byId.get(parentId);
    const setupMs =
      2 * (child.brokerDelayMs + (parent?.brokerDelayMs ?? 0)) +
      4 * this.delayOf(child, parent ?? child) +
      30;
    const isReachable = parent !== undefined && ticket === `sim:${parentId}` && this.canPunch(child, parent);
    const epoch = this.nowMs;
    this.clock.at(epoch + (isReachable ? setupMs : CALL_FAILS_MS), () => {
      if (!child.isAlive) return;
      if (!isReachable || !parent.isAlive) return child.onLink(parentId, false);
      this.callsMade++;
      const childLink = parentId;
      const parentLink = `child ${this.linkCount++}`;
      const delayMs = this.delayOf(child, parent);
      const { lossRate } = this.options;
      const link = (from: SimViewer, to: SimViewer, name: string): SimLink =>
        new SimLink(this.clock, this.random, from.uplink, delayMs, lossRate, (message) =>
          to.onMessage(name, message),
        );
      this.cut(child, childLink, false);
      child.links.set(childLink, {
        out: link(child, parent, parentLink),
        peer: parent,
        peerLink: parentLink,
      });
      parent.links.set(parentLink, { out: link(parent, child, childLink), peer: child, peerLink: childLink });
      parent.onLink(parentLink, true);
      child.onLink(childLink, true);
    });
  }

  /** `isSilent`: the other end has to find out. */
  cut(viewer: SimViewer, link: string, isSilent: boolean): void {
    const own = viewer.links.get(link);
    if (!own) return;
    viewer.links.delete(link);
    const { peer, peerLink, out } = own;
    // A child that has called anew since has another link of that name.
    const other = peer.links.get(peerLink);
    const back = other && other.peerLink === link ? other : undefined;
    const waitMs = isSilent ? SILENT_DEATH_MS : this.delayOf(viewer, peer) + 5;
    if (isSilent) {
      out.close();
      back?.out.close();
    }
    this.clock.at(this.nowMs + waitMs, () => {
      out.close();
      back?.out.close();
      if (back && peer.links.get(peerLink) === back) peer.onLink(peerLink, false);
    });
  }

  onLeft(viewer: SimViewer, isAbrupt: boolean): void {
    for (const link of [...viewer.links.keys()]) this.cut(viewer, link, isAbrupt);
  }

  /** The origin dies for a while: whoever it serves is cut off. */
  stopOrigin(forMs: number): void {
    this.origin.isDown = true;
    const connections = this.alive
      .map(({ origin }) => origin)
      .filter((one): one is OriginConnection => one !== null);
    for (const connection of connections) connection.end();
    this.clock.at(this.nowMs + forMs, () => (this.origin.isDown = false));
  }

  private fromTracker(to: PeerId, message: TrackerMessage, bytes: number): void {
    const viewer = this.byId.get(to);
    if (!viewer || !viewer.isAlive || !this.trackerIsUp) return;
    this.trackerMessages++;
    viewer.trackerInBytes += bytes;
    this.clock.at(this.nowMs + viewer.brokerDelayMs + 5, () => viewer.onTracker(message));
  }

  private delayOf(a: SimViewer, b: SimViewer): number {
    return a.accessDelayMs + b.accessDelayMs;
  }

  /** The same for two viewers whenever they try. */
  private canPunch(a: SimViewer, b: SimViewer): boolean {
    const [low, high] = a.id < b.id ? [a.id, b.id] : [b.id, a.id];
    let seed = this.options.seed;
    for (const char of low + high) seed = (Math.imul(seed, 31) + char.charCodeAt(0)) >>> 0;
    return new Prng(seed).next() < this.options.punchRate;
  }
}
