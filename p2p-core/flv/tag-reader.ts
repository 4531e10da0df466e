/**
 * An incremental reader of FLV streams, which a network cuts anywhere.
 * Source: Adobe Flash Video File Format 10.1, Annex E; Enhanced RTMP v2 for codecs named by FourCC.
 */

/** Tag types (Annex E.4.1). */
export const FlvTagType = { Audio: 8, Video: 9, Script: 18 } as const;

/** Type, size, timestamp and stream id in front of every tag's data. */
export const TAG_HEADER_BYTES = 11;

export interface FlvTag {
  /** One of FlvTagType. */
  type: number;
  /** 0 to 2^32 - 1: the stream's own clock, which wraps after 49.7 days. */
  timestampMs: number;
  /** The tag's body. A view, borrowed until the callback returns. */
  data: Uint8Array;
  /** A coded picture that decoding can start from. False for sequence headers. */
  isKeyframe: boolean;
  /** The decoder's configuration (AVCDecoderConfigurationRecord, AudioSpecificConfig and their like). */
  isSequenceHeader: boolean;
  /**
   * Video: CodecID (7 AVC, 12 the widespread private code of HEVC); audio: SoundFormat (10 AAC, 7 and 8 G.711); for both
   * the FourCC as a big-endian number where the tag carries one, such as 0x68766331 'hvc1'. Script: 0.
   */
  codec: number;
}

export interface FlvReaderHandler {
  /** The file header. Many cameras' flags are wrong: only tags tell what the stream holds. */
  onHeader?(hasVideo: boolean, hasAudio: boolean): void;
  /** `tag` is one object for all tags, borrowed until the call returns. */
  onTag(tag: FlvTag): void;
}

export interface FlvReader {
  /**
   * Reads on and calls the handler for all that is complete. `bytes` is borrowed until the call returns. Returns false
   * when the stream is broken, now or before: there is no way to find the next tag again, so what follows is ignored.
   */
  feed(bytes: Uint8Array): boolean;
  /** What broke the stream; '' while it is sound. */
  readonly error: string;
}

export interface FlvReaderOptions {
  /** Default 4 MiB: several times the largest key frame of a 4K camera. */
  maxTagBytes?: number;
}

const FILE_HEADER_BYTES = 9;
/** Version 1 has 9 bytes. Room for what a later version may add, and no more: it is skipped unread. */
const MAX_FILE_HEADER_BYTES = 256;
const PREVIOUS_TAG_SIZE_BYTES = 4;
const DEFAULT_MAX_TAG_BYTES = 4 * 1024 * 1024;
const FIRST_BUFFER_BYTES = 4 * 1024;

/** `handler` is called from inside `feed` only; what it throws leaves `feed`, and the reader must not be used again. */
export function createFlvReader(handler: FlvReaderHandler, options: FlvReaderOptions = {}): FlvReader {
  return new TagReader(handler, options.maxTagBytes ?? DEFAULT_MAX_TAG_BYTES);
}

type Unit = 'file header' | 'tag header' | 'tag data';

class TagReader implements FlvReader {
  error = '';
  /** What the next `unitBytes` bytes are, once `skipBytes` bytes that nobody reads are gone. */
  private unit: Unit = 'file header';
  private unitBytes = FILE_HEADER_BYTES;
  private skipBytes = 0;
  /** The beginning of a unit that was cut: partial[0 .. partialBytes). */
  private partial = new Uint8Array(FIRST_BUFFER_BYTES);
  private partialBytes = 0;
  private readonly tag: FlvTag = {
    type: 0,
    timestampMs: 0,
    data: this.partial,
    isKeyframe: false,
    isSequenceHeader: false,
    codec: 0,
  };

  constructor(
    private readonly handler: FlvReaderHandler,
    private readonly maxTagBytes: number,
  ) {}

  feed(bytes: Uint8Array): boolean {
    let at = 0;
    while (this.error === '') {
      const skipped = Math.min(this.skipBytes, bytes.length - at);
      this.skipBytes -= skipped;
      at += skipped;
      if (this.skipBytes > 0) return true;

      const available = bytes.length - at;
      if (this.partialBytes === 0 && available >= this.unitBytes) {
        // The whole unit lies in this chunk: no copy.
        const unit = bytes.subarray(at, at + this.unitBytes);
        at += this.unitBytes;
        this.readUnit(unit);
        continue;
      }
      if (available === 0) return true;
      const taken = Math.min(this.unitBytes - this.partialBytes, available);
      this.keep(bytes, at, taken);
      at += taken;
      if (this.partialBytes === this.unitBytes) {
        this.partialBytes = 0;
        this.readUnit(this.partial.subarray(0, this.unitBytes));
      }
    }
    return false;
  }

