import type { SwarmStats } from '../origin/sharing';
import type { SessionPath } from '../session/types';
import type { TransportStats } from '../transport/types';

/**
 * What `getStats` tells. Ours, not in the guide: `if (module.getStats)`. Nothing runs for it between two calls, so it costs
 * nothing until it is asked for. Times are in ms, null while the step is not done.
 */
export interface ServiceStats {
  /** Where the packets go; null while there is no path. A shared stream comes from its 'server', or from 'peers'. */
  pathKind: SessionPath['kind'] | 'server' | 'peers' | null;
  /** Smoothed round-trip time; null before it was measured. */
  rttMs: number | null;
  /** 0 to 1: of the packets that the camera sent in the last interval, what did not arrive. */
  lossRate: number;
  /** Of the session with the camera, packet headers included: services of one camera share it. */
  receivedBytes: number;
  sentBytes: number;
  /** Of `receivedBytes`, in the last interval. */
  bitrateKbps: number;
  startSteps: StartSteps;
  /** The stream that runs; null while none does. */
  stream: StreamStats | null;
  /** Of a stream that viewers share with each other; null for any other. */
  swarm: SwarmStats | null;
}

/**
 * When each step to the first picture was done, counted from `startP2PService`. The last three are of the first stream of
 * the service; steps that a service of the same camera had done before take 0.
 */
export interface StartSteps {
  /** The rendezvous server is connected and has our call. */
  signalingMs: number | null;
  /** The camera has answered: keys exist. */
  handshakeMs: number | null;
  /** A path to the camera was validated. */
  pathMs: number | null;
  /** The request for the stream was sent. */
  requestMs: number | null;
  /** The camera has answered the request. */
  headerMs: number | null;
  /** The first byte of the stream went to `dataCallback`. */
  firstByteMs: number | null;
}

/** Of one stream; times count from its `startStream`. */
export interface StreamStats {
  requestMs: number | null;
  headerMs: number | null;
  firstByteMs: number | null;
  /** Given to `dataCallback`. */
  receivedBytes: number;
  /** In the last interval. */
  bitrateKbps: number;
  /** What the camera left out because the network was too slow, in all, and how often it did. */
  skippedMs: number;
  skips: number;
}

/** Shorter ones would measure single frames. */
const MIN_INTERVAL_MS = 500;

type Traffic = Pick<TransportStats, 'bytesReceived' | 'packetsExpected' | 'packetsReceived'>;

/** Rates between one call of `getStats` and the next: an interval is as long as whoever asks leaves it. */
export class RateMeter {
  bitrateKbps = 0;
  streamKbps = 0;
  lossRate = 0;
  private receivedBytes = 0;
  private streamBytes = 0;
  private packetsExpected = 0;
  private packetsReceived = 0;

  /** @param transport of a session that lived before, as far as it got */
  constructor(
    private markedMs: number,
    transport: TransportStats | null,
  ) {
    if (transport !== null) this.mark(transport);
  }

  /** @param streamBytes of all streams of the service so far */
  update(transport: Traffic, streamBytes: number, nowMs: number): void {
    const elapsedMs = nowMs - this.markedMs;
    if (elapsedMs < MIN_INTERVAL_MS) return;
    const { bytesReceived, packetsExpected, packetsReceived } = transport;
    this.bitrateKbps = kbps(bytesReceived - this.receivedBytes, elapsedMs);
    this.streamKbps = kbps(streamBytes - this.streamBytes, elapsedMs);
    const expected = packetsExpected - this.packetsExpected;
    // What was late in one interval may arrive in the next.
    this.lossRate = expected > 0 ? Math.max(0, 1 - (packetsReceived - this.packetsReceived) / expected) : 0;
    this.markedMs = nowMs;
    this.streamBytes = streamBytes;
    this.mark(transport);
  }

  private mark({ bytesReceived, packetsExpected, packetsReceived }: Traffic): void {
    this.receivedBytes = bytesReceived;
    this.packetsExpected = packetsExpected;
    this.packetsReceived = packetsReceived;
  }
}

const kbps = (bytes: number, ms: number): number => Math.round((bytes * 8) / ms);
