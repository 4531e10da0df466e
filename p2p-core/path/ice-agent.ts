/**
 * A full ICE agent (RFC 8445) for one component on one socket: both ends check, the controlling one nominates (regular
 * nomination), and the first valid pair is used before that (§8.1.1). Afterwards consent is kept fresh (RFC 7675).
 *
 * Left out on purpose, since one component and one base make them empty: foundations and freezing, pruning, several check
 * lists. Local addresses do not make pairs of their own: the socket is bound to all of them and the system's routing picks.
 */
import { equalBytes } from '../bytes/concat';
import type { FillRandom } from '../port/port';
import { settlePair } from './candidate-pair';
import type { CandidatePair, Check } from './candidate-pair';
import { candidatePriority } from './candidate-priority';
import { CheckList } from './check-list';
import { CheckMessenger } from './check-messenger';
import { CheckScheduler } from './check-scheduler';
import { MAX_NOMINATION_SENDS, nominationWaitMs } from './check-timing';
import { consentAnswered, consentCheckSent, startConsent } from './consent';
import type { Consent } from './consent';
import { areIceCredentials } from './ice-credentials';
import { oppositeRole, resolveRoleConflict } from './ice-messages';
import type { IceRole } from './ice-messages';
import { canonicalIp } from './ip-address';
import { StunClass, StunErrorCode, StunMethod } from './stun-attributes';
import { parseStunMessage } from './stun-message';
import type { StunMessage } from './stun-message';
import type {
  Candidate,
  IceAgent,
  IceCredentials,
  IceHandler,
  OutgoingDatagram,
  SelectedPair,
} from './types';

const DEFAULT_NO_PATH_TIMEOUT_MS = 8000;
/** Checks of a peer that arrive before its credentials do, one per address. */
const MAX_EARLY_CHECKS = 16;

export interface IceAgentOptions {
  role: IceRole;
  fillRandom: FillRandom;
  handler: IceHandler;
  nowMs: number;
  /** What was offered to the peer, as `gatherCandidates` made it; decides the address families that are checked. */
  localCandidates: readonly Candidate[];
  /** From `setRemote` to `onFailed('no-path')`; default 8000. */
  noPathTimeoutMs?: number;
}

/** The agent makes its own credentials (`local`) at once and starts its checks with `setRemote`. */
export function createIceAgent(options: IceAgentOptions): IceAgent {
  return new Agent(options);
}

/** What an authentic check told about the peer. */
interface PeerCheck {
  remoteUfrag: string;
  address: string;
  port: number;
  priority: number;
  nominates: boolean;
}

class Agent implements IceAgent {
  readonly local: IceCredentials;
  selected: SelectedPair | null = null;
  private readonly messenger: CheckMessenger;
  private readonly list: CheckList;
  private readonly scheduler: CheckScheduler;
  private readonly earlyChecks: PeerCheck[] = [];
  private remote: IceCredentials | null = null;
  /** Failed or closed: nothing happens any more. */
  private hasEnded = false;
  private failAtMs = Infinity;
  private firstValidMs = Infinity;
  private selectedPair: CandidatePair | null = null;
  /** The pair whose nominating check is in flight. */
  private nominating: CandidatePair | null = null;
  private nominated: CandidatePair | null = null;
  /** Where the peer seems to be now; selected when the check of it succeeds. */
  private followed: CandidatePair | null = null;
  private consent: Consent | null = null;

  constructor(private readonly options: IceAgentOptions) {
    this.messenger = new CheckMessenger(options.role, options.fillRandom);
    this.local = this.messenger.local;
    this.list = new CheckList(options.role, options.localCandidates);
    this.scheduler = new CheckScheduler(this.list, (pair, nowMs) =>
      this.messenger.sendCheck(pair, false, nowMs),
    );
    this.scheduler.start(options.nowMs);
  }

