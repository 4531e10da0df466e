import { utf8Decode } from '../bytes/utf8';
import { AckPolicy } from './ack-policy';
import { CloseCode } from './close-codes';
import { Closing } from './closing';
import { createBbr } from './congestion/bbr';
import {
  BASE_DATAGRAM_BYTES,
  HEADER_BYTES,
  MAX_DATAGRAM_BYTES,
  RESERVED_PACKET_NUMBERS,
  TAG_BYTES,
} from './constants';
import { DeliveryRateSampler } from './delivery-rate';
import { FRAMES_END, FRAME_UNKNOWN, FrameReader } from './frame-reader';
import { HandlerGate } from './handler-gate';
import {
  FrameType,
  IMMEDIATE_ACK_BYTES,
  isPacket,
  packetNumberOf,
  writeHeader,
  writePing,
} from './packet-codec';
import { Pacer } from './pacer';
import { PacketBuilder } from './packet-builder';
import { PathMtu } from './path-mtu';
import { ReceivedPackets } from './received-packets';
import { Recovery } from './recovery';
import { RttEstimator } from './rtt-estimator';
import { SentPackets } from './sent-packets';
import { Streams } from './streams';
import type {
  CongestionController,
  StreamPriority,
  Transport,
  TransportHandler,
  TransportOptions,
  TransportStats,
} from './types';

const DEFAULT_IDLE_TIMEOUT_MS = 15000;
const DEFAULT_KEEP_ALIVE_MS = 5000;
const PACKET_NUMBERS = 4294967296;

/** A transport that is open from the start: keys exist, the peer expects our packets. */
export function createTransport(
  options: TransportOptions,
  handler: TransportHandler,
  nowMs: number,
): Transport {
  return new Connection(options, handler, nowMs);
}

/** Receives, wakes, sends and closes; what happens in between is each part's own matter. */
class Connection implements Transport {
  private readonly gate: HandlerGate;
  private readonly streams: Streams;
  private readonly congestion: CongestionController;
  private readonly rtt = new RttEstimator();
  private readonly sent = new SentPackets();
  private readonly sampler = new DeliveryRateSampler();
  private readonly mtu: PathMtu;
  private readonly recovery: Recovery;
  private readonly received = new ReceivedPackets();
  private readonly ackPolicy = new AckPolicy();
  private readonly builder: PacketBuilder;
  private readonly pacer: Pacer;
  private readonly frames = new FrameReader();
  private readonly idleTimeoutMs: number;
  private readonly keepAliveMs: number;
  private readonly packetNumberLimit: number;
  private nextPacketNumber = 0;
  private lastReceivedMs: number;
  private lastKeepAliveMs: number;
  /** When the pacer lets the next packet go, Infinity when it is not the pacer that holds it back. */
  private pacedUntilMs = Infinity;
  /** The packet at hand carried IMMEDIATE_ACK. */
  private isAckAsked = false;
  private closed = false;
  /** Set when we closed: by the program above, or for a violation of the peer. */
  private closing: Closing | null = null;
  private packetsSent = 0;
  private packetsReceived = 0;
  private packetsDuplicate = 0;
  private packetsRejected = 0;
  private bytesSent = 0;
  private bytesReceived = 0;

