import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { utf8Encode } from '../../../p2p-core/bytes/utf8';
import { ChaChaPolySealer } from '../../../p2p-core/crypto/chacha20-poly1305';
import { hmacSha256 } from '../../../p2p-core/crypto/hmac';
import { isErrorResult } from '../../../p2p-core/errors';
import { nextPacketKey, UpdatingOpener, UpdatingSealer } from '../../../p2p-core/session/packet-keys';
import type { OpeningOptions } from '../../../p2p-core/session/packet-keys';
import { CloseCode } from '../../../p2p-core/transport/close-codes';
import { StreamPriority } from '../../../p2p-core/transport/types';
import { Prng } from '../../sim/prng';
import { World } from '../../sim/world';
import { pattern, Recorder } from '../transport/support';

const HEADER_BYTES = 8;
const isEncryptFailed = (thrown: unknown): boolean => isErrorResult(thrown) && thrown.errcode === -2501;

function newKey(seed: number): Uint8Array {
  const key = new Uint8Array(32);
  new Prng(seed).fill(key);
  return key;
}

/** A sealer that is acknowledged at once, or when told to, and an opener of the same key. */
class OneWay {
  readonly sealer: UpdatingSealer;
  readonly opener: UpdatingOpener;

  constructor(packetsPerKey: number, opening: OpeningOptions = {}) {
    this.sealer = new UpdatingSealer(newKey(1), { packetsPerKey });
    this.opener = new UpdatingOpener(newKey(1), { minPacketsPerKey: 8, oldKeyPackets: 4, ...opening });
  }

  seal(packetNumber: number, isAcknowledged = true): Uint8Array {
    const packet = new Uint8Array(64);
    packet[0] = 0x80;
    packet[7] = packetNumber;
    packet.fill(packetNumber, HEADER_BYTES, 40);
    const end = this.sealer.seal(packet, HEADER_BYTES, 40, packetNumber);
    if (isAcknowledged) this.sealer.onAcknowledged(packetNumber);
    return packet.slice(0, end);
  }

  opens(packet: Uint8Array): boolean {
    const copy = packet.slice();
    const number = copy[7]!;
    const end = this.opener.open(copy, HEADER_BYTES, copy.length, number);
    if (end < 0) return false;
    assert.deepEqual(copy.subarray(HEADER_BYTES, end), new Uint8Array(end - HEADER_BYTES).fill(number));
    return true;
  }
}

const phaseOf = (packet: Uint8Array): number => packet[0]! & 1;

describe('the key after a key', () => {
  test('is HKDF-SHA-256 of it with the label "iot-p2p/1 ku" and no salt', () => {
    const key = newKey(3);
    const pseudoRandomKey = hmacSha256(new Uint8Array(32), key);
    const expected = hmacSha256(pseudoRandomKey, Uint8Array.of(...utf8Encode('iot-p2p/1 ku'), 1));
    assert.deepEqual(nextPacketKey(key), expected);
  });
});

describe('a sealer', () => {
  test('changes key and phase after the packets of a key, again and again', () => {
    const way = new OneWay(10);
    const phases = Array.from({ length: 45 }, (_, number) => phaseOf(way.seal(number))).join('');
    assert.equal(phases, '0'.repeat(10) + '1'.repeat(10) + '0'.repeat(10) + '1'.repeat(10) + '0'.repeat(5));
  });

  test('seals with the derived key, the packet number as nonce and the phase as part of the header', () => {
    const way = new OneWay(10);
    for (let number = 0; number < 10; number++) way.seal(number);
    const sealed = way.seal(10);
    const expected = new Uint8Array(64);
    expected[0] = 0x81;
    expected[7] = 10;
    expected.fill(10, HEADER_BYTES, 40);
    new ChaChaPolySealer(nextPacketKey(newKey(1))).seal(expected, HEADER_BYTES, 40, 10);
    assert.deepEqual(sealed, expected.slice(0, 56));
  });

  test('keeps the key until a packet under it was acknowledged: the peer must never be two keys behind', () => {
    const way = new OneWay(10);
    for (let number = 0; number < 30; number++) assert.equal(phaseOf(way.seal(number, false)), 0);
    way.sealer.onAcknowledged(3);
    assert.equal(phaseOf(way.seal(30, false)), 1);
    way.sealer.onAcknowledged(29);
    for (let number = 31; number < 60; number++) assert.equal(phaseOf(way.seal(number, false)), 1);
    way.sealer.onAcknowledged(31);
    assert.equal(phaseOf(way.seal(60, false)), 0);
  });

  test('never takes a packet number twice or backwards, also across an update', () => {
    const way = new OneWay(10);
    for (let number = 0; number < 12; number++) way.seal(number);
    for (const number of [11, 10, 9, 0]) assert.throws(() => way.seal(number), isEncryptFailed);
    way.seal(12);
  });
});

