import { toHex } from '../bytes/hex';
import { eraseKeyPair } from '../crypto/noise';
import type { KeyPair, NoiseHandshake } from '../crypto/noise';
import type { Clock, Log } from '../port/port';
import { decodeCallDescription, encodeCallDescription } from '../signaling/call-description';
import { CallLimiter } from '../signaling/call-limiter';
import { eraseSignalingKeys, openEnvelope, sealEnvelope, signalingKeys } from '../signaling/envelope';
import type { SignalingKeys } from '../signaling/envelope';
import { ReplayGuard } from '../signaling/replay-guard';
import { decodeSignalMessage, encodeSignalMessage } from '../signaling/signal-message';
import type { TokenBucket } from '../signaling/token-bucket';
import { cameraTopic } from '../signaling/topics';
import type { PeerTicket, Rendezvous, SignalMessage } from '../signaling/types';
import type { Endpoint, PathOptions } from './endpoint';
import { createCallHandshake } from './handshake';
import { CANDIDATE_EXPIRY_MS } from './outgoing-call';
import { CloseCode } from './peer-session';
import type { PeerSession } from './peer-session';
import { ResetSender, resetKeyOf } from './stateless-reset';
import type { Session, SessionHandler } from './types';

export interface IncomingCallsOptions {
  ticket: PeerTicket;
  /** The key pair whose public half the xp2pInfo pins; null without pinning. */
  staticKeyPair: KeyPair | null;
  rendezvous: Rendezvous;
  /** Asked for every call; default: the servers of the ticket, and any path. */
  path?: () => PathOptions;
  maxViewers: number;
  /** A viewer is connecting; returns the handler of its session. */
  onSession(session: Session): SessionHandler;
  /** A viewer connected or left. */
  onCountChange(viewerCount: number): void;
}

interface IncomingCall {
  callId: Uint8Array;
  session: PeerSession;
  replyTopic: string;
  answer: Uint8Array;
  /** How much the viewer may still say. */
  messages: TokenBucket;
}

const DESCRIPTION_VERSION = 1;
/** Calls that have no path yet; each costs two X25519 operations, so a flood is cut here. */
const MAX_PENDING_CALLS = 16;
/** Longer than a viewer in the foreground is silent: it has crashed, or its app is in the background. */
const SILENT_VIEWER_MS = 15_000;
const TOO_MANY_VIEWERS = 'too many viewers';

