import { createNodePort } from '../port/node-port';
import { serveMetrics } from '../tracker/metrics';
import { loadOrCreateTrackerSecret } from '../tracker/secret-file';
import { startTrackerWorker } from '../tracker/worker';
import type { TrackerWorkerOptions, WorkerStats } from '../tracker/worker';
import {
  loginFrom,
  numberOption,
  requiredOption,
  stringOption,
  untilAborted,
  UsageError,
  VERBOSE_OPTION,
} from './command';
import type { CliContext, Command, OptionValues } from './command';

const MAX_SHARDS = 4096;

/** Shared by `tracker` and `servers --tracker`. */
export const AUDIT_OPTIONS = {
  'no-audit': { type: 'boolean' },
  'audit-origin': { type: 'string' },
  'audit-streams': { type: 'string' },
} as const;

export const AUDIT_HELP = `  --no-audit        do not look at origins: what is true comes from viewers, two accounts of which must agree. With one token
                    for all users nothing is shared then
  --audit-origin URL
                    where origins are reached from here, such as http://10.0.0.7:8080; default: as viewers reach them
  --audit-streams N most streams that are looked at; default 100`;

export const trackerCommand: Command = {
  name: 'tracker',
  summary: 'run the tracker of streams that viewers share, on any MQTT broker',
  help: `usage: iot-p2p tracker --broker URL --secret-file FILE [options]

Plans which viewer of a 1-to-many stream gets which part of it from whom, until stopped with Ctrl-C. It is a client of the
broker, as the viewers are; state is soft, so it may be stopped and started at any time.

  --broker URL      ws:// or wss:// of the MQTT broker
  --secret-file FILE
                    what stream tokens are made with (iot-p2p token); made at the first start where there is no such file
  --shards I/N      serve shard I, or shards I-J, of N (counted from 0): streams are spread over shards by their id, each
                    shard has one tracker. The apps are told N; default 0/1
${AUDIT_HELP}
  --metrics PORT    http://127.0.0.1:PORT/metrics for Prometheus, and /healthz; 0: any free port
  --health SECONDS  print how the tracker is as often as this, as a line of JSON
  -v, --verbose     tell more

environment:
  IOT_P2P_LOGIN     user:password for the broker; a broker that limits how much a client may send must except
                    this one: of iot-p2p servers it is the IOT_P2P_TRACKER_LOGIN`,
  options: {
    broker: { type: 'string' },
    'secret-file': { type: 'string' },
    shards: { type: 'string' },
    metrics: { type: 'string' },
    health: { type: 'string' },
    ...AUDIT_OPTIONS,
    ...VERBOSE_OPTION,
  },
  positionals: [],
  async run(values, _positionals, context) {
    const url = requiredOption(values, 'broker');
    if (!/^wss?:\/\//.test(url)) throw new UsageError('--broker must be a ws:// or wss:// URL');
    const secretFile = requiredOption(values, 'secret-file');
    const shards = shardsFrom(stringOption(values, 'shards') ?? '0/1');
    const metricsPort = numberOption(values, 'metrics', 0, 65535);
    const healthSeconds = numberOption(values, 'health', 1, 86_400);
    const audit = auditFrom(values);
    const login = loginFrom(context);
    const worker = startTrackerWorker({
      port: createNodePort({ log: jsonLog(context, values) }),
      ...{ url, shards, audit, secret: loadOrCreateTrackerSecret(secretFile) },
      ...(login ? { login } : {}),
    });
    const health = (): void => context.err(healthLine(worker.stats()));
    const timer = healthSeconds === undefined ? undefined : setInterval(health, healthSeconds * 1000);
    let metrics;
    try {
      if (metricsPort !== undefined) {
        metrics = await serveMetrics(metricsPort, () => worker.stats());
        context.out(`metrics http://127.0.0.1:${metrics.port}/metrics`);
      }
      context.out(`tracker of shards ${shards.first}-${shards.last} of ${shards.count}`);
      await untilAborted(context.signal);
    } finally {
      clearInterval(timer);
      await metrics?.close();
      await worker.close();
    }
    return 0;
  },
};

export function auditFrom(values: OptionValues): NonNullable<TrackerWorkerOptions['audit']> | null {
  const originBase = stringOption(values, 'audit-origin');
  const maxStreams = numberOption(values, 'audit-streams', 1, 100_000);
  if (originBase !== undefined && !/^https?:\/\/[^/?#@]+$/.test(originBase))
    throw new UsageError('--audit-origin must be http:// or https:// with a host, and no path');
  if (values['no-audit'] === true) return null;
  return { ...(originBase ? { originBase } : {}), ...(maxStreams ? { maxStreams } : {}) };
}

/** One JSON object a line: level, message. */
function jsonLog(context: CliContext, values: OptionValues) {
  const isVerbose = values['verbose'] === true;
  return (level: string, message: string): void => {
    if (!isVerbose && level === 'debug') return;
    context.err(JSON.stringify({ time: new Date().toISOString(), level, message }));
  };
}

const healthLine = (stats: WorkerStats): string =>
  JSON.stringify({ time: new Date().toISOString(), level: 'info', message: 'health', ...stats });

function shardsFrom(text: string): { first: number; last: number; count: number } {
  const match = /^(\d{1,4})(?:-(\d{1,4}))?\/(\d{1,4})$/.exec(text);
  const [first, last, count] = match ? [match[1], match[2] ?? match[1], match[3]].map(Number) : [1, 0, 0];
  if (first! > last! || last! >= count! || count! > MAX_SHARDS)
    throw new UsageError(`--shards must be I/N or I-J/N with I <= J < N <= ${MAX_SHARDS}, not ${text}`);
  return { first: first!, last: last!, count: count! };
}