describe('an opener', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    test(`opens every packet through seven updates, one in five lost and the rest in disorder, seed ${seed}`, () => {
      const random = new Prng(seed);
      const way = new OneWay(20, { oldKeyPackets: 8 });
      const sealed = Array.from({ length: 160 }, (_, number) => way.seal(number));
      const inFlight = sealed
        .filter(() => !random.chance(0.2))
        .map((packet, i) => ({ packet, at: i + random.int(0, 4) }))
        .sort((a, b) => a.at - b.at);
      for (const { packet } of inFlight) assert.ok(way.opens(packet), `packet ${packet[7]}`);
    });
  }

  test('keeps the old key for packets that were overtaken, but not longer than for its window', () => {
    const way = new OneWay(10);
    const sealed = Array.from({ length: 20 }, (_, number) => way.seal(number));
    for (let number = 0; number < 7; number++) way.opens(sealed[number]!);
    assert.ok(way.opens(sealed[11]!));
    assert.ok(way.opens(sealed[7]!), 'overtaken by the update');
    assert.ok(way.opens(sealed[10]!), 'the first under the new key comes late');
    assert.ok(way.opens(sealed[13]!));
    assert.ok(way.opens(sealed[8]!), '3 after the first one under the new key');
    assert.ok(way.opens(sealed[14]!));
    assert.equal(way.opens(sealed[9]!), false, 'after 4 the old key is gone');
  });

  test('is not moved by packets of the other phase that are not authentic, and then follows the real update', () => {
    const way = new OneWay(10);
    const sealed = Array.from({ length: 12 }, (_, number) => way.seal(number));
    for (let number = 0; number < 10; number++) assert.ok(way.opens(sealed[number]!));
    for (let number = 0; number < 200; number++) {
      const forged = sealed[10]!.slice();
      forged[7] = number;
      forged[20] = forged[20]! ^ 1;
      assert.equal(way.opens(forged), false);
    }
    const flipped = sealed[9]!.slice();
    flipped[0] = flipped[0]! ^ 1;
    assert.equal(way.opens(flipped), false, 'the phase is authenticated');
    assert.ok(way.opens(sealed[10]!));
    assert.ok(way.opens(sealed[11]!));
  });

  test('does not follow a second update that comes sooner than any sender makes one', () => {
    const hasty = new OneWay(4, { minPacketsPerKey: 8 });
    const sealed = Array.from({ length: 17 }, (_, number) => hasty.seal(number));
    assert.deepEqual(
      sealed.map((packet) => hasty.opens(packet)),
      // 0-3 under key 0; 4-7 under key 1, too soon; 8-11 under key 2, which looks like key 0; 12-15 under key 3, which
      // looks like key 1: the opener is left behind, and nothing but its packets is lost.
      [...new Array<boolean>(4).fill(true), ...new Array<boolean>(13).fill(false)],
    );
  });

  test('takes nothing at all after as many forged packets as the cipher bears', () => {
    const way = new OneWay(10, { maxForgedPackets: 5 });
    const sealed = Array.from({ length: 3 }, (_, number) => way.seal(number));
    const forged = sealed[0]!.slice();
    forged[30] = forged[30]! ^ 1;
    for (let i = 0; i < 4; i++) assert.equal(way.opens(forged), false);
    assert.ok(way.opens(sealed[0]!));
    assert.equal(way.opens(forged), false);
    assert.equal(way.opens(sealed[1]!), false);
  });
});

