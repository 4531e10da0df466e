import { ErrCode } from '../p2p-core/index';
import type { AppParams, ErrorResult, P2PModule, ServerOptions } from '../p2p-core/index';
import type { Environment, TimerHandle } from './environment';
import { settle } from './module-result';

/** `init` and `resetP2P` that take longer count as failed. */
const READY_TIMEOUT_MS = 10000;

export interface ModuleOwnerOptions {
  module: P2PModule;
  appParams: AppParams;
  servers?: ServerOptions;
  /** Restarts the local server of the player plugin: its `reset()`. Without it a new player has to do. */
  resetLocalServer?: () => void | Promise<unknown>;
  environment: Environment;
}

export type OwnerListener = (event: 'networkChanged' | 'servicesDropped') => void;

/**
 * What all players of an app share: the module and its readiness, the marks of what has to be reset, and which player
 * runs which service. One per app; tests make their own.
 */
export interface ModuleOwner {
  readonly module: P2PModule;
  readonly environment: Environment;
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
  /** Registers a service; false when another holder runs it. */
  claim(id: string, holder: object): boolean;
  /** Gives a service back; false when it was not this holder's. */
  unclaim(id: string, holder: object): boolean;
  isClaimed(id: string): boolean;
  /** Joins as a player. The returned function leaves; the last one to leave resets what is marked (guide, FAQ 5). */
  join(listener: OwnerListener): () => void;
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
  isNetworkChanged = false;
  isLocalServerDead = false;

  private isReady = false;
  private waiting: Done[] = [];
  private timer: TimerHandle | null = null;
  /** One per init or reset; what an older one answers is late. */
  private epoch = 0;
  private readonly holders = new Map<string, object>();
  private listeners: readonly OwnerListener[] = [];
  private stopWatchingNetwork: (() => void) | null = null;

  constructor(private readonly options: ModuleOwnerOptions) {
    this.module = options.module;
    this.environment = options.environment;
  }

  ensureReady(done: Done): void {
    this.waiting.push(done);
    if (this.waiting.length > 1) return;
    this.epoch += 1;
    const { epoch } = this;
    this.timer = this.environment.setTimer(() => {
      const errmsg = `the p2p module was not ready within ${READY_TIMEOUT_MS} ms`;
      this.onReadied(epoch, { errcode: ErrCode.Timeout, errmsg });
    }, READY_TIMEOUT_MS);
    this.ready((error) => this.onReadied(epoch, error));
  }

  markLocalServerDead(): void {
    this.isLocalServerDead = true;
    // The system that killed the server killed the sockets too; its network event may come much later.
    this.isNetworkChanged = true;
  }

  markPathWorks(): void {
    this.isNetworkChanged = false;
  }

  claim(id: string, holder: object): boolean {
    const current = this.holders.get(id);
    if (current !== undefined && current !== holder) return false;
    this.holders.set(id, holder);
    return true;
  }

  unclaim(id: string, holder: object): boolean {
    if (this.holders.get(id) !== holder) return false;
    this.holders.delete(id);
    return true;
  }

  isClaimed(id: string): boolean {
    return this.holders.has(id);
  }

  join(listener: OwnerListener): () => void {
    // Wrapped, so that one function may join twice and leave once.
    const entry: OwnerListener = (event) => listener(event);
    this.listeners = [...this.listeners, entry];
    return () => {
      if (!this.listeners.includes(entry)) return;
      this.listeners = this.listeners.filter((each) => each !== entry);
      if (this.listeners.length === 0) this.resetMarked();
    };
  }

  destroy(): void {
    this.settleWaiting({ errcode: ErrCode.Aborted, errmsg: 'the p2p module was destroyed' });
    this.drop();
    this.holders.clear();
    this.listeners = [];
  }

  private ready(done: Done): void {
    if (this.isLocalServerDead) this.restartLocalServer();
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
      this.emit('servicesDropped');
      settle('resetP2P', ErrCode.ProbeFailed, () => this.module.resetP2P(), done);
    } else {
      settle('init', ErrCode.ProbeFailed, () => Promise.resolve(ErrCode.Ok), done);
    }
  }

  private init(): Promise<number> {
    const { appParams, servers } = this.options;
    const eventHandler = (event: string): void => {
      if (event === 'natChanged' || event === 'natError') this.onNetworkChange();
    };
    return this.module.init(servers ? { appParams, servers, eventHandler } : { appParams, eventHandler });
  }

  private onReadied(epoch: number, error: ErrorResult | null): void {
    if (epoch !== this.epoch || this.timer === null) return;
    if (error === null) {
      this.isReady = true;
      this.isNetworkChanged = false;
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
    this.isNetworkChanged = true;
    this.emit('networkChanged');
  }

  private resetMarked(): void {
    if (this.timer !== null) return;
    if (this.isReady && this.isNetworkChanged) this.ensureReady(() => {});
    else if (this.isLocalServerDead) this.restartLocalServer();
  }

  private restartLocalServer(): void {
    this.isLocalServerDead = false;
    const { resetLocalServer } = this.options;
    if (!resetLocalServer) return;
    // Its failure shows as the next failure of the player, which has the better message.
    settle(
      'resetLocalServer',
      ErrCode.LocalServerFailed,
      async () => resetLocalServer(),
      () => {},
    );
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

  private emit(event: 'networkChanged' | 'servicesDropped'): void {
    for (const listener of this.listeners) listener(event);
  }
}
