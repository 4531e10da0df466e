import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RoundMaxFilter } from '../../../p2p-core/transport/congestion/round-max-filter';
import { FrameReader } from '../../../p2p-core/transport/frame-reader';
import { Pacer } from '../../../p2p-core/transport/pacer';
import { RangeSet } from '../../../p2p-core/transport/range-set';
import { ReceiveCredit } from '../../../p2p-core/transport/credit';
import { ReceiveStream } from '../../../p2p-core/transport/receive-stream';
import { EarlyChunks, Reassembly } from '../../../p2p-core/transport/reassembly';
import { ReceivedPackets } from '../../../p2p-core/transport/received-packets';
import { RttEstimator } from '../../../p2p-core/transport/rtt-estimator';
import { SendBuffer, SendBufferLimit } from '../../../p2p-core/transport/send-buffer';
import { Prng } from '../../sim/prng';
import { Recorder, frame, pattern } from './support';

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);

describe('received packets', () => {
  for (const seed of SEEDS) {
    test(`knows what it has seen, and its ACKs say the same (seed ${seed})`, () => {
      const random = new Prng(seed);
      const received = new ReceivedPackets();
      const seen = new Set<number>();
      let newest = 0;
      for (let i = 0; i < 600; i++) {
        const number = random.chance(0.7)
          ? newest + random.int(0, 3)
          : Math.max(0, newest - random.int(0, 60));
        assert.equal(received.has(number), seen.has(number), `number ${number}`);
        if (seen.has(number)) continue;
        const breaksOrder = seen.size > 0 && number !== newest + 1;
        assert.equal(received.add(number, i), breaksOrder, `order at ${number}`);
        seen.add(number);
        newest = Math.max(newest, number);
      }
      const ack = frame((bytes) => received.writeAck(bytes, 0, 1000, 1000));
      const reader = new FrameReader();
      reader.start(ack, 0, ack.length);
      reader.next();
      assert.equal(reader.ackHigh[0], newest);
      const lowest = reader.ackLow[reader.ackRangeCount - 1]!;
      const acked = new Set<number>();
      for (let r = 0; r < reader.ackRangeCount; r++) {
        for (let n = reader.ackLow[r]!; n <= reader.ackHigh[r]!; n++) acked.add(n);
      }
      for (let n = lowest; n <= newest; n++) assert.equal(acked.has(n), seen.has(n), `acknowledged ${n}`);
    });
  }

  test('takes packets as old as 1024 numbers even when every second one is missing, and drops older ones', () => {
    const received = new ReceivedPackets();
    for (let n = 0; n < 20000; n += 2) received.add(n, 0);
    const newest = 19998;
    for (let back = 1; back < 1024; back += 2)
      assert.equal(received.has(newest - back), false, `${back} back`);
    assert.equal(received.has(1), true);
    for (let back = 1; back < 1024; back += 2) assert.equal(received.add(newest - back, 0), true);
    assert.equal(received.has(newest - 501), true);
  });
});

describe('acknowledgements of very long ranges', () => {
  test('say only what 16 bits can say, and nothing that is not true', () => {
    const received = new ReceivedPackets();
    received.add(0, 0);
    for (let n = 2; n <= 70000; n++) received.add(n, 0);
    const ack = frame((bytes) => received.writeAck(bytes, 0, 1000, 0));
    const reader = new FrameReader();
    reader.start(ack, 0, ack.length);
    reader.next();
    assert.deepEqual([reader.ackRangeCount, reader.ackLow[0], reader.ackHigh[0]], [1, 70000 - 65535, 70000]);
    const next = (added: number): number => {
      received.add(added, 0);
      const bytes = frame((b) => received.writeAck(b, 0, 1000, 0));
      reader.start(bytes, 0, bytes.length);
      return reader.next();
    };
    next(70000 + 65537); // 65536 numbers missing: the most a gap can tell
    assert.deepEqual([reader.ackRangeCount, reader.ackLow[1], reader.ackHigh[1]], [2, 70000 - 65535, 70000]);
    next(70000 + 65537 + 65538);
    assert.equal(reader.ackRangeCount, 1);
  });
});

describe('receive stream', () => {
  test('counts as consumed only what it delivered, however much has arrived', () => {
    const connection = new ReceiveCredit(1e6, 1e6);
    const stream = new ReceiveStream(0, 1e6, 1e6, connection, new EarlyChunks(), new Recorder());
    stream.onData(0, pattern(10, 0), 0, 10, false);
    stream.onData(500, pattern(100, 0), 0, 100, false);
    stream.consume(300);
    assert.deepEqual([stream.credit.consumed, connection.consumed, connection.received], [10, 10, 600]);
  });
});

describe('range set', () => {
  for (const seed of SEEDS) {
    test(`adds, removes and subtracts as a set of numbers does (seed ${seed})`, () => {
      const random = new Prng(seed);
      const set = new RangeSet();
      const other = new RangeSet();
      const model = new Set<number>();
      const otherModel = new Set<number>();
      for (let step = 0; step < 200; step++) {
        const start = random.int(0, 90);
        const end = start + random.int(0, 20);
        const action = random.int(0, 3);
        if (action === 0) set.add(start, end);
        if (action === 1) set.remove(start, end);
        if (action === 2) other.add(start, end);
        if (action === 3) set.addWithout(start, end, other);
        for (let n = start; n < end; n++) {
          if (action === 0 || (action === 3 && !otherModel.has(n))) model.add(n);
          if (action === 1) model.delete(n);
          if (action === 2) otherModel.add(n);
        }
        assert.equal(set.isEmpty, model.size === 0);
        if (model.size === 0) continue;
        const first = Math.min(...model);
        let last = first;
        while (model.has(last)) last++;
        assert.deepEqual([set.firstStart, set.firstEnd], [first, last], `step ${step}`);
      }
    });
  }
});

