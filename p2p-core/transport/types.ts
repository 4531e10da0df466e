/**
 * The reliable transport: QUIC-shaped (RFC 9000, RFC 9002), sans-IO. It takes `nowMs` and datagrams and returns datagrams,
 * calls its handler for what arrived, and says when it wants to be woken. Sockets, keys and clocks stay outside.
 *
 * Driver's loop after every input (datagram, write, timer):
 *   while ((n = transport.poll(nowMs, buffer)) > 0) socket.send(buffer.subarray(0, n));
 *   arm one timer for transport.nextWakeMs()
 */
export interface Transport {
  /**
   * One datagram from the peer, header included. It is decrypted in place and then borrowed: views of it are handed to
   * the handler. Returns false when it was not authentic, broken before authentication, or a duplicate: such a datagram
   * changes nothing, so its source address proves nothing.
   */
  receive(datagram: Uint8Array, nowMs: number): boolean;
  /** Timers that are due at `nowMs` act. Harmless when called early. */
  wake(nowMs: number): void;
  /** Absolute time of the next `wake`, Infinity when there is nothing to wait for. */
  nextWakeMs(): number;
  /** Writes the next datagram into `buffer` (at least MAX_DATAGRAM_BYTES) and returns its size, 0 when there is none to send now. */
  poll(nowMs: number, buffer: Uint8Array): number;

  /** Opens a bidirectional stream. Ids as RFC 9000 §2.1: 0, 4, 8… from the client, 1, 5, 9… from the server. */
  openStream(priority: StreamPriority): number;
  /** How urgent what we send on this stream is; a stream opened by the peer starts as `Live`. */
  setPriority(streamId: number, priority: StreamPriority): void;
  /**
   * Queues bytes (copied) and returns how many were taken: fewer than given when the send buffer is full; `onWritable`
   * follows when there is room again. 0 on a stream that is finished, reset or unknown.
   */
  write(streamId: number, bytes: Uint8Array): number;
  /** Bytes of the stream that are queued and not yet acknowledged. */
  bufferedBytes(streamId: number): number;
  /** Ends our direction after what is queued. */
  finish(streamId: number): void;
  /** Gives our direction up (RESET_STREAM). */
  reset(streamId: number, code: number): void;
  /** Asks the peer to give its direction up (STOP_SENDING); nothing of it is delivered any more. */
  stop(streamId: number, code: number): void;
  /** Tells that `byteCount` received bytes of the stream were consumed, which opens the flow-control window again. */
  consume(streamId: number, byteCount: number): void;

  /** Tells a round-trip time measured elsewhere (a connectivity check): timers use it until the first own sample. */
  hintRtt(rttMs: number): void;
  /** Datagrams go to another address of the same peer from now on: the next `poll` probes for what is in flight. */
  pathChanged(nowMs: number): void;
  /** Sends a PING so that the peer proves that it lives. */
  ping(): void;
  /** Queues a CLOSE for the next poll and stops everything else; afterwards only `poll` may have something to say. */
  close(code: number, reason: string): void;
  readonly isClosed: boolean;
  stats(): TransportStats;
}

/** `createTransport`, or something around it. */
export type TransportFactory = (
  options: TransportOptions,
  handler: TransportHandler,
  nowMs: number,
) => Transport;

/** Called from inside `receive` or `wake`, never re-entrantly from `write`. It may call back into the transport. */
export interface TransportHandler {
  onStreamOpened(streamId: number): void;
  /** In order, no gaps. `bytes` is borrowed until the call returns. */
  onStreamData(streamId: number, bytes: Uint8Array): void;
  /** The peer finished its direction; everything before was delivered. */
  onStreamEnd(streamId: number): void;
  /** The peer gave its direction up. */
  onStreamReset(streamId: number, code: number): void;
  /** The peer does not want our direction any more; it was reset. */
  onStreamStopped(streamId: number, code: number): void;
  /** There is room for writing again, after `write` took less than it was given. */
  onWritable(streamId: number): void;
  /** Once, last: by the peer's CLOSE, by the idle timeout, by a protocol violation of the peer; not by our own `close`. */
  onClosed(reason: TransportCloseReason): void;
}

export interface TransportCloseReason {
  /** `violation` stands also for packet numbers that are used up; its codes are those of transport/close-codes.ts. */
  kind: 'peer' | 'idle' | 'violation';
  /** What the peer gave to `close`, or a code of its transport. 0 when idle. */
  code: number;
  /** The peer's transport closed, not the program above it: `code` is one of transport/close-codes.ts. */
  isTransportCode: boolean;
  message: string;
}

