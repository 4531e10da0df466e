import type { KeyPair } from '../../p2p-core/crypto/noise';
import type { Port } from '../../p2p-core/port/port';
import type { PeerTicket } from '../../p2p-core/signaling/types';
import { createCameraHost } from './camera-host';
import type { CameraHost } from './camera-host';
import type { LiveSource } from './live-source';
import { createRequestHandler } from './request-handler';
import { openSource } from './sources';

export interface SimulatedCameraOptions {
  port: Port;
  /** Who the camera is and where it meets its viewers. */
  ticket: PeerTicket;
  /** The pair of `ticket.staticKey`; null where the ticket pins none. */
  staticKeyPair: KeyPair | null;
  /** Default: the built-in test picture. */
  source?: LiveSource;
  login?: { user: string; password: string };
  /** Default 4. */
  maxViewers?: number;
  /** Whether new viewers can find the camera. */
  onStateChange?: (state: 'online' | 'offline', reason: string) => void;
  onViewersChange?: (viewerCount: number) => void;
}

/** A whole camera in this process: `start` and `stop` are all there is to do. */
export function createSimulatedCamera(options: SimulatedCameraOptions): CameraHost {
  const { port, ticket, staticKeyPair, login, maxViewers, onStateChange, onViewersChange } = options;
  const host: CameraHost = createCameraHost(port, {
    ticket,
    staticKeyPair,
    onRequest: createRequestHandler({
      source: options.source ?? openSource(port.clock, 'test:'),
      viewerCount: () => host.viewerCount,
      onSkip: (skipCount) => port.log('info', `a viewer is too slow: ${skipCount} groups of pictures cut`),
    }),
    ...(login ? { login } : {}),
    ...(maxViewers === undefined ? {} : { maxViewers }),
    ...(onStateChange ? { onStateChange } : {}),
    ...(onViewersChange ? { onViewersChange } : {}),
  });
  return host;
}
