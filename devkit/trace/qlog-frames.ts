import {
  FRAMES_END,
  FRAME_MALFORMED,
  FRAME_UNKNOWN,
  FrameReader,
} from '../../p2p-core/transport/frame-reader';
import { FrameType } from '../../p2p-core/transport/packet-codec';

/** A frame as draft-ietf-quic-qlog-quic-events names its fields. Lengths of data, never the data. */
export type QlogFrame =
  | { frame_type: 'ping' | 'immediate_ack' }
  | { frame_type: 'ack'; ack_delay: number; acked_ranges: [number, number][] }
  | { frame_type: 'stream'; stream_id: number; offset: number; length: number; fin?: true }
  | { frame_type: 'reset_stream'; stream_id: number; error_code: number; final_size: number }
  | { frame_type: 'stop_sending'; stream_id: number; error_code: number }
  | { frame_type: 'max_data'; maximum: number }
  | { frame_type: 'max_stream_data'; stream_id: number; maximum: number }
  | { frame_type: 'max_streams'; stream_type: 'bidirectional'; maximum: number }
  | { frame_type: 'connection_close'; error_space: 'transport' | 'application'; error_code: number }
  | { frame_type: 'unknown'; raw_frame_type?: number };

/** Nothing calls back while it reads, so one serves all packets. */
const reader = new FrameReader();

/** The frames of the plain packet[start, end), in order. What cannot be read is one last `unknown`. */
export function readFrames(packet: Uint8Array, start: number, end: number): QlogFrame[] {
  const frames: QlogFrame[] = [];
  reader.start(packet, start, end);
  for (;;) {
    const type = reader.next();
    if (type === FRAMES_END) return frames;
    if (type === FRAME_MALFORMED || type === FRAME_UNKNOWN) return [...frames, { frame_type: 'unknown' }];
    frames.push(frameOf(type));
  }
}

/** Whether the peer must acknowledge a packet with these frames (RFC 9002 §2). */
export function isAckEliciting(frames: readonly QlogFrame[]): boolean {
  return frames.some(({ frame_type }) => frame_type !== 'ack' && frame_type !== 'connection_close');
}

function frameOf(type: number): QlogFrame {
  const { streamId: stream_id, offset, value } = reader;
  switch (type) {
    case FrameType.Ping:
      return { frame_type: 'ping' };
    case FrameType.ImmediateAck:
      return { frame_type: 'immediate_ack' };
    case FrameType.Ack: {
      const acked_ranges: [number, number][] = [];
      for (let i = 0; i < reader.ackRangeCount; i++)
        acked_ranges.push([reader.ackLow[i]!, reader.ackHigh[i]!]);
      return { frame_type: 'ack', ack_delay: reader.ackDelayMs, acked_ranges };
    }
    case FrameType.Stream:
    case FrameType.StreamFin: {
      const length = reader.dataEnd - reader.dataStart;
      return {
        frame_type: 'stream',
        stream_id,
        offset,
        length,
        ...(type === FrameType.StreamFin && { fin: true }),
      };
    }
    case FrameType.ResetStream:
      return { frame_type: 'reset_stream', stream_id, error_code: value, final_size: offset };
    case FrameType.StopSending:
      return { frame_type: 'stop_sending', stream_id, error_code: value };
    case FrameType.MaxData:
      return { frame_type: 'max_data', maximum: offset };
    case FrameType.MaxStreamData:
      return { frame_type: 'max_stream_data', stream_id, maximum: offset };
    case FrameType.MaxStreams:
      return { frame_type: 'max_streams', stream_type: 'bidirectional', maximum: value };
    case FrameType.CloseTransport:
      return { frame_type: 'connection_close', error_space: 'transport', error_code: value };
    case FrameType.CloseApplication:
      return { frame_type: 'connection_close', error_space: 'application', error_code: value };
    default:
      return { frame_type: 'unknown', raw_frame_type: type };
  }
}
