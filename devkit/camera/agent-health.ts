import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SourceStatus {
  channel: string;
  /** Without any secret. */
  source: string;
  isRunning: boolean;
  viewers: number;
  starts: number;
  failures: number;
  tags: number;
}

/** How one camera of the agent is. */
export interface CameraStatus {
  name: string;
  /** Whether new viewers can find it by the owner's xp2pInfo. */
  isOnline: boolean;
  /** Of all its xp2pInfos. */
  viewers: number;
  grants: { name: string; isOnline: boolean; viewers: number }[];
  sources: SourceStatus[];
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Tells this host, and no other, how the agent is: `GET /healthz` is 200 while new viewers can find every camera and 503 while
 * they cannot, with the status as JSON; `GET /healthz/<name>` is the same of one camera; `GET /metrics` is for Prometheus (text
 * format 0.0.4). Rejects with the system's error when the port is taken.
 */
export async function startHealthServer(
  port: number,
  status: () => readonly CameraStatus[],
): Promise<HealthServer> {
  const server = http.createServer((request, response) => {
    const cameras = status();
    const [, page, name] = /^\/(healthz|metrics)(?:\/([^/?]+))?$/.exec(request.url ?? '') ?? [];
    if (page === 'metrics' && name === undefined) {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      return response.end(metrics(cameras));
    }
    const asked =
      name === undefined ? cameras : cameras.filter((camera) => encodeURIComponent(camera.name) === name);
    if (page !== 'healthz' || asked.length === 0) return response.writeHead(404).end();
    const isOnline = asked.every((camera) => camera.isOnline);
    response.writeHead(isOnline ? 200 : 503, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(name === undefined ? { isOnline, cameras } : asked[0])}\n`);
  });
  server.headersTimeout = server.requestTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

type Rows = readonly (readonly [labels: Record<string, string>, value: number])[];

function metrics(cameras: readonly CameraStatus[]): string {
  const cpu = process.cpuUsage();
  const lines: string[] = [];
  const add = (name: string, type: 'gauge' | 'counter', help: string, rows: Rows): void => {
    lines.push(`# HELP iot_p2p_${name} ${help}`, `# TYPE iot_p2p_${name} ${type}`);
    for (const [labels, value] of rows) lines.push(`iot_p2p_${name}${labelsOf(labels)} ${value}`);
  };
  const perGrant = (value: (grant: CameraStatus['grants'][number]) => number): Rows =>
    cameras.flatMap(({ name: camera, grants }) =>
      grants.map((grant) => [{ camera, grant: grant.name }, value(grant)] as const),
    );
  const perSource = (value: (source: SourceStatus) => number): Rows =>
    cameras.flatMap(({ name: camera, sources }) =>
      sources.map((each) => [{ camera, channel: each.channel, source: each.source }, value(each)] as const),
    );
  const { rss, heapUsed, external } = process.memoryUsage();
  add(
    'online',
    'gauge',
    'Whether new viewers can find the camera.',
    perGrant((each) => Number(each.isOnline)),
  );
  add(
    'viewers',
    'gauge',
    'Viewers that are connected.',
    perGrant((each) => each.viewers),
  );
  add(
    'source_running',
    'gauge',
    'Whether the source is read.',
    perSource((each) => Number(each.isRunning)),
  );
  add(
    'source_viewers',
    'gauge',
    'Who is watching the source.',
    perSource((each) => each.viewers),
  );
  add(
    'source_starts_total',
    'counter',
    'How often the source was started.',
    perSource((each) => each.starts),
  );
  add(
    'source_failures_total',
    'counter',
    'How often the source died.',
    perSource((each) => each.failures),
  );
  add(
    'source_tags_total',
    'counter',
    'FLV tags read.',
    perSource((each) => each.tags),
  );
  add('resident_bytes', 'gauge', 'Memory of the agent.', [[{}, rss]]);
  add('heap_bytes', 'gauge', 'Objects of the agent.', [[{}, heapUsed]]);
  add('external_bytes', 'gauge', 'Buffers of the agent.', [[{}, external]]);
  add('handles', 'gauge', 'Sockets, timers and processes.', [[{}, activeResources()]]);
  add('cpu_seconds_total', 'counter', 'Computing time of the agent.', [[{}, (cpu.user + cpu.system) / 1e6]]);
  return `${lines.join('\n')}\n`;
}

function labelsOf(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${quoted(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function quoted(text: string): string {
  return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}

/** Sockets, timers, processes. Node.js has the method since 17.3, its types since 20. */
function activeResources(): number {
  return (process as unknown as { getActiveResourcesInfo(): string[] }).getActiveResourcesInfo().length;
}
