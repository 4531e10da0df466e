import type { FrameType } from './packet-codec';

/** Unresolved packets, at most: more than a connection window of them, and the ring stays below a megabyte of objects. */
const LARGEST_RING = 8192;
const SMALLEST_RING = 64;

/** What a packet carried and must be told about: acknowledged, or lost and to be sent again. */
export interface SentFrame {
  type: FrameType;
  streamId: number;
  /** STREAM: bytes [start, end). */
  start: number;
  end: number;
}

export const SentState = { Unused: 0, InFlight: 1, Acked: 2, Lost: 3 } as const;
export type SentState = (typeof SentState)[keyof typeof SentState];

/** One ack-eliciting packet. Objects belong to the ring and are used again for later packets. */
export class SentPacket {
  packetNumber = -1;
  state: SentState = SentState.Unused;
  sentMs = 0;
  sizeBytes = 0;
  lostMs = 0;
  /** PING and PADDING, to see whether the path passes its size: being lost says nothing else. */
  isMtuProbe = false;
  /** It has stream data. */
  hasData = false;
  /** It has stream data that was sent before. */
  isRepeat = false;
  /** It asked for an ACK at once. */
  asksAck = false;
  // Of early-repair.ts: the frames are to be sent again or were, without it being lost; it needs no second copy; what it
  // repeats was lost twice.
  isGivenBack = false;
  isCopied = false;
  wasLostAgain = false;
  /** The sampler's state when the packet left; see delivery-rate.ts. */
  deliveredBytes = 0;
  deliveredMs = 0;
  firstSentMs = 0;
  isAppLimited = false;
  /** Frames 0..frameCount-1 are valid; the objects behind them are spare. */
  readonly frames: SentFrame[] = [];
  frameCount = 0;

  addFrame(type: FrameType, streamId: number, start: number, end: number): void {
    const spare = this.frames[this.frameCount];
    if (spare) {
      spare.type = type;
      spare.streamId = streamId;
      spare.start = start;
      spare.end = end;
    } else {
      this.frames.push({ type, streamId, start, end });
    }
    this.frameCount++;
  }
}

/**
 * The ack-eliciting packets that are in flight, and those acknowledged or lost since, as long as the ring has room: a
 * late acknowledgement of a lost packet is still understood. Packets with nothing but an ACK are not kept.
 */
export class SentPackets {
  /** No packet below is in flight. */
  oldestInFlight = 0;
  /** No packet below is worth looking at: all are acknowledged, or lost for long, or overwritten. */
  oldestKept = 0;
  /** One above the newest. */
  end = 0;
  inFlightCount = 0;
  inFlightBytes = 0;
  private ring: SentPacket[] = [];

  /** Whether a packet with this number can be kept; false only when the ring is full of packets in flight. */
  hasRoomFor(packetNumber: number): boolean {
    return this.inFlightCount === 0 || packetNumber - this.oldestInFlight < LARGEST_RING;
  }

  /** The object for a packet about to be sent, its frames empty. It counts only from `commit` on. */
  prepare(packetNumber: number): SentPacket {
    if (this.inFlightCount === 0) this.oldestInFlight = packetNumber;
    while (packetNumber - this.oldestInFlight >= this.ring.length) this.grow();
    const packet = this.ring[packetNumber & (this.ring.length - 1)]!;
    packet.packetNumber = packetNumber;
    packet.state = SentState.Unused;
    packet.frameCount = 0;
    packet.isMtuProbe = false;
    packet.hasData = false;
    packet.isRepeat = false;
    packet.asksAck = false;
    packet.isGivenBack = false;
    packet.isCopied = false;
    packet.wasLostAgain = false;
    return packet;
  }

  commit(packet: SentPacket, sizeBytes: number, nowMs: number): void {
    packet.state = SentState.InFlight;
    packet.sizeBytes = sizeBytes;
    packet.sentMs = nowMs;
    this.inFlightCount++;
    this.inFlightBytes += sizeBytes;
    this.end = packet.packetNumber + 1;
    this.oldestKept = Math.max(this.oldestKept, this.end - this.ring.length);
  }

  /** null for a number that was never kept, or no longer is. */
  get(packetNumber: number): SentPacket | null {
    const packet = this.ring[packetNumber & (this.ring.length - 1)];
    if (!packet || packet.packetNumber !== packetNumber || packet.state === SentState.Unused) return null;
    return packet;
  }

  /** A packet in flight was acknowledged or is lost. */
  settle(packet: SentPacket, state: typeof SentState.Acked | typeof SentState.Lost): void {
    packet.state = state;
    this.inFlightCount--;
    this.inFlightBytes -= packet.sizeBytes;
  }

  /** Moves both ends up. Losses before `lostBeforeMs` are old enough to be forgotten. */
  trim(lostBeforeMs: number): void {
    let at = this.oldestInFlight;
    while (at < this.end && this.stateOf(at) !== SentState.InFlight) at++;
    this.oldestInFlight = at;
    at = this.oldestKept;
    while (at < this.oldestInFlight) {
      const packet = this.get(at);
      if (packet && packet.state === SentState.Lost && packet.lostMs >= lostBeforeMs) break;
      at++;
    }
    this.oldestKept = at;
  }

  private stateOf(packetNumber: number): SentState {
    const packet = this.get(packetNumber);
    return packet ? packet.state : SentState.Unused;
  }

  private grow(): void {
    const size = this.ring.length === 0 ? SMALLEST_RING : this.ring.length * 2;
    const larger: SentPacket[] = new Array<SentPacket>(size);
    for (const packet of this.ring)
      if (packet.packetNumber >= 0) larger[packet.packetNumber & (size - 1)] = packet;
    for (let i = 0; i < size; i++) if (!larger[i]) larger[i] = new SentPacket();
    this.ring = larger;
  }
}
