import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameType, writeMaxData, writeMaxStreamData } from '../../../p2p-core/transport/packet-codec';
import { PACKET_THRESHOLD } from '../../../p2p-core/transport/constants';
import { Reordering } from '../../../p2p-core/transport/reordering';
import { StreamPriority } from '../../../p2p-core/transport/types';
import type { CongestionController } from '../../../p2p-core/transport/types';
import { Lonely, frame, packetOf, pattern } from './support';

const IMMEDIATE_ACK = Uint8Array.of(FrameType.ImmediateAck);
const PING = Uint8Array.of(FrameType.Ping);
const RTT_MS = 40;

const openWindow: CongestionController = {
  name: 'open',
  congestionWindowBytes: () => 1e6,
  pacingRateBytesPerMs: () => 0,
  onPacketSent() {},
  onAck() {},
  onLoss() {},
  onPersistentCongestion() {},
};

function ack(low: number, high: number): Uint8Array {
  const u16 = (n: number): number[] => [n >> 8, n & 0xff];
  return Uint8Array.of(FrameType.Ack, 0, 0, ...u16(high), 0, 0, 0, ...u16(high - low));
}

/** A camera alone with a peer that acknowledges by hand. */
class Camera {
  readonly peer = new Lonely({ congestion: () => openWindow, keepAliveMs: 1e9, idleTimeoutMs: 1e9 });
  private readonly id = this.peer.transport.openStream(StreamPriority.Live);
  private flushed = 0;

  constructor() {
    const credit = 100e6;
    this.peer.feed(frame((b) => writeMaxStreamData(b, writeMaxData(b, 0, credit), this.id, credit)));
  }

  /** Sends `byteCount` in one write; the number of the last packet. */
  send(byteCount: number): number {
    assert.equal(this.peer.transport.write(this.id, pattern(byteCount, 0)), byteCount);
    this.peer.drain();
    return this.newest;
  }

  get newest(): number {
    return this.peer.transport.stats().packetsSent - 1;
  }

  /** Everything sent so far arrives: a round-trip time is known. */
  settle(): void {
    this.peer.nowMs += RTT_MS;
    this.peer.feed(ack(this.flushed, this.newest));
    this.flushed = this.newest;
    this.peer.drain();
  }

  /** Sends enough for the budget to be full. */
  earn(): void {
    for (let i = 0; i < 24; i++) {
      this.send(40000);
      this.settle();
    }
  }

  wakeAt(nowMs: number): number {
    this.peer.nowMs = nowMs;
    this.peer.transport.wake(nowMs);
    return this.peer.drain().length;
  }
}

describe('IMMEDIATE_ACK', () => {
  test('ends the last data packet of a burst and no other', () => {
    const { peer } = new Camera();
    peer.drain();
    peer.transport.write(1, pattern(3000, 0));
    const asks = peer.drain().map((payload) => payload[payload.length - 1] === FrameType.ImmediateAck);
    assert.deepEqual(asks, [false, false, true]);
  });

  test('fits behind a full packet of data', () => {
    const { peer } = new Camera();
    peer.drain();
    peer.transport.write(1, pattern(1162, 0));
    const [payload, ...more] = peer.drain();
    assert.equal(more.length, 0);
    assert.equal(payload!.length, 1176);
    assert.equal(payload![1175], FrameType.ImmediateAck);
  });

  test('is answered at once, but not more often than every 2 ms', () => {
    const peer = new Lonely();
    peer.drain();
    peer.feed(PING, IMMEDIATE_ACK);
    assert.equal(peer.drain().length, 1);
    peer.nowMs = 1;
    peer.feed(PING, IMMEDIATE_ACK);
    assert.equal(peer.drain().length, 0);
    assert.equal(peer.transport.nextWakeMs(), 2);
    peer.nowMs = 2;
    assert.equal(peer.drain().length, 1);
  });

  test('the third packet after a gap is acknowledged at once as well', () => {
    const peer = new Lonely();
    peer.drain();
    const answers = [0, 2, 3, 4, 5].map((number) => {
      peer.feedPacket(packetOf(number, PING));
      return peer.drain().length;
    });
    assert.deepEqual(answers, [0, 1, 0, 1, 0]);
  });
});

