import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createFlvReader } from '../../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../../p2p-core/flv/tag-writer';
import { remuxToMp4 } from '../../../store/snapshot/mp4-remux';
import type { RemuxResult } from '../../../store/snapshot/mp4-remux';
import { readMp4 } from '../../support/mp4-file';
import type { Mp4TrackInfo } from '../../support/mp4-file';
import { MemoryFiles } from './memory-files';

/** Films to make MP4 of, and the way there. */
export const WALL_MS = Date.UTC(2026, 2, 9);
export const fixture = (name: string): Buffer => fs.readFileSync(`devkit/fixtures/${name}.flv`);
export const HIGH = fixture('high');
export const VIDEO = 9;
export const AUDIO = 8;
/** Sequence headers of a small camera: 320 × 180, and AAC of 8 kHz with one channel. */
export const AVC_HEADER = headerOf(fixture('standard'), VIDEO);
export const OTHER_AVC_HEADER = headerOf(HIGH, VIDEO);
/** Of x265 at 1920 × 1080. */
export const HEVC_RECORD =
  '0104080000009e080000000078f000fcfff8f800000f03a00001001740010c01ffff0408000003009e0800000300' +
  '0078959809a10001002e4201010408000003009e08000003000078900078' +
  '10021cb2cacd24995e02dc080800100000030010000003005080a2000100084401c172860c4624';
export const AAC_HEADER = Uint8Array.of(0xaf, 0, 0x15, 0x88);

export interface Tag {
  type: number;
  timestampMs: number;
  data: Uint8Array;
  isHeader: boolean;
}

export function tagsOf(file: Uint8Array): Tag[] {
  const tags: Tag[] = [];
  createFlvReader({
    onTag: ({ type, timestampMs, data, isSequenceHeader }) =>
      tags.push({ type, timestampMs, data: data.slice(), isHeader: isSequenceHeader }),
  }).feed(file);
  return tags;
}

export function headerOf(file: Uint8Array, type: number): Uint8Array {
  return tagsOf(file).find((tag) => tag.isHeader && tag.type === type)!.data;
}

/** A picture of a few bytes; `offsetMs` from decoding to showing. */
export function picture(mark: number, isKey: boolean, offsetMs = 0): Uint8Array {
  return Uint8Array.of(isKey ? 0x17 : 0x27, 1, offsetMs >> 16, offsetMs >> 8, offsetMs, 0, 0, 0, 1, mark);
}

export const sound = (mark: number): Uint8Array => Uint8Array.of(0xaf, 1, 0x21, mark);

export function flv(...tags: [type: number, timestampMs: number, data: Uint8Array][]): Uint8Array {
  return Buffer.concat([
    flvHeader(true, true),
    ...tags.map(([type, timestampMs, data]) => flvTag(type, timestampMs, data)),
  ]);
}

export const tagChunk = (type: number, timestampMs: number, data: Uint8Array): ArrayBuffer =>
  flvTag(type, timestampMs, data).buffer as ArrayBuffer;

export async function remux(source: Uint8Array, files = new MemoryFiles()): Promise<RemuxResult> {
  files.files.set('in.flv', source);
  return new Promise((resolve) =>
    remuxToMp4({ files, from: 'in.flv', to: 'out.mp4', wallMs: WALL_MS }, resolve),
  );
}

export async function mp4Of(source: Uint8Array): Promise<{ video: Mp4TrackInfo; audio: Mp4TrackInfo }> {
  const files = new MemoryFiles();
  const { errmsg, fileBytes } = await remux(source, files);
  assert.equal(errmsg, '');
  const file = files.files.get('out.mp4')!;
  assert.equal(fileBytes, file.length);
  assert.equal(files.openCount, 0);
  const tracks = readMp4(file);
  const track = (kind: string): Mp4TrackInfo => tracks.find((each) => each.kind === kind)!;
  return { video: track('vide'), audio: track('soun') };
}
