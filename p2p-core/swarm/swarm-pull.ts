import { ErrCode } from '../errors';
import { OriginSource } from '../origin/origin-source';
import type {
  OnDevNotice,
  SharedPull,
  SharedStreamHandler,
  SharingEngine,
  SharingOptions,
  SharingPort,
  SwarmStats,
} from '../origin/sharing';
import type { Clock, FillRandom, Log } from '../port/port';
import { TimerSlot } from '../session/timer-slot';
import { formatXp2pInfo, newTicket } from '../signaling/ticket';
import { Canonicalizer } from './canonicalizer';
import type { CanonicalHandler } from './canonical-stream';
import { PeerLinks } from './peer-links';
import { devNotices, trafficNotice } from './dev-notices';
import type { DevNotice } from './dev-notices';
import { Restamper } from './restamper';
import { parseStreamToken, streamIdOf } from './stream-token';
import type { StreamToken } from './stream-token';
import { SwarmPeer } from './swarm-peer';
import { TrackerChannel } from './tracker-channel';

/** Links know nothing of versions yet; the format of tickets wants one. */
const LINK_VERSION = '2.4.0';
const LINK_KEY_BYTES = 16;

const RETRY_MS = 1000;
/** 'p2p' tells of bytes this often. */
const TRAFFIC_MS = 2000;

export const createSwarmPull: SharingEngine = (port, clock, log, options, handler, onNotice) => {
  const token = parseStreamToken(options.token);
  const streamId = streamIdOf(options.url);
  if (token === null || streamId === null) return null;
  return new SwarmPull(port, clock, log, options, { token, streamId }, handler, onNotice);
};

/**
 * One viewer of a stream that shares it with others: the engine (swarm-peer.ts) between the stream's server, the tracker,
 * other viewers and the player. All of time, sockets and randomness comes in here.
 */
class SwarmPull implements SharedPull {
  private readonly peer: SwarmPeer;
  private readonly links: PeerLinks;
  private readonly tracker: TrackerChannel;
  private readonly timer: TimerSlot;
  private readonly trafficTimer: TimerSlot;
  private readonly restamper = new Restamper();
  private readonly unsubscribe: () => void;
  private origin: OriginSource | null = null;
  /** Body bytes of origins that were closed. */
  private closedBytes = 0;
  private isOver = false;
  private hasHead = false;
  /** False where the platform could not open the first origin. */
  private hasOrigin = false;
  private isCellular: boolean;
  /** The last one with a connection, as the platform calls it; '' before it has said. */
  private networkType = '';
  /** When the player was given something last. */
  private gaveMs = -Infinity;
  /** The server is away: it is asked again. */
  private readonly retryTimer: TimerSlot;

