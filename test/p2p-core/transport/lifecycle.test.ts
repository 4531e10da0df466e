import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CloseCode } from '../../../p2p-core/transport/close-codes';
import { writePing } from '../../../p2p-core/transport/packet-codec';
import { StreamPriority } from '../../../p2p-core/transport/types';
import { nullOpener } from '../../sim/null-aead';
import { Prng } from '../../sim/prng';
import { World } from '../../sim/world';
import { Lonely, Recorder, frame, packetOf, pattern } from './support';

const PING = frame((b) => writePing(b, 0));

function watchedPair(lossRate = 0): {
  world: World;
  pair: ReturnType<World['connect']>;
  client: Recorder;
  server: Recorder;
} {
  const world = new World(4);
  const client = new Recorder();
  const server = new Recorder();
  const pair = world.connect({
    forward: { delayMs: 20, lossRate },
    client: () => ({ onClosed: (reason) => client.onClosed(reason) }),
    server: () => ({ onClosed: (reason) => server.onClosed(reason) }),
  });
  return { world, pair, client, server };
}

describe('an idle link', () => {
  test('is kept alive by a few PINGs for as long as both ends live', () => {
    const { world, pair, client, server } = watchedPair();
    world.run(600000);
    assert.deepEqual([...client.closedWith, ...server.closedWith], []);
    const sent = pair.client.transport.stats().packetsSent + pair.server.transport.stats().packetsSent;
    assert.ok(sent <= (600 / 5) * 4 + 10, `${sent} packets in ten minutes`);
  });

  test('is closed 15 s after the last word of the peer, once, and leaves no timer', () => {
    const { world, pair, client } = watchedPair();
    world.run(1000);
    pair.server.out.options.lossRate = 1;
    pair.client.out.options.lossRate = 1;
    world.run(60000);
    assert.deepEqual(
      client.closedWith.map(({ kind, code }) => [kind, code]),
      [['idle', 0]],
    );
    assert.equal(pair.client.transport.isClosed, true);
    assert.equal(pair.client.transport.nextWakeMs(), Infinity);
    assert.equal(world.clock.pendingCount, 0);
  });

  test('times out from the beginning when the peer never says anything', () => {
    const peer = new Lonely({ idleTimeoutMs: 3000 });
    peer.transport.wake(2999);
    assert.equal(peer.transport.isClosed, false);
    peer.transport.wake(3000);
    assert.deepEqual(peer.recorder.calls, ['closed idle 0']);
    assert.equal(peer.drain().length, 0); // RFC 9000 §10.1: silently
  });

  test('what is written before the peer can be reached arrives once it can', () => {
    const world = new World(2);
    const recorder = new Recorder();
    const pair = world.connect({
      forward: { delayMs: 20, lossRate: 1 },
      server: () => ({ onStreamData: (id, bytes) => recorder.onStreamData(id, bytes) }),
    });
    const id = pair.client.transport.openStream(StreamPriority.Live);
    pair.client.write(id, pattern(20000, 3));
    world.run(5000);
    pair.client.out.options.lossRate = 0;
    pair.server.out.options.lossRate = 0;
    world.run(12000);
    assert.deepEqual(recorder.bytesOf(id), Buffer.from(pattern(20000, 3)));
  });
});

