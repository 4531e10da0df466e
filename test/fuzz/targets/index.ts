import type { FuzzTarget } from '../target';
import { handshake } from './handshake';
import { origin } from './origin';
import { frames, sealedPackets, transport } from './packets';
import { callDescription, envelope, presence, signalMessage } from './signaling';
import { flv, httpRequest, httpResponse, mjpg, mqtt } from './streams';
import { iceAgent, stun } from './stun';
import { linkMessage, linkStream, segmentHead, segmentTags } from './swarm';
import { text, xp2pInfo } from './text';
import { trackerMessages, trackerRequest } from './tracker';

/** Everything that reads bytes of a stranger or of a peer. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  stun,
  iceAgent,
  frames,
  sealedPackets,
  transport,
  handshake,
  envelope,
  signalMessage,
  callDescription,
  presence,
  mqtt,
  httpRequest,
  httpResponse,
  flv,
  origin,
  linkMessage,
  linkStream,
  segmentHead,
  segmentTags,
  mjpg,
  xp2pInfo,
  text,
  trackerMessages,
  trackerRequest,
];
