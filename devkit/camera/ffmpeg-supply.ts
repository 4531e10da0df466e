import { spawn } from 'node:child_process';
import type { SourceSpec } from './source-url';
import { withoutSecrets } from './source-url';
import { flvTagCutter } from './tag-supply';
import type { TagHandler, TagSupply } from './tag-supply';

/** copy: as the camera sends it. aac, h264: made anew, which costs computing time. none: left out. */
export interface CodecChoice {
  /** Default auto: AAC and MP3 as they are, everything else made AAC, since players know these two. */
  audio?: 'auto' | 'copy' | 'aac' | 'none';
  /** Default copy. */
  video?: 'copy' | 'h264';
}

export interface FfmpegSupplyOptions extends CodecChoice {
  /** Default `ffmpeg`, found in PATH. */
  program?: string;
  /** Default tcp, which comes through every network; udp saves a little delay on a good one. */
  rtspTransport?: 'tcp' | 'udp';
}

type FfmpegSpec = Extract<SourceSpec, { kind: 'rtsp' | 'v4l2' }>;

const MAX_LOG_LINE_CHARS = 400;
const KILL_AFTER_MS = 2_000;
const PLAYABLE_AUDIO = ['aac', 'mp3'];

/**
 * Reads a camera through ffmpeg, in a process of its own, as FLV. Nothing is decoded where the choice is `copy`. The
 * arguments go to the program as they are, never through a shell; whoever may list the processes of this host sees them.
 */
export function createFfmpegSupply(spec: FfmpegSpec, options: FfmpegSupplyOptions = {}): TagSupply {
  const { program = 'ffmpeg' } = options;
  const name = spec.kind === 'rtsp' ? withoutSecrets(spec.url) : spec.device;
  /** Learned from the first run. */
  let needsAac = false;
  return {
    name,
    start(handler) {
      const audio = options.audio ?? 'auto';
      const chosen = audio === 'auto' ? (needsAac ? 'aac' : 'copy') : audio;
      return run(program, ffmpegArguments(spec, { ...options, audio: chosen }), {
        onTag: (tag) => handler.onTag(tag),
        onEnd: (reason) => handler.onEnd(reason),
        onAudioCodec(codec) {
          if (audio !== 'auto' || needsAac || PLAYABLE_AUDIO.includes(codec)) return false;
          needsAac = true;
          return true;
        },
      });
    },
  };
}

export function ffmpegArguments(
  spec: FfmpegSpec,
  { audio = 'copy', video = 'copy', rtspTransport = 'tcp' }: FfmpegSupplyOptions,
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
    // Tags leave as they are made; the header says nothing of a duration.
    ...['-f', 'flv', '-flvflags', 'no_duration_filesize', '-flush_packets', '1', 'pipe:1'],
  ];
}

interface RunHandler extends TagHandler {
  /** Returns whether the run must begin again with other arguments. */
  onAudioCodec(codec: string): boolean;
}

function run(program: string, args: readonly string[], handler: RunHandler): () => void {
  let isOver = false;
  let lastError = '';
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => {
    isOver = true;
    child.kill('SIGTERM');
    // A camera that does not answer can hold ffmpeg up when it says goodbye.
    const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    timer.unref();
    child.once('exit', () => clearTimeout(timer));
  };
  const end = (reason: string): void => {
    if (isOver) return;
    stop();
    handler.onEnd(reason);
  };
  const cut = flvTagCutter((tag) => {
    if (!isOver) handler.onTag(tag);
  });
  child.stdout.on('data', (bytes: Buffer) => {
    if (isOver) return;
    const problem = cut(bytes);
    if (problem !== null) end(problem);
  });
  onLines(child.stderr, (line) => {
    // Of the input only: the output's streams are listed behind "Output".
    const audio = /^\s+Stream #0:\d+.*?: Audio: (\w+)/.exec(line);
    if (audio && handler.onAudioCodec(audio[1]!)) end(`the sound is ${audio[1]}: it is made AAC`);
    lastError = explain(line) ?? lastError;
  });
  child.on('error', (error: NodeJS.ErrnoException) => {
    end(error.code === 'ENOENT' ? `${program} is not installed` : error.message);
  });
  // 'close' and not 'exit': what it said last is read by then.
  child.on('close', (code) => end(lastError || `ffmpeg ended with ${code ?? 'a signal'}`));
  return stop;
}

/** The lines of ffmpeg that tell why it ends, in words for somebody who has a camera and not the sources of ffmpeg. */
function explain(line: string): string | null {
  const codec = /codec (\w+).*not compatible with flv|Video: (hevc|h265)\b.*\bflv\b/i.exec(line);
  if (codec) {
    return `the camera sends ${codec[1] ?? codec[2]}, which this ffmpeg cannot put into FLV: set the camera to H.264, or use --video h264`;
  }
  if (/401 Unauthorized|403 Forbidden/.test(line)) return 'the camera refuses user or password (401)';
  if (/404 Not Found/.test(line)) return 'the camera has no such stream (404)';
  if (/matches no streams/.test(line)) return 'the source has no pictures';
  if (!/error|failed|refused|unreachable|timed out|invalid|no such file/i.test(line)) return null;
  return withoutSecrets(line.replace(/^\[[^\]]*\]\s*/, '').trim());
}

function onLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(0, MAX_LOG_LINE_CHARS);
    for (const line of lines) onLine(line.slice(0, MAX_LOG_LINE_CHARS));
  });
}
