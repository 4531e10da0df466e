import {
  BASE_DATAGRAM_BYTES,
  HEADER_BYTES,
  MAX_DATAGRAM_BYTES,
  TAG_BYTES,
} from '../../../p2p-core/transport/constants';
import { writeHeader } from '../../../p2p-core/transport/packet-codec';
import { createTransport } from '../../../p2p-core/transport/transport';
import type {
  Transport,
  TransportCloseReason,
  TransportHandler,
  TransportOptions,
} from '../../../p2p-core/transport/types';
import { gullibleOpener, nullSealer } from '../../sim/null-aead';

/** Remembers every call of a transport, in order, and the bytes of each stream. */
export class Recorder implements TransportHandler {
  readonly calls: string[] = [];
  readonly opened: number[] = [];
  readonly closedWith: TransportCloseReason[] = [];
  private readonly chunks = new Map<number, Uint8Array[]>();

  onStreamOpened(streamId: number): void {
    this.opened.push(streamId);
    this.calls.push(`opened ${streamId}`);
  }

  onStreamData(streamId: number, bytes: Uint8Array): void {
    const chunks = this.chunks.get(streamId) ?? [];
    chunks.push(bytes.slice());
    this.chunks.set(streamId, chunks);
    this.calls.push(`data ${streamId}`);
  }

  onStreamEnd(streamId: number): void {
    this.calls.push(`end ${streamId}`);
  }

  onStreamReset(streamId: number, code: number): void {
    this.calls.push(`reset ${streamId} ${code}`);
  }

  onStreamStopped(streamId: number, code: number): void {
    this.calls.push(`stopped ${streamId} ${code}`);
  }

  onWritable(streamId: number): void {
    this.calls.push(`writable ${streamId}`);
  }

  onClosed(reason: TransportCloseReason): void {
    this.closedWith.push(reason);
    this.calls.push(`closed ${reason.kind} ${reason.code}`);
  }

  bytesOf(streamId: number): Uint8Array {
    return Buffer.concat(this.chunks.get(streamId) ?? []);
  }

  /** Calls of everything but data. */
  get events(): string[] {
    return this.calls.filter((call) => !call.startsWith('data'));
  }
}

/** One transport alone, with a hand-made peer that it believes. */
export class Lonely {
  readonly recorder = new Recorder();
  readonly transport: Transport;
  nowMs = 0;
  private nextPacketNumber = 0;

  constructor(options: Partial<TransportOptions> = {}, handler: Partial<TransportHandler> = {}) {
    const { recorder } = this;
    const all: TransportHandler = {
      onStreamOpened: (id) => (recorder.onStreamOpened(id), handler.onStreamOpened?.(id)),
      onStreamData: (id, bytes) => (recorder.onStreamData(id, bytes), handler.onStreamData?.(id, bytes)),
      onStreamEnd: (id) => (recorder.onStreamEnd(id), handler.onStreamEnd?.(id)),
      onStreamReset: (id, code) => (recorder.onStreamReset(id, code), handler.onStreamReset?.(id, code)),
      onStreamStopped: (id, code) => (
        recorder.onStreamStopped(id, code),
        handler.onStreamStopped?.(id, code)
      ),
      onWritable: (id) => (recorder.onWritable(id), handler.onWritable?.(id)),
      onClosed: (reason) => (recorder.onClosed(reason), handler.onClosed?.(reason)),
    };
    this.transport = createTransport(
      {
        role: 'server',
        remoteConnectionId: 1,
        sealer: nullSealer,
        opener: gullibleOpener,
        maxDatagramBytes: BASE_DATAGRAM_BYTES, // no probe among the packets that a test counts
        ...options,
      },
      all,
      0,
    );
  }

  /** Gives it a packet with these frames. */
  feed(...frames: Uint8Array[]): boolean {
    return this.feedPacket(packetOf(this.nextPacketNumber++, ...frames));
  }

  feedPacket(packet: Uint8Array): boolean {
    return this.transport.receive(packet, this.nowMs);
  }

  /** All it wants to send now, as payloads without header and tag. */
  drain(): Uint8Array[] {
    const payloads: Uint8Array[] = [];
    const buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
    let size: number;
    while ((size = this.transport.poll(this.nowMs, buffer)) > 0) {
      payloads.push(buffer.slice(HEADER_BYTES, size - TAG_BYTES));
    }
    return payloads;
  }
}

export function packetOf(packetNumber: number, ...frames: Uint8Array[]): Uint8Array {
  const payload = Buffer.concat(frames);
  const packet = new Uint8Array(HEADER_BYTES + payload.length + TAG_BYTES);
  writeHeader(packet, 1, packetNumber);
  packet.set(payload, HEADER_BYTES);
  return packet;
}

/** Runs a frame writer and returns what it wrote. */
export function frame(write: (bytes: Uint8Array) => number): Uint8Array {
  const bytes = new Uint8Array(1200);
  return bytes.slice(0, write(bytes));
}

/** Bytes that depend on their place, so that a misplaced one shows. */
export function pattern(length: number, salt: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) * 17 + salt * 101) & 0xff;
  return bytes;
}
