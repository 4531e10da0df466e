import { FlvTagType, flvHeader, flvTag } from '../../p2p-core/index';
import type { FlvTag } from '../../p2p-core/index';
import type { MuxerOutput, RecordingMuxer } from './recording-muxer';

/** A stream as a file: FLV as it came, with timestamps from 0 that never go back. */
export class FlvMuxer implements RecordingMuxer {
  readonly tailBytes = 0;
  readonly isSoundLeftOut = false;
  readonly cutMs = 0;
  private timeMs = 0;

  constructor(private readonly output: MuxerOutput) {}

  setHeaders(video: Uint8Array | null, audio: Uint8Array | null, metadata: Uint8Array | null): void {
    if (this.output.byteCount === 0) {
      this.output.append(flvHeader(video !== null, audio !== null));
      if (metadata !== null) this.write(FlvTagType.Script, metadata);
    }
    if (video !== null) this.write(FlvTagType.Video, video);
    if (audio !== null) this.write(FlvTagType.Audio, audio);
  }

  add({ type, data }: FlvTag, timeMs: number): void {
    this.timeMs = Math.max(this.timeMs, timeMs);
    this.write(type, data);
  }

  finish(): string {
    return '';
  }

  /** FLV is good up to where it breaks off. */
  cut(byteCount: number): number {
    return byteCount;
  }

  private write(type: number, data: Uint8Array): void {
    this.output.append(flvTag(type, this.timeMs, data));
  }
}
