import type { ByteFile } from './byte-file';
import { FlvIndex } from './flv-index';
import type { FlvLoop } from './flv-loop';
import { createLoopFile } from './loop-file';
import { Recordings } from './recordings';
import type { RecordedClip } from './recordings';

/** 12 rounds of the built-in loops are two minutes. */
const ROUNDS_PER_CLIP = 12;
const CLIPS_PER_DAY = 6;
const CLIP_STEP_S = 30 * 60;
/** The newest clip ended so long ago. */
const NEWEST_AGE_S = 60;
const DAYS_AGO = [0, 2];
const DAY_S = 24 * 3600;

/**
 * Recordings for a camera that has no disk: clips of a couple of minutes, one every half hour, of the last hours and of the
 * same hours two days ago. The pictures are `loops`, taken in turn. Read when they are asked for, not before.
 */
export function simulatedRecordings(loops: readonly FlvLoop[], channel: number, wallMs: number): Recordings {
  const contents = loops.map((loop) => {
    const file = createLoopFile(loop, ROUNDS_PER_CLIP);
    let index: FlvIndex | null = null;
    const durationS = Math.ceil((loop.durationMs * ROUNDS_PER_CLIP) / 1000);
    return { file, durationS, flvIndex: (): FlvIndex => (index ??= new FlvIndex(file)) };
  });
  const nowS = Math.floor(wallMs / 1000);
  const clips: RecordedClip[] = [];
  for (const daysAgo of DAYS_AGO) {
    for (let i = 0; i < CLIPS_PER_DAY; i++) {
      const endS = nowS - daysAgo * DAY_S - NEWEST_AGE_S - i * CLIP_STEP_S;
      clips.push(clipOf(contents[clips.length % contents.length]!, channel, endS));
    }
  }
  return new Recordings(clips);
}

function clipOf(
  { file, durationS, flvIndex }: { file: ByteFile; durationS: number; flvIndex: () => FlvIndex },
  channel: number,
  endS: number,
): RecordedClip {
  const startS = endS - durationS;
  return { fileName: `ch${channel}-${timeName(startS)}.flv`, startS, endS, type: 0, file, flvIndex };
}

/** `yyyymmdd-hhmmss`, by this host's time zone. */
function timeName(unixS: number): string {
  const date = new Date(unixS * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}
