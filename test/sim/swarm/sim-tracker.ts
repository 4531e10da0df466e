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
  /** `bytes`: on the wire. */
  send(to: PeerId, message: TrackerMessage, bytes: number): void;
}

/** A tracker behind the simulated broker. */
export interface SimTracker {
  onRequest(from: PeerId, request: TrackerRequest, isStranger: boolean): void;
  /** Bytes of a request on the wire. */
  sizeOf(request: TrackerRequest): number;
}

export type SimTrackerFactory = (env: SimTrackerEnv) => SimTracker;