describe('keys that are not needed any more', () => {
  test('are overwritten by an update and by erase, and neither end works afterwards', () => {
    const key = newKey(1);
    const openerKey = newKey(1);
    const way = new OneWay(10);
    const sealer = new UpdatingSealer(key, { packetsPerKey: 10 });
    const opener = new UpdatingOpener(openerKey, { minPacketsPerKey: 8 });
    const packet = new Uint8Array(64);
    sealer.seal(packet, HEADER_BYTES, 40, 0);
    assert.notDeepEqual(key, new Uint8Array(32));
    sealer.onAcknowledged(0);
    sealer.seal(packet, HEADER_BYTES, 40, 10);
    assert.deepEqual(key, new Uint8Array(32));

    const [first, updated] = [way.seal(0), way.seal(10)];
    assert.ok(opener.open(first, HEADER_BYTES, first.length, 0) > 0);
    assert.notDeepEqual(openerKey, new Uint8Array(32));
    assert.ok(opener.open(updated, HEADER_BYTES, updated.length, 10) > 0);
    assert.deepEqual(openerKey, new Uint8Array(32));

    sealer.erase();
    opener.erase();
    assert.throws(() => sealer.seal(packet, HEADER_BYTES, 40, 11), isEncryptFailed);
    const later = way.seal(11);
    assert.equal(opener.open(later, HEADER_BYTES, later.length, 11), -1);
  });

  test('are overwritten by erase also when they were never used', () => {
    const keys = [newKey(1), newKey(2)] as const;
    new UpdatingSealer(keys[0]).erase();
    new UpdatingOpener(keys[1]).erase();
    for (const key of keys) assert.deepEqual(key, new Uint8Array(32));
  });
});

describe('a session over many updates', () => {
  const KEY_1 = 11;
  const KEY_2 = 12;
  const LINK = { delayMs: 20, lossRate: 0.05, duplicateRate: 0.05, reorderRate: 0.05, reorderMs: 12 };

  for (const seed of [1, 2, 3]) {
    test(`delivers everything in both directions over a link that loses, repeats and reorders, seed ${seed}`, () => {
      const world = new World(seed);
      const client = new Recorder();
      const server = new Recorder();
      const update = { packetsPerKey: 100 };
      const follow = { minPacketsPerKey: 60, oldKeyPackets: 50 };
      const seen = new Set<string>();
      let updates = 0;
      const pair = world.connect({
        forward: LINK,
        client: (end) => ({
          onStreamData: (id, bytes) => (
            client.onStreamData(id, bytes),
            end.transport.consume(id, bytes.length)
          ),
          onClosed: (reason) => client.onClosed(reason),
        }),
        server: (end) => ({
          onStreamData: (id, bytes) => (
            server.onStreamData(id, bytes),
            end.transport.consume(id, bytes.length)
          ),
          onClosed: (reason) => server.onClosed(reason),
        }),
        clientOptions: {
          sealer: new UpdatingSealer(newKey(KEY_1), update),
          opener: new UpdatingOpener(newKey(KEY_2), follow),
        },
        serverOptions: {
          sealer: new UpdatingSealer(newKey(KEY_2), update),
          opener: new UpdatingOpener(newKey(KEY_1), follow),
        },
      });
      for (const [name, end] of Object.entries({ client: pair.client, server: pair.server })) {
        let phase = 0;
        end.onSend = (datagram) => {
          const number = datagram.slice(4, 8).join('.');
          assert.equal(seen.has(`${name} ${number}`), false, `packet number ${number} of the ${name} again`);
          seen.add(`${name} ${number}`);
          if (phaseOf(datagram) !== phase) updates++;
          phase = phaseOf(datagram);
        };
      }
      const up = pair.client.transport.openStream(StreamPriority.Talk);
      const down = pair.server.transport.openStream(StreamPriority.Live);
      const [upBytes, downBytes] = [pattern(600_000, 1), pattern(600_000, 2)];
      pair.client.write(up, upBytes);
      pair.server.write(down, downBytes);
      world.run(60_000);
      assert.deepEqual([...client.closedWith, ...server.closedWith], []);
      assert.deepEqual(server.bytesOf(up), Buffer.from(upBytes));
      assert.deepEqual(client.bytesOf(down), Buffer.from(downBytes));
      assert.ok(updates >= 8, `${updates} updates`);
    });
  }

  test('closes when the packet numbers are used up, whatever key it has reached', () => {
    const world = new World(1);
    const client = new Recorder();
    const pair = world.connect({
      forward: { delayMs: 5 },
      client: () => ({ onClosed: (reason) => client.onClosed(reason) }),
      clientOptions: {
        sealer: new UpdatingSealer(newKey(KEY_1), { packetsPerKey: 10 }),
        opener: new UpdatingOpener(newKey(KEY_2)),
        packetNumberLimit: 50,
      },
      serverOptions: {
        sealer: new UpdatingSealer(newKey(KEY_2)),
        opener: new UpdatingOpener(newKey(KEY_1), { minPacketsPerKey: 5, oldKeyPackets: 5 }),
      },
    });
    pair.client.write(pair.client.transport.openStream(StreamPriority.Live), pattern(200_000, 0));
    world.run(20_000);
    assert.deepEqual(client.calls, [`closed violation ${CloseCode.PacketNumbersUsedUp}`]);
  });
});
