import assert from 'node:assert/strict';
import { ChaChaPolySealer } from '../../../p2p-core/crypto/chacha20-poly1305';
import { UpdatingOpener } from '../../../p2p-core/session/packet-keys';
import { HEADER_BYTES, MAX_RECEIVED_BYTES, TAG_BYTES } from '../../../p2p-core/transport/constants';
import { FRAMES_END, FrameReader } from '../../../p2p-core/transport/frame-reader';
import {
  FrameType,
  isPacket,
  packetNumberOf,
  writeMaxData,
  writeMaxStreamData,
  writeMaxStreams,
  writePing,
  writeResetStream,
  writeStopSending,
  writeStreamHeader,
  writeU16,
  writeU32,
} from '../../../p2p-core/transport/packet-codec';
import { StreamPriority } from '../../../p2p-core/transport/types';
import { frame, Lonely, packetOf, pattern } from '../../p2p-core/transport/support';
import type { Prng } from '../../sim/prng';
import { join, randomBytes } from '../mutate';
import { retainedBytes } from '../retained';
import type { FuzzTarget } from '../target';

const MAX_PAYLOAD_BYTES = MAX_RECEIVED_BYTES - HEADER_BYTES - TAG_BYTES;
const STREAM_IDS = [0, 1, 4, 5, 8, 9, 2, 3, 4 * 63, 4 * 63 + 1, 4 * 64, 0xfffffffd, 0xffffffff];
const OFFSETS = [0, 1, 10, 1000, 131_071, 131_072, 1_048_576, 0xffffffff, 0xffffffffffff];

function ack(random: Prng): Uint8Array {
  return frame((bytes) => {
    bytes[0] = FrameType.Ack;
    let at = writeU32(bytes, 1, random.chance(0.8) ? random.int(0, 30) : random.int(0, 0xffffffff));
    at = writeU16(bytes, at, random.int(0, 0xffff));
    const ranges = random.chance(0.8) ? random.int(0, 4) : random.int(0, 255);
    bytes[at++] = ranges;
    at = writeU16(bytes, at, random.int(0, 10));
    for (let i = 0; i < ranges; i++) at = writeU16(bytes, writeU16(bytes, at, random.int(0, 2)), 0);
    return at;
  });
}

function oneFrame(random: Prng): Uint8Array {
  const id = random.pick(STREAM_IDS);
  const offset = random.chance(0.6) ? random.int(0, 3000) : random.pick(OFFSETS);
  const code = random.int(0, 0xffffffff);
  switch (random.int(0, 10)) {
    case 0:
      return frame((bytes) => writePing(bytes, 0));
    case 1:
      return ack(random);
    case 2:
      return frame((bytes) => writeResetStream(bytes, 0, id, code, offset));
    case 3:
      return frame((bytes) => writeStopSending(bytes, 0, id, code));
    case 4:
      return frame((bytes) => writeMaxData(bytes, 0, offset));
    case 5:
      return frame((bytes) => writeMaxStreamData(bytes, 0, id, offset));
    case 6:
      return frame((bytes) => writeMaxStreams(bytes, 0, random.pick([0, 1, 64, 65, 0xffffffff])));
    default: {
      const data = randomBytes(random, random.pick([0, 1, 1, 20, 300]));
      const stated = random.chance(0.95) ? data.length : random.int(0, 0xffff);
      const header = frame((bytes) => writeStreamHeader(bytes, 0, id, offset, stated, random.chance(0.2)));
      return join(header, data);
    }
  }
}

/** The frames of one packet, which a peer with keys may choose freely. */
function grammar(random: Prng): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let count = random.int(1, random.chance(0.1) ? 60 : 5); count > 0; count--)
    frames.push(oneFrame(random));
  return join(...frames).slice(0, MAX_PAYLOAD_BYTES);
}

const corpus: Uint8Array[] = [
  frame((bytes) => writePing(bytes, 0)),
  join(
    frame((bytes) => writeStreamHeader(bytes, 0, 0, 0, 300, true)),
    pattern(300, 1),
  ),
  frame((bytes) => writeMaxStreamData(bytes, writeMaxData(bytes, 0, 2_097_152), 1, 1_048_576)),
  frame((bytes) => writeStopSending(bytes, writeResetStream(bytes, 0, 4, 7, 0), 1, 7)),
  Uint8Array.of(FrameType.Ack, 0, 0, 0, 4, 0, 40, 1, 0, 1, 0, 0, 0, 1),
  Uint8Array.of(FrameType.CloseApplication, 0, 0, 0, 1, 2, 0x6f, 0x6b),
];

