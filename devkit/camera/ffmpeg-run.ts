import { spawn } from 'node:child_process';
import { withoutSecrets } from './source-url';

export interface FfmpegRunOptions {
  /** Takes its standard output; an error text ends the run, null while all is well. */
  cut: (bytes: Uint8Array) => string | null;
  /** Once, unless it was stopped. `reason` holds no secret. */
  onEnd(reason: string): void;
  /** A line of its log; a text ends the run, with it as the reason. */
  onLine?(line: string): string | null;
  /** Whether it reads what `write` gives it. */
  hasInput?: boolean;
}

export interface FfmpegRun {
  /** Then `onEnd` does not come, and nothing is cut. */
  stop(): void;
  /** The bytes are the run's. Ignored once it is over. */
  write(bytes: Uint8Array): void;
  /** Nothing more is written; `onEnd` comes when it is through with what was. */
  end(): void;
  /** What it has not read yet. */
  unwrittenBytes(): number;
}

const MAX_LOG_LINE_CHARS = 400;
const KILL_AFTER_MS = 2_000;

/** Runs ffmpeg in a process of its own, never through a shell. `onEnd` does not come from inside this call. */
export function runFfmpeg(program: string, args: readonly string[], options: FfmpegRunOptions): FfmpegRun {
  let isOver = false;
  let lastError = '';
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  // Whoever writes to a program that has just ended is told by 'close'.
  child.stdin.on('error', () => {});
  if (options.hasInput !== true) child.stdin.end();
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
    options.onEnd(reason);
  };
  child.stdout.on('data', (bytes: Buffer) => {
    if (isOver) return;
    const problem = options.cut(bytes);
    if (problem !== null) end(problem);
  });
  onLines(child.stderr, (line) => {
    if (isOver) return;
    const problem = options.onLine?.(line) ?? null;
    if (problem !== null) end(problem);
    lastError = explain(line) ?? lastError;
  });
  child.on('error', (error: NodeJS.ErrnoException) => {
    end(error.code === 'ENOENT' ? `${program} is not installed` : error.message);
  });
  // 'close' and not 'exit': what it said last is read by then.
  child.on('close', (code) => end(lastError || `ffmpeg ended with ${code ?? 'a signal'}`));
  return {
    stop,
    write: (bytes) => void (isOver || child.stdin.write(bytes)),
    end: () => void child.stdin.end(),
    unwrittenBytes: () => child.stdin.writableLength,
  };
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
  // Which part of it says so, and the address: who prints it says that already.
  return withoutSecrets(line.replace(/^\[[^\]]*\]\s*/, '').trim()).replace(/^\w+:\/\/\S+: /, '');
}

function onLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(0, MAX_LOG_LINE_CHARS);
    for (const line of lines) onLine(line.slice(0, MAX_LOG_LINE_CHARS));
  });
}