describe('the tail of a burst', () => {
  test('is sent again when its ACK is overdue, although the next burst has left', () => {
    const camera = new Camera();
    camera.earn();
    const sentMs = camera.peer.nowMs;
    camera.send(3000);
    camera.peer.nowMs += 30;
    camera.send(3000);
    const dueMs = camera.peer.transport.nextWakeMs();
    assert.ok(dueMs >= sentMs + RTT_MS + 7 && dueMs < sentMs + RTT_MS + 8, `${dueMs - sentMs} ms later`);
    assert.equal(camera.wakeAt(dueMs), 1);
    assert.equal(camera.peer.transport.stats().probeTimeouts, 1);
  });

  test('is not sent a third time when it turns out to be lost, for its copy answers for it', () => {
    const camera = new Camera();
    camera.earn();
    const tail = camera.send(3000);
    camera.peer.nowMs += 30;
    camera.send(3000);
    camera.wakeAt(camera.peer.transport.nextWakeMs());
    const before = camera.peer.transport.stats().retransmittedBytes;
    camera.peer.nowMs += 15;
    camera.peer.feed(ack(tail + 1, tail + 3));
    assert.equal(camera.peer.transport.stats().packetsLost, 3);
    camera.peer.drain();
    const again = camera.peer.transport.stats().retransmittedBytes - before;
    assert.equal(again, 4 * 1162, 'only the two packets before the tail, twice each');
  });

  test('is left to the probe timeout when the budget is used up', () => {
    const camera = new Camera();
    camera.send(3000);
    camera.settle();
    let repeats = 0;
    for (let i = 0; i < 20; i++) {
      const sentMs = camera.peer.nowMs;
      camera.send(100);
      camera.peer.nowMs += 30;
      camera.send(100);
      if (camera.peer.transport.nextWakeMs() < sentMs + RTT_MS + 10)
        repeats += camera.wakeAt(sentMs + RTT_MS + 10);
      camera.settle();
    }
    assert.ok(repeats > 0 && repeats < 10, `${repeats} repeats`);
  });
});

describe('a retransmission', () => {
  /** Loses the first packet of a burst; how many packets leave when that is seen. */
  function repairOf(camera: Camera): number {
    const last = camera.send(5000);
    camera.peer.nowMs += RTT_MS;
    camera.peer.feed(ack(last - 3, last));
    return camera.peer.drain().length;
  }

  test('goes out twice while the budget has plenty and there is nothing else to send', () => {
    const camera = new Camera();
    camera.earn();
    assert.equal(repairOf(camera), 2);
  });

  test('goes out once on a connection that has sent little', () => {
    const camera = new Camera();
    camera.send(3000);
    camera.settle();
    assert.equal(repairOf(camera), 1);
  });

  test('that was lost goes out twice, however little was sent', () => {
    const camera = new Camera();
    camera.send(3000);
    camera.settle();
    assert.equal(repairOf(camera), 1);
    const repair = camera.newest;
    const last = camera.send(5000);
    camera.peer.nowMs += RTT_MS;
    camera.peer.feed(ack(repair + 1, last));
    assert.equal(camera.peer.drain().length, 2);
  });
});

describe('how far packets may be overtaken', () => {
  test('is three packets or an eighth of a round trip at first', () => {
    const reordering = new Reordering();
    assert.equal(reordering.packetThreshold, PACKET_THRESHOLD);
    assert.equal(reordering.lossDelayMs(80), 90);
  });

  test('grows with what the path was seen to do, within limits', () => {
    const reordering = new Reordering();
    reordering.onSpuriousLoss(9, 12, 80);
    assert.equal(reordering.packetThreshold, 10);
    assert.equal(reordering.lossDelayMs(80), 95);
    reordering.onSpuriousLoss(1e6, 1e6, 80);
    assert.equal(reordering.packetThreshold, 256);
    assert.equal(reordering.lossDelayMs(80), 100);
  });

  test('is next to nothing once 16 packets were lost and none of them came late', () => {
    const reordering = new Reordering();
    for (let i = 0; i < 15; i++) reordering.onLoss();
    reordering.onSpuriousLoss(9, 12, 80);
    for (let i = 0; i < 15; i++) reordering.onLoss();
    assert.equal(reordering.packetThreshold, 10);
    reordering.onLoss();
    assert.equal(reordering.packetThreshold, PACKET_THRESHOLD);
    assert.equal(reordering.lossDelayMs(80), 82.5);
    assert.equal(reordering.lossDelayMs(8), 9, 'but never finer than clocks are');
  });

  test('is learnt from a packet that was thought lost: the next one as late is waited for', () => {
    const camera = new Camera();
    const overtaken = (): number => {
      const before = camera.peer.transport.stats().packetsLost;
      const last = camera.send(9000);
      camera.peer.nowMs += RTT_MS;
      camera.peer.feed(ack(last - 5, last));
      camera.peer.nowMs += 1;
      camera.peer.feed(ack(last - 7, last));
      camera.peer.drain();
      return camera.peer.transport.stats().packetsLost - before;
    };
    camera.send(3000);
    camera.settle();
    assert.ok(overtaken() > 0);
    assert.equal(overtaken(), 0);
  });
});

test('a frame of the length of IMMEDIATE_ACK that is unknown still closes the connection', () => {
  const peer = new Lonely();
  peer.feed(frame((b) => ((b[0] = 0x1e), 1)));
  assert.ok(peer.transport.isClosed);
});
