import { FlvTagType, flvHeader, flvTag } from '../../p2p-core/index';
import type { FlvTag } from '../../p2p-core/index';

/** A stream as a file: FLV as it came, with timestamps from 0. */
export class FlvMuxer {
  private isBegun = false;
  private timeMs = 0;

  /** @param append gets fresh bytes, in order */
  constructor(private readonly append: (bytes: Uint8Array) => void) {}

  /** The decoders' settings, before the first tag and wherever they change: bodies of FLV tags. */
  setHeaders(video: Uint8Array | null, audio: Uint8Array | null, metadata: Uint8Array | null): void {
    if (!this.isBegun) this.append(flvHeader(video !== null, audio !== null));
    if (!this.isBegun && metadata !== null) this.write(FlvTagType.Script, metadata);
    this.isBegun = true;
    if (video !== null) this.write(FlvTagType.Video, video);
    if (audio !== null) this.write(FlvTagType.Audio, audio);
  }

  /** A picture or sound. `tag` is borrowed; `timeMs` since the beginning of the file. */
  add({ type, data }: FlvTag, timeMs: number): void {
    this.timeMs = timeMs;
    this.write(type, data);
  }

  private write(type: number, data: Uint8Array): void {
    this.append(flvTag(type, this.timeMs, data));
  }
}
