import { createHash, timingSafeEqual } from 'node:crypto';
import type { AedesOptions, Aedes, Client, PublishPacket } from 'aedes';
import { TokenBucket } from '../../p2p-core/signaling/token-bucket';

export interface Login {
  user: string;
  password: string;
}

/** What has happened since the start. */
export interface BrokerCounters {
  messages: number;
  /** Dropped because the receiver does not read. */
  dropped: number;
  /** Clients that broke a rule and were disconnected, and connections that were not let in. */
  refused: number;
  wrongLogins: number;
}

/** All that peers say to each other lies under this; the version is the wire protocol's. */
const TOPIC_ROOT = 'iotp2p/1/';
const MAX_TOPIC_CHARS = 80;
const MAX_CLIENT_ID_CHARS = 64;
/** An inbox of a camera and its presence; a viewer has two for each camera it calls. */
const MAX_SUBSCRIPTIONS = 64;
/** Retained are presences only, some 40 bytes each, and a camera has one. */
const MAX_RETAINED_BYTES = 1024;
const MAX_RETAINED_OF_CLIENT = 4;
const MAX_RETAINED = 10_000;
/** Whoever says nothing for one and a half times this is dropped; ours ping each 30 s. */
const MAX_KEEP_ALIVE_SECONDS = 120;
/** More than a camera says when twenty viewers call it in the same second. */
const MESSAGE_BURST = 100;
const MESSAGES_PER_SECOND = 20;
/** A client this far above its rate is not in a hurry but hostile. */
const MAX_DELAY_MS = 5_000;
/** Of one client that reads slowly; what comes on top is dropped. */
export const MAX_UNREAD_BYTES = 128 * 1024;
/** The tracker's inbox is that of all viewers. */
export const MAX_UNREAD_OF_TRACKER_BYTES = 2 * 1024 * 1024;

/** MQTT 3.1.1 §3.2.2.3, the return codes of CONNACK. */
const CONNACK_IDENTIFIER_REJECTED = 2;
const CONNACK_BAD_LOGIN = 4;

/** What is remembered of one client. */
interface ClientState {
  readonly topics: Set<string>;
  readonly retained: Set<string>;
  readonly messages: TokenBucket;
  /** Speaks to many: it is not slowed down. */
  isTracker: boolean;
  /** Messages that are held back, and when the last of them is let through. */
  heldBack: number;
  busyUntilMs: number;
}

/**
 * The rules of the embedded broker, as hooks of aedes: who may connect, what he may say and hear, and how much of it. One
 * client can hold a bounded amount of memory, and a fast one is slowed down before it slows down others.
 */
export class BrokerPolicy {
  readonly counters: BrokerCounters = { messages: 0, dropped: 0, refused: 0, wrongLogins: 0 };
  private readonly states = new WeakMap<Client, ClientState>();
  /** Topics with a retained message, the one that was said last at the end. */
  private readonly retained = new Set<string>();
  private broker: Aedes | null = null;

  constructor(
    private readonly login: Login | undefined,
    private readonly nowMs: () => number,
    private readonly onWrongLogin: (client: Client) => void,
    private readonly trackerLogin?: Login,
  ) {}

  get retainedCount(): number {
    return this.retained.size;
  }

  options(): AedesOptions {
    return {
      connectTimeout: 5_000,
      drainTimeout: 10_000,
      maxInflightInbound: 1,
      preConnect: (_client, packet, done) => {
        const refusal = connectRefusal(packet);
        // Zero would be for ever. What we lower to is generous to everybody who pings at all.
        packet.keepalive = Math.min(packet.keepalive || MAX_KEEP_ALIVE_SECONDS, MAX_KEEP_ALIVE_SECONDS);
        if (refusal === null) done(null, true);
        else done(connackError(refusal, CONNACK_IDENTIFIER_REJECTED), false);
      },
      authenticate: (client, user, password, done) => {
        if (isLogin(this.trackerLogin, user, password)) {
          this.stateOf(client).isTracker = true;
          return done(null, true);
        }
        if (this.login === undefined || isLogin(this.login, user, password)) return done(null, true);
        this.counters.wrongLogins++;
        this.onWrongLogin(client);
        done(connackError('wrong user or password', CONNACK_BAD_LOGIN), false);
      },
      authorizePublish: (client, packet, done) => this.onPublish(client, packet, done),
      authorizeSubscribe: (client, subscription, done) => {
        // Null refuses this one subscription: return code 128 in SUBACK.
        done(null, this.admitsSubscription(client, subscription.topic) ? subscription : null);
      },
      authorizeForward: (client, packet) => {
        const { writableLength } = client.conn as unknown as { writableLength: number };
        const isTracker = this.states.get(client)?.isTracker === true;
        if (writableLength <= (isTracker ? MAX_UNREAD_OF_TRACKER_BYTES : MAX_UNREAD_BYTES)) return packet;
        this.counters.dropped++;
        return null;
      },
    };
  }

