import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createBbr } from '../../../p2p-core/transport/congestion/bbr';
import { createNewReno } from '../../../p2p-core/transport/congestion/new-reno';
import { StreamPriority } from '../../../p2p-core/transport/types';
import type { AckSample, CongestionController, CongestionFactory } from '../../../p2p-core/transport/types';
import type { LinkOptions } from '../../sim/link';
import { VideoSource, percentile } from '../../sim/video-source';
import { World } from '../../sim/world';
import type { HostOptions, Pair } from '../../sim/world';

const CONTROLLERS: Record<string, CongestionFactory> = { bbr: createBbr, newreno: createNewReno };
const VIDEO_SECONDS = 30;
const SEEDS = [1, 2, 3];

interface VideoResult {
  bitsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Bytes on the wire for each byte delivered. */
  wire: number;
}

/** 2 Mbit/s of live video from the server over a 20 Mbit/s path; three seeds together. */
function video(controller: string, rttMs: number, lossRate: number, host: HostOptions = {}): VideoResult {
  const delaysMs: number[] = [];
  let arrivedBytes = 0;
  let sentBytes = 0;
  for (const seed of SEEDS) {
    const world = new World(seed);
    const holder: { source?: VideoSource } = {};
    const pair = world.connect({
      forward: { delayMs: rttMs / 2, lossRate, bitsPerSecond: 20e6, queueBytes: 256 * 1024 },
      host,
      serverOptions: { congestion: CONTROLLERS[controller]! },
      client: (end) => ({
        onStreamData: (id, bytes) => {
          end.transport.consume(id, bytes.length);
          holder.source!.onData(bytes.length);
        },
      }),
    });
    const source = new VideoSource(
      world,
      pair.server,
      pair.server.transport.openStream(StreamPriority.Live),
      2e6,
    );
    holder.source = source;
    source.start(VIDEO_SECONDS * 1000);
    world.run(VIDEO_SECONDS * 1000);
    delaysMs.push(...source.delaysMs);
    arrivedBytes += source.arrivedBytes;
    sentBytes += pair.server.transport.stats().bytesSent;
  }
  return {
    bitsPerSecond: (arrivedBytes * 8) / (SEEDS.length * VIDEO_SECONDS),
    p50Ms: percentile(delaysMs, 0.5),
    p99Ms: percentile(delaysMs, 0.99),
    wire: sentBytes / arrivedBytes,
  };
}

/** Keeps a stream's send buffer full. */
function fill(pair: Pair, id: number): void {
  const chunk = new Uint8Array(64 * 1024);
  while (pair.server.transport.write(id, chunk) === chunk.length);
}

/** A greedy download from the server; bits per second that arrived after the first second. */
function bulk(controller: string, link: LinkOptions, seconds: number): { bitsPerSecond: number; pair: Pair } {
  const world = new World(7);
  let arrivedBytes = 0;
  const pair: Pair = world.connect({
    forward: link,
    serverOptions: { congestion: CONTROLLERS[controller]! },
    client: (end) => ({
      onStreamData: (id, bytes) => {
        end.transport.consume(id, bytes.length);
        arrivedBytes += bytes.length;
      },
    }),
    server: () => ({ onWritable: (id) => fill(pair, id) }),
  });
  fill(pair, pair.server.transport.openStream(StreamPriority.Download));
  pair.server.drive();
  world.run(1000);
  const before = arrivedBytes;
  world.run(1000 + seconds * 1000);
  return { bitsPerSecond: ((arrivedBytes - before) * 8) / seconds, pair };
}

