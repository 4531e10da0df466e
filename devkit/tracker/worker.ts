import { createHmac, randomFillSync } from 'node:crypto';
import { toHex } from '../../p2p-core/bytes/hex';
import type { FillRandom, Port, TimerId } from '../../p2p-core/port/port';
import { createRendezvous } from '../../p2p-core/signaling/rendezvous';
import { streamInboxTopic } from '../../p2p-core/signaling/topics';
import type { Rendezvous } from '../../p2p-core/signaling/types';
import { encodeTrackerMessage } from '../../p2p-core/swarm/tracker-messages';
import { joinRoots, sealAnswer, shardTopic, STAMP_TOLERANCE_MS } from '../../p2p-core/swarm/tracker-sealing';
import type { ChannelKeys } from '../../p2p-core/swarm/tracker-sealing';
import type { PeerId, SegmentRoot, TrackerMessage } from '../../p2p-core/swarm/tracker-types';
import { trackerLoginAt } from '../servers/own-brokers';
import { Audits } from './audits';
import type { AuditOptions } from './audits';
import { RequestOpener } from './open-request';
import type { TrackerSettings } from './settings';
import { Tracker } from './tracker';
import type { TrackerStats } from './tracker';

export interface TrackerWorkerOptions {
  port: Port;
  /** Of the broker, `ws://` or `wss://`. */
  url: string;
  /** Default: none, and at a broker of this process what makes it know us. */
  login?: { user: string; password: string };
  /** What stream tokens are made with. */
  secret: Uint8Array;
  /** Which of `count` shards this worker serves: from `first` to `last`. Default: the only one. */
  shards?: { first: number; last: number; count: number };
  settings?: Partial<TrackerSettings>;
  /** Null: viewers tell the roots, of different accounts. Default: the tracker looks at every origin itself. */
  audit?: AuditOptions | null;
  /** Nobody may be able to guess it. Default: the system's. */
  fillRandom?: FillRandom;
}

export interface WorkerStats extends TrackerStats {
  isOnline: boolean;
  audits: number;
  /** Payloads that did not open: of strangers, or bent. */
  unsound: number;
  /** Requests that were played again. */
  replayed: number;
  answers: number;
  rootMessages: number;
}

export interface TrackerWorker {
  stats(): WorkerStats;
  /** Resolves when the broker has taken what was still to be said. */
  close(): Promise<void>;
}

/** What is known of whoever spoke lately: how to answer, and what was said last. */
interface Correspondent {
  keys: ChannelKeys;
  inbox: Uint8Array;
  topic: string;
  heardStampMs: number;
  saidStampMs: number;
  heardMs: number;
}

const TICK_MS = 50;
/** Roots that leave in one message of the WebSocket: a write for each of them would cost more than all the rest. */
export const TOLD_TOGETHER = 40;
/** As long as a stamp may be ahead of our clock, and behind it again: what is played again later is too old. */
const MEMORY_MS = 2 * STAMP_TOLERANCE_MS;
const MAX_CORRESPONDENTS = 400_000;
const FORGET_EVERY_MS = 10_000;
const AUDITOR = 'auditor';
/** An auditor needs some seconds until it is one. */
const UNDECIDED_AFTER_MS = 15_000;
const COMPLAIN_EVERY_MS = 600_000;
const GOODBYE_MS = 100;
const ELSEWHERE =
  'the broker is in another process. It must not limit what this tracker sends, some 5 messages a second for each viewer: ' +
  'iot-p2p servers takes 20 of a client that does not log in with its IOT_P2P_TRACKER_LOGIN';

/** A tracker on a broker: any number of them serve one installation, each its own shards. */
export function startTrackerWorker(options: TrackerWorkerOptions): TrackerWorker {
  return new Worker(options);
}

