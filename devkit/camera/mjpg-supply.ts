import type { Clock } from '../../p2p-core/port/port';
import type { FfmpegSupplyOptions } from './ffmpeg-supply';
import { mjpgCutter } from './mjpg';
import { flvTagCutter } from './tag-supply';
import type { TagSupply } from './tag-supply';
import { FLV_INPUT, createTranscoder } from './transcoder';
import type { NamedStream, TranscoderInput } from './transcoder';

type Options = Pick<FfmpegSupplyOptions, 'program'>;

/** Of pictures that are made of video: enough for a small screen, and 1 to 2 Mbit/s. */
const PICTURES_PER_SECOND = 10;
const MAX_WIDTH_PX = 640;
/** Of ffmpeg's scale from 2, the best, to 31. */
const QUALITY = 7;
const KEYFRAME_INTERVAL_S = 2;

const COMMON = ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'warning', '-fflags', '+nobuffer'];
const OUTPUT = ['-flush_packets', '1', 'pipe:1'];

/** JPEG pictures made of a stream of video. */
export function createPicturesSupply(
  video: NamedStream,
  clock: Clock,
  { program = 'ffmpeg' }: Options = {},
): TagSupply {
  const scale = `fps=${PICTURES_PER_SECOND},scale='min(${MAX_WIDTH_PX},iw)':-2`;
  return createTranscoder(video, {
    name: `${video.name} as pictures`,
    args: [
      ...COMMON,
      ...['-analyzeduration', '500000', '-f', 'flv', '-i', 'pipe:0', '-map', '0:v:0', '-an', '-vf', scale],
      ...['-c:v', 'mjpeg', '-q:v', String(QUALITY), '-pix_fmt', 'yuvj420p', '-f', 'mpjpeg', ...OUTPUT],
    ],
    input: FLV_INPUT,
    makeCutter: (onTag) => mjpgCutter(clock, onTag),
    program,
  });
}

/** One JPEG after the other, as they come. */
const PICTURE_INPUT: TranscoderInput = { header: null, write: ({ data }) => data };

/** Video made of a stream of JPEG pictures, for players that know nothing else. */
export function createVideoSupply(pictures: NamedStream, { program = 'ffmpeg' }: Options = {}): TagSupply {
  return createTranscoder(pictures, {
    name: `${pictures.name} as video`,
    args: [
      ...COMMON,
      ...['-f', 'mjpeg', '-use_wallclock_as_timestamps', '1', '-i', 'pipe:0', '-an', '-c:v', 'libx264'],
      ...['-preset', 'veryfast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
      ...['-force_key_frames', `expr:gte(t,n_forced*${KEYFRAME_INTERVAL_S})`, '-fps_mode', 'vfr'],
      ...['-f', 'flv', '-flvflags', 'no_duration_filesize', ...OUTPUT],
    ],
    input: PICTURE_INPUT,
    makeCutter: flvTagCutter,
    program,
  });
}