  /**
   * Later calls add candidates; other credentials than the first are ignored: a restart takes a new agent. With
   * credentials that break RFC 8445 §5.3 no check can succeed, so the next `wake` fails with no-path.
   */
  setRemote(credentials: IceCredentials, candidates: readonly Candidate[], nowMs: number): void {
    if (this.hasEnded) return;
    if (this.remote === null) {
      if (!areIceCredentials(credentials)) {
        this.failAtMs = nowMs;
        return;
      }
      this.remote = { ufrag: credentials.ufrag, password: credentials.password };
      this.messenger.setRemote(this.remote);
      this.failAtMs = nowMs + (this.options.noPathTimeoutMs ?? DEFAULT_NO_PATH_TIMEOUT_MS);
      this.scheduler.start(nowMs);
    } else if (this.remote.ufrag !== credentials.ufrag || this.remote.password !== credentials.password) {
      return;
    }
    for (const candidate of candidates) this.list.addSignalled(candidate);
    for (const check of this.earlyChecks.splice(0)) this.learnFrom(check, nowMs);
    this.sendChecks(nowMs);
  }

  addRemoteCandidate(candidate: Candidate, nowMs: number): void {
    // Before `setRemote` nobody can tell whose candidate it is.
    if (this.hasEnded || this.remote === null) return;
    this.list.addSignalled(candidate);
    this.sendChecks(nowMs);
  }

  receive(datagram: Uint8Array, address: string, port: number, nowMs: number): boolean {
    if (this.hasEnded) return false;
    const message = parseStunMessage(datagram);
    if (message === null || message.method !== StunMethod.Binding) return false;
    const from = canonicalIp(address);
    if (message.messageClass === StunClass.Request) {
      if (message.username === null || !message.username.startsWith(this.local.ufrag + ':')) return false;
      if (from !== null) this.onRequest(message, from, port, nowMs);
    } else if (
      message.messageClass === StunClass.Indication ||
      !this.onResponse(message, from, port, nowMs)
    ) {
      return false;
    }
    this.advance(nowMs);
    return true;
  }

  follow(address: string, port: number, nowMs: number): void {
    const from = canonicalIp(address);
    const current = this.selectedPair;
    if (this.nominated === null || current === null || from === null || isFrom(current, from, port)) return;
    const pair = this.list.find(from, port) ?? this.learnAddress(from, port, candidatePriority('prflx'));
    if (pair === null) return;
    this.followed = pair;
    this.scheduler.trigger(pair, nowMs);
    this.sendChecks(nowMs);
  }

  checkSelected(nowMs: number): void {
    if (this.nominated === null || this.consent === null) return;
    this.consent = { ...this.consent, checkAtMs: Math.min(this.consent.checkAtMs, nowMs) };
    this.sendConsentCheck(nowMs);
  }

  wake(nowMs: number): void {
    if (this.consent === null) {
      if (nowMs >= this.failAtMs) return this.fail('no-path');
    } else if (nowMs >= this.consent.expiresAtMs) {
      return this.fail('consent-expired');
    }
    this.advance(nowMs);
  }

  nextWakeMs(): number {
    if (this.hasEnded) return Infinity;
    if (this.remote === null) return this.failAtMs;
    let next = this.scheduler.nextTriggeredMs();
    if (this.consent === null) next = Math.min(next, this.failAtMs);
    else next = Math.min(next, this.consent.checkAtMs, this.consent.expiresAtMs);
    if (this.nominated !== null) return next;
    return Math.min(next, this.scheduler.nextPacedMs(this.selectedPair), this.nominationMs());
  }

  poll(_nowMs: number): OutgoingDatagram | null {
    return this.messenger.poll();
  }

  close(): void {
    this.hasEnded = true;
    this.messenger.clear();
    this.earlyChecks.length = 0;
    this.selected = null;
    this.selectedPair = null;
    this.consent = null;
  }

  private fail(reason: 'no-path' | 'consent-expired'): void {
    if (this.hasEnded) return;
    this.close();
    this.options.handler.onFailed(reason);
  }

  private advance(nowMs: number): void {
    if (this.hasEnded || this.remote === null) return;
    this.nominate(nowMs);
    // The handler, called on the way, may have closed the agent.
    if (this.hasEnded) return;
    this.sendChecks(nowMs);
    this.sendConsentCheck(nowMs);
  }

  private sendChecks(nowMs: number): void {
    this.scheduler.runTriggered(nowMs);
    if (this.nominated === null) this.scheduler.runPaced(this.selectedPair, nowMs);
  }

  // Requests of the peer (§7.3)

