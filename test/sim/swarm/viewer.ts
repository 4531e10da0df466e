import type { CanonicalHandler } from '../../../p2p-core/swarm/canonical-stream';
import { encodeLinkMessage, LinkKind } from '../../../p2p-core/swarm/link-messages';
import type { SwarmEvent, SwarmPeerEnv, SwarmPeerStats } from '../../../p2p-core/swarm/peer-types';
import { SwarmPeer } from '../../../p2p-core/swarm/swarm-peer';
import type { PeerId, TrackerMessage } from '../../../p2p-core/swarm/tracker-types';
import { Prng } from '../prng';
import { OriginConnection } from './origin';
import { Uplink } from './network';
import type { SimLink } from './network';
import { SimPlayer } from './player';
import type { Mark } from './population';
import { SIM_URL } from './sim-tracker';
import type { SourceGop } from './source';
import type { SwarmWorld } from './world';

export interface ViewerOptions {
  isCellular: boolean;
  upKbps: number;
  /** Sends bent pieces on. */
  isPolluter: boolean;
  /** Says instead of each piece that it waits for it itself. */
  saysGap: boolean;
  /** Says that it may send much, and has a thin line. */
  isLiar: boolean;
  /** Knows of no swarm: what an origin-only viewer gets. */
  isAlone: boolean;
  /** Its token is of another secret. */
  isStranger: boolean;
}

/** One end of a link, of this viewer. */
interface OwnLink {
  out: SimLink;
  /** The other end. */
  peer: SimViewer;
  peerLink: string;
}

/** A viewer with the real engine, its line, its origin connection and its player. */
export class SimViewer {
  readonly peer: SwarmPeer;
  readonly player: SimPlayer;
  readonly uplink: Uplink;
  readonly links = new Map<string, OwnLink>();
  readonly events: (SwarmEvent & { atMs: number })[] = [];
  readonly startedMs: number;
  /** To the origin, to the broker, and half of the way to other viewers. */
  readonly originDelayMs: number;
  readonly brokerDelayMs: number;
  readonly accessDelayMs: number;
  origin: OriginConnection | null = null;
  isAlive = true;
  firstFrameMs = -1;
  stoppedMs = -1;
  playedBytes = 0;
  originOpens = 0;
  /** Tags that are not what the camera published there. */
  falseTags = 0;
  gaps = 0;
  /** Milliseconds of media by lag behind the origin, in steps of 10 ms. */
  readonly lags = new Uint32Array(1000);
  /** Counters when the measurement began. */
  mark: Mark | null = null;
  trackerInBytes = 0;
  trackerOutBytes = 0;
  /** Its place in the network, and how the origin treats it, are the same whatever others do. */
  private readonly ownRandom: Prng;
  private wakeMs = Infinity;
  private isGone = false;
  private lastStats: SwarmPeerStats | null = null;
  private gop: SourceGop | null = null;
  private tagNo = 0;
  private baseMs = 0;
  private streamMs = 0;

  constructor(
    readonly world: SwarmWorld,
    readonly id: PeerId,
    readonly options: ViewerOptions,
  ) {
    const { clock } = world;
    const { reserveMs } = world.options;
    this.player = new SimPlayer(reserveMs);
    this.startedMs = clock.nowMs();
    const random = (this.ownRandom = new Prng(world.options.seed + 7919 * world.viewers.length));
    this.originDelayMs = random.int(15, 40);
    this.brokerDelayMs = random.int(15, 45);
    this.accessDelayMs = options.isCellular ? random.int(20, 40) : random.int(4, 20);
    this.uplink = new Uplink(options.isLiar ? 300 : options.upKbps);
    this.peer = new SwarmPeer(this.env(), {
      peerId: id,
      random: (bytes) => {
        if (!this.isGone) world.random.fill(bytes);
      },
      ticket: `sim:${id}`,
      linkKey: world.linkKeyOf(id),
      url: SIM_URL,
      canUpload: true,
      upKbps: world.options.upKbps,
      reserveMs,
      isCellular: options.isCellular,
      work: world.work,
    });
  }

  start(): void {
    this.peer.start(this.world.clock.nowMs());
    if (this.options.isAlone) this.peer.onTrackerState(this.world.clock.nowMs(), false);
    this.arm();
  }

  /** Leaves with a word, or at once and without. */
  leave(isAbrupt: boolean): void {
    if (!this.isAlive) return;
    const nowMs = this.world.clock.nowMs();
    if (!isAbrupt) this.peer.stop(nowMs);
    this.isAlive = false;
    this.stoppedMs = nowMs;
    this.player.end(nowMs);
    this.origin?.close();
    this.world.onLeft(this, isAbrupt);
    this.lastStats = this.peer.stats();
    // Nobody hears of it; it gives up what it holds.
    this.isGone = true;
    this.peer.stop(nowMs);
  }

  onTracker(message: TrackerMessage): void {
    if (!this.isAlive) return;
    this.peer.onTracker(this.world.clock.nowMs(), message);
    this.arm();
  }

  onLink(link: string, isUp: boolean): void {
    if (!this.isAlive) return;
    if (!isUp) this.links.delete(link);
    this.peer.onLink(this.world.clock.nowMs(), link, isUp);
    this.arm();
  }

