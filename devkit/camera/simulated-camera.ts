import type { KeyPair } from '../../p2p-core/crypto/noise';
import type { PeerTicket } from '../../p2p-core/signaling/types';
import { createCameraAgent } from './camera-agent';
import type { CameraAgent, CameraAgentOptions } from './camera-agent';
import type { CameraChannel } from './channel';
import { OWNER_GRANT } from './grants';
import { openChannels } from './sources';
import { discardTalk } from './talk-sink';
import type { OpenTalkSink } from './talk-sink';

type Replaced = 'entrances' | 'channels' | 'openTalkSink' | 'onStateChange';

export interface SimulatedCameraOptions extends Omit<CameraAgentOptions, Replaced> {
  /** Who the camera is and where it meets its viewers. */
  ticket: PeerTicket;
  /** The pair of `ticket.staticKey`; null where the ticket pins none. */
  staticKeyPair: KeyPair | null;
  /** Default: one, with the built-in test picture and recordings of it. */
  channels?: readonly CameraChannel[];
  /** Where viewers' voices go. Default: heard and forgotten; null: this camera cannot talk. */
  openTalkSink?: OpenTalkSink | null;
  /** Whether new viewers can find the camera. */
  onStateChange?: (state: 'online' | 'offline', reason: string) => void;
}

/** A whole camera in this process: `start` and `stop` are all there is to do. */
export function createSimulatedCamera(options: SimulatedCameraOptions): CameraAgent {
  const { port, ticket, staticKeyPair, onStateChange, openTalkSink = discardTalk } = options;
  return createCameraAgent({
    ...options,
    entrances: [{ grant: OWNER_GRANT, ticket, staticKeyPair }],
    channels: options.channels ?? openChannels(port.clock, { sourceName: 'test:' }),
    openTalkSink,
    onStateChange: (_name, state, reason) => onStateChange?.(state, reason),
  });
}
