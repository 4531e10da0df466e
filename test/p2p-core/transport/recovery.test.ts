import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameReader } from '../../../p2p-core/transport/frame-reader';
import {
  FrameType,
  IMMEDIATE_ACK_BYTES,
  writePing,
  writeStreamHeader,
} from '../../../p2p-core/transport/packet-codec';
import { createTransport } from '../../../p2p-core/transport/transport';
import { StreamPriority } from '../../../p2p-core/transport/types';
import type { AckSample, CongestionController, LossSample } from '../../../p2p-core/transport/types';
import { VideoSource } from '../../sim/video-source';
import { World } from '../../sim/world';
import { Lonely, Recorder, frame, packetOf, pattern } from './support';

const PING = frame((b) => writePing(b, 0));

function ackFrame(low: number, high: number, delayMs = 0): Uint8Array {
  const length = high - low;
  const delay = delayMs * 8;
  return Uint8Array.of(FrameType.Ack, 0, 0, high >> 8, high, delay >> 8, delay, 0, length >> 8, length);
}

/** A controller with a wide window that writes down what it is told. */
class Witness implements CongestionController {
  readonly name = 'witness';
  readonly acks: AckSample[] = [];
  readonly losses: LossSample[] = [];
  persistentCount = 0;
  congestionWindowBytes = (): number => 1e6;
  pacingRateBytesPerMs = (): number => 0;
  onPacketSent(): void {}
  onAck(sample: AckSample): void {
    this.acks.push({ ...sample });
  }
  onLoss(sample: LossSample): void {
    this.losses.push({ ...sample });
  }
  onPersistentCongestion(): void {
    this.persistentCount++;
  }
}

/** A lonely sender that sent `count` full packets, one each millisecond from 0 on. */
function sender(count: number): { peer: Lonely; witness: Witness; id: number } {
  const witness = new Witness();
  const peer = new Lonely({ congestion: () => witness, keepAliveMs: 1e9, idleTimeoutMs: 1e9 });
  const id = peer.transport.openStream(StreamPriority.Live);
  for (let i = 0; i < count; i++) {
    peer.nowMs = i;
    peer.transport.write(id, pattern(1100, i));
    assert.equal(peer.drain().length, 1);
  }
  return { peer, witness, id };
}

describe('acknowledgements', () => {
  test('go out for every eighth packet that asks for one', () => {
    const peer = new Lonely();
    peer.drain();
    const acks: number[] = [];
    for (let i = 1; i <= 40; i++) {
      peer.feed(PING);
      if (peer.drain().length > 0) acks.push(i);
    }
    assert.deepEqual(acks, [8, 16, 24, 32, 40]);
  });

  test('wait 15 ms at most, and tell how long they waited', () => {
    const peer = new Lonely();
    peer.drain();
    peer.nowMs = 100;
    peer.feed(PING);
    peer.nowMs = 104;
    peer.feed(PING);
    assert.equal(peer.drain().length, 0);
    assert.equal(peer.transport.nextWakeMs(), 115);
    peer.nowMs = 115;
    peer.transport.wake(115);
    const [payload] = peer.drain();
    assert.deepEqual([...payload!], [...ackFrame(0, 1, 11)]);
    assert.equal(peer.drain().length, 0);
  });

  test('go out at once when a packet leaves or fills a gap', () => {
    const peer = new Lonely();
    peer.drain();
    peer.feedPacket(packetOf(0, PING));
    assert.equal(peer.drain().length, 0);
    peer.feedPacket(packetOf(2, PING));
    assert.equal(peer.drain().length, 1);
    peer.feedPacket(packetOf(3, PING));
    assert.equal(peer.drain().length, 0);
    peer.feedPacket(packetOf(1, PING));
    assert.equal(peer.drain().length, 1);
  });

  test('are not acknowledged themselves: two idle ends fall silent', () => {
    const world = new World(1);
    const pair = world.connect({ forward: { delayMs: 10 } });
    pair.client.write(pair.client.transport.openStream(StreamPriority.Command), pattern(10, 0));
    world.run(4000);
    const sent = pair.client.transport.stats().packetsSent + pair.server.transport.stats().packetsSent;
    assert.ok(sent <= 6, `${sent} packets`);
  });

  test('cost a viewer of 2 Mbit/s no more than 40 packets a second', () => {
    const world = new World(1);
    const pair = world.connect({ forward: { delayMs: 25 } });
    const source = new VideoSource(world, pair.server, pair.server.transport.openStream(2), 2e6);
    source.start(20000);
    world.run(20000);
    const perSecond = pair.client.transport.stats().packetsSent / 20;
    assert.ok(perSecond <= 40, `${perSecond} packets a second`);
  });
});

