import { toHex } from '../bytes/hex';
import { eraseKeyPair } from '../crypto/noise';
import type { NoiseHandshake } from '../crypto/noise';
import { ErrCode, P2PError } from '../errors';
import type { Candidate } from '../path/types';
import type { Clock, Log } from '../port/port';
import { decodeCallDescription, encodeCallDescription } from '../signaling/call-description';
import { eraseSignalingKeys, openEnvelope, sealEnvelope, signalingKeys } from '../signaling/envelope';
import type { SignalingKeys } from '../signaling/envelope';
import { decodePresence, isStalePresence } from '../signaling/presence';
import { decodeSignalMessage, encodeSignalMessage } from '../signaling/signal-message';
import { cameraTopic, presenceTopic, viewerTopic } from '../signaling/topics';
import type { PeerTicket, Rendezvous, SignalMessage } from '../signaling/types';
import type { Endpoint, PathOptions } from './endpoint';
import { createCallHandshake } from './handshake';
import { CloseCode } from './peer-session';
import type { PeerSession } from './peer-session';
import { TimerSlot } from './timer-slot';
import type { SessionHandler } from './types';

/** Times of the port's clock, in ms; null while the step is not done. */
export interface CallSteps {
  /** The broker has accepted us, so it has our offer. */
  signalingMs: number | null;
  /** The camera's answer is here and authentic: keys exist. */
  handshakeMs: number | null;
  /** A path was validated. */
  pathMs: number | null;
}

export interface OutgoingCallOptions {
  ticket: PeerTicket;
  rendezvous: Rendezvous;
  /** From the call to a validated path; then the call fails. */
  connectTimeoutMs: number;
  path?: PathOptions;
  handler: SessionHandler;
}

/** As long as a session lasts without a path. */
export const CANDIDATE_EXPIRY_MS = 15_000;
const CALL_ID_BYTES = 8;
const DESCRIPTION_VERSION = 1;
/** The camera's clock is more than its tolerance away from ours; the detail is its time. */
const REFUSED_FOR_CLOCK = 408;
/** Two refusals whose times differ by less than this correct the clock in the same way. */
const SAME_CLOCK_MS = 60_000;
/** The broker is given this long to accept us before it counts as unreachable. */
const SIGNALING_TIMEOUT_MS = 5000;
/** An offer is repeated (QoS 0 may lose it, the camera may just be connecting) with doubling gaps. */
const OFFER_REPEAT_MS = 700;
const OFFER_REPEAT_MAX_MS = 2800;
/** A retained "offline" may be older than the camera's reconnect, so the offer gets this long to prove it wrong. */
const OFFLINE_GRACE_MS = 700;
/** An old "online" may be old by our clock only: the camera gets the time to correct it and to answer. */
const STALE_GRACE_MS = 3000;

/**
 * The viewer's side of a call: sends the offer (Noise message 1) through the rendezvous until the camera answers, starts
 * the session with the answer (Noise message 2), and trickles candidates both ways for as long as it lives.
 */
