import { runFfmpeg } from './ffmpeg-run';
import { fmp4TagCutter } from './fmp4-tags';
import type { HevcForm } from './fmp4-tags';
import type { SourceSpec } from './source-url';
import { withoutSecrets } from './source-url';
import { flvTagCutter } from './tag-supply';
import type { TagSupply } from './tag-supply';

/** copy: as the camera sends it. aac, h264: made anew, which costs computing time. none: left out. */
export interface CodecChoice {
  /** Default auto: AAC and MP3 as they are, everything else made AAC, since players know these two. */
  audio?: 'auto' | 'copy' | 'aac' | 'none';
  /** Default copy. */
  video?: 'copy' | 'h264';
  /** How tags name H.265 that is copied. Default fourcc (Enhanced RTMP); 12 is the private code of before. */
  hevc?: HevcForm;
}

export interface FfmpegSupplyOptions extends CodecChoice {
  /** Default `ffmpeg`, found in PATH. */
  program?: string;
  /** Default tcp, which comes through every network; udp saves a little delay on a good one. */
  rtspTransport?: 'tcp' | 'udp';
}

type FfmpegSpec = Extract<SourceSpec, { kind: 'rtsp' | 'v4l2' }>;

const PLAYABLE_AUDIO = ['aac', 'mp3'];

/**
 * Reads a camera through ffmpeg, in a process of its own, as FLV. Nothing is decoded where the choice is `copy`. The
 * arguments go to the program as they are, never through a shell; whoever may list the processes of this host sees them.
 */
export function createFfmpegSupply(spec: FfmpegSpec, options: FfmpegSupplyOptions = {}): TagSupply {
  const { program = 'ffmpeg' } = options;
  const name = spec.kind === 'rtsp' ? withoutSecrets(spec.url) : spec.device;
  /** Both are learned from the first run. */
  let needsAac = false;
  let isHevc = false;
  return {
    name,
    start(handler) {
      const { audio = 'auto', video = 'copy', hevc = 'fourcc' } = options;
      const chosen = audio === 'auto' ? (needsAac ? 'aac' : 'copy') : audio;
      const args = ffmpegArguments(spec, { ...options, audio: chosen, container: isHevc ? 'fmp4' : 'flv' });
      const run = runFfmpeg(program, args, {
        cut: isHevc
          ? fmp4TagCutter(hevc, (tag) => handler.onTag(tag))
          : flvTagCutter((tag) => handler.onTag(tag)),
        onEnd: (reason) => handler.onEnd(reason),
        onLine(line) {
          // Of the input only: the output's streams are listed behind "Output".
          const [, kind, codec = ''] = /^\s+Stream #0:\d+.*?: (Audio|Video): (\w+)/.exec(line) ?? [];
          if (kind === 'Video' && codec === 'hevc' && video === 'copy' && !isHevc) {
            isHevc = true;
            return 'the picture is H.265, which few players know: see --video';
          }
          if (kind !== 'Audio' || audio !== 'auto' || needsAac || PLAYABLE_AUDIO.includes(codec)) return null;
          needsAac = true;
          return `the sound is ${codec}: it is made AAC`;
        },
      });
      return () => run.stop();
    },
  };
}

export function ffmpegArguments(
  spec: FfmpegSpec,
  {
    audio = 'copy',
    video = 'copy',
    rtspTransport = 'tcp',
    container = 'flv',
  }: FfmpegSupplyOptions & { container?: 'flv' | 'fmp4' },
): string[] {
  const input =
    spec.kind === 'rtsp'
      ? ['-rtsp_transport', rtspTransport, '-i', spec.url]
      : ['-f', 'v4l2', '-i', spec.device];
  const isMade = video === 'h264' || spec.kind === 'v4l2';
  const pictures = isMade
    ? ['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '50']
    : ['-c:v', 'copy'];
  const sound = {
    copy: ['-map', '0:a:0?', '-c:a', 'copy'],
    aac: ['-map', '0:a:0?', '-c:a', 'aac', '-ar', '44100'],
    none: ['-an'],
    auto: ['-map', '0:a:0?', '-c:a', 'copy'],
  }[audio];
  return [
    ...[
      '-nostdin',
      '-hide_banner',
      '-nostats',
      '-loglevel',
      'info',
      '-fflags',
      '+genpts+nobuffer',
      '-analyzeduration',
      '1500000',
    ],
    ...input,
    ...['-map', '0:v:0', ...pictures, ...sound],
    ...OUTPUTS[container],
    ...['-flush_packets', '1', 'pipe:1'],
  ];
}

/**
 * Pictures leave as they are made, and headers say nothing of a duration. FLV of ffmpeg before 6.1 has no H.265, and of later
 * ones another form than older players know: MP4 in fragments has it everywhere, and is made FLV here.
 */
const OUTPUTS = {
  flv: ['-f', 'flv', '-flvflags', 'no_duration_filesize'],
  fmp4: ['-f', 'mp4', '-movflags', '+frag_every_frame+empty_moov+default_base_moof'],
};
