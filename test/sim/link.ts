import type { Prng } from './prng';
import type { VirtualClock } from './virtual-clock';

/** One direction of a path. Rates are of datagrams without IP and UDP headers. */
export interface LinkOptions {
  delayMs: number;
  /** Added to the delay, evenly spread; keeps the order. */
  jitterMs?: number;
  lossRate?: number;
  /** Gilbert-Elliott: in the bad state packets are lost with `lossRate`; the chances are per packet. */
  burst?: { enterRate: number; leaveRate: number; lossRate: number };
  /** Infinity when absent. */
  bitsPerSecond?: number;
  /** What does not fit is dropped (tail drop). Infinity when absent. */
  queueBytes?: number;
  /** This share of packets takes `reorderMs` longer and is overtaken. */
  reorderRate?: number;
  reorderMs?: number;
  duplicateRate?: number;
  /** The largest IP packet that passes; what is larger vanishes, as behind a router that sends no ICMP. Infinity when absent. */
  mtuBytes?: number;
}

/** What IPv6 and UDP put around a datagram. */
const IP_UDP_BYTES = 48;

/** Carries datagrams in virtual time. The options may be changed while it runs. */
export class Link {
  deliveredCount = 0;
  lostCount = 0;
  /** Dropped because the queue was full. */
  droppedCount = 0;
  /** Larger than the path's MTU. */
  tooLargeCount = 0;
  sentBytes = 0;
  private isBad = false;
  private busyUntilMs = 0;
  private lastArrivalMs = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly random: Prng,
    public options: LinkOptions,
    private readonly deliver: (datagram: Uint8Array) => void,
  ) {}

  /** `datagram` is copied. */
  send(datagram: Uint8Array): void {
    const { options, random, clock } = this;
    this.sentBytes += datagram.length;
    if (datagram.length + IP_UDP_BYTES > (options.mtuBytes ?? Infinity)) {
      this.tooLargeCount++;
      return;
    }
    const nowMs = clock.nowMs();
    const bytesPerMs = (options.bitsPerSecond ?? Infinity) / 8000;
    const queuedBytes = bytesPerMs === Infinity ? 0 : Math.max(0, this.busyUntilMs - nowMs) * bytesPerMs;
    if (queuedBytes + datagram.length > (options.queueBytes ?? Infinity)) {
      this.droppedCount++;
      return;
    }
    this.busyUntilMs = Math.max(nowMs, this.busyUntilMs) + datagram.length / bytesPerMs;
    if (this.isLost()) {
      this.lostCount++;
      return;
    }
    let arrivalMs = this.busyUntilMs + options.delayMs + random.next() * (options.jitterMs ?? 0);
    if (random.chance(options.reorderRate ?? 0)) arrivalMs += options.reorderMs ?? 0;
    else this.lastArrivalMs = arrivalMs = Math.max(arrivalMs, this.lastArrivalMs);
    this.arrive(datagram, arrivalMs);
    if (random.chance(options.duplicateRate ?? 0)) this.arrive(datagram, arrivalMs + random.next() * 20);
  }

  private arrive(datagram: Uint8Array, arrivalMs: number): void {
    const copy = datagram.slice();
    this.clock.at(arrivalMs, () => {
      this.deliveredCount++;
      this.deliver(copy);
    });
  }

  private isLost(): boolean {
    const { burst, lossRate } = this.options;
    if (burst) {
      this.isBad = this.random.chance(this.isBad ? 1 - burst.leaveRate : burst.enterRate);
      if (this.isBad && this.random.chance(burst.lossRate)) return true;
    }
    return this.random.chance(lossRate ?? 0);
  }
}