export class OutgoingCall {
  readonly session: PeerSession;
  private readonly callId = new Uint8Array(CALL_ID_BYTES);
  private readonly keys: SignalingKeys;
  private readonly handshake: NoiseHandshake;
  private readonly replyTopic: string;
  /** Noise message 1; the same in every repeat of the offer. */
  private readonly message1: Uint8Array;
  /** What to add to our wall clock to get the camera's; learned when it refuses our time. */
  private clockOffsetMs = 0;
  private hasOffer = false;
  /** How many of the session's candidates are in the offer. */
  private readonly offeredCount: number;
  private hasCorrectedClock = false;
  private readonly timer: TimerSlot;
  private readonly startedMs: number;
  private readonly unsubscribes: (() => void)[] = [];
  private phase: 'ringing' | 'connecting' | 'connected' | 'over' = 'ringing';
  private nextOfferMs: number;
  private offerGapMs = OFFER_REPEAT_MS;
  private signalingMs: number | null = null;
  private handshakeMs: number | null = null;
  private pathMs: number | null = null;
  /** When the call ends because the camera is known to be offline; Infinity while it is not. */
  private offlineAtMs = Infinity;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: OutgoingCallOptions,
  ) {
    const { ticket, handler } = options;
    this.startedMs = clock.nowMs();
    this.nextOfferMs = this.startedMs;
    this.timer = new TimerSlot(clock, () => this.onTimer());
    endpoint.fillRandom(this.callId);
    this.keys = signalingKeys(ticket);
    this.session = endpoint.createSession(
      'client',
      {
        onConnected: (path) => {
          this.phase = 'connected';
          this.pathMs = clock.nowMs();
          this.timer.clear();
          handler.onConnected(path);
        },
        onPathChanged: (path) => handler.onPathChanged?.(path),
        onPathDoubtful: () => options.rendezvous.checkNow(),
        onLocalCandidate: (candidate) => this.trickle(candidate),
        onStream: (stream) => handler.onStream(stream),
        onClosed: (errcode, errmsg) => {
          this.hangUp();
          handler.onClosed(errcode, errmsg);
        },
      },
      options.path,
    );
    const ephemeral = endpoint.takeKeyPair();
    this.handshake = createCallHandshake({
      role: 'initiator',
      secret: ticket.secret,
      callId: this.callId,
      remoteStatic: ticket.staticKey,
      localStatic: null,
      ephemeral,
      fillRandom: endpoint.fillRandom,
    });
    eraseKeyPair(ephemeral);
    const token = new Uint8Array(16);
    endpoint.fillRandom(token);
    this.replyTopic = viewerTopic(token);
    this.offeredCount = this.session.localCandidates.length;
    this.message1 = this.writeMessage1();
    this.hasOffer = true;
    this.unsubscribes.push(
      options.rendezvous.subscribe(this.replyTopic, (payload) => this.onReply(payload)),
      options.rendezvous.subscribe(presenceTopic(ticket.peerName), (payload, isRetained) =>
        this.onPresence(payload, isRetained),
      ),
    );
    this.onTimer();
  }

  /** @throws -2001 when the key that the xp2pInfo pins is none */
  private writeMessage1(): Uint8Array {
    try {
      return this.handshake.writeMessage(
        encodeCallDescription({
          version: DESCRIPTION_VERSION,
          ice: this.session.ice.local,
          connectionId: this.session.connectionId,
          candidates: this.session.localCandidates,
        }),
      );
    } catch (error) {
      this.session.close(CloseCode.Normal, 'the call could not be made');
      throw new P2PError(ErrCode.BadXp2pInfo, 'bad xp2pInfo: its static key cannot be used', error);
    }
  }

  /** When the steps of the call were done, on the port's clock; null before. */
  get steps(): CallSteps {
    const { onlineSinceMs } = this.options.rendezvous;
    const isKnown = this.signalingMs !== null || onlineSinceMs === null;
    return {
      // The broker may have been there before, and a connection that is made anew later was not the first.
      signalingMs: isKnown ? this.signalingMs : Math.max(this.startedMs, onlineSinceMs),
      handshakeMs: this.handshakeMs,
      pathMs: this.pathMs,
    };
  }

  /** A candidate that is not in the offer. Said again with the camera's answer: before, it may know no such call. */
  private trickle(candidate: Candidate): void {
    if (this.phase === 'over' || !this.hasOffer) return;
    // Until the broker has it: the network that changed us may have taken the connection to it as well.
    this.publish({ kind: 'candidate', callId: this.callId, candidate }, CANDIDATE_EXPIRY_MS, 1);
  }

  /** Ends the call and its session; the handler hears nothing of it. */
  close(code: number, reason: string): void {
    if (this.phase === 'over') return;
    this.hangUp();
    this.session.close(code, reason);
  }

  private hangUp(): void {
    if (this.phase === 'over') return;
    this.phase = 'over';
    this.timer.clear();
    this.send({ kind: 'bye', callId: this.callId });
    for (const unsubscribe of this.unsubscribes.splice(0)) unsubscribe();
    this.handshake.erase();
    eraseSignalingKeys(this.keys);
  }

  private onTimer(): void {
    if (this.phase === 'over' || this.phase === 'connected') return;
    const nowMs = this.clock.nowMs();
    const elapsedMs = nowMs - this.startedMs;
    const { rendezvous, connectTimeoutMs } = this.options;
    if (this.phase === 'ringing' && rendezvous.state !== 'online' && elapsedMs >= SIGNALING_TIMEOUT_MS) {
      return this.session.fail(ErrCode.SignalingUnreachable, 'the rendezvous server does not answer');
    }
    if (this.phase === 'ringing' && nowMs >= this.offlineAtMs) {
      return this.session.fail(ErrCode.DeviceOffline, 'the camera is offline');
    }
    if (elapsedMs >= connectTimeoutMs) {
      return this.session.fail(
        this.phase === 'ringing' ? ErrCode.ConnectTimeout : ErrCode.NoPath,
        this.phase === 'ringing'
          ? `the camera did not answer within ${connectTimeoutMs} ms: it is off, or the xp2pInfo is not its own`
          : `no path to the camera within ${connectTimeoutMs} ms`,
      );
    }
    if (this.phase === 'ringing' && nowMs >= this.nextOfferMs) {
      this.nextOfferMs = nowMs + this.offerGapMs;
      this.sendOffer();
      this.offerGapMs = Math.min(this.offerGapMs * 2, OFFER_REPEAT_MAX_MS);
    }
    this.timer.arm(this.nextWakeMs());
  }

  private nextWakeMs(): number {
    const deadlineMs = this.startedMs + this.options.connectTimeoutMs;
    if (this.phase !== 'ringing') return deadlineMs;
    let atMs = Math.min(deadlineMs, this.nextOfferMs);
    if (this.options.rendezvous.state !== 'online')
      atMs = Math.min(atMs, this.startedMs + SIGNALING_TIMEOUT_MS);
    return Math.max(Math.min(atMs, this.offlineAtMs), this.clock.nowMs() + 1);
  }

  private onPresence(payload: Uint8Array, isRetained: boolean): void {
    if (this.phase !== 'ringing') return;
    const plain = openEnvelope(this.keys.presence, payload);
    const presence = plain && decodePresence(plain);
    if (!presence) return;
    const nowMs = this.clock.nowMs();
    const isOnline = presence.state === 'online';
    const isStale = isStalePresence(presence, this.clock.wallMs() + this.clockOffsetMs);
    if (isOnline && !isStale) this.offlineAtMs = Infinity;
    else this.offlineAtMs = Math.min(this.offlineAtMs, nowMs + (isStale ? STALE_GRACE_MS : OFFLINE_GRACE_MS));
    // The camera just came up: do not wait for the next repeat. A retained word answers our subscription; one that comes
    // after a repeat is that of a new connection, and what was said on the old one is lost.
    const hasRepeated = this.offerGapMs > 2 * OFFER_REPEAT_MS;
    if (isOnline && (!isRetained || hasRepeated)) this.nextOfferMs = nowMs;
    this.onTimer();
  }

  private onReply(payload: Uint8Array): void {
    if (this.phase === 'over') return;
    const plain = openEnvelope(this.keys.toViewer, payload);
    const message = plain && decodeSignalMessage(plain);
    if (!message || toHex(message.callId) !== toHex(this.callId)) {
      this.log('debug', 'signaling: a reply that is not ours was dropped');
      return;
    }
    switch (message.kind) {
      case 'answer':
        return this.onAnswer(message.handshake);
      case 'candidate':
        return this.session.addRemoteCandidate(message.candidate);
      case 'refuse':
        return this.onRefuse(message.code, message.detail);
      case 'bye':
        return this.session.fail(ErrCode.ClosedByPeer, 'the camera ended the call');
      case 'offer':
        return;
    }
  }

  private onAnswer(handshake: Uint8Array): void {
    if (this.phase !== 'ringing') return; // an answer to a repeated offer
    const plain = this.handshake.readMessage(handshake);
    const description = plain && decodeCallDescription(plain);
    if (!description) {
      return this.session.fail(ErrCode.DecryptFailed, 'the answer of the camera is not authentic');
    }
    this.phase = 'connecting';
    for (const candidate of this.session.localCandidates.slice(this.offeredCount)) this.trickle(candidate);
    this.signalingMs = this.steps.signalingMs;
    this.handshakeMs = this.clock.nowMs();
    const { sendKey, receiveKey } = this.handshake.split();
    this.session.start(sendKey, receiveKey, description);
    if (this.phase === 'connecting') this.timer.arm(this.nextWakeMs());
  }

  private onRefuse(code: number, detail: string): void {
    if (this.phase !== 'ringing') return;
    const cameraWallMs = Number(detail);
    if (code === REFUSED_FOR_CLOCK && cameraWallMs > 0) {
      const offsetMs = cameraWallMs - this.clock.wallMs();
      if (!this.hasCorrectedClock) {
        this.hasCorrectedClock = true;
        this.clockOffsetMs = offsetMs;
        return this.sendOffer();
      }
      // The answer to an offer that was repeated before the first refusal came.
      if (Math.abs(offsetMs - this.clockOffsetMs) < SAME_CLOCK_MS) return;
    }
    this.session.fail(ErrCode.Refused, `the camera refused the call: ${code} ${detail}`);
  }

  private sendOffer(): void {
    const offer: SignalMessage = {
      kind: 'offer',
      callId: this.callId,
      replyTopic: this.replyTopic,
      sentAtMs: this.clock.wallMs() + this.clockOffsetMs,
      handshake: this.message1,
    };
    this.publish(offer, this.offerGapMs);
  }

  private send(message: SignalMessage): void {
    this.publish(message, 5000);
  }

  private publish(message: SignalMessage, expiryMs: number, qos: 0 | 1 = 0): void {
    this.options.rendezvous.publish(
      cameraTopic(this.options.ticket.peerName),
      sealEnvelope(this.keys.toCamera, encodeSignalMessage(message), this.endpoint.fillRandom),
      { qos, expiryMs },
    );
  }
}