describe('loss', () => {
  test('three later packets acknowledged make a packet lost; two do not', () => {
    const { peer, witness } = sender(5);
    peer.nowMs = 50;
    peer.feed(ackFrame(1, 2));
    assert.equal(peer.transport.stats().packetsLost, 0);
    peer.feed(ackFrame(1, 3));
    assert.equal(peer.transport.stats().packetsLost, 1);
    assert.equal(witness.losses.length, 1);
    const [again] = peer.drain();
    assert.equal(again![0], FrameType.MaxData); // the first packet told our window, and tells it again
    assert.equal(peer.transport.stats().retransmittedBytes, 1100);
  });

  test('nine eighths of a round trip after a later packet was acknowledged, a packet is lost', () => {
    const { peer } = sender(2);
    peer.nowMs = 101;
    peer.feed(ackFrame(1, 1)); // RTT 100, packet 0 left at 0
    assert.equal(peer.transport.stats().packetsLost, 0);
    assert.equal(peer.transport.nextWakeMs(), 112.5);
    peer.transport.wake(112.4);
    assert.equal(peer.transport.stats().packetsLost, 0);
    peer.transport.wake(112.5);
    assert.equal(peer.transport.stats().packetsLost, 1);
  });

  test('a late acknowledgement of a lost packet takes the retransmission back', () => {
    const { peer } = sender(5);
    peer.nowMs = 50;
    peer.feed(ackFrame(1, 4));
    assert.equal(peer.transport.stats().packetsLost, 1);
    peer.feed(ackFrame(0, 4));
    assert.equal(peer.transport.stats().spuriousLosses, 1);
    peer.drain();
    assert.equal(peer.transport.stats().retransmittedBytes, 0);
  });

  test('the delivery rate does not believe acknowledgements that come faster than the packets went', () => {
    const { peer, witness, id } = sender(0);
    const sendAt = (ms: number): void => {
      peer.nowMs = ms;
      peer.transport.write(id, pattern(1100, 0));
      peer.drain();
    };
    for (let ms = 0; ms <= 90; ms += 10) sendAt(ms);
    peer.nowMs = 100;
    peer.feed(ackFrame(0, 4));
    sendAt(101);
    peer.nowMs = 131;
    peer.feed(ackFrame(0, 10));
    // Packets 5 to 10 took from 40 (packet 4 left) to 101 to send, but only from 100 to 131 to acknowledge.
    const sizeBytes = 1100 + 13 + IMMEDIATE_ACK_BYTES + 24;
    assert.equal(witness.acks[1]!.deliveryRateBytesPerMs, (6 * sizeBytes) / (101 - 40));
  });

  test('the round-trip time and the delivery rate reach the controller without the ack delay', () => {
    const { peer, witness } = sender(100);
    peer.nowMs = 150;
    peer.feed(ackFrame(0, 49, 10)); // packet 49 left at 49
    peer.nowMs = 200;
    peer.feed(ackFrame(0, 99, 0));
    assert.deepEqual(
      witness.acks.map((ack) => ack.rttMs),
      [101, 101],
    );
    const bytesPerPacket = 1100 + 13 + IMMEDIATE_ACK_BYTES + 24;
    // The second fifty packets were delivered within the 50 ms between both ACKs, but took from 0 to 99 ms to send.
    const [, second] = witness.acks;
    assert.equal(second!.ackedBytes, 50 * bytesPerPacket);
    assert.ok(
      second!.deliveryRateBytesPerMs <= bytesPerPacket * 1.02,
      `${second!.deliveryRateBytesPerMs} bytes per ms`,
    );
  });
});

