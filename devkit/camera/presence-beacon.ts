import type { Clock, FillRandom, TimerId } from '../../p2p-core/port/port';
import { openEnvelope, sealEnvelope, signalingKeys } from '../../p2p-core/signaling/envelope';
import { decodePresence, encodePresence, PRESENCE_INTERVAL_MS } from '../../p2p-core/signaling/presence';
import type { Presence } from '../../p2p-core/signaling/presence';
import { presenceTopic } from '../../p2p-core/signaling/topics';
import type { PeerTicket, Rendezvous } from '../../p2p-core/signaling/types';

/** A wrong word is contradicted at most this often, so that two who contradict each other cost little. */
const CONTRADICTION_GAP_MS = 1000;

/** What the camera's retained presence is told to be; the broker publishes it as the will of a connection that broke. */
export function presenceMessage(
  ticket: PeerTicket,
  presence: Presence,
  fillRandom: FillRandom,
): { topic: string; payload: Uint8Array; isRetained: true } {
  const key = signalingKeys(ticket).presence;
  return {
    topic: presenceTopic(ticket.peerName),
    payload: sealEnvelope(key, encodePresence(presence), fillRandom),
    isRetained: true,
  };
}

/**
 * Keeps the presence of a camera true while it runs: says that it is online after every connect and each minute, and
 * contradicts whatever else the topic says. A will can come late, of a connection that broke without a word when the
 * camera lost its power or its network, after the same camera has connected again: it would stay as the last word.
 */
export class PresenceBeacon {
  private readonly key: Uint8Array;
  private readonly unsubscribe: () => void;
  private timer: TimerId | null = null;
  private saidMs = -Infinity;

  constructor(
    private readonly ticket: PeerTicket,
    private readonly rendezvous: Rendezvous,
    private readonly clock: Clock,
    private readonly fillRandom: FillRandom,
  ) {
    this.key = signalingKeys(ticket).presence;
    this.unsubscribe = rendezvous.subscribe(presenceTopic(ticket.peerName), (payload) =>
      this.onWord(payload),
    );
  }

  /** The rendezvous has accepted us, or should hear again that we are here. */
  sayOnline(): void {
    this.saidMs = this.clock.nowMs();
    this.publish({ state: 'online', saidAtMs: this.clock.wallMs() });
    this.armFor(PRESENCE_INTERVAL_MS);
  }

  /** The rendezvous is lost: there is nobody to tell. */
  pause(): void {
    if (this.timer !== null) this.clock.clearTimer(this.timer);
    this.timer = null;
  }

  /** Says goodbye where somebody listens. */
  close(): void {
    this.pause();
    this.unsubscribe();
    if (this.rendezvous.state === 'online') this.publish({ state: 'offline' });
  }

  private onWord(payload: Uint8Array): void {
    const plain = openEnvelope(this.key, payload);
    const presence = plain && decodePresence(plain);
    // Ours comes back to us. One from before this connect has been followed by another.
    if (presence?.state === 'online' || this.rendezvous.state !== 'online') return;
    this.armFor(Math.max(0, this.saidMs + CONTRADICTION_GAP_MS - this.clock.nowMs()));
  }

  private armFor(delayMs: number): void {
    this.pause();
    this.timer = this.clock.setTimer(() => {
      this.timer = null;
      this.sayOnline();
    }, delayMs);
  }

  private publish(presence: Presence): void {
    const { topic, payload, isRetained } = presenceMessage(this.ticket, presence, this.fillRandom);
    // QoS 1 for both words: brokers keep the order within a QoS level only.
    this.rendezvous.publish(topic, payload, { qos: 1, isRetained });
  }
}
