import { ErrCode, XP2PEventEnum, XP2PNotify_SubType } from '../../p2p-core/index';
import type { DataCallback, ErrorResult, P2PModule, StreamInfo, Timeouts } from '../../p2p-core/index';
import type { Environment } from '../environment';
import { EventQueue } from '../event-queue';
import { errorOfResult, guardMs, settle } from '../module-result';
import { NamedTimers } from '../named-timers';
import { readNotice } from './notice';
import type { Notice } from './notice';
import { INITIAL_SESSION_STATE, LINK_LOST, sessionStep } from './session-state';
import type { SessionEffect, SessionEvent, SessionInput, SessionState } from './session-state';

/** A module that has not answered by then is taken to have failed; ours answers earlier by itself. */
const SERVICE_TIMEOUT_MS = 20000;
const SECOND_PICTURE = 'the module gives no second picture of this camera';

export interface SessionTarget {
  /** The id of the service. Everything of one camera uses one id and so shares one link. */
  readonly id: string;
  /** Holds the xp2pInfo: never logged, never put into an event. */
  readonly streamInfo: StreamInfo;
}

export type SessionListener = (event: SessionEvent) => void;

/** `id`: of the service. `event`: 'log' or 'devNotify'; subtype and detail as the module gives them. */
export type ModuleEventListener = (id: string, event: string, subtype: string, detail: unknown) => void;

/** What a session uses of the module's owner. */
export interface SessionHost {
  readonly module: P2PModule;
  readonly environment: Environment;
  readonly timeouts: Timeouts;
  readonly onModuleEvent: ModuleEventListener;
  ensureReady(done: (error: ErrorResult | null) => void): void;
  /** A link came up (null), or was lost or could not be made. */
  onLink(error: ErrorResult | null): void;
}

/** One pull of media over a session. */
export interface SessionStream {
  readonly flv: { filename: string; params: string };
  readonly dataCallback: DataCallback;
  /** The notices of this pull: request, parsed, close, eof, fail. */
  readonly onNotice: (notice: Notice) => void;
}

/** One holder's share of a session. Every call is safe at any moment; after `release` nothing happens any more. */
export interface SessionLease {
  /** For calls on the module: `module.sendCommand(lease.id, …)`. */
  readonly id: string;
  readonly module: P2PModule;
  readonly state: SessionState;
  /** Starts the service again after a failure or a disconnect; nothing while it runs. */
  start(): void;
  /**
   * One pull per lease, ended by `stopStream` also when it failed or came to its end. The module has one pull per
   * service, so pulls beside the first one get a service of their own; our core carries all services of a camera over
   * one link, another module may refuse a second one (-2401).
   */
  startStream(stream: SessionStream): Promise<unknown>;
  stopStream(): void;
  /** Gives the share back; the last one stops the service. */
  release(): void;
}

interface Lane {
  /** The service that carries the pull: the session's own, or one beside it. */
  readonly id: string;
  readonly lease: Lease;
  readonly stream: SessionStream;
}

/**
 * The one owner of a service: startP2PService … stopP2PService of one id, for as long as somebody holds a lease of it.
 * Players and features of a camera share it, and none of them disturbs another by leaving.
 */
export class P2PSession {
  state: SessionState = INITIAL_SESSION_STATE;

  private readonly leases = new Set<Lease>();
  private readonly lanes: (Lane | undefined)[] = [];
  private readonly queue = new EventQueue<SessionInput, SessionEffect>(
    (event) => this.step(event),
    (effect) => this.run(effect),
  );
  private readonly timers: NamedTimers<'service'>;
  /** Starts that the module has not answered: their late success has to be stopped. */
  private unanswered = 0;

  constructor(
    public target: SessionTarget,
    readonly host: SessionHost,
    /** Nobody holds it and nothing late can come: forget it. */
    private readonly onEmpty: (session: P2PSession) => void,
  ) {
    this.timers = new NamedTimers(host.environment);
  }

  get isHeld(): boolean {
    return this.leases.size > 0;
  }

