import type { KeyPair } from '../../p2p-core/crypto/noise';
import type { HttpServerRequest, HttpServerResponse } from '../../p2p-core/http/types';
import type { PathPolicy, TurnServer } from '../../p2p-core/path/types';
import type { Port } from '../../p2p-core/port/port';
import type { PeerTicket } from '../../p2p-core/signaling/types';
import { createCameraHost } from './camera-host';
import type { CameraHost } from './camera-host';
import type { CameraChannel } from './channel';
import { createRequestHandler } from './request-handler';
import { openChannels } from './sources';
import { discardTalk } from './talk-sink';
import type { OpenTalkSink } from './talk-sink';

export interface SimulatedCameraOptions {
  port: Port;
  /** Who the camera is and where it meets its viewers. */
  ticket: PeerTicket;
  /** The pair of `ticket.staticKey`; null where the ticket pins none. */
  staticKeyPair: KeyPair | null;
  /** Default: one, with the built-in test picture and recordings of it. */
  channels?: readonly CameraChannel[];
  /** Where viewers' voices go. Default: heard and forgotten; null: this camera cannot talk. */
  openTalkSink?: OpenTalkSink | null;
  login?: { user: string; password: string };
  /** Default 4. */
  maxViewers?: number;
  /** As of CameraHostOptions. */
  pathPolicy?: PathPolicy;
  turnServers?: () => TurnServer[];
  /** Default 16; live streams, playbacks and downloads at once. */
  maxStreams?: number;
  /** Sees every request first; true: it is taken care of, and the camera does nothing. */
  intercept?: (request: HttpServerRequest, response: HttpServerResponse) => boolean;
  /** Whether new viewers can find the camera. */
  onStateChange?: (state: 'online' | 'offline', reason: string) => void;
  onViewersChange?: (viewerCount: number) => void;
}

/** A whole camera in this process: `start` and `stop` are all there is to do. */
export function createSimulatedCamera(options: SimulatedCameraOptions): CameraHost {
  const { port, ticket, staticKeyPair, login, maxViewers, maxStreams, onStateChange, onViewersChange } =
    options;
  const serve = createRequestHandler({
    clock: port.clock,
    channels: options.channels ?? openChannels(port.clock, { sourceName: 'test:' }),
    viewerCount: () => host.viewerCount,
    openTalkSink: options.openTalkSink === undefined ? discardTalk : options.openTalkSink,
    onTalk: ({ format, byteCount, isComplete }) =>
      port.log('info', `a viewer talked: ${byteCount} bytes of ${format}${isComplete ? '' : ', cut off'}`),
    onSkip: (skipCount) => port.log('info', `a viewer is too slow: ${skipCount} groups of pictures cut`),
    ...(maxStreams === undefined ? {} : { maxStreams }),
  });
  const host: CameraHost = createCameraHost(port, {
    ticket,
    staticKeyPair,
    onRequest: (request, response, viewerId) => {
      if (options.intercept?.(request, response) !== true) serve(request, response, viewerId);
    },
    ...(login ? { login } : {}),
    ...(maxViewers === undefined ? {} : { maxViewers }),
    ...(options.pathPolicy === undefined ? {} : { pathPolicy: options.pathPolicy }),
    ...(options.turnServers === undefined ? {} : { turnServers: options.turnServers }),
    ...(onStateChange ? { onStateChange } : {}),
    ...(onViewersChange ? { onViewersChange } : {}),
  });
  return host;
}
