/**
 * A full ICE agent (RFC 8445) for one component on one socket: both ends check, the controlling one nominates (regular
 * nomination), and the first valid pair is used before that (§8.1.1). Afterwards consent is kept fresh (RFC 7675).
 *
 * Left out on purpose, since one component and one base make them empty: foundations and freezing, pruning, several check
 * lists. Local addresses do not make pairs of their own: the socket is bound to all of them and the system's routing picks.
 * Added to the RFC: while a relay is all that was nominated, direct pairs are still checked, and nominated when they answer.
 */
import { equalBytes } from '../bytes/concat';
import type { FillRandom } from '../port/port';
import { isFrom, isRelayed, reopenPair, settlePair } from './candidate-pair';
import type { CandidatePair, Check } from './candidate-pair';
import { candidatePriority } from './candidate-priority';
import { CheckList } from './check-list';
import { CheckMessenger } from './check-messenger';
import { CheckScheduler } from './check-scheduler';
import { MAX_NOMINATION_SENDS, nominationWaitMs } from './check-timing';
import { consentAnswered, consentCheckSent, startConsent } from './consent';
import type { Consent } from './consent';
import { EarlyChecks } from './early-checks';
import type { PeerCheck } from './early-checks';
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
  OutgoingCheck,
  PathPolicy,
  SelectedPair,
} from './types';

const DEFAULT_NO_PATH_TIMEOUT_MS = 8000;
/** How long a candidate that is named after nomination is checked. */
const LATE_SEARCH_MS = 8000;
/** A check of the selected pair without an answer for this long: another pair that answers takes its place. */
const DOUBTFUL_MS = 800;

export interface IceAgentOptions {
  role: IceRole;
  fillRandom: FillRandom;
  handler: IceHandler;
  nowMs: number;
  /** What was offered to the peer, as `gatherCandidates` made it; decides the address families that are checked. */
  localCandidates: readonly Candidate[];
  /** The socket takes IPv6 too, whether or not an address of it is known. Default false. */
  hasIpv6?: boolean;
  /** Default 'all'. */
  policy?: PathPolicy;
  /** From `setRemote` to `onFailed`; default 8000. */
  noPathTimeoutMs?: number;
}

/** The agent makes its own credentials (`local`) at once and starts its checks with `setRemote`. */
export function createIceAgent(options: IceAgentOptions): IceAgent {
  return new Agent(options);
}

class Agent implements IceAgent {
  readonly local: IceCredentials;
  selected: SelectedPair | null = null;
  private readonly messenger: CheckMessenger;
  private readonly list: CheckList;
  private readonly scheduler: CheckScheduler;
  private readonly earlyChecks = new EarlyChecks();
  private remote: IceCredentials | null = null;
  /** Failed or closed: nothing happens any more. */
  private hasEnded = false;
  private failAtMs = Infinity;
  /** After nomination; 0 when nothing is looked for. */
  private searchUntilMs = 0;
  private firstValidMs = Infinity;
  private selectedPair: CandidatePair | null = null;
  /** The pair whose nominating check is in flight. */
  private nominating: CandidatePair | null = null;
  private nominated: CandidatePair | null = null;
  /** Once at least: from then on the peer may move. */
  private hasNominated = false;
  /** Where the peer seems to be now; selected when the check of it succeeds. */
  private followed: CandidatePair | null = null;
  private consent: Consent | null = null;

  constructor(private readonly options: IceAgentOptions) {
    this.messenger = new CheckMessenger(options.role, options.fillRandom);
    this.local = this.messenger.local;
    this.list = new CheckList(options.role, options.localCandidates, options.policy, options.hasIpv6);
    this.scheduler = new CheckScheduler(this.list, (pair, nowMs) =>
      this.messenger.sendCheck(pair, false, nowMs),
    );
    this.scheduler.start(options.nowMs);
  }

