import { ACK_DELAY_UNITS_PER_MS, ACK_FIXED_BYTES, ACK_RANGE_BYTES, FrameType } from './packet-codec';
import { writeU16, writeU32 } from './packet-codec';
import { MAX_ACK_RANGES, PACKET_THRESHOLD } from './constants';

/** With a gap after each range, half of these (what stays after dropping the oldest) still span 1024 packets. */
const MAX_RANGES = 1024;
const MAX_U16 = 0xffff;

/**
 * The packet numbers that arrived, as ranges: tells duplicates (also of an attacker who replays), and writes ACK frames.
 * Oldest ranges are forgotten; a number below what is remembered counts as a duplicate.
 */
export class ReceivedPackets {
  /** Highest number that arrived, -1 before the first. */
  largest = -1;
  /** When it arrived: the ACK's delay counts from here. */
  private largestReceivedMs = 0;
  // Range i is low[i]..high[i], both included, oldest first: what is new is appended.
  private readonly low = new Uint32Array(MAX_RANGES);
  private readonly high = new Uint32Array(MAX_RANGES);
  private count = 0;
  private forgottenBelow = 0;

  has(packetNumber: number): boolean {
    if (packetNumber > this.largest) return false;
    if (packetNumber < this.forgottenBelow) return true;
    const i = this.rangeAtOrBelow(packetNumber);
    return i >= 0 && packetNumber <= this.high[i]!;
  }

  /** Adds a number that it does not have. Returns true when it left or filled a gap, which deserves an ACK at once. */
  add(packetNumber: number, nowMs: number): boolean {
    const { low, high } = this;
    const newest = this.count - 1;
    if (packetNumber > this.largest) {
      const isNext = newest >= 0 && packetNumber === high[newest]! + 1;
      const leavesGap = newest >= 0 && !isNext;
      if (isNext) high[newest] = packetNumber;
      else this.insert(this.count, packetNumber);
      this.largest = packetNumber;
      this.largestReceivedMs = nowMs;
      return leavesGap;
    }
    const below = this.rangeAtOrBelow(packetNumber);
    const joinsBelow = below >= 0 && high[below]! + 1 === packetNumber;
    const joinsAbove = below + 1 < this.count && low[below + 1]! - 1 === packetNumber;
    if (joinsBelow && joinsAbove) {
      high[below] = high[below + 1]!;
      this.removeRange(below + 1);
    } else if (joinsBelow) {
      high[below] = packetNumber;
    } else if (joinsAbove) {
      low[below + 1] = packetNumber;
    } else {
      this.insert(below + 1, packetNumber);
    }
    return true;
  }

  /** Whether the newest number makes an ACK tell for certain that those of the newest gap are lost (RFC 9002 §6.1.1). */
  get provesGap(): boolean {
    const newest = this.count - 1;
    return newest > 0 && this.high[newest]! - this.low[newest]! === PACKET_THRESHOLD - 1;
  }

  /** Writes an ACK frame of at most `room` bytes, newest ranges first. Returns where it ends; needs one packet at least. */
  writeAck(packet: Uint8Array, at: number, room: number, nowMs: number): number {
    const { low, high } = this;
    const delay = Math.min(
      MAX_U16,
      Math.max(0, Math.round((nowMs - this.largestReceivedMs) * ACK_DELAY_UNITS_PER_MS)),
    );
    const most = Math.min(MAX_ACK_RANGES - 1, Math.floor((room - ACK_FIXED_BYTES) / ACK_RANGE_BYTES));
    let i = this.count - 1;
    let lowest = Math.max(low[i]!, high[i]! - MAX_U16);
    packet[at] = FrameType.Ack;
    writeU32(packet, at + 1, high[i]!);
    writeU16(packet, at + 5, delay);
    writeU16(packet, at + 8, high[i]! - lowest);
    let end = at + ACK_FIXED_BYTES;
    let ranges = 0;
    while (i > 0 && ranges < most && lowest === low[i]!) {
      i--;
      const gap = lowest - high[i]! - 2;
      if (gap > MAX_U16) break;
      lowest = Math.max(low[i]!, high[i]! - MAX_U16);
      end = writeU16(packet, end, gap);
      end = writeU16(packet, end, high[i]! - lowest);
      ranges++;
    }
    packet[at + 7] = ranges;
    return end;
  }

  /** The newest range that begins at or below the number, -1 for none. Linear from the newest end, where packets arrive. */
  private rangeAtOrBelow(packetNumber: number): number {
    let i = this.count - 1;
    while (i >= 0 && this.low[i]! > packetNumber) i--;
    return i;
  }

  private insert(at: number, packetNumber: number): void {
    if (this.count === MAX_RANGES) {
      const dropped = MAX_RANGES / 2;
      this.forgottenBelow = this.high[dropped - 1]! + 1;
      this.low.copyWithin(0, dropped);
      this.high.copyWithin(0, dropped);
      this.count -= dropped;
      at -= dropped;
      if (at < 0) return; // older than what is remembered now, and so a duplicate from here on
    }
    this.low.copyWithin(at + 1, at, this.count);
    this.high.copyWithin(at + 1, at, this.count);
    this.low[at] = packetNumber;
    this.high[at] = packetNumber;
    this.count++;
  }

  private removeRange(at: number): void {
    this.low.copyWithin(at, at + 1, this.count);
    this.high.copyWithin(at, at + 1, this.count);
    this.count--;
  }
}