/** The camera's side: answers offers that were sealed with its secret. One session for each call. */
export class IncomingCalls {
  private readonly calls = new Map<string, IncomingCall>();
  private readonly keys: SignalingKeys;
  private readonly replayGuard: ReplayGuard;
  private readonly limiter: CallLimiter;
  private readonly resetSender: ResetSender;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: IncomingCallsOptions,
  ) {
    this.keys = signalingKeys(options.ticket);
    this.replayGuard = new ReplayGuard();
    this.limiter = new CallLimiter(clock.nowMs());
    this.resetSender = new ResetSender(
      resetKeyOf(options.ticket.secret, options.staticKeyPair && options.staticKeyPair.privateKey),
      clock.nowMs(),
    );
    endpoint.resetSenders.add(this.resetSender);
    this.unsubscribe = options.rendezvous.subscribe(cameraTopic(options.ticket.peerName), (payload) =>
      this.onMessage(payload),
    );
  }

  /** Calls that found a path; those still looking for one do not count. */
  get viewerCount(): number {
    let count = 0;
    for (const call of this.calls.values()) if (call.session.state === 'connected') count++;
    return count;
  }

  /** Ends every call; viewers learn it at once. */
  close(): void {
    this.unsubscribe();
    for (const [callKey, call] of [...this.calls]) {
      this.calls.delete(callKey);
      this.reply(call.replyTopic, { kind: 'bye', callId: call.callId });
      call.session.close(CloseCode.Normal, 'the camera is going away');
    }
    eraseSignalingKeys(this.keys);
    this.endpoint.resetSenders.delete(this.resetSender);
    this.resetSender.erase();
  }

  private onMessage(payload: Uint8Array): void {
    const plain = openEnvelope(this.keys.toCamera, payload);
    const message = plain && decodeSignalMessage(plain);
    if (!message) {
      this.log('debug', 'signaling: a message that does not open was dropped');
      return;
    }
    const call = this.calls.get(toHex(message.callId));
    switch (message.kind) {
      case 'offer':
        return this.onOffer(message, payload, call);
      case 'candidate':
        if (call && call.messages.take(this.clock.nowMs()))
          call.session.addRemoteCandidate(message.candidate);
        return;
      case 'bye':
        if (!call) return;
        this.forget(toHex(message.callId));
        call.session.close(CloseCode.Normal, 'the viewer ended the call');
        return;
      default:
        return;
    }
  }

  private onOffer(
    offer: Extract<SignalMessage, { kind: 'offer' }>,
    payload: Uint8Array,
    call: IncomingCall | undefined,
  ): void {
    const { callId, replyTopic } = offer;
    const verdict = this.replayGuard.check(payload, offer.sentAtMs, this.clock.wallMs());
    if (verdict === 'replayed') return;
    if (!this.limiter.admitsOffer(replyTopic, this.clock.nowMs())) {
      this.log('debug', 'signaling: too many offers, one was dropped');
      return;
    }
    // A repeated offer (in an envelope of its own) means that the answer was lost.
    if (call) return this.publish(call.replyTopic, call.answer);
    if (verdict === 'stale') {
      this.reply(replyTopic, { kind: 'refuse', callId, code: 408, detail: String(this.clock.wallMs()) });
      return;
    }
    if (this.viewerCount >= this.options.maxViewers && !this.dropSilentViewer()) {
      this.reply(replyTopic, { kind: 'refuse', callId, code: 405, detail: TOO_MANY_VIEWERS });
      return;
    }
    // A viewer that left before it had a path is noticed only when its checks fail.
    if (this.calls.size - this.viewerCount >= MAX_PENDING_CALLS) return;
    this.accept(offer);
  }

  private accept({
    callId,
    replyTopic,
    handshake: message1,
  }: Extract<SignalMessage, { kind: 'offer' }>): void {
    const { ticket, staticKeyPair } = this.options;
    const ephemeral = this.endpoint.takeKeyPair();
    const handshake = createCallHandshake({
      role: 'responder',
      secret: ticket.secret,
      callId,
      remoteStatic: null,
      localStatic: staticKeyPair,
      ephemeral,
      fillRandom: this.endpoint.fillRandom,
    });
    eraseKeyPair(ephemeral);
    const plain = handshake.readMessage(message1);
    const remote = plain && decodeCallDescription(plain);
    if (!remote) {
      handshake.erase();
      this.log('debug', 'signaling: an offer that is not authentic was dropped');
      return;
    }
    const callKey = toHex(callId);
    const handler: { current: SessionHandler | null } = { current: null };
    const session = this.endpoint.createSession(
      'server',
      {
        onConnected: (path) => {
          if (this.viewerCount > this.options.maxViewers) {
            this.forget(callKey);
            return session.close(CloseCode.Refused, TOO_MANY_VIEWERS);
          }
          this.options.onCountChange(this.viewerCount);
          handler.current?.onConnected(path);
        },
        onPathChanged: (path) => handler.current?.onPathChanged?.(path),
        onPathDoubtful: () => this.options.rendezvous.checkNow(),
        // Those that are known before the answer are in it.
        onLocalCandidate: (candidate) => {
          const message = encodeSignalMessage({ kind: 'candidate', callId, candidate });
          if (this.calls.has(callKey)) this.publish(replyTopic, message, 1);
        },
        onStream: (stream) => handler.current?.onStream(stream) ?? null,
        onClosed: (errcode, errmsg) => {
          this.forget(callKey);
          handler.current?.onClosed(errcode, errmsg);
        },
      },
      this.options.path ? this.options.path() : ticket,
    );
    const message2 = this.writeMessage2(handshake, session);
    if (message2 === null) return;
    try {
      handler.current = this.options.onSession(session);
    } catch (thrown) {
      handshake.erase();
      session.close(CloseCode.Refused, 'nobody serves the call');
      throw thrown;
    }
    const answer = encodeSignalMessage({ kind: 'answer', callId, handshake: message2 });
    const messages = this.limiter.newCallBucket(this.clock.nowMs());
    this.calls.set(callKey, { callId, session, replyTopic, answer, messages });
    this.publish(replyTopic, answer);
    const { sendKey, receiveKey } = handshake.split();
    session.start(sendKey, receiveKey, remote);
  }

  /** Null, and the session closed, when the viewer's ephemeral key is a point of low order: no honest one has it. */
  private writeMessage2(handshake: NoiseHandshake, session: PeerSession): Uint8Array | null {
    try {
      return handshake.writeMessage(
        encodeCallDescription({
          version: DESCRIPTION_VERSION,
          ice: session.ice.local,
          connectionId: session.connectionId,
          resetToken: this.resetSender.tokenFor(session.connectionId),
          candidates: session.localCandidates,
        }),
      );
    } catch {
      session.close(CloseCode.Normal, 'the call cannot be answered');
      this.log('debug', 'signaling: an offer with a key that cannot be used was dropped');
      return null;
    }
  }

  /** Gives the place of a viewer that has not been heard for long to another one; false when there is none. */
  private dropSilentViewer(): boolean {
    for (const [callKey, { session }] of this.calls) {
      if (session.silentMs() < SILENT_VIEWER_MS) continue;
      this.forget(callKey);
      session.close(CloseCode.Normal, 'not heard for long, and another viewer calls');
      return true;
    }
    return false;
  }

  private forget(callKey: string): void {
    if (this.calls.delete(callKey)) this.options.onCountChange(this.viewerCount);
  }

  private reply(topic: string, message: SignalMessage): void {
    this.publish(topic, encodeSignalMessage(message));
  }

  private publish(topic: string, plain: Uint8Array, qos: 0 | 1 = 0): void {
    this.options.rendezvous.publish(
      topic,
      sealEnvelope(this.keys.toViewer, plain, this.endpoint.fillRandom),
      qos === 0 ? { qos } : { qos, expiryMs: CANDIDATE_EXPIRY_MS },
    );
  }
}
