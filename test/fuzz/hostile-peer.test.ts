import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CloseCode } from '../../p2p-core/transport/close-codes';
import { SentPackets } from '../../p2p-core/transport/sent-packets';
import { StreamPriority } from '../../p2p-core/transport/types';
import type { CongestionController, TransportOptions } from '../../p2p-core/transport/types';
import { Prng } from '../sim/prng';
import { randomBytes } from './mutate';
import {
  ack,
  close,
  maxData,
  maxStreamData,
  maxStreams,
  PACKET_OVERHEAD_BYTES,
  ping,
  resetStream,
  stopSending,
  stream,
  Victim,
} from './victim';

const KIB = 1024;
const MIB = 1024 * KIB;
const MAX_OFFSET = 0xffffffffffff;
/** A transport without streams and without anything in flight: its parsers, rings and filters. */
const IDLE_BYTES = 64 * KIB;

function assertClosed(victim: Victim, code: CloseCode): void {
  const [reason] = victim.recorder.closedWith;
  assert.deepEqual({ kind: reason?.kind, code: reason?.code }, { kind: 'violation', code });
  assert.equal(victim.recorder.closedWith.length, 1);
}

describe('a peer with the keys and bad intentions', () => {
  test('that withholds its ACKs gets the first window once, then two packets a probe timeout', () => {
    const victim = new Victim();
    victim.hit(maxData(MAX_OFFSET));
    const id = victim.transport.openStream(StreamPriority.Live);
    victim.hit(maxStreamData(id, MAX_OFFSET));
    let written = 0;
    const seconds = 2 * 3600;
    for (let second = 0; second < seconds; second++) {
      written += victim.transport.write(id, new Uint8Array(256 * KIB));
      victim.pump();
      victim.pass(1000);
      victim.hit(ping());
    }
    assert.equal(written, MIB, 'no more than the send buffer is taken');
    assert.ok(!victim.transport.isClosed);
    const perSecond = victim.outBytes / seconds;
    assert.ok(perSecond < 4096, `${perSecond} bytes a second into silence`);
    // The buffer, and the ring of packets that wait for an ACK: at most 8192, then nothing is sent any more.
    assert.ok(victim.heldBytes < 4 * MIB, `${victim.heldBytes} bytes held`);
  });

  test('that announces endless windows makes the victim hold and send nothing more', () => {
    const victim = new Victim();
    const before = victim.heldBytes;
    for (let i = 0; i < 2000; i++) {
      victim.hit(maxData(MAX_OFFSET - 2000 + i), maxStreams(0xffffffff - 2000 + i));
      victim.nowMs += 1;
    }
    assert.ok(victim.heldBytes < before + 16 * KIB);
    assert.ok(victim.outPackets <= 2000 / 8 + 1, `${victim.outPackets} packets`);
  });

  test('that opens a 65th stream is closed, whether or not it acknowledges the end of the others', () => {
    for (const isAcking of [false, true]) {
      const victim = new Victim();
      let opened = 0;
      for (; opened < 200 && !victim.transport.isClosed; opened++) {
        victim.hit(resetStream(opened * 4, 1, 0));
        victim.nowMs += 1;
        const last = victim.transport.stats().packetsSent - 1;
        if (isAcking && last >= 0) victim.hit(ack(0, last));
      }
      if (isAcking) {
        assert.equal(opened, 200, 'streams that have ended make room');
      } else {
        assert.equal(opened, 65);
        assertClosed(victim, CloseCode.StreamLimit);
      }
    }
  });

  test('that opens and ends ten thousand streams leaves nothing of them behind', () => {
    const victim = new Victim();
    for (let i = 0; i < 10_000; i++) {
      victim.hit(stream(i * 4, 0, new Uint8Array(100), true), stopSending(i * 4, 1));
      victim.nowMs += 1;
      const last = victim.transport.stats().packetsSent - 1;
      if (last >= 0) victim.hit(ack(Math.max(0, last - 1000), last));
      assert.ok(!victim.transport.isClosed, `closed at stream ${i}`);
    }
    assert.ok(victim.heldBytes < IDLE_BYTES, `${victim.heldBytes} bytes held`);
  });

  test('that sends beyond any window, or says two things about a size, is closed', () => {
    const cases: [Uint8Array[], CloseCode][] = [
      [[stream(0, MAX_OFFSET - 1, new Uint8Array(1))], CloseCode.FlowControl],
      [[resetStream(0, 0, MAX_OFFSET)], CloseCode.FlowControl],
      [[stream(0, MAX_OFFSET, new Uint8Array(1))], CloseCode.FrameEncoding],
      [[stream(0, 10, new Uint8Array(1), true), stream(0, 20, new Uint8Array(1))], CloseCode.FinalSize],
      [[stream(0, 10, new Uint8Array(1)), resetStream(0, 0, 5)], CloseCode.FinalSize],
      [[stream(0, 5, new Uint8Array(1), true), resetStream(0, 0, 5)], CloseCode.FinalSize],
      [[stream(2, 0, new Uint8Array(1))], CloseCode.StreamState],
      [[stream(1, 0, new Uint8Array(1))], CloseCode.StreamState],
      [[maxStreamData(9, 1)], CloseCode.StreamState],
      [[stream(4 * 64, 0, new Uint8Array(1))], CloseCode.StreamLimit],
      [[ack(0, 0)], CloseCode.ProtocolViolation],
      [[ack(0, 0xffff)], CloseCode.ProtocolViolation],
    ];
    for (const [frames, code] of cases) {
      const victim = new Victim();
      victim.hit(...frames);
      assertClosed(victim, code);
      assert.equal(victim.outPackets, 1, 'one CLOSE');
      assert.ok(victim.heldBytes < IDLE_BYTES);
    }
  });

  for (const seed of [1, 2, 3]) {
    test(`that contradicts itself is heard once for each byte, and costs no more than the window (seed ${seed})`, () => {
      const random = new Prng(seed);
      const size = 100 * KIB;
      /** Every byte that was ever sent for an offset. */
      const sent = Array.from({ length: size }, () => new Set<number>());
      let delivered = 0;
      const victim: Victim = new Victim(
        {},
        {
          onStreamData(id, bytes) {
            for (const byte of bytes) assert.ok(sent[delivered++]!.has(byte), 'a byte that nobody sent');
            victim.transport.consume(id, bytes.length);
          },
        },
      );
      for (let i = 0; i < 3000; i++) {
        const offset = random.int(0, size - 900);
        const data = randomBytes(random, random.int(0, 900));
        data.forEach((byte, at) => sent[offset + at]!.add(byte));
        victim.hit(stream(0, offset, data));
        assert.ok(!victim.transport.isClosed);
        if (i % 200 === 0) assert.ok(victim.heldBytes < IDLE_BYTES + 2 * size);
      }
      // Its beginning may never have come: now it does, and all that waited follows.
      for (let offset = 0; offset < size; offset += 1000) {
        const data = randomBytes(random, Math.min(1000, size - offset));
        data.forEach((byte, at) => sent[offset + at]!.add(byte));
        victim.hit(stream(0, offset, data));
      }
      assert.equal(delivered, size);
      assert.ok(victim.heldBytes < IDLE_BYTES);
    });
  }

  test('that sends tiny fragments with gaps on every stream fills a fixed number of slots, then is closed', () => {
    const victim = new Victim();
    let largest = 0;
    for (let i = 0; i < 40_000 && !victim.transport.isClosed; i++) {
      const frames: Uint8Array[] = [];
      for (let k = 0; k < 80; k++) {
        const number = i * 80 + k;
        frames.push(stream((number % 64) * 4, 1 + 2 * Math.floor(number / 64), Uint8Array.of(7)));
      }
      if (i % 10 === 0) largest = Math.max(largest, victim.heldBytes);
      victim.hit(...frames);
      victim.nowMs += 1;
    }
    assertClosed(victim, CloseCode.ProtocolViolation);
    assert.ok(largest < 2 * MIB, `${largest} bytes held`);
    assert.ok(victim.heldBytes < IDLE_BYTES, 'all is given back at the close');
  });

  const WINDOWS: { of: string; options: Partial<TransportOptions>; windows: number[] }[] = [
    { of: 'a camera', options: {}, windows: [MIB, MIB] },
    {
      of: 'a viewer',
      options: { streamWindowBytes: 2 * MIB, connectionWindowBytes: 2.5 * MIB },
      windows: [2 * MIB, MIB / 2],
    },
  ];
  for (const { of, options, windows } of WINDOWS) {
    test(`that fills the whole window of ${of} out of order with full packets is no offender`, () => {
      const victim = new Victim(options);
      victim.pump();
      // Every stream up to its limit, the first byte of each missing.
      windows.forEach((window, index) => {
        for (let offset = 1; offset < window; offset += 1100) {
          victim.hit(stream(index * 4, offset, new Uint8Array(Math.min(1100, window - offset))));
        }
      });
      assert.ok(!victim.transport.isClosed);
      const windowBytes = options.connectionWindowBytes ?? 2 * MIB;
      assert.ok(victim.heldBytes < windowBytes + MIB, `${victim.heldBytes} bytes held`);
      for (let index = 0; index < windows.length; index++) victim.hit(stream(index * 4, 0, Uint8Array.of(1)));
      assert.ok(!victim.transport.isClosed);
      assert.ok(victim.heldBytes < 128 * KIB);
    });
  }

  test('that acknowledges what it never got makes nothing be sent twice, and nothing beyond what was written', () => {
    const victim = new Victim();
    victim.hit(maxData(MAX_OFFSET));
    const id = victim.transport.openStream(StreamPriority.Download);
    victim.hit(maxStreamData(id, MAX_OFFSET));
    let written = 0;
    const total = 8 * MIB;
    for (let i = 0; i < 20_000 && (written < total || victim.transport.bufferedBytes(id) > 0); i++) {
      written += victim.transport.write(id, new Uint8Array(Math.min(64 * KIB, total - written)));
      victim.pump();
      victim.pass(1);
      victim.hit(
        ack(
          Math.max(0, victim.transport.stats().packetsSent - 1000),
          victim.transport.stats().packetsSent - 1,
        ),
      );
    }
    assert.equal(written, total);
    assert.equal(victim.transport.stats().retransmittedBytes, 0);
    assert.ok(victim.outBytes < total * 1.06, `${victim.outBytes} bytes for ${total}`);
    // The largest send buffer, for its congestion window is boundless, and what is remembered of packets.
    assert.ok(victim.heldBytes < 4 * MIB, `${victim.heldBytes} bytes held`);
  });

  test('that puts a hundred ACKs into a packet is closed before they cost a hundred searches', () => {
    const victim = new Victim({ congestion: boundless, sendBufferBytes: 16 * MIB });
    victim.hit(maxData(MAX_OFFSET));
    const id = victim.transport.openStream(StreamPriority.Download);
    victim.hit(maxStreamData(id, MAX_OFFSET));
    victim.transport.write(id, new Uint8Array(9 * MIB));
    victim.pump();
    const sent = victim.transport.stats().packetsSent;
    assert.ok(sent > 8000, 'as much in flight as can be');
    // The first two are taken for lost, so all numbers from there on are worth a look.
    const acks = Array.from({ length: 100 }, () => ack(2, sent - 1));
    let looks = 0;
    const original = SentPackets.prototype.get;
    SentPackets.prototype.get = function (packetNumber) {
      looks++;
      return original.call(this, packetNumber);
    };
    try {
      victim.hit(...acks);
    } finally {
      SentPackets.prototype.get = original;
    }
    assert.ok(looks < 10 * sent, `${looks} looks at ${sent} packets`);
    assertClosed(victim, CloseCode.ProtocolViolation);
  });

  test('that floods PINGs in order is answered once in eight, and once each where it leaves gaps', () => {
    const inOrder = new Victim();
    for (let i = 0; i < 8000; i++) inOrder.hit(ping());
    assert.ok(inOrder.outPackets <= 1002, `${inOrder.outPackets} packets for 8000`);
    assert.ok(inOrder.outBytes < inOrder.inBytes);

    const withGaps = new Victim();
    const before = withGaps.heldBytes;
    for (let i = 0; i < 8000; i++) {
      withGaps.skipNumbers(1 + (i % 3));
      withGaps.hit(ping());
    }
    assert.ok(withGaps.outPackets <= withGaps.inPackets + 1);
    const largestAck = 10 + 31 * 4 + PACKET_OVERHEAD_BYTES;
    assert.ok(withGaps.outBytes <= withGaps.outPackets * largestAck);
    assert.ok(withGaps.heldBytes < before + 16 * KIB);
  });

  test('that floods RESET_STREAM and STOP_SENDING is answered with one RESET_STREAM a stream', () => {
    const victim = new Victim();
    const resets: number[] = [];
    victim.onPayload = (payload) => {
      if (payload.includes(0x04)) resets.push(payload.length);
    };
    for (let i = 0; i < 5000; i++) victim.hit(resetStream(0, i, 0), stopSending(0, i), stopSending(4, i));
    assert.ok(!victim.transport.isClosed);
    assert.deepEqual(victim.recorder.events.filter((event) => /^(?:reset|stopped) /.test(event)).length, 2);
    assert.ok(victim.outPackets <= 5000 / 8 + 3, `${victim.outPackets} packets`);
    assert.ok(victim.heldBytes < IDLE_BYTES);
  });

  test('that repeats CLOSE is heard once and never answered', () => {
    const victim = new Victim();
    for (let i = 0; i < 1000; i++) victim.hit(close(7, 'bye'), ping());
    victim.pass(60_000);
    assert.deepEqual(victim.recorder.closedWith, [
      { kind: 'peer', code: 7, isTransportCode: false, message: 'bye' },
    ]);
    assert.equal(victim.outPackets, 0);
  });

  test('that goes on after our CLOSE gets it again ever more rarely', () => {
    const victim = new Victim();
    victim.transport.close(1, 'enough');
    victim.pump();
    for (let i = 0; i < 4096; i++) victim.hit(stream(0, i, Uint8Array.of(1)), ping());
    assert.equal(victim.outPackets, 1 + 13, 'the first one, and one for the 1st, 2nd, 4th … 4096th packet');
    assert.deepEqual(victim.recorder.calls, []);
    assert.ok(victim.heldBytes < IDLE_BYTES);
  });
});

const boundless = (): CongestionController => ({
  name: 'boundless',
  congestionWindowBytes: () => Infinity,
  pacingRateBytesPerMs: () => 0,
  onPacketSent() {},
  onAck() {},
  onLoss() {},
  onPersistentCongestion() {},
});