describe('what a lost packet carried', () => {
  const viewer = {
    keepAliveMs: 1e9,
    idleTimeoutMs: 1e9,
    streamWindowBytes: 128 * 1024,
    connectionWindowBytes: 256 * 1024,
  };
  const stream = (id: number, length: number, isFin = false): Uint8Array =>
    frame((b) => writeStreamHeader(b, 0, id, 0, length, isFin) + length);

  const cases: [what: string, type: number, act: (peer: Lonely) => void][] = [
    [
      'RESET_STREAM',
      FrameType.ResetStream,
      (peer) => {
        peer.feed(stream(0, 10));
        peer.transport.reset(0, 5);
      },
    ],
    [
      'STOP_SENDING',
      FrameType.StopSending,
      (peer) => {
        peer.feed(stream(0, 10));
        peer.transport.stop(0, 5);
      },
    ],
    [
      'MAX_STREAM_DATA',
      FrameType.MaxStreamData,
      (peer) => {
        for (let i = 0; i < 40; i++) {
          peer.feed(frame((b) => writeStreamHeader(b, 0, 0, i * 1000, 1000, false) + 1000));
          peer.transport.consume(0, 1000);
        }
      },
    ],
    [
      'MAX_DATA',
      FrameType.MaxData,
      (peer) => {
        for (let i = 0; i < 80; i++) {
          const id = (i % 4) * 4;
          peer.feed(frame((b) => writeStreamHeader(b, 0, id, Math.floor(i / 4) * 1000, 1000, false) + 1000));
          peer.transport.consume(id, 1000);
        }
      },
    ],
    [
      'MAX_STREAMS',
      FrameType.MaxStreams,
      (peer) => {
        for (let i = 0; i < 20; i++) {
          peer.feed(stream(4 * i, 1, true));
          peer.transport.reset(4 * i, 0);
          peer.drain();
          peer.feed(ackFrame(0, peer.transport.stats().packetsSent - 1));
        }
      },
    ],
    [
      'STREAM with FIN',
      FrameType.StreamFin,
      (peer) => {
        const id = peer.transport.openStream(StreamPriority.Live);
        peer.transport.finish(id);
      },
    ],
  ];
  for (const [what, type, act] of cases) {
    test(`goes out again: ${what}`, () => {
      const peer = new Lonely({ ...viewer, congestion: () => new Witness() });
      act(peer);
      const isThere = (payload: Uint8Array): boolean => {
        const reader = new FrameReader();
        reader.start(payload, 0, payload.length);
        for (let found = reader.next(); found >= 0; found = reader.next()) if (found === type) return true;
        return false;
      };
      const before = peer.transport.stats().packetsSent;
      const sent = peer.drain();
      const carrier = sent.findIndex(isThere);
      if (type !== FrameType.MaxStreams) assert.ok(carrier >= 0, 'sent at first');
      const lost = type === FrameType.MaxStreams ? carrierOfMaxStreams(peer) : before + carrier;
      peer.nowMs += 10;
      for (let i = 0; i < 3; i++) {
        peer.transport.ping();
        peer.drain();
      }
      const newest = peer.transport.stats().packetsSent - 1;
      peer.feed(ackFrame(lost + 1, newest));
      assert.equal(peer.transport.stats().packetsLost, 1);
      assert.ok(peer.drain().some(isThere), 'sent again');
    });
  }

  /** Opens and ends streams until MAX_STREAMS is sent in a packet that is not acknowledged; that packet's number. */
  function carrierOfMaxStreams(peer: Lonely): number {
    for (let i = 20; i < 60; i++) {
      peer.feed(stream(4 * i, 1, true));
      peer.transport.reset(4 * i, 0);
      peer.drain();
      const before = peer.transport.stats().packetsSent;
      peer.feed(ackFrame(0, before - 1));
      const sent = peer.drain();
      if (sent.some((payload) => payload.includes(FrameType.MaxStreams))) return before;
    }
    throw new Error('MAX_STREAMS was never sent');
  }

  test('is not sent again where a probe of it has arrived', () => {
    const { peer } = sender(3);
    // The timeout repeats packets 0 and 1: [0, 2200) in two probes, cut at another place.
    peer.nowMs = peer.transport.nextWakeMs();
    peer.transport.wake(peer.nowMs);
    assert.equal(peer.drain().length, 2);
    assert.equal(peer.transport.stats().retransmittedBytes, 2200);
    peer.nowMs += 10;
    peer.feed(Uint8Array.of(FrameType.Ack, 0, 0, 0, 4, 0, 0, 1, 0, 0, 0, 0, 0, 0)); // 4 and 2
    assert.equal(peer.transport.stats().packetsLost, 2); // 0 and 1; the first probe may still arrive
    peer.drain();
    const again = peer.transport.stats().retransmittedBytes - 2200;
    assert.ok(again > 1100 && again < 1200, `${again} bytes again`);
  });
});

