import { NatWatch } from '../../p2p-core/api/nat-watch';
import { toHex } from '../../p2p-core/bytes/hex';
import type { KeyPair } from '../../p2p-core/crypto/noise';
import type { P2PError } from '../../p2p-core/errors';
import { serveExchange } from '../../p2p-core/http/server';
import type { HttpServerRequest, HttpServerResponse } from '../../p2p-core/http/types';
import type { PathPolicy, TurnServer } from '../../p2p-core/path/types';
import type { Port } from '../../p2p-core/port/port';
import { Endpoint } from '../../p2p-core/session/endpoint';
import { IncomingCalls } from '../../p2p-core/session/incoming-calls';
import { createRendezvous } from '../../p2p-core/signaling/rendezvous';
import type { PeerTicket, Rendezvous } from '../../p2p-core/signaling/types';
import { PresenceBeacon, presenceMessage } from './presence-beacon';

/**
 * Answers one HTTP exchange. `viewerId` is the same for all exchanges of one session and never used again: what a viewer
 * does in one exchange (pause, say) can be about another of the same viewer.
 */
export type CameraRequestHandler = (
  request: HttpServerRequest,
  response: HttpServerResponse,
  viewerId: number,
) => void;

export interface CameraHostOptions {
  /** Identity and secret of the camera; its `signalingUrl` names the rendezvous. */
  ticket: PeerTicket;
  /** The pair whose public half is `ticket.staticKey`; null where the xp2pInfo pins none. */
  staticKeyPair: KeyPair | null;
  login?: { user: string; password: string };
  /** Default 4. Asked for every call, where it is a function. */
  maxViewers?: number | (() => number);
  /** Numbers for `viewerId`, where several hosts have one handler. Default: from 1 on. */
  nextViewerId?: () => number;
  /** Which paths sessions may take. Default 'all'. */
  pathPolicy?: PathPolicy;
  /** Asked for every call, since credentials expire. Default: those of the ticket. */
  turnServers?: () => TurnServer[];
  /** One HTTP exchange of one viewer. */
  onRequest: CameraRequestHandler;
  /** Of the rendezvous: whether new viewers can call. */
  onStateChange?: (state: 'online' | 'offline', reason: string) => void;
  onViewersChange?: (viewerCount: number) => void;
  /** Its session has ended; no request of it follows. */
  onViewerLeft?: (viewerId: number) => void;
}

export interface CameraHost {
  /** Resolves when the socket is open; calls are answered from when the rendezvous accepts us. @throws P2PError */
  start(): Promise<void>;
  /** Ends every session and closes socket and rendezvous. */
  stop(): void;
  readonly viewerCount: number;
}

const DEFAULT_MAX_VIEWERS = 4;

/** The answering end: the same endpoint and sessions as a viewer's, with an HTTP server on every stream. */
export function createCameraHost(port: Port, options: CameraHostOptions): CameraHost {
  const { ticket, onRequest, maxViewers = DEFAULT_MAX_VIEWERS } = options;
  const endpoint = new Endpoint(port);
  let rendezvous: Rendezvous | null = null;
  let beacon: PresenceBeacon | null = null;
  let calls: IncomingCalls | null = null;
  let lastViewerId = 0;
  const nextViewerId = options.nextViewerId ?? ((): number => ++lastViewerId);
  // What the port reports is a change of addresses: the connection to the broker left from one that may be gone.
  const natWatch = new NatWatch(port, endpoint, () => {
    port.log('info', 'the network has changed: sessions look for another path');
    rendezvous?.reconnect();
  });

  const connect = (): void => {
    const suffix = new Uint8Array(4);
    endpoint.fillRandom(suffix);
    const link = createRendezvous({
      url: ticket.signalingUrl ?? '',
      ...(options.login ? { login: options.login } : {}),
      clientId: `camera-${toHex(suffix)}`,
      will: presenceMessage(ticket, { state: 'offline' }, endpoint.fillRandom),
      port: { clock: port.clock, log: port.log, openWebSocket: port.openWebSocket },
      fillRandom: endpoint.fillRandom,
    });
    rendezvous = link;
    const present = (beacon = new PresenceBeacon(ticket, link, port.clock, endpoint.fillRandom));
    link.onStateChange = (state, reason) => {
      if (state === 'online') present.sayOnline();
      else present.pause();
      options.onStateChange?.(state === 'online' ? 'online' : 'offline', reason);
    };
    calls = new IncomingCalls(endpoint, port.clock, port.log, {
      ticket,
      staticKeyPair: options.staticKeyPair,
      rendezvous: link,
      get maxViewers() {
        return typeof maxViewers === 'number' ? maxViewers : maxViewers();
      },
      path: () => ({
        policy: options.pathPolicy ?? 'all',
        stunServers: ticket.stunServers,
        turnServers: options.turnServers ? options.turnServers() : ticket.turnServers,
      }),
      onSession: () => {
        const viewerId = nextViewerId();
        return {
          onConnected: (path) => port.log('info', `viewer connected over ${path.kind}`),
          onPathChanged: (path) => port.log('info', `viewer moved to ${path.kind}`),
          onStream: (stream) =>
            serveExchange(stream, (request, response) => onRequest(request, response, viewerId)),
          onClosed: (errcode, errmsg) => {
            port.log('info', `viewer left: ${errcode} ${errmsg}`);
            options.onViewerLeft?.(viewerId);
          },
        };
      },
      onCountChange: (count) => options.onViewersChange?.(count),
    });
  };

  return {
    get viewerCount() {
      return calls?.viewerCount ?? 0;
    },
    start() {
      return new Promise((resolve, reject: (error: P2PError) => void) => {
        endpoint.open((error) => {
          if (error !== null) return reject(error);
          connect();
          resolve();
          // Viewers that call before the answer use the host candidates; later ones get the mapped address too.
          endpoint.probeNat(ticket.stunServers, (mapped) => {
            if (mapped) port.log('info', 'the STUN server sees this camera');
          });
          natWatch.start(ticket.stunServers, (event) => port.log('info', `the STUN server: ${event}`));
        });
      });
    },
    stop() {
      natWatch.stop();
      beacon?.close();
      beacon = null;
      calls?.close();
      calls = null;
      rendezvous?.close();
      rendezvous = null;
      endpoint.close();
    },
  };
}
