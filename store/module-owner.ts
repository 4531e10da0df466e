import { ErrCode } from '../p2p-core/index';
import type { AppParams, ErrorResult, P2PModule, ServerOptions, Timeouts } from '../p2p-core/index';
import type { Environment, TimerHandle } from './environment';
import { guardMs, settle } from './module-result';
import type { ModuleEventListener } from './session/p2p-session';
import { SessionRegistry } from './session/session-registry';

/** `init` and `resetP2P` that take longer count as failed, unless the app gives them longer. */
const READY_TIMEOUT_MS = 10000;
/** A link lost this soon after a change of the network was lost by it; the core notices silence after 15 s. */
const SUSPECT_MS = 60000;
/** What a link dies of when the network under it went away. */
const PATH_CODES: ReadonlySet<number> = new Set([
  ErrCode.ConnectTimeout,
  ErrCode.SignalingUnreachable,
  ErrCode.NoPath,
  ErrCode.LinkLost,
]);

export interface ModuleOwnerOptions {
  module: P2PModule;
  appParams: AppParams;
  servers?: ServerOptions;
  timeouts?: Timeouts;
  /** Restarts the local server of the player plugin: its `reset()`. Without it a new player has to do. */
  resetLocalServer?: () => void | Promise<unknown>;
  /** Hears what the module tells beside 'notify': its logs, and the news of streams shared by many viewers. */
  onModuleEvent?: ModuleEventListener;
  /**
   * The module moves its links to the new network by itself, so that a change is no loss until a link is lost. Default:
   * whether it is our core. With Tencent's plugin a change ends 1-to-1 links (guide, FAQ 3.4).
   */
  followsNetwork?: boolean;
  environment: Environment;
}

/** The phone's network changed, and the module's links may be dead. */
export type NetworkListener = () => void;

/**
 * What all players of an app share: the module and its readiness, the marks of what has to be reset, and the sessions
 * with cameras. One per app; tests make their own.
 */
export interface ModuleOwner {
  readonly module: P2PModule;
  readonly environment: Environment;
  /** What the app has set of the module's waits; nothing here gives up earlier. */
  readonly timeouts: Timeouts;
  readonly sessions: SessionRegistry;
  readonly isNetworkChanged: boolean;
  readonly isLocalServerDead: boolean;
  /**
   * Makes the module ready: `init` the first time, `resetP2P` when the network changed, nothing else. Callers that come
   * while it runs share its outcome. `done` gets null, or what failed; it is called once, never synchronously.
   */
  ensureReady(done: (error: ErrorResult | null) => void): void;
  markLocalServerDead(): void;
  /** Data arrived since the network changed: no reset is needed. */
  markPathWorks(): void;
  /** Joins as a player. The returned function leaves; the last one to leave resets what is marked (guide, FAQ 5). */
  join(listener: NetworkListener): () => void;
  /**
   * Resets what is marked, for a page that is left (guide, FAQ 5); nothing when nothing is. `done` gets null, or what a
   * reset failed with; it is called once, never synchronously.
   */
  checkReset(done: (error: ErrorResult | null) => void): void;
  /** Destroys the module. Waiting callers of `ensureReady` get -2810. */
  destroy(): void;
}

export function createModuleOwner(options: ModuleOwnerOptions): ModuleOwner {
  return new Owner(options);
}

type Done = (error: ErrorResult | null) => void;

class Owner implements ModuleOwner {
  readonly module: P2PModule;
  readonly environment: Environment;
  readonly timeouts: Timeouts;
  readonly sessions: SessionRegistry;
  isNetworkChanged = false;
  isLocalServerDead = false;

  private isReady = false;
  private waiting: Done[] = [];
  private timer: TimerHandle | null = null;
  /** One per init or reset; what an older one answers is late. */
  private epoch = 0;
  private listeners: readonly NetworkListener[] = [];
  private readonly followsNetwork: boolean;
  /** Until then a lost link counts as lost by the change of the network. */
  private suspectUntilMs = -Infinity;
  private stopWatchingNetwork: (() => void) | null = null;

  constructor(private readonly options: ModuleOwnerOptions) {
    this.module = options.module;
    this.environment = options.environment;
    this.timeouts = options.timeouts || {};
    // Statistics are ours alone, so they tell our core from the plugin.
    const isOurs = typeof options.module.getStats === 'function';
    this.followsNetwork = options.followsNetwork === undefined ? isOurs : options.followsNetwork;
    this.sessions = new SessionRegistry({
      module: this.module,
      environment: this.environment,
      timeouts: this.timeouts,
      onModuleEvent: options.onModuleEvent || (() => {}),
      ensureReady: (done) => this.ensureReady(done),
      onLink: (error) => this.onLink(error),
    });
  }

  ensureReady(done: Done): void {
    this.waiting.push(done);
    if (this.waiting.length > 1) return;
    this.epoch += 1;
    const { epoch } = this;
    const timeoutMs = guardMs(READY_TIMEOUT_MS, this.timeouts.initMs);
    this.timer = this.environment.setTimer(() => {
      const errmsg = `the p2p module was not ready within ${timeoutMs} ms`;
      this.onReadied(epoch, { errcode: ErrCode.Timeout, errmsg });
    }, timeoutMs);
    const ready = (): void => {
      // Destroyed, or given up, while the local server restarted.
      if (epoch === this.epoch) this.ready((error) => this.onReadied(epoch, error));
    };
    // A restart that failed shows as the next failure of the player, which has the better message.
    if (this.isLocalServerDead) this.restartLocalServer(ready);
    else ready();
  }

