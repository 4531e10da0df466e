/** `startLocalDownload` against the devkit's camera, in virtual time, encrypted: rate, memory, bytes after interruptions. */
import type { ByteFile } from '../../devkit/camera/byte-file';
import { Recordings } from '../../devkit/camera/recordings';
import { createRequestHandler } from '../../devkit/camera/request-handler';
import type { HttpServerHandler } from '../../p2p-core/http/types';
import type { Clock } from '../../p2p-core/index';
import type { LinkOptions } from '../../test/sim/link';
import { retainedBytes } from '../../test/fuzz/retained';
import { Prng } from '../../test/sim/prng';
import { presetOf } from '../../test/sim/presets';
import { inWorld } from '../../test/sim/session-world';
import type { SessionWorld } from '../../test/sim/session-world';
import type { SimViewer, Started } from '../../test/sim/session-world-viewer';
import { atLeast, atMost, finish, median, printTable, round } from '../lib/report';
import type { Row } from '../lib/report';

const SEEDS = [1, 2, 3];
const INTERRUPTED_SEEDS = Array.from({ length: 50 }, (_, i) => i + 1);
const RTT_MS = 40;
/** How long a download of the rate takes. */
const SECONDS = 8;
/** Over a path on which the start alone takes seconds. */
const LONG_SECONDS = 30;
const FILE_NAME = 'recording.mp4';
/** Both sides may be in the middle of something; longer than the idle timeout of a session. */
const LONG_OUTAGE_MS = 20_000;
const HOUR_MS = 3_600_000;

/** The byte of the file at this place; 251 is prime, so that a shifted block shows. */
const byteAt = (offset: number): number => (offset * 7 + Math.floor(offset / 251)) & 0xff;

function madeFile(byteCount: number): ByteFile {
  return {
    byteCount,
    etag: '"bench"',
    open: () => ({
      read: (offset, count) =>
        Uint8Array.from({ length: Math.min(count, byteCount - offset) }, (_, i) => byteAt(offset + i)),
      close: () => undefined,
    }),
  };
}

function cameraWith(byteCount: number): (clock: Clock) => HttpServerHandler {
  const file = madeFile(byteCount);
  const clip = {
    fileName: FILE_NAME,
    startS: 1_700_000_000,
    endS: 1_700_000_600,
    type: 0,
    file,
    flvIndex: null,
  };
  return (clock) => {
    const source = { tracks: () => null, subscribe: () => () => undefined };
    const channels = [{ name: 'camera', source, recordings: new Recordings([clip]) }];
    const serve = createRequestHandler({ clock, channels, viewerCount: () => 1 });
    return (request, response) => serve(request, response, 1);
  };
}

/** What the app keeps of a file: its length, and whether a byte was wrong. */
class SavedFile {
  bytes = 0;
  wrongBytes = 0;

  readonly onChunkReceived = (chunk: ArrayBuffer): void => {
    const bytes = new Uint8Array(chunk);
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== byteAt(this.bytes + i)) this.wrongBytes++;
    this.bytes += bytes.length;
  };
}

function download(world: SessionWorld, viewer: SimViewer, saved: SavedFile) {
  const urlParams = `channel=0&file_name=${FILE_NAME}&offset=${saved.bytes}`;
  const { onChunkReceived } = saved;
  return world.call(
    'startLocalDownload',
    viewer.module.startLocalDownload('a', { urlParams }, { onChunkReceived, onComplete: () => undefined }),
  );
}

/** Mbit/s of the file from the call to its end. */
async function rateOf(link: LinkOptions, seed: number, seconds = SECONDS): Promise<number> {
  const fileBytes = (link.bitsPerSecond! / 8) * seconds;
  let megabits = 0;
  await inWorld({ seed, rttMs: link.delayMs * 2, link, onRequest: cameraWith(fileBytes) }, async (world) => {
    const viewer = await ready(world);
    const saved = new SavedFile();
    const startMs = world.nowMs;
    const call = download(world, viewer, saved);
    await world.until('the file', () => call.isSettled, seconds * 20_000);
    if (call.value !== 0 || saved.bytes !== fileBytes || saved.wrongBytes > 0)
      throw new Error('a bad download');
    megabits = (fileBytes * 8) / (world.nowMs - startMs) / 1000;
  });
  return megabits;
}

interface Memory {
  /** The most that hangs on the viewer's module. */
  viewerMiB: number;
  /** What the process holds more than before, with camera, link and simulation: the median, since a collection comes late. */
  togetherMiB: number;
}

async function memoryOf(link: LinkOptions): Promise<Memory> {
  const fileBytes = (link.bitsPerSecond! / 8) * SECONDS;
  let viewerBytes = 0;
  const together: number[] = [];
  await inWorld({ seed: 1, rttMs: RTT_MS, link, onRequest: cameraWith(fileBytes) }, async (world) => {
    const viewer = await ready(world);
    const before = heldBytes();
    const call = download(world, viewer, new SavedFile());
    while (!call.isSettled) {
      await world.run(400, () => call.isSettled);
      viewerBytes = Math.max(viewerBytes, retainedBytes(viewer.module));
      together.push(heldBytes() - before);
    }
  });
  const mebi = (bytes: number): number => bytes / 1024 / 1024;
  return { viewerMiB: mebi(viewerBytes), togetherMiB: mebi(median(together)) };
}

