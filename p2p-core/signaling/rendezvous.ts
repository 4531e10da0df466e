import { ErrCode, P2PError } from '../errors';
import type { FillRandom, Port, TimerId, WebSocketLink } from '../port/port';
import { Backoff } from './backoff';
import type { MqttClientHandler } from './mqtt-client';
import { MqttClient } from './mqtt-client';
import type { MqttLogin, MqttWill } from './mqtt-codec';
import { MAX_PACKET_BYTES } from './mqtt-codec';
import { OutgoingQueue } from './outgoing-queue';
import type { PublishOptions, Rendezvous, RendezvousState } from './types';
import { RendezvousReason } from './types';

export interface RendezvousOptions {
  /** `ws://` or `wss://`. May hold a token: it is never logged. */
  url: string;
  login?: MqttLogin;
  /** At most 23 characters; unique on the broker, which drops the older of two equal clients. */
  clientId: string;
  /** Published by the broker when this client vanishes without `close`. */
  will?: MqttWill;
  port: Pick<Port, 'clock' | 'openWebSocket' | 'log'>;
  fillRandom: FillRandom;
}

/** Starts to connect at once, and again until `close`, whatever happens. */
export function createRendezvous(options: RendezvousOptions): Rendezvous {
  return new MqttRendezvous(options);
}

const SUBPROTOCOL = 'mqtt'; // MQTT 3.1.1 §6
const DEFAULT_EXPIRY_MS = 5_000;
/** A connection that lived this long was a good one: after it the first retry is fast again. */
const STABLE_MS = 10_000;
/** How long a network that changes all the time is kept from another connection whoever asks. */
const MAX_HOLD_MS = 1_000;
/** Leaves room for topic and header in a packet. */
const MAX_PAYLOAD_BYTES = MAX_PACKET_BYTES - 1024;

type Listener = (payload: Uint8Array, isRetained: boolean) => void;

/** One WebSocket with the client that speaks on it. Events of an attempt that is not the present one are ignored. */
interface Attempt {
  readonly client: MqttClient;
  link: WebSocketLink | null;
}

class MqttRendezvous implements Rendezvous, MqttClientHandler {
  state: RendezvousState = 'connecting';
  onStateChange: ((state: RendezvousState, reason: string) => void) | null = null;

  private readonly listeners = new Map<string, Listener[]>();
  private readonly queue = new OutgoingQueue();
  private readonly backoff: Backoff;
  /** null while waiting for the next attempt, and after `close`. */
  private attempt: Attempt | null = null;
  private retryAtMs = 0;
  /** After `reconnect`: what asks for an attempt at once waits until then. */
  private heldUntilMs = 0;
  onlineSinceMs: number | null = null;
  private timer: TimerId | null = null;
  private timerAtMs = Infinity;

  constructor(private readonly options: RendezvousOptions) {
    this.backoff = new Backoff(options.fillRandom);
    this.connect();
  }

  subscribe(topic: string, onMessage: Listener): () => void {
    checkTopic(topic);
    if (this.state === 'closed') return () => undefined;
    // A function of its own, so that subscribing one function twice makes two subscriptions.
    const listener: Listener = (payload, isRetained) => onMessage(payload, isRetained);
    const others = this.listeners.get(topic);
    this.listeners.set(topic, others === undefined ? [listener] : [...others, listener]);
    // Also for a second listener: the broker answers every SUBSCRIBE with the retained message (§3.8.4).
    if (this.attempt !== null && this.attempt.client.isOpen) this.attempt.client.subscribe(topic);
    this.flush();
    return () => this.unsubscribe(topic, listener);
  }

  publish(topic: string, payload: Uint8Array, options: PublishOptions = {}): void {
    checkTopic(topic);
    if (payload.length > MAX_PAYLOAD_BYTES) {
      throw new P2PError(
        ErrCode.BadArgument,
        `publish: at most ${MAX_PAYLOAD_BYTES} bytes, got ${payload.length}`,
      );
    }
    if (this.state === 'closed') return;
    const { qos = 0, isRetained = false, expiryMs = DEFAULT_EXPIRY_MS, hasMore = false } = options;
    const publication = {
      topic,
      payload: payload.slice(),
      qos,
      isRetained,
      expiresAtMs: this.nowMs() + expiryMs,
    };
    if (this.queue.add(publication, this.attempt === null ? null : this.attempt.client)) {
      this.options.port.log('warn', 'rendezvous: too many messages wait, the oldest was dropped');
    }
    if (!hasMore) this.flush();
  }

  checkNow(): void {
    if (this.state === 'closed') return;
    if (this.attempt === null) {
      if (this.nowMs() >= this.heldUntilMs) this.connect();
    } else {
      this.attempt.client.probe(this.nowMs());
      this.flush();
    }
  }

  reconnect(): void {
    if (this.attempt === null) return this.checkNow();
    // Said once more to a broker that still hears us: it drops the old connection without publishing our will.
    this.attempt.client.disconnect();
    sendAll(this.attempt);
    this.onOver(RendezvousReason.NetworkChanged);
    this.heldUntilMs = Math.min(this.retryAtMs, this.nowMs() + MAX_HOLD_MS);
  }

  close(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.onStateChange = null;
    this.listeners.clear();
    this.queue.clear();
    const attempt = this.attempt;
    this.attempt = null;
    if (attempt !== null) {
      attempt.client.disconnect();
      sendAll(attempt);
      if (attempt.link !== null) attempt.link.close();
    }
    this.disarm();
  }

  onConnected(): void {
    this.onlineSinceMs = this.nowMs();
    this.queue.onConnected();
    this.setState('online', RendezvousReason.Connected);
  }

