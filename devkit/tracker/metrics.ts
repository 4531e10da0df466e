import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkerStats } from './worker';

/** What goes up and down; everything else only grows. */
const GAUGES = new Set<keyof WorkerStats>([
  'isOnline',
  'audits',
  'streams',
  'swarms',
  'members',
  'onPeers',
  'waiting',
  'undecided',
  'reserved',
  'spareQuarters',
  'banned',
]);

/** In the text format of Prometheus, version 0.0.4. Holds numbers only. */
export function metricsText(stats: WorkerStats): string {
  const lines: string[] = [];
  for (const [key, value] of Object.entries(stats)) {
    const isGauge = GAUGES.has(key as keyof WorkerStats);
    const words = key.replace(/^is/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const name = `iotp2p_tracker${words.startsWith('_') ? '' : '_'}${words}${isGauge ? '' : '_total'}`;
    lines.push(`# TYPE ${name} ${isGauge ? 'gauge' : 'counter'}`, `${name} ${Number(value)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** `/metrics`, and `/healthz` with 200 while the broker is reached and 503 else, for this host alone. */
export async function serveMetrics(
  port: number,
  stats: () => WorkerStats,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = http.createServer((request, response) => {
    const now = stats();
    if (request.url === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(metricsText(now));
    } else if (request.url === '/healthz') {
      response.writeHead(now.isOnline ? 200 : 503, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify(now)}\n`);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
