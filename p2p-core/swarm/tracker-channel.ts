import type { Clock, FillRandom, Log } from '../port/port';
import { streamInboxTopic } from '../signaling/topics';
import type { Rendezvous } from '../signaling/types';
import type { StreamToken } from './stream-token';
import { decodeTrackerMessage, encodeTrackerRequest } from './tracker-messages';
import {
  channelKeys,
  INBOX_BYTES,
  isRoots,
  openAnswer,
  openRoots,
  peerIdOf,
  sealRequest,
  trackerTopic,
} from './tracker-sealing';
import type { ChannelKeys } from './tracker-sealing';
import type { PeerId, TrackerMessage, TrackerRequest } from './tracker-types';

export interface TrackerChannelOptions {
  rendezvous: Rendezvous;
  clock: Clock;
  log: Log;
  fillRandom: FillRandom;
  /** 16 bytes, `streamIdOf(url)`. */
  streamId: Uint8Array;
  token: StreamToken;
  /** As the app's server has it; default 1. */
  shardCount?: number;
  /** Sound messages of the tracker, in order. Roots come as a message too. */
  onMessage(message: TrackerMessage): void;
}

const CORRECTION_GAP_MS = 10_000;

/**
 * One viewer's line to the tracker of one stream: seals and opens, and learns the tracker's time. What is lost is the
 * sender's to repeat.
 */
export class TrackerChannel {
  /** This viewer's name in the stream. */
  readonly peerId: PeerId;

  private readonly keys: ChannelKeys;
  private readonly inbox = new Uint8Array(INBOX_BYTES);
  private readonly topic: string;
  private readonly unsubscribe: () => void;
  private isClosed = false;
  private join: TrackerRequest | null = null;
  /** The tracker's clock in front of ours, once it has complained. */
  private clockAheadMs = 0;
  private correctedMs = -Infinity;
  private sentStampMs = 0;
  private heardStampMs = 0;

  constructor(private readonly options: TrackerChannelOptions) {
    const { rendezvous, fillRandom, streamId, token } = options;
    this.keys = channelKeys(streamId, token.mac);
    fillRandom(this.inbox);
    this.peerId = peerIdOf(this.inbox);
    this.topic = trackerTopic(streamId, options.shardCount || 1);
    this.unsubscribe = rendezvous.subscribe(streamInboxTopic(this.inbox), (payload) =>
      this.onAnswer(payload),
    );
  }

  send(request: TrackerRequest): void {
    if (this.isClosed) return;
    if (request.kind === 'join') this.join = request;
    const { rendezvous, clock, streamId, token, fillRandom } = this.options;
    const wallMs = Math.max(0, Math.floor(clock.wallMs() + this.clockAheadMs));
    this.sentStampMs = Math.max(this.sentStampMs + 1, wallMs);
    const message = encodeTrackerRequest(request);
    const sealed = { stampMs: this.sentStampMs, inbox: this.inbox, message };
    rendezvous.publish(this.topic, sealRequest(streamId, token, this.keys, sealed, fillRandom));
  }

  /** Nothing is called any more. Say `leave` before. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.unsubscribe();
    for (const key of [this.keys.toTracker, this.keys.toViewer, this.keys.roots]) key.fill(0);
  }

  private onAnswer(payload: Uint8Array): void {
    if (isRoots(payload)) {
      const roots = openRoots(this.keys, this.inbox, payload);
      if (roots !== null) this.options.onMessage({ kind: 'roots', roots });
      return;
    }
    const answer = openAnswer(this.keys, payload);
    const message = answer && decodeTrackerMessage(answer.message);
    if (!answer || !message || answer.stampMs <= this.heardStampMs) {
      return this.options.log('debug', 'tracker: a message that does not open was dropped');
    }
    this.heardStampMs = answer.stampMs;
    if (message.kind === 'refuse' && message.why === 'clock') return this.correctClock(message.nowMs);
    // Only by its own MAC.
    if (message.kind === 'roots') return;
    this.options.onMessage(message);
  }

  /** Once in a while: a tracker that is never content is not worth a conversation. */
  private correctClock(trackerMs: number): void {
    const nowMs = this.options.clock.nowMs();
    if (this.join === null || nowMs - this.correctedMs < CORRECTION_GAP_MS) return;
    this.correctedMs = nowMs;
    this.clockAheadMs = trackerMs - this.options.clock.wallMs();
    // Down from a stamp of the wrong clock; the tracker has not taken it.
    this.sentStampMs = 0;
    this.send(this.join);
  }
}
