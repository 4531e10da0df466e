import fs from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../p2p-core/port/port';
import { fixturesFolder } from '../paths';
import { createFileSource } from './file-source';
import { readFlvLoop } from './flv-loop';
import type { FlvLoop } from './flv-loop';
import { QUALITIES } from './live-source';
import type { LiveSource, Quality } from './live-source';

/**
 * Opens what a user names as a camera's source: `test:` is the built-in moving test picture with sound; `file:<path>` is an
 * FLV file, shown for every quality, or a folder with `standard.flv`, `high.flv` and `super.flv` (one at least).
 * Throws an Error that says what is wrong.
 */
export function openSource(clock: Clock, name: string): LiveSource {
  if (name === 'test:') return createFileSource(clock, readFolder(fixturesFolder()));
  if (!name.startsWith('file:')) throw new Error(`unknown source ${name}: expected test: or file:<path>`);
  const file = name.slice('file:'.length);
  if (fs.statSync(file).isDirectory()) return createFileSource(clock, readFolder(file));
  const loop = readLoop(file);
  return createFileSource(clock, Object.fromEntries(QUALITIES.map((quality) => [quality, loop])));
}

function readFolder(folder: string): Partial<Record<Quality, FlvLoop>> {
  const loops: Partial<Record<Quality, FlvLoop>> = {};
  for (const quality of QUALITIES) {
    const file = path.join(folder, `${quality}.flv`);
    if (fs.existsSync(file)) loops[quality] = readLoop(file);
  }
  if (Object.keys(loops).length === 0) throw new Error(`no ${QUALITIES.join('.flv, ')}.flv in ${folder}`);
  return loops;
}

function readLoop(file: string): FlvLoop {
  try {
    return readFlvLoop(fs.readFileSync(file));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}