const reader = new FrameReader();
const WITH_DATA = new Set<number>([
  FrameType.Stream,
  FrameType.StreamFin,
  FrameType.CloseTransport,
  FrameType.CloseApplication,
]);

/** The frame parser alone. */
export const frames: FuzzTarget = {
  name: 'frames',
  inputsPerRound: 1500,
  corpus,
  grammar,
  run(input) {
    reader.start(input, 0, input.length);
    let count = 0;
    let type = reader.next();
    for (; type >= 0; type = reader.next()) {
      assert.ok(++count <= input.length, 'more frames than bytes');
      if (WITH_DATA.has(type)) {
        assert.ok(reader.dataStart <= reader.dataEnd && reader.dataEnd <= input.length);
      }
      if (type !== FrameType.Ack) continue;
      for (let i = 0; i < reader.ackRangeCount; i++) {
        assert.ok(reader.ackLow[i]! >= 0 && reader.ackLow[i]! <= reader.ackHigh[i]!);
        assert.ok(i === 0 || reader.ackHigh[i]! < reader.ackLow[i - 1]! - 1, 'ranges that touch');
      }
    }
    reader.start(input, 0, 0);
    assert.equal(reader.next(), FRAMES_END);
    return type === FRAMES_END;
  },
};

const sealKey = new Uint8Array(32).fill(9);
const sealed = corpus.map((payload, packetNumber) => {
  const packet = packetOf(packetNumber, payload);
  new ChaChaPolySealer(sealKey).seal(packet, HEADER_BYTES, packet.length - TAG_BYTES, packetNumber);
  return packet;
});

/** Packets on their way through the cipher, with the keys of both phases. */
export const sealedPackets: FuzzTarget = {
  name: 'sealed-packets',
  inputsPerRound: 500,
  corpus: sealed,
  grammar: (random) =>
    join(Uint8Array.of(0x80 | random.int(0, 3)), randomBytes(random, random.pick([7, 23, 24, 31, 80]))),
  run(input) {
    if (!isPacket(input)) return false;
    const before = input.slice();
    const opener = new UpdatingOpener(sealKey.slice());
    const end = opener.open(input, HEADER_BYTES, input.length, packetNumberOf(input));
    const isGenuine = sealed.some((one) => Buffer.from(before).equals(one));
    assert.equal(end >= 0, isGenuine, 'a packet that nobody sealed');
    if (!isGenuine) assert.deepEqual(input, before, 'a forged packet was changed');
    return isGenuine;
  },
};

const MAX_LIFE = 400;

function newPeer(): Lonely {
  const peer = new Lonely({ role: 'server' });
  for (let i = 0; i < 3; i++)
    peer.transport.write(peer.transport.openStream(StreamPriority.Live), pattern(4000, i));
  peer.drain();
  return peer;
}

const state = { peer: newPeer(), life: 0 };

/** A transport in the middle of a conversation with a peer that has the keys. */
export const transport: FuzzTarget = {
  name: 'transport',
  inputsPerRound: 700,
  corpus,
  grammar,
  // Both credit windows full, three send buffers, the rings of sent and received packets.
  maxRetainedBytes: 4 * 1024 * 1024,
  retained: () => retainedBytes(state.peer.transport),
  run(input) {
    const { peer } = state;
    peer.nowMs += 2;
    peer.feedPacket(packetOf(state.life++, input.subarray(0, MAX_PAYLOAD_BYTES)));
    peer.transport.wake(peer.nowMs);
    const sent = peer.drain().length;
    assert.ok(sent <= 40, `${sent} packets in answer to one`);
    const stats = peer.transport.stats();
    assert.ok(stats.bytesInFlight >= 0 && stats.smoothedRttMs >= 0 && stats.congestionWindowBytes > 0);
    assert.equal(peer.recorder.closedWith.length, peer.transport.isClosed ? 1 : 0);
    assert.ok(peer.transport.isClosed || peer.transport.nextWakeMs() < Infinity);
    if (!peer.transport.isClosed && state.life < MAX_LIFE) return true;
    state.peer = newPeer();
    state.life = 0;
    return false;
  },
};
