/**
 * The agent's side of the wire: credentials, role and tie-breaker, messages made from them, and the queue of what is to be
 * sent. It decides nothing about when.
 */
import { utf8Encode } from '../bytes/utf8';
import type { FillRandom } from '../port/port';
import { nextPairState } from './candidate-pair';
import type { CandidatePair, Check } from './candidate-pair';
import { candidatePriority } from './candidate-priority';
import { retransmitDelayMs } from './check-timing';
import { makeIceCredentials } from './ice-credentials';
import { buildCheckError, buildCheckRequest, buildCheckSuccess } from './ice-messages';
import type { IceRole } from './ice-messages';
import { TRANSACTION_ID_BYTES } from './stun-attributes';
import { hasValidIntegrity } from './stun-message';
import type { StunMessage } from './stun-message';
import type { IceCredentials, OutgoingCheck } from './types';

const TIE_BREAKER_BYTES = 8;
/** Messages that wait for `poll`; the oldest gives way. Drivers poll after every input, so this is never reached. */
const MAX_OUTBOX = 64;

export class CheckMessenger {
  readonly local: IceCredentials;
  role: IceRole;
  tieBreaker: Uint8Array;
  private readonly localKey: Uint8Array;
  private remoteUfrag = '';
  private remoteKey: Uint8Array = new Uint8Array(0);
  private readonly outbox: OutgoingCheck[] = [];

  constructor(
    role: IceRole,
    private readonly fillRandom: FillRandom,
  ) {
    this.local = makeIceCredentials(fillRandom);
    this.localKey = utf8Encode(this.local.password);
    this.role = role;
    this.tieBreaker = this.random(TIE_BREAKER_BYTES);
  }

  /** The peer's credentials; needed before any check is sent. */
  setRemote(credentials: IceCredentials): void {
    this.remoteUfrag = credentials.ufrag;
    this.remoteKey = utf8Encode(credentials.password);
  }

  renewTieBreaker(): void {
    this.tieBreaker = this.random(TIE_BREAKER_BYTES);
  }

  /** Sends the pair's check for the first time, or again. */
  sendCheck(pair: CandidatePair, nominates: boolean, nowMs: number): void {
    const check = pair.check ?? this.createCheck(pair, nominates, nowMs);
    check.sendCount++;
    check.resendMs = nowMs + retransmitDelayMs(check.sendCount);
    pair.check = check;
    pair.lastSentMs = nowMs;
    pair.triggeredMs = Infinity;
    pair.state = nextPairState(pair.state, 'sent');
    this.push(check.request, pair.remote.address, pair.remote.port, pair.via);
  }

  /** A check outside the check list, for consent; returns its transaction id. */
  sendConsentCheck(pair: CandidatePair, nominates: boolean): Uint8Array {
    const transactionId = this.random(TRANSACTION_ID_BYTES);
    const request = this.buildRequest(pair, transactionId, nominates);
    this.push(request, pair.remote.address, pair.remote.port, pair.via);
    return transactionId;
  }

  sendSuccess(request: StunMessage, address: string, port: number, via: number): void {
    this.push(buildCheckSuccess(request, { address, port }, this.localKey), address, port, via);
  }

  sendError(request: StunMessage, code: number, address: string, port: number, via: number): void {
    this.push(buildCheckError(request, code, this.localKey), address, port, via);
  }

  /** Requests to us carry our password's integrity, answers to us the peer's (RFC 8445 §7.2.2, RFC 8489 §9.1). */
  isAuthenticRequest(request: StunMessage): boolean {
    return hasValidIntegrity(request, this.localKey);
  }

  isAuthenticResponse(response: StunMessage): boolean {
    return hasValidIntegrity(response, this.remoteKey);
  }

  poll(): OutgoingCheck | null {
    return this.outbox.shift() ?? null;
  }

  clear(): void {
    this.outbox.length = 0;
  }

  /** 0 to 255. */
  jitter(): number {
    return this.random(1)[0]!;
  }

  private createCheck(pair: CandidatePair, nominates: boolean, nowMs: number): Check {
    const transactionId = this.random(TRANSACTION_ID_BYTES);
    const request = this.buildRequest(pair, transactionId, nominates);
    const { role } = this;
    return { transactionId, request, role, nominates, firstSentMs: nowMs, sendCount: 0, resendMs: Infinity };
  }

  private buildRequest(pair: CandidatePair, transactionId: Uint8Array, nominates: boolean): Uint8Array {
    return buildCheckRequest({
      transactionId,
      username: `${this.remoteUfrag}:${this.local.ufrag}`,
      key: this.remoteKey,
      // A relay stays one, also for a peer that has not heard of it yet: §7.1.1 would have it pass for a direct path.
      priority: candidatePriority(pair.via === 0 ? 'prflx' : 'relay'),
      role: this.role,
      tieBreaker: this.tieBreaker,
      nominates,
    });
  }

  private push(bytes: Uint8Array, address: string, port: number, via: number): void {
    if (this.outbox.length >= MAX_OUTBOX) this.outbox.shift();
    this.outbox.push({ bytes, address, port, via });
  }

  private random(byteCount: number): Uint8Array {
    const bytes = new Uint8Array(byteCount);
    this.fillRandom(bytes);
    return bytes;
  }
}