  /**
   * Later calls add candidates; other credentials than the first are ignored. With credentials that break RFC 8445 §5.3 no
   * check can succeed, so the next `wake` fails.
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
    for (const check of this.earlyChecks.take()) this.learnFrom(check, nowMs);
    this.sendChecks(nowMs);
  }

  addRemoteCandidate(candidate: Candidate, nowMs: number): void {
    // Before `setRemote` nobody can tell whose candidate it is.
    if (this.hasEnded || this.remote === null) return;
    for (const pair of this.list.addSignalled(candidate)) {
      // Named again: the peer has moved, or thinks that we have.
      if (this.hasNominated && pair.state === 'failed') reopenPair(pair);
      if (pair.state === 'waiting') this.searchUntilMs = nowMs + LATE_SEARCH_MS;
    }
    this.announce();
    if (!this.hasEnded) this.sendChecks(nowMs);
  }

  addRelay(via: number, relayedAddress: string, nowMs: number): void {
    if (this.hasEnded) return;
    this.list.addRelay(via, relayedAddress);
    if (this.remote !== null) this.sendChecks(nowMs);
  }

  removeRelay(via: number, nowMs: number): void {
    if (this.hasEnded) return;
    this.list.removeRelay(via);
    if (this.nominating?.via === via) this.nominating = null;
    if (this.selectedPair?.via === via) this.lose();
    this.advance(nowMs);
  }

  restart(nowMs: number): void {
    if (this.hasEnded || this.remote === null) return;
    this.list.reopen();
    this.nominated = null;
    this.nominating = null;
    this.followed = null;
    this.firstValidMs = Infinity;
    this.scheduler.start(nowMs);
    this.sendChecks(nowMs);
  }

  receive(datagram: Uint8Array, address: string, port: number, nowMs: number, via = 0): boolean {
    if (this.hasEnded || !this.list.hasRoute(via)) return false;
    const message = parseStunMessage(datagram);
    if (message === null || message.method !== StunMethod.Binding) return false;
    const from = canonicalIp(address);
    if (message.messageClass === StunClass.Request) {
      if (message.username === null || !message.username.startsWith(this.local.ufrag + ':')) return false;
      if (from !== null) this.onRequest(message, from, port, via, nowMs);
    } else if (
      message.messageClass === StunClass.Indication ||
      !this.onResponse(message, from, port, via, nowMs)
    ) {
      return false;
    }
    this.advance(nowMs);
    return true;
  }

  follow(address: string, port: number, nowMs: number, via = 0): void {
    const from = canonicalIp(address);
    const current = this.selectedPair;
    if (this.hasEnded || !this.hasNominated || from === null) return;
    if (current !== null && isFrom(current, from, port, via)) return;
    const pair =
      this.list.find(via, from, port) ?? this.learnAddress(via, from, port, candidatePriority('prflx'));
    if (pair === null) return;
    this.followed = pair;
    this.scheduler.trigger(pair, nowMs);
    this.sendChecks(nowMs);
  }

  checkSelected(nowMs: number): void {
    if (this.consent === null) return;
    this.consent = { ...this.consent, checkAtMs: Math.min(this.consent.checkAtMs, nowMs) };
    this.sendConsentCheck(nowMs);
  }

  unansweredSinceMs(): number {
    return this.consent?.outstanding[0]?.sentMs ?? Infinity;
  }

  wake(nowMs: number): void {
    if (this.consent === null) {
      if (nowMs >= this.failAtMs) return this.fail();
    } else if (nowMs >= this.consent.expiresAtMs) {
      this.lose();
    }
    this.advance(nowMs);
  }

  nextWakeMs(): number {
    if (this.hasEnded) return Infinity;
    if (this.remote === null) return this.failAtMs;
    let next = this.scheduler.nextTriggeredMs();
    if (this.consent === null) next = Math.min(next, this.failAtMs);
    else next = Math.min(next, this.consent.checkAtMs, this.consent.expiresAtMs);
    if (this.isSearching()) next = Math.min(next, this.scheduler.nextPacedMs(this.checkLimit()));
    return Math.min(next, this.nominationMs());
  }

  poll(_nowMs: number): OutgoingCheck | null {
    return this.messenger.poll();
  }

  close(): void {
    this.hasEnded = true;
    this.messenger.clear();
    this.earlyChecks.take();
    this.selected = null;
    this.selectedPair = null;
    this.consent = null;
  }

  private fail(): void {
    if (this.hasEnded) return;
    this.close();
    this.options.handler.onFailed();
  }

  /** Nothing may be sent on the selected pair any more; checks of the peer are still answered, and make pairs valid. */
  private lose(): void {
    if (this.selectedPair === null) return;
    settlePair(this.selectedPair, 'broken');
    this.selectedPair = null;
    this.selected = null;
    this.nominated = null;
    this.nominating = null;
    this.consent = null;
    this.options.handler.onLost();
  }