describe('probe timeouts', () => {
  test('begin anew from the shortest distance once something was acknowledged', () => {
    const { peer } = sender(2);
    peer.nowMs = 41;
    peer.feed(ackFrame(0, 1));
    const timeout = (): number => {
      peer.transport.ping();
      peer.drain();
      const startMs = peer.nowMs;
      peer.nowMs = peer.transport.nextWakeMs();
      peer.transport.wake(peer.nowMs);
      peer.drain();
      return peer.nowMs - startMs;
    };
    const first = timeout();
    assert.ok(timeout() > 1.9 * first);
    peer.nowMs += 40;
    peer.feed(ackFrame(0, peer.transport.stats().packetsSent - 1));
    assert.ok(timeout() < 1.5 * first);
  });

  test('repair a lost tail that nothing follows', () => {
    const world = new World(1);
    const recorder = new Recorder();
    const pair = world.connect({
      forward: { delayMs: 50 },
      server: () => ({ onStreamEnd: (id) => recorder.onStreamEnd(id) }),
    });
    const id = pair.client.transport.openStream(StreamPriority.Command);
    pair.client.write(id, pattern(5000, 0));
    world.run(1000);
    pair.client.out.options.lossRate = 1;
    pair.client.write(id, pattern(100, 1));
    pair.client.transport.finish(id);
    pair.client.drive();
    pair.client.out.options.lossRate = 0;
    world.run(1500, () => recorder.calls.length > 0);
    assert.deepEqual(recorder.calls, [`end ${id}`]);
    const stats = pair.client.transport.stats();
    assert.equal(stats.probeTimeouts, 1);
    assert.ok(stats.retransmittedBytes <= 200, `${stats.retransmittedBytes} bytes sent again`);
  });

  test('double their distance up to a second while nothing comes back, two packets each', () => {
    const world = new World(1);
    const noPing = { keepAliveMs: 1e9 };
    const pair = world.connect({ forward: { delayMs: 50 }, clientOptions: noPing, serverOptions: noPing });
    world.run(1000);
    const times: number[] = [];
    pair.client.out.options.lossRate = 1;
    pair.client.onSend = () => void times.push(world.clock.nowMs());
    pair.client.write(pair.client.transport.openStream(StreamPriority.Command), pattern(100, 0));
    world.run(9000);
    const moments = [...new Set(times)];
    const gaps = moments.slice(1).map((at, i) => Math.round(at - moments[i]!));
    for (const moment of moments.slice(1)) assert.equal(times.filter((at) => at === moment).length, 2);
    const [first] = gaps;
    assert.ok(first! > 100 && first! < 500, gaps.join());
    assert.ok(Math.abs(gaps[1]! - Math.min(1000, 2 * first!)) <= 1, gaps.join());
    assert.ok(Math.abs(gaps[2]! - Math.min(1000, 4 * first!)) <= 1, gaps.join());
    for (const gap of gaps.slice(3)) assert.equal(gap, 1000);
  });

  test('start from a hinted round trip instead of a second', () => {
    const never = { congestion: () => new Witness() };
    const blind = new Lonely(never);
    const hinted = new Lonely(never);
    hinted.transport.hintRtt(40);
    for (const peer of [blind, hinted]) peer.drain();
    assert.equal(blind.transport.nextWakeMs(), 333 * 3 + 25);
    assert.equal(hinted.transport.nextWakeMs(), 40 * 3 + 25);
  });

  test('two losses far apart are no persistent congestion when something between them arrived', () => {
    const { peer, witness, id } = sender(2);
    peer.nowMs = 40;
    peer.feed(ackFrame(0, 1));
    for (const ms of [100, 600, 1100, 1101, 1102, 1103]) {
      peer.nowMs = ms;
      peer.transport.write(id, pattern(100, 0));
      peer.drain();
    }
    // Packets 2 and 4 are lost, 3 between them is not.
    peer.nowMs = 1140;
    peer.feed(Uint8Array.of(FrameType.Ack, 0, 0, 0, 7, 0, 0, 1, 0, 2, 0, 0, 0, 0));
    assert.equal(peer.transport.stats().packetsLost, 2);
    assert.equal(witness.persistentCount, 0);
  });

  test('a path that lost everything for three timeouts is persistent congestion; one lost packet is not', () => {
    const { peer, witness } = sender(2);
    peer.nowMs = 40;
    peer.feed(ackFrame(0, 1));
    const id = 1;
    const sendAt = (ms: number): void => {
      peer.nowMs = ms;
      peer.transport.write(id, pattern(100, 0));
      peer.drain();
    };
    sendAt(100);
    sendAt(101);
    for (let i = 0; i < 4; i++) sendAt(102 + i);
    peer.nowMs = 140;
    peer.feed(ackFrame(3, 7)); // packet 2 alone is lost
    assert.equal(witness.losses.length, 1);
    assert.equal(witness.persistentCount, 0);
    peer.drain();
    const first = peer.transport.stats().packetsSent;
    for (let i = 0; i < 10; i++) sendAt(200 + 200 * i);
    const last = peer.transport.stats().packetsSent - 1;
    assert.ok(last > first + 5);
    peer.nowMs = 2100;
    peer.feed(ackFrame(last, last));
    assert.equal(witness.persistentCount, 1);
  });
});

