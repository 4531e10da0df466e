import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BASE_DATAGRAM_BYTES,
  MAX_DATAGRAM_BYTES,
  MAX_RECEIVED_BYTES,
} from '../../../p2p-core/transport/constants';
import { FrameType } from '../../../p2p-core/transport/packet-codec';
import { PathMtu } from '../../../p2p-core/transport/path-mtu';
import { SentPacket } from '../../../p2p-core/transport/sent-packets';
import { StreamPriority } from '../../../p2p-core/transport/types';
import type { TransportOptions } from '../../../p2p-core/transport/types';
import type { LinkOptions } from '../../sim/link';
import { VideoSource, percentile } from '../../sim/video-source';
import { World } from '../../sim/world';
import type { Pair } from '../../sim/world';
import { frame, Lonely, packetOf } from './support';

const LINK: LinkOptions = { delayMs: 20, bitsPerSecond: 10e6, queueBytes: 100_000 };
const chunk = new Uint8Array(64 * 1024);

interface Download {
  pair: Pair;
  world: World;
  arrivedBytes: number;
  /** Sizes that left the camera, in order. */
  sizes: number[];
}

/** A greedy download over a link with this MTU. */
function download(link: LinkOptions, options: Partial<TransportOptions> = {}): Download {
  const world = new World(1);
  const fill = (id: number): void => {
    while (state.pair.server.transport.write(id, chunk) === chunk.length);
  };
  const state: Download = {
    world,
    arrivedBytes: 0,
    sizes: [],
    pair: world.connect({
      forward: { ...link },
      serverOptions: options,
      client: (end) => ({
        onStreamData: (id, bytes) => {
          end.transport.consume(id, bytes.length);
          state.arrivedBytes += bytes.length;
        },
      }),
      server: () => ({ onWritable: fill }),
    }),
  };
  const { server } = state.pair;
  server.onSend = (datagram) => void state.sizes.push(datagram.length);
  fill(server.transport.openStream(StreamPriority.Download));
  server.drive();
  return state;
}

const mtuOf = ({ pair }: Download): number => pair.server.transport.stats().maxDatagramBytes;

describe('the size of datagrams', () => {
  for (const [mtuBytes, expected] of [
    [1280, BASE_DATAGRAM_BYTES],
    [1400, 1348],
    [1500, MAX_DATAGRAM_BYTES],
  ] as const) {
    test(`becomes ${expected} on a path of MTU ${mtuBytes}, and the rate does not suffer`, () => {
      const run = download({ ...LINK, mtuBytes });
      run.world.run(1000);
      assert.equal(mtuOf(run), expected);
      const before = run.arrivedBytes;
      run.world.run(6000);
      assert.ok((run.arrivedBytes - before) * 8 > 0.94 * 50e6, `${run.arrivedBytes - before} bytes in 5 s`);
      // Three attempts at each size that is too large, and then silence about it.
      const tooLarge = run.sizes.filter((size) => size + 48 > mtuBytes).length;
      assert.equal(tooLarge, { 1280: 6, 1400: 3, 1500: 0 }[mtuBytes]);
      assert.equal(run.pair.server.transport.stats().probeTimeouts, 0);
    });
  }

  test('is not probed by a viewer, who sends nothing large, nor where an option forbids it', () => {
    const run = download({ ...LINK, mtuBytes: 1500 }, { maxDatagramBytes: 1200 });
    run.pair.client.onSend = (datagram) => assert.ok(datagram.length < 200);
    run.world.run(3000);
    assert.equal(Math.max(...run.sizes), 1199); // with room for an IMMEDIATE_ACK
    const limited = download({ ...LINK, mtuBytes: 1500 }, { maxDatagramBytes: 1400 });
    limited.world.run(3000);
    assert.equal(Math.max(...limited.sizes), 1348);
  });

  test('is found in spite of loss', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const run = download({ ...LINK, mtuBytes: 1500, lossRate: 0.1 });
      run.world.run(3000);
      assert.ok(mtuOf(run) > BASE_DATAGRAM_BYTES, `seed ${seed}`);
    }
  });

  test('is asked again after ten minutes where the path took less', () => {
    const run = download({ delayMs: 20, bitsPerSecond: 1e6, queueBytes: 50_000, mtuBytes: 1400 });
    run.world.run(5000);
    assert.equal(mtuOf(run), 1348);
    for (const end of [run.pair.client, run.pair.server]) end.out.options = { ...LINK, mtuBytes: 1500 };
    run.world.run(590_000);
    assert.equal(mtuOf(run), 1348);
    run.world.run(610_000);
    assert.equal(mtuOf(run), MAX_DATAGRAM_BYTES);
  });

  test('begins anew at 1200 when the peer has another address', () => {
    const run = download({ ...LINK, mtuBytes: 1500 });
    run.world.run(2000);
    assert.equal(mtuOf(run), MAX_DATAGRAM_BYTES);
    run.pair.server.out.options = { ...LINK, mtuBytes: 1280 };
    run.pair.server.transport.pathChanged(2000);
    run.pair.server.drive();
    assert.equal(mtuOf(run), BASE_DATAGRAM_BYTES);
    run.sizes.length = 0;
    run.world.run(6000);
    assert.equal(mtuOf(run), BASE_DATAGRAM_BYTES);
    assert.equal(run.sizes.filter((size) => size > 1200).length, 6, 'only probes');
  });
});

