import { TAG_HEADER_BYTES } from './tag-reader';

/** Trailing PreviousTagSize of each tag. */
const TAG_TRAILER_BYTES = 4;

/**
 * The first bytes of a stream: FLV header and PreviousTagSize0 (Adobe Flash Video File Format 10.1, Annex E.2 and E.3).
 * Returns 13 fresh bytes.
 */
export function flvHeader(hasVideo: boolean, hasAudio: boolean): Uint8Array {
  const flags = (hasAudio ? 4 : 0) | (hasVideo ? 1 : 0);
  return Uint8Array.of(0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0);
}

/**
 * One tag with its PreviousTagSize (Annex E.4.1): 15 + data.length fresh bytes.
 * @param timestampMs modulo 2^32; fractions are cut
 * @param data the tag's body, up to 2^24 - 1 bytes
 */
export function flvTag(type: number, timestampMs: number, data: Uint8Array): Uint8Array {
  const tagBytes = TAG_HEADER_BYTES + data.length;
  const bytes = new Uint8Array(tagBytes + TAG_TRAILER_BYTES);
  bytes[0] = type;
  bytes[1] = data.length >>> 16;
  bytes[2] = data.length >>> 8;
  bytes[3] = data.length;
  bytes[4] = timestampMs >>> 16;
  bytes[5] = timestampMs >>> 8;
  bytes[6] = timestampMs;
  bytes[7] = timestampMs >>> 24;
  bytes.set(data, TAG_HEADER_BYTES);
  bytes[tagBytes] = tagBytes >>> 24;
  bytes[tagBytes + 1] = tagBytes >>> 16;
  bytes[tagBytes + 2] = tagBytes >>> 8;
  bytes[tagBytes + 3] = tagBytes;
  return bytes;
}
