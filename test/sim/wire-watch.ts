import { FRAMES_END, FrameReader } from '../../p2p-core/transport/frame-reader';
import { FrameType } from '../../p2p-core/transport/packet-codec';
import type { PacketOpener } from '../../p2p-core/transport/types';

interface Held {
  /** One above the highest byte that has arrived. */
  arrived: number;
  consumed: number;
}

/**
 * Reads along what arrives at one end, and so knows without looking inside how much its receive side can be
 * holding: bytes that wait for a gap to close, and bytes that the program has not consumed.
 */
export class WireWatch {
  private readonly reader = new FrameReader();
  private readonly streams = new Map<number, Held>();
  private readonly forgotten = new Set<number>();

  tap(opener: PacketOpener): PacketOpener {
    return {
      open: (packet, headerBytes, endOffset, packetNumber) => {
        const end = opener.open(packet, headerBytes, endOffset, packetNumber);
        if (end >= 0) this.read(packet, headerBytes, end);
        return end;
      },
    };
  }

  onConsumed(streamId: number, byteCount: number): void {
    const held = this.streams.get(streamId);
    if (held !== undefined) held.consumed += byteCount;
  }

  /** The stream is complete, or nobody wants it any more: the transport holds nothing of it. */
  forget(streamId: number): void {
    this.streams.delete(streamId);
    this.forgotten.add(streamId);
  }

  /** Bytes that may be held: of the fullest stream, and of all. */
  held(): { ofOneStream: number; ofAll: number } {
    let ofOneStream = 0;
    let ofAll = 0;
    for (const { arrived, consumed } of this.streams.values()) {
      ofOneStream = Math.max(ofOneStream, arrived - consumed);
      ofAll += arrived - consumed;
    }
    return { ofOneStream, ofAll };
  }

  private read(packet: Uint8Array, start: number, end: number): void {
    const { reader } = this;
    reader.start(packet, start, end);
    for (let type = reader.next(); type !== FRAMES_END && type >= 0; type = reader.next()) {
      if (type !== FrameType.Stream && type !== FrameType.StreamFin) continue;
      if (this.forgotten.has(reader.streamId)) continue;
      const held = this.of(reader.streamId);
      held.arrived = Math.max(held.arrived, reader.offset + reader.dataEnd - reader.dataStart);
    }
  }

  private of(streamId: number): Held {
    let held = this.streams.get(streamId);
    if (held === undefined) {
      held = { arrived: 0, consumed: 0 };
      this.streams.set(streamId, held);
    }
    return held;
  }
}
