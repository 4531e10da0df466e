import { toHex } from '../bytes/hex';
import type { Clock, FillRandom, Log } from '../port/port';
import { TimerSlot } from '../session/timer-slot';
import { Backoff } from '../signaling/backoff';
import { viewerTopic } from '../signaling/topics';
import type { Rendezvous } from '../signaling/types';
import type { StreamToken } from './stream-token';
import { decodeTrackerMessage, encodeTrackerRequest } from './tracker-messages';
import {
  channelKeys,
  INBOX_BYTES,
  openAnswer,
  openSignedRoots,
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
  /** Whether the tracker has us: true after each welcome, false when it is silent or has refused us. */
  onStateChange(isUp: boolean): void;
}

/** An answer, or any other word of the tracker, is here by then. */
const ANSWER_TIMEOUT_MS = 3_000;
/** A tracker that was restarted has forgotten everybody: they come back over so much time. */
const REJOIN_SPREAD_MS = 5_000;
/** Signed messages of roots looked at per second, whoever sends them; a stream has two. */
const ROOTS_PER_SECOND = 8;

/**
 * One viewer's line to the tracker of one stream. It repeats a join until it is answered, notices a tracker that fell silent
 * and joins again; everything else that is lost is the sender's to repeat.
 */
export class TrackerChannel {
  /** This viewer's name in the stream. */
  readonly peerId: PeerId;

  private readonly keys: ChannelKeys;
  private readonly inbox = new Uint8Array(INBOX_BYTES);
  private readonly topic: string;
  private readonly unsubscribe: () => void;
  private readonly timer: TimerSlot;
  private readonly backoff: Backoff;
  private isUp = false;
  private isClosed = false;
  private join: TrackerRequest | null = null;
  /** When the tracker is silent, or the join is to be repeated. */
  private dueMs = Infinity;
  /** The tracker's clock in front of ours, once it has complained. */
  private clockAheadMs = 0;
  private sentStampMs = 0;
  private heardStampMs = 0;
  private roots: { topic: Uint8Array; stop: () => void } | null = null;
  private rootsLooked = 0;
  private rootsSinceMs = 0;

  constructor(private readonly options: TrackerChannelOptions) {
    const { rendezvous, clock, fillRandom, streamId, token } = options;
    this.keys = channelKeys(streamId, token.mac);
    fillRandom(this.inbox);
    this.peerId = peerIdOf(this.inbox);
    this.topic = trackerTopic(streamId, options.shardCount || 1);
    this.backoff = new Backoff(fillRandom);
    this.timer = new TimerSlot(clock, () => this.onTimer());
    this.unsubscribe = rendezvous.subscribe(viewerTopic(this.inbox), (payload) => this.onAnswer(payload));
  }

  /** A join is kept, and repeated whenever the tracker has to hear it. */
  send(request: TrackerRequest): void {
    if (this.isClosed) return;
    if (request.kind === 'join') this.join = request;
    this.publish(request);
    const isAnswered = request.kind !== 'root' && request.kind !== 'bad' && request.kind !== 'leave';
    if (isAnswered && this.dueMs === Infinity) this.setDue(ANSWER_TIMEOUT_MS);
  }

  /** Nothing is called any more. Say `leave` before. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.timer.clear();
    this.unsubscribe();
    this.stopRoots();
    this.keys.toTracker.fill(0);
    this.keys.toViewer.fill(0);
  }

  private publish(request: TrackerRequest): void {
    const { rendezvous, clock, streamId, token, fillRandom } = this.options;
    const wallMs = Math.max(0, Math.floor(clock.wallMs() + this.clockAheadMs));
    this.sentStampMs = Math.max(this.sentStampMs + 1, wallMs);
    const message = encodeTrackerRequest(request);
    const sealed = { stampMs: this.sentStampMs, inbox: this.inbox, message };
    rendezvous.publish(this.topic, sealRequest(streamId, token, this.keys, sealed, fillRandom));
  }

  private onAnswer(payload: Uint8Array): void {
    const answer = openAnswer(this.keys, payload);
    const message = answer && decodeTrackerMessage(answer.message);
    if (!answer || !message || answer.stampMs <= this.heardStampMs) {
      return this.options.log('debug', 'tracker: a message that does not open was dropped');
    }
    this.heardStampMs = answer.stampMs;
    this.setDue(Infinity);
    if (message.kind === 'welcome') {
      this.backoff.reset();
      this.setUp(true);
    } else if (message.kind === 'refuse') {
      this.onRefuse(message);
    } else if (message.kind === 'anchor' && message.gopNo !== null) {
      this.listenToRoots(message.rootsTopic, message.rootKey);
    }
    if (!this.isClosed) this.options.onMessage(message);
  }

  private onRefuse({ why, retryMs, nowMs }: Extract<TrackerMessage, { kind: 'refuse' }>): void {
    if (why === 'clock') {
      this.clockAheadMs = nowMs - this.options.clock.wallMs();
      // Down from a stamp of the wrong clock; the tracker has not taken it.
      this.sentStampMs = 0;
    }
    if (why === 'busy') return;
    this.setDue(
      why === 'unknown' ? this.spread(REJOIN_SPREAD_MS) : why === 'clock' ? 0 : retryMs || Infinity,
    );
    this.setUp(false);
  }

  private listenToRoots(topic: Uint8Array, key: Uint8Array): void {
    if (this.roots !== null && toHex(this.roots.topic) === toHex(topic)) return;
    this.stopRoots();
    const stop = this.options.rendezvous.subscribe(viewerTopic(topic), (payload) => {
      const nowMs = this.options.clock.nowMs();
      if (nowMs - this.rootsSinceMs >= 1000) {
        this.rootsSinceMs = nowMs;
        this.rootsLooked = 0;
      }
      if (++this.rootsLooked > ROOTS_PER_SECOND) return;
      const roots = openSignedRoots(topic, key, payload);
      if (roots !== null) this.options.onMessage({ kind: 'roots', roots });
    });
    this.roots = { topic, stop };
  }

  private stopRoots(): void {
    if (this.roots !== null) this.roots.stop();
    this.roots = null;
  }

  private onTimer(): void {
    const nowMs = this.options.clock.nowMs();
    if (nowMs >= this.dueMs) {
      this.setUp(false);
      if (this.isClosed || this.join === null) return;
      this.publish(this.join);
      this.setDue(ANSWER_TIMEOUT_MS + this.backoff.nextDelayMs());
    } else this.timer.arm(this.dueMs);
  }

  private setDue(delayMs: number): void {
    this.dueMs = this.options.clock.nowMs() + delayMs;
    this.timer.arm(this.dueMs);
  }

  private setUp(isUp: boolean): void {
    if (this.isUp === isUp) return;
    this.isUp = isUp;
    this.options.onStateChange(isUp);
  }

  private spread(mostMs: number): number {
    const random = new Uint8Array(2);
    this.options.fillRandom(random);
    return (((random[0]! << 8) | random[1]!) / 0xffff) * mostMs;
  }
}