/** Smaller is more urgent. */
export const StreamPriority = { Command: 0, Talk: 1, Live: 2, Playback: 3, Download: 4 } as const;
export type StreamPriority = (typeof StreamPriority)[keyof typeof StreamPriority];

export interface TransportOptions {
  role: 'client' | 'server';
  /** Connection id the peer expects in our packets, 24 bits. */
  remoteConnectionId: number;
  sealer: PacketSealer;
  opener: PacketOpener;
  congestion?: CongestionFactory;
  /** Nothing authentic received for this long closes the transport; default 15 000. */
  idleTimeoutMs?: number;
  /** A PING when nothing was received for this long; default 5 000. */
  keepAliveMs?: number;
  /** Flow-control window of one stream; default 1 MiB. The initial credit (docs/transport.md) is granted in any case. */
  streamWindowBytes?: number;
  /** Flow-control window of the connection; default 2 MiB. */
  connectionWindowBytes?: number;
  /** Send-buffer limit of one stream; default 1 MiB, up to 2 on a path whose congestion window needs more. */
  sendBufferBytes?: number;
  /** Larger datagrams are never tried; 1200, which is always safe, keeps from probing. Default, and most: 1448. */
  maxDatagramBytes?: number;
  /** Packets these keys may seal; then the transport closes. Default, and most: 2^32 - 1024. */
  packetNumberLimit?: number;
}

/** AEAD of one direction. The packet number is the nonce, the header the associated data. In place, no allocation. */
export interface PacketSealer {
  /** Encrypts packet[headerBytes, endOffset) and appends a 16-byte tag. Returns the new end. */
  seal(packet: Uint8Array, headerBytes: number, endOffset: number, packetNumber: number): number;
  /** The peer acknowledged this packet number: it has the key that sealed it. */
  onAcknowledged?(packetNumber: number): void;
}
export interface PacketOpener {
  /** Verifies and decrypts packet[headerBytes, endOffset). Returns the end of the plain text, -1 when not authentic. */
  open(packet: Uint8Array, headerBytes: number, endOffset: number, packetNumber: number): number;
}

export interface TransportStats {
  packetsSent: number;
  packetsReceived: number;
  /** What would have arrived by now if nothing were lost: the peer numbers its packets without gaps. */
  packetsExpected: number;
  packetsLost: number;
  packetsDuplicate: number;
  packetsRejected: number;
  bytesSent: number;
  bytesReceived: number;
  retransmittedBytes: number;
  spuriousLosses: number;
  probeTimeouts: number;
  /** What the path is known to pass. */
  maxDatagramBytes: number;
  smoothedRttMs: number;
  minRttMs: number;
  congestionWindowBytes: number;
  bytesInFlight: number;
  pacingRateBytesPerMs: number;
}

/** The congestion controller's seam; see transport/congestion/. Times in ms, rates in bytes per ms. */
export interface CongestionController {
  readonly name: string;
  congestionWindowBytes(): number;
  /** 0 means unpaced (no RTT sample yet). */
  pacingRateBytesPerMs(): number;
  onPacketSent(sizeBytes: number, inFlightBytes: number, nowMs: number): void;
  onAck(sample: AckSample, nowMs: number): void;
  onLoss(sample: LossSample, nowMs: number): void;
  /** A packet told by `onLoss` arrived after all. */
  onSpuriousLoss?(sizeBytes: number, sentTimeMs: number): void;
  onPersistentCongestion(nowMs: number): void;
}
export type CongestionFactory = (maxDatagramBytes: number) => CongestionController;

/** One ACK frame that acknowledged something new; rate as draft-cheng-iccrg-delivery-rate-estimation. */
export interface AckSample {
  ackedBytes: number;
  lostBytes: number;
  inFlightBytes: number;
  /** 0 when this ACK gave no sample; the peer's ack delay is already taken off. */
  rttMs: number;
  deliveryRateBytesPerMs: number;
  isAppLimited: boolean;
  /** `delivered` when the newest acknowledged packet was sent, and now. */
  priorDeliveredBytes: number;
  deliveredBytes: number;
  largestSentTimeMs: number;
}
export interface LossSample {
  lostBytes: number;
  inFlightBytes: number;
  largestLostSentTimeMs: number;
}
