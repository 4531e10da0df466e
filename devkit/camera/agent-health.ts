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

/** How a camera agent is. */
export interface AgentStatus {
  isOnline: boolean;
  viewers: number;
  sources: SourceStatus[];
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Tells this host, and no other, how the agent is: `GET /healthz` is 200 while new viewers can find the camera and 503 while
 * they cannot, with the status as JSON; `GET /metrics` is for Prometheus (text format 0.0.4). Rejects with the system's error
 * when the port is taken.
 */
export async function startHealthServer(port: number, status: () => AgentStatus): Promise<HealthServer> {
  const server = http.createServer((request, response) => {
    const now = status();
    switch (request.url) {
      case '/healthz':
        response.writeHead(now.isOnline ? 200 : 503, { 'content-type': 'application/json' });
        return response.end(`${JSON.stringify(now)}\n`);
      case '/metrics':
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
        return response.end(metrics(now));
      default:
        return response.writeHead(404).end();
    }
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

function metrics(status: AgentStatus): string {
  const cpu = process.cpuUsage();
  const lines: string[] = [];
  const add = (
    name: string,
    type: 'gauge' | 'counter',
    help: string,
    rows: [labels: string, value: number][],
  ) => {
    lines.push(`# HELP iot_p2p_${name} ${help}`, `# TYPE iot_p2p_${name} ${type}`);
    for (const [labels, value] of rows) lines.push(`iot_p2p_${name}${labels} ${value}`);
  };
  const perSource = (value: (source: SourceStatus) => number): [string, number][] =>
    status.sources.map((source) => [
      `{channel=${label(source.channel)},source=${label(source.source)}}`,
      value(source),
    ]);
  add('online', 'gauge', 'Whether new viewers can find the camera.', [['', Number(status.isOnline)]]);
  add('viewers', 'gauge', 'Viewers that are connected.', [['', status.viewers]]);
  add(
    'source_running',
    'gauge',
    'Whether the source is being read.',
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
  add('resident_bytes', 'gauge', 'Memory of the agent.', [['', process.memoryUsage.rss()]]);
  add('cpu_seconds_total', 'counter', 'Computing time of the agent.', [['', (cpu.user + cpu.system) / 1e6]]);
  return `${lines.join('\n')}\n`;
}

function label(text: string): string {
  return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}
