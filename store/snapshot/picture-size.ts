/** What a sequence parameter set says, in pixels; 0 × 0 where it cannot be read. */
export interface PictureSize {
  width: number;
  height: number;
}

const MAX_SIDE = 16_384;
const HEVC_SPS = 33;
/** The only profiles whose parameter sets do not tell the chroma format (H.264 §7.3.2.1.1): baseline, main, extended. */
const LOW_PROFILES = [66, 77, 88];

/** Of an AVCDecoderConfigurationRecord, or an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3, §8.3.3). */
export function pictureSize(record: Uint8Array, isHevc: boolean): PictureSize {
  const { width, height } = isHevc ? hevcSize(record) : avcSize(record);
  const isSane = width > 0 && height > 0 && width <= MAX_SIDE && height <= MAX_SIDE;
  return isSane ? { width, height } : { width: 0, height: 0 };
}

/** Bits of a NAL unit, without the bytes that keep start codes out of it. Behind its end, zeros. */
class BitReader {
  private readonly bytes: number[] = [];
  private at = 0;

  constructor(nal: Uint8Array) {
    for (let i = 0; i < nal.length; i++) {
      if (i < 2 || nal[i] !== 3 || nal[i - 1] !== 0 || nal[i - 2] !== 0) this.bytes.push(nal[i]!);
    }
  }

  /** Of more than 53 bits the value is rough: that is to skip them. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.at++) {
      value = value * 2 + (((this.bytes[this.at >> 3] || 0) >> (7 - (this.at & 7))) & 1);
    }
    return value;
  }

  /** Exp-Golomb, unsigned. */
  ue(): number {
    let zeros = 0;
    while (zeros < 32 && this.bits(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.bits(zeros);
  }
}

function avcSize(record: Uint8Array): PictureSize {
  const reader = new BitReader(record.subarray(8, 8 + u16(record, 6)));
  reader.bits(8);
  const profile = reader.bits(8);
  reader.bits(16);
  reader.ue();
  let chroma = 1;
  if (LOW_PROFILES.indexOf(profile) < 0) {
    chroma = reader.ue();
    if (chroma === 3) reader.bits(1);
    reader.ue();
    reader.ue();
    reader.bits(1);
    if (reader.bits(1) === 1) skipScalingLists(reader, chroma === 3 ? 12 : 8);
  }
  reader.ue();
  const orderType = reader.ue();
  if (orderType === 0) reader.ue();
  else if (orderType === 1) {
    reader.bits(1);
    reader.ue();
    reader.ue();
    for (let i = Math.min(reader.ue(), 255); i > 0; i--) reader.ue();
  }
  reader.ue();
  reader.bits(1);
  const width = (reader.ue() + 1) * 16;
  const units = reader.ue() + 1;
  const isFrame = reader.bits(1);
  if (isFrame === 0) reader.bits(1);
  reader.bits(1);
  return cropped(reader, width, units * 16 * (2 - isFrame), chroma, 2 - isFrame);
}

function skipScalingLists(reader: BitReader, count: number): void {
  for (let list = 0; list < count; list++) {
    if (reader.bits(1) === 0) continue;
    let next = 8;
    for (let i = 0; i < (list < 6 ? 16 : 64) && next !== 0; i++) {
      const code = reader.ue();
      next = (next + (code & 1 ? (code + 1) / 2 : -code / 2)) & 255;
    }
  }
}

function hevcSize(record: Uint8Array): PictureSize {
  const reader = new BitReader(hevcSps(record));
  reader.bits(16 + 4);
  const subLayers = reader.bits(3);
  // The profile and level of the whole, then of each layer of time (H.265 §7.3.3).
  reader.bits(1 + 88 + 8);
  let layerBits = 0;
  for (let i = 0; i < 8 && subLayers > 0; i++) {
    const hasProfile = reader.bits(1);
    const hasLevel = reader.bits(1);
    if (i < subLayers) layerBits += hasProfile * 88 + hasLevel * 8;
  }
  reader.bits(layerBits);
  reader.ue();
  const chroma = reader.ue();
  if (chroma === 3) reader.bits(1);
  return cropped(reader, reader.ue(), reader.ue(), chroma, 1);
}

function hevcSps(record: Uint8Array): Uint8Array {
  let at = 23;
  for (let array = 0; array < record[22]! && at + 3 <= record.length; array++) {
    const type = record[at]! & 63;
    let count = u16(record, at + 1);
    at += 3;
    for (; count > 0 && at + 2 <= record.length; count--) {
      const end = at + 2 + u16(record, at);
      if (type === HEVC_SPS) return record.subarray(at + 2, end);
      at = end;
    }
  }
  return new Uint8Array(0);
}

/** The window of the picture that is shown; offsets count in units of the chroma. */
function cropped(
  reader: BitReader,
  width: number,
  height: number,
  chroma: number,
  fields: number,
): PictureSize {
  if (reader.bits(1) === 0) return { width, height };
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const unitY = (chroma === 1 ? 2 : 1) * fields;
  const x = reader.ue() + reader.ue();
  const y = reader.ue() + reader.ue();
  return { width: width - x * unitX, height: height - y * unitY };
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
