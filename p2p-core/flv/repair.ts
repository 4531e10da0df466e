import { createFlvReader, FlvTagType } from './tag-reader';
import type { FlvReader, FlvTag } from './tag-reader';
import { flvHeader, flvTag } from './tag-writer';

/**
 * Repairs the FLV of live-pusher for cameras: its header's flags are 0 whatever it sends, its timestamps begin anywhere
 * and jump when it starts anew, and its frames of silence are shorter than some decoders accept.
 */
export interface FlvRepairOptions {
  hasVideo: boolean;
  hasAudio: boolean;
  /** AAC frames too short to hold sound are left out. */
  dropsEmptyAudio: boolean;
  /** AAC frames are filled up with zeros to this size of tag data; a decoder stops at the frame's own end. 0 for never. */
  minAudioTagBytes: number;
  /** Fresh bytes, the callee's. First the header, then whole tags; `tag`, null with the header, is borrowed. */
  onBytes(bytes: Uint8Array, tag: FlvTag | null): void;
}

export interface FlvRepair {
  /** `bytes` is borrowed until the call returns. False when the stream is broken, now or before. */
  feed(bytes: Uint8Array): boolean;
  /** What broke the stream; '' while it is sound. */
  readonly error: string;
}

const AAC = 10;
/** SoundFormat and AACPacketType, then an AAC frame: one of these sizes is silence. */
const EMPTY_AUDIO_TAG_BYTES = 2 + 6;
/** Audio and video may be out of step by this much; beyond it the clock has jumped. */
const MAX_STEP_BACK_MS = 1000;
const MAX_STEP_FORWARD_MS = 10_000;
const FILE_HEADER_BYTES = 9;
/** A talking camera's picture is small; nothing near the reader's own limit. */
const MAX_TAG_BYTES = 1024 * 1024;

/** Incremental. A new file header at the beginning of a chunk (live-pusher connected anew) continues the same stream. */
export function createFlvRepair(options: FlvRepairOptions): FlvRepair {
  return new Repair(options);
}

class Repair implements FlvRepair {
  private reader: FlvReader;
  private hasHeader = false;
  private isFirstTag = true;
  /** Input time less output time, modulo 2^32. */
  private offsetMs = 0;
  private lastMs = 0;

  constructor(private readonly options: FlvRepairOptions) {
    this.reader = this.newReader();
  }

  get error(): string {
    return this.reader.error;
  }

  feed(bytes: Uint8Array): boolean {
    if (this.hasHeader && this.error === '' && isFileHeader(bytes)) this.reader = this.newReader();
    return this.reader.feed(bytes);
  }

  private newReader(): FlvReader {
    const { hasVideo, hasAudio, onBytes } = this.options;
    return createFlvReader(
      {
        onHeader: () => {
          if (!this.hasHeader) onBytes(flvHeader(hasVideo, hasAudio), null);
          this.hasHeader = true;
        },
        onTag: (tag) => this.onTag(tag),
      },
      { maxTagBytes: MAX_TAG_BYTES },
    );
  }

  private onTag(tag: FlvTag): void {
    let { data } = tag;
    if (tag.type === FlvTagType.Audio && tag.codec === AAC && !tag.isSequenceHeader) {
      const { dropsEmptyAudio, minAudioTagBytes } = this.options;
      if (dropsEmptyAudio && data.length <= EMPTY_AUDIO_TAG_BYTES) return;
      if (data.length < minAudioTagBytes) {
        data = new Uint8Array(minAudioTagBytes);
        data.set(tag.data);
      }
    }
    this.options.onBytes(flvTag(tag.type, this.restamp(tag.timestampMs), data), tag);
  }

  private restamp(timestampMs: number): number {
    // Signed, so that the wrap after 49.7 days is a small step.
    const stepMs = (timestampMs - this.offsetMs - this.lastMs) | 0;
    if (this.isFirstTag || stepMs < -MAX_STEP_BACK_MS || stepMs > MAX_STEP_FORWARD_MS) {
      this.isFirstTag = false;
      this.offsetMs = timestampMs - this.lastMs;
    } else if (stepMs > 0) this.lastMs += stepMs;
    return this.lastMs;
  }
}

function isFileHeader(bytes: Uint8Array): boolean {
  if (bytes.length < FILE_HEADER_BYTES) return false;
  const isSigned = bytes[0] === 0x46 && bytes[1] === 0x4c && bytes[2] === 0x56 && bytes[3] === 1;
  return isSigned && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0 && bytes[8] === FILE_HEADER_BYTES;
}