  acquire(listener: SessionListener): SessionLease {
    const lease = new Lease(this, listener);
    this.leases.add(lease);
    this.dispatch({ type: 'start' });
    if (this.state.phase === 'started') this.catchUp(lease);
    return lease;
  }

  start(lease: Lease): void {
    if (this.leases.has(lease)) this.dispatch({ type: 'start' });
  }

  /** A lease that holds nothing. */
  refuse(listener: SessionListener, error: ErrorResult): SessionLease {
    const lease = new Lease(this, listener);
    void Promise.resolve().then(() => lease.tell({ type: 'failed', stage: 'service', error }));
    return lease;
  }

  dispatch(event: SessionInput): void {
    this.queue.dispatch(event);
    this.checkEmpty();
  }

  release(lease: Lease): void {
    if (!this.leases.delete(lease)) return;
    this.stopStream(lease);
    if (!this.isHeld) this.dispatch({ type: 'stop' });
  }

  startStream(lease: Lease, stream: SessionStream): Promise<unknown> {
    const { module } = this.host;
    if (this.state.phase !== 'started') return Promise.resolve(ErrCode.ServiceNotStarted);
    if (this.lanes.some((each) => each && each.lease === lease)) {
      return Promise.resolve(ErrCode.AlreadyStarted);
    }
    let index = 0;
    while (this.lanes[index] !== undefined) index += 1;
    const { epoch } = this.state;
    const { id, streamInfo } = this.target;
    const lane: Lane = { id: index === 0 ? id : `${id}~${index + 1}`, lease, stream };
    this.lanes[index] = lane;
    const { flv, dataCallback } = stream;
    const start = (): Promise<unknown> => module.startStream(lane.id, { flv: { ...flv }, dataCallback });
    if (index === 0) {
      const started = start();
      settle(
        'startStream',
        ErrCode.StreamStartFailed,
        () => started,
        (error) => this.checkKnown(epoch, error),
      );
      return started;
    }
    const msgCallback = this.callbackOf(epoch, index);
    return module.startP2PService(lane.id, streamInfo, { msgCallback }).then((result) => {
      if (this.lanes[index] === lane) {
        const error = errorOfResult('startP2PService', result);
        return error === null ? start() : { ...error, errmsg: `${SECOND_PICTURE}: ${error.errmsg}` };
      }
      // It came up after it was stopped; another pull may run on this lane by now.
      if (this.lanes[index] === undefined) module.stopP2PService(lane.id);
      return ErrCode.Aborted;
    });
  }

  stopStream(lease: Lease): void {
    const index = this.lanes.findIndex((each) => each !== undefined && each.lease === lease);
    if (index >= 0) this.closeLane(index);
  }

  /** A module that does not know the service (any more) has lost it for every holder. */
  private checkKnown(epoch: number, error: ErrorResult | null): void {
    if (error === null) return;
    const { errcode } = error;
    if (errcode === ErrCode.ServiceNotStarted || errcode === ErrCode.NotInitialized) {
      this.dispatch({ type: 'disconnect', epoch, error });
    }
  }

  private step(event: SessionInput): readonly SessionEffect[] {
    const [state, effects] = sessionStep(this.state, event);
    this.state = state;
    return effects;
  }

  private run(effect: SessionEffect): void {
    const { host } = this;
    switch (effect.run) {
      case 'readyModule': {
        const { epoch } = effect;
        return host.ensureReady((error) => this.dispatch({ type: 'moduleReady', epoch, error }));
      }
      case 'startService':
        return this.startService(effect.epoch);
      case 'stopService':
        this.timers.clearAll();
        for (let index = this.lanes.length - 1; index >= 0; index--) this.closeLane(index);
        return host.module.stopP2PService(this.target.id);
      case 'tell':
        return this.tell(effect.event);
    }
  }

