import type { FfmpegSupplyOptions } from './ffmpeg-supply';
import { flvTagCutter } from './tag-supply';
import type { TagSupply } from './tag-supply';
import { FLV_INPUT, createTranscoder } from './transcoder';
import type { NamedStream } from './transcoder';

/** One step of a quality ladder. */
export interface Rung {
  /** Lines of the picture; its width follows from the source's shape. */
  height: number;
  bitsPerSecond: number;
}

/** `720p:1M`, `360p:300k`. Null where it is none. */
export function parseRung(text: string): Rung | null {
  const [, height, rate, unit] = /^([1-9]\d{1,3})p:([1-9]\d{0,5})([kM])$/.exec(text) ?? [];
  if (height === undefined) return null;
  return { height: Number(height), bitsPerSecond: Number(rate) * (unit === 'M' ? 1e6 : 1e3) };
}

const KEYFRAME_INTERVAL_S = 2;

/**
 * A smaller picture made of another stream, which is asked for as by a viewer: the camera is read once, however many qualities
 * are watched. Costs the time of one decoder and one encoder while it runs.
 */
export function createLadderSupply(
  main: NamedStream,
  rung: Rung,
  { program = 'ffmpeg' }: Pick<FfmpegSupplyOptions, 'program'> = {},
): TagSupply {
  return createTranscoder(main, {
    name: `${main.name} at ${rung.height}p`,
    args: ladderArguments(rung),
    input: FLV_INPUT,
    makeCutter: flvTagCutter,
    program,
  });
}

export function ladderArguments({ height, bitsPerSecond }: Rung): string[] {
  const rate = String(bitsPerSecond);
  return [
    ...['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'warning'],
    ...['-analyzeduration', '500000', '-f', 'flv', '-i', 'pipe:0', '-map', '0:v:0', '-map', '0:a:0?'],
    // Never larger than the source; even, as the encoder wants it.
    ...[
      '-vf',
      `scale=-2:'trunc(min(${height},ih)/2)*2'`,
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-tune',
      'zerolatency',
    ],
    ...['-pix_fmt', 'yuv420p', '-b:v', rate, '-maxrate', rate, '-bufsize', rate],
    ...['-force_key_frames', `expr:gte(t,n_forced*${KEYFRAME_INTERVAL_S})`, '-c:a', 'copy'],
    ...['-f', 'flv', '-flvflags', 'no_duration_filesize', '-flush_packets', '1', 'pipe:1'],
  ];
}
