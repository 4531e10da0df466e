import { ErrCode } from '../../p2p-core/index';
import type { ErrorResult } from '../../p2p-core/index';
import { NamedTimers } from '../named-timers';
import { P2PSession } from './p2p-session';
import type { SessionHost, SessionLease, SessionListener, SessionTarget } from './p2p-session';

/** A phone that opens more links ahead than this slows down the one that is watched. */
const MAX_PRESTARTED = 4;
const DEFAULT_LINGER_MS = 30000;

/** The sessions of one module, by id. */
export class SessionRegistry {
  private readonly sessions = new Map<string, P2PSession>();
  /** Held by nobody but the linger timer; the oldest first. */
  private readonly prestarted = new Map<string, SessionLease>();
  private readonly timers: NamedTimers<string>;

  constructor(private readonly host: SessionHost) {
    this.timers = new NamedTimers(host.environment);
  }

  /**
   * Takes a share of the session of `target.id`, and starts it when it does not run. The listener is never called before
   * `acquire` returns. An id that others use for another camera is refused: the listener hears `failed` with -2401.
   */
  acquire(target: SessionTarget, listener: SessionListener): SessionLease {
    const { id } = target;
    let session = this.sessions.get(id);
    if (session === undefined) {
      session = new P2PSession(target, this.host, (empty) => {
        if (this.sessions.get(id) === empty) this.sessions.delete(id);
      });
      this.sessions.set(id, session);
    } else if (!isSameCamera(session.target, target)) {
      // A link that was only made ahead gives way.
      this.cancelPrestart(id);
      if (session.isHeld) return this.refuse(target, listener);
      session.target = target;
    }
    return session.acquire(listener);
  }

  /**
   * Opens the link to a camera that will probably be watched, so that its first picture comes faster. The link stays for
   * `lingerMs` and is then closed unless somebody uses it. Returns the function that takes it back.
   */
  prestart(target: SessionTarget, lingerMs: number = DEFAULT_LINGER_MS): () => void {
    const { id } = target;
    const cancel = (): void => this.cancelPrestart(id);
    cancel();
    for (const oldest of this.prestarted.keys()) {
      if (this.prestarted.size < MAX_PRESTARTED) break;
      this.cancelPrestart(oldest);
    }
    const lease = this.acquire(target, (event) => {
      if (event.type === 'failed' || event.type === 'disconnected') cancel();
    });
    this.prestarted.set(id, lease);
    this.timers.arm(id, lingerMs, cancel);
    return () => {
      if (this.prestarted.get(id) === lease) cancel();
    };
  }

  /** The module is about to be reset: holders are told, and may start again. */
  drop(error: ErrorResult): void {
    for (const session of [...this.sessions.values()]) session.dispatch({ type: 'dropped', error });
  }

  /** How many services are held or being stopped; for tests and for the developer tools. */
  get size(): number {
    return this.sessions.size;
  }

  destroy(): void {
    for (const id of [...this.prestarted.keys()]) this.cancelPrestart(id);
    this.drop({ errcode: ErrCode.Aborted, errmsg: 'the p2p module was destroyed' });
  }

  private cancelPrestart(id: string): void {
    const lease = this.prestarted.get(id);
    this.prestarted.delete(id);
    this.timers.clear(id);
    if (lease !== undefined) lease.release();
  }

  private refuse(target: SessionTarget, listener: SessionListener): SessionLease {
    const error = { errcode: ErrCode.AlreadyStarted, errmsg: 'this id is in use for another camera' };
    const refused = new P2PSession(target, this.host, () => {});
    return refused.refuse(listener, error);
  }
}

/** The url says what is pulled by default; with a ticket it does not say from whom. */
function isSameCamera(a: SessionTarget, b: SessionTarget): boolean {
  const [one, other] = [a.streamInfo, b.streamInfo];
  if (!one.xp2pInfo && one.url !== other.url) return false;
  return (['xp2pInfo', 'productId', 'deviceName'] as const).every(
    (key) => (one[key] || '') === (other[key] || ''),
  );
}
