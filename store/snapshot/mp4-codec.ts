import { box, u32 } from './mp4-boxes';
import type { Pieces } from './mp4-boxes';
import { pictureSize } from './picture-size';

/** How samples are decoded: an entry of `stsd`, and what the track has to know besides. */
export interface SampleEntry {
  readonly pieces: Pieces;
  readonly width: number;
  readonly height: number;
  /** Of sound: the clock that its samples are counted by. */
  readonly rateHz: number;
  /** The decoder's settings, by which entries are told apart. */
  readonly config: Uint8Array;
}

const AVC = 7;
const HEVC = 12;
/** FourCCs of Enhanced RTMP. */
const AVC1 = 0x61766331;
const HVC1 = 0x68766331;
const AAC_RATES_HZ = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
];
const MAX_VIDEO_CONFIG_BYTES = 4096;
/** Descriptors count their bytes in one byte here (ISO/IEC 14496-1 §8.3.3). */
const MAX_AUDIO_CONFIG_BYTES = 64;

export function isVideoCodec(codec: number): boolean {
  return codec === AVC || codec === HEVC || codec === AVC1 || codec === HVC1;
}

/** Of the body of a tag with a sequence header. Null for other codecs than H.264 and H.265. */
export function videoEntry(body: Uint8Array): SampleEntry | null {
  if (body.length < 6 || body.length > MAX_VIDEO_CONFIG_BYTES) return null;
  const first = body[0]!;
  const codec =
    first & 0x80 ? ((body[1]! << 24) | (body[2]! << 16) | (body[3]! << 8) | body[4]!) >>> 0 : first & 15;
  if (!isVideoCodec(codec)) return null;
  const isHevc = codec === HEVC || codec === HVC1;
  const record = body.subarray(5);
  const { width, height } = pictureSize(record, isHevc);
  const pieces = box(
    isHevc ? 'hvc1' : 'avc1',
    u32(0, 1, 0, 0, 0, 0, (width << 16) | height, 0x480000, 0x480000, 0, 0x10000, 0, 0, 0, 0, 0, 0, 0, 24),
    Uint8Array.of(255, 255),
    box(isHevc ? 'hvcC' : 'avcC', record),
  );
  return { pieces, width, height, rateHz: 0, config: record };
}

/** Of the body of a tag with an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1). Null for other codecs than AAC. */
export function audioEntry(body: Uint8Array): SampleEntry | null {
  const config = body.subarray(2);
  const { length } = config;
  if (body[0]! >> 4 !== 10 || length < 2 || length > MAX_AUDIO_CONFIG_BYTES) return null;
  const rateHz = AAC_RATES_HZ[((config[0]! & 7) << 1) | (config[1]! >> 7)];
  if (rateHz === undefined) return null;
  const channels = (config[1]! >> 3) & 15;
  const stream = [4, 15 + length, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, length];
  const pieces = box(
    'mp4a',
    u32(0, 1, 0, 0, (channels << 16) | 16, 0, rateHz > 0xffff ? 0 : rateHz << 16),
    box('esds', u32(0), Uint8Array.of(3, 23 + length, 0, 0, 0, ...stream), config, Uint8Array.of(6, 1, 2)),
  );
  return { pieces, width: 0, height: 0, rateHz, config };
}