class Worker implements TrackerWorker {
  private readonly tracker: Tracker;
  private readonly fillRandom: FillRandom;
  private readonly opener: RequestOpener;
  private readonly rendezvous: Rendezvous;
  private readonly audits: Audits | null;
  /** Whoever spoke last at the end. */
  private readonly correspondents = new Map<PeerId, Correspondent>();
  private tickTimer: TimerId | null = null;
  private readonly startMs: number;
  private forgottenMs = 0;
  private undecidedMs = Infinity;
  private complainedMs = -Infinity;
  private readonly counters = { unsound: 0, replayed: 0, answers: 0, rootMessages: 0 };

  constructor(private readonly options: TrackerWorkerOptions) {
    const { port, url, secret, shards, settings, audit = {} } = options;
    const { first, last } = shards ?? { first: 0, last: 0 };
    this.startMs = port.clock.wallMs() - port.clock.nowMs();
    const fillRandom = (this.fillRandom = options.fillRandom ?? systemRandom);
    this.opener = new RequestOpener(secret);
    this.audits =
      audit === null
        ? null
        : new Audits(port, audit, fillRandom, (stream, request) => {
            const from = { peer: `${AUDITOR} ${stream}`, stream, account: AUDITOR, expiryS: Infinity };
            this.tracker.receive(this.nowMs(), { ...from, isAuditor: true }, request);
          });
    const { audits } = this;
    this.tracker = new Tracker(
      {
        random: drawing(fillRandom),
        send: (peer, message) => this.send(peer, message),
        sendRoots: (peers, roots) => this.sendRoots(peers, roots),
        ...(audits && { audit: (stream, origin, isWanted) => audits.set(stream, origin, isWanted) }),
      },
      settings,
    );
    const ownLogin = trackerLoginAt(url);
    const login = ownLogin ?? options.login;
    if (ownLogin === undefined) port.log('info', `tracker: ${ELSEWHERE}`);
    const suffix = new Uint8Array(6);
    fillRandom(suffix);
    this.rendezvous = createRendezvous({
      url,
      ...(login ? { login } : {}),
      clientId: `tracker-${toHex(suffix)}`,
      port: { clock: port.clock, log: port.log, openWebSocket: port.openWebSocket },
      fillRandom,
    });
    this.rendezvous.onStateChange = (state, reason) => port.log('info', `tracker: ${state} (${reason})`);
    for (let shard = first; shard <= last; shard++)
      this.rendezvous.subscribe(shardTopic(shard), (payload) => this.onRequest(payload));
    this.tick();
  }

  stats(): WorkerStats {
    return {
      isOnline: this.rendezvous.state === 'online',
      audits: this.audits?.count ?? 0,
      ...this.counters,
      ...this.tracker.stats(),
    };
  }

  async close(): Promise<void> {
    const { clock } = this.options.port;
    if (this.tickTimer !== null) clock.clearTimer(this.tickTimer);
    this.audits?.close();
    // What was just said is in the socket's buffer yet.
    await new Promise<void>((resolve) => clock.setTimer(resolve, GOODBYE_MS));
    this.rendezvous.close();
    this.correspondents.clear();
  }

  private onRequest(payload: Uint8Array): void {
    const opened = this.opener.open(payload);
    if (opened === null) return void this.counters.unsound++;
    const { peer, keys, inbox, stampMs, request, stream, account, expiryS } = opened;
    const nowMs = this.nowMs();
    let known = this.correspondents.get(peer);
    if (known !== undefined && stampMs <= known.heardStampMs) return void this.counters.replayed++;
    if (Math.abs(stampMs - nowMs) > STAMP_TOLERANCE_MS) {
      // Not remembered: whoever plays an old request again must not shut its sender out.
      const message: TrackerMessage = { kind: 'refuse', why: 'clock', retryMs: 0, nowMs };
      return this.answer(
        { keys, topic: streamInboxTopic(inbox), saidStampMs: known?.saidStampMs ?? 0 },
        message,
      );
    }
    known ??= { keys, inbox, topic: streamInboxTopic(inbox), heardStampMs: 0, saidStampMs: 0, heardMs: 0 };
    known.keys = keys;
    known.heardStampMs = stampMs;
    known.heardMs = nowMs;
    this.correspondents.delete(peer);
    this.correspondents.set(peer, known);
    if (this.correspondents.size > MAX_CORRESPONDENTS)
      this.correspondents.delete(this.correspondents.keys().next().value!);
    this.tracker.receive(nowMs, { peer, stream, account, expiryS }, request);
  }

