import type { Port } from '../port/port';
import type { Endpoint } from '../session/endpoint';
import { TimerSlot } from '../session/timer-slot';

/** A change of network comes as a burst of platform events; the probe waits until it has settled. */
const SETTLE_MS = 500;
/** A NAT may give us another mapping without a word of the platform. */
const PERIOD_MS = 120_000;

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
  private isChanged = false;
  private hasMissedChange = false;
  /** As the platform calls it; the last one that had a connection, and the one of the newest event. */
  private settledType = '';
  private newestType = '';

  constructor(
    private readonly port: Port,
    private readonly endpoint: Endpoint,
    /** `isOtherNetwork`: there is a connection, and it is of another type than the one before. */
    private readonly onChange: (isOtherNetwork: boolean) => void,
  ) {
    this.timer = new TimerSlot(port.clock, () => this.onTimer());
  }

  start(servers: readonly string[], emit: (event: 'natChanged' | 'natError', detail: object) => void): void {
    this.stop();
    this.servers = servers;
    this.emit = emit;
    this.unsubscribe = this.port.onNetworkChange(({ isConnected, networkType }) => {
      this.newestType = isConnected ? networkType : '';
      this.onNetworkChange();
    });
    this.timer.arm(this.port.clock.nowMs() + PERIOD_MS);
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
    this.isChanged = false;
    this.timer.clear();
    this.isSuspended = true;
    this.hasMissedChange = false;
  }

  resume(): void {
    this.isSuspended = false;
    if (this.hasMissedChange) this.onNetworkChange();
    else this.timer.arm(this.port.clock.nowMs() + PERIOD_MS);
  }

  private onNetworkChange(): void {
    if (this.isSuspended) {
      this.hasMissedChange = true;
      return;
    }
    this.isChanged = true;
    this.timer.clear();
    this.timer.arm(this.port.clock.nowMs() + SETTLE_MS);
  }

  private onTimer(): void {
    const { isChanged, epoch } = this;
    this.isChanged = false;
    if (isChanged) {
      const isOther = this.newestType !== '' && this.newestType !== this.settledType;
      if (isOther) this.settledType = this.newestType;
      this.onChange(isOther);
    }
    // Whoever was told of it may have ended the module, or have begun to reset it; here and below.
    if (epoch !== this.epoch) return;
    const probed = this.probe();
    // After the probe has begun: sessions wait for its answer.
    if (isChanged) this.endpoint.networkChanged();
    if (probed === this.epoch) this.timer.arm(this.port.clock.nowMs() + PERIOD_MS);
  }

  /** Returns its epoch: one that it takes the place of reports nothing. */
  private probe(): number {
    const epoch = ++this.epoch;
    // A socket that the platform took is opened anew, and its mapping found out, when somebody needs it.
    if (this.servers.length === 0 || !this.endpoint.isOpen) return epoch;
    const { mapped: before, natBehaviour } = this.endpoint;
    this.endpoint.probeNat(this.servers, (after) => {
      if (epoch !== this.epoch) return;
      const old = before && { ...before, ...natBehaviour };
      if (after === null) return this.emit('natError', { before: old, errmsg: 'no STUN server answers' });
      if (before !== null && before.address === after.address && before.port === after.port) return;
      this.emit('natChanged', { before: old, after });
    });
    return epoch;
  }
}
