import fs from 'node:fs';
import path from 'node:path';
import { diskFile } from './byte-file';
import { FlvIndex } from './flv-index';
import { Recordings } from './recordings';
import type { RecordedClip } from './recordings';

const INDEX_FILE = 'index.json';
const PLAYABLE = '.flv';
const DOWNLOAD_ONLY = '.mp4';

/**
 * Reads a folder of recordings: FLV files, which can be played and downloaded, MP4 files, which can be downloaded, and
 * `index.json`, a list of `{ "file", "start", "end", "type", "channel" }`: the file's name within the folder, unix seconds,
 * and two numbers that are 0 where they are missing. `end` may be missing for FLV: it is where the file ends.
 * Every FLV file is read once, here. Returns the recordings of each channel that has some. Throws an Error that says
 * what is wrong.
 */
export function readRecordingFolder(folder: string): Map<number, Recordings> {
  const clips = new Map<number, RecordedClip[]>();
  for (const entry of readIndex(path.join(folder, INDEX_FILE))) {
    const { channel, clip } = readClip(folder, entry);
    const ofChannel = clips.get(channel) ?? [];
    if (ofChannel.some((other) => other.fileName === clip.fileName)) {
      throw new Error(`${INDEX_FILE}: ${clip.fileName} is there twice`);
    }
    clips.set(channel, [...ofChannel, clip]);
  }
  return new Map([...clips].map(([channel, ofChannel]) => [channel, new Recordings(ofChannel)]));
}

function readIndex(file: string): unknown[] {
  const text = fs.readFileSync(file, 'utf8');
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
  if (!Array.isArray(entries)) throw new Error(`${file} must be a list`);
  return entries;
}

function readClip(folder: string, entry: unknown): { channel: number; clip: RecordedClip } {
  const fields = Object(entry) as Record<string, unknown>;
  const fileName = fields['file'];
  // A path would let an index name any file of the host, and viewers then fetch it.
  if (typeof fileName !== 'string' || fileName === '' || path.basename(fileName) !== fileName) {
    throw new Error(`${INDEX_FILE}: file must be the name of a file in ${folder}`);
  }
  const number = (name: string, fallback?: number): number => {
    const value = fields[name] ?? fallback;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw new Error(`${INDEX_FILE}: ${name} of ${fileName} must be a whole number`);
    }
    return value;
  };
  const extension = path.extname(fileName).toLowerCase();
  if (extension !== PLAYABLE && extension !== DOWNLOAD_ONLY) {
    throw new Error(`${INDEX_FILE}: ${fileName} is neither ${PLAYABLE} nor ${DOWNLOAD_ONLY}`);
  }
  const file = diskFile(path.join(folder, fileName));
  let index: FlvIndex | null = null;
  try {
    if (extension === PLAYABLE) index = new FlvIndex(file);
  } catch (error) {
    throw new Error(`${path.join(folder, fileName)}: ${(error as Error).message}`);
  }
  const startS = number('start');
  const endS = number('end', index === null ? undefined : startS + Math.ceil((index.durationMs + 1) / 1000));
  if (endS <= startS) throw new Error(`${INDEX_FILE}: ${fileName} must end after its start`);
  const flvIndex = index === null ? null : (): FlvIndex => index;
  return {
    channel: number('channel', 0),
    clip: { fileName, startS, endS, type: number('type', 0), file, flvIndex },
  };
}
