import { utf8Encode } from '../../p2p-core/bytes/utf8';
import {
  FrameType,
  writeClose,
  writeMaxData,
  writeMaxStreamData,
  writeMaxStreams,
  writePing,
  writeResetStream,
  writeStopSending,
  writeStreamHeader,
  writeU16,
  writeU32,
} from '../../p2p-core/transport/packet-codec';
import type { TransportHandler, TransportOptions } from '../../p2p-core/transport/types';
import { frame, Lonely, packetOf } from '../p2p-core/transport/support';
import { join } from './mutate';
import { retainedBytes } from './retained';

/** Header and tag of a packet. */
export const PACKET_OVERHEAD_BYTES = 24;

/** A transport whose peer has the keys and bad intentions: we are the peer. Time moves when we say so. */
export class Victim extends Lonely {
  inPackets = 0;
  inBytes = 0;
  outPackets = 0;
  outBytes = 0;
  private nextNumber = 0;
  /** Payloads of the packets it sent, when wanted. */
  onPayload: (payload: Uint8Array) => void = () => {};

  constructor(options: Partial<TransportOptions> = {}, handler: Partial<TransportHandler> = {}) {
    super(options, {
      // A program that keeps up and ends its direction when the peer ends its own, as HTTP exchanges do.
      onStreamData: (id, bytes) => this.transport.consume(id, bytes.length),
      onStreamEnd: (id) => this.transport.finish(id),
      onStreamReset: (id) => this.transport.reset(id, 0),
      onStreamStopped: (id) => this.transport.stop(id, 0),
      ...handler,
    });
  }

  /** One packet of ours, and all that it makes the victim send at once. */
  hit(...frames: Uint8Array[]): void {
    const packet = packetOf(this.nextNumber++, ...frames);
    this.inPackets++;
    this.inBytes += packet.length;
    this.feedPacket(packet);
    this.pump();
  }

  /** Leaves a gap in the numbers of our packets. */
  skipNumbers(count: number): void {
    this.nextNumber += count;
  }

  pump(): void {
    for (const payload of this.drain()) {
      this.outPackets++;
      this.outBytes += payload.length + PACKET_OVERHEAD_BYTES;
      this.onPayload(payload);
    }
  }

  /** Time passes, with every timer in between. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.transport.nextWakeMs() <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.transport.nextWakeMs());
      this.transport.wake(this.nowMs);
      this.pump();
      if (this.transport.nextWakeMs() <= this.nowMs) this.nowMs += 0.01; // a pacer that rounds
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  get heldBytes(): number {
    return retainedBytes(this.transport);
  }
}

export const ping = (): Uint8Array => frame((bytes) => writePing(bytes, 0));

export const maxData = (limit: number): Uint8Array => frame((bytes) => writeMaxData(bytes, 0, limit));

export const maxStreamData = (id: number, limit: number): Uint8Array =>
  frame((bytes) => writeMaxStreamData(bytes, 0, id, limit));

export const maxStreams = (count: number): Uint8Array => frame((bytes) => writeMaxStreams(bytes, 0, count));

export const resetStream = (id: number, code: number, finalSize: number): Uint8Array =>
  frame((bytes) => writeResetStream(bytes, 0, id, code, finalSize));

export const stopSending = (id: number, code: number): Uint8Array =>
  frame((bytes) => writeStopSending(bytes, 0, id, code));

export const stream = (id: number, offset: number, data: Uint8Array, isFin = false): Uint8Array =>
  join(
    frame((bytes) => writeStreamHeader(bytes, 0, id, offset, data.length, isFin)),
    data,
  );

export const close = (code: number, reason: string): Uint8Array =>
  frame((bytes) => writeClose(bytes, 0, FrameType.CloseApplication, code, utf8Encode(reason)));

/** Acknowledges low..high. */
export const ack = (low: number, high: number): Uint8Array =>
  frame((bytes) => {
    bytes[0] = FrameType.Ack;
    let at = writeU16(bytes, writeU32(bytes, 1, high), 0);
    bytes[at++] = 0;
    return writeU16(bytes, at, high - low);
  });
