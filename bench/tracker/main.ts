import { randomFillSync } from 'node:crypto';
import { createNodePort } from '../../devkit/port/node-port';
import { startBroker } from '../../devkit/servers/broker';
import { DEFAULT_SETTINGS } from '../../devkit/tracker/settings';
import { RequestOpener } from '../../devkit/tracker/open-request';
import { makeStreamToken } from '../../devkit/tracker/token';
import { startTrackerWorker } from '../../devkit/tracker/worker';
import { createRendezvous } from '../../p2p-core/signaling/rendezvous';
import { SEGMENT_MS } from '../../p2p-core/swarm/segment';
import { parseStreamToken, streamIdOf } from '../../p2p-core/swarm/stream-token';
import { TrackerChannel } from '../../p2p-core/swarm/tracker-channel';
import { encodeTrackerMessage, encodeTrackerRequest } from '../../p2p-core/swarm/tracker-messages';
import {
  channelKeys,
  INBOX_BYTES,
  joinRoots,
  openRoots,
  rootsMac,
  sealAnswer,
  sealRequest,
} from '../../p2p-core/swarm/tracker-sealing';
import type { TrackerMessage, TrackerRequest } from '../../p2p-core/swarm/tracker-types';
import { answerBytes, requestBytes, rootsBytes } from '../../test/sim/swarm/wire-bytes';
import { atMost, finish, median, printTable, round } from '../lib/report';
import type { Row } from '../lib/report';
import { BenchCrowd, cpuMs } from './crowd';
import { measureRoots } from './roots';

const rows: Row[] = [];
const fillRandom = (bytes: Uint8Array): void => void randomFillSync(bytes);
const URL = 'https://live.example.com/a.flv';
const STREAM = streamIdOf(URL)!;
const SECRET = new Uint8Array(32).fill(1);
const ROUNDS = 6;
const ROOTS_MS = DEFAULT_SETTINGS.rootsMs;

function benchTracker(): void {
  const lines: string[][] = [];
  const costs = new Map<number, number>();
  for (const count of [100, 1000, 10_000]) {
    global.gc?.();
    const heapBefore = process.memoryUsage().heapUsed;
    const crowd = new BenchCrowd(count);
    for (let i = 0; i < count; i++) crowd.enter();
    crowd.round();
    global.gc?.();
    const heapKb = (process.memoryUsage().heapUsed - heapBefore) / count / 1024;
    const micros: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const { requests, busyMs } = crowd;
      crowd.round();
      micros.push((1000 * (crowd.busyMs - busyMs)) / (crowd.requests - requests));
    }
    const cost = median(micros);
    costs.set(count, cost);
    lines.push([
      String(count),
      cost.toFixed(1),
      Math.round(1e6 / cost).toLocaleString('en'),
      `${Math.round((100 * crowd.onPeers) / count)} %`,
      heapKb.toFixed(1),
    ]);
    rows.push({ what: `${count} viewers: request`, value: round(cost), unit: 'µs' });
    rows.push({ what: `${count} viewers: heap of a viewer`, value: round(heapKb), unit: 'KB' });
  }
  printTable(
    'The tracker alone: one stream, 30 % on mobile networks, uploads of 1.5 times the rate, a tenth replaced every 10 s',
    ['viewers', 'µs/request', 'requests/s', 'on peers', 'KB/viewer'],
    lines,
  );
  rows.push(
    atMost('request with 10 000 viewers against 1000', costs.get(10_000)! / costs.get(1000)!, 'x', 3),
  );
}

const microsOf = (count: number, run: () => void): number => {
  for (let i = 0; i < count / 5; i++) run();
  const beforeMs = cpuMs();
  for (let i = 0; i < count; i++) run();
  return (1000 * (cpuMs() - beforeMs)) / count;
};

const report: TrackerRequest = {
  ...{ kind: 'report', lagMs: 500, lossPermille: 3, isOnOrigin: false, upKbps: 1500, rateKbps: 1000 },
  ...{ upBytes: 1_000_000, peerBytes: 1_250_000, originBytes: 0 },
  parents: [3, 12, 0, 0].map((mask) => ({ peer: 'AAAAAAAAAAAA', mask })),
  children: [1, 1, 1, 1, 1].map((mask) => ({ peer: 'AAAAAAAAAAAA', mask })),
};
const offer = {
  ...{ peer: 'AAAAAAAAAAAA', mask: 3, pass: new Uint8Array(20), ticket: `XP2P${'A'.repeat(66)}%2.4.0` },
};
const roots: TrackerMessage = {
  kind: 'roots',
  roots: Array.from({ length: Math.max(1, ROOTS_MS / SEGMENT_MS) }, (_, segNo) => ({
    gopNo: 0x01000000,
    segNo,
    root: new Uint8Array(12),
  })),
};