  constructor(
    private readonly options: TransportOptions,
    handler: TransportHandler,
    nowMs: number,
  ) {
    this.gate = new HandlerGate(handler);
    this.streams = new Streams(options, this.gate);
    this.congestion = (options.congestion ?? createBbr)(BASE_DATAGRAM_BYTES);
    this.mtu = new PathMtu(Math.min(options.maxDatagramBytes ?? MAX_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES));
    this.recovery = new Recovery(this.sent, this.rtt, this.sampler, this.congestion, this.streams, this.mtu);
    this.builder = new PacketBuilder(this.streams, this.received, this.ackPolicy);
    this.pacer = new Pacer(nowMs);
    this.idleTimeoutMs = options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
    this.keepAliveMs = options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS;
    const mostNumbers = PACKET_NUMBERS - RESERVED_PACKET_NUMBERS;
    this.packetNumberLimit = Math.min(options.packetNumberLimit ?? mostNumbers, mostNumbers);
    this.lastReceivedMs = nowMs;
    this.lastKeepAliveMs = nowMs;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  receive(datagram: Uint8Array, nowMs: number): boolean {
    if (!isPacket(datagram)) {
      this.packetsRejected++;
      return false;
    }
    const packetNumber = packetNumberOf(datagram);
    // Before the cipher: a replayed packet costs next to nothing.
    if (this.received.has(packetNumber)) {
      this.packetsDuplicate++;
      return false;
    }
    const end = this.options.opener.open(datagram, HEADER_BYTES, datagram.length, packetNumber);
    if (end < 0) {
      this.packetsRejected++;
      return false;
    }
    this.packetsReceived++;
    this.bytesReceived += datagram.length;
    const isOutOfOrder = this.received.add(packetNumber, nowMs);
    if (this.closed) {
      this.closing?.onPacket();
      return true;
    }
    this.lastReceivedMs = nowMs;
    this.isAckAsked = false;
    const isEliciting = this.handleFrames(datagram, end, nowMs);
    if (isEliciting) this.ackPolicy.onPacket(isOutOfOrder || this.received.provesGap, nowMs);
    if (this.isAckAsked) this.ackPolicy.onAsked(nowMs);
    this.streams.tellWritable();
    return true;
  }

  wake(nowMs: number): void {
    if (this.closed) return;
    if (nowMs >= this.lastReceivedMs + this.idleTimeoutMs) {
      this.end('idle', CloseCode.NoError, false, 'nothing was received for the idle timeout');
      return;
    }
    if (this.nextPacketNumber >= this.packetNumberLimit) {
      this.violate(CloseCode.PacketNumbersUsedUp, 'no packet number is left under this key');
      return;
    }
    if (nowMs >= this.keepAliveDueMs) {
      this.lastKeepAliveMs = nowMs;
      this.builder.isPingDue = true;
    }
    this.recovery.onTimer(nowMs);
  }

  nextWakeMs(): number {
    if (this.closed) return Infinity;
    if (this.nextPacketNumber >= this.packetNumberLimit) return this.lastReceivedMs;
    return Math.min(
      this.lastReceivedMs + this.idleTimeoutMs,
      this.keepAliveDueMs,
      this.recovery.timerMs(),
      this.ackPolicy.dueMs,
      this.pacedUntilMs,
    );
  }

  poll(nowMs: number, buffer: Uint8Array): number {
    if (this.closed) return this.pollClose(buffer);
    const packetNumber = this.nextPacketNumber;
    if (packetNumber >= this.packetNumberLimit) return 0;
    const { builder, sent, recovery, mtu } = this;
    if (this.maySendData(nowMs)) {
      // A probe timeout's packets must pass a path that has begun to drop the large ones (RFC 8899 §4.3).
      const mostBytes = recovery.probes > 0 ? BASE_DATAGRAM_BYTES : mtu.datagramBytes;
      if (mtu.isProbeDue && recovery.probes === 0) return this.pollMtuProbe(buffer, nowMs);
      builder.datagramBytes = mostBytes;
      const afterAck = builder.writeAck(buffer, HEADER_BYTES, nowMs);
      const packet = sent.prepare(packetNumber);
      let end = builder.writeEliciting(buffer, afterAck, packet);
      if (end === afterAck && recovery.probes > 0) end = writePing(buffer, end);
      if (end > afterAck) {
        end = builder.writeImmediateAck(buffer, end, packet);
        const sizeBytes = this.seal(buffer, end);
        recovery.onPacketSent(packet, sizeBytes, nowMs);
        this.pacer.onSent(sizeBytes);
        if (sizeBytes + IMMEDIATE_ACK_BYTES >= mostBytes) mtu.onFullPacketSent(nowMs);
        if (afterAck > HEADER_BYTES) this.ackPolicy.onAckSent(nowMs);
        return sizeBytes;
      }
      this.sampler.onAppLimited(sent.inFlightBytes);
    }
    if (nowMs < this.ackPolicy.dueMs) return 0;
    const end = builder.writeAck(buffer, HEADER_BYTES, nowMs);
    this.ackPolicy.onAckSent(nowMs);
    return this.seal(buffer, end);
  }

  openStream(priority: StreamPriority): number {
    return this.streams.open(priority);
  }

  setPriority(streamId: number, priority: StreamPriority): void {
    this.streams.setPriority(streamId, priority);
  }

  write(streamId: number, bytes: Uint8Array): number {
    return this.streams.write(streamId, bytes);
  }

  bufferedBytes(streamId: number): number {
    return this.streams.bufferedBytes(streamId);
  }

  finish(streamId: number): void {
    this.streams.finish(streamId);
  }

  reset(streamId: number, code: number): void {
    this.streams.reset(streamId, code);
  }

  stop(streamId: number, code: number): void {
    this.streams.stop(streamId, code);
  }

  consume(streamId: number, byteCount: number): void {
    this.streams.consume(streamId, byteCount);
  }

  hintRtt(rttMs: number): void {
    this.rtt.hint(rttMs);
  }

  pathChanged(nowMs: number): void {
    if (!this.closed) this.recovery.onPathChanged(nowMs);
  }

  ping(): void {
    this.builder.isPingDue = true;
  }

  close(code: number, reason: string): void {
    if (this.closed) return;
    this.closing = new Closing(FrameType.CloseApplication, code, reason);
    this.gate.shut();
    this.stopEverything();
  }

  stats(): TransportStats {
    return {
      packetsSent: this.packetsSent,
      packetsReceived: this.packetsReceived,
      packetsExpected: this.received.largest + 1,
      packetsLost: this.recovery.packetsLost,
      packetsDuplicate: this.packetsDuplicate,
      packetsRejected: this.packetsRejected,
      bytesSent: this.bytesSent,
      bytesReceived: this.bytesReceived,
      retransmittedBytes: this.builder.retransmittedBytes,
      spuriousLosses: this.recovery.spuriousLosses,
      probeTimeouts: this.recovery.probeTimeouts,
      maxDatagramBytes: this.mtu.datagramBytes,
      smoothedRttMs: this.rtt.hasSample ? this.rtt.smoothedMs : 0,
      minRttMs: this.rtt.minMs,
      congestionWindowBytes: this.congestion.congestionWindowBytes(),
      bytesInFlight: this.sent.inFlightBytes,
      pacingRateBytesPerMs: this.congestion.pacingRateBytesPerMs(),
    };
  }

  /** One PING for each stretch of silence; after that the probe timeouts ask. */
  private get keepAliveDueMs(): number {
    return Math.max(this.lastReceivedMs, this.lastKeepAliveMs) + this.keepAliveMs;
  }

  /** Whether window, pacer and ring let an ack-eliciting packet go, and there seems to be one to send. */
  private maySendData(nowMs: number): boolean {
    const { sent, congestion, recovery, mtu } = this;
    this.pacedUntilMs = Infinity;
    if (!sent.hasRoomFor(this.nextPacketNumber)) return false;
    if (recovery.probes > 0) return true;
    const nextBytes = mtu.isProbeDue ? mtu.probeBytes : mtu.datagramBytes;
    if (sent.inFlightBytes + nextBytes > congestion.congestionWindowBytes()) return false;
    if (!this.builder.hasWork && !recovery.early.repeatRetransmission()) {
      this.sampler.onAppLimited(sent.inFlightBytes);
      return false;
    }
    const readyMs = this.pacer.readyMs(congestion.pacingRateBytesPerMs(), nowMs);
    if (readyMs <= nowMs) return true;
    this.pacedUntilMs = readyMs;
    return false;
  }

  /** More to send is behind it, so that its loss shows without a timeout. */
  private pollMtuProbe(buffer: Uint8Array, nowMs: number): number {
    const { mtu } = this;
    mtu.isProbeDue = false;
    const packet = this.sent.prepare(this.nextPacketNumber);
    packet.isMtuProbe = true;
    const end = mtu.probeBytes - TAG_BYTES;
    buffer.fill(FrameType.Padding, writePing(buffer, HEADER_BYTES), end);
    const sizeBytes = this.seal(buffer, end);
    this.recovery.onPacketSent(packet, sizeBytes, nowMs);
    this.pacer.onSent(sizeBytes);
    return sizeBytes;
  }

  /** Header, cipher and counters of the packet whose frames end at `end`. */
  private seal(packet: Uint8Array, end: number): number {
    const packetNumber = this.nextPacketNumber++;
    writeHeader(packet, this.options.remoteConnectionId, packetNumber);
    const sizeBytes = this.options.sealer.seal(packet, HEADER_BYTES, end, packetNumber);
    this.packetsSent++;
    this.bytesSent += sizeBytes;
    return sizeBytes;
  }

  private pollClose(buffer: Uint8Array): number {
    const { closing } = this;
    if (closing === null || !closing.isWaiting || this.nextPacketNumber >= PACKET_NUMBERS) return 0;
    return this.seal(buffer, closing.write(buffer, HEADER_BYTES));
  }

  /** Returns whether the packet must be acknowledged: it has a frame besides ACK, PADDING and CLOSE. */
  private handleFrames(packet: Uint8Array, end: number, nowMs: number): boolean {
    const { frames } = this;
    let isEliciting = false;
    let hasAck = false;
    frames.start(packet, HEADER_BYTES, end);
    while (!this.closed) {
      const type = frames.next();
      if (type === FRAMES_END) break;
      if (type < 0) {
        const message = type === FRAME_UNKNOWN ? 'unknown frame' : 'malformed frame';
        this.violate(CloseCode.FrameEncoding, message);
        break;
      }
      if (type === FrameType.CloseTransport || type === FrameType.CloseApplication) {
        const reason = utf8Decode(packet.subarray(frames.dataStart, frames.dataEnd));
        this.end('peer', frames.value, type === FrameType.CloseTransport, reason);
        break;
      }
      if (type !== FrameType.Ack) {
        isEliciting = true;
      } else if (hasAck) {
        // Each can make us search all packets in flight: a hundred in a packet would cost a hundred times that.
        this.violate(CloseCode.ProtocolViolation, 'a second ACK in one packet');
        break;
      } else {
        hasAck = true;
      }
      const code = this.handleFrame(type, packet, nowMs);
      if (code !== CloseCode.NoError) this.violate(code, `frame ${type} broke a rule`);
    }
    return isEliciting && !this.closed;
  }

  private handleFrame(type: number, packet: Uint8Array, nowMs: number): CloseCode {
    const { frames, streams } = this;
    switch (type) {
      case FrameType.Stream:
        return streams.onStreamFrame(frames, packet, false);
      case FrameType.StreamFin:
        return streams.onStreamFrame(frames, packet, true);
      case FrameType.Ack:
        if (frames.ackHigh[0]! >= this.nextPacketNumber) return CloseCode.ProtocolViolation; // RFC 9000 §13.1
        this.options.sealer.onAcknowledged?.(frames.ackHigh[0]!);
        this.recovery.onAck(frames, nowMs);
        this.streams.sendBufferLimit.follow(this.congestion.congestionWindowBytes());
        return CloseCode.NoError;
      case FrameType.MaxData:
        return streams.onMaxData(frames.offset);
      case FrameType.MaxStreamData:
        return streams.onMaxStreamData(frames.streamId, frames.offset);
      case FrameType.MaxStreams:
        return streams.onMaxStreams(frames.value);
      case FrameType.ResetStream:
        return streams.onResetStream(frames.streamId, frames.offset, frames.value);
      case FrameType.StopSending:
        return streams.onStopSending(frames.streamId, frames.value);
      case FrameType.ImmediateAck:
        this.isAckAsked = true;
        return CloseCode.NoError;
      default:
        return CloseCode.NoError; // PING: being acknowledged is all it wants
    }
  }

  /** Closes because the rules leave no other way. The handler may have closed before: then there is nothing to do. */
  private violate(code: CloseCode, message: string): void {
    if (this.closed) return;
    this.closing = new Closing(FrameType.CloseTransport, code, message);
    this.end('violation', code, true, message);
  }

  private end(
    kind: 'peer' | 'idle' | 'violation',
    code: number,
    isTransportCode: boolean,
    message: string,
  ): void {
    this.stopEverything();
    this.gate.onClosed({ kind, code, isTransportCode, message });
  }

  private stopEverything(): void {
    this.closed = true;
    this.streams.close();
  }
}
