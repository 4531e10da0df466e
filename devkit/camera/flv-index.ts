import { createFlvReader, FlvTagType, TAG_HEADER_BYTES } from '../../p2p-core/flv/tag-reader';
import type { ByteFile, ByteReader } from './byte-file';

/** Where a tag's data lies in a file. */
interface IndexedTag {
  type: number;
  /** From the first media tag on. */
  timeMs: number;
  dataOffset: number;
  dataBytes: number;
  isKeyframe: boolean;
  isSequenceHeader: boolean;
}

export interface FlvIndexTag {
  type: number;
  timeMs: number;
  isSequenceHeader: boolean;
}

const SCAN_BYTES = 256 * 1024;
/** Byte 5 of a file: the size of its header, behind which PreviousTagSize0 and the first tag follow (Annex E.2, E.3). */
const HEADER_SIZE_OFFSET = 5;
const PREVIOUS_TAG_SIZE_BYTES = 4;

/**
 * Where the tags of an FLV file are, so that it can be played from any key frame without holding it in memory. Costs one
 * read of the whole file. Throws an Error that says what is wrong with the file.
 */
export class FlvIndex {
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  /** Up to the newest tag. */
  readonly durationMs: number;
  private readonly tags: IndexedTag[];
  /** Indices of the tags that decoding can start from; all media where there are no pictures. */
  private readonly entries: number[] = [];
  /** Indices of metadata and sequence headers. */
  private readonly headers: number[] = [];

  constructor(file: ByteFile) {
    this.tags = scan(file);
    const media = this.tags.filter(isMedia);
    this.hasVideo = media.some((tag) => tag.type === FlvTagType.Video);
    this.hasAudio = media.some((tag) => tag.type === FlvTagType.Audio);
    const firstMs = media[0]?.timeMs ?? 0;
    let durationMs = 0;
    for (const [index, tag] of this.tags.entries()) {
      tag.timeMs = Math.max(0, tag.timeMs - firstMs);
      if (!isMedia(tag)) this.headers.push(index);
      else if (tag.isKeyframe || !this.hasVideo) this.entries.push(index);
      durationMs = Math.max(durationMs, tag.timeMs);
    }
    this.durationMs = durationMs;
    if (this.entries.length === 0) throw new Error('no key frame in this FLV file');
  }

  get tagCount(): number {
    return this.tags.length;
  }

  tag(index: number): FlvIndexTag {
    return this.tags[index]!;
  }

  /** The tag to start from in order to show the picture at `timeMs`: a key frame. */
  entryAt(timeMs: number): number {
    let found = this.entries[0]!;
    for (const index of this.entries) {
      if (this.tags[index]!.timeMs > timeMs) break;
      found = index;
    }
    return found;
  }

  /** Metadata and the sequence headers that are in force at the tag `index`, and are not among what follows it. */
  headersBefore(index: number): number[] {
    const newest = new Map<number, number>();
    for (const header of this.headers) {
      if (header < index) newest.set(this.tags[header]!.type, header);
    }
    return [...newest.values()].sort((a, b) => a - b);
  }

  /** Fresh bytes; null when the file has become shorter. Throws what the system says. */
  data(reader: ByteReader, index: number): Uint8Array | null {
    const { dataOffset, dataBytes } = this.tags[index]!;
    const bytes = reader.read(dataOffset, dataBytes);
    return bytes.length === dataBytes ? bytes : null;
  }
}

function isMedia(tag: IndexedTag): boolean {
  return tag.type !== FlvTagType.Script && !tag.isSequenceHeader;
}

function scan(file: ByteFile): IndexedTag[] {
  const tags: IndexedTag[] = [];
  let dataOffset = 0;
  const flv = createFlvReader({
    onTag({ type, timestampMs, data, isKeyframe, isSequenceHeader }) {
      const dataBytes = data.length;
      tags.push({ type, timeMs: timestampMs, dataOffset, dataBytes, isKeyframe, isSequenceHeader });
      dataOffset += dataBytes + PREVIOUS_TAG_SIZE_BYTES + TAG_HEADER_BYTES;
    },
  });
  const reader = file.open();
  try {
    for (let offset = 0; offset < file.byteCount; offset += SCAN_BYTES) {
      const bytes = reader.read(offset, SCAN_BYTES);
      if (offset === 0 && bytes.length >= HEADER_SIZE_OFFSET + 4) {
        const headerBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(HEADER_SIZE_OFFSET);
        dataOffset = headerBytes + PREVIOUS_TAG_SIZE_BYTES + TAG_HEADER_BYTES;
      }
      if (!flv.feed(bytes)) throw new Error(`not a sound FLV file: ${flv.error}`);
    }
  } finally {
    reader.close();
  }
  return tags;
}
