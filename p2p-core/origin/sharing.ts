import type { Clock, Log, Port } from '../port/port';
import type { Endpoint, PathOptions } from '../session/endpoint';
import type { Rendezvous } from '../signaling/types';

export interface SharedStreamHandler {
  /** The server's answer; once. Names of headers are lower case. */
  onHead(status: number, headers: Record<string, string>): void;
  /** FLV, whole tags; the array, and its buffer, belong to the receiver. */
  onData(bytes: Uint8Array): void;
  /** Once, last, and not after `stop`: errcode 0 is the stream's normal end. */
  onEnd(errcode: number, errmsg: string): void;
}

export interface SharedStreamOptions {
  /** A secret: it may hold a token. */
  url: string;
  headTimeoutMs: number;
  requestLimitMs: number;
}

/** One pull of a stream that many watch. */
export interface SharedPull {
  /** Once. False where the platform cannot give an answer in parts; nothing is called then. */
  start(): boolean;
  /** The network is another one: connections may be dead without knowing. */
  renew(): void;
  setUpload(isAllowed: boolean): void;
  /** No handler is called any more. */
  stop(): void;
  /** Of the server, what came twice included. */
  readonly receivedBytes: number;
  /** Null where nothing is shared. */
  stats(): SwarmStats | null;
}

/** Of a stream that viewers share. Bytes are of media, since the pull began. */
export interface SwarmStats {
  /** Nothing comes from the server now. */
  isOnPeers: boolean;
  /** The tracker has this viewer. */
  isJoined: boolean;
  /** Behind a viewer of the server; -1 while unknown. */
  lagMs: number;
  serverBytes: number;
  peerBytes: number;
  uploadBytes: number;
  /** By name, a random one of this pull. */
  parents: string[];
  children: string[];
  /** Connected, and asked for what is missing only. */
  standbys: number;
  /** How often the server had to help out. */
  rescues: number;
}

/** Where a viewer meets other viewers and their tracker. */
export interface Meeting {
  endpoint: Endpoint;
  rendezvous: Rendezvous;
  /** For links: without relays, which would cost as much as the server. */
  path: PathOptions;
}

export interface SharingOptions extends SharedStreamOptions {
  /** The right to share the stream. */
  token: string;
  meeting: Meeting;
  shardCount: number;
  canUpload: boolean;
  /** 0: what the stream needs. */
  upKbps: number;
  /** Media that the player holds in front of what it shows. */
  reserveMs: number;
  /** Near to others who say the same; '': nowhere. */
  region: string;
}

/** What an app hears as 'devNotify'. */
export type OnDevNotice = (subtype: string, detail: object) => void;

export type SharingPort = Pick<Port, 'openHttp' | 'onNetworkChange' | 'networkType'>;

/** Makes pulls that share. Null: the token is none. */
export type SharingEngine = (
  port: SharingPort,
  clock: Clock,
  log: Log,
  options: SharingOptions,
  handler: SharedStreamHandler,
  onNotice: OnDevNotice,
) => SharedPull | null;

/**
 * The engine, once its script (p2p-core/swarm/index) was asked for by somebody: a component, or the app. An app without it
 * carries none of it, and takes everything from the server.
 */
export const sharing: { engine: SharingEngine | null } = { engine: null };
