import { equalBytes } from '../../p2p-core/bytes/concat';
import type { KeyPair } from '../../p2p-core/crypto/noise';
import type { HttpServerRequest, HttpServerResponse } from '../../p2p-core/http/types';
import type { PathPolicy, TurnServer } from '../../p2p-core/path/types';
import type { Port } from '../../p2p-core/port/port';
import type { PeerTicket } from '../../p2p-core/signaling/types';
import { createCameraHost } from './camera-host';
import type { CameraHost } from './camera-host';
import type { CameraChannel } from './channel';
import type { Grant } from './grants';
import { createCameraServer } from './request-handler';
import type { OpenTalkSink } from './talk-sink';

/** One xp2pInfo of a camera: who it is for its holders, and what these may do. */
export interface CameraEntrance {
  grant: Grant;
  ticket: PeerTicket;
  /** The pair of `ticket.staticKey`; null where the ticket pins none. */
  staticKeyPair: KeyPair | null;
}

export interface CameraAgentOptions {
  port: Port;
  /** The owner's, and one for each further grant. */
  entrances: readonly CameraEntrance[];
  channels: readonly CameraChannel[];
  /** Where viewers' voices go; null: this camera cannot talk. */
  openTalkSink: OpenTalkSink | null;
  login?: { user: string; password: string };
  /** Of all entrances together. Default 4. */
  maxViewers?: number;
  /** Default 16; live streams, playbacks and downloads at once. */
  maxStreams?: number;
  /** As of CameraHostOptions. */
  pathPolicy?: PathPolicy;
  turnServers?: () => TurnServer[];
  /** Sees every request first; true: it is taken care of, and the camera does nothing. */
  intercept?: (request: HttpServerRequest, response: HttpServerResponse) => boolean;
  /** Whether new viewers can find the camera by this entrance. */
  onStateChange?: (grantName: string, state: 'online' | 'offline', reason: string) => void;
  /** Of all entrances together. */
  onViewersChange?: (viewerCount: number) => void;
}

export interface CameraAgent {
  /** Resolves when every socket is open. @throws P2PError */
  start(): Promise<void>;
  /** Ends every session and closes every socket. */
  stop(): void;
  /**
   * Other entrances from now on, once started. One that is the same goes on; who came by one that is gone, or allows something
   * else now, is cut off before this returns. Resolves when the sockets of the new ones are open. @throws P2PError
   */
  setEntrances(entrances: readonly CameraEntrance[]): Promise<void>;
  readonly viewerCount: number;
  viewersOf(grantName: string): number;
}

const DEFAULT_MAX_VIEWERS = 4;

/**
 * A camera with one or several xp2pInfos. Each has a peer name, a secret and a key of its own, and a connection of its own to
 * the rendezvous: whom a viewer has called tells what it may do, and a connection's last will can speak for one name only.
 */
export function createCameraAgent(options: CameraAgentOptions): CameraAgent {
  const { port, channels, openTalkSink, login, maxStreams, maxViewers = DEFAULT_MAX_VIEWERS } = options;
  const countAll = (): number => hosts.reduce((sum, { host }) => sum + host.viewerCount, 0);
  const server = createCameraServer({
    clock: port.clock,
    channels,
    viewerCount: countAll,
    openTalkSink,
    onTalk: ({ format, byteCount, isComplete }) =>
      port.log('info', `a viewer talked: ${byteCount} bytes of ${format}${isComplete ? '' : ', cut off'}`),
    onSkip: (skipCount) => port.log('info', `a viewer is too slow: ${skipCount} groups of pictures cut`),
    ...(maxStreams === undefined ? {} : { maxStreams }),
  });
  let lastViewerId = 0;
  const open = (entrance: CameraEntrance): { name: string; entrance: CameraEntrance; host: CameraHost } => {
    const { grant, ticket, staticKeyPair } = entrance;
    const host: CameraHost = createCameraHost(port, {
      ticket,
      staticKeyPair,
      onRequest: (request, response, viewerId) => {
        if (options.intercept?.(request, response) !== true) server.serve(request, response, viewerId, grant);
      },
      maxViewers: () => maxViewers - (countAll() - host.viewerCount),
      nextViewerId: () => ++lastViewerId,
      onViewerLeft: (viewerId) => server.viewerLeft(viewerId),
      onStateChange: (state, reason) => options.onStateChange?.(grant.name, state, reason),
      onViewersChange: () => options.onViewersChange?.(countAll()),
      ...(login ? { login } : {}),
      ...(options.pathPolicy === undefined ? {} : { pathPolicy: options.pathPolicy }),
      ...(options.turnServers === undefined ? {} : { turnServers: options.turnServers }),
    });
    return { name: grant.name, entrance, host };
  };
  let hosts = options.entrances.map(open);
  const stop = (): void => hosts.forEach(({ host }) => host.stop());
  return {
    async start() {
      try {
        await Promise.all(hosts.map(({ host }) => host.start()));
      } catch (error) {
        stop();
        throw error;
      }
    },
    stop,
    async setEntrances(entrances) {
      const kept = hosts.filter(({ entrance }) => entrances.some((each) => isSame(each, entrance)));
      const closed = hosts.filter((each) => !kept.includes(each));
      const opened = entrances
        .filter((entrance) => !kept.some((each) => isSame(each.entrance, entrance)))
        .map(open);
      hosts = [...kept, ...opened];
      closed.forEach(({ host }) => host.stop());
      await Promise.all(opened.map(({ host }) => host.start()));
    },
    get viewerCount() {
      return countAll();
    },
    viewersOf: (grantName) => hosts.find(({ name }) => name === grantName)?.host.viewerCount ?? 0,
  };
}

/** The same xp2pInfo for the same actions. */
function isSame(a: CameraEntrance, b: CameraEntrance): boolean {
  const actions = [...a.grant.actions].sort().join();
  return (
    a.grant.name === b.grant.name &&
    actions === [...b.grant.actions].sort().join() &&
    equalBytes(a.ticket.peerName, b.ticket.peerName) &&
    equalBytes(a.ticket.secret, b.ticket.secret)
  );
}