  private startService(epoch: number): void {
    const { module, timeouts } = this.host;
    const { id, streamInfo } = this.target;
    const timeoutMs = guardMs(SERVICE_TIMEOUT_MS, timeouts.connectMs);
    const done = (error: ErrorResult | null): void => this.dispatch({ type: 'serviceDone', epoch, error });
    const clear = this.timers.arm('service', timeoutMs, () => {
      done({ errcode: ErrCode.Timeout, errmsg: `startP2PService took longer than ${timeoutMs} ms` });
    });
    const start = (): Promise<number> =>
      module.startP2PService(id, streamInfo, { msgCallback: this.callbackOf(epoch, 0) });
    this.unanswered += 1;
    settle('startP2PService', ErrCode.StreamStartFailed, start, (error) => {
      clear();
      this.unanswered -= 1;
      done(error);
    });
  }

  private callbackOf(epoch: number, lane: number) {
    return (event: string, subtype: string, detail: unknown): void => {
      if (event !== XP2PEventEnum.Notify)
        return this.host.onModuleEvent(this.target.id, event, subtype, detail);
      const notice = readNotice(subtype, detail);
      const isLost = subtype === XP2PNotify_SubType.Disconnect;
      if (isLost && lane === 0) {
        this.dispatch({ type: 'disconnect', epoch, error: notice.error || LINK_LOST });
      } else if (subtype === XP2PNotify_SubType.Connected) {
        if (lane === 0) this.dispatch({ type: 'connected', epoch, pathKind: pathKindOf(detail) });
      } else if (subtype === XP2PNotify_SubType.VoiceWaterMark) {
        const isHigh = (detail as { isHigh?: unknown } | null | undefined)?.isHigh === true;
        if (epoch === this.state.epoch) this.tell({ type: 'waterMark', isHigh });
      } else if (epoch === this.state.epoch) {
        const current = this.lanes[lane];
        if (current === undefined) return;
        // A service beside the session's own takes only its pull with it.
        current.stream.onNotice(isLost ? { ...notice, subtype: XP2PNotify_SubType.Fail } : notice);
      }
    };
  }

  private closeLane(index: number): void {
    const lane = this.lanes[index];
    if (lane === undefined) return;
    // First, so that the module's `close` reaches nobody.
    this.lanes[index] = undefined;
    const { module } = this.host;
    if (index === 0) module.stopStream(lane.id);
    else module.stopP2PService(lane.id);
  }

  private tell(event: SessionEvent): void {
    if (event.type === 'connected') this.host.onLink(null);
    else if (event.type === 'disconnected' || event.type === 'failed') this.host.onLink(event.error);
    for (const lease of [...this.leases]) lease.tell(event);
  }

  /** Tells a newcomer what the others know; never within `acquire`, whose caller does not have the lease yet. */
  private catchUp(lease: Lease): void {
    const { epoch } = this.state;
    void Promise.resolve().then(() => {
      if (this.state.phase !== 'started' || this.state.epoch !== epoch) return;
      lease.tell({ type: 'readied' });
      lease.tell({ type: 'started' });
      const { pathKind } = this.state;
      if (pathKind !== '') lease.tell({ type: 'connected', pathKind });
    });
  }

  private checkEmpty(): void {
    if (!this.isHeld && this.unanswered === 0 && this.state.phase === 'idle') this.onEmpty(this);
  }
}

class Lease implements SessionLease {
  constructor(
    private readonly session: P2PSession,
    private listener: SessionListener | null,
  ) {}

  get id(): string {
    return this.session.target.id;
  }

  get module(): P2PModule {
    return this.session.host.module;
  }

  get state(): SessionState {
    return this.session.state;
  }

  start(): void {
    this.session.start(this);
  }

  startStream(stream: SessionStream): Promise<unknown> {
    if (this.listener === null) return Promise.resolve(ErrCode.ServiceNotStarted);
    return this.session.startStream(this, stream);
  }

  stopStream(): void {
    this.session.stopStream(this);
  }

  release(): void {
    this.listener = null;
    this.session.release(this);
  }

  tell(event: SessionEvent): void {
    if (this.listener !== null) this.listener(event);
  }
}

function pathKindOf(detail: unknown): string {
  const kind = (detail as { pathKind?: unknown } | null | undefined)?.pathKind;
  return typeof kind === 'string' ? kind : 'unknown';
}