async function benchSealing(): Promise<void> {
  const account = new Uint8Array(8);
  const inbox = new Uint8Array(INBOX_BYTES);
  const token = parseStreamToken(makeStreamToken(SECRET, URL, { account, expiryS: 4e9 }))!;
  const keys = channelKeys(STREAM, token.mac);
  const seal = (request: TrackerRequest): Uint8Array =>
    sealRequest(
      STREAM,
      token,
      keys,
      {
        stampMs: 1,
        inbox,
        message: encodeTrackerRequest(request),
      },
      fillRandom,
    );
  const answerOf = (message: TrackerMessage): Uint8Array =>
    sealAnswer(keys, 1, encodeTrackerMessage(message), fillRandom);
  const opener = new RequestOpener(SECRET);
  const sealed = seal(report);
  const message = encodeTrackerMessage(roots);
  const told = joinRoots(message, rootsMac(keys.roots, inbox, message));

  const offered: TrackerMessage = {
    ...{ kind: 'offer', holdMs: 15_000 },
    slots: [offer, offer],
    standbys: [offer, offer],
  };
  const join: TrackerRequest = {
    ...{ kind: 'join', variant: new Uint8Array(8), ticket: offer.ticket, linkKey: new Uint8Array(16) },
    ...{ isCellular: false, upKbps: 1500, rateKbps: 1000, url: URL, region: '' },
  };
  const timed: [string, number][] = [
    ['open a report', microsOf(2000, () => void opener.open(sealed))],
    ['seal an answer', microsOf(2000, () => void answerOf({ kind: 'ok' }))],
    ['seal an offer of four peers', microsOf(1000, () => void answerOf(offered))],
    ['tell one viewer a root, to the socket', await measureRoots(message)],
    ['check it (a phone does)', microsOf(2000, () => void openRoots(keys, inbox, told))],
  ];
  printTable(
    'Sealing, µs each',
    ['what', 'µs'],
    timed.map(([what, micros]) => [what, micros.toFixed(0)]),
  );
  for (const [what, micros] of timed) rows.push({ what, value: round(micros), unit: 'µs' });

  const sizes: [string, number][] = [
    ['join', requestBytes(encodeTrackerRequest(join).length)],
    ['report', requestBytes(encodeTrackerRequest(report).length)],
    ['ok', answerBytes(encodeTrackerMessage({ kind: 'ok' }).length)],
    ['offer of four peers', answerBytes(encodeTrackerMessage(offered).length)],
    ['root of a segment', rootsBytes(message.length)],
  ];
  printTable(
    'Bytes on the wire, MQTT and WebSocket included',
    ['message', 'bytes'],
    sizes.map(([what, bytes]) => [what, String(bytes)]),
  );
  const of = (what: string): number => sizes.find(([name]) => name === what)![1];
  // A key frame, each 2 s, is a segment by itself.
  const ofRoots = (1000 / Math.max(ROOTS_MS, SEGMENT_MS) + 0.5) * of('root of a segment');
  // A report and its answer each 10 s, an offer each two minutes.
  const perSecond = (of('report') + of('ok')) / 10 + ofRoots + of('offer of four peers') / 120;
  rows.push(
    atMost('all bytes between tracker and a viewer that others feed, a second', perSecond, 'B/s', 300),
  );
  rows.push({
    what: 'of them without the roots',
    value: round(perSecond - ofRoots),
    unit: 'B/s',
  });
}

/** Clients, broker and worker in this one process. */
async function benchWorker(): Promise<void> {
  const login = { user: 'tracker', password: 'bench' };
  const broker = await startBroker({ host: '127.0.0.1', port: 0, trackerLogin: login });
  const url = `ws://127.0.0.1:${broker.port}/mqtt`;
  const port = createNodePort();
  const worker = startTrackerWorker({ port, url, login, secret: SECRET, audit: null });
  const connections = Array.from({ length: 20 }, (_, i) =>
    createRendezvous({ url, login, clientId: `viewer-${i}`, port, fillRandom }),
  );
  let answers = 0;
  const viewers = connections.flatMap((rendezvous) =>
    Array.from({ length: 20 }, () => {
      const account = new Uint8Array(8);
      fillRandom(account);
      const token = parseStreamToken(makeStreamToken(SECRET, URL, { account, expiryS: 4e9 }))!;
      return new TrackerChannel({
        ...{ rendezvous, clock: port.clock, log: port.log, fillRandom, streamId: STREAM, token },
        onMessage: () => answers++,
      });
    }),
  );
  const settled = async (count: number): Promise<void> => {
    const deadlineMs = performance.now() + 20_000;
    while (answers < count && performance.now() < deadlineMs)
      await new Promise((done) => setTimeout(done, 1));
  };
  const join = {
    ...{ variant: new Uint8Array(8), ticket: offer.ticket, linkKey: new Uint8Array(16) },
    ...{ isCellular: false, upKbps: 1500, rateKbps: 1000, url: '', region: '' },
  };
  while (!worker.stats().isOnline || connections.some(({ state }) => state !== 'online'))
    await new Promise((done) => setTimeout(done, 5));
  for (const viewer of viewers) viewer.send({ kind: 'join', ...join });
  await settled(viewers.length);
  const rounds = 10;
  const beforeMs = cpuMs();
  for (let i = 1; i <= rounds; i++) {
    for (const viewer of viewers) viewer.send(report);
    await settled(viewers.length * (i + 1));
  }
  const perSecond = (1000 * (answers - viewers.length)) / (cpuMs() - beforeMs);
  console.log(
    `\nA whole worker with ${viewers.length} viewers, the embedded broker and the viewers themselves in one process: ` +
      `${Math.round(perSecond)} reports answered a second of computing`,
  );
  rows.push({
    what: 'worker, broker and viewers in one process',
    value: Math.round(perSecond),
    unit: 'reports/s of computing',
  });
  rows.push(atMost('reports that got no answer', viewers.length * (rounds + 1) - answers, '', 0));
  for (const viewer of viewers) viewer.close();
  for (const connection of connections) connection.close();
  await worker.close();
  await broker.close();
}

benchTracker();
void benchSealing()
  .then(benchWorker)
  .then(() => finish('tracker', rows));
