import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  FRAMES_END,
  FRAME_MALFORMED,
  FRAME_UNKNOWN,
  FrameReader,
} from '../../../p2p-core/transport/frame-reader';
import {
  FrameType,
  isPacket,
  packetNumberOf,
  writeClose,
  writeHeader,
  writeMaxData,
  writeMaxStreamData,
  writeMaxStreams,
  writePing,
  writeResetStream,
  writeStopSending,
  writeStreamHeader,
} from '../../../p2p-core/transport/packet-codec';
import { ReceivedPackets } from '../../../p2p-core/transport/received-packets';
import { frame } from './support';

const LARGE_OFFSET = 0xfedcba987654;
const CODE = 0xdeadbeef;

function ackOf(...numbers: number[]): Uint8Array {
  const received = new ReceivedPackets();
  for (const number of numbers) received.add(number, 100);
  return frame((bytes) => received.writeAck(bytes, 0, 1000, 102.5));
}

const FRAMES: { type: number; bytes: Uint8Array; expected: Partial<FrameReader> }[] = [
  { type: FrameType.Ping, bytes: frame((b) => writePing(b, 0)), expected: {} },
  {
    type: FrameType.Stream,
    bytes: frame((b) => writeStreamHeader(b, 0, 0xfffffffc, LARGE_OFFSET, 5, false) + 5),
    expected: { streamId: 0xfffffffc, offset: LARGE_OFFSET, dataStart: 13, dataEnd: 18 },
  },
  {
    type: FrameType.StreamFin,
    bytes: frame((b) => writeStreamHeader(b, 0, 4, 7, 0, true)),
    expected: { streamId: 4, offset: 7, dataStart: 13, dataEnd: 13 },
  },
  {
    type: FrameType.ResetStream,
    bytes: frame((b) => writeResetStream(b, 0, 8, CODE, LARGE_OFFSET)),
    expected: { streamId: 8, value: CODE, offset: LARGE_OFFSET },
  },
  {
    type: FrameType.StopSending,
    bytes: frame((b) => writeStopSending(b, 0, 12, CODE)),
    expected: { streamId: 12, value: CODE },
  },
  {
    type: FrameType.MaxData,
    bytes: frame((b) => writeMaxData(b, 0, LARGE_OFFSET)),
    expected: { offset: LARGE_OFFSET },
  },
  {
    type: FrameType.MaxStreamData,
    bytes: frame((b) => writeMaxStreamData(b, 0, 16, LARGE_OFFSET)),
    expected: { streamId: 16, offset: LARGE_OFFSET },
  },
  { type: FrameType.MaxStreams, bytes: frame((b) => writeMaxStreams(b, 0, 80)), expected: { value: 80 } },
  {
    type: FrameType.CloseTransport,
    bytes: frame((b) => writeClose(b, 0, FrameType.CloseTransport, CODE, Buffer.from('why'))),
    expected: { value: CODE, dataStart: 6, dataEnd: 9 },
  },
  {
    type: FrameType.CloseApplication,
    bytes: frame((b) => writeClose(b, 0, FrameType.CloseApplication, 0, Buffer.from(''))),
    expected: { value: 0, dataStart: 6, dataEnd: 6 },
  },
  {
    type: FrameType.Ack,
    bytes: ackOf(1, 2, 3, 7, 9),
    expected: { ackDelayMs: 2.5, ackRangeCount: 3 },
  },
];

describe('packets', () => {
  test('the header holds a 24-bit connection id and a 32-bit packet number, and its first byte is that of no STUN or TURN', () => {
    const packet = new Uint8Array(25);
    writeHeader(packet, 0xabcdef, 0xfffffffe);
    assert.deepEqual([...packet.subarray(0, 8)], [0x80, 0xab, 0xcd, 0xef, 0xff, 0xff, 0xff, 0xfe]);
    assert.equal(packetNumberOf(packet), 0xfffffffe);
    assert.equal(isPacket(packet), true);
  });

  test('a datagram is no packet when it is too short or of another version; the key phase may be either', () => {
    const packet = new Uint8Array(25);
    writeHeader(packet, 1, 1);
    assert.equal(isPacket(packet.subarray(0, 24)), false);
    for (let first = 0; first < 256; first++) {
      packet[0] = first;
      assert.equal(isPacket(packet), first === 0x80 || first === 0x81);
    }
  });
});

describe('frames', () => {
  for (const { type, bytes, expected } of FRAMES) {
    test(`type ${type} reads back as it was written, also behind padding and before another frame`, () => {
      const padding = 3;
      const packet = Buffer.concat([new Uint8Array(padding), bytes, frame((b) => writePing(b, 0))]);
      const reader = new FrameReader();
      reader.start(packet, 0, packet.length);
      assert.equal(reader.next(), type);
      for (const [key, value] of Object.entries(expected)) {
        const shift = key === 'dataStart' || key === 'dataEnd' ? padding : 0;
        assert.equal(reader[key as keyof FrameReader], (value as number) + shift, key);
      }
      assert.equal(reader.next(), FrameType.Ping);
      assert.equal(reader.next(), FRAMES_END);
    });

    test(`type ${type} cut at any byte is malformed`, () => {
      for (let length = 1; length < bytes.length; length++) {
        const reader = new FrameReader();
        reader.start(bytes.slice(0, length), 0, length);
        assert.equal(reader.next(), FRAME_MALFORMED, `cut to ${length} of ${bytes.length}`);
      }
    });
  }

  test('an ACK tells its ranges from the newest, both ends included', () => {
    const bytes = ackOf(1, 2, 3, 7, 9);
    const reader = new FrameReader();
    reader.start(bytes, 0, bytes.length);
    reader.next();
    const ranges = [0, 1, 2].map((i) => [reader.ackLow[i], reader.ackHigh[i]]);
    assert.deepEqual(ranges, [
      [9, 9],
      [7, 7],
      [1, 3],
    ]);
  });

  test('an ACK whose ranges reach below zero is malformed', () => {
    for (const at of [8, 9, 10, 11, 12, 13]) {
      const bytes = ackOf(4, 5, 9);
      bytes[at] = 0xff;
      const reader = new FrameReader();
      reader.start(bytes, 0, bytes.length);
      assert.equal(reader.next(), FRAME_MALFORMED, `byte ${at}`);
    }
  });

  test('a stream that would end beyond 2^48 - 1 is malformed', () => {
    const bytes = frame((b) => writeStreamHeader(b, 0, 0, 0xffffffffffff, 1, false) + 1);
    const reader = new FrameReader();
    reader.start(bytes, 0, bytes.length);
    assert.equal(reader.next(), FRAME_MALFORMED);
  });

  test('every type that the table does not have is unknown', () => {
    const known = new Set<number>(Object.values(FrameType));
    for (let type = 0; type < 256; type++) {
      if (known.has(type)) continue;
      const reader = new FrameReader();
      reader.start(new Uint8Array(40).fill(type), 0, 40);
      assert.equal(reader.next(), FRAME_UNKNOWN, `type ${type}`);
    }
  });
});