describe('a flood of small packets', () => {
  test('that nobody acknowledges stays within the ring of the sender', () => {
    const peer = new Lonely({ congestion: () => new Witness(), idleTimeoutMs: 1e9, keepAliveMs: 1e9 });
    const id = peer.transport.openStream(StreamPriority.Talk);
    let sent = 0;
    for (let i = 0; i < 20000; i++) {
      peer.transport.write(id, Uint8Array.of(i));
      sent += peer.drain().length;
    }
    assert.equal(sent, 8192);
    assert.equal(peer.transport.bufferedBytes(id), 20000);
    peer.nowMs = 10;
    peer.feed(ackFrame(0, 8191));
    const [rest] = peer.drain();
    assert.ok(rest!.length > 1000, 'what waited goes out together');
  });
});

test('a transport of a peer that sends nothing but data keeps its own state small', () => {
  const recorder = new Recorder();
  const receiver = createTransport(
    {
      role: 'client',
      remoteConnectionId: 1,
      sealer: { seal: (_packet, _header, end) => end + 16 },
      opener: { open: (_packet, _header, end) => end - 16 },
    },
    recorder,
    0,
  );
  const buffer = new Uint8Array(1500);
  let acked = 0;
  for (let i = 0; i < 50; i++) {
    const data = frame((b) => writeStreamHeader(b, 0, 1, i * 1000, 1000, false) + 1000);
    receiver.receive(packetOf(i, data), i);
    while (receiver.poll(i, buffer) > 0) acked++;
  }
  assert.equal(recorder.bytesOf(1).length, 50000);
  assert.ok(acked <= 1 + 50 / 8 + 1, `${acked} packets sent`);
  assert.ok(receiver.stats().bytesInFlight <= 100, 'only its window updates are in flight');
});
