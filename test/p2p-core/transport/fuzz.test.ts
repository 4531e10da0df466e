import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HEADER_BYTES, TAG_BYTES } from '../../../p2p-core/transport/constants';
import { writeHeader } from '../../../p2p-core/transport/packet-codec';
import { StreamPriority } from '../../../p2p-core/transport/types';
import { Prng } from '../../sim/prng';
import { World } from '../../sim/world';
import { Lonely, pattern } from './support';

const INPUTS_PER_SEED = 4000;

/** Packets of a real conversation with data, losses, resets and stops in it: what the fuzzer bends. */
function realPackets(seed: number): Uint8Array[] {
  const world = new World(seed);
  const packets: Uint8Array[] = [];
  const pair = world.connect({
    forward: { delayMs: 20, lossRate: 0.1 },
    server: (end) => ({
      onStreamOpened: (id) => {
        end.transport.write(id, pattern(3000, id));
        end.transport.finish(id);
      },
    }),
  });
  pair.client.onSend = (datagram) => void packets.push(datagram.slice());
  for (let i = 0; i < 20; i++) {
    const id = pair.client.transport.openStream((i % 5) as StreamPriority);
    pair.client.write(id, pattern(500 + 300 * i, i));
    if (i % 4 === 0) pair.client.transport.reset(id, i);
    if (i % 4 === 1) pair.client.transport.stop(id, i);
    if (i % 4 > 1) pair.client.transport.finish(id);
    pair.client.drive();
    world.run(world.clock.nowMs() + 40);
  }
  pair.client.transport.close(3, 'done');
  pair.client.drive();
  return packets;
}

/** A receiver with streams of its own, in the middle of a conversation. */
function busyPeer(): Lonely {
  const peer = new Lonely({ role: 'server' });
  for (let i = 0; i < 3; i++)
    peer.transport.write(peer.transport.openStream(StreamPriority.Live), pattern(4000, i));
  peer.drain();
  return peer;
}

/** Feeds one input and checks what must hold after any input. */
function check(peer: Lonely, packet: Uint8Array): void {
  peer.feedPacket(packet);
  peer.nowMs += 1;
  peer.transport.wake(peer.nowMs);
  peer.drain();
  const { recorder, transport } = peer;
  assert.ok(recorder.closedWith.length <= 1);
  assert.equal(recorder.closedWith.length === 1, transport.isClosed);
  const stats = transport.stats();
  assert.ok(stats.bytesInFlight >= 0 && stats.smoothedRttMs >= 0 && stats.congestionWindowBytes > 0);
  if (!transport.isClosed) assert.ok(transport.nextWakeMs() < Infinity);
}

describe('bent and random frames from a peer with keys', () => {
  for (const seed of [1, 2, 3, 4]) {
    test(`flipped bits never throw: they close the transport or do no harm (seed ${seed})`, () => {
      const random = new Prng(seed);
      const packets = realPackets(seed);
      let peer = busyPeer();
      let closings = 0;
      for (let input = 0; input < INPUTS_PER_SEED; input++) {
        const packet = packets[input % packets.length]!.slice();
        for (let flips = random.int(0, 3); flips > 0; flips--) {
          packet[random.int(HEADER_BYTES, packet.length - 1 - TAG_BYTES)]! ^= 1 << random.int(0, 7);
        }
        writeHeader(packet, 1, input);
        check(peer, packet);
        if (!peer.transport.isClosed) continue;
        closings++;
        peer = busyPeer();
      }
      assert.ok(closings > 10, `only ${closings} of ${INPUTS_PER_SEED} inputs were found out`);
    });

    test(`random payloads never throw: they close the transport or do no harm (seed ${seed})`, () => {
      const random = new Prng(seed + 1000);
      let peer = busyPeer();
      for (let input = 0; input < INPUTS_PER_SEED; input++) {
        const packet = new Uint8Array(HEADER_BYTES + random.int(1, 80) + TAG_BYTES);
        random.fill(packet);
        // Known types more often than not, so that the fields behind them are reached.
        if (random.chance(0.8))
          packet[HEADER_BYTES] = random.pick([1, 2, 4, 5, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x1c]);
        // Small numbers more often than not, so that they mean something.
        for (let i = HEADER_BYTES + 1; i < packet.length; i++) if (random.chance(0.7)) packet[i] = 0;
        writeHeader(packet, 1, input);
        check(peer, packet);
        if (peer.transport.isClosed) peer = busyPeer();
      }
    });
  }
});