describe('send buffer', () => {
  for (const seed of SEEDS) {
    test(`gives back any part of what it still holds (seed ${seed})`, () => {
      const random = new Prng(seed);
      const buffer = new SendBuffer();
      const all = pattern(400000, seed);
      for (let step = 0; step < 150; step++) {
        const size = Math.min(
          all.length - buffer.endOffset,
          random.int(0, random.chance(0.1) ? 30000 : 2000),
        );
        buffer.append(all.subarray(buffer.endOffset, buffer.endOffset + size));
        const start = random.int(buffer.startOffset, buffer.endOffset);
        const end = random.int(start, buffer.endOffset);
        const out = new Uint8Array(end - start + 3);
        buffer.copyOut(start, end, out, 3);
        assert.deepEqual(out.subarray(3), all.subarray(start, end), `step ${step}`);
        if (random.chance(0.6)) buffer.releaseTo(random.int(buffer.startOffset, buffer.endOffset));
      }
    });
  }
});

describe('the limit of send buffers', () => {
  const KIB = 1024;

  test('is 1 MiB, one and a half windows on a path that needs more, and 2 MiB at most', () => {
    const limit = new SendBufferLimit(undefined);
    assert.equal(limit.bytes, 1024 * KIB);
    const follow = (windowBytes: number): number => {
      limit.follow(windowBytes);
      return limit.bytes;
    };
    assert.equal(follow(4800), 1024 * KIB);
    assert.equal(follow(1_000_000.5), 1_500_000, 'a whole number');
    assert.equal(follow(Infinity), 2048 * KIB);
    assert.equal(follow(38_400), 1024 * KIB, 'the path has become shorter');
  });

  test('is what the program says, whatever the window', () => {
    const limit = new SendBufferLimit(10_000);
    limit.follow(10_000_000);
    assert.equal(limit.bytes, 10_000);
  });
});

describe('reassembly', () => {
  for (const seed of SEEDS) {
    test(`puts overlapping pieces in order, whatever way they come (seed ${seed})`, () => {
      const random = new Prng(seed);
      const all = pattern(3000, seed);
      const early = new EarlyChunks();
      const reassembly = new Reassembly(early);
      const got: number[] = [];
      while (got.length < all.length) {
        const start = random.int(0, all.length - 1);
        const end = Math.min(all.length, start + random.int(1, 300));
        assert.equal(reassembly.insert(start, all, start, end), true);
        let bytes;
        while ((bytes = reassembly.take(got.length)) !== null) got.push(...bytes);
      }
      assert.deepEqual(Uint8Array.from(got), all);
      assert.equal(early.count, 0);
    });
  }

  test('refuses more pieces, on all streams together, than a correct peer can cause', () => {
    const early = new EarlyChunks();
    const streams = [new Reassembly(early), new Reassembly(early)];
    const one = new Uint8Array(1);
    let kept = 0;
    while (kept < 100000 && streams[kept % 2]!.insert(1 + 2 * kept, one, 0, 1)) kept++;
    assert.equal(kept, 4096);
    streams[0]!.clear();
    assert.equal(early.count, 2048);
    assert.equal(streams[1]!.insert(0, one, 0, 1), true);
  });
});

describe('round-trip time', () => {
  test('follows RFC 9002 §5.3: first sample, smoothing, ack delay, never below the minimum', () => {
    const rtt = new RttEstimator();
    assert.equal(rtt.onSample(100, 20), 100); // the first sample keeps its ack delay
    assert.equal(rtt.smoothedMs, 100);
    assert.equal(rtt.onSample(130, 20), 110);
    assert.equal(rtt.smoothedMs, 0.875 * 100 + 0.125 * 110);
    assert.equal(rtt.onSample(110, 20), 100); // 90 would be below the minimum
    assert.equal(rtt.onSample(200, 1000), 175); // no more than the longest delay a peer may take
    assert.equal(rtt.minMs, 100);
  });

  test('a hint counts until the first sample', () => {
    const rtt = new RttEstimator();
    rtt.hint(40);
    assert.equal(rtt.probeTimeoutMs, 40 + 4 * 20 + 25);
    rtt.onSample(80, 0);
    rtt.hint(10);
    assert.equal(rtt.smoothedMs, 80);
  });
});

describe('pacer', () => {
  test('lets a burst of ten packets go, then keeps to the rate', () => {
    const pacer = new Pacer(0);
    const rate = 120; // bytes per ms: a packet every 10 ms
    let nowMs = 0;
    let sent = 0;
    while (nowMs < 1000) {
      const readyMs = pacer.readyMs(rate, nowMs);
      if (readyMs > nowMs) {
        nowMs = readyMs;
      } else {
        pacer.onSent(1200);
        sent++;
      }
    }
    assert.ok(sent >= 10 + 98 && sent <= 10 + 101, `${sent} packets`);
  });

  test('does not hold anything back without a rate', () => {
    const pacer = new Pacer(0);
    for (let i = 0; i < 100; i++) {
      assert.equal(pacer.readyMs(0, 5), 5);
      pacer.onSent(1200);
    }
  });
});

describe('bandwidth filter', () => {
  test('forgets a high value after its rounds, and keeps the last estimate when nothing follows', () => {
    const filter = new RoundMaxFilter(3);
    filter.add(9);
    for (const value of [5, 6]) {
      filter.startRound();
      filter.add(value);
      assert.equal(filter.value, 9);
    }
    filter.startRound();
    assert.equal(filter.value, 6);
    for (let i = 0; i < 5; i++) filter.startRound();
    assert.equal(filter.value, 6);
  });
});