  attach(broker: Aedes): void {
    this.broker = broker;
    broker.on('unsubscribe', (topics, client) => {
      const state = this.states.get(client);
      for (const topic of topics) state?.topics.delete(topic);
    });
    // A client that breaks the protocol or its connection is dropped by aedes; there is nothing to do but to count.
    broker.on('clientError', () => this.counters.refused++);
    broker.on('connectionError', () => this.counters.refused++);
  }

  private admitsSubscription(client: Client, topic: string): boolean {
    const { topics } = this.stateOf(client);
    if (!isPermittedTopic(topic)) return false;
    if (topics.size >= MAX_SUBSCRIPTIONS && !topics.has(topic)) return false;
    topics.add(topic);
    return true;
  }

  /** Of a will `client` is the one that vanished. */
  private onPublish(
    client: Client | null,
    packet: PublishPacket,
    done: (error?: Error | null) => void,
  ): void {
    const refusal = client === null ? null : this.publishRefusal(client, packet);
    if (refusal !== null) return done(new Error(refusal));
    this.counters.messages++;
    if (client === null) return done();
    const state = this.stateOf(client);
    if (state.isTracker) return done();
    const delayMs = this.delayOf(state);
    if (delayMs === 0) return done();
    if (delayMs > MAX_DELAY_MS) return done(new Error('too many messages'));
    // More of a client is read only when what came before was let through: this holds it back, not the others.
    state.heldBack++;
    setTimeout(() => {
      state.heldBack--;
      done();
    }, delayMs);
  }

  private publishRefusal(client: Client, packet: PublishPacket): string | null {
    if (!isPermittedTopic(packet.topic)) return 'topic not permitted';
    if (packet.qos > 1) return 'QoS 2 is not supported';
    if (!packet.retain) return null;
    const own = this.stateOf(client).retained;
    if (packet.payload.length === 0) {
      this.retained.delete(packet.topic);
      own.delete(packet.topic);
      return null;
    }
    if (packet.payload.length > MAX_RETAINED_BYTES) return 'retained message too large';
    if (own.size >= MAX_RETAINED_OF_CLIENT && !own.has(packet.topic)) return 'too many retained messages';
    own.add(packet.topic);
    this.retained.delete(packet.topic);
    this.retained.add(packet.topic);
    if (this.retained.size > MAX_RETAINED) this.forgetOldestRetained();
    return null;
  }

  /** Cameras that are there say so each minute, so the oldest is that of one that is not. */
  private forgetOldestRetained(): void {
    const [topic] = this.retained;
    if (topic === undefined) return;
    this.retained.delete(topic);
    const nothing = {
      cmd: 'publish',
      topic,
      payload: Buffer.alloc(0),
      qos: 0,
      retain: true,
      dup: false,
    } as const;
    this.broker?.publish(nothing, () => {});
  }

  private delayOf(state: ClientState): number {
    const nowMs = this.nowMs();
    if (state.heldBack === 0 && state.messages.take(nowMs)) return 0;
    state.busyUntilMs = Math.max(nowMs, state.busyUntilMs) + 1000 / MESSAGES_PER_SECOND;
    return state.busyUntilMs - nowMs;
  }

  private stateOf(client: Client): ClientState {
    let state = this.states.get(client);
    if (state === undefined) {
      const messages = new TokenBucket(MESSAGE_BURST, MESSAGES_PER_SECOND, this.nowMs());
      state = {
        topics: new Set(),
        retained: new Set(),
        messages,
        isTracker: false,
        heldBack: 0,
        busyUntilMs: 0,
      };
      this.states.set(client, state);
    }
    return state;
  }
}

function isLogin(login: Login | undefined, user: string | undefined, password: Buffer | undefined): boolean {
  return login !== undefined && sameText(user ?? '', login.user) && sameText(password ?? '', login.password);
}

interface ConnectFields {
  clean?: boolean;
  clientId?: string;
  will?: { payload?: Buffer | string };
}

function connectRefusal({ clean, clientId, will }: ConnectFields): string | null {
  // A session kept for a client that is away would be a queue that grows.
  if (clean === false) return 'sessions are not kept';
  if ((clientId ?? '').length > MAX_CLIENT_ID_CHARS) return 'client id too long';
  return (will?.payload ?? '').length > MAX_RETAINED_BYTES ? 'will too large' : null;
}

/** No wildcards, neither `#` nor `+`: an inbox is found by its name only, which derives from a secret. */
function isPermittedTopic(topic: string): boolean {
  return topic.startsWith(TOPIC_ROOT) && topic.length <= MAX_TOPIC_CHARS && !/[#+]/.test(topic);
}

function connackError(message: string, returnCode: number): Error & { returnCode: number } {
  return Object.assign(new Error(message), { returnCode });
}

/** Compares digests, so that neither length nor content shows in the time. */
function sameText(given: string | Buffer, expected: string): boolean {
  const digest = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