  constructor(
    private readonly port: SharingPort,
    private readonly clock: Clock,
    log: Log,
    private readonly options: SharingOptions,
    { token, streamId }: { token: StreamToken; streamId: Uint8Array },
    private readonly handler: SharedStreamHandler,
    private readonly onNotice: OnDevNotice,
  ) {
    const { meeting, shardCount, canUpload, upKbps, reserveMs, region } = options;
    const random: FillRandom = meeting.endpoint.fillRandom;
    this.timer = new TimerSlot(clock, () => {
      this.peer.onWake(clock.nowMs());
      this.arm();
    });
    this.retryTimer = new TimerSlot(clock, () => this.openOrigin());
    this.trafficTimer = new TimerSlot(clock, () => {
      this.trafficTimer.arm(clock.nowMs() + TRAFFIC_MS);
      this.tell(trafficNotice(this.peer.stats()));
    });
    this.tracker = new TrackerChannel({
      rendezvous: meeting.rendezvous,
      clock,
      log,
      fillRandom: random,
      streamId,
      token,
      shardCount,
      onMessage: (message) => {
        this.peer.onTracker(clock.nowMs(), message);
        this.arm();
      },
    });
    const ticket = newTicket(random, { deviceVersion: LINK_VERSION });
    this.links = new PeerLinks(meeting, clock, log, ticket, {
      onLink: (link, isUp) => {
        this.peer.onLink(clock.nowMs(), link, isUp);
        this.arm();
      },
      onMessage: (link, message) => {
        this.peer.onLinkMessage(clock.nowMs(), link, message);
        this.arm();
      },
    });
    const linkKey = new Uint8Array(LINK_KEY_BYTES);
    random(linkKey);
    // Until the platform has said: uploads could cost money.
    this.isCellular = port.networkType !== undefined;
    this.peer = new SwarmPeer(
      {
        openOrigin: () => this.openOrigin(),
        closeOrigin: () => this.closeOrigin(),
        player: this.player(),
        toTracker: (message) => this.tracker.send(message),
        connect: (peer, xp2pInfo) => this.links.connect(peer, xp2pInfo),
        disconnect: (link) => this.links.disconnect(link),
        send: (link, message) => this.links.send(link, message),
        report: (event) => {
          for (const notice of devNotices(event, this.peer.stats())) this.tell(notice);
        },
      },
      {
        peerId: this.tracker.peerId,
        random,
        ticket: formatXp2pInfo(ticket),
        linkKey,
        // Without its query, which may hold this viewer's credentials: a tracker that looks by itself has its own.
        url: options.url.replace(/[?#][^]*$/, ''),
        canUpload,
        upKbps,
        reserveMs,
        region,
        isCellular: this.isCellular,
      },
    );
    this.unsubscribe = port.onNetworkChange(({ networkType }) => this.setNetwork(networkType));
    if (port.networkType) port.networkType((networkType) => this.setNetwork(networkType));
  }

  /** Once. False where the platform cannot do it; nothing is called then. */
  start(): boolean {
    this.peer.start(this.clock.nowMs());
    this.arm();
    this.trafficTimer.arm(this.clock.nowMs() + TRAFFIC_MS);
    if (!this.hasOrigin) this.stop();
    return this.hasOrigin;
  }

  /** The network is another one: everything begins anew from here, the origin at once. */
  renew(): void {
    if (this.isOver) return;
    this.peer.onNetwork(this.clock.nowMs(), { isCellular: this.isCellular, changed: true });
    this.arm();
  }

  setUpload(isAllowed: boolean): void {
    if (this.isOver) return;
    this.peer.onUpload(this.clock.nowMs(), isAllowed);
    this.arm();
  }

  /** No handler is called any more; the tracker and other viewers are told. */
  stop(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.unsubscribe();
    this.peer.stop(this.clock.nowMs());
    this.closeOrigin();
    this.timer.clear();
    this.trafficTimer.clear();
    this.retryTimer.clear();
    this.tracker.close();
    this.links.close();
  }

  /** Body bytes of the stream's server. */
  get receivedBytes(): number {
    return this.closedBytes + (this.origin === null ? 0 : this.origin.receivedBytes);
  }

  stats(): SwarmStats {
    const stats = this.peer.stats();
    const nameOf = ({ peer }: { peer: string }): string => peer;
    return {
      isOnPeers: stats.feed === 'peers',
      isJoined: stats.isJoined,
      lagMs: stats.lagMs,
      serverBytes: stats.originBytes,
      peerBytes: stats.peerBytes,
      uploadBytes: stats.upBytes,
      parents: stats.parents.map(nameOf),
      children: stats.children.map(nameOf),
      standbys: stats.standbys,
      rescues: stats.rescues,
    };
  }

  private tell({ subtype, detail }: DevNotice): void {
    if (!this.isOver) this.onNotice(subtype, detail);
  }

  /** `renew` follows when a change has settled. What is sent to others ends now, and the picture does not wait. */
  private setNetwork(networkType: string): void {
    if (this.isOver) return;
    const nowMs = this.clock.nowMs();
    const isOther = this.networkType !== '' && networkType !== this.networkType && networkType !== 'none';
    if (networkType !== 'none') this.networkType = networkType;
    this.isCellular = networkType === 'unknown' || /^\dg$/i.test(networkType);
    this.peer.onNetwork(nowMs, { isCellular: this.isCellular, changed: false });
    if (isOther) this.peer.onNetworkMoving(nowMs);
    this.arm();
  }

  private player(): CanonicalHandler {
    const give = (bytes: Uint8Array): void => {
      if (this.isOver || bytes.length === 0) return;
      this.gaveMs = this.clock.nowMs();
      this.handler.onData(bytes);
    };
    const { restamper } = this;
    return {
      onInit: (init) => give(restamper.init(init)),
      onGop: (head) => restamper.gop(head),
      onTag: (tag) => give(restamper.tag(tag)),
      onGopEnd: () => undefined,
    };
  }

  private openOrigin(): void {
    if (this.origin !== null || this.isOver) return;
    const { clock, peer } = this;
    let hasEnded = false;
    const isPresent = (): boolean => this.origin === origin && !hasEnded;
    const canonicalizer = new Canonicalizer({
      onInit: (init) => peer.onOriginInit(clock.nowMs(), init),
      onGop: (head) => peer.onOriginGop(clock.nowMs(), head),
      onTag: (tag) => peer.onOriginTag(clock.nowMs(), tag),
      onGopEnd: () => peer.onOriginGopEnd(clock.nowMs()),
    });
    const origin: OriginSource = new OriginSource(this.port, clock, this.options, {
      onHead: (status, headers) => {
        if (!isPresent() || this.hasHead) return;
        this.hasHead = true;
        this.handler.onHead(status, headers);
      },
      onHeader: (hasVideo, hasAudio) => canonicalizer.onHeader(hasVideo, hasAudio),
      onTag: (tag) => {
        if (!isPresent()) return;
        canonicalizer.onTag(tag);
        this.arm();
      },
      onEnd: (errcode, errmsg) => {
        if (!isPresent()) return;
        canonicalizer.end();
        hasEnded = true;
        this.closeOrigin();
        const goesOn = this.peer.onOriginEnd(clock.nowMs());
        this.arm();
        if (goesOn || this.isOver) return;
        // As a viewer without a swarm would: what played a moment ago is tried for again.
        const nowMs = clock.nowMs();
        if (errcode === ErrCode.Ok || nowMs - this.gaveMs > this.options.headTimeoutMs) {
          return this.handler.onEnd(errcode, errmsg);
        }
        this.retryTimer.arm(nowMs + RETRY_MS);
      },
    });
    this.origin = origin;
    if (origin.start()) this.hasOrigin = true;
    else this.origin = null;
  }

  private closeOrigin(): void {
    const { origin } = this;
    this.origin = null;
    if (origin === null) return;
    origin.stop();
    this.closedBytes += origin.receivedBytes;
  }

  private arm(): void {
    if (!this.isOver) this.timer.arm(this.peer.wakeAtMs());
  }
}
