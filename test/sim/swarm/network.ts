import type { Prng } from '../prng';
import type { VirtualClock } from '../virtual-clock';

/** Around a message on the wire, for each packet: IP, UDP, our header and tag, and the frame's length. */
const PACKET_OVERHEAD_BYTES = 75;
const PACKET_BYTES = 1300;
/** What waits for the network at one link before `send` says no. */
const MAX_LINK_QUEUE_BYTES = 96 * 1024;
/** Arrivals this close together are one event. */
const BATCH_MS = 2;

/** Where a viewer's datagrams leave: one line, shared by all of its links. */
export class Uplink {
  private busyUntilMs = 0;
  sentBytes = 0;

  constructor(public kbps: number) {}

  /** Returns when the last bit is out. */
  send(nowMs: number, bytes: number): number {
    const packets = Math.ceil(bytes / PACKET_BYTES);
    const total = bytes + packets * PACKET_OVERHEAD_BYTES;
    this.sentBytes += total;
    this.busyUntilMs = Math.max(nowMs, this.busyUntilMs) + (8 * total) / this.kbps;
    return this.busyUntilMs;
  }
}

export interface LinkEnd {
  /** A message comes; it is the receiver's. */
  onMessage(message: Uint8Array): void;
}

/** One direction of a link: reliable and in order, so that loss is delay. */
export class SimLink {
  isOpen = true;
  /** What is on the way, and when it is there; in front of `head` nothing is. */
  private messages: (Uint8Array | null)[] = [];
  private timesMs: number[] = [];
  private head = 0;
  private queuedBytes = 0;
  private lastMs = 0;
  private isArmed = false;

  constructor(
    private readonly clock: VirtualClock,
    private readonly random: Prng,
    private readonly uplink: Uplink,
    private readonly delayMs: number,
    public lossRate: number,
    private readonly deliver: (message: Uint8Array) => void,
  ) {}

  private readonly onArrival = (): void => this.arrive();

  send(message: Uint8Array): boolean {
    if (!this.isOpen) return true;
    const nowMs = this.clock.nowMs();
    if (this.queuedBytes > MAX_LINK_QUEUE_BYTES) return false;
    const sentMs = this.uplink.send(nowMs, message.length);
    let atMs = sentMs + this.delayMs + 2 * this.random.next();
    // Noticed by the ACKs of what follows, sent again: a round trip and a bit.
    while (this.random.chance(this.lossRate)) atMs += 2.3 * this.delayMs + 10;
    this.lastMs = Math.max(this.lastMs, atMs);
    this.queuedBytes += message.length;
    this.messages.push(message);
    this.timesMs.push(this.lastMs);
    this.arm();
    return true;
  }

  close(): void {
    this.isOpen = false;
  }

  private arm(): void {
    if (this.isArmed || this.head === this.messages.length) return;
    this.isArmed = true;
    this.clock.at(this.timesMs[this.head]! + BATCH_MS, this.onArrival);
  }

  private arrive(): void {
    this.isArmed = false;
    const nowMs = this.clock.nowMs();
    while (this.isOpen && this.head < this.messages.length && this.timesMs[this.head]! <= nowMs) {
      const message = this.messages[this.head]!;
      this.messages[this.head++] = null;
      this.queuedBytes -= message.length;
      this.deliver(message);
    }
    if (this.head > 256 || this.head === this.messages.length) {
      this.messages = this.messages.slice(this.head);
      this.timesMs = this.timesMs.slice(this.head);
      this.head = 0;
    }
    if (this.isOpen) this.arm();
  }
}
