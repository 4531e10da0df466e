import fs from 'node:fs';
import path from 'node:path';
import { createFlvReader, TAG_HEADER_BYTES } from '../../p2p-core/flv/tag-reader';

/** `<channel>-<start ms>.part` while it is written, `<channel>-<start ms>-<end ms>.flv` when it is complete. */
const PART = /^(\d{1,4})-(\d{1,15})\.part$/;
const COMPLETE = /^(\d{1,4})-(\d{1,15})-(\d{1,15})\.flv$/;
const SCAN_BYTES = 256 * 1024;
const FLV_HEADER_BYTES = 13;
const PREVIOUS_TAG_SIZE_BYTES = 4;

export interface SegmentName {
  channel: number;
  startMs: number;
  /** null: it was not completed. */
  endMs: number | null;
}

export const partName = (channel: number, startMs: number): string => `${channel}-${startMs}.part`;
export const completeName = (channel: number, startMs: number, endMs: number): string =>
  `${channel}-${startMs}-${endMs}.flv`;

/** null for a file that no recorder has written. */
export function readSegmentName(fileName: string): SegmentName | null {
  const part = PART.exec(fileName);
  if (part) return { channel: Number(part[1]), startMs: Number(part[2]), endMs: null };
  const complete = COMPLETE.exec(fileName);
  if (!complete) return null;
  return { channel: Number(complete[1]), startMs: Number(complete[2]), endMs: Number(complete[3]) };
}

/**
 * Cuts a file behind its last whole tag and gives it the name of a complete one. Deletes it when there is no key frame, or
 * no media, in it. Returns the new path, null when nothing is left.
 */
export function repairSegment(file: string): string | null {
  const name = readSegmentName(path.basename(file));
  const { wholeBytes, lastMs, isPlayable } = measure(file);
  if (name === null || !isPlayable) {
    fs.rmSync(file);
    return null;
  }
  fs.truncateSync(file, wholeBytes);
  const target = path.join(
    path.dirname(file),
    completeName(name.channel, name.startMs, name.startMs + lastMs + 1),
  );
  fs.renameSync(file, target);
  return target;
}

/** What of a file is whole, whatever follows. */
function measure(file: string): { wholeBytes: number; lastMs: number; isPlayable: boolean } {
  let wholeBytes = FLV_HEADER_BYTES;
  let beforeLastTag = wholeBytes;
  let lastMs = 0;
  let isPlayable = false;
  let hasVideo = false;
  const reader = createFlvReader({
    onTag(tag) {
      beforeLastTag = wholeBytes;
      wholeBytes += TAG_HEADER_BYTES + tag.data.length + PREVIOUS_TAG_SIZE_BYTES;
      lastMs = Math.max(lastMs, tag.timestampMs);
      hasVideo ||= tag.type === 9;
      isPlayable ||= tag.isKeyframe || (!hasVideo && tag.type === 8 && !tag.isSequenceHeader);
    },
  });
  const fd = fs.openSync(file, 'r');
  try {
    const size = fs.fstatSync(fd).size;
    const buffer = new Uint8Array(SCAN_BYTES);
    for (let count; (count = fs.readSync(fd, buffer, 0, buffer.length, null)) > 0;) {
      if (!reader.feed(buffer.subarray(0, count))) break;
    }
    // The trailer of the last tag is missing: it is not whole.
    if (wholeBytes > size) wholeBytes = beforeLastTag;
  } finally {
    fs.closeSync(fd);
  }
  return { wholeBytes, lastMs, isPlayable };
}