  /** Answers an authentic check; everything else gets silence, so that a stranger learns and moves nothing. */
  private onRequest(request: StunMessage, address: string, port: number, nowMs: number): void {
    const remoteUfrag = request.username!.slice(this.local.ufrag.length + 1);
    if (!this.messenger.isAuthenticRequest(request)) return;
    if (this.remote !== null && this.remote.ufrag !== remoteUfrag) return;
    const errorCode = this.refusal(request);
    if (errorCode !== 0) return this.messenger.sendError(request, errorCode, address, port);
    this.messenger.sendSuccess(request, address, port);
    const { useCandidate: nominates } = request;
    const check: PeerCheck = { remoteUfrag, address, port, priority: request.priority!, nominates };
    if (this.remote === null) this.rememberEarly(check);
    else this.learnFrom(check, nowMs);
  }

  /** The error code a check deserves, 0 for none; takes the other role where the peer has the right to ours. */
  private refusal(request: StunMessage): number {
    if (request.unknownRequired.length > 0) return StunErrorCode.UnknownAttribute;
    if (request.priority === null) return StunErrorCode.BadRequest;
    const { role, tieBreaker } = this.messenger;
    const conflict = resolveRoleConflict(request, role, tieBreaker);
    if (conflict === 'switch') this.switchRole();
    return conflict === 'refuse' ? StunErrorCode.RoleConflict : 0;
  }

  private rememberEarly(check: PeerCheck): void {
    const at = this.earlyChecks.findIndex((one) => one.address === check.address && one.port === check.port);
    if (at >= 0) this.earlyChecks[at] = check;
    else if (this.earlyChecks.length < MAX_EARLY_CHECKS) this.earlyChecks.push(check);
  }

  /** Peer-reflexive learning (§7.3.1.3), triggered checks (§7.3.1.4) and nomination by the peer (§7.3.1.5). */
  private learnFrom(check: PeerCheck, nowMs: number): void {
    if (check.remoteUfrag !== this.remote!.ufrag) return;
    const { address, port } = check;
    const pair = this.list.find(address, port) ?? this.learnAddress(address, port, check.priority);
    if (pair === null) return;
    if (check.nominates && this.messenger.role === 'controlled') pair.isNominatedByPeer = true;
    if (pair.state !== 'succeeded') {
      this.scheduler.trigger(pair, nowMs);
    } else if (check.nominates && pair.isNominatedByPeer && pair !== this.nominated) {
      this.acceptNomination(pair, nowMs);
    }
  }

  /** After nomination new addresses are those of a peer that moves: they take the place of where it was. */
  private learnAddress(address: string, port: number, priority: number): CandidatePair | null {
    if (this.nominated !== null) this.list.makeRoomForReflexive(this.selectedPair);
    return this.list.addPeerReflexive(address, port, priority);
  }

  // Answers to our checks (§7.2.5)

  /** False when the transaction is not ours. */
  private onResponse(response: StunMessage, from: string | null, port: number, nowMs: number): boolean {
    const pair = this.list.findByTransaction(response.transactionId);
    if (pair === null) return this.onConsentResponse(response, from, port, nowMs);
    if (!this.messenger.isAuthenticResponse(response)) return true;
    if (response.messageClass === StunClass.Error) {
      this.onErrorResponse(pair, pair.check!, response.error === null ? 0 : response.error.code, nowMs);
    } else if (!isFrom(pair, from, port) || response.unknownRequired.length > 0) {
      // §7.2.5.2.1: an answer from elsewhere means that the two directions do not share one path.
      if (pair.state !== 'succeeded') settlePair(pair, 'broken');
    } else if (response.xorMappedAddress !== null) {
      this.onValidated(pair, pair.check!, nowMs);
    }
    return true;
  }

  private onErrorResponse(pair: CandidatePair, check: Check, code: number, nowMs: number): void {
    if (code === StunErrorCode.RoleConflict) {
      if (check.role === this.messenger.role) {
        this.switchRole();
        this.messenger.renewTieBreaker(); // §7.2.5.1
      }
      settlePair(pair, 'conflicted');
      if (pair.state !== 'succeeded') this.scheduler.trigger(pair, nowMs);
    } else if (pair.state !== 'succeeded') {
      settlePair(pair, 'broken');
    }
  }