  /** Grows with what has arrived, not with what a header has promised. */
  private keep(bytes: Uint8Array, at: number, count: number): void {
    const neededBytes = this.partialBytes + count;
    if (neededBytes > this.partial.length) {
      const grown = new Uint8Array(Math.max(neededBytes, Math.min(2 * this.partial.length, this.unitBytes)));
      grown.set(this.partial.subarray(0, this.partialBytes));
      this.partial = grown;
    }
    this.partial.set(bytes.subarray(at, at + count), this.partialBytes);
    this.partialBytes = neededBytes;
  }

  private readUnit(bytes: Uint8Array): void {
    if (this.unit === 'file header') this.readFileHeader(bytes);
    else if (this.unit === 'tag header') this.readTagHeader(bytes);
    else this.readTagData(bytes);
  }

  private readFileHeader(bytes: Uint8Array): void {
    if (bytes[0] !== 0x46 || bytes[1] !== 0x4c || bytes[2] !== 0x56) {
      this.error = 'no FLV signature';
      return;
    }
    const headerBytes = u32(bytes, 5);
    if (headerBytes < FILE_HEADER_BYTES || headerBytes > MAX_FILE_HEADER_BYTES) {
      this.error = `FLV header of ${headerBytes} bytes`;
      return;
    }
    this.skipBytes = headerBytes - FILE_HEADER_BYTES + PREVIOUS_TAG_SIZE_BYTES;
    this.unit = 'tag header';
    this.unitBytes = TAG_HEADER_BYTES;
    const flags = bytes[4]!;
    if (this.handler.onHeader) this.handler.onHeader((flags & 1) !== 0, (flags & 4) !== 0);
  }

  private readTagHeader(bytes: Uint8Array): void {
    const type = bytes[0]!;
    if (type !== FlvTagType.Audio && type !== FlvTagType.Video && type !== FlvTagType.Script) {
      // Also the types with the filter bit: the data of an encrypted tag (Annex F) means nothing to us.
      this.error = `FLV tag of type ${type}`;
      return;
    }
    const dataBytes = u24(bytes, 1);
    if (dataBytes > this.maxTagBytes) {
      this.error = `FLV tag of ${dataBytes} bytes`;
      return;
    }
    this.tag.type = type;
    // The byte behind the 24 bits holds bits 24 to 31.
    this.tag.timestampMs = (u24(bytes, 4) | (bytes[7]! << 24)) >>> 0;
    this.unit = 'tag data';
    this.unitBytes = dataBytes;
  }

  private readTagData(data: Uint8Array): void {
    // PreviousTagSize is not compared: real streams get it wrong, and nothing here reads backwards.
    this.skipBytes = PREVIOUS_TAG_SIZE_BYTES;
    this.unit = 'tag header';
    this.unitBytes = TAG_HEADER_BYTES;
    classify(this.tag, data);
    this.handler.onTag(this.tag);
  }
}

function classify(tag: FlvTag, data: Uint8Array): void {
  tag.data = data;
  tag.isKeyframe = false;
  tag.isSequenceHeader = false;
  tag.codec = 0;
  if (tag.type === FlvTagType.Video) classifyVideo(tag, data);
  else if (tag.type === FlvTagType.Audio) classifyAudio(tag, data);
}

/** First byte: frame type (1 is a key frame) in the upper half, CodecID in the lower (Annex E.4.3.1). */
function classifyVideo(tag: FlvTag, data: Uint8Array): void {
  if (data.length < 2) return;
  const first = data[0]!;
  const isKey = ((first >> 4) & 7) === 1;
  if ((first & 0x80) !== 0) {
    // Enhanced RTMP: a packet type instead of the CodecID, then the FourCC.
    const packetType = first & 15;
    if (data.length < 5) return;
    tag.codec = u32(data, 1);
    tag.isSequenceHeader = packetType === 0;
    tag.isKeyframe = isKey && (packetType === 1 || packetType === 3);
    return;
  }
  tag.codec = first & 15;
  const hasPacketType = tag.codec === 7 || tag.codec === 12;
  tag.isSequenceHeader = hasPacketType && data[1] === 0;
  tag.isKeyframe = isKey && (!hasPacketType || data[1] === 1);
}

/** First byte: SoundFormat in the upper half (Annex E.4.2.1). */
function classifyAudio(tag: FlvTag, data: Uint8Array): void {
  if (data.length < 2) return;
  const soundFormat = data[0]! >> 4;
  if (soundFormat === 9) {
    // Enhanced RTMP: a packet type in the lower half, then the FourCC.
    if (data.length < 5) return;
    tag.codec = u32(data, 1);
    tag.isSequenceHeader = (data[0]! & 15) === 0;
    return;
  }
  tag.codec = soundFormat;
  tag.isSequenceHeader = soundFormat === 10 && data[1] === 0;
}

function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | u24(bytes, at + 1)) >>> 0;
}
