import { spawn } from 'node:child_process';
import type { OpenTalkSink, TalkFormat } from './talk-sink';

/** What a program may be behind before the talk is broken off: 8 s of the usual 16 KB/s. */
const MAX_UNREAD_BYTES = 128 * 1024;
/** For the last words, once it has been told that there is no more. */
const END_GRACE_MS = 5_000;
const KILL_AFTER_MS = 2_000;

/**
 * Gives each talk to a program of its own, on its standard input: 16-bit little-endian PCM, or FLV with AAC. `argv` is the
 * program and its arguments, which no shell reads; `{format}` (`s16le` or `flv`), `{rate}` (Hz) and `{channels}` in them are
 * what the viewer sends, and are in the environment too, as TALK_FORMAT, TALK_RATE and TALK_CHANNELS. The environment has none
 * of the agent's own secrets.
 */
export function talkProgram(
  argv: readonly string[],
  onEvent: (level: 'info' | 'warn', text: string) => void = () => {},
): OpenTalkSink {
  return (format) => {
    const values = valuesOf(format);
    const [program = '', ...args] = argv.map((text) =>
      text.replace(/\{(format|rate|channels)\}/g, (_, name: keyof typeof values) => values[name]),
    );
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], env: environmentOf(values) });
    /** Why nothing more can be said; null while it listens. */
    let failure: string | null = null;
    let isClosed = false;
    child.stdin.on('error', () => {});
    child.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.code === 'ENOENT' ? 'is not installed' : `does not start: ${error.code}`;
      onEvent('warn', `talk: ${program} ${failure}`);
    });
    child.on('exit', (code) => {
      failure ??= `has ended with ${code ?? 'a signal'}`;
      if (!isClosed || code !== 0) onEvent('warn', `talk: ${program} ${failure}`);
    });
    return {
      write(bytes) {
        if (child.stdin.writableLength > MAX_UNREAD_BYTES) failure ??= 'does not read';
        if (failure !== null) throw new Error(`${program} ${failure}`);
        // The bytes are borrowed, and the pipe may take its time.
        child.stdin.write(Buffer.from(bytes));
      },
      close() {
        isClosed = true;
        child.stdin.end();
        const timers = [
          setTimeout(() => child.kill('SIGTERM'), END_GRACE_MS),
          setTimeout(() => child.kill('SIGKILL'), END_GRACE_MS + KILL_AFTER_MS),
        ];
        for (const timer of timers) timer.unref();
        child.once('exit', () => timers.forEach(clearTimeout));
      },
    };
  };
}

function valuesOf(format: TalkFormat): { format: string; rate: string; channels: string } {
  if (format.kind === 'flv') return { format: 'flv', rate: '', channels: '' };
  return { format: 's16le', rate: String(format.sampleRateHz), channels: String(format.channelCount) };
}

function environmentOf({ format, rate, channels }: ReturnType<typeof valuesOf>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('IOT_P2P_'));
  return { ...Object.fromEntries(own), TALK_FORMAT: format, TALK_RATE: rate, TALK_CHANNELS: channels };
}