describe('2 Mbit/s of live video, one-way delay of a picture', () => {
  // The quality targets at RTT 100, and what is reached with a margin at RTT 40.
  const limits: [rttMs: number, lossRate: number, p99Ms: number][] = [
    [40, 0, 50],
    [40, 0.02, 100],
    [40, 0.05, 140],
    [40, 0.1, 180],
    [100, 0, 76],
    [100, 0.02, 210],
    [100, 0.05, 280],
    [100, 0.1, 350],
  ];
  for (const [rttMs, lossRate, p99LimitMs] of limits) {
    test(`bbr carries it at RTT ${rttMs} ms and ${lossRate * 100} % loss`, (t) => {
      const { bitsPerSecond, p50Ms, p99Ms, wire } = video('bbr', rttMs, lossRate);
      t.diagnostic(
        `${(bitsPerSecond / 1e6).toFixed(2)} Mbit/s, p50 ${p50Ms.toFixed(0)}, p99 ${p99Ms.toFixed(0)} ms, wire ${wire.toFixed(3)}`,
      );
      assert.ok(bitsPerSecond > 1.97e6, `${bitsPerSecond} bit/s`);
      assert.ok(p99Ms <= p99LimitMs, `p99 ${p99Ms} ms`);
      assert.ok(wire <= (1 / (1 - lossRate)) * 1.05, `${wire} bytes sent for each delivered`);
    });
  }

  test('a clock of whole milliseconds and timers up to 10 ms late cost little', () => {
    const exact = video('bbr', 40, 0.02);
    const coarse = video('bbr', 40, 0.02, { clockStepMs: 1, timerLatenessMs: 10 });
    assert.ok(coarse.bitsPerSecond > 1.97e6, `${coarse.bitsPerSecond} bit/s`);
    assert.ok(coarse.p99Ms <= exact.p99Ms + 25, `p99 ${coarse.p99Ms} ms instead of ${exact.p99Ms} ms`);
  });

  test('newreno carries it without loss and collapses at 5 %: the world is no kinder than the real one', () => {
    const clean = video('newreno', 100, 0);
    const radio = video('newreno', 100, 0.05);
    assert.ok(clean.bitsPerSecond > 1.97e6);
    assert.ok(radio.bitsPerSecond < 0.8e6, `${radio.bitsPerSecond} bit/s`);
  });
});

describe('the model of bbr', () => {
  /** One ACK a round of 40 ms; each round delivers what the rate allows. */
  function feed(controller: CongestionController, rounds: number, sample: Partial<AckSample>): void {
    for (let i = 0; i < rounds; i++) {
      const rate = sample.deliveryRateBytesPerMs ?? 1000;
      const ackedBytes = rate * 40;
      const priorDeliveredBytes = delivered;
      delivered += ackedBytes;
      nowMs += 40;
      controller.onAck(
        {
          ackedBytes,
          lostBytes: 0,
          inFlightBytes: 0,
          rttMs: 40,
          deliveryRateBytesPerMs: rate,
          isAppLimited: false,
          priorDeliveredBytes,
          deliveredBytes: delivered,
          largestSentTimeMs: nowMs - 40,
          ...sample,
        },
        nowMs,
      );
    }
  }
  let delivered = 0;
  let nowMs = 0;

  /** A controller that has left startup at 1000 bytes per ms. */
  function cruising(): CongestionController {
    const bbr = createBbr(1200);
    feed(bbr, 12, {});
    assert.ok(bbr.pacingRateBytesPerMs() <= 1250, `${bbr.pacingRateBytesPerMs()} bytes per ms`);
    return bbr;
  }

  test('keeps a bandwidth through rounds in which the program sent little, and gives it up when it sent all it could', () => {
    const quiet = cruising();
    feed(quiet, 2, { deliveryRateBytesPerMs: 50 });
    feed(quiet, 40, { deliveryRateBytesPerMs: 50, isAppLimited: true });
    assert.ok(quiet.pacingRateBytesPerMs() >= 750, `${quiet.pacingRateBytesPerMs()} bytes per ms`);
    const slower = cruising();
    feed(slower, 40, { deliveryRateBytesPerMs: 50 });
    assert.ok(slower.pacingRateBytesPerMs() <= 63, `${slower.pacingRateBytesPerMs()} bytes per ms`);
  });

  test('leaves startup also when the program is limited, if more is in flight than the path holds', () => {
    const limited = { isAppLimited: true };
    const filled = createBbr(1200);
    feed(filled, 12, { ...limited, inFlightBytes: 1e6 });
    feed(filled, 12, limited);
    assert.ok(filled.pacingRateBytesPerMs() <= 1250, `${filled.pacingRateBytesPerMs()} bytes per ms`);
    const starved = createBbr(1200);
    feed(starved, 24, limited);
    assert.ok(starved.pacingRateBytesPerMs() > 2000, `${starved.pacingRateBytesPerMs()} bytes per ms`);
  });

  test('drains until the queue is gone, and no longer than four rounds', () => {
    const drainRounds = (inFlightBytes: number): number => {
      const bbr = cruising();
      let rounds = 0;
      for (let i = 0; i < 40; i++) {
        feed(bbr, 1, { inFlightBytes });
        if (bbr.pacingRateBytesPerMs() === 750) rounds++;
        else if (rounds > 0) break;
      }
      return rounds;
    };
    assert.equal(drainRounds(100_000), 5); // the fourth is over when the fifth ACK comes
    assert.ok(drainRounds(30_000) <= 1);
  });

  test('begins again with four packets after persistent congestion, at the rate it knew, and is back as ACKs come', () => {
    const bbr = cruising();
    const windowBytes = bbr.congestionWindowBytes();
    const rate = bbr.pacingRateBytesPerMs();
    bbr.onPersistentCongestion(nowMs);
    assert.equal(bbr.congestionWindowBytes(), 4 * 1200);
    assert.equal(bbr.pacingRateBytesPerMs(), rate);
    feed(bbr, 1, {});
    assert.ok(bbr.congestionWindowBytes() < windowBytes / 2);
    feed(bbr, 10, {});
    assert.ok(bbr.congestionWindowBytes() >= windowBytes);
  });

  test('does not go on draining after a pause', () => {
    const bbr = cruising();
    for (let i = 0; i < 40 && bbr.pacingRateBytesPerMs() !== 750; i++)
      feed(bbr, 1, { inFlightBytes: 100_000 });
    assert.equal(bbr.pacingRateBytesPerMs(), 750);
    bbr.onPacketSent(1200, 2400, nowMs);
    assert.equal(bbr.pacingRateBytesPerMs(), 750);
    bbr.onPacketSent(1200, 1200, nowMs);
    assert.equal(bbr.pacingRateBytesPerMs(), 1000);
  });

  test('keeps half the product in flight for 200 ms when the lowest round trip was not seen for 10 s', () => {
    const bbr = cruising();
    const windows: number[] = [];
    for (let i = 0; i < 300; i++) {
      feed(bbr, 1, { rttMs: 45 });
      windows.push(bbr.congestionWindowBytes());
    }
    const lowest = Math.min(...windows);
    const usual = windows[50]!;
    assert.ok(lowest < 0.6 * usual, `${lowest} of ${usual}`);
    const low = windows.filter((window) => window < 0.7 * usual).length * 40;
    assert.ok(low >= 160 && low <= 400, `${low} ms`);
  });
});