  markLocalServerDead(): void {
    this.isLocalServerDead = true;
    // The system that killed the server killed the sockets too; its network event may come much later.
    this.isNetworkChanged = true;
  }

  markPathWorks(): void {
    this.isNetworkChanged = false;
  }

  join(listener: NetworkListener): () => void {
    // Wrapped, so that one function may join twice and leave once.
    const entry: NetworkListener = () => listener();
    this.listeners = [...this.listeners, entry];
    return () => {
      if (!this.listeners.includes(entry)) return;
      this.listeners = this.listeners.filter((each) => each !== entry);
      // Who talks or downloads meanwhile keeps the link; the next start resets what is still marked.
      if (this.listeners.length === 0 && this.sessions.size === 0) this.checkReset(() => {});
    };
  }

  checkReset(done: Done): void {
    const checkModule = (serverError: ErrorResult | null): void => {
      if (this.isReady && this.isNetworkChanged) this.ensureReady((error) => done(error || serverError));
      else done(serverError);
    };
    if (this.isLocalServerDead) this.restartLocalServer(checkModule);
    else settle('checkReset', ErrCode.ProbeFailed, () => Promise.resolve(ErrCode.Ok), checkModule);
  }

  destroy(): void {
    this.settleWaiting({ errcode: ErrCode.Aborted, errmsg: 'the p2p module was destroyed' });
    this.sessions.destroy();
    this.drop();
    this.listeners = [];
  }

  private ready(done: Done): void {
    if (!this.isReady) {
      settle(
        'init',
        ErrCode.ProbeFailed,
        () => this.init(),
        (error) => {
          // Whoever initialised it before us (it is a singleton in the plugin), it is ready.
          done(error !== null && error.errcode === ErrCode.AlreadyInitialized ? null : error);
        },
      );
    } else if (this.isNetworkChanged) {
      this.sessions.drop({ errcode: ErrCode.LinkLost, errmsg: 'the module was reset' });
      settle('resetP2P', ErrCode.ProbeFailed, () => this.module.resetP2P(), done);
    } else {
      settle('init', ErrCode.ProbeFailed, () => Promise.resolve(ErrCode.Ok), done);
    }
  }

  private init(): Promise<number> {
    const { appParams, servers, timeouts } = this.options;
    const eventHandler = (event: string): void => {
      if (event === 'natChanged' || event === 'natError') this.onNetworkChange();
    };
    return this.module.init({
      appParams,
      eventHandler,
      ...(servers ? { servers } : {}),
      ...(timeouts ? { timeouts } : {}),
    });
  }

  private onReadied(epoch: number, error: ErrorResult | null): void {
    if (epoch !== this.epoch || this.timer === null) return;
    if (error === null) {
      this.isReady = true;
      this.isNetworkChanged = false;
      this.suspectUntilMs = -Infinity;
      if (this.stopWatchingNetwork === null) {
        this.stopWatchingNetwork = this.environment.onNetworkChange(() => this.onNetworkChange());
      }
    } else {
      // Half-made, it would refuse the next init.
      this.drop();
    }
    this.settleWaiting(error);
  }

  private onNetworkChange(): void {
    if (!this.isReady || this.timer !== null) return;
    if (this.followsNetwork) {
      this.suspectUntilMs = this.environment.nowMs() + SUSPECT_MS;
      return;
    }
    this.isNetworkChanged = true;
    for (const listener of this.listeners) listener();
  }

  /** A link that came up proves the new network; one that died soon after the change shows that it did not follow. */
  private onLink(error: ErrorResult | null): void {
    // Somebody else destroyed the module.
    if (error !== null && error.errcode === ErrCode.NotInitialized) this.isReady = false;
    if (error !== null && !PATH_CODES.has(error.errcode)) return;
    if (error !== null && this.environment.nowMs() < this.suspectUntilMs) this.isNetworkChanged = true;
    this.suspectUntilMs = -Infinity;
  }

  private restartLocalServer(done: Done): void {
    this.isLocalServerDead = false;
    const { resetLocalServer } = this.options;
    const restart = async (): Promise<unknown> => (resetLocalServer ? resetLocalServer() : ErrCode.Ok);
    settle('resetLocalServer', ErrCode.LocalServerFailed, restart, done);
  }

  private drop(): void {
    this.epoch += 1;
    this.isReady = false;
    this.isNetworkChanged = false;
    if (this.stopWatchingNetwork !== null) this.stopWatchingNetwork();
    this.stopWatchingNetwork = null;
    this.module.destroy();
  }

  private settleWaiting(error: ErrorResult | null): void {
    if (this.timer !== null) this.environment.clearTimer(this.timer);
    this.timer = null;
    const waiting = this.waiting;
    this.waiting = [];
    for (const done of waiting) done(error);
  }
}
