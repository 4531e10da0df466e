import type { Port } from '../port/port';
import type { Endpoint } from '../session/endpoint';
import { TimerSlot } from '../session/timer-slot';

/** A change of network comes as a burst of platform events; the probe waits until it has settled. */
const SETTLE_MS = 500;

/**
 * Follows the platform's network. When it has changed and settled: calls `onChange`, probes again, and reports
 * `natChanged` or `natError` as the guide's eventHandler.
 */
export class NatWatch {
  private readonly timer: TimerSlot;
  private unsubscribe: (() => void) | null = null;
  private servers: readonly string[] = [];
  private emit: (event: 'natChanged' | 'natError', detail: object) => void = () => {};
  /** Probes of an earlier epoch report nothing. */
  private epoch = 0;
  private isSuspended = false;
  private hasMissedChange = false;

  constructor(
    private readonly port: Port,
    private readonly endpoint: Endpoint,
    private readonly onChange: () => void,
  ) {
    this.timer = new TimerSlot(port.clock, () => this.probe());
  }

  start(servers: readonly string[], emit: (event: 'natChanged' | 'natError', detail: object) => void): void {
    this.stop();
    this.servers = servers;
    this.emit = emit;
    this.unsubscribe = this.port.onNetworkChange(() => this.onNetworkChange());
  }

  stop(): void {
    this.suspend();
    this.isSuspended = false;
    this.unsubscribe?.();
    this.unsubscribe = null;
  }

  /** Somebody else probes now: reports nothing until `resume`. */
  suspend(): void {
    this.epoch++;
    this.timer.clear();
    this.isSuspended = true;
    this.hasMissedChange = false;
  }

  resume(): void {
    this.isSuspended = false;
    if (this.hasMissedChange) this.onNetworkChange();
  }

  private onNetworkChange(): void {
    if (this.isSuspended) {
      this.hasMissedChange = true;
      return;
    }
    this.timer.clear();
    this.timer.arm(this.port.clock.nowMs() + SETTLE_MS);
  }

  private probe(): void {
    this.onChange();
    const { epoch } = this;
    const before = this.endpoint.mapped;
    if (this.servers.length > 0) {
      this.endpoint.probeNat(this.servers, (after) => {
        if (epoch !== this.epoch) return;
        if (after === null) return this.emit('natError', { errmsg: 'no STUN server answers' });
        if (before !== null && before.address === after.address && before.port === after.port) return;
        this.emit('natChanged', { before, after });
      });
    }
    // After the probe has begun: sessions wait for its answer.
    this.endpoint.networkChanged();
  }
}
