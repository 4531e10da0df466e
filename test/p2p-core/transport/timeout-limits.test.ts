/** Where RFC 9002's timeouts begin and end to count. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameType } from '../../../p2p-core/transport/packet-codec';
import { StreamPriority } from '../../../p2p-core/transport/types';
import type { CongestionController } from '../../../p2p-core/transport/types';
import { Lonely, pattern } from './support';

const ackFrame = (low: number, high: number): Uint8Array =>
  Uint8Array.of(FrameType.Ack, 0, 0, 0, high, 0, 0, 0, 0, high - low);

class Witness implements CongestionController {
  readonly name = 'witness';
  persistentCount = 0;
  congestionWindowBytes = (): number => 1e6;
  pacingRateBytesPerMs = (): number => 0;
  onPacketSent(): void {}
  onAck(): void {}
  onLoss(): void {}
  onPersistentCongestion(): void {
    this.persistentCount++;
  }
}

/** A sender whose packet 0 left at 0 ms. */
function oneSent(): { peer: Lonely; witness: Witness; id: number } {
  const witness = new Witness();
  const peer = new Lonely({ congestion: () => witness, keepAliveMs: 1e9, idleTimeoutMs: 1e9 });
  const id = peer.transport.openStream(StreamPriority.Live);
  peer.transport.write(id, pattern(100, 0));
  assert.equal(peer.drain().length, 1);
  return { peer, witness, id };
}

describe('a timeout', () => {
  for (const [spanMs, count] of [
    [370, 0],
    [380, 1],
  ] as const) {
    test(`losses ${spanMs} ms apart, at three timeouts of 125 ms, are ${count === 0 ? 'no ' : ''}persistent congestion`, () => {
      const { peer, witness, id } = oneSent();
      peer.nowMs = 40;
      peer.feed(ackFrame(0, 0));
      // Packets 1 and 2 are lost. Smoothed round trip 40, variation 15, and 25 of ack delay when the others are acknowledged.
      for (const ms of [100, 100 + spanMs, 101 + spanMs, 102 + spanMs, 103 + spanMs]) {
        peer.nowMs = ms;
        peer.transport.write(id, pattern(100, 0));
        peer.drain();
      }
      peer.nowMs = 143 + spanMs;
      peer.feed(ackFrame(3, 5));
      assert.equal(peer.transport.stats().packetsLost, 2);
      assert.equal(witness.persistentCount, count);
    });
  }

  test('an acknowledgement ends what a timeout may send beyond the window', () => {
    const full: CongestionController = new Witness();
    full.congestionWindowBytes = () => 2400;
    const peer = new Lonely({ congestion: () => full, keepAliveMs: 1e9, idleTimeoutMs: 1e9 });
    peer.transport.write(peer.transport.openStream(StreamPriority.Live), pattern(20_000, 0));
    assert.equal(peer.drain().length, 2);
    peer.nowMs = peer.transport.nextWakeMs();
    peer.transport.wake(peer.nowMs);
    // Before its two probes have left, packet 0 turns out to have arrived.
    peer.feed(ackFrame(0, 0));
    assert.equal(peer.drain().length, 1);
  });
});