describe('the model of bbr on a path that changes', () => {
  function downloadRate(before: LinkOptions, after: Partial<LinkOptions>): number {
    const world = new World(3);
    let arrivedBytes = 0;
    const pair: Pair = world.connect({
      forward: before,
      client: (end) => ({
        onStreamData: (id, bytes) => {
          end.transport.consume(id, bytes.length);
          arrivedBytes += bytes.length;
        },
      }),
      server: () => ({ onWritable: (id) => fill(pair, id) }),
    });
    fill(pair, pair.server.transport.openStream(StreamPriority.Download));
    pair.server.drive();
    world.run(6000);
    for (const end of [pair.client, pair.server]) Object.assign(end.out.options, after);
    world.run(14000);
    const seen = arrivedBytes;
    world.run(20000);
    return ((arrivedBytes - seen) * 8) / 6;
  }
  const link = { delayMs: 20, lossRate: 0.01, bitsPerSecond: 10e6, queueBytes: 256 * 1024 };

  test('learns a round trip that became five times longer from a drain without bottom', () => {
    const rate = downloadRate(link, { delayMs: 100 });
    assert.ok(rate > 7.5e6, `${rate} bit/s`);
  });

  test('does not take the queue that a slower link built up for a longer path', () => {
    const world = new World(3);
    const pair: Pair = world.connect({
      forward: link,
      server: () => ({ onWritable: (id) => fill(pair, id) }),
    });
    fill(pair, pair.server.transport.openStream(StreamPriority.Download));
    pair.server.drive();
    world.run(6000);
    pair.server.out.options.bitsPerSecond = 2e6;
    const queuesMs: number[] = [];
    for (let ms = 12000; ms < 24000; ms += 50) {
      world.run(ms);
      queuesMs.push(pair.server.transport.stats().smoothedRttMs - 40);
    }
    const queueMs = percentile(queuesMs, 0.5);
    assert.ok(queueMs < 200, `${queueMs} ms in the queue`);
  });
});

