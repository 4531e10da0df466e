import type { PeerId, TrackerMessage, TrackerRequest } from '../../../p2p-core/swarm/tracker-types';
import type { Prng } from '../prng';
import type { VirtualClock } from '../virtual-clock';
import type { StreamSource } from './source';

export const SIM_URL = 'https://origin.example/live/a.flv';

export interface SimTrackerEnv {
  clock: VirtualClock;
  random: Prng;
  /** What an auditor would read from the origin. */
  source: StreamSource;
  send(to: PeerId, message: TrackerMessage, bytes: number): void;
}

/** A tracker behind the simulated broker. */
export interface SimTracker {
  onRequest(from: PeerId, request: TrackerRequest): void;
  /** Bytes of a request, unsealed. */
  sizeOf(request: TrackerRequest): number;
  /** It has left, with a word or without. */
  forget?(peer: PeerId): void;
}

export type SimTrackerFactory = (env: SimTrackerEnv) => SimTracker;