  onMessage(link: string, message: Uint8Array): void {
    if (!this.isAlive || !this.links.has(link)) return;
    this.peer.onLinkMessage(this.world.clock.nowMs(), link, message);
    this.arm();
  }

  /** Another network: links and origin are gone, and come back by themselves. */
  changeNetwork(isCellular: boolean): void {
    for (const link of [...this.links.keys()]) this.world.cut(this, link, true);
    this.options.isCellular = isCellular;
    this.peer.onNetwork(this.world.clock.nowMs(), { isCellular, changed: true });
    this.arm();
  }

  /** Of a viewer that left, as they were then. */
  stats(): SwarmPeerStats {
    return this.lastStats ?? this.peer.stats();
  }

  arm(): void {
    const { clock } = this.world;
    const atMs = Math.max(clock.nowMs(), this.peer.wakeAtMs());
    if (atMs >= this.wakeMs || atMs === Infinity) return;
    this.wakeMs = atMs;
    clock.at(atMs, this.onWake);
  }

  private readonly onWake = (): void => {
    const nowMs = this.world.clock.nowMs();
    // Another one was set since, for sooner.
    if (this.wakeMs !== nowMs) return;
    this.wakeMs = Infinity;
    if (!this.isAlive) return;
    this.peer.onWake(nowMs);
    this.arm();
  };

  private env(): SwarmPeerEnv {
    const { world } = this;
    return {
      openOrigin: () => this.openOrigin(),
      closeOrigin: () => {
        this.origin?.close();
        this.origin = null;
      },
      player: this.playerHandler(),
      toTracker: (message) => {
        if (!this.isGone) world.toTracker(this, message);
      },
      connect: (peer, ticket) => world.connect(this, peer, ticket),
      disconnect: (link) => world.cut(this, link, false),
      send: (link, message) => this.send(link, message),
      report: (event) => {
        if (!this.isGone) this.events.push({ ...event, atMs: world.nowMs });
      },
    };
  }

  private send(link: string, message: Uint8Array): boolean {
    const own = this.links.get(link);
    if (!own) return true;
    const { isPolluter, saysGap } = this.options;
    if (saysGap && message[0] === LinkKind.Piece)
      return own.out.send(encodeLinkMessage({ kind: 'gap', mask: 15 }));
    if (this.world.hasPolluters && !isPolluter && this.world.bent.has(message)) this.world.bentHandedOn++;
    if (!isPolluter || message[0] !== LinkKind.Piece || !this.world.random.chance(0.5))
      return own.out.send(message);
    const bent = message.slice();
    bent[bent.length - 1]! ^= 0x55;
    this.world.bent.add(bent);
    this.world.hasPolluters = true;
    return own.out.send(bent);
  }

  private openOrigin(): void {
    if (this.origin && !this.origin.isClosed) return;
    const { clock, source, origin } = this.world;
    this.originOpens++;
    const { peer } = this;
    const nowMs = (): number => clock.nowMs();
    const then = (act: () => void): void => {
      if (!this.isAlive) return;
      act();
      this.arm();
    };
    this.origin = new OriginConnection(clock, this.ownRandom, source, origin, this.originDelayMs, {
      onInit: (init) => then(() => peer.onOriginInit(nowMs(), init)),
      onGop: (gopId, gapMs) => then(() => peer.onOriginGop(nowMs(), { gopId, gapMs })),
      onTag: (tag) => then(() => peer.onOriginTag(nowMs(), tag)),
      onGopEnd: () => then(() => peer.onOriginGopEnd(nowMs())),
      onEnd: () =>
        then(() => {
          // What an app does: it tries again.
          if (peer.onOriginEnd(nowMs())) return;
          clock.at(nowMs() + 1000, () => then(() => this.openOrigin()));
        }),
    });
  }

  private playerHandler(): CanonicalHandler {
    const { world } = this;
    return {
      onInit: () => undefined,
      onGop: ({ gopId, gapMs }) => {
        this.baseMs = gapMs > 0 ? this.baseMs + gapMs : this.streamMs + 40;
        if (gapMs === 0 && this.gop) this.gaps++;
        this.gop = world.gopById(gopId!) ?? null;
        this.tagNo = 0;
      },
      onTag: (tag) => {
        const nowMs = world.clock.nowMs();
        this.streamMs = Math.max(this.streamMs, this.baseMs + tag.dtMs);
        this.playedBytes += tag.data.length + 15;
        if (this.firstFrameMs < 0) this.firstFrameMs = nowMs;
        const published = this.gop?.tags[this.tagNo++];
        const isTrue =
          published !== undefined &&
          published.type === tag.type &&
          published.data.length === tag.data.length &&
          (published.data === tag.data ||
            !world.options.comparesAll ||
            Buffer.compare(published.data, tag.data) === 0);
        if (!isTrue) this.falseTags++;
        else if (nowMs - this.startedMs > 5000) {
          const lag = Math.max(0, Math.round((nowMs - published.atMs - this.originDelayMs) / 10));
          this.lags[Math.min(this.lags.length - 1, lag)]!++;
        }
        this.player.feed(nowMs, this.streamMs);
      },
      onGopEnd: () => undefined,
    };
  }
}