describe('newreno', () => {
  const full = {
    rttMs: 40,
    deliveryRateBytesPerMs: 0,
    isAppLimited: false,
    priorDeliveredBytes: 0,
    deliveredBytes: 0,
    lostBytes: 0,
  };

  test('goes back to its window when every packet it was halved for arrived after all', () => {
    const reno = createNewReno(1200);
    reno.onLoss({ lostBytes: 1200, inFlightBytes: 9600, largestLostSentTimeMs: 5 }, 50);
    reno.onLoss({ lostBytes: 1200, inFlightBytes: 8400, largestLostSentTimeMs: 6 }, 51);
    assert.equal(reno.congestionWindowBytes(), 6000);
    reno.onSpuriousLoss!(1200, 5);
    assert.equal(reno.congestionWindowBytes(), 6000, 'one of two is still missing');
    reno.onSpuriousLoss!(1200, 6);
    assert.equal(reno.congestionWindowBytes(), 12000);
  });

  test('keeps its window while the program does not use it, also after a pause', () => {
    const reno = createNewReno(1200);
    for (let i = 0; i < 20; i++) {
      reno.onAck({ ...full, ackedBytes: 1200, inFlightBytes: 0, largestSentTimeMs: 1000 * i }, 1000 * i + 40);
    }
    assert.equal(reno.congestionWindowBytes(), 12000);
    reno.onAck({ ...full, ackedBytes: 2400, inFlightBytes: 9600, largestSentTimeMs: 30000 }, 30040);
    assert.equal(reno.congestionWindowBytes(), 14400);
  });

  test('begins anew from two packets after persistent congestion, and grows at once when they arrive', () => {
    const reno = createNewReno(1200);
    reno.onLoss({ lostBytes: 12000, inFlightBytes: 0, largestLostSentTimeMs: 5 }, 500);
    reno.onPersistentCongestion(500);
    assert.equal(reno.congestionWindowBytes(), 2400);
    reno.onSpuriousLoss!(12000, 5);
    assert.equal(reno.congestionWindowBytes(), 2400);
    reno.onAck(
      { ...full, isAppLimited: true, ackedBytes: 2400, inFlightBytes: 0, largestSentTimeMs: 501 },
      541,
    );
    assert.equal(reno.congestionWindowBytes(), 4800);
  });
});

