import type { FillRandom } from '../port/port';
import type { CanonicalHandler } from './canonical-stream';
import type { SegmentWork } from './segment-work';
import type { PeerId, TrackerRequest } from './tracker-types';

/** One link to another viewer. That to a parent is called by the parent's id; the name of a child's is the environment's. */
export type LinkId = string;

/**
 * What a SwarmPeer does to the world. Nothing here calls back into the peer before it returns. The origin's tags go into
 * the peer (SwarmPeer.onOrigin…) and come out of `player`, where its own and its parents' are one stream.
 */
export interface SwarmPeerEnv {
  /** Begins to fetch from the origin, at its newest key frame. Nothing when that is under way. */
  openOrigin(): void;
  /** Nothing of the origin may reach the peer after this. */
  closeOrigin(): void;
  /** The stream to play; its arguments are borrowed, as everywhere. `onGopEnd` is not called. */
  readonly player: CanonicalHandler;
  toTracker(message: TrackerRequest): void;
  /** Calls a parent by its ticket (an xp2pInfo); `onLink` follows, once for up and once for down. */
  connect(peer: PeerId, ticket: string): void;
  /** No `onLink` follows. What was sent before goes out. */
  disconnect(link: LinkId): void;
  /**
   * Sends one link message, unframed; it is borrowed and never changed later. False, and nothing is sent, when as much
   * waits for the network as should: it is tried again soon.
   */
  send(link: LinkId, message: Uint8Array): boolean;
  report(event: SwarmEvent): void;
}

export interface SwarmPeerOptions {
  peerId: PeerId;
  random: FillRandom;
  /** xp2pInfo by which children call this viewer. */
  ticket: string;
  /** 16 random bytes, a secret between this viewer and the tracker: passes are made with it. */
  linkKey: Uint8Array;
  /** For a tracker that looks at the origin itself; '' keeps it back. */
  url: string;
  /** Whether anything may be sent to others; on cellular nothing is, whatever this says. */
  canUpload: boolean;
  /** What may be sent; 0: 1.5 times the stream's rate, at most 2000. */
  upKbps: number;
  isCellular: boolean;
  /** Media that the player keeps in front of what it shows, at least. */
  reserveMs: number;
  /** Near to others who say the same; default ''. */
  region?: string;
  /** Default: as viewers do it. */
  work?: SegmentWork;
}

/** News for the app; bytes are in `stats`. */
export type SwarmEvent =
  /** Fed by parents alone now, or by the origin. */
  | { kind: 'feed'; isOnPeers: boolean; why: string }
  /** Links to parents and to children have changed. */
  | { kind: 'peers' }
  /** The tracker's answer. */
  | { kind: 'offer'; slots: number; standbys: number }
  /** The tracker takes us, or not. */
  | { kind: 'tracker'; isJoined: boolean; why: string }
  /** A link was cut because of what came over it. */
  | { kind: 'bad-peer'; peer: PeerId };

export interface SwarmPeerStats {
  feed: 'origin' | 'trial' | 'peers';
  isJoined: boolean;
  /** Behind an origin-fed viewer; -1 while unknown. */
  lagMs: number;
  /** Media from the origin, from parents, and to children, in bytes. */
  originBytes: number;
  peerBytes: number;
  upBytes: number;
  /** What the swarm costs beside media: heads, greetings, pulls; sent and received. */
  controlBytes: number;
  /** Pieces from parents that were here already. */
  duplicateBytes: number;
  /** Pieces that came only because they were asked for again. */
  repairs: number;
  /** Times the origin had to help out. */
  rescues: number;
  /** Media that nobody had in time, so the picture jumped over it. */
  skips: number;
  parents: { peer: PeerId; mask: number }[];
  children: { peer: PeerId; mask: number }[];
  standbys: number;
}
