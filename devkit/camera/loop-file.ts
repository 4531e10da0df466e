import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import { concatBytes } from '../../p2p-core/bytes/concat';
import type { ByteFile } from './byte-file';
import type { FlvLoop } from './flv-loop';

/** Where the timestamp lies in a tag's header: 24 bits, then bits 24 to 31 (Flash Video File Format 10.1, Annex E.4.1). */
const TIMESTAMP_OFFSET = 4;

/**
 * An FLV file that shows a loop `roundCount` times. It is made where it is read: all rounds have the same bytes but for
 * their timestamps, so a file of any length costs the memory of one round.
 */
export function createLoopFile(loop: FlvLoop, roundCount: number): ByteFile {
  const head = concatBytes(
    flvHeader(loop.hasVideo, loop.hasAudio),
    ...loop.initTags.map((tag) => flvTag(tag.type, 0, tag.data)),
  );
  const tags = loop.mediaTags.map((tag) => flvTag(tag.type, tag.timestampMs, tag.data));
  const round = concatBytes(...tags);
  /** tagOffsets[i]: where tag i begins within a round. */
  const tagOffsets: number[] = [];
  let tagOffset = 0;
  for (const tag of tags) {
    tagOffsets.push(tagOffset);
    tagOffset += tag.length;
  }

  const writeTimestamps = (bytes: Uint8Array, roundAt: number, roundMs: number): void => {
    const firstOffset = Math.max(0, -roundAt);
    for (let index = lastAtOrBefore(tagOffsets, firstOffset); index < tagOffsets.length; index++) {
      const at = roundAt + tagOffsets[index]! + TIMESTAMP_OFFSET;
      if (at >= bytes.length) return;
      const timestampMs = roundMs + loop.mediaTags[index]!.timestampMs;
      const field = [timestampMs >>> 16, timestampMs >>> 8, timestampMs, timestampMs >>> 24];
      // The cut may lie anywhere, in the middle of a timestamp too.
      field.forEach((byte, i) => {
        if (at + i >= 0 && at + i < bytes.length) bytes[at + i] = byte & 0xff;
      });
    }
  };

  const byteCount = head.length + round.length * roundCount;
  return {
    byteCount,
    etag: `"loop-${round.length.toString(16)}-${roundCount}"`,
    open: () => ({
      read(offset, wantedBytes) {
        const bytes = new Uint8Array(Math.max(0, Math.min(wantedBytes, byteCount - offset)));
        if (offset < head.length) bytes.set(head.subarray(offset, offset + bytes.length));
        const endOffset = offset + bytes.length;
        const firstRound = Math.max(0, Math.floor((offset - head.length) / round.length));
        for (let index = firstRound; head.length + index * round.length < endOffset; index++) {
          /** Where this round begins in `bytes`; negative when its beginning was not asked for. */
          const at = head.length + index * round.length - offset;
          const fromRound = Math.max(0, -at);
          bytes.set(round.subarray(fromRound, bytes.length - at), at + fromRound);
          writeTimestamps(bytes, at, index * loop.durationMs);
        }
        return bytes;
      },
      close() {},
    }),
  };
}

/** The index of the last number that is not above `limit`; 0 when all are. */
function lastAtOrBefore(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