  private onValidated(pair: CandidatePair, check: Check, nowMs: number): void {
    settlePair(pair, 'answered');
    // After a retransmission nobody knows which request was answered; counting from the first never flatters the path.
    pair.rttMs = nowMs - check.firstSentMs;
    this.firstValidMs = Math.min(this.firstValidMs, nowMs);
    const isNominated = this.messenger.role === 'controlling' ? check.nominates : pair.isNominatedByPeer;
    if (isNominated || pair === this.followed) {
      this.acceptNomination(pair, nowMs);
    } else if (this.nominated === null) {
      const current = this.selectedPair;
      if (current === null || this.list.isBetter(pair, current)) this.select(pair, nowMs);
    }
  }

  // Selection, nomination (§8.1), roles

  /** Uses the pair from now on; tells the handler when it is another one than before. */
  private select(pair: CandidatePair, nowMs: number): void {
    const isNew = this.selectedPair !== pair;
    const { kind, address, port } = pair.remote;
    this.selectedPair = pair;
    this.selected = { kind, address, port, rttMs: pair.rttMs };
    this.consent = startConsent(nowMs, this.messenger.jitter());
    if (isNew) this.options.handler.onSelected(this.selected);
  }

  private acceptNomination(pair: CandidatePair, nowMs: number): void {
    this.nominated = pair;
    this.nominating = null;
    this.followed = null;
    this.select(pair, nowMs);
  }

  /** The controlling side nominates the best valid pair, and repeats until it is answered. */
  private nominate(nowMs: number): void {
    if (this.nominated !== null || nowMs < this.nominationMs()) return;
    const unanswered = this.nominating;
    if (unanswered !== null && unanswered.check!.sendCount >= MAX_NOMINATION_SENDS) {
      const other = this.list.bestValid(unanswered);
      if (other !== null) {
        settlePair(unanswered, 'broken');
        this.nominating = null;
        if (this.selectedPair === unanswered) this.select(other, nowMs);
        if (this.hasEnded) return;
      }
    }
    this.nominating = this.nominating ?? this.list.bestValid();
    if (this.nominating !== null) this.messenger.sendCheck(this.nominating, true, nowMs);
  }

  /** When the nominating check has to leave; Infinity when nothing is to be nominated. */
  private nominationMs(): number {
    if (this.messenger.role !== 'controlling') return Infinity;
    if (this.nominating !== null) return this.nominating.check!.resendMs;
    const best = this.list.bestValid();
    if (best === null) return Infinity;
    if (!this.list.hasOpenBefore(best)) return this.firstValidMs;
    return this.firstValidMs + nominationWaitMs(best.remote.kind === 'relay');
  }

  private switchRole(): void {
    this.messenger.role = oppositeRole(this.messenger.role);
    this.list.setRole(this.messenger.role);
    if (this.nominating !== null) this.nominating.check = null;
    this.nominating = null;
  }

  // Consent (RFC 7675)

  private sendConsentCheck(nowMs: number): void {
    const pair = this.selectedPair;
    if (this.consent === null || pair === null || nowMs < this.consent.checkAtMs) return;
    // Should the NAT have moved us, this nominates our new address at once.
    const nominates = this.messenger.role === 'controlling' && pair === this.nominated;
    const transactionId = this.messenger.sendConsentCheck(pair, nominates);
    const check = { transactionId, sentMs: nowMs };
    this.consent = consentCheckSent(this.consent, check, this.messenger.jitter());
  }

  private onConsentResponse(
    response: StunMessage,
    from: string | null,
    port: number,
    nowMs: number,
  ): boolean {
    const pair = this.selectedPair;
    if (this.consent === null || pair === null) return false;
    const { outstanding } = this.consent;
    const check = outstanding.find((one) => equalBytes(one.transactionId, response.transactionId));
    if (check === undefined) return false;
    const isSuccess = response.messageClass === StunClass.Success && isFrom(pair, from, port);
    if (isSuccess && this.messenger.isAuthenticResponse(response)) {
      this.consent = consentAnswered(this.consent, check, nowMs, this.messenger.jitter());
      pair.rttMs = nowMs - check.sentMs;
      this.selected = { ...this.selected!, rttMs: pair.rttMs };
    }
    return true;
  }
}

function isFrom(pair: CandidatePair, address: string | null, port: number): boolean {
  return pair.remote.address === address && pair.remote.port === port;
}