  private send(peer: PeerId, message: TrackerMessage): void {
    if (peer.startsWith(AUDITOR)) return this.audits?.onMessage(peer.slice(AUDITOR.length + 1), message);
    const known = this.correspondents.get(peer);
    if (known !== undefined) this.answer(known, message);
  }

  private answer(to: Pick<Correspondent, 'keys' | 'topic' | 'saidStampMs'>, message: TrackerMessage): void {
    to.saidStampMs = Math.max(to.saidStampMs + 1, this.nowMs());
    this.counters.answers++;
    const payload = sealAnswer(to.keys, to.saidStampMs, encodeTrackerMessage(message), this.fillRandom);
    this.rendezvous.publish(to.topic, payload);
  }

  private sendRoots(peers: readonly PeerId[], roots: readonly SegmentRoot[]): void {
    const message = encodeTrackerMessage({ kind: 'roots', roots: [...roots] });
    const { correspondents } = this;
    const told = peers.map((peer) => correspondents.get(peer)).filter((known) => known !== undefined);
    this.counters.rootMessages += told.length;
    told.forEach(({ keys, inbox, topic }, i) => {
      const mac = createHmac('sha256', keys.roots).update(inbox).update(message).digest();
      const hasMore = i + 1 < told.length && (i + 1) % TOLD_TOGETHER !== 0;
      this.rendezvous.publish(topic, joinRoots(message, mac), { hasMore });
    });
  }

  private tick(): void {
    this.tickTimer = this.options.port.clock.setTimer(() => this.tick(), TICK_MS);
    const nowMs = this.nowMs();
    this.tracker.tick(nowMs);
    if (nowMs - this.forgottenMs < FORGET_EVERY_MS) return;
    this.forgottenMs = nowMs;
    this.complain(nowMs);
    for (const [peer, { heardMs }] of this.correspondents) {
      if (nowMs - heardMs < MEMORY_MS) break;
      this.correspondents.delete(peer);
    }
  }

  /** Whoever runs this would look for it elsewhere: viewers are there, all is well, and nothing is shared. */
  private complain(nowMs: number): void {
    const { undecided } = this.tracker.stats();
    this.undecidedMs = undecided === 0 ? Infinity : Math.min(this.undecidedMs, nowMs);
    if (nowMs - this.undecidedMs < UNDECIDED_AFTER_MS || nowMs - this.complainedMs < COMPLAIN_EVERY_MS)
      return;
    this.complainedMs = nowMs;
    this.options.port.log(
      'warn',
      `tracker: viewers of ${undecided} stream(s) share nothing: no auditor looks at the origin, and all tokens are of one account, ` +
        'so that no two can agree on what is true. Give each user a token of his own, or let the tracker audit',
    );
  }

  /** Wall time that does not go back when the clock is set. */
  private nowMs(): number {
    return Math.floor(this.startMs + this.options.port.clock.nowMs());
  }
}

const systemRandom: FillRandom = (bytes) => void randomFillSync(bytes);

/** Numbers in [0, 1), many from each call of the generator: one call would cost more than all that it decides. */
function drawing(fillRandom: FillRandom): () => number {
  const pool = new Uint32Array(1024);
  const bytes = new Uint8Array(pool.buffer);
  let place = pool.length;
  return () => {
    if (place === pool.length) {
      fillRandom(bytes);
      place = 0;
    }
    return pool[place++]! / 2 ** 32;
  };
}