  private advance(nowMs: number): void {
    if (this.hasEnded || this.remote === null) return;
    this.nominate(nowMs);
    // The handler, called on the way, may have closed the agent.
    if (this.hasEnded) return;
    if (nowMs >= this.searchUntilMs) this.searchUntilMs = 0;
    this.sendChecks(nowMs);
    this.sendConsentCheck(nowMs);
  }

  private sendChecks(nowMs: number): void {
    this.scheduler.runTriggered(nowMs);
    if (this.isSearching()) this.scheduler.runPaced(this.checkLimit(), nowMs);
  }

  /** Ordinary checks leave until both ends have agreed on a direct pair, and when the peer names where it is now. */
  private isSearching(): boolean {
    return this.nominated === null || isRelayed(this.nominated) || this.searchUntilMs > 0;
  }

  /** Only pairs better than this one are checked; all while nothing valid is selected. */
  private checkLimit(): CandidatePair | null {
    const pair = this.selectedPair;
    return pair === null || pair.state !== 'succeeded' || this.isFinal() ? null : pair;
  }

  private isFinal(): boolean {
    return this.nominated !== null && !isRelayed(this.nominated);
  }

  // Requests of the peer (§7.3)

  /** Answers an authentic check; everything else gets silence, so that a stranger learns and moves nothing. */
  private onRequest(request: StunMessage, address: string, port: number, via: number, nowMs: number): void {
    const remoteUfrag = request.username!.slice(this.local.ufrag.length + 1);
    if (!this.messenger.isAuthenticRequest(request)) return;
    if (this.remote !== null && this.remote.ufrag !== remoteUfrag) return;
    const errorCode = this.refusal(request);
    if (errorCode !== 0) return this.messenger.sendError(request, errorCode, address, port, via);
    this.messenger.sendSuccess(request, address, port, via);
    const { useCandidate: nominates } = request;
    const check: PeerCheck = { remoteUfrag, via, address, port, priority: request.priority!, nominates };
    if (this.remote === null) this.earlyChecks.remember(check);
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

  /** Peer-reflexive learning (§7.3.1.3), triggered checks (§7.3.1.4) and nomination by the peer (§7.3.1.5). */
  private learnFrom(check: PeerCheck, nowMs: number): void {
    if (check.remoteUfrag !== this.remote!.ufrag) return;
    const { via, address, port } = check;
    const pair = this.list.find(via, address, port) ?? this.learnAddress(via, address, port, check.priority);
    if (pair === null) return;
    if (check.nominates && this.messenger.role === 'controlled') pair.isNominatedByPeer = true;
    if (pair.state !== 'succeeded') {
      this.scheduler.trigger(pair, nowMs);
    } else if (check.nominates && pair.isNominatedByPeer && pair !== this.nominated) {
      this.acceptNomination(pair, nowMs);
    }
  }

  /** After nomination new addresses are those of a peer that moves: they take the place of where it was. */
  private learnAddress(via: number, address: string, port: number, priority: number): CandidatePair | null {
    if (this.hasNominated) this.list.makeRoomForReflexive(this.selectedPair);
    return this.list.addPeerReflexive(via, address, port, priority);
  }

  // Answers to our checks (§7.2.5)

  /** False when the transaction is not ours. */
  private onResponse(
    response: StunMessage,
    from: string | null,
    port: number,
    via: number,
    nowMs: number,
  ): boolean {
    const pair = this.list.findByTransaction(response.transactionId);
    if (pair === null) return this.onConsentResponse(response, from, port, via, nowMs);
    if (!this.messenger.isAuthenticResponse(response)) return true;
    if (response.messageClass === StunClass.Error) {
      this.onErrorResponse(pair, pair.check!, response.error === null ? 0 : response.error.code, nowMs);
    } else if (!isFrom(pair, from, port, via) || response.unknownRequired.length > 0) {
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
      // Where the peer was has to prove itself anew.
      if (this.nominated !== null && this.nominated !== pair) reopenPair(this.nominated);
      return this.acceptNomination(pair, nowMs);
    }
    const current = this.selectedPair;
    if (current !== null && current !== pair && nowMs >= this.unansweredSinceMs() + DOUBTFUL_MS) {
      settlePair(current, 'broken');
      if (this.nominated === current) this.nominated = null;
    }
    if (this.isFinal()) return;
    const isUsable = current !== null && current !== pair && current.state === 'succeeded';
    if (!isUsable || this.list.isBetter(pair, current)) this.select(pair, nowMs);
  }

  // Selection, nomination (§8.1), roles

  /** Uses the pair from now on. */
  private select(pair: CandidatePair, nowMs: number): void {
    this.selectedPair = pair;
    this.failAtMs = Infinity;
    this.consent = startConsent(nowMs, this.messenger.jitter());
    this.announce();
  }

  /** Tells the handler of the selected pair when there is something new about it. */
  private announce(): void {
    const pair = this.selectedPair;
    if (pair === null) return;
    const { address, port } = pair.remote;
    const kind = isRelayed(pair) ? 'relay' : pair.remote.kind;
    const old = this.selected;
    this.selected = { kind, address, port, rttMs: pair.rttMs, via: pair.via };
    if (old !== null && isFrom(pair, old.address, old.port, old.via) && old.kind === kind) return;
    this.options.handler.onSelected(this.selected);
  }

  private acceptNomination(pair: CandidatePair, nowMs: number): void {
    this.nominated = pair;
    this.hasNominated = true;
    this.nominating = null;
    this.followed = null;
    this.list.onNominated(pair, this.isFinal());
    this.select(pair, nowMs);
    if (this.hasEnded || !this.isFinal()) return;
    this.searchUntilMs = 0;
    this.options.handler.onFinal();
  }

  /** The controlling side nominates the best valid pair, and repeats until it is answered. */
  private nominate(nowMs: number): void {
    if (nowMs < this.nominationMs()) return;
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
    if (best === null || best === this.nominated) return Infinity;
    if (this.nominated !== null) {
      return isRelayed(this.nominated) && !isRelayed(best) ? this.firstValidMs : Infinity;
    }
    if (!this.list.hasOpenBefore(best)) return this.firstValidMs;
    return this.firstValidMs + nominationWaitMs(isRelayed(best));
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
    via: number,
    nowMs: number,
  ): boolean {
    const pair = this.selectedPair;
    if (this.consent === null || pair === null) return false;
    const { outstanding } = this.consent;
    const check = outstanding.find((one) => equalBytes(one.transactionId, response.transactionId));
    if (check === undefined) return false;
    const isSuccess = response.messageClass === StunClass.Success && isFrom(pair, from, port, via);
    if (isSuccess && this.messenger.isAuthenticResponse(response)) {
      this.consent = consentAnswered(this.consent, check, nowMs, this.messenger.jitter());
      pair.rttMs = nowMs - check.sentMs;
      this.selected = { ...this.selected!, rttMs: pair.rttMs };
    }
    return true;
  }
}
