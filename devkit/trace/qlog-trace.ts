import { isPacket } from '../../p2p-core/transport/packet-codec';
import type {
  Transport,
  TransportFactory,
  TransportOptions,
  TransportStats,
} from '../../p2p-core/transport/types';
import { isAckEliciting, readFrames } from './qlog-frames';
import type { QlogFrame } from './qlog-frames';

/** One event of draft-ietf-quic-qlog-main-schema-02; `time` is in ms since the trace began. */
export interface QlogEvent {
  time: number;
  name: string;
  /** Which of the trace's connections, counted from 1. */
  group_id: string;
  data: object;
}

type FrameOf<T extends QlogFrame['frame_type']> = Extract<QlogFrame, { frame_type: T }>;

/**
 * Makes transports whose packets and recovery are told to `sink`, event by event, in order of time: headers, frames and
 * lengths, never keys or payload. It looks on from outside, between transport and cipher, and changes nothing.
 * `create` makes the transport itself. Times count from `originMs`, or from the first transport.
 */
export function traceTransports(
  create: TransportFactory,
  sink: (event: QlogEvent) => void,
  originMs?: number,
): TransportFactory {
  let startMs = originMs;
  let count = 0;
  return (options, handler, nowMs) => {
    startMs ??= nowMs;
    const tracer = new ConnectionTracer(String(++count), startMs, nowMs, sink);
    return tracer.watch(create(tracer.tap(options), handler, nowMs));
  };
}

class ConnectionTracer {
  private stats: TransportStats | null = null;
  /** Sizes of the packets in flight by number, oldest first. */
  private readonly inFlight = new Map<number, number>();
  private closeSent: FrameOf<'connection_close'> | null = null;
  private closeReceived: FrameOf<'connection_close'> | null = null;
  private isOver = false;

  constructor(
    private readonly groupId: string,
    private readonly originMs: number,
    private nowMs: number,
    private readonly sink: (event: QlogEvent) => void,
  ) {}

  /** The same options with a cipher that shows its plain packets here. */
  tap(options: TransportOptions): TransportOptions {
    const { sealer, opener } = options;
    return {
      ...options,
      sealer: {
        seal: (packet, headerBytes, end, packetNumber) => {
          const frames = readFrames(packet, headerBytes, end);
          const sizeBytes = sealer.seal(packet, headerBytes, end, packetNumber);
          this.onSent(packetNumber, frames, sizeBytes, end - headerBytes);
          return sizeBytes;
        },
        onAcknowledged: (packetNumber) => sealer.onAcknowledged?.(packetNumber),
      },
      opener: {
        open: (packet, headerBytes, end, packetNumber) => {
          const plainEnd = opener.open(packet, headerBytes, end, packetNumber);
          if (plainEnd >= 0) {
            const frames = readFrames(packet, headerBytes, plainEnd);
            this.onReceived(packetNumber, frames, end, plainEnd - headerBytes);
          }
          return plainEnd;
        },
      },
    };
  }

  /** Puts this tracer around the calls that carry the time. Returns the same transport. */
  watch(transport: Transport): Transport {
    const { receive, wake, poll } = transport;
    transport.receive = (datagram, nowMs) => {
      this.nowMs = nowMs;
      const sizeBytes = datagram.length;
      const isRefused = !receive.call(transport, datagram, nowMs);
      if (isRefused) this.onRefused(isPacket(datagram), sizeBytes, transport.stats());
      this.look(transport);
      return !isRefused;
    };
    transport.wake = (nowMs) => {
      this.nowMs = nowMs;
      wake.call(transport, nowMs);
      this.look(transport);
    };
    transport.poll = (nowMs, buffer) => {
      this.nowMs = nowMs;
      const sizeBytes = poll.call(transport, nowMs, buffer);
      if (sizeBytes > 0 || transport.isClosed) this.look(transport);
      if (transport.isClosed) this.onClosed();
      return sizeBytes;
    };
    return transport;
  }