  onMessage(topic: string, payload: Uint8Array, isRetained: boolean): void {
    const listeners = this.listeners.get(topic);
    if (listeners === undefined) return;
    // The array is replaced, never changed, so a listener may unsubscribe itself or others meanwhile.
    for (const listener of listeners) {
      if (!this.isListening(topic, listener)) continue;
      try {
        listener(payload, isRetained);
      } catch (thrown) {
        this.options.port.log('error', `rendezvous: a listener threw: ${String(thrown)}`);
      }
    }
  }

  onPublished(packetId: number): void {
    this.queue.onPublished(packetId);
  }

  onSubscribeRefused(): void {
    this.options.port.log('warn', 'rendezvous: the broker refused a subscription');
  }

  onOver(reason: RendezvousReason): void {
    const attempt = this.attempt;
    if (attempt === null) return;
    this.attempt = null;
    this.queue.onOver();
    if (this.state === 'online' && this.nowMs() - this.onlineSinceMs! >= STABLE_MS) this.backoff.reset();
    const isLoginRefused = reason === RendezvousReason.LoginRefused;
    const delayMs = isLoginRefused ? this.backoff.slowDelayMs() : this.backoff.nextDelayMs();
    this.retryAtMs = this.nowMs() + delayMs;
    this.options.port.log('warn', `rendezvous: ${reason}, next attempt in ${Math.round(delayMs)} ms`);
    if (attempt.link !== null) attempt.link.close();
    this.arm();
    this.setState('connecting', reason);
  }

  private connect(): void {
    const client = new MqttClient(this.options, this, this.nowMs());
    const attempt: Attempt = { client, link: null };
    this.attempt = attempt;
    const isPresent = (): boolean => this.attempt === attempt;
    try {
      attempt.link = this.options.port.openWebSocket(this.options.url, SUBPROTOCOL, {
        onOpen: () => isPresent() && this.onOpen(attempt),
        onMessage: (bytes) => isPresent() && this.onBytes(attempt, bytes),
        onClose: (reason) => isPresent() && this.onSocketClosed(attempt, reason),
      });
    } catch (thrown) {
      this.onSocketClosed(attempt, String(thrown));
    }
    // Closed from inside the call: the link came too late for onOver or close to see it.
    if (!isPresent() && attempt.link !== null) attempt.link.close();
    this.arm();
    this.flush();
  }

  private onOpen({ client }: Attempt): void {
    client.open();
    for (const topic of this.listeners.keys()) client.subscribe(topic);
    this.queue.sendAll(client, this.nowMs());
    this.flush();
  }

  private onBytes({ client }: Attempt, bytes: Uint8Array): void {
    client.receive(bytes, this.nowMs());
    this.flush();
  }

  private onSocketClosed(attempt: Attempt, reason: string): void {
    // Platforms put the URL into their messages, and the URL may hold a token.
    this.options.port.log('debug', `rendezvous: ${reason.slice(0, 200).replace(/\w+:\/\/\S+/g, '(url)')}`);
    attempt.client.stop();
    attempt.link = null;
    this.onOver(RendezvousReason.SocketClosed);
  }

  private unsubscribe(topic: string, listener: Listener): void {
    if (!this.isListening(topic, listener)) return;
    const others = this.listeners.get(topic)!.filter((each) => each !== listener);
    if (others.length > 0) {
      this.listeners.set(topic, others);
      return;
    }
    this.listeners.delete(topic);
    if (this.attempt !== null && this.attempt.client.isOpen) this.attempt.client.unsubscribe(topic);
    this.flush();
  }

  private isListening(topic: string, listener: Listener): boolean {
    const listeners = this.listeners.get(topic);
    return listeners !== undefined && listeners.includes(listener);
  }

  private setState(state: RendezvousState, reason: RendezvousReason): void {
    this.state = state;
    if (state !== 'online') this.onlineSinceMs = null;
    if (this.onStateChange === null) return;
    try {
      this.onStateChange(state, reason);
    } catch (thrown) {
      this.options.port.log('error', `rendezvous: onStateChange threw: ${String(thrown)}`);
    }
  }

  /** Sends what the client has to say and arms the timer for its next wish. */
  private flush(): void {
    if (this.attempt !== null) sendAll(this.attempt);
    this.arm();
  }

  private onTimer(): void {
    this.timer = null;
    this.timerAtMs = Infinity;
    if (this.attempt !== null) this.attempt.client.wake(this.nowMs());
    else if (this.nowMs() >= this.retryAtMs) this.connect();
    this.flush();
  }

  private arm(): void {
    const wakeMs =
      this.state === 'closed'
        ? Infinity
        : this.attempt === null
          ? this.retryAtMs
          : this.attempt.client.nextWakeMs();
    if (wakeMs === this.timerAtMs) return;
    this.disarm();
    if (wakeMs === Infinity) return;
    this.timerAtMs = wakeMs;
    this.timer = this.options.port.clock.setTimer(() => this.onTimer(), Math.max(0, wakeMs - this.nowMs()));
  }

  private disarm(): void {
    if (this.timer !== null) this.options.port.clock.clearTimer(this.timer);
    this.timer = null;
    this.timerAtMs = Infinity;
  }

  private nowMs(): number {
    return this.options.port.clock.nowMs();
  }
}

function sendAll({ client, link }: Attempt): void {
  if (link === null) return;
  for (let bytes = client.poll(); bytes !== null; bytes = client.poll()) link.send(bytes);
}

/** Ours are few and literal; a wildcard would also need matching on our side. */
function checkTopic(topic: string): void {
  if (topic === '' || topic.length > 256 || /[#+]/.test(topic)) {
    throw new P2PError(ErrCode.BadArgument, 'topic: expected 1 to 256 characters without + and #');
  }
}
