import { createTransport } from '../../p2p-core/transport/transport';
import type { Transport } from '../../p2p-core/transport/types';
import { StreamPriority } from '../../p2p-core/transport/types';
import { nullSealer } from '../../test/sim/null-aead';
import { VideoSource } from '../../test/sim/video-source';
import { World } from '../../test/sim/world';
import { blindOpener } from './blind-opener';
import { nowMs } from './engine';

const SECONDS = 8;

/** What a viewer of live video got, and when. */
export interface Trace {
  arrivals: { atMs: number; datagram: Uint8Array }[];
  bytes: number;
  sentPackets: number;
}

/** A run in virtual time. */
export function record(lossRate: number): Trace {
  const world = new World(1);
  const arrivals: Trace['arrivals'] = [];
  const pair = world.connect({
    forward: { delayMs: 20, lossRate, bitsPerSecond: 20e6, queueBytes: 256 * 1024 },
    client: (end) => ({
      onStreamData: (streamId, bytes) => {
        end.transport.consume(streamId, bytes.length);
        source.onData(bytes.length);
      },
    }),
    clientOptions: { opener: blindOpener },
  });
  const { client } = pair;
  const receive = client.receive.bind(client);
  client.receive = (datagram) => {
    arrivals.push({ atMs: world.clock.nowMs(), datagram: datagram.slice() });
    return receive(datagram);
  };
  const streamId = pair.server.transport.openStream(StreamPriority.Live);
  const source = new VideoSource(world, pair.server, streamId, 2e6);
  source.start(SECONDS * 1000);
  world.run(SECONDS * 1000);
  return { arrivals, bytes: source.arrivedBytes, sentPackets: client.transport.stats().packetsSent };
}

/**
 * Gives it packet for packet to a fresh transport without cipher, network and clock. Milliseconds, or what `meter` says
 * went on meanwhile.
 */
export function replay({ arrivals, bytes, sentPackets }: Trace, meter: () => number = nowMs): number {
  // As sockets of mini programs hand them over: each in a buffer of its own, which JavaScriptCore would have to make first.
  const datagrams = arrivals.map(({ datagram }) => new Uint8Array(datagram.slice().buffer));
  const buffer = new Uint8Array(1200);
  let delivered = 0;
  const transport: Transport = createTransport(
    { role: 'client', remoteConnectionId: 0xabcdef, sealer: nullSealer, opener: blindOpener },
    {
      onStreamOpened() {},
      onStreamData(streamId, data) {
        delivered += data.length;
        transport.consume(streamId, data.length);
      },
      onStreamEnd() {},
      onStreamReset() {},
      onStreamStopped() {},
      onWritable() {},
      onClosed() {},
    },
    0,
  );
  const start = meter();
  while (transport.poll(0, buffer) > 0);
  for (let i = 0; i < datagrams.length; i++) {
    const { atMs } = arrivals[i]!;
    for (;;) {
      const wakeMs = transport.nextWakeMs();
      if (wakeMs >= atMs) break;
      transport.wake(wakeMs);
      while (transport.poll(wakeMs, buffer) > 0);
    }
    transport.receive(datagrams[i]!, atMs);
    while (transport.poll(atMs, buffer) > 0);
  }
  const used = meter() - start;
  const { packetsSent } = transport.stats();
  if (delivered !== bytes || Math.abs(packetsSent - sentPackets) > sentPackets * 0.02) {
    throw new Error(
      `the replay delivered ${delivered} of ${bytes} bytes, sent ${packetsSent} of ${sentPackets} packets`,
    );
  }
  return used;
}
