import { once } from 'node:events';
import fs from 'node:fs';
import type { Writable } from 'node:stream';
import { createP2PModule } from '../../p2p-core/api/module';
import type { TracedModuleOptions } from '../../p2p-core/api/module';
import type { Clock } from '../../p2p-core/port/port';
import { createTransport } from '../../p2p-core/transport/transport';
import { QUALITIES } from '../camera/live-source';
import { createNodePort } from '../port/node-port';
import { QlogFileWriter } from '../trace/qlog-file';
import { traceTransports } from '../trace/qlog-trace';
import {
  loginFrom,
  logTo,
  numberOption,
  requiredOption,
  stringOption,
  UsageError,
  VERBOSE_OPTION,
} from './command';
import type { Command } from './command';
import { PATH_HELP, pathOption } from './turn-options';
import { recordLive } from './recording';

const MAX_SECONDS = 7 * 24 * 3600;

export const viewCommand: Command = {
  name: 'view',
  summary: 'view a camera without a screen: record its live stream as FLV',
  help: `usage: iot-p2p view XP2PINFO -o FILE [--seconds N] [--quality QUALITY] [--qlog FILE]

Connects to a camera and records it until stopped with Ctrl-C, or for N seconds of the stream's time.

  XP2PINFO           what the camera printed
  -o, --output FILE  the FLV file to write; - for standard output, to pipe it into a player
  --seconds N        stop after so much video
  --quality QUALITY  standard, high (default) or super
${PATH_HELP}
  --qlog FILE        also write a trace of every packet, without its contents, for https://qvis.quictools.info
  -v, --verbose      tell more

environment:
  IOT_P2P_LOGIN      user:password for the rendezvous`,
  options: {
    output: { type: 'string', short: 'o' },
    seconds: { type: 'string' },
    quality: { type: 'string' },
    path: { type: 'string' },
    qlog: { type: 'string' },
    ...VERBOSE_OPTION,
  },
  positionals: ['XP2PINFO'],
  async run(values, [xp2pInfo = ''], context) {
    const output = requiredOption(values, 'output');
    const seconds = numberOption(values, 'seconds', 1, MAX_SECONDS) ?? Infinity;
    const pathPolicy = pathOption(values);
    const quality = stringOption(values, 'quality') ?? 'high';
    if (!(QUALITIES as readonly string[]).includes(quality)) {
      throw new UsageError(`--quality must be one of ${QUALITIES.join(', ')}`);
    }
    const qlogFile = stringOption(values, 'qlog');
    const login = loginFrom(context);
    // Loopback too: the camera may run on this very host.
    const port = createNodePort({ log: logTo(context, values), includeLoopback: true });
    const sink = await openOutput(output);
    let trace: Trace | null = null;
    try {
      trace = qlogFile === undefined ? null : await openTrace(qlogFile, port.clock);
      const signals = [context.signal, sink.failed, ...(trace ? [trace.failed] : [])];
      const recording = await recordLive({
        ...{
          module: createP2PModule(port, trace?.options),
          clock: port.clock,
          xp2pInfo,
          quality,
          seconds,
          pathPolicy,
        },
        ...(login ? { login } : {}),
        signal: AbortSignal.any(signals),
        write: (bytes) => sink.stream.write(bytes),
        onConnected: (pathKind) => context.err(`connected (${pathKind})`),
        onPathChanged: (pathKind) => context.err(`path changed (${pathKind})`),
      });
      const { byteCount, pictureCount, mediaMs, firstByteMs } = recording;
      context.err(
        `${(mediaMs / 1000).toFixed(1)} s, ${pictureCount} pictures, ${byteCount} bytes` +
          (firstByteMs === null ? '' : `; first byte after ${Math.round(firstByteMs)} ms`),
      );
    } finally {
      try {
        await trace?.close();
      } finally {
        await sink.close();
      }
    }
    return 0;
  },
};

interface Output {
  stream: Writable;
  /** Aborted when nothing more can be written: the disk is full, or the reader of a pipe went away. */
  failed: AbortSignal;
  /** Waits until everything is written. Rejects with what went wrong, at any time. */
  close(): Promise<void>;
}

/** Rejects with the system's error when the file cannot be made, before anything is connected. */
async function openOutput(file: string): Promise<Output> {
  const failed = new AbortController();
  const isFile = file !== '-';
  const stream = isFile ? fs.createWriteStream(file) : process.stdout;
  if (isFile) await once(stream, 'open');
  stream.on('error', (error) => failed.abort(error));
  return {
    stream,
    failed: failed.signal,
    async close() {
      if (isFile && !failed.signal.aborted) {
        await new Promise<void>((resolve) => {
          stream.once('close', () => resolve());
          stream.end();
        });
      }
      if (failed.signal.aborted) throw failed.signal.reason;
    },
  };
}

interface Trace {
  /** For the module whose sessions are traced. */
  options: TracedModuleOptions;
  failed: AbortSignal;
  close(): Promise<void>;
}

async function openTrace(file: string, clock: Clock): Promise<Trace> {
  const sink = await openOutput(file);
  const writer = new QlogFileWriter((text) => sink.stream.write(text));
  writer.beginTrace({ title: 'iot-p2p view', vantagePoint: 'client', referenceTimeMs: clock.wallMs() });
  return {
    options: {
      createTransport: traceTransports(createTransport, (event) => writer.event(event), clock.nowMs()),
    },
    failed: sink.failed,
    close() {
      writer.end();
      return sink.close();
    },
  };
}