  private onSent(packetNumber: number, frames: QlogFrame[], length: number, payload_length: number): void {
    const header = { packet_type: '1RTT', packet_number: packetNumber };
    this.tell('transport:packet_sent', { header, raw: { length, payload_length }, frames });
    if (isAckEliciting(frames)) this.inFlight.set(packetNumber, length);
    this.closeSent = frames.find((frame) => frame.frame_type === 'connection_close') ?? this.closeSent;
  }

  private onReceived(
    packetNumber: number,
    frames: QlogFrame[],
    length: number,
    payload_length: number,
  ): void {
    const header = { packet_type: '1RTT', packet_number: packetNumber };
    this.tell('transport:packet_received', { header, raw: { length, payload_length }, frames });
    for (const frame of frames) {
      if (frame.frame_type === 'connection_close') this.closeReceived = frame;
      if (frame.frame_type !== 'ack') continue;
      for (const packet of this.inFlight.keys()) {
        if (frame.acked_ranges.some(([low, high]) => low <= packet && packet <= high))
          this.inFlight.delete(packet);
      }
    }
  }

  private onRefused(isPacketAtAll: boolean, length: number, stats: TransportStats): void {
    const isDuplicate = stats.packetsDuplicate > (this.stats?.packetsDuplicate ?? 0);
    const trigger = isDuplicate
      ? 'duplicate'
      : isPacketAtAll
        ? 'payload_decrypt_error'
        : 'header_parse_error';
    this.tell('transport:packet_dropped', { raw: { length }, trigger });
  }

  /** Tells what has changed in recovery since the last look. */
  private look(transport: Transport): void {
    const stats = transport.stats();
    const before = this.stats;
    this.stats = stats;
    this.tellLosses(stats.packetsLost - (before?.packetsLost ?? 0));
    for (let i = before?.probeTimeouts ?? 0; i < stats.probeTimeouts; i++) {
      this.tell('recovery:loss_timer_updated', { event_type: 'expired', timer_type: 'pto' });
    }
    const after = metricsOf(stats);
    const earlier = before && metricsOf(before);
    const changed = Object.entries(after).filter(
      ([name, value]) => value !== undefined && value !== earlier?.[name as keyof typeof after],
    );
    if (changed.length > 0) this.tell('recovery:metrics_updated', Object.fromEntries(changed));
  }

  /** By number and by time, the oldest packets in flight are lost first (RFC 9002 §6.1): how many tells which. */
  private tellLosses(count: number): void {
    for (const packet_number of [...this.inFlight.keys()].slice(0, count)) {
      this.inFlight.delete(packet_number);
      this.tell('recovery:packet_lost', { header: { packet_type: '1RTT', packet_number } });
    }
  }

  private onClosed(): void {
    if (this.isOver) return;
    this.isOver = true;
    const close = this.closeReceived ?? this.closeSent;
    if (close === null)
      return this.tell('connectivity:connection_closed', { owner: 'local', trigger: 'idle_timeout' });
    const isTransport = close.error_space === 'transport';
    this.tell('connectivity:connection_closed', {
      owner: close === this.closeReceived ? 'remote' : 'local',
      [isTransport ? 'connection_code' : 'application_code']: close.error_code,
      trigger: isTransport ? 'error' : 'application',
    });
  }

  private tell(name: string, data: object): void {
    const time = Math.round((this.nowMs - this.originMs) * 1000) / 1000;
    this.sink({ time, name, group_id: this.groupId, data });
  }
}

/** Fields of metrics_updated; the last two are our own additions, totals since the start. Absent while not known. */
function metricsOf(stats: TransportStats) {
  return {
    min_rtt: known(stats.minRttMs),
    smoothed_rtt: known(stats.smoothedRttMs),
    congestion_window: stats.congestionWindowBytes,
    bytes_in_flight: stats.bytesInFlight,
    pacing_rate: known(Math.round(stats.pacingRateBytesPerMs * 8000)),
    retransmitted_bytes: known(stats.retransmittedBytes),
    spurious_losses: known(stats.spuriousLosses),
  };
}

const known = (value: number): number | undefined => (value > 0 && value < Infinity ? value : undefined);