describe('close', () => {
  test('tells the peer code and reason, and the closing side hears nothing more', () => {
    const { world, pair, client, server } = watchedPair();
    world.run(100);
    pair.client.transport.close(404, 'kein Bild verfügbar');
    pair.client.drive();
    world.run(1000);
    assert.deepEqual(server.closedWith, [
      { kind: 'peer', code: 404, isTransportCode: false, message: 'kein Bild verfügbar' },
    ]);
    assert.deepEqual(client.closedWith, []);
    assert.equal(world.clock.pendingCount, 0);
  });

  test('is repeated for the 1st, 2nd, 4th, 8th … packet that still arrives', () => {
    const peer = new Lonely();
    peer.drain();
    peer.transport.close(1, 'bye');
    assert.equal(peer.drain().length, 1);
    const answered: number[] = [];
    for (let i = 1; i <= 40; i++) {
      peer.feed(PING);
      if (peer.drain().length > 0) answered.push(i);
    }
    assert.deepEqual(answered, [1, 2, 4, 8, 16, 32]);
  });

  test('reaches the peer even when the first CLOSE is lost', () => {
    const { world, pair, server } = watchedPair();
    const id = pair.server.transport.openStream(StreamPriority.Live);
    world.run(100);
    pair.client.out.options.lossRate = 1;
    pair.client.transport.close(7, 'lost at first');
    pair.client.drive();
    pair.client.out.options.lossRate = 0;
    pair.server.write(id, pattern(100, 0));
    world.run(1000);
    assert.deepEqual(
      server.closedWith.map(({ code }) => code),
      [7],
    );
  });

  test('by both sides at once ends in silence', () => {
    const { world, pair, client, server } = watchedPair();
    world.run(100);
    for (const end of [pair.client, pair.server]) {
      end.transport.close(1, '');
      end.drive();
    }
    world.run(5000);
    const before = pair.client.transport.stats().packetsSent + pair.server.transport.stats().packetsSent;
    world.run(60000);
    assert.equal(
      pair.client.transport.stats().packetsSent + pair.server.transport.stats().packetsSent,
      before,
    );
    assert.deepEqual([...client.closedWith, ...server.closedWith], []);
  });

  test('cuts a long reason at a character', () => {
    const { world, pair, server } = watchedPair();
    pair.client.transport.close(1, 'é'.repeat(150) + 'x');
    pair.client.drive();
    world.run(1000);
    assert.equal(server.closedWith[0]!.message, 'é'.repeat(100));
  });

  test('makes every later call harmless', () => {
    const peer = new Lonely();
    const id = peer.transport.openStream(StreamPriority.Live);
    peer.transport.write(id, pattern(5000, 0));
    peer.transport.close(0, '');
    const { transport } = peer;
    assert.equal(transport.write(id, pattern(1, 0)), 0);
    assert.equal(transport.bufferedBytes(id), 0);
    const late = transport.openStream(StreamPriority.Live);
    assert.equal(transport.write(late, pattern(1, 0)), 0);
    transport.setPriority(id, StreamPriority.Talk);
    transport.finish(id);
    transport.reset(id, 1);
    transport.stop(id, 1);
    transport.consume(id, 1);
    transport.ping();
    transport.close(2, 'again');
    transport.wake(1e9);
    assert.equal(peer.drain().length, 1); // the one CLOSE
    assert.deepEqual(peer.recorder.calls, []);
  });
});

describe('a datagram that is not authentic', () => {
  test('changes nothing but a counter, whatever it holds', () => {
    const random = new Prng(8);
    const peer = new Lonely({ opener: nullOpener });
    peer.drain();
    const before = { ...peer.transport.stats() };
    const wakeMs = peer.transport.nextWakeMs();
    for (let i = 0; i < 2000; i++) {
      const datagram = new Uint8Array(random.int(0, 1300));
      random.fill(datagram);
      if (random.chance(0.5)) datagram[0] = 0x80;
      // The null AEAD accepts a tag of equal bytes; this one is never equal.
      if (datagram.length > 2) datagram[datagram.length - 1] = datagram[datagram.length - 2]! ^ 1;
      assert.equal(peer.feedPacket(datagram), false, `datagram ${i} of seed 8`);
    }
    assert.deepEqual(peer.transport.stats(), { ...before, packetsRejected: 2000 });
    assert.equal(peer.transport.nextWakeMs(), wakeMs);
    assert.deepEqual(peer.recorder.calls, []);
  });

  test('a replayed packet is dropped before it is decrypted', () => {
    let opened = 0;
    const peer = new Lonely({ opener: { open: (_packet, _header, end) => (opened++, end - 16) } });
    for (let i = 0; i < 5; i++) peer.feedPacket(packetOf(i === 0 ? 3 : i % 2, PING));
    assert.equal(opened, 3);
    assert.equal(peer.transport.stats().packetsDuplicate, 2);
  });
});

describe('packet numbers', () => {
  test('that are used up close the transport at both ends instead of repeating a nonce', () => {
    const world = new World(1);
    const client = new Recorder();
    const server = new Recorder();
    const used = new Set<number>();
    const pair = world.connect({
      forward: { delayMs: 5 },
      client: () => ({ onClosed: (reason) => client.onClosed(reason) }),
      server: () => ({ onClosed: (reason) => server.onClosed(reason) }),
      clientOptions: { packetNumberLimit: 50 },
    });
    pair.client.onSend = (datagram) => {
      const number = datagram[7]!;
      assert.equal(used.has(number), false, `packet number ${number} again`);
      used.add(number);
    };
    pair.client.write(pair.client.transport.openStream(StreamPriority.Live), pattern(200000, 0));
    world.run(20000);
    assert.deepEqual(client.calls, [`closed violation ${CloseCode.PacketNumbersUsedUp}`]);
    assert.deepEqual(
      server.closedWith.map(({ kind, code, isTransportCode }) => [kind, code, isTransportCode]),
      [['peer', CloseCode.PacketNumbersUsedUp, true]],
    );
  });
});