function heldBytes(): number {
  globalThis.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

interface Interrupted {
  wrongBytes: number;
  missingBytes: number;
  interruptions: number;
}

/** A file of 3 MB, interrupted again and again, resumed with `offset` each time, as an app would. */
async function interrupted(seed: number): Promise<Interrupted> {
  const fileBytes = 3_000_000 + seed;
  const link = { bitsPerSecond: 8e6, queueBytes: 64 * 1024, lossRate: 0.01 };
  const random = new Prng(seed * 104_729);
  const saved = new SavedFile();
  let interruptions = 0;
  await inWorld({ seed, rttMs: RTT_MS, link, onRequest: cameraWith(fileBytes) }, async (world) => {
    const viewer = await ready(world);
    let service: Started | null = null;
    const deadlineMs = world.nowMs + HOUR_MS;
    while (saved.bytes < fileBytes && world.nowMs < deadlineMs) {
      if (service !== null && service.heard.count('disconnect') > 0) {
        viewer.stop('a');
        service = viewer.start('a');
      }
      const call = download(world, viewer, saved);
      await world.run(random.int(50, 1500), () => call.isSettled);
      if (!call.isSettled) {
        interruptions++;
        await interrupt(world, viewer, random);
      }
      await world.until('the end of the attempt', () => call.isSettled, 120_000);
      if (call.value !== 0) await world.run(200);
      service ??= { heard: viewer.services[viewer.services.length - 1]!, call: call as never };
    }
  });
  return { wrongBytes: saved.wrongBytes, missingBytes: fileBytes - saved.bytes, interruptions };
}

async function interrupt(world: SessionWorld, viewer: SimViewer, random: Prng): Promise<void> {
  const lose = async (forMs: number): Promise<void> => {
    world.network.filter = () => false;
    await world.run(forMs);
    world.network.filter = () => true;
  };
  switch (random.int(0, 3)) {
    case 0:
      return viewer.module.stopLocalDownload('a');
    case 1:
      return lose(random.int(100, 4000));
    case 2:
      return lose(LONG_OUTAGE_MS);
    default:
      world.camera.crash();
      await world.run(500);
      world.camera.boot();
      await world.until('the camera is online', () => world.camera.isOnline);
  }
}

async function ready(world: SessionWorld): Promise<SimViewer> {
  const viewer = world.addViewer();
  await viewer.getReady();
  viewer.start('a');
  await world.run(1000);
  return viewer;
}

async function main(): Promise<void> {
  const rows: Row[] = [];
  const lines: string[][] = [];
  for (const megabits of [3, 10, 25, 50]) {
    const queueBytes = Math.max(65_536, (megabits * 1e6 * RTT_MS) / 8000);
    const link = { delayMs: RTT_MS / 2, bitsPerSecond: megabits * 1e6, queueBytes, lossRate: 0.01 };
    const rates: number[] = [];
    for (const seed of SEEDS) rates.push(await rateOf(link, seed));
    const rate = median(rates);
    const held = await memoryOf(link);
    rows.push(
      atLeast(`download, ${megabits} Mbit/s, loss 1 %: share of the link`, rate / megabits, '', 0.9),
      atMost(`download, ${megabits} Mbit/s: memory of the viewer`, held.viewerMiB, 'MiB', 4),
      atMost(`download, ${megabits} Mbit/s: memory of both ends`, held.togetherMiB, 'MiB', 4),
    );
    lines.push([
      `${megabits} Mbit/s`,
      rate.toFixed(2),
      (rate / megabits).toFixed(3),
      held.viewerMiB.toFixed(2),
      held.togetherMiB.toFixed(2),
    ]);
  }
  printTable(
    `a file of ${SECONDS} s, RTT ${RTT_MS} ms, loss 1 %, from the call to the last byte (median of ${SEEDS.length} seeds)`,
    ['', 'Mbit/s', 'share of the link', 'memory of the viewer, MiB', 'of both ends'],
    lines,
  );
  const satellite = presetOf('satellite').down;
  const rates: number[] = [];
  for (const seed of SEEDS) rates.push(await rateOf(satellite, seed, LONG_SECONDS));
  const share = (median(rates) * 1e6) / satellite.bitsPerSecond!;
  rows.push({
    what: 'download, satellite (10 Mbit/s, RTT 560 ms): share of the link',
    value: round(share, 3),
    unit: '',
  });
  console.log(
    `\nover a satellite, 10 Mbit/s, RTT 560 ms, a file of ${LONG_SECONDS} s: ${share.toFixed(3)} of the link`,
  );
  const results: Interrupted[] = [];
  for (const seed of INTERRUPTED_SEEDS) results.push(await interrupted(seed));
  const sum = (pick: (result: Interrupted) => number): number =>
    results.reduce((total, r) => total + pick(r), 0);
  const interruptions = sum((result) => result.interruptions);
  rows.push(
    { what: 'download, interrupted: interruptions', value: interruptions, unit: '' },
    atMost(
      'download, interrupted: wrong bytes',
      sum((result) => result.wrongBytes),
      'bytes',
      0,
    ),
    atMost(
      'download, interrupted: missing or more bytes',
      sum((r) => Math.abs(r.missingBytes)),
      'bytes',
      0,
    ),
  );
  console.log(
    `\n${results.length} files of 3 MB with ${interruptions} interruptions (stop, outage, lost link, camera restarted): ` +
      `${sum((result) => result.wrongBytes)} wrong bytes, ${round(sum((r) => Math.abs(r.missingBytes)))} missing`,
  );
  finish('download', rows);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 2;
});