describe('a greedy download', () => {
  const rates: [bitsPerSecond: number, lossRate: number, share: number][] = [
    [10e6, 0, 0.9],
    [10e6, 0.01, 0.9],
    [50e6, 0.01, 0.85],
  ];
  for (const [bitsPerSecond, lossRate, share] of rates) {
    test(`bbr fills a ${bitsPerSecond / 1e6} Mbit/s link at ${lossRate * 100} % loss`, (t) => {
      const link = { delayMs: 20, lossRate, bitsPerSecond, queueBytes: 256 * 1024 };
      const result = bulk('bbr', link, 8);
      t.diagnostic(`${(result.bitsPerSecond / 1e6).toFixed(1)} Mbit/s`);
      assert.ok(result.bitsPerSecond >= share * bitsPerSecond, `${result.bitsPerSecond} bit/s`);
    });
  }

  test('newreno fills a link without loss, halves on it, and grows again', () => {
    const link = { delayMs: 20, bitsPerSecond: 10e6, queueBytes: 64 * 1024 };
    const { bitsPerSecond, pair } = bulk('newreno', link, 8);
    assert.ok(bitsPerSecond > 8.5e6, `${bitsPerSecond} bit/s`);
    assert.ok(pair.server.out.droppedCount > 0);
  });

  test('bbr follows a link that becomes slower, and one that becomes faster', () => {
    const link = { delayMs: 20, bitsPerSecond: 8e6, queueBytes: 128 * 1024 };
    const world = new World(3);
    let arrivedBytes = 0;
    const pair: Pair = world.connect({
      forward: link,
      client: (end) => ({
        onStreamData: (id, bytes) => {
          end.transport.consume(id, bytes.length);
          arrivedBytes += bytes.length;
        },
      }),
      server: () => ({ onWritable: (id) => fill(pair, id) }),
    });
    fill(pair, pair.server.transport.openStream(StreamPriority.Download));
    pair.server.drive();
    const rateOver = (fromMs: number, toMs: number): number => {
      world.run(fromMs);
      const before = arrivedBytes;
      world.run(toMs);
      return ((arrivedBytes - before) * 8000) / (toMs - fromMs);
    };
    assert.ok(rateOver(2000, 5000) > 7e6);
    pair.server.out.options.bitsPerSecond = 2e6;
    assert.ok(rateOver(8000, 12000) > 1.7e6);
    const dropped = pair.server.out.droppedCount;
    assert.ok(rateOver(12000, 16000) > 1.7e6);
    assert.ok(pair.server.out.droppedCount - dropped < 150, 'it does not keep the queue overflowing');
    pair.server.out.options.bitsPerSecond = 12e6;
    assert.ok(rateOver(20000, 24000) > 10e6);
  });

  test('beside live video in a 3 Mbit/s bottleneck does not starve it, nor flood the link', (t) => {
    const world = new World(3);
    const seconds = 40;
    let downloaded = 0;
    const holder: { source?: VideoSource } = {};
    const pair: Pair = world.connect({
      forward: { delayMs: 20, lossRate: 0.005, bitsPerSecond: 3e6, queueBytes: 200000 },
      client: (end) => ({
        onStreamData: (id, bytes) => {
          end.transport.consume(id, bytes.length);
          if (id === 1) holder.source!.onData(bytes.length);
          else downloaded += bytes.length;
        },
      }),
      server: () => ({ onWritable: (id) => fill(pair, id) }),
    });
    const live = pair.server.transport.openStream(StreamPriority.Live);
    const download = pair.server.transport.openStream(StreamPriority.Download);
    const source = new VideoSource(world, pair.server, live, 1.5e6);
    holder.source = source;
    fill(pair, download);
    source.start(seconds * 1000);
    world.run(seconds * 1000);
    const p95Ms = percentile(source.delaysMs, 0.95);
    const downloadRate = (downloaded * 8) / seconds;
    const sentRate = (pair.server.transport.stats().bytesSent * 8) / seconds;
    t.diagnostic(`video p95 ${p95Ms.toFixed(0)} ms, download ${(downloadRate / 1e6).toFixed(2)} Mbit/s`);
    assert.ok(p95Ms <= 160, `p95 ${p95Ms} ms`);
    assert.ok(downloadRate > 1.3e6, `${downloadRate} bit/s`);
    assert.ok(sentRate <= 3.15e6, `${sentRate} bit/s on the wire`);
  });
});

describe('after an outage', () => {
  for (const controller of Object.keys(CONTROLLERS)) {
    test(`of four seconds ${controller} carries live video again`, () => {
      const world = new World(2);
      const holder: { source?: VideoSource } = {};
      const pair = world.connect({
        forward: { delayMs: 30, bitsPerSecond: 20e6, queueBytes: 256 * 1024 },
        serverOptions: { congestion: CONTROLLERS[controller]! },
        client: (end) => ({
          onStreamData: (id, bytes) => {
            end.transport.consume(id, bytes.length);
            holder.source!.onData(bytes.length);
          },
        }),
      });
      const source = new VideoSource(world, pair.server, pair.server.transport.openStream(2), 1e6);
      holder.source = source;
      source.start(30000);
      world.run(10000);
      for (const end of [pair.client, pair.server]) end.out.options.lossRate = 1;
      world.run(14000);
      for (const end of [pair.client, pair.server]) end.out.options.lossRate = 0;
      world.run(16500);
      const behindBytes = source.writtenBytes - source.arrivedBytes;
      // Persistent congestion makes NewReno begin again from two packets; BBR still knows the path.
      const limitBytes = controller === 'bbr' ? 60000 : 100000;
      assert.ok(behindBytes < limitBytes, `${behindBytes} bytes behind after two seconds and a half`);
      world.run(31000);
      assert.equal(source.arrivedBytes, source.writtenBytes);
    });
  }
});