describe('a path that begins to drop large packets', () => {
  test('is noticed: a download goes on at the size that passes', () => {
    for (const [mtuBytes, expected] of [
      [1280, 1200],
      [1400, 1348],
    ] as const) {
      const run = download({ ...LINK, mtuBytes: 1500 });
      run.world.run(3000);
      run.pair.server.out.options = { ...LINK, mtuBytes };
      run.world.run(3600);
      assert.equal(mtuOf(run), expected);
      const before = run.arrivedBytes;
      run.world.run(6600);
      assert.ok((run.arrivedBytes - before) * 8 > 0.9 * 30e6, `${run.arrivedBytes - before} bytes in 3 s`);
    }
  });

  test('holds live video up for less than half a second', () => {
    for (const bitsPerSecond of [300e3, 2e6]) {
      const world = new World(3);
      const holder: { source?: VideoSource } = {};
      const pair = world.connect({
        forward: { ...LINK, mtuBytes: 1500 },
        client: (end) => ({
          onStreamData: (id, bytes) => {
            end.transport.consume(id, bytes.length);
            holder.source!.onData(bytes.length);
          },
        }),
      });
      const id = pair.server.transport.openStream(StreamPriority.Live);
      const source = (holder.source = new VideoSource(world, pair.server, id, bitsPerSecond));
      source.start(20_000);
      world.run(10_010);
      assert.equal(pair.server.transport.stats().maxDatagramBytes, MAX_DATAGRAM_BYTES);
      pair.server.out.options = { ...LINK, mtuBytes: 1280 };
      world.run(21_000);
      assert.equal(pair.server.transport.stats().maxDatagramBytes, BASE_DATAGRAM_BYTES);
      assert.deepEqual(source.waitingMs(), []);
      const slowest = Math.max(...source.delaysMs);
      assert.ok(slowest < 500, `${bitsPerSecond}: ${slowest} ms`);
      assert.ok(percentile(source.delaysMs, 0.9) < 100);
    }
  });

  test('is not what an outage looks like for long: the size is back with the link', () => {
    const run = download({ ...LINK, mtuBytes: 1500 });
    run.world.run(3000);
    run.pair.server.out.options = { ...LINK, mtuBytes: 1500, lossRate: 1 };
    run.world.run(5000);
    run.pair.server.out.options = { ...LINK, mtuBytes: 1500 };
    run.world.run(7500);
    assert.equal(mtuOf(run), MAX_DATAGRAM_BYTES);
  });
});

describe('the search for the size', () => {
  function lost(mtu: PathMtu, packetNumber: number, isMtuProbe: boolean, nowMs = 0): void {
    const packet = new SentPacket();
    Object.assign(packet, {
      packetNumber,
      isMtuProbe,
      sizeBytes: isMtuProbe ? mtu.probeBytes : mtu.datagramBytes,
    });
    mtu.onLargeLost(packet, packetNumber + 1, nowMs);
  }

  test('waits for sixteen full packets, and tries one size three times', () => {
    const mtu = new PathMtu(MAX_DATAGRAM_BYTES);
    for (let i = 0; i < 15; i++) mtu.onFullPacketSent(0);
    assert.equal(mtu.isProbeDue, false);
    mtu.onFullPacketSent(0);
    for (let i = 0; i < 3; i++) {
      assert.ok(mtu.isProbeDue);
      assert.equal(mtu.probeBytes, 1448);
      lost(mtu, i, true);
    }
    assert.equal(mtu.probeBytes, 1348);
    for (let i = 3; i < 6; i++) lost(mtu, i, true, 1000);
    assert.equal(mtu.isProbeDue, false);
    mtu.onFullPacketSent(600_999);
    assert.equal(mtu.isProbeDue, false);
    mtu.onFullPacketSent(601_000);
    assert.ok(mtu.isProbeDue);
  });

  test('hears a probe that was late, but nothing of a path that is gone', () => {
    const mtu = new PathMtu(MAX_DATAGRAM_BYTES);
    const probe = Object.assign(new SentPacket(), { packetNumber: 5, isMtuProbe: true, sizeBytes: 1448 });
    mtu.onLargeLost(probe, 6, 0);
    mtu.restart(6);
    mtu.onLargeAcked(probe, 1);
    assert.equal(mtu.datagramBytes, 1200);
    mtu.onLargeAcked(Object.assign(probe, { packetNumber: 6 }), 2);
    assert.equal(mtu.datagramBytes, 1448);
  });
});

describe('a large datagram', () => {
  const large = (length: number): Uint8Array =>
    packetOf(
      0,
      frame((bytes) => ((bytes[0] = FrameType.Ping), 1)),
      new Uint8Array(length - 25),
    );

  test('is taken up to 1500 bytes, whatever the receiver sends itself', () => {
    const peer = new Lonely();
    assert.ok(peer.feedPacket(large(MAX_RECEIVED_BYTES)));
    peer.nowMs = 100;
    assert.equal(peer.drain().length, 1, 'it is acknowledged');
  });

  test('is no packet beyond, and costs no opening', () => {
    let opened = 0;
    const opener = { open: () => (opened++, -1) };
    const peer = new Lonely({ opener });
    assert.equal(peer.feedPacket(large(MAX_RECEIVED_BYTES + 1)), false);
    assert.equal(opened, 0);
    assert.equal(peer.transport.stats().packetsRejected, 1);
  });
});
